"""Settings and billing."""

from pathlib import Path

import pytest

from scopeguard import Guard, RequestError
from tests.seed import world


def test_s01_there_are_exactly_two_account_surfaces(guard: Guard) -> None:
    """The account consists of Settings and Billing, and of no third surface."""
    account = {name for name, surface in guard.catalog.surfaces.items() if surface.group == "account"}
    assert account == {"settings", "billing"}


def test_s01_each_account_surface_has_its_page(guard: Guard) -> None:
    """Each of the two lists its entries, and there is no third page."""
    assert set(guard.catalog.settings) == {"settings", "billing"}


def test_s01_a_pack_without_pages_has_none_to_show(tmp_path: Path) -> None:
    """Asking for a page that is not there is a mistake of the host, and no empty page."""
    (tmp_path / "pack.yaml").write_text(
        "scopeguard: 1\ncatalog: {surfaces: {notes: {actions: [read], coarse: true}}}\n"
    )
    guard = Guard.load(tmp_path)
    for ask, page in ((guard.settings_tabs, "settings"), (guard.billing_panels, "billing")):
        with pytest.raises(RequestError, match=f'the pack has no page "{page}"'):
            ask(world.member("owner"), world.DASHBOARD)
