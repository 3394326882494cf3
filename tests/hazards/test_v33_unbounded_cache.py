"""V33: a cache without a bound fills the memory (casbin #504)."""

import gc
from functools import _lru_cache_wrapper
from pathlib import Path

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.limits import MAX_CONTEXTS, MAX_FACT_SETS
from scopeguard.runtime.rows import Row
from tests.hazards.packs import PACK, key, load


def asked(row: Row) -> list[str]:
    """The actions of all cells of a row."""
    return [action for cells in row.cells.values() for known in cells for action in known]


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
    assert {action for row in alive for action in asked(row)} == {"notes:read"}


def test_v33_contexts_are_bounded(tmp_path: Path) -> None:
    """Contexts that are all different in the names of their facts are answered, and no more of them kept than the bound."""
    names = [f"fact_{number}" for number in range(9)]
    declared = PACK.replace("facts: {", "facts: {" + "".join(f"{name}: bool, " for name in names))
    guard = load(tmp_path, pack=declared)
    who = key("notes:read")
    for chosen in range(1 << len(names)):
        facts = {name: True for place, name in enumerate(names) if chosen >> place & 1}
        assert guard.check(who, "notes:read", Resource("notes", "n", "ws_1"), Context(facts=facts))
    row = guard._generation.bind(who)
    assert len(row.groups) == MAX_FACT_SETS < 1 << len(names)
    assert len(row.ready) <= MAX_FACT_SETS + MAX_CONTEXTS


def test_v33_every_memo_is_bounded(tmp_path: Path) -> None:
    """No function of the library remembers its answers without a bound."""
    load(tmp_path)
    memos: dict[str, int | None] = {
        item.__wrapped__.__qualname__: item.cache_parameters()["maxsize"]
        for item in gc.get_objects()
        if isinstance(item, _lru_cache_wrapper) and item.__wrapped__.__module__.startswith("scopeguard")
    }
    assert {"_parse", "_split", "_condition"} <= memos.keys()
    assert {name for name, bound in memos.items() if bound is None or bound > 4096} == set()


def test_v33_a_row_grows_with_the_catalog_alone(tmp_path: Path) -> None:
    """One class asked in a thousand ways, each once: its row holds a cell for each action and nothing of a request."""
    guard = load(tmp_path)
    for number in range(1000):
        who = Principal.api_key(f"key_{number}", workspace=f"ws_{number}", scopes="notes:read")
        resource = Resource("notes", f"n{number}", f"ws_{number}", {"owner": f"u{number}"})
        assert guard.check(who, "notes:read", resource, Context(facts={"count": number, "any": f"x{number}"})).allowed
    assert len(guard._generation.rows) == 1
    row = guard._generation.bind(key("notes:read"))
    assert asked(row) == ["notes:read"]
    assert (row.principal.id, row.principal.workspace) == (None, "representative")
