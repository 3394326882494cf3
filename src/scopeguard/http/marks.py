"""Marks: what a route asks before it answers, as data beside its handler."""

from typing import Final, Literal, TypeAlias, TypeVar

from msgspec import Struct

from scopeguard import Guard, RequestError
from scopeguard.inspection import nearest

Verb: TypeAlias = Literal["on", "one", "new", "many", "public"]
"""What a route asks about: its surface, one row, a row that it proposes, a list of rows; or nothing."""

F = TypeVar("F")
_ATTRIBUTE: Final = "__scopeguard_marks__"


class Mark(Struct, frozen=True):
    """What a route asks: a verb and, but for ``public``, an action.

    *ungated* says that the route does none of the operations under its permission that have gates.
    """

    verb: Verb
    action: str | None = None
    ungated: bool = False

    def __str__(self) -> str:
        return self.verb if self.action is None else f"{self.verb} {self.action}"


PUBLIC: Final = Mark("public")
"""The mark of what everybody may have, and nothing is asked about."""


def new_mark(guard: Guard, verb: Verb, action: str, *, ungated: bool = False) -> Mark:
    """A mark that asks about *action*: as *verb* says, and past the gates of its operations where it is *ungated*.

    Raises RequestError, with the nearest name, for an action that the pack of *guard* lacks.
    """
    require_action(guard, action)
    return Mark(verb, action, ungated)


def require_action(guard: Guard, action: str) -> None:
    """Raise RequestError, with the nearest name, for an action that the pack lacks."""
    if not isinstance(action, str):
        raise RequestError(f"an action must be a str, not {type(action).__name__}")
    catalog = guard.catalog
    called = catalog.called(action)
    if called not in catalog.operations and called not in catalog.permissions:
        known = (*catalog.permissions, *catalog.operations)
        raise RequestError(f'no action "{action}" in the catalog{nearest(action, known)}')


def attach(function: F, mark: Mark) -> F:
    """*function*, with a further *mark*; ``functools.wraps`` carries it on."""
    setattr(function, _ATTRIBUTE, (*marks_of(function), mark))
    return function


def marks_of(function: object) -> tuple[Mark, ...]:
    """The marks of a handler: *function* may be a method, a class, or a partial application of one too."""
    while not hasattr(function, _ATTRIBUTE) and callable(inner := getattr(function, "func", None)):
        function = inner
    found: tuple[Mark, ...] = getattr(function, _ATTRIBUTE, ())
    return found
