"""Whoever is answered by generated code gets a decision, with all that is filled in for who asks and about what."""

from pathlib import Path

import pytest

from scopeguard import Context, Decision, Guard, Principal, Resource
from scopeguard.limits import CALLS_BEFORE_CODE

PACK = """
scopeguard: 1
catalog:
  surfaces:
    docs: {actions: [read, write], coarse: true, qualifiable: true, attributes: {owner: string}}
    pages:
      actions: [read]
      coarse: true
      parent: {surface: docs, attribute: doc}
      attributes: {doc: string, owner: string}
scopes:
  all:read: {includes: ["docs:read", "pages:read"]}
roles:
  viewer: {holds: ["docs:read", "pages:read"]}
rules:
  - {id: own.docs, effect: allow, on: ["docs:read"], when: resource.owner == principal.id}
  - {id: own.pages, effect: allow, on: ["pages:read"], when: resource.owner == principal.id}
"""
SERVER = Context("server")


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A pack in which who owns something may read it."""
    file = tmp_path_factory.mktemp("pack") / "pack.yaml"
    file.write_text(PACK, encoding="utf-8")
    return Guard.load(file)


KEY = Principal.api_key("key_1", workspace="w", scopes="docs:write")
NARROWED = Principal.api_key("key_1", workspace="w", scopes="docs:read/d_1 docs:read/d_2")
MEMBER = Principal.member("usr_1", workspace="w", roles=["viewer/docs:d_1"])
EVERYWHERE = Principal.member("usr_1", workspace="w", roles=["viewer"])
CASES: dict[str, tuple[Principal, str, Resource, bool, tuple[str, ...]]] = {
    "a key by a rule": (KEY, "docs:read", Resource("docs", "d_1", "w", {"owner": "key_1"}), True, ("own.docs",)),
    "a key by nothing": (KEY, "docs:read", Resource("docs", "d_1", "w", {"owner": "x"}), False, ()),
    "a key by a scope": (NARROWED, "docs:read", Resource("docs", "d_2", "w", {"owner": "x"}), True, ("scope:docs:read/d_2",)),
    "a key by both": (
        NARROWED, "docs:read", Resource("docs", "d_1", "w", {"owner": "key_1"}), True, ("own.docs", "scope:docs:read/d_1"),
    ),
    "a member by a role": (MEMBER, "docs:read", Resource("docs", "d_1", "w", {"owner": "x"}), True, ("role:viewer/docs:d_1",)),
    "a member by both": (
        MEMBER, "docs:read", Resource("docs", "d_1", "w", {"owner": "usr_1"}), True, ("own.docs", "role:viewer/docs:d_1"),
    ),
    "a member by nothing": (MEMBER, "docs:read", Resource("docs", "d_2", "w", {"owner": "x"}), False, ()),
    "a member by what lies above": (
        MEMBER, "pages:read", Resource("pages", "p_1", "w", {"doc": "d_1", "owner": "x"}), True, ("role:viewer/docs:d_1",),
    ),
    "a member by nothing above": (MEMBER, "pages:read", Resource("pages", "p_1", "w", {"doc": "d_2", "owner": "x"}), False, ()),
    "a member by a role on all and a rule": (
        EVERYWHERE, "docs:read", Resource("docs", "d_9", "w", {"owner": "usr_1"}), True, ("own.docs", "role:viewer"),
    ),
    "a member by a role on all": (EVERYWHERE, "docs:read", Resource("docs", "d_9", "w", {"owner": "x"}), True, ("role:viewer",)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_generated_code_answers_is_filled_in(guard: Guard, name: str) -> None:
    """As often as it is asked, by the evaluator at first and by code later: the same decision each time."""
    principal, action, resource, allowed, rules = CASES[name]
    first = guard.check(principal, action, resource, SERVER)
    assert (first.allowed, first.rules, first.permission, first.operation) == (allowed, rules, action, None)
    assert allowed or first.provided == tuple(sorted(principal.scopes))
    for _ in range(3 * CALLS_BEFORE_CODE):
        found = guard.check(principal, action, resource, SERVER)
        assert type(found) is Decision
        assert found == first
        (other,) = guard.check_many(principal, [(action, resource)], SERVER)
        assert other == first


LOCKED = """
  - id: STAGE
    effect: deny
    on: ["docs:read"]
    stage: STAGE
    when: resource.owner == "nobody"
    because: It is nobody's
    code: not_permitted
"""
BEFORE, AFTER = LOCKED.replace("STAGE", "workspace"), LOCKED.replace("STAGE", "payment")


@pytest.mark.parametrize("more", ["", BEFORE, AFTER, BEFORE + AFTER])
def test_what_is_filled_in_once_for_all_who_hold_the_same_is_nothing_else_that_they_hold(
    tmp_path: Path, more: str
) -> None:
    """Keys that hold what is asked about, within the same ceiling, and other scopes: each reads its own of them.

    With a rule after the permission the answers are kept by what they depend on, and without one they are in the code.
    """
    (tmp_path / "pack.yaml").write_text(PACK + more, encoding="utf-8")
    guard = Guard.load(tmp_path)
    keys = [
        Principal.api_key(name, workspace="w", scopes=scopes, ceiling="docs:read/d_1")
        for name, scopes in (
            ("key_1", "docs:read docs:write"),
            ("key_2", "docs:read pages:read"),
            ("key_3", "all:read"),
        )
    ]
    mine, others = (Resource("docs", "d_9", "w", {"owner": owner}) for owner in ("key_1", "x"))
    for _ in range(3 * CALLS_BEFORE_CODE):
        for key in keys:
            held = "scope:all:read" if key.id == "key_3" else "scope:docs:read"
            within = Resource("docs", "d_1", "w", {"owner": "x"})
            assert guard.check(key, "docs:read", within, SERVER).rules == (held,)
            assert guard.check(key, "docs:read", mine, SERVER).rules == (("own.docs",) if key.id == "key_1" else ())
            assert guard.check(key, "docs:read", others, SERVER).provided == tuple(sorted(key.scopes))
