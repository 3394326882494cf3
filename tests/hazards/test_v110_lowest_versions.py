"""V110: a lower bound that nobody ran. CI runs the core and each verb of the command on every lowest version declared."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

MAKE = shutil.which("make") or "make"
ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RAN = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["cli"], *PROJECT["optional-dependencies"]["re2"]]


def test_v110_every_lower_bound_is_a_constraint() -> None:
    """What is installed for that leg is the lowest version of each requirement, and nothing is left out."""
    command = [sys.executable, str(ROOT / "scripts" / "requirements.py"), "lowest", "cli", "re2"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    found = {each.name: str(each.specifier) for each in map(Requirement, printed)}
    assert found == {each.name: f"=={next(iter(each.specifier)).version}" for each in map(Requirement, RAN)}
    assert len(found) == len(RAN) >= 7


def test_v110_no_bound_is_tight() -> None:
    """Each requirement of the library has a lower bound alone: who installs it has a say in the rest."""
    for each in map(Requirement, RAN):
        (bound,) = each.specifier
        assert bound.operator == ">=", each
        assert Version(bound.version) > Version("0"), each


def test_v110_ci_runs_them() -> None:
    """The leg is a part of CI, with the whole of the command's tests; so is the one of the newest Python."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert {'make test-lowest PYTHON="$PYTHON"', 'make test-wasm PYTHON="$PYTHON"'} <= set(lines)
    # A make that runs inside of another one also prints which directory it enters and leaves.
    made = subprocess.run(
        [MAKE, "--no-print-directory", "--dry-run", "--always-make", "test-lowest"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    *_, ran = made.stdout.splitlines()
    assert ".venv-lowest/bin/python -m pytest" in ran
    assert "tests/cli" in ran.split()
    assert "--constraint .venv-lowest/constraints.txt" in made.stdout
