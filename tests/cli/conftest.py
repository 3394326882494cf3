"""A pack in a folder, and the command: in this process, where its coverage is seen, and as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scopeguard.cli import main

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, attributes: {owner: string}}
    secrets: {actions: [read], explicit_only: true, because: they are private}
  operations:
    notes.publish: {needs: "notes:write"}
  attributes: {facts: {open: bool, since: timestamp}, context: {ip: string}}
  channels: [server, dashboard]
  environments: [production, test]
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*"], rank: 5}
rules:
  - {id: notes.closed, effect: deny, on: ["notes:write"], unless: context.facts.open, code: not_permitted, because: It is closed}
"""
COMMAND = Path(sys.executable).with_name("scopeguard")


@dataclass(frozen=True)
class Done:
    """What came out of a command."""

    returncode: int
    stdout: str
    stderr: str
    looked: str = field(default="", compare=False)
    """What it looked at, which every verb says before anything else on the error stream."""

    @classmethod
    def of(cls, returncode: int, stdout: str, stderr: str) -> "Done":
        """What came out, with the line about what was looked at on its own."""
        first, _, rest = stderr.partition("\n")
        said = first.startswith("looked at: ")
        return cls(returncode, stdout, rest if said else stderr, first.removeprefix("looked at: ") if said else "")


Run = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the pack in it, the current one of the command."""
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "notes.yaml").write_text(PACK, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the entry point of the command in the folder; no terminal is near."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["scopeguard", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return Done.of(int(left.value.code or 0), out, err)

    return call


@pytest.fixture
def process(folder: Path) -> Run:
    """Runs the installed command as a process, with the variables given by name."""
    assert COMMAND.exists(), "the package is not installed with its extra"

    def call(*arguments: str, **variables: str) -> Done:
        environment = {"PATH": os.environ["PATH"], "COLUMNS": "100", **variables}
        done = subprocess.run(
            [str(COMMAND), *arguments],
            cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60,
        )  # fmt: skip
        return Done.of(done.returncode, done.stdout, done.stderr)

    return call
