"""``DecisionLog``: an observer that hands decisions to a thread of its own, which writes them."""

import atexit
import os
import random
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, Literal, Self, TypeAlias

import msgspec

from scopeguard import AccessRequest, Decision, Guard, RequestError, ScopeguardError
from scopeguard.callbacks import is_deferred
from scopeguard.decisionlog.entries import VERSION, encoded, entry, instant
from scopeguard.decisionlog.sinks import CallableSink, Sink, numeric
from scopeguard.forking import in_each_child

WhenFull: TypeAlias = Literal["drop", "block"]
WhenFailing: TypeAlias = Literal["continue", "refuse"]

_BATCH: Final = 512
"""Lines that are written at a time."""
_PAUSE: Final = 0.01
"""Seconds that the thread waits for more before it writes, so that no request wakes it."""
_IDLE: Final = 1.0
"""Seconds after which it looks again all the same."""
_RETRY: Final = 0.2
"""Seconds until it tries again what failed."""
_BELOW_FACTS: Final = "context.facts."
_JSON: Final = msgspec.json.Encoder()


class LogFailedError(ScopeguardError):
    """The sink fails, and decisions are not to be made without a record: raised in their place."""


class LogStatus(msgspec.Struct, frozen=True):
    """How a log fares, for a health route. *failure* is the kind of the last error, None since all was written."""

    written: int
    queued: int
    dropped: int
    truncated: int
    failure: str | None


