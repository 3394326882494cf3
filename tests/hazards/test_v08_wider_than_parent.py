"""V08: a delegated key is wider than the one who delegates: a qualifier is lost on the way (hexpm CVE-2026-21621)."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard import Context, Guard, Principal, Resource
from tests.hazards.packs import key, load

GUARD = Guard.default()
SCOPES = sorted(GUARD.catalog.scopes)
DASHBOARD = Context(channel="dashboard")


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.sampled_from([*SCOPES, "agents:write/agt_1", "api_keys:create", "collected_data:read"]), max_size=5),
    st.lists(st.sampled_from(sorted(GUARD.catalog.roles)), max_size=2),
)
def test_v08_wider_than_parent(scopes: list[str], roles: list[str]) -> None:
    """Whatever a member is allowed to hand out is within what the member may do."""
    member = Principal.member("usr_1", workspace="ws_1", roles=roles)
    decision = GUARD.mint(member, scopes, DASHBOARD)
    if decision:
        child = GUARD.grants(decision.provided)
        assert sorted(decision.provided) == sorted(set(scopes))
        for grant in child:
            assert GUARD.check(member, grant.partition("/")[0], context=DASHBOARD), grant
    else:
        assert decision.provided == ()


@pytest.mark.parametrize("scope", ["agents:write", "workspace:read", "agents:read/agt_1", "collected_data:read"])
def test_v08_a_narrow_member_hands_out_nothing_wider(tmp_path: Path, scope: str) -> None:
    """Who manages keys and holds schedules alone hands out schedules, and nothing that it does not hold."""
    (tmp_path / "keeper.yaml").write_text(
        'scopeguard: 1\nroles: {keeper: {holds: [settings.api_keys.manage, "schedules:read"], loosens: It keeps keys}}\n',
        encoding="utf-8",
    )
    guard = Guard.default(tmp_path)
    keeper = Principal.member("usr_1", workspace="ws_1", roles=["keeper"])
    assert guard.mint(keeper, "schedules:read", DASHBOARD).provided == ("schedules:read",)
    assert guard.mint(keeper, ["schedules:read", scope], DASHBOARD).code == "grant_exceeds_actor"


def test_v08_a_ceiling_keeps_the_qualifier() -> None:
    """A key under a ceiling that is narrowed to one agent reaches that one agent, though its own scope is wide."""
    key = Principal.api_key("k", workspace="ws_1", scopes="agents:write", ceiling="agents:write/agt_1")
    listed = GUARD.permissions(key, Context(channel="server"))
    assert listed == frozenset()
    assert set(listed.conditional.values()) == {'resource.id == "agt_1"'}


def test_v08_wildcards_reach_nothing_explicit_for_children() -> None:
    """A key whose ceiling is a coarse scope holds nothing explicit-only through it."""
    key = Principal.api_key("k", workspace="ws_1", scopes="collected_data:read", ceiling="workspace:write")
    assert GUARD.permissions(key, Context(channel="server")) == frozenset()


KEYS_MAKE_KEYS = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, implies: {write: [read]}, attributes: {owner: string}}
    secrets: {actions: [read], explicit_only: true, qualifiable: true, because: they are private}
    api_keys: {actions: [create, rotate, grant_sensitive], explicit_only: true, because: they make others}
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  giver: {holds: ["notes:*", "api_keys:create"]}
"""


@pytest.mark.parametrize(("held", "asked", "code"), [
    ("notes:write/n1", "notes:write/n1", None), ("notes:write/n1", "notes:read/n1", None),
    ("notes:write/n1", "notes:write", "grant_exceeds_actor"), ("notes:write/n1", "notes:read", "grant_exceeds_actor"),
    ("notes:write/n1", "notes:read/n2", "grant_exceeds_actor"), ("notes:write/n1", "notes:read/n11", "grant_exceeds_actor"),
    ("notes:write/n1", "notes:read/n1 notes:read", "grant_exceeds_actor"), ("notes:read/n1", "notes:write/n1", "grant_exceeds_actor"),
    ("notes:write/n1", "workspace:read", "grant_exceeds_actor"), ("secrets:read/s1", "secrets:read/s1", None),
    ("secrets:read/s1", "secrets:read", "grant_exceeds_actor"), ("workspace:read", "secrets:read", "grant_exceeds_actor"),
    ("workspace:read", "notes:read", None), ("workspace:read", "workspace:read", None),
    ("workspace:read", "notes:write", "grant_exceeds_actor"),
])  # fmt: skip
def test_v08_the_qualifier_is_kept_on_exchange(tmp_path: Path, held: str, asked: str, code: str | None) -> None:
    """Where keys may make keys, what one may hand out for a single resource it hands out for that one alone."""
    guard = load(tmp_path, "", KEYS_MAKE_KEYS)
    parent = key(*held.split(), "api_keys:create", "api_keys:grant_sensitive")
    decision = guard.mint(parent, asked)
    assert (decision.code, decision.provided) == (code, (asked,) if code is None else ())


