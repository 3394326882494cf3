"""What the names in a condition stand for: one table for evaluator, partial evaluator and code generator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Final, Protocol

from msgspec import Struct, field
from msgspec.structs import force_setattr

from scopeguard.compiling.grants import BOUND, FIXED, ID, Narrowed, ids_of
from scopeguard.errors import EvaluationError, quoted
from scopeguard.model.addresses import AddressObject, parse_address, parse_network
from scopeguard.model.aliases import Inside, inside
from scopeguard.model.input_validation import EMPTY
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.semantics.built_in_variables import (
    BUILT_IN_VARIABLES,
    CREDENTIAL_TYPES,
    FACTS,
    common,
    names_of,
    plain,
    word_of,
)
from scopeguard.semantics.names import Names
from scopeguard.semantics.values import as_double
from scopeguard.syntax.expression import Expr, Failure, UInt


class _Absent:
    __slots__ = ()


ABSENT: Final = _Absent()
"""A declared name for which the host gave nothing."""


class RoleAuthority(Protocol):
    """What follows from a principal's class and the pack about roles, its own and others'."""

    @property
    def rank(self) -> int:
        """The highest rank of its roles; 0 without one."""

    @property
    def assignable_roles(self) -> tuple[str, ...]:
        """The roles that it may hand out, sorted."""

    @property
    def superior_roles(self) -> tuple[str, ...]:
        """The roles whose holders it may not act upon, sorted."""


class FixedAuthority(Struct, frozen=True, gc=False):
    """Authority over roles that is known beforehand."""

    rank: int = 0
    assignable_roles: tuple[str, ...] = ()
    superior_roles: tuple[str, ...] = ()


EMPTY_TYPES: Final[Mapping[str, str]] = MappingProxyType({})


_BELOW_FACTS: Final = f"{FACTS}."


class Types(Struct, frozen=True):
    """Declared attribute types, by root; those of resources by surface. Fields of records are paths, ``owner.id``."""

    DERIVED: ClassVar = ("names", "outside")

    principal: Mapping[str, str] = field(default_factory=lambda: EMPTY_TYPES)
    context: Mapping[str, str] = field(default_factory=lambda: EMPTY_TYPES)
    facts: Mapping[str, str] = field(default_factory=lambda: EMPTY_TYPES)
    resource: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    names: Names = None  # type: ignore[assignment]  # it follows from the others
    """What a condition of the pack may name."""
    outside: Mapping[str, Inside] = field(default_factory=lambda: MappingProxyType({}))
    """By the type of what names something of the pack, its names in the outside world."""

    def __post_init__(self) -> None:
        by_root = {
            "principal": self.principal,
            "context": self.context,
            FACTS: self.facts,
            "resource": _joined(self.resource.values()),
        }
        force_setattr(self, "names", names_of(by_root))

    def of(self, name: str, surface: str) -> str:
        """The type of a declared name in a question about *surface*; ``dyn`` where it is not known."""
        return BUILT_IN_VARIABLES.get(name) or plain(self.declared(name, surface))

    def aliases(self, name: str, surface: str) -> Inside | None:
        """The aliases of what a declared name has the names of; None where there are none, as in most packs."""
        return self.outside.get(word_of(self.declared(name, surface))) if self.outside else None

    def declared(self, name: str, surface: str) -> str:
        """The type that the pack declares for a name, as it is written."""
        if name.startswith(_BELOW_FACTS):
            return self.facts.get(name.removeprefix(_BELOW_FACTS), "dyn")
        root, _, attribute = name.partition(".")
        match root:
            case "principal":
                return self.principal.get(attribute) or CREDENTIAL_TYPES.get(attribute, "dyn")
            case "resource":
                return self.resource.get(surface, EMPTY_TYPES).get(attribute, "dyn")
        return self.context.get(attribute, "dyn")


def _joined(types: Iterable[Mapping[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for declared in types:
        for name, kind in declared.items():
            joined[name] = common(joined.get(name, kind), kind)
    return joined


class RequestedAction(Struct, frozen=True, gc=False):
    """The action that is asked about."""

    action: str
    permission: str
    surface: str
    verb: str
    operation: str


def _untold(grant: str) -> Expr:
    return Failure(f"nobody knows who holds {quoted(grant)}")


class Environment(Struct, frozen=True):
    """Everything a condition can read. *resource* is None where the question named none."""

    principal: Principal
    resource: Resource | None
    context: Context
    question: RequestedAction
    standing: RoleAuthority
    types: Types
    holds: Callable[[str], Expr] = _untold
    """What ``holds(grant)`` comes to for the principal and a resource of the surface that is asked about."""

    def __contains__(self, name: str) -> bool:
        """Whether a value is given for a declared name."""
        return given(name, self) is not ABSENT

    def __getitem__(self, name: str) -> Any:
        """The value of a declared name. Raises EvaluationError where it is absent or of another type than declared."""
        if " " in name:
            narrowed = Narrowed.parse(name)
            return bool(narrowed.among(self.principal, ids_asked(narrowed, self.resource)))
        value = given(name, self)
        if value is ABSENT:
            raise EvaluationError(f"{quoted(name)} is absent")
        found = conforming(value, self.types.of(name, self.question.surface), name)
        aliases = self.types.aliases(name, self.question.surface)
        return found if aliases is None else inside(found, aliases)


def ids_asked(narrowed: Narrowed, resource: Resource | None) -> tuple[str, ...]:
    """The ids that a question about a resource is about. Raises EvaluationError where an attribute is malformed."""
    if narrowed.kind == FIXED:
        return (narrowed.attribute,)
    if resource is None:
        return ()
    if narrowed.attribute == ID:
        return () if resource.id is None else (resource.id,)
    given_here = [name for name in narrowed.attribute.split(",") if name in resource.attributes]
    kind = "list(string)" if narrowed.kind == BOUND else narrowed.kind
    values = (conforming(resource.attributes[name], kind, f"resource.{name}") for name in given_here)
    ids = tuple(each for value in values for each in ids_of(value))
    return narrowed.bound(ids) if narrowed.kind == BOUND else ids


def _workspace(env: Environment) -> str | None:
    return env.principal.workspace if env.resource is None else env.resource.workspace


# Each reads the value of a name, None meaning absent.
FIELDS: Final[Mapping[str, Callable[[Environment], Any]]] = MappingProxyType({
    "principal.kind": lambda env: env.principal.kind,
    "principal.id": lambda env: env.principal.id,
    "principal.workspace": lambda env: env.principal.workspace,
    "principal.roles": lambda env: tuple(sorted(env.principal.roles)),
    "principal.scopes": lambda env: tuple(sorted(env.principal.scopes)),
    "principal.rank": lambda env: env.standing.rank,
    "principal.assignable_roles": lambda env: env.standing.assignable_roles,
    "principal.superior_roles": lambda env: env.standing.superior_roles,
    "resource.surface": lambda env: env.question.surface,
    "resource.id": lambda env: None if env.resource is None else env.resource.id,
    "resource.workspace": _workspace,
    "context.channel": lambda env: env.context.channel,
    "context.environment": lambda env: env.context.environment,
    "context.now": lambda env: env.context.now,
    FACTS: lambda env: env.context.facts,
    "action": lambda env: env.question.verb,
    "permission": lambda env: env.question.permission,
    "operation": lambda env: env.question.operation,
})  # fmt: skip
"""How each name that every condition can read is read."""


def given(name: str, env: Environment) -> Any:
    """What the host gave for a declared name, or ABSENT."""
    if name in FIELDS:
        value = FIELDS[name](env)
        return ABSENT if value is None else value
    root, _, attribute = name.rpartition(".")
    return attributes_of(root, env).get(attribute, ABSENT)


def attributes_of(root: str, env: Environment) -> Mapping[str, Any]:
    """The attributes under a root, or the fields of a record. Raises EvaluationError where a record is none."""
    if f"{root}.".startswith(_BELOW_FACTS):
        return _record(root, FACTS, env.context.facts)
    match root.partition(".")[0]:
        case "principal":
            return _record(root, "principal", env.principal.attributes)
        case "resource":
            return _record(root, "resource", EMPTY if env.resource is None else env.resource.attributes)
    return _record(root, "context", env.context.attributes)


def _record(path: str, root: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    if path == root:
        return values
    for step in path.removeprefix(f"{root}.").split("."):
        found = values.get(step, EMPTY)
        if not isinstance(found, Mapping):
            raise EvaluationError(f"{quoted(path)} is not a record")
        values = found
    return values


def conforming(value: Any, expected: str, name: str = "a value") -> Any:
    """*value* as one of its declared type. Raises EvaluationError where it is of another."""
    if not conforms(value, expected):
        raise EvaluationError(f"{quoted(name)} is not of the type {expected}")
    read = _READ.get(expected)
    return value if read is None else read(value)


def _is_read(read: Callable[[Any], object], value: Any) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


def _each(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda items: tuple(map(read, items))


_READ: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType({
    "uint": UInt,
    "double": float,
    "list(double)": _each(float),
    "map(string, double)": lambda pairs: MappingProxyType({key: float(value) for key, value in pairs.items()}),
    "ip": parse_address,
    "cidr": parse_network,
    "list(ip)": _each(parse_address),
    "list(cidr)": _each(parse_network),
})  # fmt: skip
"""What makes a value of a declared type from what a host passed in."""

_SPELLED: Final = frozenset({str, AddressObject})
_EXACT: Final[Mapping[str, tuple[type, ...]]] = MappingProxyType({
    "bool": (bool,), "int": (int,), "string": (str,), "bytes": (bytes,), "duration": (timedelta,),
})  # fmt: skip
_OF_TYPE: Final[Mapping[str, Callable[[Any], bool]]] = MappingProxyType({
    "dyn": lambda _: True,
    "double": lambda value: as_double(value) is not None,
    "uint": lambda value: type(value) in (int, UInt) and value >= 0,
    "timestamp": lambda value: isinstance(value, datetime),
    "ip": lambda value: type(value) in _SPELLED and _is_read(parse_address, value),
    "cidr": lambda value: type(value) in _SPELLED and _is_read(parse_network, value),
})  # fmt: skip


def conforms(value: Any, expected: str) -> bool:
    """Whether a value is of a declared type. ``true`` is no int, and an int is a double that stands for it exactly."""
    if expected in _EXACT:
        return type(value) in _EXACT[expected]
    if expected in _OF_TYPE:
        return _OF_TYPE[expected](value)
    if expected.startswith("list("):
        inner = expected.removeprefix("list(")[:-1]
        return isinstance(value, tuple) and all(conforms(item, inner) for item in value)
    inner = expected.removeprefix("map(string, ")[:-1]
    return isinstance(value, Mapping) and (inner == "dyn" or all(conforms(item, inner) for item in value.values()))
