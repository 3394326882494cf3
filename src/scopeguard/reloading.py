"""``Reloader``: puts policies in force that change while a service runs."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from logging import getLogger
from time import monotonic
from typing import Final, Self

from msgspec import Struct

from scopeguard import Guard, PolicyError, RequestError
from scopeguard.callbacks import is_deferred
from scopeguard.file_marks import FileMarks, marks_of
from scopeguard.forking import in_each_child
from scopeguard.inspection import files_in_force

_COMPILED: Final = ".sgpack"
_UNSTEADY: Final = "SG117"
"""The finding about files that did not hold still while they were read: that may be over the next time."""


class ReloadStatus(Struct, frozen=True):
    """What is in force, for a health route. *error* says why the newest policies are not; None where they are."""

    digest: str
    generation: int
    since: datetime
    checked_at: datetime | None
    error: str | None
    error_since: datetime | None
    is_running: bool


class Reloader:
    """Looks at the files of a guard every few seconds, and reloads it once nothing has changed for *settle* seconds.

    A compiled pack that was renamed into its place is taken at once: it cannot be half there. Policies that do not load
    leave the former ones in force, and are reported once for each content: to *on_error*, or to the log
    ``scopeguard.reloading``. *on_reload* is called with the guard once other policies are in force.

    Start it in a thread (``with Reloader(guard):``, or :meth:`start`), or as a task (``create_task(reloader.run())``).
    A child that is forked while the thread runs gets a thread of its own. Raises RequestError.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        every: float = 5.0,
        settle: float = 1.0,
        on_reload: Callable[[Guard], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
    ) -> None:
        if not isinstance(guard, Guard):
            raise RequestError(f"the guard must be a Guard, not {type(guard).__name__}")
        if not guard.paths:
            raise RequestError("this guard was made of no path, so there is nothing to look at")
        if not 0 < _seconds(every, "every") <= threading.TIMEOUT_MAX or not _seconds(settle, "settle") >= 0:
            raise RequestError("every must be more than nothing, and settle not negative")
        if not all(each is None or callable(each) for each in (on_reload, on_error)):
            raise RequestError("on_reload and on_error must be functions")
        if is_deferred(on_reload) or is_deferred(on_error):
            raise RequestError(
                "on_reload and on_error must not be asynchronous: they are called, and nobody awaits them"
            )
        self._guard: Final = guard
        self._every: Final = every
        self._settle: Final = settle
        self._on_reload: Final = on_reload
        self._on_error: Final = on_error
        marks = marks_of(guard.paths)
        self._loaded = files_in_force(guard)
        # What changed since the guard was loaded is another content, whatever it is.
        self._content = _content(marks) if marks == self._loaded else b""
        self._seen: FileMarks | None = None
        self._seen_at = 0.0
        self._failed: FileMarks | None = None
        self._reported = b""
        self._since = datetime.now(UTC)
        self._checked_at: datetime | None = None
        self._error: str | None = None
        self._error_since: datetime | None = None
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_task = False
        in_each_child(self._after_fork)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def status(self) -> ReloadStatus:
        """How it is now."""
        is_running = self._is_task or (self._thread is not None and self._thread.is_alive())
        return ReloadStatus(
            self._guard.digest, self._guard.generation, self._since, self._checked_at, self._error, self._error_since,
            is_running,
        )  # fmt: skip

    def start(self) -> None:
        """Look in a thread of its own, until :meth:`stop`, or until the process ends."""
        if self._thread is None or not self._thread.is_alive():
            self._stopping = threading.Event()
            self._thread = threading.Thread(target=self._work, name="scopeguard reloader", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Look no more; wait at most *timeout* seconds for a look that goes on."""
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        self._thread = None

    async def run(self) -> None:
        """Look until the task is cancelled; what is read is read in a thread."""
        self._is_task = True
        try:
            while True:
                await asyncio.sleep(self._pause())
                await asyncio.to_thread(self._look)
        finally:
            self._is_task = False

    def check(self) -> bool:
        """Look once; whether other policies were put in force. Raises nothing for policies that do not load."""
        with self._turn:
            marks = marks_of(self._guard.paths)
            self._checked_at = datetime.now(UTC)
            return self._is_due(marks) and self._reload(marks)

    def _is_due(self, marks: FileMarks) -> bool:
        if marks in (self._loaded, self._failed):
            self._seen = None
            if marks == self._loaded and self._error is not None:
                # The last good ones are back.
                self._succeed(marks)
            return False
        now = monotonic()
        if marks != self._seen:
            self._seen, self._seen_at = marks, now
        return now - self._seen_at >= self._settle or _were_renamed(self._loaded, marks)

    def _reload(self, marks: FileMarks) -> bool:
        self._seen = None
        content = _content(marks)
        if content == self._content:
            self._succeed(marks)
            return False
        before = self._guard.digest
        try:
            self._guard.reload()
        except Exception as error:  # noqa: BLE001  # whatever it is, the former policies are in force, and it is reported
            self._fail(marks, content, error)
            return False
        read = files_in_force(self._guard)
        # Where something changed meanwhile, the guard did not read what was looked at, which may come back.
        self._content = content if read == marks else b""
        self._succeed(read)
        if self._guard.digest == before:
            return False
        self._since = datetime.now(UTC)
        getLogger("scopeguard.reloading").info("policies in force: %s", self._guard.digest)
        if self._on_reload is not None:
            self._on_reload(self._guard)
        return True

    def _succeed(self, marks: FileMarks) -> None:
        self._loaded, self._failed = marks, None
        self._error = self._error_since = None
        self._reported = b""

    def _fail(self, marks: FileMarks, content: bytes, error: Exception) -> None:
        is_unsteady = isinstance(error, PolicyError) and any(each.code == _UNSTEADY for each in error.diagnostics)
        self._failed = None if is_unsteady else marks
        if content == self._reported:
            return
        self._reported = content
        self._error, self._error_since = str(error), datetime.now(UTC)
        if self._on_error is None:
            getLogger("scopeguard.reloading").error("the policies do not load, those before stay in force: %s", error)
        else:
            self._on_error(error)

    def _pause(self) -> float:
        return self._every if self._seen is None else min(self._every, max(self._settle / 2, 0.01))

    def _work(self) -> None:
        stopping = self._stopping
        while not stopping.wait(self._pause()):
            self._look()

    def _look(self) -> None:
        try:
            self.check()
        except Exception:  # a callback of the host's, or a folder that cannot be read now
            getLogger("scopeguard.reloading").exception("a look at the policies failed")

    def _after_fork(self) -> None:
        # Nobody else is left to give the lock back.
        self._turn = threading.Lock()
        self._is_task = False
        if self._thread is not None and not self._stopping.is_set():
            self._thread = None
            self.start()


def _seconds(value: object, what: str) -> float:
    if not isinstance(value, int | float):
        raise RequestError(f"{what} must be a number of seconds, not {type(value).__name__}")
    return value


def _content(marks: FileMarks) -> bytes:
    """A digest of the files: what is written again without a change is no other content."""
    hashed = sha256()
    for path in sorted(marks):
        hashed.update(path.encode("utf-8", "surrogateescape") + b"\0")
        try:
            with open(path, "rb") as file:  # noqa: PTH123  # as above
                hashed.update(sha256(file.read()).digest())
        except OSError as error:
            if error.errno is None:
                # A host's time limit, which no operating system raised.
                raise
    return hashed.digest()


def _were_renamed(before: FileMarks, marks: FileMarks) -> bool:
    """Whether all that changed are compiled packs that were put in place whole."""
    changed = [path for path in before.keys() | marks.keys() if before.get(path) != marks.get(path)]
    return all(
        path.endswith(_COMPILED) and path in marks and path in before and before[path][:2] != marks[path][:2]
        for path in changed
    )
