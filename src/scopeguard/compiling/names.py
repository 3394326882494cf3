"""What the names in a condition stand for: one table for evaluator, partial evaluator and code generator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.model.values import EMPTY
from scopeguard.syntax.expression import Expr, Ident, Select, UInt


class EvaluationError(Exception):
    """A condition that has no value. Never leaves the library: it becomes a denial or a rule that does not allow."""


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""A declared name for which the host gave nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows from a principal's class and the catalog: its rank and the roles it may hand out."""

    rank: int = 0
    assignable_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Types:
    """Declared attribute types, by root; those of resources by surface."""

    principal: Mapping[str, str] = field(default_factory=lambda: EMPTY_TYPES)
    context: Mapping[str, str] = field(default_factory=lambda: EMPTY_TYPES)
    facts: Mapping[str, str] = field(default_factory=lambda: EMPTY_TYPES)
    resource: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))


EMPTY_TYPES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Question:
    """The action that is asked about."""

    action: str
    permission: str
    surface: str
    verb: str
    operation: str


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything a condition can read. *resource* is None where the question named none."""

    principal: Principal
    resource: Resource | None
    context: Context
    question: Question
    standing: Standing
    types: Types


# The first element is the type; the second reads the value, None meaning absent.
PRINCIPAL: Final[Mapping[str, tuple[str, Callable[[Environment], Any]]]] = MappingProxyType({
    "kind": ("string", lambda env: env.principal.kind),
    "id": ("string", lambda env: env.principal.id),
    "workspace": ("string", lambda env: env.principal.workspace),
    "roles": ("list(string)", lambda env: tuple(sorted(env.principal.roles))),
    "scopes": ("list(string)", lambda env: tuple(sorted(env.principal.scopes))),
    "rank": ("int", lambda env: env.standing.rank),
    "assignable_roles": ("list(string)", lambda env: env.standing.assignable_roles),
})  # fmt: skip

RESOURCE: Final[Mapping[str, tuple[str, Callable[[Environment], Any]]]] = MappingProxyType({
    "surface": ("string", lambda env: env.question.surface),
    "id": ("string", lambda env: None if env.resource is None else env.resource.id),
    "workspace": ("string", lambda env: env.principal.workspace if env.resource is None else env.resource.workspace),
})  # fmt: skip

CONTEXT: Final[Mapping[str, tuple[str, Callable[[Environment], Any]]]] = MappingProxyType({
    "channel": ("string", lambda env: env.context.channel),
    "environment": ("string", lambda env: env.context.environment),
    "now": ("timestamp", lambda env: env.context.now),
})  # fmt: skip

FIELDS: Final = MappingProxyType({"principal": PRINCIPAL, "resource": RESOURCE, "context": CONTEXT})

CREDENTIAL_TYPES: Final[Mapping[str, str]] = MappingProxyType({
    "expires_at": "timestamp", "not_before": "timestamp", "revoked": "bool", "leaked": "bool",
    "suspended": "bool", "sso": "bool", "ip_allow": "list(string)",
})  # fmt: skip
"""The attributes that Principal's constructors set."""

PLAIN: Final[Mapping[str, Callable[[Environment], str]]] = MappingProxyType({
    "action": lambda env: env.question.verb,
    "permission": lambda env: env.question.permission,
    "operation": lambda env: env.question.operation,
})  # fmt: skip


def path(expr: Expr) -> tuple[str, str] | None:
    """``(root, field)`` where *expr* reads one declared name, such as ``principal.kind`` or ``context.facts.x``."""
    match expr:
        case Select(operand=Ident(name=root), name=name, test=False) if root in FIELDS:
            return (root, name)
        case Select(operand=Select(operand=Ident(name="context"), name="facts", test=False), name=name, test=False):
            return ("facts", name)
    return None


def declared_type(root: str, name: str, question: Question, types: Types) -> str:
    """The type of a declared name; ``dyn`` where it is not known."""
    if root in FIELDS and name in FIELDS[root]:
        return FIELDS[root][name][0]
    match root:
        case "principal":
            return types.principal.get(name) or CREDENTIAL_TYPES.get(name, "dyn")
        case "resource":
            return types.resource.get(question.surface, EMPTY_TYPES).get(name, "dyn")
        case "context":
            return types.context.get(name, "dyn")
        case _:
            return types.facts.get(name, "dyn")


def given(root: str, name: str, env: Environment) -> Any:
    """What the host gave for a declared name, or ABSENT."""
    if root in FIELDS and name in FIELDS[root]:
        value = FIELDS[root][name][1](env)
        return ABSENT if value is None else value
    return attributes_of(root, env).get(name, ABSENT)


def attributes_of(root: str, env: Environment) -> Mapping[str, Any]:
    """The attributes under a root."""
    match root:
        case "principal":
            return env.principal.attributes
        case "resource":
            return EMPTY if env.resource is None else env.resource.attributes
        case "context":
            return env.context.attributes
        case _:
            return env.context.facts


def read(root: str, name: str, env: Environment) -> Any:
    """The value of a declared name. Raises EvaluationError where it is absent or of another type than declared."""
    value = given(root, name, env)
    if value is ABSENT:
        raise EvaluationError(f"{root}.{name} is absent")
    expected = declared_type(root, name, env.question, env.types)
    if not conforms(value, expected):
        raise EvaluationError(f"{root}.{name} is not a {expected}")
    return value


_EXACT: Final[Mapping[str, tuple[type, ...]]] = MappingProxyType({
    "bool": (bool,), "int": (int,), "uint": (UInt,), "double": (float,), "string": (str,), "bytes": (bytes,),
    "timestamp": (datetime,), "duration": (timedelta,),
})  # fmt: skip


def conforms(value: Any, expected: str) -> bool:
    """Whether a value is of a declared type. ``true`` is no int, and an int is no double."""
    if expected == "dyn":
        return True
    if expected in _EXACT:
        if expected == "uint":
            return type(value) in (int, UInt) and value >= 0
        return type(value) in _EXACT[expected] or (expected == "timestamp" and isinstance(value, datetime))
    if expected.startswith("list("):
        inner = expected[5:-1]
        return isinstance(value, tuple) and all(conforms(item, inner) for item in value)
    return isinstance(value, Mapping)
