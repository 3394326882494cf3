"""V33: a cache without a bound fills the memory (casbin #504)."""

import gc
from functools import _lru_cache_wrapper
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource
from scopeguard.limits import MAX_FACT_SETS, MAX_INTERNED, MAX_INTERNED_TEXT, MAX_REMEMBERED
from scopeguard.model import grant, held_roles
from scopeguard.model.memo import Memo
from scopeguard.runtime import role_ceilings
from scopeguard.runtime.specialisation import Kept
from tests.hazards.packs import PACK, key, load
from tests.kept import engine_of, kept_actions


def answers(guard: Guard) -> list[Kept]:
    """The answers that are alive of one guard."""
    gc.collect()
    program = guard._generation.program
    return [item for item in gc.get_objects() if type(item) is Kept and item.residual.program is program]


def test_v33_unbounded_cache(tmp_path: Path) -> None:
    """Requests that are all different leave no more alive than the bound, and unknown actions leave nothing."""
    load(tmp_path)
    guard = Guard.load(tmp_path, max_rows=50)
    for number in range(2000):
        who = Principal.api_key("k", workspace="ws_1", scopes="notes:read", ceiling=f"notes:read/n{number}")
        asked = Context("server", attributes={"ip": "1"} if number % 3 else None, facts={"count": number % 5})
        guard.check(who, ("notes:read", "notes:write")[number % 2], context=asked)
        guard.check(who, f"nothing{number}:read")
    del who
    assert 0 < len(answers(guard)) <= len(guard._generation._bounded) <= 50
    assert {name for _, name, _ in kept_actions(engine_of(guard))} == {"notes:read", "notes:write"}


def test_v33_ids_are_no_part_of_what_is_kept(tmp_path: Path) -> None:
    """Keys that differ in the ids they are narrowed to, or in what the action does not ask about, share one answer."""
    guard = load(tmp_path)
    for number in range(500):
        who = Principal.api_key("k", workspace="ws_1", scopes=f"notes:read/n{number} files:read/f{number}")
        assert guard.check(who, "notes:read", Resource("notes", f"n{number}", "ws_1"))
        assert not guard.check(who, "notes:read", Resource("notes", f"n{number + 1}", "ws_1"))
    assert len(answers(guard)) == 1


def test_v33_contexts_are_bounded(tmp_path: Path) -> None:
    """Contexts that are all different in the names of their facts are answered, and no more of them kept than the bound."""
    names = [f"fact_{number}" for number in range(9)]
    declared = PACK.replace("facts: {", "facts: {" + "".join(f"{name}: bool, " for name in names))
    guard = load(tmp_path, pack=declared)
    who = key("notes:read")
    for chosen in range(1 << len(names)):
        facts = {name: True for place, name in enumerate(names) if chosen >> place & 1}
        assert guard.check(who, "notes:read", Resource("notes", "n", "ws_1"), Context(facts=facts))
    assert len(guard._generation._classes) <= MAX_FACT_SETS < 1 << len(names)
    assert len(who.bound.own) <= MAX_REMEMBERED


