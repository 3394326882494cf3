"""Records: frozen classes with slots, which cost next to nothing until many are made.

They are what ``dataclass(frozen=True, slots=True)`` makes, and ``replace``, ``fields`` and ``asdict`` of the standard
library take them. Such a dataclass is made twice over when its module is imported, and six of its methods are written
and compiled then; its module alone takes longer to import than most of this library. A record is made once, and what
has to be fast is compiled when it is called often.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar, dataclass_transform

_T = TypeVar("_T", bound="Record")

_NOTHING: Final[Any] = object()
_VALUES: Final = 1
"""``annotationlib.Format.VALUE``: that module takes longer to import than this library may."""
_FEW: Final = 24
"""As many records are made without a constructor of their own, which takes as long to compile."""


class _Field:
    __slots__ = ("compare", "default", "init", "make", "repr")

    def __init__(self, default: Any, make: Any, *, init: bool, repr: bool, compare: bool) -> None:
        self.default = default
        self.make = make
        self.init = init
        self.repr = repr
        self.compare = compare

    @property
    def has_default(self) -> bool:
        return self.default is not _NOTHING or self.make is not _NOTHING

    def made(self) -> Any:
        return self.default if self.make is _NOTHING else self.make()


def field(
    *,
    default: Any = _NOTHING,
    default_factory: Callable[[], Any] = _NOTHING,
    init: bool = True,
    repr: bool = True,
    compare: bool = True,
) -> Any:
    """More about a field, as in a dataclass."""
    return _Field(default, default_factory, init=init, repr=repr, compare=compare)


def replace(record: _T, /, **changes: Any) -> _T:
    """A record like *record* but for *changes*."""
    made = type(record)
    for name in made.__match_args__:
        if name not in changes:
            changes[name] = getattr(record, name)
    return made(**changes)


def asdict(record: "Record") -> dict[str, Any]:
    """The fields of a record by their names, and so those of a record that is one of them."""
    values = ((each, getattr(record, each)) for each in type(record)._fields)
    return {each: asdict(value) if isinstance(value, Record) else value for each, value in values}


def _annotated(namespace: dict[str, Any]) -> dict[str, Any]:
    """What the body of a class annotates. Since Python 3.14 the body leaves a function that tells it (PEP 649)."""
    annotations: dict[str, Any] | None = namespace.get("__annotations__")
    if annotations is not None:
        return annotations
    tell: Callable[[int], dict[str, Any]] | None = namespace.get("__annotate__", namespace.get("__annotate_func__"))
    return {} if tell is None else tell(_VALUES)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class RecordType(type):
    """Makes slots of the annotated names, where a base does not have them: a class that says so has ``__slots__``.

    With ``eq=False`` a record is equal to nothing but itself, with ``init=False`` ``__new__`` makes it whole, and with
    ``frozen=False`` its fields may be set.
    """

    _fields: dict[str, _Field]
    _few: Iterator[int]
    """As many as are still made without a constructor: nothing of a class is changed for each of its records."""
    _later: tuple[tuple[str, _Field], ...]
    """The fields that no argument is for and that have a default."""
    __match_args__: tuple[str, ...]

    def __new__(
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        eq: bool = True,
        init: bool = True,
        frozen: bool = True,
    ) -> "RecordType":
        """The class, with its defaults taken out of the way of its slots."""
        own = {each: namespace.pop(each, _NOTHING) for each in _annotated(namespace)}
        fields = {each: about for base in bases for each, about in getattr(base, "_fields", {}).items()}
        for each, about in own.items():
            if hasattr(about, "default_factory"):
                raise TypeError(f"the field of the standard library does not go with a record: {name}.{each}")
            fields[each] = about if isinstance(about, _Field) else field(default=about)
        namespace.setdefault("__slots__", tuple(own))
        namespace["__match_args__"] = tuple(each for each, about in fields.items() if about.init)
        if bases:
            # What a class has compiled for itself is nothing for those below it.
            namespace.setdefault("__init__", (Record if init else object).__dict__["__init__"])
            if "__eq__" not in namespace:
                equality = Record if eq else object
                for each in ("__eq__", "__hash__"):
                    namespace.setdefault(each, equality.__dict__[each])
        if not frozen:
            namespace |= {each: object.__dict__[each] for each in ("__setattr__", "__delattr__")}
        made = super().__new__(cls, name, bases, namespace)
        made._fields = fields
        made._few = iter(range(_FEW))
        made._later = tuple((each, about) for each, about in fields.items() if not about.init and about.has_default)
        return made

    def filled(cls, record: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        """Set the fields of one of the first records; False for all others, and where the arguments do not fit."""
        if next(cls._few, None) is None:
            return False
        names = cls.__match_args__
        if kwargs or len(args) != len(names):
            completed = cls._completed(args, kwargs)
            if completed is None:
                return False
            args = completed
        for name, value in zip(names, args, strict=True):
            object.__setattr__(record, name, value)
        for name, about in cls._later:
            object.__setattr__(record, name, about.made())
        after = getattr(record, "__post_init__", None)
        if after is not None:
            after()
        return True

    def _completed(cls, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any] | None:
        """A value for each field of the constructor, in their order; None where the arguments do not fit."""
        names = cls.__match_args__
        if len(args) > len(names):
            return None
        values = list(args)
        for name in names[len(args) :]:
            if name in kwargs:
                values.append(kwargs[name])
            elif cls._fields[name].has_default:
                values.append(cls._fields[name].made())
            else:
                return None
        return values if kwargs.keys() <= set(names[len(args) :]) else None


class _Fields:
    """What the standard library knows a dataclass by: made of a twin, for the few classes that it is asked of."""

    def __get__(self, instance: object, owner: RecordType) -> dict[str, Any]:
        import dataclasses  # noqa: PLC0415  # most programs never come here

        twin: dict[str, Any] = {"__annotations__": dict.fromkeys(owner._fields, Any)}
        for name, about in owner._fields.items():
            told = {"default": about.default, "default_factory": about.make}
            given = {word: value for word, value in told.items() if value is not _NOTHING}
            twin[name] = dataclasses.field(**given, init=about.init, repr=about.repr, compare=about.compare)
        made: Any = dataclasses.dataclass(type(owner.__name__, (), twin))
        type.__setattr__(owner, "__dataclass_fields__", made.__dataclass_fields__)
        return made.__dataclass_fields__  # type: ignore[no-any-return]  # it is one


class Record(metaclass=RecordType):
    """A frozen value with the fields that its class annotates. Equal to one of the same class with equal fields."""

    __dataclass_fields__ = _Fields()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        made = type(self)
        if not RecordType.filled(made, self, args, kwargs):
            # Named by its class, for a record may have a method of that name. What does not fit is refused by the
            # constructor that is compiled, in the words of Python.
            _compile(made, "__init__", *_constructor(made))
            made.__init__(self, *args, **kwargs)

    def __eq__(self, other: object) -> bool:
        mine, others = _compared(type(self), "self"), _compared(type(self), "other")
        answer = f"return {mine} == {others} if other.__class__ is self.__class__ else NotImplemented"
        _compile(type(self), "__eq__", "self, other", answer, {})
        return type(self).__eq__(self, other)

    def __hash__(self) -> int:
        _compile(type(self), "__hash__", "self", f"return hash({_compared(type(self), 'self')})", {})
        return type(self).__hash__(self)

    def __repr__(self) -> str:
        fields = type(self)._fields
        shown = ", ".join(f"{each}={getattr(self, each)!r}" for each in fields if fields[each].repr)
        return f"{type(self).__qualname__}({shown})"

    def __setattr__(self, name: str, value: object) -> None:
        raise _frozen(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise _frozen(f"cannot delete field {name!r}")

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _restored, (type(self), *(_carried(getattr(self, each)) for each in type(self).__match_args__))


class _Carried:
    """A read-only mapping on its way to another process or into a copy, for Python pickles and copies none."""

    __slots__ = ("items",)

    def __init__(self, items: Mapping[Any, Any]) -> None:
        self.items = dict(items)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _read_only, (self.items,)


def _carried(value: Any) -> Any:
    return _Carried(value) if value.__class__ is MappingProxyType else value


def _read_only(items: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(items)


def _restored(made: RecordType, *values: Any) -> Any:
    # A shallow copy gets what was carried as it is.
    return made(*(_read_only(each.items) if each.__class__ is _Carried else each for each in values))


def _frozen(message: str) -> AttributeError:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415  # most programs never come here

    return FrozenInstanceError(message)


def _compared(made: RecordType, of: str) -> str:
    return f"({''.join(f'{of}.{name}, ' for name, about in made._fields.items() if about.compare)})"


def _constructor(made: RecordType) -> tuple[str, str, dict[str, Any]]:
    names: dict[str, Any] = {"NOTHING": _NOTHING}
    parameters, body = ["self"], ["pass"]
    for name in made.__match_args__:
        about, value = made._fields[name], name
        if about.make is not _NOTHING:
            names[f"make_{name}"] = about.make
            parameters.append(f"{name}=NOTHING")
            value = f"make_{name}() if {name} is NOTHING else {name}"
        elif about.default is not _NOTHING:
            names[f"default_{name}"] = about.default
            parameters.append(f"{name}=default_{name}")
        else:
            parameters.append(name)
        names[f"set_{name}"] = getattr(made, name).__set__
        body.append(f"set_{name}(self, {value})")
    for name, about in made._fields.items():
        if not about.init and about.has_default:
            names |= {f"set_{name}": getattr(made, name).__set__, f"made_{name}": about.made}
            body.append(f"set_{name}(self, made_{name}())")
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    return ", ".join(parameters), "; ".join(body), names


def _compile(made: RecordType, name: str, parameters: str, body: str, names: dict[str, Any]) -> None:
    # The text holds nothing but the names that a class of ours annotates.
    exec(f"def {name}({parameters}): {body}", names)  # noqa: S102  # see above
    type.__setattr__(made, name, names[name])
