"""V15, V17: characters of a name act as a pattern: a dot matches anything, a star crosses separators (casbin, fnmatch)."""

from pathlib import Path

import pytest

from scopeguard import PolicyError, Resource
from tests.hazards.packs import key, load


@pytest.mark.parametrize("other", ["n-1", "n1", "n_1", "nx1", "n.11", "n", "n/1"])
def test_v15_metacharacters(tmp_path: Path, other: str) -> None:
    """A dot in a resource id is a dot."""
    guard = load(tmp_path)
    who = key("notes:read/n.1")
    assert guard.check(who, "notes:read", Resource("notes", "n.1", "ws_1")).allowed
    assert not guard.check(who, "notes:read", Resource("notes", other, "ws_1"))


@pytest.mark.parametrize("pattern", ["note*:read", "*s:read", "notes:re*", "notes:r?ad", "notes:**", "**", "*", "notes:*/*",
                                     "notes:[read]", "n.tes:read", "*:*:*"])  # fmt: skip
def test_v17_a_star_is_one_whole_word(tmp_path: Path, pattern: str) -> None:
    """In a pattern ``*`` stands alone for a surface or an action; nothing else is a pattern, and parts of words are none."""
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, f'{{id: a, effect: allow, on: ["{pattern}"]}}')
    assert {each.code for each in caught.value.diagnostics} <= {"SG301", "SG207"}
