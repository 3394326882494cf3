"""Bailing out: generated code covers the expected types, and raises where the reference evaluator has to answer.

Such code raises in many ways of its own: a key that is not there, operands that do not go together. What a host
raises into it, from a signal handler or from another thread, may be of any class, and comes out: a time limit, say.
"""

from __future__ import annotations

from types import TracebackType
from typing import Final, NoReturn

from scopeguard.errors import EvaluationError

GENERATED: Final = "<scopeguard>"
"""What the functions made of conditions have for a file."""

_PYTHONS_OWN: Final = (KeyError, TypeError, AttributeError, IndexError, OverflowError, ValueError)
"""What Python raises for a value that is not there, or is of another type than expected."""

_EXACTLY: Final = frozenset(_PYTHONS_OWN)
_PACKAGE: Final = f"{__name__.partition('.')[0]}."


class Bailout(Exception):
    """Raised by generated code where a value is not of the type expected: the reference evaluator answers."""


class Absent(Bailout):
    """Raised by generated code where the host gave nothing."""


BAILOUTS: Final = (*_PYTHONS_OWN, EvaluationError, Bailout)
"""What generated code may raise. What is caught as one of these and came from the host has to be raised again."""


def bail_out() -> NoReturn:
    """Leave the answer to the reference evaluator. Raises Bailout."""
    raise Bailout


def absent() -> NoReturn:
    """The value of a name that the host did not give. Raises Absent."""
    raise Absent


def raised_by_host(error: Exception, *, calls_host: bool = False) -> bool:
    """Whether *error*, caught in the frame that asks, came from outside of this library.

    Python's own errors are of exactly their classes, say what is wrong, and arise in a frame of this library. With
    *calls_host* they may arise in another one: a mapping or a proxy of the host's own was read.
    """
    # Whoever is without facts comes here with each request.
    if type(error) not in _EXACTLY:
        return not isinstance(error, (Bailout, EvaluationError))
    trace = error.__traceback__
    if trace is None or not error.args:
        return True
    # A handler of signals has a frame of its own.
    return trace.tb_next is not None and not calls_host and not _is_ours(trace)


def _is_ours(trace: TracebackType) -> bool:
    while trace.tb_next is not None:
        trace = trace.tb_next
    frame = trace.tb_frame
    module: str = frame.f_globals.get("__name__", "")
    return frame.f_code.co_filename == GENERATED or module.startswith(_PACKAGE)
