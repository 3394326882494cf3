"""One reload at a time, whoever asks: another thread, a signal handler in the middle of one, a child just forked."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable
from typing import Final

from scopeguard.errors import PolicyError
from scopeguard.limits import MAX_READINGS
from scopeguard.runtime.processes import PerProcess


class _Turn:
    """Whose turn it is in one process."""

    __slots__ = ("again", "is_taken", "lock")

    again: bool
    """Whether another one was asked for, since the one that runs began."""

    def __init__(self) -> None:
        # Taken and owned in one step, so that a signal handler never waits for what it interrupted.
        self.lock: Final = RLock()
        self.is_taken = False


class Reloading:
    """Lets one caller reload after the other.

    A reload that is asked for from within, as by a signal handler that interrupts one, does not run inside that: that
    one runs once more when it is through, for what it has read may be older than what was asked about.
    """

    __slots__ = ("_turns",)

    def __init__(self) -> None:
        self._turns = PerProcess(_Turn)

    def run(self, reload: Callable[[], None]) -> None:
        """Call *reload* as soon as it is this caller's turn. Raises what the last time raised."""
        turn = self._turns.mine()
        with turn.lock:
            if turn.is_taken:
                turn.again = True
                return
            failure: PolicyError | None = None
            # A signal that comes faster than a pack is read would have it read for ever.
            for _ in range(MAX_READINGS):
                failure = _once(turn, reload)
                if not turn.again:
                    break
            if failure is not None:
                raise failure


def _once(turn: _Turn, reload: Callable[[], None]) -> PolicyError | None:
    try:
        turn.is_taken, turn.again = True, False
        reload()
    except PolicyError as failure:
        return failure
    finally:
        # What is asked from here on takes a turn of its own, so that nothing asked is forgotten.
        turn.is_taken = False
    return None
