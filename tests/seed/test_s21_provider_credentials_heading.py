"""Provider credentials."""

from pathlib import Path

from scopeguard import Guard
from tests.seed import tables


def test_s21_they_have_one_surface_and_one_tab(guard: Guard) -> None:
    """Storing, rotating and deleting stand behind one tab, and nothing else is on the surface but seeing them."""
    (tab,) = (tab for tab in guard.catalog.settings["settings"] if tab.id == "providers")
    assert (tab.title, tab.view, tab.manage) == (
        "Providers",
        "settings.providers.view",
        "settings.providers.manage",
    )
    surface = {*tables.VIEWS["providers"], *tables.MANAGES["providers"]}
    assert surface == set(guard.catalog.surfaces["providers"].permissions)
    assert guard.catalog.member_permissions["settings.providers.manage"] == {"settings:view", *surface}


def test_s21_each_of_its_sentences_has_its_tests() -> None:
    """S22 and the three parts of S23 are the text under this heading."""
    here = Path(__file__).parent
    assert all(list(here.glob(f"test_s{number}_*.py")) for number in ("22", "23a", "23b", "23c"))