def test_v33_ceilings_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of sets of roles that are all different no more ceilings are known than the bound."""
    guard = load(tmp_path)
    monkeypatch.setattr(role_ceilings, "MAX_CEILINGS", 2)
    for number in range(5):
        guard.ceiling([f"role{number}"])
        assert len(guard._generation.ceilings) == number % 2 + 1


def test_v33_every_memo_is_bounded(tmp_path: Path) -> None:
    """No function of the library remembers its answers without a bound."""
    load(tmp_path)
    memos: dict[str, int | None] = {
        item.__wrapped__.__qualname__: item.cache_parameters()["maxsize"]
        for item in gc.get_objects()
        # Functions of other libraries may be of no module.
        if type(item) is _lru_cache_wrapper and str(item.__wrapped__.__module__).startswith("scopeguard")
    }
    assert {"_parse", "_condition"} <= memos.keys()
    assert {name for name, bound in memos.items() if bound is None or bound > 4096} == set()


def test_v33_every_memo_of_requests_is_bounded() -> None:
    """So is what is looked up at each request: as many as there are, and none grows beyond."""
    memos = [item for item in gc.get_objects() if type(item) is Memo]
    assert len(memos) >= 3
    assert {memo.most for memo in memos} == {MAX_INTERNED}
    for number in range(MAX_INTERNED + 100):
        Principal.api_key(f"k{number}", workspace="ws_1", scopes="notes:read")
        for _ in range(2):
            Principal.member(f"m{number}", workspace="ws_1", roles=["editor"])
        Resource(f"surface{number}")
        Context(f"channel{number}", facts={"payment": {f"field{number}": "ok"}})
    assert all(0 < len(memo) <= MAX_INTERNED for memo in memos)


def test_v33_scopes_seen_are_bounded() -> None:
    """Well-formed scopes, lists of them and roles are remembered up to a bound, and malformed ones never."""
    for number in range(MAX_INTERNED + 100):
        Principal.api_key("k", workspace="ws_1", scopes=[f"surface{number}:read", f"surface{number}:read/s"])
        Principal.member("m", workspace="ws_1", roles=[f"role{number}"])
        for _ in range(2):
            Principal.api_key("k", workspace="ws_1", scopes=f"surface{number}:read")
    for start in range(0, 3 * MAX_INTERNED, 700):
        Principal.member("m", workspace="ws_1", roles=[f"many{start + number}" for number in range(700)])
        assert f"many{start}" in held_roles._known
        assert len(held_roles._known) <= MAX_INTERNED
    for table in (grant._known, grant._starts, grant._once, grant.listed, held_roles._known):
        assert 0 < len(table) <= MAX_INTERNED
    with pytest.raises(RequestError):
        Principal.api_key("k", workspace="ws_1", scopes=["No:Scope"])
    assert "No:Scope" not in grant._known


def test_v33_long_lists_of_scopes_are_not_kept() -> None:
    """A key with thousands of narrowed scopes is parsed anew each time, to the same, and nothing of it stays."""
    long = " ".join(f"notes:read/n{number}" for number in range(1000))
    assert len(long) > MAX_INTERNED_TEXT
    made = [Principal.api_key("k", workspace="ws_1", scopes=long) for _ in range(3)]
    assert made[0] == made[1] == made[2]
    assert len(made[0].scopes) == 1000
    assert long not in grant.listed
    assert max(map(len, grant.listed), default=0) <= MAX_INTERNED_TEXT


def test_v33_a_principal_remembers_a_bounded_number(tmp_path: Path) -> None:
    """One principal asked in ever other contexts remembers no more than its bound."""
    guard, who = load(tmp_path), key("notes:read")
    for number in range(3 * MAX_REMEMBERED):
        asked = Context("server", f"env{number}")
        for _ in range(2):
            assert guard.check(who, "notes:read", context=asked)
    assert (
        sum(len(known) for table in (who.bound.own, who.bound.other, who.bound.bare) for known in table.values())
        <= MAX_REMEMBERED
    )


def test_v33_what_is_kept_grows_with_the_catalog_alone(tmp_path: Path) -> None:
    """One class asked in a thousand ways, each once: there is one answer, and nothing of a request in it."""
    guard = load(tmp_path)
    for number in range(1000):
        who = Principal.api_key(f"key_{number}", workspace=f"ws_{number}", scopes="notes:read")
        resource = Resource("notes", f"n{number}", f"ws_{number}", {"owner": f"u{number}"})
        assert guard.check(who, "notes:read", resource, Context(facts={"count": number, "any": f"x{number}"})).allowed
    (kept,) = answers(guard)
    observed = kept.residual.principal
    assert (observed.id, observed.workspace) == (None, "representative")
