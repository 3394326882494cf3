"""What is known of one request of Flask: who asks, and what was decided about it."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from flask import Request, request

from scopeguard import RequestError
from scopeguard.http import Ledger, Mark
from scopeguard.http.views import ViewAccess
from scopeguard.integrations.row_columns import Permitted, RowColumns

E = TypeVar("E")

_STATE: Final = "_scopeguard"


class FlaskAccess(ViewAccess):
    """Who asks and under which circumstances: what a view asks further questions with."""

    __slots__ = ()

    def permitted(self, columns: RowColumns[Any, E], action: str | None = None) -> Permitted[E]:
        """Which rows of *columns* it may do *action* to, as an expression of the store.

        Left out, *action* is that of the mark ``many``.

        Raises AccessDenied where there are none, whatever is stored, RequestError for columns of another guard or
        surface, and CannotFilter where the condition cannot be said.
        """
        if columns.guard is not self.guard:
            raise RequestError("the columns are mapped for another guard")
        found = columns.require_surface(self.filter(action))
        return Permitted(found, columns.where(found))


class RequestState:
    """What is known of a request."""

    __slots__ = ("access", "answered", "is_list_of_methods", "is_view_reached", "judged", "ledger")

    def __init__(self) -> None:
        self.ledger: Final = Ledger()
        self.access: FlaskAccess | None = None
        self.is_view_reached = False
        self.is_list_of_methods = False
        """Whether the framework is to answer by itself, with a list of methods and no body."""
        self.answered: object = None
        """The response that was made of an answer."""
        self.judged: Final[list[tuple[Mark, Mapping[str, Any]]]] = []
        """The marks that were asked, with the arguments of their view."""


def current_request() -> Request:
    """The request that is handled: the proxy of Flask looks for it at each attribute."""
    handled: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # a public name of proxies
    return handled


def state_of(handled: Request) -> RequestState:
    """The state of a request. On its own object: ``g`` may outlive a request in a test."""
    found: RequestState | None = getattr(handled, _STATE, None)
    if found is None:
        found = RequestState()
        setattr(handled, _STATE, found)
    return found


def request_state() -> RequestState:
    """The state of the request that is handled."""
    return state_of(current_request())
