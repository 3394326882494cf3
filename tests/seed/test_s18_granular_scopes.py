"""Granular scopes cover agents, knowledge, integrations … and workspace settings."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world

SURFACES = sorted(tables.COARSE)


def test_s18_these_fifteen_surfaces(guard: Guard) -> None:
    """Every surface that coarse scopes cover, and no other."""
    assert {name for name, surface in guard.catalog.surfaces.items() if surface.coarse} == set(SURFACES)
    assert len(SURFACES) == 15


@pytest.mark.parametrize("surface", SURFACES)
def test_s18_its_own_read_scope_reads_there_and_nowhere_else(guard: Guard, surface: str) -> None:
    """Of the whole catalog the one permission is allowed; the rest is denied with the code of a missing scope."""
    who = world.key(f"{surface}:read")
    assert world.allowed(guard, who, world.SERVER) == {f"{surface}:read"}
    others = tuple(p for p in (*tables.COARSE_READS, *tables.COARSE_WRITES) if p != f"{surface}:read")
    assert world.codes(guard, who, others, world.SERVER) == {"scope_missing"}


@pytest.mark.parametrize("surface", SURFACES)
def test_s18_its_own_write_scope_writes_and_reads_there_and_nowhere_else(guard: Guard, surface: str) -> None:
    """Where a write exists; where none does, the scope is unknown, and neither held nor checked."""
    scope = f"{surface}:write"
    if surface in tables.READ_ONLY:
        assert world.allowed(guard, world.key(scope), world.SERVER) == frozenset()
        assert guard.check(world.key(scope), scope, context=world.SERVER).code == "unmapped_action"
        assert guard.mint(world.member("owner"), scope, world.DASHBOARD).code == "scope_unknown"
    else:
        assert world.allowed(guard, world.key(scope), world.SERVER) == {scope, f"{surface}:read"}


@pytest.mark.parametrize("surface", SURFACES)
def test_s18_the_broad_scopes_reach_it(guard: Guard, surface: str) -> None:
    """workspace:read reads, and does not write; workspace:write does both."""
    for decision in world.both(guard, world.key("workspace:read"), f"{surface}:read", world.SERVER):
        assert decision.rules == ("scope:workspace:read",)
    for decision in world.both(guard, world.key("workspace:write"), f"{surface}:read", world.SERVER):
        assert decision.rules == ("scope:workspace:write",)
    if surface not in tables.READ_ONLY:
        for decision in world.both(guard, world.key("workspace:read"), f"{surface}:write", world.SERVER):
            assert (decision.code, decision.needed) == ("scope_missing", (f"{surface}:write",))
        assert all(world.both(guard, world.key("workspace:write"), f"{surface}:write", world.SERVER))
