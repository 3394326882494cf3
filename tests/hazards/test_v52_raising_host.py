"""V52: an exception on the way to an answer is swallowed, and the request goes through."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scopeguard import AccessDenied, Context, Guard, Principal, Resource
from scopeguard.runtime.engine import Engine
from scopeguard.semantics.interpreter import Interpreter
from tests.hazards.packs import editor, load

RULES = """
{id: own, effect: deny, on: ["notes:*"], unless: "{'o': resource.owner}.o.startsWith('m') && principal.roles.all(r, r.size() > 1)", code: not_permitted}
{id: open, effect: allow, on: ["secrets:read"], when: "principal.roles.exists(r, r == 'editor') && {'i': resource.id}.i != 'bad'"}
"""
MINE = Resource("notes", "n", "ws_1", {"owner": "me"})
OTHER = Resource("notes", "n", "ws_1", {"owner": "you"})
SECRET = Resource("secrets", "s", "ws_1")
BAD = Resource("secrets", "bad", "ws_1")
ANSWERS = [
    ("notes:read", MINE, True, ("role:editor",)), ("notes:read", OTHER, False, ("own",)),
    ("secrets:read", SECRET, True, ("open",)), ("secrets:read", BAD, False, ()),
]  # fmt: skip


@dataclass
class Note:
    """An object of the host's own."""

    error: BaseException

    @property
    def id(self) -> str:
        """The id, which cannot be told."""
        raise self.error


class Fault(Exception):
    """Something in the host that went wrong."""


def answers_are_right(guard: Guard) -> bool:
    """Whether every answer is the one by hand."""
    found = [guard.check(editor(), action, about) for action, about, _, _ in ANSWERS]
    return [(each.allowed, each.rules) for each in found] == [(allowed, rules) for *_, allowed, rules in ANSWERS]


@pytest.mark.parametrize(
    "error", [Fault(), KeyError("id"), AttributeError("id"), RecursionError(), KeyboardInterrupt(), SystemExit(0)]
)
def test_v52_an_object_that_raises(tmp_path: Path, error: BaseException) -> None:
    """An object that cannot be turned into a resource gives no answer: what it raised comes out, of every question."""
    guard = load(tmp_path)
    guard.register(Note, surface="notes", workspace=lambda _: "ws_1")
    asked: list[Callable[[], object]] = [
        lambda: guard.check(editor(), "notes:read", Note(error)),
        lambda: guard.authorize(editor(), "notes:read", Note(error)),
        lambda: guard.explain(editor(), "notes:read", Note(error)),
        lambda: guard.check_many(editor(), [("notes:read", MINE), ("notes:read", Note(error))]),
    ]
    for ask in asked:
        with pytest.raises(type(error)) as caught:
            ask()
        assert caught.value is error
    assert guard.check(editor(), "notes:read", MINE).allowed


@pytest.mark.parametrize("error", [Fault(), MemoryError(), KeyboardInterrupt(), SystemExit(0)])
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_v52_an_engine_that_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, *, warm: bool
) -> None:
    """An evaluation that breaks down gives no answer, at first or from remembered rows; afterwards all is right."""
    guard = load(tmp_path, RULES)
    if warm:
        assert answers_are_right(guard)

    def fails(*_: object) -> object:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr("scopeguard.semantics.interpreter.Interpreter.evaluate", fails)
        for action, about, _, _ in ANSWERS:
            with pytest.raises(type(error)):
                guard.check(editor(), action, about)
    assert answers_are_right(guard)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(0)])
def test_v52_an_interruption_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """What ends the process comes out at once, even where a second attempt would have an answer."""
    guard = load(tmp_path, RULES)
    assert answers_are_right(guard)
    whole = Interpreter.evaluate
    left = [error]

    def fails_once(interpreter: Interpreter, *rest: Any) -> Any:
        if left:
            raise left.pop()
        return whole(interpreter, *rest)

    for action, about, _, _ in ANSWERS:
        left[:] = [error]
        with monkeypatch.context() as patched:
            patched.setattr(Interpreter, "evaluate", fails_once)
            with pytest.raises(type(error)):
                guard.check(editor(), action, about)
    assert answers_are_right(guard)


@pytest.fixture
def small_stack() -> Iterator[None]:
    """A stack of which little is left."""
    before = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(before)


def below(depth: int, ask: Callable[[], object]) -> object:
    """Ask from further down the stack."""
    return ask() if depth == 0 else below(depth - 1, ask)


@pytest.mark.usefixtures("small_stack")
def test_v52_at_the_end_of_the_stack(tmp_path: Path) -> None:
    """Wherever the stack ends, a question has its right answer or RecursionError, and what it left behind is right too."""
    program = load(tmp_path, RULES)._generation.program
    here = len([None for _ in iter_frames()])
    guard = Guard(lambda: program)
    ended = 0
    sys.setrecursionlimit(here + 100)
    for depth in range(95):
        guard._generation = Engine(program, number=depth, max_rows=64)
        for action, about, allowed, rules in ANSWERS:
            try:
                found = below(depth, lambda action=action, about=about: guard.check(editor(), action, about))  # type: ignore[misc]
            except RecursionError:
                ended += 1
                continue
            assert (found.allowed, found.rules) == (allowed, rules), depth  # type: ignore[attr-defined]
        assert answers_are_right(guard), depth
    assert ended > 20


def iter_frames() -> Iterator[object]:
    """The frames of the stack."""
    frame = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back  # type: ignore[assignment]


def test_v52_a_denial_is_an_exception_that_nobody_overlooks(tmp_path: Path) -> None:
    """The exception of a denial is not of the kinds that hosts catch for what is missing or malformed."""
    with pytest.raises(AccessDenied) as denied:
        load(tmp_path).authorize(Principal.anonymous(), "notes:read", context=Context())
    assert not isinstance(denied.value, LookupError | ValueError | TypeError | AttributeError | OSError)