@pytest.mark.parametrize(("held", "asked"), [("notes:read/n1", "notes:read"), ("notes:read", "notes:read/n1"),
                                             ("notes:read/n1", "notes:read/n2"), ("notes:read", "notes:write")])  # fmt: skip
def test_v08_a_rotation_changes_nothing(tmp_path: Path, held: str, asked: str) -> None:
    """A rotation gives what the key held, neither wider nor narrower."""
    guard = load(tmp_path, "", KEYS_MAKE_KEYS)
    parent = key("notes:write", "api_keys:rotate")
    assert guard.rotate(parent, held, scopes=asked).code == "rotation_changes_grants"
    assert guard.rotate(parent, held, scopes=held).provided == (held,)


def test_v08_what_is_denied_on_some_resources_is_not_handed_out_for_all(tmp_path: Path) -> None:
    """A member who may read its own notes alone cannot make a key that reads everybody's."""
    guard = load(tmp_path, """
        {id: own, effect: deny, on: ["notes:*"], kinds: [member], when: "has(resource.owner) && resource.owner != principal.id", code: not_permitted}
    """, KEYS_MAKE_KEYS)  # fmt: skip
    giver = Principal.member("usr_1", workspace="ws_1", roles=["giver"])
    theirs = Resource("notes", "n9", "ws_1", {"owner": "usr_2"})
    assert guard.check(giver, "notes:read", theirs).rules == ("own",)
    assert "notes:read" not in guard.permissions(giver)
    assert guard.mint(giver, "notes:read").code == "grant_exceeds_actor"


DELEGATING = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true, qualifiable: true}
    files: {actions: [read], coarse: true, qualifiable: true, holdable_by: [api_key]}
    api_keys: {actions: [create, rotate, grant_sensitive], coarse: true}
roles:
  maker: {rank: 2, holds: ["api_keys:*"]}
  reader: {rank: 1, holds: ["*:read"]}
"""
CREATES = "api_keys:create"


@pytest.mark.parametrize(
    ("actor", "scope", "allowed"),
    [
        (Principal.api_key("k", workspace="w", scopes=f"notes:read/n1 {CREATES}"), "notes:read/n1", True),
        (Principal.api_key("k", workspace="w", scopes=f"notes:read/n1 {CREATES}"), "notes:read/n2", False),
        *(
            (
                Principal.api_key("k", workspace="w", scopes=f"notes:read/n1 {CREATES}", ceiling=ceiling),
                "notes:read/n1",
                may,
            )
            for ceiling, may in (
                (f"notes:read/n1 {CREATES}", True),
                (f"notes:read {CREATES}", True),
                (f"notes:read/n2 {CREATES}", False),
                (CREATES, False),
            )
        ),
        (Principal.member("m", workspace="w", roles=["maker", "reader/notes:n1"]), "notes:read/n1", True),
        (Principal.member("m", workspace="w", roles=["maker", "reader/notes:n1"]), "notes:read/n2", False),
        (Principal.member("m", workspace="w", roles=["maker", "reader/files:f1"]), "files:read/f1", False),
    ],
)
def test_v08_who_mints_has_it_within_its_own_ceiling(
    tmp_path: Path, actor: Principal, scope: str, allowed: bool
) -> None:
    """On just those resources that its scopes or roles name, its ceiling lets through and its kind may hold."""
    (tmp_path / "pack.yaml").write_text(DELEGATING, encoding="utf-8")
    made = Guard.load(tmp_path).mint(actor, scope)
    assert (made.allowed, made.code) == (allowed, None if allowed else "grant_exceeds_actor")
