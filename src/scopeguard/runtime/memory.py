"""What a principal remembers of the decisions about it, so that the next question is one look-up."""

from typing import Any, Final
from weakref import ref

from scopeguard.limits import MAX_REMEMBERED
from scopeguard.model.decision import Decision
from scopeguard.runtime.residuals import Decide

ASKED_ONCE: Final[tuple[Any, ...]] = (False, None, None, None, None)
"""What a principal remembers that was asked about once: most never are again, so that tables are made only then."""


class Pending:
    """What a principal remembers of an action whose decision differs from one request to the next: what decides."""

    __slots__ = ("_surface", "answers", "surface")

    def __init__(self, surface: str, answers: Decide) -> None:
        self._surface: Final = None
        """Where a decision has its surface, so that one comparison tells both apart."""
        self.surface = surface
        # A weak reference: a principal that a host keeps must not keep an old pack alive.
        self.answers = ref(answers)


class Remembered:
    """Decisions about one principal in one class of contexts, by action.

    They are about resources of its own workspace, of another one, and about none; of the latter two only what is
    settled, and so no Pending.
    """

    __slots__ = ("bare", "other", "own")

    def __init__(self) -> None:
        self.own: dict[str, Decision | Pending] = {}
        self.other: dict[str, Decision | Pending] = {}
        self.bare: dict[str, Decision | Pending] = {}


class Memory(dict[str, Remembered]):
    """What one principal remembers, by class of contexts, and how much more it may."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_REMEMBERED
