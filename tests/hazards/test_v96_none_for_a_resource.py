"""V96: None, as a query gives that found no row, is taken for the whole surface, and allowed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource
from scopeguard.testing import assert_allowed, assert_denied
from tests.hazards.packs import editor, key, load


@dataclass
class Note:
    """A row of a table."""

    id: str
    workspace: str


ALL = Resource("notes", workspace="ws_1")


def find(id: str, rows: tuple[Note, ...] = ()) -> Note | None:
    """The row of an id, as a query gives it."""
    return next((row for row in rows if row.id == id), None)


ASK: dict[str, Callable[[Guard, Principal, object], object]] = {
    "check": lambda guard, who, found: guard.check(who, "notes:read", found),
    "check by name": lambda guard, who, found: guard.check(who, "notes:read", resource=found, context=Context()),
    "authorize": lambda guard, who, found: guard.authorize(who, "notes:read", found),
    "explain": lambda guard, who, found: guard.explain(who, "notes:read", found),
    "check_many": lambda guard, who, found: guard.check_many(who, [("notes:read", found)]),
    "check_many after others": lambda guard, who, found: guard.check_many(
        who, [("notes:read", ALL), ("notes:read", found)]
    ),
    "assert_allowed": lambda guard, who, found: assert_allowed(guard, who, "notes:read", found),
    "assert_denied": lambda guard, who, found: assert_denied(guard, who, "secrets:read", found),
}


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard whose host registered its rows."""
    made = load(tmp_path)
    made.register(Note, surface="notes")
    return made


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize("who", [key("notes:read"), editor(), key()], ids=["key", "editor", "nobody"])
def test_v96_a_row_that_was_not_found_is_not_the_surface(
    guard: Guard, who: Principal, ask: Callable[[Guard, Principal, object], object]
) -> None:
    """Cold and warm, whoever asks: a question about nothing is no question, and is told how to be one."""
    for _ in range(3):
        with pytest.raises(RequestError, match="a resource must not be None; leave it out"):
            ask(guard, who, find("n_1"))
        guard.check(who, "notes:read")
        guard.check(who, "notes:read", Resource("notes", "n_1", "ws_1"))


def test_v96_left_out_is_the_surface(guard: Guard) -> None:
    """Left out, the question is about the surface in the principal's own workspace; so is a resource without an id."""
    who, mine = key("notes:read"), Note("n_1", "ws_1")
    about = guard.check(who, "notes:read")
    assert about.allowed
    assert (
        about
        == guard.check(who, "notes:read", Resource("notes", workspace="ws_1"))
        == guard.authorize(who, "notes:read")
    )
    found = guard.check_many(
        who, [("notes:read", ALL), ("notes:read", mine), ("notes:write", ALL), ("notes:write", mine)]
    )
    assert [decision.code for decision in found] == [None, None, "scope_missing", "scope_missing"]
    assert found[0] == about


def test_v96_other_nothings(guard: Guard) -> None:
    """Nor is anything else that a lookup may give in vain: an empty text, a list, a coroutine not awaited."""

    async def later() -> Note:
        return Note("n_1", "ws_1")

    coroutine = later()
    nothings: tuple[object, ...] = ("", (), [], {}, False, 0, coroutine, asyncio.Future, NotImplemented, ...)
    for nothing in nothings:
        with pytest.raises(RequestError, match="a resource must be a Resource or of a registered type"):
            guard.check(key("notes:read"), "notes:read", nothing)
    coroutine.close()
    with pytest.raises(RequestError, match="a context must be a Context"):
        guard.check(key("notes:read"), "notes:read", context=None)  # type: ignore[arg-type]
