"""Invariants at lint: broken ones are findings, with a request that breaks them, once the pack is right otherwise."""

import json
import shlex
from pathlib import Path

from tests.cli.conftest import Run

BROKEN = (
    'scopeguard: 1\ninvariants:\n  - {id: i.reads, never: {principal: {kinds: [api_key]}, action: ["notes:read"]}}\n'
)


def test_a_broken_invariant_is_a_finding(folder: Path, run: Run) -> None:
    """It stands at its id, with its witness as the hint, and fails the run."""
    (folder / "pack" / "more.yaml").write_text(BROKEN, encoding="utf-8")
    done = run("lint", "pack", "--format", "json")
    assert (done.returncode, done.stderr) == (1, "")
    (told,) = json.loads(done.stdout)
    assert (told["code"], told["severity"], told["line"], told["column"]) == ("SG601", "error", 3, 10)
    assert told["message"].startswith('invariant "i.reads" does not hold: notes:read is allowed: granted by ')
    assert told["hint"].startswith("scopeguard explain notes:read --id key_1 --scopes ")
    assert told["hint"].endswith(" --pack pack")
    again = run(*shlex.split(told["hint"])[1:])
    assert (again.returncode, " asks notes:read" in again.stdout) == (0, True)


def test_other_errors_come_first(folder: Path, run: Run) -> None:
    """A pack that does not load is not gone through."""
    text = BROKEN + "roles: {x: {holds: ['notes:reed']}}\n"
    (folder / "pack" / "more.yaml").write_text(text, encoding="utf-8")
    assert [each["code"] for each in json.loads(run("lint", "pack", "--format", "json").stdout)] == ["SG403"]


def test_one_that_holds_is_no_finding(folder: Path, run: Run) -> None:
    """What holds is only counted."""
    text = BROKEN.replace("api_key", "anonymous")
    (folder / "pack" / "more.yaml").write_text(text, encoding="utf-8")
    done = run("lint", "pack")
    assert (done.returncode, done.stdout) == (0, "0 errors, 0 warnings\n1 invariant proved\n")
