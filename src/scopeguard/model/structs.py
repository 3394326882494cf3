"""What the values of the library are made of, beside plain structs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Self, TypeVar, dataclass_transform

from msgspec import Struct


@dataclass_transform(frozen_default=True)
class Frozen:
    """What ``__new__`` checks and makes whole, and what never changes after."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()
    """What ``__new__`` takes."""

    def __init_subclass__(cls, *, init: bool = False) -> None:
        """*init* is for type checkers alone, which would take the fields for the arguments."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: {name}")

    def __replace__(self, **changes: Any) -> Self:
        return replaced(self, **changes)


_F = TypeVar("_F", bound=Frozen)


def replaced(value: _F, /, **changes: Any) -> _F:
    """*value* but for *changes*, checked anew. Raises RequestError."""
    return type(value)(**{name: getattr(value, name) for name in value.__match_args__} | changes)


class Carried(Struct, frozen=True):
    """A struct with read-only mappings, which Python neither pickles nor copies by itself."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _restored, (type(self), *(_carried(getattr(self, name)) for name in self.__struct_fields__))


class _Items:
    """The items of a read-only mapping on their way to another process or into a copy."""

    __slots__ = ("items",)

    def __init__(self, items: dict[Any, Any]) -> None:
        self.items = items

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _read_only, (self.items,)


def _read_only(items: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(items)


def _carried(value: Any) -> Any:
    return _Items(dict(value)) if value.__class__ is MappingProxyType else value


def _restored(kind: Callable[..., Any], *values: Any) -> Any:
    # A shallow copy gets what was carried as it is.
    return kind(*(_read_only(each.items) if each.__class__ is _Items else each for each in values))
