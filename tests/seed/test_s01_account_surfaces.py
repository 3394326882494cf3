"""Settings and billing."""

from scopeguard import Guard


def test_s01_there_are_exactly_two_account_surfaces(guard: Guard) -> None:
    """The account consists of Settings and Billing, and of no third surface."""
    account = {name for name, surface in guard.catalog.surfaces.items() if surface.group == "account"}
    assert account == {"settings", "billing"}


def test_s01_each_account_surface_has_its_page(guard: Guard) -> None:
    """Each of the two lists its entries, and there is no third page."""
    assert set(guard.catalog.settings) == {"settings", "billing"}
