"""Billing."""

from pathlib import Path

import pytest

from scopeguard import Guard
from tests.seed import tables, world


@pytest.mark.parametrize("role", [*tables.ROLES, None])
def test_s24_whoever_has_an_item_opens_the_page(guard: Guard, role: str | None) -> None:
    """And nobody else does: the page is open exactly where one of its items is."""
    who = world.member(*([role] if role else []))
    states = {panel.state for panel in guard.billing_panels(who, world.DASHBOARD)}
    is_open = guard.check(who, "billing:view", context=world.DASHBOARD).allowed
    assert is_open is (states != {"unavailable"})
    assert is_open is (role in {"owner", "admin", "developer", "billing"})


@pytest.mark.parametrize("role", [*tables.ROLES, None])
def test_s24_the_state_of_the_workspace_closes_none_of_it(guard: Guard, role: str | None) -> None:
    """Where payment, wallet and limits are all exhausted, each item is as it was: there it is mended."""
    who = world.member(*([role] if role else []))
    broken = world.context("dashboard", world.BROKEN)
    healthy = world.context("dashboard")
    assert guard.billing_panels(who, broken) == guard.billing_panels(who, healthy)


def test_s24_each_of_its_sentences_has_its_tests() -> None:
    """S25 to S31 are the text under this heading."""
    here = Path(__file__).parent
    assert all(list(here.glob(f"test_s{number}_*.py")) for number in range(25, 32))
