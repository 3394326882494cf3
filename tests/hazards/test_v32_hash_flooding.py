"""V32, V33: numbers chosen to collide fill a table slowly; a cache without a bound fills the memory."""

import gc
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource
from scopeguard.runtime.rows import Row
from tests.hazards.packs import key, load


def test_v32_hash_flooding() -> None:
    """Integers that could be made to share a hash are out of range, and no value of a request is a key of the cache."""
    with pytest.raises(RequestError, match="64-bit"):
        Context(facts={"n": [factor * (2**61 - 1) for factor in range(1, 3000)]})
    flooding = Context(facts={"n": [factor * (2**61 - 1) for factor in (1, 2, 3, -1)]})
    assert hash(flooding) == hash(Context())
    members = [
        Principal.member(f"m{number}", workspace="w", attributes={"n": number * (2**61 - 1)}) for number in range(3)
    ]
    assert len({member.group for member in members}) == 1


def test_v33_unbounded_cache(tmp_path: Path) -> None:
    """Requests that are all different leave no more rows alive than the bound, and unknown actions leave nothing."""
    load(tmp_path)
    guard = Guard.load(tmp_path, max_rows=50)
    for number in range(2000):
        who = key(f"notes:read/n{number}")
        assert guard.check(who, "notes:read", Resource("notes", f"n{number}", "ws_1"))
        guard.check(who, f"nothing{number}:read")
    del who
    gc.collect()
    alive = [item for item in gc.get_objects() if type(item) is Row and item.program is guard._generation.program]
    assert len(guard._generation.rows) == len(alive) == 50
    assert {action for row in alive for action in (*row.about, *row.bare)} == {"notes:read"}
