"""A small pack in a folder, and files of tests beside it."""

from pathlib import Path
from typing import Final

from scopeguard.errors import PolicyError
from scopeguard.testing import Cell, Result, collect, run_cell

PACK: Final = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, attributes: {owner: string, size: int}}
    secrets: {actions: [read], explicit_only: true, audited: [read], because: they are private}
  operations:
    notes.publish: {needs: "notes:write"}
    notes.drop: {needs: "notes:write"}
  attributes:
    principal: {since: timestamp}
    facts: {open: bool, since: timestamp}
    context: {ip: string}
  channels: [server, dashboard]
  environments: [production, test]
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*"], rank: 5}
rules:
  - id: notes.closed
    effect: deny
    on: ["notes:write"]
    unless: context.facts.open
    code: not_permitted
    because: The notes are closed.
"""
"""Writing notes depends on a fact, and secrets need an explicit grant."""

NAMES: Final = """
  principals:
    reader: {kind: api_key, scopes: "notes:read"}
    editor: {kind: member, roles: [editor]}
  facts:
    open: {open: true}
  contexts:
    desk: {channel: dashboard, facts: open}
"""
"""The beginning of a file of tests: a reader, an editor, and an open desk."""


def write(folder: Path, matrices: str, *, name: str = "access_test.yaml", pack: str = PACK, more: str = "") -> Path:
    """A pack, and a file of tests with these matrices beside it; the path of that file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "notes.yaml").write_text(pack, encoding="utf-8")
    return write_tests(folder / name, matrices, more=more)


def write_tests(file: Path, matrices: str, *, more: str = "") -> Path:
    """A file of tests with these matrices."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"scopeguard: 1\ntests:{more}{NAMES}  matrices:\n{matrices}", encoding="utf-8")
    return file


def cells(*paths: Path) -> dict[str, Cell]:
    """The cells of some paths, by ``action[column]``."""
    return {cell.name: cell for suite in collect(paths) for cell in suite.cells}


def results(*paths: Path) -> list[Result]:
    """What comes of all cells of some paths."""
    return [run_cell(suite.guard, cell) for suite in collect(paths) for cell in suite.cells]


def failed(*paths: Path) -> set[str]:
    """The cells that are not as expected."""
    return {result.cell.name for result in results(*paths) if not result.passed}


def findings(error: PolicyError) -> list[tuple[str, int, str]]:
    """File, line and code of each finding, without folders."""
    return [(Path(each.file).name, each.line, each.code) for each in error.diagnostics]
