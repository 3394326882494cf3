"""The access matrix of key scopes: seven kinds of grant by four groups of permissions, every cell of it."""

import pytest

from scopeguard import Guard, Principal
from tests.seed import tables, world

GROUPS = {
    "reads": tables.COARSE_READS,
    "writes": tables.COARSE_WRITES,
    "explicit": tables.EXPLICIT_PERMISSIONS,
    "keys": tables.KEY_MANAGEMENT,
}

BROAD = {
    "none": ((), (False, False, False, False)),
    "workspace:read": (("workspace:read",), (True, False, False, False)),
    "workspace:write": (("workspace:write",), (True, True, False, False)),
    "everything": (tables.SCOPES, (True, True, True, False)),
}

REFUSALS = {
    "reads": "scope_missing",
    "writes": "scope_missing",
    "explicit": "explicit_grant_required",
    "keys": "dashboard_only",
}


@pytest.mark.parametrize("row", sorted(BROAD))
def test_matrix_of_broad_grants(guard: Guard, row: str) -> None:
    """Each group is allowed or denied as a whole, with its code."""
    scopes, answers = BROAD[row]
    for (group, permissions), answer in zip(GROUPS.items(), answers, strict=True):
        expected = None if answer else REFUSALS[group]
        assert world.codes(guard, world.key(*scopes), permissions, world.SERVER) == {expected}


@pytest.mark.parametrize("scope", [*tables.GRANULAR_SCOPES, *tables.EXPLICIT_PERMISSIONS])
def test_matrix_of_narrow_grants(guard: Guard, scope: str) -> None:
    """Only its own surface: read by read, read and write by write, one action of an explicit-only surface."""
    surface, action = scope.split(":")
    own = {scope, f"{surface}:read"} if surface in tables.COARSE and action == "write" else {scope}
    for group, permissions in GROUPS.items():
        for permission in permissions:
            expected = None if permission in own else REFUSALS[group]
            assert world.codes(guard, world.key(scope), (permission,), world.SERVER) == {expected}


@pytest.mark.parametrize("scope", tables.SCOPES)
def test_the_listing_says_the_same(guard: Guard, scope: str) -> None:
    """What a key may do outright, listed."""
    listed = guard.permissions(world.key(scope), world.SERVER)
    assert listed == tables.granted_by(scope)
    assert not listed.conditional


def test_the_matrix_of_the_library_says_the_same(guard: Guard) -> None:
    """The table that reviewers print, cell by cell."""
    keys: dict[str, Principal] = {scope: world.key(scope) for scope in tables.SCOPES}
    matrix = guard.matrix(keys, tables.PERMISSIONS, context=world.SERVER)
    for scope in tables.SCOPES:
        for permission in tables.PERMISSIONS:
            allowed = permission in tables.granted_by(scope)
            assert matrix[scope, permission].state == ("allow" if allowed else "deny")
