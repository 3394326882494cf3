"""V105: a declared scope with the id of a resource grants what the scope stands for."""

from pathlib import Path

import pytest

from scopeguard import Guard, Resource
from tests.hazards.packs import PACK, SERVER, key, load

DECLARED = PACK.replace("scopes:\n", 'scopes:\n  notes:all: {includes: ["notes:*"]}\n')
NARROWED = ("notes:all/n_1", "workspace:read/n_1", "notes_x:read/n_1")


@pytest.mark.parametrize("scope", NARROWED)
def test_v105_a_declared_scope_for_one_resource(tmp_path: Path, scope: str) -> None:
    """Only the own scope of a qualifiable surface can be narrowed; any other with an id is unknown and grants nothing."""
    guard: Guard = load(tmp_path, pack=DECLARED)
    narrow = key(scope)
    for surface in ("notes", "notes_x"):
        about = Resource(surface, "n_1", "ws_1")
        assert not guard.check(narrow, f"{surface}:read", about, SERVER)
    assert guard.grants([scope]).unknown == (scope,)
    assert not guard.permissions(narrow, SERVER).conditional


def test_v105_whole_it_grants(tmp_path: Path) -> None:
    """Without an id the declared scope grants what it stands for."""
    guard = load(tmp_path, pack=DECLARED)
    assert guard.check(key("notes:all"), "notes:write", Resource("notes", "n_1", "ws_1"), SERVER)
