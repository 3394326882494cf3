"""A small pack that many hazards start from, and how to load one."""

from pathlib import Path
from typing import Final

from scopeguard import Context, Guard, Principal

SERVER: Final = Context(channel="server")

PACK: Final = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, implies: {write: [read]}, attributes: {owner: string}}
    notes_x: {actions: [read], coarse: true}
    secrets: {actions: [read], explicit_only: true, qualifiable: true, because: they are private}
    keys: {actions: [create], holdable_by: [member]}
  attributes:
    principal: {level: dyn}
    facts: {count: int, ready: bool, plan: string, any: dyn}
    context: {ip: string}
  channels: [server, browser]
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*"], rank: 5}
"""


def load(folder: Path, rules: str = "", pack: str = PACK) -> Guard:
    """A guard for the small pack with some rules, each line of which is an entry."""
    listed = "".join(f"  - {line.strip()}\n" for line in rules.strip().splitlines() if line.strip())
    (folder / "pack.yaml").write_text(pack + (f"rules:\n{listed}" if listed else ""), encoding="utf-8")
    return Guard.load(folder)


SECRETIVE: Final = """
scopeguard: 1
pack: {name: more, extends: default}
catalog:
  attributes:
    principal: {token: string, note: string, owner: string}
    context: {token: string, owner: string}
    facts: {token: string, owner: string}
"""
"""A layer above the shipped pack in which a host may put what nobody should see."""


def with_secrets(folder: Path) -> Guard:
    """A guard for it."""
    (folder / "more.yaml").write_text(SECRETIVE, encoding="utf-8")
    return Guard.load(folder)


def key(*scopes: str) -> Principal:
    """A key with scopes."""
    return Principal.api_key("key_1", workspace="ws_1", scopes=scopes)


def editor() -> Principal:
    """A member with the one role."""
    return Principal.member("usr_1", workspace="ws_1", roles=["editor"])
