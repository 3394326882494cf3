"""``Guard.ceiling``: what keys may do at most whose owners have some roles."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard import Context, Guard, Principal, RequestError, Resource
from scopeguard.runtime.conferred import Conferred
from scopeguard.runtime.role_rules import Holder
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Ident, Literal

GUARD = Guard.default()
ROLES = sorted(GUARD.catalog.roles)
PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write, share], coarse: true, attributes: {owner: string}}
  permissions:
    content.manage: {grants: ["notes:{read,write}"]}
    content.view: {grants: ["notes:read"]}
roles:
  author: {holds: [content.manage], rank: 2}
  reader: {holds: [content.view], rank: 1}
rules:
  - {id: notes.readers-share, effect: allow, on: ["notes:share"], when: '"reader" in principal.roles'}
  - {id: notes.own, effect: allow, on: ["notes:write"], when: resource.owner == principal.id}
  - {id: notes.no-authors, effect: deny, on: ["notes:read"], when: '"author" in principal.roles', code: not_permitted}
"""


def test_roles_confer_what_the_role_table_says() -> None:
    """In the shipped pack no rule takes or gives more than the table."""
    for name, role in GUARD.catalog.roles.items():
        assert GUARD.ceiling([name]) == role.permissions
    assert GUARD.ceiling([]) == GUARD.ceiling(["no_such_role"]) == frozenset()
    assert GUARD.ceiling(["viewer", "billing"]) == GUARD.ceiling(["viewer"]) | GUARD.ceiling(["billing"])


def test_rules_count_as_the_table_does(tmp_path: Path) -> None:
    """What a rule denies to the role is not in it, what one allows in every circumstance is, what depends is not."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    guard = Guard.load(tmp_path)
    assert guard.ceiling(["author"]) == {"notes:write"}
    assert guard.ceiling(["reader"]) == {"notes:read", "notes:share"}


def test_a_role_on_one_resource_reaches_what_it_reaches() -> None:
    """The resource itself and what has it as its parent, and nothing else; as the owner may."""
    roles = ["developer/agents:agt_1"]
    owner = Principal.member("u", workspace="w", roles=roles)
    key = Principal.api_key("k", workspace="w", scopes="workspace:write", ceiling=GUARD.ceiling(roles))
    for agent, allowed in (("agt_1", True), ("agt_2", False)):
        for action, about in (
            ("agents:write", Resource("agents", agent, "w")),
            ("conversations:read", Resource("conversations", "c", "w", {"agent": agent})),
        ):
            assert GUARD.check(key, action, about, Context("server")).allowed is allowed
            assert GUARD.check(owner, action, about, Context("dashboard")).allowed is allowed


@pytest.mark.parametrize("roles", ["admin", 7, [7], [""]])
def test_what_is_no_list_of_roles(roles: object) -> None:
    """A text is no list: its letters are no roles."""
    with pytest.raises(RequestError):
        GUARD.ceiling(roles)  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.sets(st.sampled_from(ROLES)), st.sampled_from(sorted(GUARD.catalog.scopes)))
def test_a_key_within_it_does_no_more_than_its_owner(roles: set[str], scope: str) -> None:
    """Whatever the scopes, a permission that the key gets is one that the roles hold."""
    key = Principal.api_key("k", workspace="w", scopes=[scope], ceiling=GUARD.ceiling(roles))
    held = {each for role in roles for each in GUARD.catalog.roles[role].permissions}
    assert GUARD.permissions(key, Context(channel="server")) <= held


def test_choices_within_choices_are_looked_at_once_each() -> None:
    """What a role works on in twelve tests within tests is a few signs for each, and not two for two for two."""
    leaf = Call(ex.IN, (Literal("a"), Ident("principal.roles", absolute=True)))
    nested: ex.Expr = leaf
    for _ in range(12):
        nested = Call(ex.CONDITIONAL, (nested, leaf, leaf))
    signs = [*Holder(Conferred("a", frozenset()), "", frozenset()).signs(nested)]
    assert set(signs) == {1, -1}
    assert len(signs) < 10
