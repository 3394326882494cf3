"""V83: what a host raises into a check (a time limit, an interruption, no memory) is taken for code that gave up."""

import ctypes
import gc
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import scopeguard
from scopeguard import Context, Guard, Resource, cel
from scopeguard.model.decision import Decision
from scopeguard.semantics.bailout import GENERATED
from tests.hazards import gated
from tests.hazards.packs import editor, load

pytestmark = pytest.mark.usefixtures("code_at_once")


@pytest.fixture(autouse=True)
def nothing_collected() -> Iterator[None]:
    """What is raised into a callback of the garbage collector comes out nowhere, and that is Python's."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class TimeLimit(Exception):
    """A host's own."""


class LateKey(KeyError):
    """A host's own, of a kind that generated code meets."""


class LateType(TypeError):
    """Another one."""


class LateValue(ValueError):
    """Another one."""


ERRORS = [
    TimeLimit, LateKey, LateType, LateValue, TimeoutError, MemoryError, RecursionError, KeyError, TypeError,
    AttributeError, ValueError, OverflowError, KeyboardInterrupt,
]  # fmt: skip
"""What is raised into a check. With a text, as what Python raises by itself has one."""

RULES = """
{id: own, effect: deny, on: ["notes:*"], unless: "resource.owner == 'me' && principal.roles.all(r, r.size() > 1)", code: not_permitted}
{id: plan, effect: allow, on: ["secrets:read"], when: "context.facts.plan == 'pro' || resource.id in ['a', 'b']"}
"""
MINE = Resource("notes", "n", "ws_1", {"owner": "me"})
BARE = Resource("notes", "n", "ws_1")

Ask = Callable[[], object]

OURS = str(Path(scopeguard.__file__).parent)


def asked_of_rules(folder: Path) -> Iterator[tuple[str, Ask, Callable[[Any], bool]]]:
    """Questions that generated code answers, that it leaves to the evaluator, and that need neither."""
    rules = load(folder, RULES)
    who = editor()
    yield "generated", lambda: rules.check(who, "notes:read", MINE), lambda found: found.allowed
    yield "given up", lambda: rules.check(who, "notes:read", BARE), lambda found: found.rules == ("own",)
    yield (
        "no facts",
        lambda: rules.check(who, "secrets:read", Resource("secrets", "c", "ws_1")),
        lambda found: not found,
    )
    yield "ready", lambda: rules.check(who, "notes_x:read"), lambda found: found.code == "member_permission_missing"
    yield "many", lambda: rules.check_many(who, [("notes:read", MINE)] * 2), all
    yield "listed", lambda: rules.permissions(who), lambda found: set(found.conditional) >= {"notes:read"}
    yield "explained", lambda: rules.explain(who, "notes:read", MINE), lambda found: found.decision.allowed


def asked_of_gates(folder: Path) -> Iterator[tuple[str, Ask, Callable[[Any], bool]]]:
    """Gates whose facts are there, deny, and are missing."""
    gates = gated.load(folder)
    there = Context(channel="server", facts=gated.facts(), now=gated.NOW)
    spent = Context(channel="server", facts=gated.facts({"entitlements.sheets.used": 3}), now=gated.NOW)
    yield "facts there", lambda: gates.check(gated.WRITER, "notes.add", context=there), lambda found: found.allowed
    yield (
        "a limit reached",
        lambda: gates.check(gated.WRITER, "notes.add", context=spent),
        is_told("entitlement_limit_reached"),
    )
    yield "facts missing", lambda: gates.check(gated.WRITER, "notes.add"), is_told("facts_unavailable")


def asked_of_expressions(_folder: Path) -> Iterator[tuple[str, Ask, Callable[[Any], bool]]]:
    """The language alone, by generated code and by the reference."""
    made = cel.compile(
        "names.exists(n, n.startsWith('b')) && x + 1 > size(names)", {"names": "list(string)", "x": "int"}
    )
    values = {"names": ["a", "b"], "x": 2}
    yield "an expression", lambda: made.evaluate(values), lambda found: found is True
    yield "the reference", lambda: made.reference(values), lambda found: found is True


def is_told(code: str) -> Callable[[Decision], bool]:
    """A denial with *code*."""
    return lambda found: found.code == code


QUESTIONS = [asked_of_rules, asked_of_gates, asked_of_expressions]


