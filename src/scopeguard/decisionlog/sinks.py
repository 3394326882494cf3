"""Where lines go."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from scopeguard import RequestError


@runtime_checkable
class Sink(Protocol):
    """Takes lines, from one thread at a time. What it raises counts as a failure, and the lines are given again."""

    def write(self, lines: Sequence[bytes]) -> None:
        """Take some *lines* of JSON, each without a line feed."""

    def close(self) -> None:
        """Take no more."""


class LoggingSink:
    """Lines as messages of the standard library's logging, at the level INFO."""

    def __init__(self, logger: str = "scopeguard.decisions") -> None:
        self._logger = logging.getLogger(logger)

    def write(self, lines: Sequence[bytes]) -> None:
        """As ``Sink.write``."""
        for line in lines:
            self._logger.info("%s", line.decode())

    def close(self) -> None:
        """As ``Sink.close``."""


class CallableSink:
    """Lines as texts for any function."""

    def __init__(self, function: Callable[[str], object]) -> None:
        self._function = function

    def write(self, lines: Sequence[bytes]) -> None:
        """As ``Sink.write``."""
        for line in lines:
            self._function(line.decode())

    def close(self) -> None:
        """As ``Sink.close``."""


def numeric(value: object, what: str) -> float:
    """*value*, where it is a number. Raises RequestError."""
    if not isinstance(value, int | float):
        raise RequestError(f"{what} must be a number, not {type(value).__name__}")
    return value
