"""Findings about the small pack with rules of a test's own: code, severity, place and text."""

from pathlib import Path

from scopeguard.compiling.loading import find_problems
from scopeguard.errors import Diagnostic

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, attributes: {owner: string, tags: list(string)}}
    files: {actions: [read], coarse: true, attributes: {size: int}}
    keys: {actions: [create], holdable_by: [member]}
  operations:
    notes.create: {needs: "notes:write"}
  attributes:
    principal: {team: string, level: int}
    resource: {label: string}
    facts: {ready: bool, count: int}
  channels: [server, dashboard]
  environments: [production, preview]
  facts_max_age: 5m
roles:
  editor: {holds: ["notes:write"], rank: 20}
"""


def findings(folder: Path, more: str, pack: str = PACK) -> tuple[Diagnostic, ...]:
    """What is found in the small pack together with *more* of it."""
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")
    (folder / "more.yaml").write_text(f"scopeguard: 1\n{more}", encoding="utf-8")
    return find_problems(folder)


def codes(folder: Path, more: str, pack: str = PACK) -> list[str]:
    """The codes of these findings."""
    return [each.code for each in findings(folder, more, pack)]


def rule(effect: str, rest: str, on: str = '"notes:read"') -> str:
    """A section with one rule."""
    code = "" if effect == "allow" else ", code: not_permitted"
    return f"rules:\n  - {{id: a.rule, effect: {effect}, on: [{on}]{code}, {rest}}}\n"
