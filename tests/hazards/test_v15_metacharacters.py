"""V15: a character of a name acts as a pattern: a dot matches anything (casbin)."""

from pathlib import Path

import pytest

from scopeguard import Resource
from tests.hazards.packs import key, load


@pytest.mark.parametrize("other", ["n-1", "n1", "n_1", "nx1", "n.11", "n", "n/1"])
def test_v15_metacharacters(tmp_path: Path, other: str) -> None:
    """A dot in a resource id is a dot."""
    guard = load(tmp_path)
    who = key("notes:read/n.1")
    assert guard.check(who, "notes:read", Resource("notes", "n.1", "ws_1")).allowed
    assert not guard.check(who, "notes:read", Resource("notes", other, "ws_1"))
