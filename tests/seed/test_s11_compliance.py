"""Compliance for compliance workflows."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world

PERMISSIONS = (*tables.VIEWS["compliance"], *tables.MANAGES["compliance"])


@pytest.mark.parametrize("role", tables.ROLES)
@pytest.mark.parametrize("channel", tables.CHANNELS_AND_NONE)
def test_s11_viewed_and_managed_by_permissions_of_its_own(guard: Guard, role: str, channel: str | None) -> None:
    """Each permission of the tab, for each role and channel."""
    level = tables.level("compliance", role)
    for permission in PERMISSIONS:
        may = level == "M" or (level == "v" and permission in tables.VIEWS["compliance"])
        expected = "dashboard_only" if channel != "dashboard" else None if may else "member_permission_missing"
        assert world.codes(guard, world.member(role), (permission,), world.at(channel)) == {expected}, permission


def test_s11_no_scope_reaches_it(guard: Guard) -> None:
    """Neither by the catalog's tables nor by a check with each scope and with all of them."""
    for scopes in (*((scope,) for scope in tables.SCOPES), tables.SCOPES):
        assert world.codes(guard, world.key(*scopes), PERMISSIONS, world.SERVER) == {"dashboard_only"}
    for scope, granted in guard.catalog.scopes.items():
        assert granted.isdisjoint(PERMISSIONS), scope


@pytest.mark.parametrize("other", sorted(tables.ROLE_TABLE))
def test_s11_no_other_item_reaches_it(guard: Guard, other: str) -> None:
    """The member permissions of every other item grant nothing here."""
    prefix = {"product": "product", "sensitive": "product.sensitive"}.get(other)
    prefix = prefix or (f"billing.{other}" if other in tables.BILLING_ITEMS else f"settings.{other}")
    for verb in ("view", "manage"):
        granted = guard.catalog.member_permissions.get(f"{prefix}.{verb}", frozenset())
        assert bool(granted & set(PERMISSIONS)) is (other == "compliance"), f"{prefix}.{verb}"
