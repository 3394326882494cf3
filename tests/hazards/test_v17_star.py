"""V17: a star crosses separators, so that "projects/*" covers "projects/1/secrets" (fnmatch)."""

from pathlib import Path

import pytest

from scopeguard import PolicyError, Principal, RequestError, Resource
from tests.hazards.packs import key, load


@pytest.mark.parametrize("pattern", ["note*:read", "*s:read", "notes:re*", "notes:r?ad", "notes:**", "**", "*", "notes:*/*",
                                     "notes:[read]", "n.tes:read", "*:*:*"])  # fmt: skip
def test_v17_a_star_is_one_whole_word(tmp_path: Path, pattern: str) -> None:
    """In a pattern ``*`` stands alone for a surface or an action; nothing else is a pattern, and parts of words are none."""
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, f'{{id: a, effect: allow, on: ["{pattern}"]}}')
    assert {each.code for each in caught.value.diagnostics} <= {"SG301", "SG207"}


def test_v17_a_star_reaches_what_it_stands_for(tmp_path: Path) -> None:
    """``notes:*`` is every action of the notes alone, and a star that a credential brings is refused at the door."""
    guard = load(tmp_path, '{id: all, effect: allow, on: ["notes:*"], kinds: [system]}')
    job = Principal.system("job", workspace="ws_1")
    assert guard.permissions(job) == frozenset({"notes:read", "notes:write"})
    assert guard.check(job, "notes:read", Resource("notes", "a/b/c", "ws_1")).rules == ("all",)
    for scope in ("*:read", "notes:*", "*", "notes:read/*", "notes:read/n1/*"):
        with pytest.raises(RequestError):
            key(scope)
