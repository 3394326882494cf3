"""Compile: a pack in one file, which the command and the library take in the place of the policy files."""

from pathlib import Path

from scopeguard import Guard, shipped
from tests.cli.conftest import PACK, Run

QUESTION = ("check", "notes:read", "--scopes", "notes:read", "--channel", "server")


def test_a_pack_is_compiled(folder: Path, run: Run) -> None:
    """The digest that is told is that of the pack, and the file answers as the pack does."""
    digest = Guard.load(folder / "pack").digest
    done = run("compile", "pack", "--output", "notes.sgpack")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"notes.sgpack: 12 rules, {digest}\n", "")
    assert Guard.load(folder / "notes.sgpack").digest == digest
    assert run(*QUESTION, "--pack", "notes.sgpack") == run(*QUESTION, "--pack", "pack")


def test_the_shipped_pack_beneath(folder: Path, run: Run) -> None:
    """With --with-default the file holds both."""
    overlay = shipped.policies() / "examples" / "overlay"
    done = run("compile", str(overlay), "--with-default", "--output", "whole.sgpack")
    assert (done.returncode, done.stderr) == (0, "")
    assert Guard.load(folder / "whole.sgpack").digest == Guard.default(overlay).digest != Guard.default().digest


def test_a_pack_with_mistakes_is_not_compiled(folder: Path, run: Run) -> None:
    """Its findings are told, the exit status is 3, and the file stays as it was."""
    (folder / "notes.sgpack").write_text("before", encoding="utf-8")
    (folder / "pack" / "notes.yaml").write_text(PACK.replace("effect: deny", "effect: dney"), encoding="utf-8")
    done = run("compile", "pack", "--output", "notes.sgpack")
    assert (done.returncode, done.stdout) == (3, "")
    assert "SG124" in done.stderr
    assert (folder / "notes.sgpack").read_text(encoding="utf-8") == "before"


def test_a_pack_that_breaks_an_invariant_is_not_compiled(folder: Path, run: Run) -> None:
    """What a service would load without a look at its invariants is looked at here."""
    broken = 'scopeguard: 1\ninvariants:\n  - {id: i.reads, never: {principal: {kinds: [api_key]}, action: ["notes:read"]}}\n'
    (folder / "pack" / "more.yaml").write_text(broken, encoding="utf-8")
    done = run("compile", "pack", "--output", "notes.sgpack")
    assert (done.returncode, done.stdout) == (3, "")
    assert 'SG601 invariant "i.reads" does not hold' in done.stderr
    assert not (folder / "notes.sgpack").exists()


def test_a_name_that_no_guard_knows_is_refused(folder: Path, run: Run) -> None:
    """Guards know compiled packs by the end of their names."""
    done = run("compile", "pack", "--output", "notes.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'error: the name "notes.json" does not end in .sgpack; guards know compiled packs by it\n'
    assert not (folder / "notes.json").exists()


def test_what_is_not_there_is_told(run: Run) -> None:
    """A missing pack and a missing option."""
    assert run("compile", "none", "--output", "notes.sgpack").returncode == 3
    assert run("compile", "pack").returncode == 2
