"""Workspace API keys are for server-side integrations."""

import pytest

from scopeguard import Guard, Resource
from tests.seed import tables, world


@pytest.mark.parametrize("scope", tables.SCOPES)
def test_s14_a_key_on_a_server_does_what_its_scope_grants(guard: Guard, scope: str) -> None:
    """All that the tables list, and nothing else of the whole catalog."""
    assert world.allowed(guard, world.key(scope), world.SERVER) == tables.granted_by(scope)


@pytest.mark.parametrize("scope", tables.SCOPES)
def test_s14_a_key_acts_in_its_own_workspace_only(guard: Guard, scope: str) -> None:
    """Elsewhere, or where the host does not say where, every permission is denied and nothing is revealed."""
    for permission in tables.PERMISSIONS:
        surface = permission.partition(":")[0]
        for resource in (world.about(permission, world.ELSEWHERE), Resource(surface, "res_1"), Resource(surface)):
            decision = guard.check(world.key(scope), permission, resource, world.SERVER)
            assert decision.code == "workspace_mismatch"
            assert (decision.status, decision.remedy, decision.needed, decision.provided) == (404, None, (), ())


def test_s14_the_channel_gate_lets_a_server_through(guard: Guard) -> None:
    """With every scope, every permission that a key can have at all is allowed."""
    assert world.allowed(guard, world.key(*tables.SCOPES), world.SERVER) == set(tables.KEY_PERMISSIONS)
