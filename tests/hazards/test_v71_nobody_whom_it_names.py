"""V71: a rule for some kinds and roles, whose conditions nobody of these meets: a protection that does not exist."""

from pathlib import Path

import pytest

from tests.hazards.findings import PACK, codes

LEAD = (
    PACK
    + """  viewer: {holds: ["notes:read"], rank: 10}
  lead: {when: principal.level > 3, holds: ["notes:write"]}
"""
)
NEVER = {
    "roles: [viewer]": [
        '!("viewer" in principal.roles)', "size(principal.roles) == 0", "principal.roles.size() < 1",
        "principal.roles == []", "!(principal.roles != [])", "principal.rank == 0", "principal.rank < 10",
        '!principal.roles.exists(r, r == "viewer")', 'principal.roles.all(r, r != "viewer")',
        '!sets.contains(principal.roles, ["viewer"])', '"notes:read" in principal.scopes',
        'principal.kind != "member"', '!("viewer" in principal.roles) && principal.sso',
    ],
    "roles: [viewer, editor]": [
        '!("viewer" in principal.roles || "editor" in principal.roles)',
        '!sets.intersects(principal.roles, ["viewer", "editor"])', "principal.rank == 5",
    ],
    "roles: [lead]": ["principal.level <= 3", "!(principal.level > 3)", 'principal.kind == "session"'],
    "kinds: [member]": [
        '"notes:read" in principal.scopes', "size(principal.scopes) > 0", "principal.scopes != []",
        'principal.scopes.exists(s, s.startsWith("notes"))',
    ],
    "kinds: [api_key, session]": [
        '"viewer" in principal.roles', "principal.rank > 0", 'principal.roles.exists(r, r.startsWith("v"))',
    ],
    "kinds: [system, anonymous]": ['holds("notes:read")', 'holds("notes:read") && principal.rank < 5', "size(principal.scopes) > 0"],
}  # fmt: skip
MAY_BE = {
    "roles: [viewer]": [
        '!("editor" in principal.roles)', "size(principal.roles) == 1", "principal.rank == 10", "principal.rank > 10",
        'holds("notes:write")', '!principal.roles.exists(r, r.startsWith("e"))', 'principal.kind == "member" && principal.sso',
    ],
    "roles: [viewer, editor]": ['!("viewer" in principal.roles)', "principal.rank == 10", "principal.rank < 20"],
    "roles: [lead]": ["principal.level > 5", "size(principal.roles) == 0", "principal.rank == 0"],
    "roles: [lead, viewer]": ['!("viewer" in principal.roles)', "principal.level <= 3"],
    "kinds: [member, api_key]": ['"notes:read" in principal.scopes', '"viewer" in principal.roles', "principal.rank > 0"],
    "kinds: [member]": ["size(principal.roles) == 0", 'holds("notes:read")', "principal.rank == 0"],
    "kinds: [anonymous, api_key]": ['holds("notes:read")'],
}  # fmt: skip


def found(folder: Path, who: str, effect: str, field: str, condition: str) -> list[str]:
    """The codes of a rule for *who*, with a condition or an exception."""
    code = "" if effect == "allow" else ", code: not_permitted"
    text = condition.replace("'", "''")
    start = f"rules:\n  - {{id: a.rule, effect: {effect}, on: ['notes:read']{code}, {who}, "
    return codes(folder, f"{start}{field}: '{text}'}}\n", LEAD)


@pytest.mark.parametrize(("who", "condition"), [(who, each) for who, all_of in NEVER.items() for each in all_of])
def test_v71_nobody(who: str, condition: str, tmp_path: Path) -> None:
    """A condition that none of them meets, and an exception that all of them meet."""
    assert found(tmp_path, who, "deny", "when", condition) == ["SG401"]
    assert found(tmp_path, who, "deny", "unless", f"!({condition})") == ["SG401"]
    if "anonymous" not in who:
        assert found(tmp_path, who, "allow", "when", condition) == ["SG401"]


@pytest.mark.parametrize(("who", "condition"), [(who, each) for who, all_of in MAY_BE.items() for each in all_of])
def test_v71_somebody(who: str, condition: str, tmp_path: Path) -> None:
    """What some of them meet and others do not is a condition, and an exception, like any other."""
    assert found(tmp_path, who, "deny", "when", condition) == []
    assert found(tmp_path, who, "deny", "unless", condition) == []
