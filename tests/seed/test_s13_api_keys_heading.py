"""API keys."""

from pathlib import Path

from scopeguard import Guard
from tests.seed import tables


def test_s13_the_tab_stands_for_the_whole_of_key_management(guard: Guard) -> None:
    """What the tab's permissions grant is all there is on the surface, but for handing out explicit-only scopes."""
    tab = next(tab for tab in guard.catalog.settings["settings"] if tab.id == "api_keys")
    assert tab.manage is not None
    assert guard.catalog.member_permissions[tab.manage] == {"settings:view", *tables.KEY_MANAGEMENT}
    rest = set(guard.catalog.surfaces["api_keys"].permissions) - set(tables.KEY_MANAGEMENT)
    assert rest == {"api_keys:grant_sensitive"}


def test_s13_each_of_its_sentences_has_its_tests() -> None:
    """S14 to S20 are the text under this heading."""
    here = Path(__file__).parent
    assert all(list(here.glob(f"test_s{number}_*.py")) for number in range(14, 21))
