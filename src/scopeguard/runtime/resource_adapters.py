"""Objects of the host that stand for resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from scopeguard.callbacks import is_deferred
from scopeguard.errors import RequestError
from scopeguard.model.input_validation import key_text
from scopeguard.model.request import Resource

if TYPE_CHECKING:
    from uuid import UUID

Key: TypeAlias = "str | int | UUID | None"
"""An id as a host has it: a text, or the key of a table."""
Part: TypeAlias = str | Callable[[Any], Key]
"""Where a part of a resource comes from: the name of an attribute, or a function."""
Attributes: TypeAlias = Iterable[str] | Callable[[Any], Mapping[str, object]]
"""Where the attributes come from: the names of some, or a function. A field of a record is ``owner.id``."""


class Adapters:
    """How objects become resources, by their class. There is no lock: each class is added by one step of a dict."""

    __slots__ = ("_by_kind",)

    def __init__(self) -> None:
        self._by_kind: dict[type, Callable[[Any], Resource]] = {}

    def add(self, kind: type, surface: str, *, id: Part, workspace: Part, attributes: Attributes) -> None:
        """Let objects of *kind* stand for resources of *surface*.

        Raises RequestError for what is no class, and for a class added before.
        """
        if not isinstance(kind, type):
            raise RequestError(f"a registered type must be a class, not {type(kind).__name__}")
        adapter = _adapter(surface, id, workspace, attributes)
        if self._by_kind.setdefault(kind, adapter) is not adapter:
            raise RequestError(f"{kind.__name__} is registered already")

    def resource(self, item: object) -> Resource:
        """The resource that *item* is or stands for. Raises RequestError where it is neither."""
        if type(item) is Resource:
            return item
        for kind in type(item).__mro__:
            adapter = self._by_kind.get(kind)
            if adapter is not None:
                return adapter(item)
        if item is None:
            hint = "leave it out, or give a Resource without an id, to ask about the surface"
            raise RequestError(f"a resource must not be None; {hint}")
        raise RequestError(f"a resource must be a Resource or of a registered type, not {type(item).__name__}")


def _adapter(surface: str, id: Part, workspace: Part, attributes: Attributes) -> Callable[[Any], Resource]:
    named, home = _reader(id), _reader(workspace)
    if callable(attributes):
        _require_at_once(attributes)
        return lambda item: resource_of(surface, named(item), home(item), _with_records(attributes(item)))
    readers = [(name, _reader(name)) for name in attributes]
    return lambda item: resource_of(
        surface, named(item), home(item), _with_records({name: read(item) for name, read in readers})
    )


def _reader(how: Part) -> Callable[[Any], Any]:
    if callable(how):
        _require_at_once(how)
        return how
    if not isinstance(how, str):
        raise RequestError(f"a part of a registered type must be a str or a function, not {type(how).__name__}")
    name, *more = how.split(".")
    return partial(_read, path=(name, *more)) if more else partial(_attribute, name=name)


def _require_at_once(function: object) -> None:
    if is_deferred(function):
        raise RequestError(
            "a function of a registered type must not be asynchronous: it is called in the midst of a check"
        )


def _with_records(values: Any) -> Any:
    """*values*, those of fields within their records. A record of which no field is there is not there either."""
    if type(values) is not dict and not isinstance(values, Mapping):
        return values
    for name in values:
        if isinstance(name, str) and "." in name:
            break
    else:
        return values
    found: dict[str, Any] = {}
    # A record that is given as a whole comes before its fields.
    for path, value in sorted(values.items(), key=lambda item: str(item[0])):
        if value is None:
            continue
        *records, last = path.split(".") if isinstance(path, str) else (path,)
        place = found
        for record in records:
            inner = place.get(record, {})
            if not isinstance(inner, Mapping):
                raise RequestError(f'a registered attribute "{record}" is no record, so that it has no "{path}"')
            inner = place[record] = dict(inner)
            place = inner
        place[last] = value
    return found


def _read(item: object, path: Sequence[str]) -> object:
    for name in path:
        # A relation that leads to nothing has no fields.
        item = None if item is None else _attribute(item, name)
    return item


def _attribute(item: object, name: str) -> object:
    try:
        return getattr(item, name)
    except AttributeError as error:
        # What a property of the class raises is the host's, and arrives as it is.
        if hasattr(type(item), name):
            raise
        raise RequestError(f'a registered {type(item).__name__} has no attribute "{name}"') from error


def resource_of(surface: str, id: object, workspace: object, attributes: Mapping[str, object] | None) -> Resource:
    """A Resource by keys of tables: an int or a UUID stands for its text. Raises RequestError for malformed values."""
    named: Any = key_text(id)
    home: Any = key_text(workspace)
    return Resource(surface, named, home, attributes)
