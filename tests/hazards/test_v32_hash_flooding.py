"""V32, V33: numbers chosen to collide fill a table slowly; a cache without a bound fills the memory."""

import tracemalloc
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource
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
    """Requests that are all different leave no more rows than the bound, and the memory flat."""
    load(tmp_path)
    guard = Guard.load(tmp_path, max_rows=50)

    def ask(first: int, count: int = 1500) -> None:
        for number in range(first, first + count):
            who = key(f"notes:read/n{number}")
            assert guard.check(who, "notes:read", Resource("notes", f"n{number}", "ws_1"))
            guard.check(who, f"nothing{number}:read")

    # The table of parsed grants is bounded too, and has to be full before anything is counted.
    ask(0, 4500)
    tracemalloc.start()
    ask(10_000)
    before, _ = tracemalloc.get_traced_memory()
    ask(20_000)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(guard._generation.rows) == 50
    # A row takes several kilobytes: 1,500 kept ones would show as many times this.
    assert after - before < 1_000_000
