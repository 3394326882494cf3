"""Views of Django REST framework ask by a permission class, and lists by a filter backend. Needs the extra ``drf``.

``permission_classes = [ScopeguardPermission]``, ``filter_backends = [ScopeguardFilter]`` and a table of marks by the
names of actions, or of methods: ``asks = {"list": many("agents:read"), "retrieve": one("agents:read")}``. The marks,
which are those of ``scopeguard.integrations.django``, decorate handlers as well. A row is asked about where
``get_object`` gives it, and a list where ``filter_queryset`` does: a handler that forgets it has no decision.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar, Final

try:
    from rest_framework.exceptions import APIException
    from rest_framework.filters import BaseFilterBackend
    from rest_framework.permissions import BasePermission
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"rest_framework", "django", "asgiref"}:
        raise
    needed = "scopeguard.integrations.drf needs its extra: pip install 'scopeguard-authz[drf]'"
    raise ModuleNotFoundError(needed, name="rest_framework") from None

from django.core.exceptions import ImproperlyConfigured

from scopeguard import AccessDenied
from scopeguard.http import Mark, NotFound, Verb
from scopeguard.http import marks_of as marks_on
from scopeguard.http.views import ViewMark
from scopeguard.integrations.django.access import access, enforce, state_of
from scopeguard.integrations.django.middleware import ProblemData
from scopeguard.integrations.django.routes import permissions_among

__all__ = ["Denied", "ScopeguardFilter", "ScopeguardPermission"]

_TABLE: Final = "asks"
_DESCRIBING: Final = "options"
_OF_ROWS: Final = frozenset({"one", "new"})


class Denied(APIException):
    """A denial, as an error that Django REST framework, its forms and its schemas know how to handle."""

    def __init__(self, error: AccessDenied | NotFound, request: Any) -> None:
        answers = state_of(request).configuration.answers
        denied = error if isinstance(error, AccessDenied) else None
        answer = answers.not_found if denied is None else answers.denied(denied, access(request).principal)
        self.status_code = answer.status
        super().__init__()
        self.detail = ProblemData(answer)


class ScopeguardPermission(BasePermission):
    """Asks what the table ``asks`` of a view, or the marks of its handler, say for the method of a request."""

    _marks: ClassVar[tuple[Mark, ...]] = ()

    @classmethod
    def asking(cls, *marks: Mark) -> "type[ScopeguardPermission]":
        """The permission class of a view without a table, such as one of ``api_view``: *marks* are of all methods."""
        return type(cls.__name__, (cls,), {"_marks": marks})

    @classmethod
    def marks_of(cls, view: Any, handler: str, handlers: Iterable[str]) -> tuple[Mark, ...]:
        """The marks of a handler of a view, by its name; for what describes *handlers* those of all, if it has none."""
        table: Mapping[str, Any] = getattr(view, _TABLE, None) or {}
        found = table.get(handler)
        if found is not None:
            marks = tuple(found) if isinstance(found, list | tuple) else (found,)
            if not all(isinstance(mark, Mark) for mark in marks):
                raise ImproperlyConfigured(
                    f'"{handler}" in the table {_TABLE} of {view!r} must be a mark, not {found!r}'
                )
            return marks
        if handler == _DESCRIBING:
            return tuple(mark for name in dict.fromkeys(handlers) for mark in cls.marks_of(view, name, ()))
        return marks_on(getattr(view, handler, None)) or cls._marks

    def has_permission(self, request: Any, view: Any) -> bool:
        """Always; raises Denied otherwise, for what is asked before there is a row."""
        handler, marks = _asked(request, view)
        if not marks and hasattr(view, handler) and not state_of(request).judged:
            raise ImproperlyConfigured(f"{type(view).__name__}.{handler} has no mark")
        with _denying(request):
            if handler == _DESCRIBING and handler not in getattr(view, _TABLE, {}):
                _require_any(request, marks)
            else:
                for mark in marks:
                    _require(request, view, mark)
        return True

    def has_object_permission(self, request: Any, view: Any, obj: object) -> bool:
        """Always; raises Denied otherwise."""
        asking = access(request)
        with _denying(request):
            for action in _actions(request, view, "one") or _actions(request, view, "on", "new", "many"):
                asking.require_row(action, obj)
        asking.row = obj
        state_of(request).pending.clear()
        return True


class ScopeguardFilter(BaseFilterBackend):
    """Keeps, of a list, the rows that its marks ask for. A single row is asked about by the permission class."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Those of *queryset* that ``many`` and ``on`` of *view* allow to *request*. Raises Denied where none is."""
        with _denying(request):
            for action in _actions(request, view, "many") or _actions(request, view, "on"):
                queryset = access(request).permitted(queryset, action)
        return queryset


@contextmanager
def _denying(request: Any) -> Iterator[None]:
    """Raise Denied for a denial."""
    try:
        yield
    except (AccessDenied, NotFound) as error:
        raise Denied(error, request) from error


def _asked(request: Any, view: Any) -> tuple[str, tuple[Mark, ...]]:
    """The name of the handler of a request, and its marks.

    By its method: while a form for another method is made, the view still has the action of the request that came in.
    """
    method = (request.method or "").lower()
    actions: Mapping[str, str] = getattr(view, "action_map", None) or {}
    handlers = [*actions.values()] or [name for name in view.http_method_names if name != _DESCRIBING]
    handler = actions.get(method, method)
    if handler == "head" and not hasattr(type(view), handler):
        # An instance has it as another name of its method for GET.
        handler = "get"
    marks = (
        mark for each in permissions_among(view.permission_classes) for mark in each.marks_of(view, handler, handlers)
    )
    return handler, tuple(dict.fromkeys(marks))


def _actions(request: Any, view: Any, *verbs: Verb) -> list[str]:
    """What the marks of some verbs ask for, of a request."""
    return [mark.action for mark in _asked(request, view)[1] if mark.action is not None and mark.verb in verbs]


def _require(request: Any, view: Any, mark: Mark) -> None:
    state, asking = state_of(request), access(request)
    is_answered = state.ledger_of(request) is state.ledger
    finds = isinstance(mark, ViewMark) and mark.find is not None
    if mark.action is None or mark.verb not in _OF_ROWS or (finds and is_answered):
        enforce(mark, request, view.args, view.kwargs)
        return
    asking.require_some(mark.action)
    if is_answered:
        state.judged.append((mark, view.args, dict(view.kwargs)))
        state.pending.append(partial(asking.require_row, mark.action, None))


def _require_any(request: Any, marks: Iterable[Mark]) -> None:
    """Whoever may ask for one method of a view may have its description."""
    denied: AccessDenied | None = None
    for mark in marks:
        try:
            if mark.action is None or mark.verb == "on":
                enforce(mark, request, (), {})
            else:
                access(request).filter(mark.action)
        except AccessDenied as error:
            denied = denied or error
        else:
            return
    if denied is not None:
        raise denied
