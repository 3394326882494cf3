"""What a credential holds: its scopes within its ceiling, and only what its kind may hold."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, implies: {write: [read]}}
    logs: {actions: [read], coarse: true}
    keys: {actions: [read], explicit_only: true, because: They open doors}
    hooks: {actions: [read], coarse: true, holdable_by: [api_key]}
    chats: {actions: [read], coarse: true, holdable_by: [api_key, session]}
    billing: {actions: [read, view], holdable_by: [member]}
scopes:
  workspace:read: {includes: ["*:read"]}
  nothing:read: {inert: true, because: It is known}
roles:
  reader: {holds: ["*:read"], rank: 1}
"""
NOW = datetime(2026, 1, 2, tzinfo=UTC)
EVERYTHING = "notes:read notes:write logs:read keys:read hooks:read chats:read"
ONE, OTHER = "/n1", "/n2"
Held = set[str]


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A guard for the pack."""
    file = tmp_path_factory.mktemp("pack") / "pack.yaml"
    file.write_text(PACK, encoding="utf-8")
    return Guard.load(file)


def held(guard: Guard, principal: Principal) -> Held:
    """Everything that is allowed: without an id where it is on all resources, else with the ids on which it is."""
    context = Context(now=NOW)
    found: Held = set()
    for surface in guard.catalog.surfaces.values():
        for permission in surface.permissions:
            if guard.check(principal, permission, Resource(surface.name, "n3", "w"), context).allowed:
                found.add(permission)
                continue
            found |= {
                f"{permission}/{item}"
                for item in ("n1", "n2", "l1")
                if guard.check(principal, permission, Resource(surface.name, item, "w"), context).allowed
            }
    return found


@pytest.mark.parametrize(
    ("scopes", "ceiling", "expected"),
    [
        (EVERYTHING, None, set(EVERYTHING.split())),
        (EVERYTHING, EVERYTHING, set(EVERYTHING.split())),
        (EVERYTHING, "", set()),
        (EVERYTHING, [], set()),
        (EVERYTHING, "notes:read", {"notes:read"}),
        (EVERYTHING, "notes:write", {"notes:read", "notes:write"}),
        (EVERYTHING, "notes:write/n1", {"notes:read/n1", "notes:write/n1"}),
        (EVERYTHING, "notes:read/n1 notes:read/n2", {"notes:read/n1", "notes:read/n2"}),
        (EVERYTHING, "notes:read/n1 notes:read", {"notes:read"}),
        (EVERYTHING, "workspace:read", {"notes:read", "logs:read", "hooks:read", "chats:read"}),
        (EVERYTHING, "keys:read", {"keys:read"}),
        (EVERYTHING, "logs:read/l1", set()),
        (EVERYTHING, "keys:read/l1 logs:read", {"logs:read"}),
        (EVERYTHING, "billing:view billing:read", set()),
        (EVERYTHING, "billing:view/l1 logs:write nowhere:read nothing:read", set()),
        ("notes:read/n1", "notes:read", {"notes:read/n1"}),
        ("notes:read/n1", "notes:read/n2", set()),
        ("notes:read/n1 notes:write/n2", "notes:read/n2 notes:write/n2", {"notes:read/n2", "notes:write/n2"}),
        ("workspace:read", "notes:write keys:read", {"notes:read"}),
        ("nothing:read logs:write billing:view", None, set()),
    ],
)
def test_a_key_holds_what_its_scopes_and_its_ceiling_both_allow(
    guard: Guard, scopes: str, ceiling: str | list[str] | None, expected: Held
) -> None:
    """A ceiling on one thing of a surface that has no such ceilings lets nothing through, and so does an unknown one."""
    assert held(guard, Principal.api_key("k", workspace="w", scopes=scopes, ceiling=ceiling)) == expected


def test_nobody_holds_what_its_kind_may_not_hold(guard: Guard) -> None:
    """Whatever scopes or roles it comes with."""
    end = datetime(2026, 1, 3, tzinfo=UTC)
    session = Principal.session("s", workspace="w", scopes=EVERYTHING, expires_at=end)
    assert held(guard, session) == {"notes:read", "notes:write", "logs:read", "keys:read", "chats:read"}
    member = Principal.member("m", workspace="w", roles=["reader", "gone"])
    assert held(guard, member) == {"notes:read", "logs:read"}
    for nobody in (Principal.anonymous(), Principal.system("job", workspace="w")):
        assert held(guard, nobody) == set()


ASKING = """
scopeguard: 1
catalog:
  surfaces:
    docs: {actions: [read], coarse: true, qualifiable: true}
    notes: {actions: [read], coarse: true, attributes: {hidden: bool}}
rules:
  - {id: r, effect: allow, on: ["notes:read"], kinds: [api_key], when: 'holds("docs:read/d_1")'}
"""


@pytest.mark.parametrize(
    ("scopes", "ceiling", "holds"),
    [
        ("docs:read/d_1", None, True),
        ("docs:read/d_2", None, False),
        ("docs:read/d_1 docs:read/d_2", None, True),
        ("docs:read", None, True),
        ("docs:read", "docs:read/d_1", True),
        ("docs:read", "docs:read/d_2", False),
        ("docs:read/d_1", "docs:read/d_2", False),
        ("", None, False),
    ],
)
def test_a_condition_that_asks_for_a_grant_on_one_resource(
    tmp_path: Path, scopes: str, ceiling: str | None, holds: bool
) -> None:
    """By a check, lists and the explanation alike: it is held on that one or on all, within the ceiling."""
    (tmp_path / "pack.yaml").write_text(ASKING, encoding="utf-8")
    guard = Guard.load(tmp_path)
    key = Principal.api_key("k", workspace="w", scopes=scopes, ceiling=ceiling)
    note = Resource("notes", "n", "w")
    assert guard.check(key, "notes:read", note).rules == (("r",) if holds else ())
    assert ("notes:read" in guard.permissions(key)) is holds
    assert guard.filter(key, "notes:read").state == ("all" if holds else "none")
    assert guard.matrix([key], ["notes:read"])["k", "notes:read"].state == ("allow" if holds else "deny")
    (looked,) = (each for each in guard.explain(key, "notes:read", note).looked if each.id == "r")
    assert looked.outcome == ("allows" if holds else "does not apply")
