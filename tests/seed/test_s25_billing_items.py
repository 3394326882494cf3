"""Billing shows wallet balance, usage, payment methods, top-ups, and auto-recharge."""

import pytest

from scopeguard import Guard
from tests.seed import tables, world


def test_s25_exactly_these_five_in_this_order(guard: Guard) -> None:
    """By id and title, in the catalog and on the page."""
    expected = [
        ("wallet", "Wallet balance"),
        ("usage", "Usage"),
        ("payment_methods", "Payment methods"),
        ("top_ups", "Top-ups"),
        ("auto_recharge", "Auto-recharge"),
    ]
    assert [(tab.id, tab.title) for tab in guard.catalog.settings["billing"]] == expected
    panels = guard.billing_panels(world.member("billing"), world.DASHBOARD)
    assert [(panel.id, panel.title) for panel in panels] == expected


def test_s25_each_item_has_its_own_permissions(guard: Guard) -> None:
    """Viewed and, where there is something to manage, managed by permissions that reach no other item."""
    for item in guard.catalog.settings["billing"]:
        assert item.view == f"billing.{item.id}.view"
        assert item.manage == (f"billing.{item.id}.manage" if item.id in tables.MANAGES else None)
        for name in (item.view, item.manage):
            reached = guard.catalog.member_permissions[name] if name else frozenset()
            others = [other for other in tables.BILLING_ITEMS if other != item.id]
            assert not any(reached & {*tables.VIEWS[other], *tables.MANAGES.get(other, ())} for other in others)


@pytest.mark.parametrize("role", [*tables.ROLES, None])
def test_s25_each_item_has_a_state_for_any_member(guard: Guard, role: str | None) -> None:
    """By the role table; whoever lacks an item is told which permission it takes and who holds it."""
    who = world.member(*([role] if role else []))
    for panel in guard.billing_panels(who, world.DASHBOARD):
        level = tables.level(panel.id, role) if role else "-"
        assert panel.state == tables.TAB_STATES[level]
        if level == "-":
            assert panel.code == "member_permission_missing"
            assert panel.needed == (f"billing.{panel.id}.view",)
            assert set(panel.roles) == {other for other in tables.ROLES if tables.level(panel.id, other) != "-"}


@pytest.mark.parametrize("channel", tables.CHANNELS_AND_NONE)
def test_s25_no_scope_reaches_them(guard: Guard, channel: str | None) -> None:
    """A key with every scope there is, on every channel: all five unavailable, and no permission is offered."""
    for panel in guard.billing_panels(world.key(*tables.SCOPES), world.at(channel)):
        assert panel.state == "unavailable"
        assert panel.code in {"dashboard_only", "credential_channel_forbidden"}
        assert (panel.needed, panel.roles) == ((), ())
    closed = {p for item in tables.BILLING_ITEMS for p in (*tables.VIEWS[item], *tables.MANAGES.get(item, ()))}
    for scope, granted in guard.catalog.scopes.items():
        assert granted.isdisjoint(closed), scope
