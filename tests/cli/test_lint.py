"""Lint: every finding, in the form that is asked for, with the exit status that a pipeline needs."""

import json
from pathlib import Path

import pytest

from scopeguard.cli import rendering
from scopeguard.errors import Diagnostic, Severity
from tests.cli.conftest import Run
from tests.conftest import Golden

WARNED = "scopeguard: 1\ncatalog: {surfaces: {plain: {actions: [read]}}}\n"


def test_lint(folder: Path, run: Run, golden: Golden) -> None:
    """Findings one a line, with the number of them; as data; and as GitHub reads them."""
    clean = run("lint", "pack")
    assert (clean.returncode, clean.stdout) == (0, "0 errors, 0 warnings\n")
    (folder / "pack" / "more.yaml").write_text(f"{WARNED}roles: {{x: {{holds: ['notes:reed']}}}}\n", "utf-8")
    done = run("lint", "pack")
    assert (done.returncode, done.stderr) == (1, "")
    golden("cli/lint.txt", done.stdout)
    golden("cli/lint_github.txt", run("lint", "pack", "--format", "github").stdout)
    told = json.loads(run("lint", "pack", "--format", "json").stdout)
    assert [(each["code"], each["severity"], each["line"]) for each in told] == [
        ("SG304", "warning", 2), ("SG403", "error", 3)]  # fmt: skip
    site = "https://scopeguard-authz.readthedocs.io/en/stable/docs/reference/diagnostics.html"
    assert [each["url"] for each in told] == [f"{site}#sg304", f"{site}#sg403"]


@pytest.mark.parametrize(("form", "nothing"), [("pretty", "0 errors, 0 warnings\n"), ("json", "[]\n"), ("github", "")])
def test_nothing_found(run: Run, form: str, nothing: str) -> None:
    """A clean pack is told as such in every form."""
    done = run("lint", "pack", "--format", form)
    assert (done.returncode, done.stdout, done.stderr) == (0, nothing, "")


def test_warnings_count_when_asked_to(folder: Path, run: Run) -> None:
    """A warning is no finding, but with --strict it is."""
    (folder / "pack" / "more.yaml").write_text(WARNED, "utf-8")
    assert run("lint", "pack").returncode == 0
    assert run("lint", "pack", "--strict").returncode == 1


def test_what_is_not_there_is_a_finding(run: Run) -> None:
    """A pack that cannot be read has a finding, and never passes."""
    done = run("lint", "nowhere")
    assert done.returncode == 1
    assert done.stdout.startswith("nowhere:1:1: SG111 ")


def test_github_commands_stay_whole() -> None:
    """Characters that would end a part of a workflow command are escaped; so is what a file says of itself."""
    finding = Diagnostic("SG101", "a,b:100%.yaml", 3, 4, "one, two: 50%\r\nthree", "four", Severity.WARNING)
    assert rendering.github(finding) == (
        "::warning file=a%2Cb%3A100%25.yaml,line=3,col=4,title=SG101::one, two: 50%25%0D%0Athree; four"
        "%0Ahttps://scopeguard-authz.readthedocs.io/en/stable/docs/reference/diagnostics.html#sg101"
    )
