"""V104: a grant on one resource of another surface is taken for a grant on the resource that is asked about."""

from pathlib import Path

import pytest

from scopeguard import Guard, Principal, Resource
from tests.hazards.packs import PACK, SERVER, key, load

FOLDERS = PACK.replace("    notes_x:", "    folders: {actions: [read], coarse: true, qualifiable: true}\n    notes_x:")
NOTE = Resource("notes", "x_1", "ws_1")
FOLDER = Resource("folders", "x_1", "ws_1")


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """Reading a note asks for reading folders, as what allows and as what does not deny."""
    rules = """
        {id: shared, effect: allow, on: ["notes:write"], kinds: [api_key], requires: "folders:read"}
        {id: unread, effect: deny, on: ["notes:read"], unless: "holds('folders:read')", code: not_permitted}
    """
    return load(tmp_path, rules, FOLDERS)


@pytest.mark.usefixtures("code_at_once")
def test_v104_a_grant_on_another_surface(guard: Guard) -> None:
    """folders:read/x_1 is for the folder x_1, and no part of it is for the note x_1."""
    narrow = key("folders:read/x_1", "notes:read")
    for _ in range(2):
        assert guard.check(narrow, "folders:read", FOLDER, SERVER)
        assert not guard.check(narrow, "notes:write", NOTE, SERVER)
        assert guard.check(narrow, "notes:read", NOTE, SERVER).rules == ("unread",)


@pytest.mark.usefixtures("code_at_once")
def test_v104_a_grant_on_all_of_them(guard: Guard) -> None:
    """folders:read is for every folder, which is what both rules ask for."""
    wide: Principal = key("folders:read", "notes:read")
    assert guard.check(wide, "notes:write", NOTE, SERVER).rules == ("shared",)
    assert guard.check(wide, "notes:read", NOTE, SERVER)
