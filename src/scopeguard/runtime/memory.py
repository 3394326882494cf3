"""What a principal remembers of the decisions about it, so that the next question is one look-up."""

from typing import Any, Final
from weakref import ref

from scopeguard.compiling.grants import ID
from scopeguard.limits import MAX_BY_VALUE, MAX_REMEMBERED
from scopeguard.model.decision import Decision
from scopeguard.model.request import Resource
from scopeguard.runtime.residuals import Decide

ASKED_ONCE: Final[tuple[Any, ...]] = (False, None, None, None, None)
"""What a principal remembers that was asked about once: most never are again, so that tables are made only then."""


class Pending:
    """What a principal remembers of an action whose decision differs from one request to the next: what decides."""

    __slots__ = ("_surface", "answers", "kept")

    def __init__(self, surface: str, answers: Decide) -> None:
        self._surface: Final = None
        """Where a decision has its surface, so that one comparison tells both apart."""
        self.kept: Final = (surface, None, None)
        """Nothing is decided beforehand."""
        # A weak reference: a principal that a host keeps must not keep an old pack alive.
        self.answers = ref(answers)


class DecidedByResource:
    """What a principal remembers of an action whose decision depends on one attribute of the resource, by its value.

    What is not there is asked of the pack.
    """

    __slots__ = ("_surface", "attribute", "kept", "ready")

    def __init__(self, surface: str, attribute: str) -> None:
        self._surface: Final = None
        self.attribute = None if attribute == ID else attribute
        """None for the id of the resource."""
        self.ready: Final[dict[str, Decision]] = {}
        self.kept: Final = (surface, self.attribute, self.ready)

    def keep(self, resource: Resource, decision: Decision) -> None:
        """Remember a decision about a resource."""
        value = resource.id if self.attribute is None else resource.attributes.get(self.attribute)
        # What is equal to a text is that text; of numbers and lists that is not so.
        if value.__class__ is str:
            if len(self.ready) >= MAX_BY_VALUE:
                self.ready.clear()
            self.ready[value] = decision


class Remembered:
    """Decisions about one principal in one class of contexts, by action.

    They are about resources of its own workspace, of another one, and about none; of the latter two only what is
    settled, and so no Pending.
    """

    __slots__ = ("bare", "other", "own")

    def __init__(self) -> None:
        self.own: dict[str, Decision | Pending | DecidedByResource] = {}
        self.other: dict[str, Decision | Pending | DecidedByResource] = {}
        self.bare: dict[str, Decision | Pending | DecidedByResource] = {}


class Memory(dict[str, Remembered]):
    """What one principal remembers, by class of contexts, and how much more it may."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_REMEMBERED
