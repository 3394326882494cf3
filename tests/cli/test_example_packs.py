"""The example packs: clean, tested to the last rule, and with a golden matrix that is what the policies say."""

import re
import shutil
from pathlib import Path

import pytest

from scopeguard import Guard
from scopeguard.shipped import policies
from scopeguard.testing.collecting import collect, find_problems
from scopeguard.testing.running import run_cell
from tests.cli.conftest import Done, Run

EXAMPLES = policies() / "examples"
NAMES = sorted(folder.name for folder in EXAMPLES.iterdir() if (folder / "matrix.md").exists())
RULE = re.compile(r"\n  - id: (?P<id>[a-z.-]+)\n    effect: (?:.|\n)*?(?=\n\n|\n  - id: )")


def rules_of(name: str) -> dict[str, tuple[str, str]]:
    """The file and the text of each rule of an example."""
    files = sorted(file for file in (EXAMPLES / name).glob("*.yaml") if not file.stem.endswith("_test"))
    return {
        match["id"]: (file.name, match.group()) for file in files for match in RULE.finditer(file.read_text("utf-8"))
    }


def failures(folder: Path) -> list[str]:
    """The cells of the tests that are not as expected."""
    (suite,) = collect([folder])
    return [cell.name for cell in suite.cells if not run_cell(suite.guard, cell).passed]


@pytest.mark.parametrize("name", NAMES)
def test_it_loads_and_holds(name: str) -> None:
    """Nothing is found in it, not even a warning; its invariants hold, and its tests pass."""
    assert find_problems([EXAMPLES / name]) == ()
    assert Guard.load(EXAMPLES / name, verify=True).warnings == ()
    assert failures(EXAMPLES / name) == []


@pytest.mark.parametrize("name", NAMES)
def test_its_matrix_is_current(
    name: str, run: Run, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Who may do what stands beside it, with the command that says so; ``--regen`` writes it anew."""
    monkeypatch.chdir(policies().parent)
    file = f"policies/examples/{name}/matrix.md"
    if request.config.getoption("--regen"):
        assert run("matrix", "--golden", file, "--update").returncode == 0
    done = run("matrix", "--golden", file)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done != Done(0, "", "")


@pytest.mark.parametrize(("name", "rule"), [(name, rule) for name in NAMES for rule in rules_of(name)])
def test_every_rule_is_missed(name: str, rule: str, tmp_path: Path) -> None:
    """Without it a test fails."""
    copy = tmp_path / name
    shutil.copytree(EXAMPLES / name, copy)
    file, text = rules_of(name)[rule]
    whole = (copy / file).read_text("utf-8")
    (copy / file).write_text(whole.replace(text, ""), "utf-8")
    assert text in whole
    assert failures(copy)
