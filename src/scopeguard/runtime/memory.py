"""What a principal remembers of the decisions about it, so that the next question is one look-up."""

from __future__ import annotations

from collections.abc import Mapping
from sys import intern
from typing import Any, Final, TypeAlias
from weakref import ref

from scopeguard.compiling.grants import ID
from scopeguard.limits import MAX_BY_VALUE, MAX_REMEMBERED
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal, Unbound
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.residuals import Decide

ASKED_ONCE: Final = Unbound()
"""What a principal remembers that was asked about once: most never are again, so that tables are made only then."""


class Pending:
    """What a principal remembers of an action whose decision differs from one request to the next: what decides."""

    __slots__ = ("_surface", "answers", "by_attribute", "by_id", "surface")

    def __init__(self, surface: str, answers: Decide) -> None:
        self._surface: Final = None
        """Where a decision has its surface, so that one comparison tells both apart."""
        self.by_attribute: Final = None
        self.by_id: Final = None
        """Nothing is decided beforehand."""
        self.surface: Final = surface
        # A weak reference: a principal that a host keeps must not keep an old pack alive.
        self.answers = ref(answers)


class DecidedByResource:
    """What a principal remembers of an action whose decision depends on one attribute of the resource, by its value.

    What is not there is asked of the pack.
    """

    __slots__ = ("_surface", "attribute", "by_attribute", "by_id", "ready", "surface")

    def __init__(self, surface: str, attribute: str) -> None:
        self._surface: Final = None
        self.surface: Final = surface
        self.attribute: Final = None if attribute == ID else intern(attribute)
        """None for the id of the resource. Interned, as the names are that a host writes: it is found by identity."""
        self.by_attribute: Final = None if self.attribute is None else surface
        self.by_id: Final = surface if self.attribute is None else None
        """The surface, so that one comparison tells what a decision depends on, and that the resource is of it."""
        self.ready: Final[dict[str, Decision]] = {}

    def value(self, resource: Resource) -> str | None:
        """What of a resource its decision depends on; None where that is no text."""
        value = resource.id if self.attribute is None else resource._given.get(self.attribute)  # noqa: SLF001  # looked up
        # What is equal to a text is that text; of numbers and lists that is not so.
        return value if value.__class__ is str else None

    def keep(self, resource: Resource, decision: Decision) -> bool:
        """Remember a decision about a resource; whether there is room for what may be asked about."""
        value = self.value(resource)
        if value is not None:
            if len(self.ready) >= MAX_BY_VALUE:
                return False
            self.ready[value] = decision
        return True


Entry: TypeAlias = Decision | Pending | DecidedByResource


Table: TypeAlias = dict[str, Entry]
"""What is remembered by action."""
_NOTHING: Final[dict[str, Any]] = {}


class Memory:
    """What one principal remembers of one pack in force: decisions, by class of contexts and action.

    They are about resources of its own workspace, of another one, and about none; of the latter two only what is
    settled, and so no Pending. Most principals are asked about the first alone, and there are very many of them.
    """

    __slots__ = ("bare", "home", "left", "other", "own", "token")

    def __init__(self, token: object, home: str | None) -> None:
        self.token: Final = token
        self.home: Final = home
        """The workspace of the principal."""
        self.own: Final[dict[str, Table]] = {}
        """It has a table for each class of contexts whose names were compared with the pack."""
        self.other: Mapping[str, Table] = _NOTHING
        self.bare: Mapping[str, Table] = _NOTHING
        self.left = MAX_REMEMBERED
        """How much more it may remember."""

    def of(self, group: str) -> tuple[Mapping[str, Entry], Mapping[str, Entry], Mapping[str, Entry]]:
        """Of one class of contexts what is about its own workspace, about another one, and about none."""
        return self.own[group], self.other.get(group, _NOTHING), self.bare.get(group, _NOTHING)

    def table(self, group: str, at: int) -> Table:
        """One of :meth:`of`, to remember something in."""
        if at == 0:
            return self.own[group]
        tables = self.other if at == 1 else self.bare
        found = tables.get(group)
        if found is None:
            found = {}
            if at == 1:
                self.other = {**tables, group: found}
            else:
                self.bare = {**tables, group: found}
        return found


def recalled(entry: Entry, principal: Principal, resource: Resource | None, context: Context) -> Decision | None:
    """The decision about one request by what is remembered of its action; None where the pack has to be asked."""
    if isinstance(entry, Decision):
        return entry if resource is None or entry._surface is resource.interned_surface else None  # noqa: SLF001  # of a decision of our own
    if type(resource) is not Resource or entry.surface is not resource.interned_surface:
        return None
    if isinstance(entry, DecidedByResource):
        value = entry.value(resource)
        return None if value is None else entry.ready.get(value)
    answer = entry.answers()
    return None if answer is None else answer(principal, resource, context)
