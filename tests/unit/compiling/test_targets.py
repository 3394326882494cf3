"""What a rule is about: each entry of its ``on`` by itself, whatever stands beside it."""

from pathlib import Path

import pytest

from scopeguard import Guard, Principal

PACK = """
scopeguard: 1
catalog:
  action_groups: {changing: [write]}
  surfaces:
    notes: {actions: [read, write], coarse: true}
    logs: {actions: [read, write], coarse: true}
    keys: {actions: [read, write], explicit_only: true, because: They open doors}
  operations:
    notes.publish: {needs: "notes:write"}
    logs.erase: {needs: "logs:write"}
rules:
"""
EVERYTHING = frozenset({
    "notes:read", "notes:write", "notes.publish", "logs:read", "logs:write", "logs.erase", "keys:read", "keys:write",
})  # fmt: skip
KEY = Principal.api_key("k", workspace="w", scopes="notes:read notes:write logs:read logs:write keys:read keys:write")
MEMBER = Principal.member("m", workspace="w")

REACHED: list[tuple[str, set[str], set[str]]] = [
    ('"notes:write", "*:read"', {"notes:write", "notes.publish", "notes:read", "logs:read"}, {"keys:read"}),
    ('"*:read", "notes:write"', {"notes:write", "notes.publish", "notes:read", "logs:read"}, {"keys:read"}),
    ('"keys:write", "*:read"', {"keys:write", "notes:read", "logs:read"}, {"keys:read"}),
    ('notes.publish, "*:read"', {"notes.publish", "notes:read", "logs:read"}, {"keys:read"}),
    ('notes.publish, "logs:read"', {"notes.publish", "logs:read"}, set()),
    ("notes.publish, logs.erase", {"notes.publish", "logs.erase"}, set()),
    ('"logs:{read,write}"', {"logs:read", "logs:write", "logs.erase"}, set()),
    ('"keys:*"', {"keys:read", "keys:write"}, set()),
    ('"*:@changing"', {"notes:write", "notes.publish", "logs:write", "logs.erase"}, {"keys:write"}),
    ('"keys:@changing"', {"keys:write"}, set()),
    ('"*:*"', set(EVERYTHING - {"keys:read", "keys:write"}), {"keys:read", "keys:write"}),
]
"""The entries, what they reach, and what those of a deny reach besides."""


@pytest.mark.parametrize(("entries", "reached", "besides"), REACHED, ids=[each[0] for each in REACHED])
def test_a_rule_is_about_all_that_its_entries_name(
    tmp_path: Path, entries: str, reached: set[str], besides: set[str]
) -> None:
    """A wildcard beside a surface or an operation stays one, and no wildcard of an allow reaches an explicit surface."""
    allow = f"  - {{id: r, effect: allow, on: [{entries}], kinds: [member], because: It is so}}\n"
    deny = f"  - {{id: r, effect: deny, on: [{entries}], code: not_permitted, because: It is so}}\n"
    (tmp_path / "allow.yaml").write_text(PACK + allow, encoding="utf-8")
    (tmp_path / "deny.yaml").write_text(PACK + deny, encoding="utf-8")
    allowing, denying = Guard.load(tmp_path / "allow.yaml"), Guard.load(tmp_path / "deny.yaml")
    assert {action for action in EVERYTHING if allowing.check(MEMBER, action).allowed} == reached
    assert {action for action in EVERYTHING if not denying.check(KEY, action).allowed} == reached | besides
