"""Keys can be scoped broadly with workspace:read or workspace:write, or narrowly by surface."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard import Guard, Principal, Resource
from tests.seed import tables, world

GUARD = Guard.default()
some_scopes = st.lists(st.sampled_from(tables.SCOPES), max_size=6)


def _key(scopes: str | list[str]) -> Principal:
    return Principal.api_key("key_1", workspace=world.WORKSPACE, scopes=scopes)


def test_s17_the_broad_scopes_hold_fifteen_and_twenty_eight_permissions(guard: Guard) -> None:
    """Every read, and every read and write, of the surfaces that are not explicit-only."""
    assert guard.catalog.scopes["workspace:read"] == set(tables.COARSE_READS)
    assert guard.catalog.scopes["workspace:write"] == {*tables.COARSE_READS, *tables.COARSE_WRITES}
    assert (len(tables.COARSE_READS), len({*tables.COARSE_READS, *tables.COARSE_WRITES})) == (15, 28)


def test_s17_these_are_all_the_scopes(guard: Guard) -> None:
    """Broad, narrow, explicit and inert: no other string is a scope."""
    assert set(guard.catalog.scopes) == set(tables.SCOPES)


@settings(deadline=None)
@given(some_scopes)
def test_s17_scopes_add_up(scopes: list[str]) -> None:
    """One coarse, several granular or a mix: the union of what each grants, asked of the whole catalog."""
    expected = frozenset[str]().union(*(tables.granted_by(scope) for scope in scopes))
    assert world.allowed(GUARD, _key(scopes), world.SERVER) == expected


@settings(deadline=None)
@given(some_scopes, st.randoms(use_true_random=False))
def test_s17_order_and_duplicates_do_not_matter(scopes: list[str], random: object) -> None:
    """Shuffled, doubled, or as one text: the same key, with the same answers and the same reasons."""
    shuffled = scopes * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    one, other, text = _key(scopes), _key(shuffled), _key(" ".join(shuffled))
    assert one == other == text
    for permission in tables.PERMISSIONS:
        decisions = {GUARD.check(who, permission, context=world.SERVER) for who in (one, other, text)}
        assert len(decisions) == 1


@pytest.mark.parametrize("scopes", [None, "", " ", [], (), frozenset()])
def test_s17_an_empty_list_grants_nothing(guard: Guard, scopes: object) -> None:
    """Absent is not unrestricted."""
    who = Principal.api_key("key_1", workspace=world.WORKSPACE, scopes=scopes)  # type: ignore[arg-type]  # the point
    assert world.allowed(guard, who, world.SERVER) == frozenset()


def test_s17_a_narrow_key_may_be_narrowed_to_one_resource(guard: Guard) -> None:
    """Where a surface is qualifiable the id narrows, and elsewhere a qualified scope grants nothing."""
    for surface in tables.COARSE:
        who = world.key(f"{surface}:read/res_1")
        mine, other = (Resource(surface, name, world.WORKSPACE) for name in ("res_1", "res_2"))
        assert guard.check(who, f"{surface}:read", mine, world.SERVER).allowed is (surface in tables.QUALIFIABLE)
        assert not guard.check(who, f"{surface}:read", other, world.SERVER)
        assert not guard.check(who, f"{surface}:read", context=world.SERVER)


def test_s17_a_denial_names_what_would_help(guard: Guard) -> None:
    """For each permission keys can have, a key with the scope before it in the list is told the one it lacks."""
    for held, asked in pairwise(tables.KEY_PERMISSIONS):
        decision = guard.check(world.key(held), asked, context=world.SERVER)
        if asked in tables.granted_by(held):
            continue
        assert (decision.needed, decision.provided) == ((asked,), (held,))
        assert guard.check(world.key(held, *decision.needed), asked, context=world.SERVER)