class DecisionLog:
    """Writes every decision of *guard* to *sink*, a :class:`FileSink`, a :class:`LoggingSink` or a function of a text.

    Of the allows that no ``audit`` obligation is about, *allows* is the share that is written; denials and audited
    decisions always are. *redact* names what is never written, such as ``resource.owner``. At most *capacity* decisions
    wait; then, *when_full*, further ones are dropped and counted, or wait. *when_failing* says whether requests go on
    while the sink fails, or raise LogFailedError. Use it in a ``with`` block, or call :meth:`close` at the end.

    Raises RequestError.
    """

    def __init__(
        self,
        guard: Guard,
        sink: Sink | Callable[[str], object],
        *,
        allows: float = 1.0,
        redact: Iterable[str] = (),
        capacity: int = 100_000,
        when_full: WhenFull = "drop",
        when_failing: WhenFailing = "continue",
    ) -> None:
        if not isinstance(guard, Guard):
            raise RequestError(f"the guard must be a Guard, not {type(guard).__name__}")
        if not isinstance(sink, Sink) and not callable(sink):
            raise RequestError(f"the sink must be a Sink or a function of a text, not {type(sink).__name__}")
        if any(map(is_deferred, (sink.write, sink.close) if isinstance(sink, Sink) else (sink,))):
            raise RequestError("the sink must not be asynchronous: it is called in a thread, and nobody awaits it")
        if not 0 <= numeric(allows, "allows") <= 1:
            raise RequestError("allows must be a share between 0 and 1")
        if numeric(capacity, "capacity") < 1:
            raise RequestError("capacity must be at least 1")
        if when_full not in ("drop", "block"):
            raise RequestError('when_full must be "drop" or "block"')
        if when_failing not in ("continue", "refuse"):
            raise RequestError('when_failing must be "continue" or "refuse"')
        self._guard: Final = guard
        self._sink: Final[Sink] = sink if isinstance(sink, Sink) else CallableSink(sink)
        self._allows: Final = allows
        self._redact: Final = _redacted(guard, redact)
        self._capacity: Final = capacity
        self._blocks: Final = when_full == "block"
        self._refuses: Final = when_failing == "refuse"
        self._process = os.getpid()
        self._begin()
        in_each_child(self._begin)
        self._stop: Final = guard.observe(self._note)
        atexit.register(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def status(self) -> LogStatus:
        """How it fares now."""
        return LogStatus(self._written, len(self._queue), self._dropped, self._truncated, self._failure)

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until all that was decided before is written; whether it is, within *timeout* seconds."""
        until = time.monotonic() + timeout
        while (self._queue or self._busy) and self._thread is not None and time.monotonic() < until:
            self._wake.set()
            time.sleep(_PAUSE / 4)
        return not self._queue and not self._busy

    def close(self, timeout: float = 10.0) -> None:
        """Observe no more, write what waits within *timeout* seconds, and close the sink."""
        self._stop()
        atexit.unregister(self.close)
        if self._process != os.getpid():
            # Nothing was decided in this child, and the sink is its parent's.
            return
        self.flush(timeout)
        self._ended = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout)
        self._sink.close()

    def _begin(self) -> None:
        """Begin, in this process: what waits in a parent is the parent's, and so are its failures."""
        self._room = threading.Condition()
        self._run = secrets.token_hex(6)
        self._queue: deque[tuple[int, Decision, AccessRequest]] = deque()
        self._wake = threading.Event()
        self._idle = False
        self._busy = False
        self._ended = False
        self._thread: threading.Thread | None = None
        self._failure: str | None = None
        self._written = self._dropped = self._told_dropped = self._truncated = self._number = 0

    def _note(self, decision: Decision, asked: AccessRequest) -> None:
        """Take one decision: the observer."""
        if self._refuses and self._failure is not None:
            raise LogFailedError(f"decisions cannot be recorded: {self._failure}")
        if (
            self._allows < 1
            and decision.effect == "allow"
            and not any(each.kind == "audit" for each in decision.obligations)
            and random.random() >= self._allows  # noqa: S311  # which ones are written is no secret
        ):
            return
        if self._thread is None:
            self._start()
        if len(self._queue) >= self._capacity and not self._has_room():
            return
        self._queue.append((time.time_ns(), decision, asked))
        if self._idle:
            self._wake.set()

    def _start(self) -> None:
        with self._room:
            if self._thread is None:
                self._process = os.getpid()
                self._thread = threading.Thread(target=self._work, name="scopeguard decision log", daemon=True)
                self._thread.start()

    def _has_room(self) -> bool:
        if not self._blocks:
            with self._room:
                self._dropped += 1
            return False
        with self._room:
            while len(self._queue) >= self._capacity and not self._ended:
                self._wake.set()
                self._room.wait(_IDLE)
        return True

    def _work(self) -> None:
        waiting: list[bytes] = []
        while True:
            if not self._queue and not waiting and self._dropped == self._told_dropped:
                if self._ended:
                    return
                self._busy = False
                self._idle = True
                if not self._queue:
                    self._wake.wait(_IDLE)
                self._wake.clear()
                self._idle = False
                if not self._ended:
                    time.sleep(_PAUSE)
            self._busy = True
            if not waiting:
                waiting = self._taken()
            if waiting and self._wrote(waiting):
                waiting = []
            elif waiting:
                if self._ended:
                    return
                self._wake.wait(_RETRY)

    def _taken(self) -> list[bytes]:
        lines: list[bytes] = []
        dropped = self._dropped
        if dropped != self._told_dropped:
            lines.append(_JSON.encode({"v": VERSION, "dropped": dropped - self._told_dropped}))
            self._told_dropped = dropped
        while self._queue and len(lines) < _BATCH:
            lines.append(self._line(*self._queue.popleft()))
        if self._blocks:
            with self._room:
                self._room.notify_all()
        return lines

    def _line(self, at: int, decision: Decision, asked: AccessRequest) -> bytes:
        self._number += 1
        number = f"{self._run}-{self._number}"
        try:
            line, is_whole = self._written_out(number, at, decision, asked)
        except Exception as error:  # noqa: BLE001  # that there was a decision is recorded in any case
            is_whole = False
            line = _JSON.encode({
                "v": VERSION, "id": number, "at": instant(at), "effect": decision.effect, "code": decision.code,
                "permission": decision.permission, "policy": decision.policy_digest,
                "unwritten": type(error).__name__,
            })  # fmt: skip
        self._truncated += not is_whole
        return line

    def _written_out(self, number: str, at: int, decision: Decision, asked: AccessRequest) -> tuple[bytes, bool]:
        read: Mapping[str, Any] = {}
        more: dict[str, Any] = {}
        if decision.policy_digest == self._guard.digest:
            read = self._guard.inputs(asked)
        else:
            # The policies were changed meanwhile: what the former ones read is no longer known.
            more["unread"] = True
        if self._allows < 1 and decision.effect == "allow":
            more["allows"] = self._allows
        return encoded({**entry(number, at, decision, asked, read, self._redact), **more})

    def _wrote(self, lines: list[bytes]) -> bool:
        try:
            self._sink.write(lines)
        except Exception as error:  # noqa: BLE001  # a sink may raise anything, and its texts may hold what it was given
            self._failure = type(error).__name__
            return False
        self._failure = None
        self._written += len(lines)
        return True


def _redacted(guard: Guard, names: Iterable[str]) -> frozenset[str]:
    """The names to redact. One that the pack does not have redacts nothing, and is a RequestError."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise RequestError("redact must be a list of names")
    found = frozenset(names)
    if not all(isinstance(name, str) for name in found):
        raise RequestError("each name of redact must be a str")
    known = guard.names
    for name in sorted(found):
        declared = ".".join(name.split(".")[: 3 if name.startswith(_BELOW_FACTS) else 2])
        if declared not in known:
            near = get_close_matches(declared, sorted(known), n=1, cutoff=0.7)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            raise RequestError(f'no condition can read "{name}", so it is nothing to redact{hint}')
    return found