def raised_at(step: int, error: BaseException, ask: Ask) -> int:
    """Raise *error* into *ask* at one of its instructions. How many were gone through."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        # Python's own library has handlers of its own: "re" looks into its cache with one.
        if not (frame.f_code.co_filename.startswith(OURS) or frame.f_code.co_filename == GENERATED):
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode":
            count += 1
            if count == step:
                raise error
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        ask()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("questions", QUESTIONS)
@pytest.mark.parametrize("error", ERRORS)
def test_v83_whatever_is_raised_anywhere_arrives(
    tmp_path: Path,
    questions: Callable[[Path], Iterator[tuple[str, Ask, Callable[[Any], bool]]]],
    error: type[BaseException],
) -> None:
    """At any instruction of a warm question, what is raised comes out of it; the next answer is right."""
    for name, ask, is_right in questions(tmp_path):
        assert is_right(ask()), name
        assert is_right(ask()), name
        # The first time that a process traces instructions, Python 3.12 and 3.13 count none.
        raised_at(0, TimeLimit(), ask)
        last = raised_at(0, TimeLimit(), ask)
        assert last > 3, name
        # All of the first, which are of the fast path and of generated code, then some.
        for step in [*range(1, min(last, 150)), *range(150, last, 1 + last // 50)]:
            raised = error("a text")
            found: BaseException = raised
            try:
                # Not every run takes the same number of instructions.
                assert raised_at(step, raised, ask) < step, name
            except error as caught:
                found = caught
            assert found is raised, (name, step)
        assert is_right(ask()), name


@pytest.fixture
def alarm() -> Iterator[Callable[[float, type[Exception]], list[int]]]:
    """Sets a time limit over and over, and counts how often it ran out."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("there are no timers here")
    before = signal.getsignal(signal.SIGALRM)
    fired = [0]

    def start(after: float, error: type[Exception]) -> list[int]:
        def ring(_number: int, _frame: FrameType | None) -> None:
            fired[0] += 1
            raise error("late")

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, after)
        return fired

    yield start
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def asked_on(guard: Guard, resource: Resource, seconds: float) -> None:
    """Ask for *seconds*. A function of its own: where a loop jumps back, Python 3.13 leaves the `try` around it."""
    who = editor()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        guard.check(who, "notes:read", resource)


@pytest.mark.parametrize("error", [TimeLimit, LateKey])
def test_v83_every_time_limit_arrives(
    tmp_path: Path, alarm: Callable[[float, type[Exception]], list[int]], error: type[Exception]
) -> None:
    """A limit set by a timer runs out some hundred times, wherever it hits, and stops the work each time."""
    guard = load(tmp_path, RULES)
    who = editor()
    assert guard.check(who, "notes:read", MINE).allowed
    arrived = 0
    fired = [0]
    for turn in range(300):
        try:
            fired = alarm(0.0005 + turn * 1e-6, error)
            asked_on(guard, MINE if turn % 2 else BARE, 5)
        except error:
            arrived += 1
    assert arrived == fired[0] == 300
    assert guard.check(who, "notes:read", MINE).allowed
    assert guard.check(who, "notes:read", BARE).rules == ("own",)


def test_v83_nothing_is_called_where_what_is_kept_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python calls where it lets go of something drops what is raised there: nothing of ours is called so."""
    load(tmp_path, RULES)
    guard = Guard.load(tmp_path, max_rows=0)
    lost: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    called = []

    def trace(frame: FrameType, event: str, _argument: object) -> None:
        del event
        called.append(frame.f_code.co_filename)
        if frame.f_code.co_filename == weakref.__file__:
            raise TimeLimit

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        answers = [guard.check(editor(), "notes:read", about).allowed for about in (MINE, BARE)]
    finally:
        sys.settrace(before)
    assert answers == [True, False]
    assert any(name.startswith(OURS) for name in called)
    assert not lost


def test_v83_what_another_thread_sets_arrives(tmp_path: Path) -> None:
    """An exception that is set for a thread from another one, as some servers stop a request, stops it."""
    guard = load(tmp_path, RULES)
    who = editor()
    assert guard.check(who, "notes:read", BARE).rules == ("own",)
    arrived = []

    def work() -> None:
        try:
            asked_on(guard, BARE, 30)
        except TimeLimit:
            arrived.append(True)

    for _ in range(50):
        worker = threading.Thread(target=work)
        worker.start()
        time.sleep(0.001)
        assert worker.ident is not None
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), ctypes.py_object(TimeLimit))
        worker.join(40)
    assert len(arrived) == 50
    assert guard.check(who, "notes:read", MINE).allowed


class Note:
    """An object of the host's own, which takes long."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    @property
    def id(self) -> str:
        """The id, or a time limit that ran out."""
        if self.error is not None:
            raise self.error
        return "n"


@pytest.mark.parametrize("error", ERRORS)
def test_v83_what_a_hosts_objects_raise_arrives(tmp_path: Path, error: type[Exception]) -> None:
    """From an adapter, from the items of many questions, and from the values of an expression."""
    guard = load(tmp_path, RULES)
    guard.register(Note, surface="notes", workspace=lambda _: "ws_1", attributes=lambda _: {"owner": "me"})
    who = editor()
    assert guard.check(who, "notes:read", Note(None)).allowed
    raised = error("a text")
    with pytest.raises(error) as caught:
        guard.check(who, "notes:read", Note(raised))
    assert caught.value is raised


class Values(dict[str, Any]):
    """Values of the host's own that are read from elsewhere, within a time limit."""

    def __getitem__(self, name: str) -> Any:
        raise TimeLimit


class Pair:
    """A pair that takes long to take apart."""

    def __iter__(self) -> Iterator[Any]:
        raise LateValue("a text")


def test_v83_from_values_and_pairs(tmp_path: Path) -> None:
    """What a mapping or an item raises itself is told by it, too."""
    with pytest.raises(TimeLimit):
        cel.compile("x + 1", {"x": "int"}).evaluate(Values(x=1))
    guard: Guard = load(tmp_path, RULES)
    with pytest.raises(LateValue):
        guard.check_many(editor(), [Pair()])  # type: ignore[list-item]
