"""Marks that find rows, and the access of a view whose marks were asked before it."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

from scopeguard import Context, Decision, FactsNeeded, Filter, Guard, Principal, RequestError
from scopeguard.http.asking import SURFACE, Access, NotFound
from scopeguard.http.context import with_facts
from scopeguard.http.ledger import Ledger
from scopeguard.http.marks import Mark, marks_of

FactsFor: TypeAlias = Callable[[FactsNeeded, "ViewAccess", Any], Mapping[str, object]]
"""Loads the facts that an action needs, of whoever asks, about a row or what is proposed (None for the surface)."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
"""Statuses that lead elsewhere, to a login or to an address with a slash, and say nothing of what a view has."""


def is_preflight(request: Any) -> bool:
    """Whether a browser asks by *request* if a page of another site may make one: it reads headers alone."""
    asked = request.headers
    return request.method == "OPTIONS" and "Origin" in asked and "Access-Control-Request-Method" in asked


class ViewMark(Mark, frozen=True):
    """A mark with the function that finds the row, or proposes it: None where there is none."""

    find: Callable[..., object] | None = None


def as_data(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Marks as what they say alone, for a description."""
    return tuple(Mark(mark.verb, mark.action, mark.ungated) for mark in marks)


def require_consistent(view: Callable[..., object], mark: Mark) -> None:
    """Raise RequestError where *view* is public, and asks by another mark."""
    others = marks_of(view)
    if others and (mark.verb == "public" or any(other.verb == "public" for other in others)):
        raise RequestError(f"{getattr(view, '__qualname__', view)} is public, and has another mark")


class ViewAccess(Access):
    """The access of a view whose marks were asked before it.

    *row* is what the mark ``one`` found or ``new`` proposed.
    """

    __slots__ = ("_facts", "_lists", "_loaded", "row")

    def __init__(
        self,
        guard: Guard,
        principal: Principal,
        context: Context,
        ledger: Ledger,
        facts: FactsFor | None,
    ) -> None:
        super().__init__(guard, principal, context, ledger)
        self.row: Any = None
        self._facts: Final = facts
        # Of the newest question: about a row that is hidden there are two.
        self._loaded: tuple[str | None, object, Mapping[str, object]] = (None, None, {})
        self._lists: Final[dict[str, Filter]] = {}

    def require(self, mark: Mark, find: Callable[[], object]) -> None:
        """Ask what *mark* asks; *find* gives the row of ``one`` and ``new``, and may raise NotFound.

        Raises AccessDenied and NotFound. What ``new`` needs and does not find is answered as a row that is missing.

        ``many`` denies whoever may have no row, and allows nothing by itself: that does :meth:`filter`, so that a view
        which forgets it has no decision.
        """
        action = mark.action
        if action is None:
            raise RequestError(f'the mark "{mark}" asks for nothing')
        match mark.verb:
            case "one" | "new":
                ask = self.require_row if mark.verb == "one" else self.require_proposed
                try:
                    self.row = find()
                except NotFound:
                    ask = self.require_row
                except Exception:
                    # What the host makes of it is no answer to whoever may not ask.
                    with suppress(NotFound):
                        self.require_row(action, None)
                    raise
                ask(action, self.row)
            case "many":
                self.require_some(action)
            case _:
                self.authorize(action)

    def require_some(self, action: str) -> None:
        """Raise AccessDenied where it may do *action* to no row, whatever is stored; nothing is written down."""
        if action not in self._lists:
            context = with_facts(self.context, self._load(action))
            self._lists[action] = self.guard.filter(self.principal, action, context)
        self._lists[action].authorize()

    def authorize(
        self, action: str, resource: object = SURFACE, *, facts: Mapping[str, object] | None = None
    ) -> Decision:
        """As ``Access.authorize``, with the facts that the action needs; *facts* are put beside them."""
        loaded = self._load(action, None if resource is SURFACE else resource)
        return super().authorize(action, resource, facts={**loaded, **(facts or {})} or None)

    def require_row(self, action: str, row: object, *, facts: Mapping[str, object] | None = None) -> Decision:
        """As ``Access.require_row``, with the facts that the action needs."""
        return super().require_row(action, row, facts={**self._load(action, row), **(facts or {})} or None)

    def filter(self, action: str | None = None, *, facts: Mapping[str, object] | None = None) -> Filter:
        """Which rows it may do *action* to (that of the mark ``many`` where it is left out), with further *facts*.

        Raises AccessDenied where there are none, and RequestError where nothing says which action is meant.
        """
        if action is None and len(self._lists) == 1:
            (action,) = self._lists
        if action is None:
            raise RequestError('which action: the view has not one mark "many"')
        if facts is None and action in self._lists:
            return self.record(self._lists[action])
        return super().filter(action, facts=facts)

    def _load(self, action: str, about: object = None) -> Mapping[str, object]:
        if self._facts is None:
            return {}
        known, of, found = self._loaded
        if known == action and of is about:
            return found
        needed = self.guard.facts_for(action, environment=self.context.environment)
        found = self._facts(needed, self, about) if needed else {}
        self._loaded = (action, about, found)
        return found
