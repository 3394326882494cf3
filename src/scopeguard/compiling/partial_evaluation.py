"""Partial evaluation: what is left of an expression once part of its environment is known.

The residual of an expression has the same value, or the same lack of one, as the expression itself for
every completion of the known part. ``&&`` and ``||`` keep operands that cannot be evaluated, since another
operand may still decide.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, StrEnum, auto
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from scopeguard.compiling.environment import Environment
from scopeguard.compiling.evaluation import evaluate
from scopeguard.compiling.grants import FIXED, Narrowed, among, on_all_resources
from scopeguard.errors import EvaluationError
from scopeguard.model.principal import WORKSPACE_BOUND, Principal
from scopeguard.semantics.built_in_variables import FACTS, ROLE_AUTHORITY, root_of, within_record
from scopeguard.semantics.names import BIND, Names
from scopeguard.semantics.types import BOOL
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import (
    FALSE,
    TRUE,
    Call,
    Expr,
    Failure,
    Ident,
    ListExpr,
    Literal,
    Macro,
    Select,
)

QUESTION: Final = frozenset({"action", "permission", "operation", "resource.surface"})
"""What the action that is asked about settles."""
WORKSPACE_OF_PRINCIPAL: Final = "principal.workspace"
WORKSPACE_OF_RESOURCE: Final = "resource.workspace"
_OF_ONE: Final = frozenset({"principal.id", WORKSPACE_OF_PRINCIPAL})
_OF_REQUEST: Final = frozenset({"context.now", FACTS})
_BY_KIND: Final = frozenset({"principal.kind"})
_BY_CLASS: Final = ROLE_AUTHORITY | {"principal.kind", "principal.roles", "principal.scopes"}


class WorkspaceRelation(StrEnum):
    """What is known of the resource."""

    ANY = "any"
    OWN = "own"
    """Some resource of the principal's own workspace."""
    OTHER = "other"
    """Some resource of a workspace, and not of the principal's own."""
    GIVEN = "given"
    """Some resource of the workspace that the question gives."""
    NONE = "none"
    """The question names none, which means the surface of the principal's own workspace."""


_OF_OWN_WORKSPACE: Final = frozenset({WorkspaceRelation.OWN, WorkspaceRelation.NONE})


class KnownContext(Enum):
    """How much is known of the context."""

    NOTHING = auto()
    CLASS = auto()
    """Its channel, its environment, which attributes are present, and what those are that are true or false."""
    WHOLE = auto()


class KnownInputs(Struct, frozen=True):
    """What is known while simplifying: always the principal's class, and the action but for where *question* is false.

    *holds* answers ``holds(permission)`` with the expression that remains of it. *principal* tells that the whole
    of it is known, not just the class; without *held* only its kind and which attributes it has.
    """

    env: Environment
    holds: Callable[[str], Expr]
    about: WorkspaceRelation = WorkspaceRelation.ANY
    principal: bool = False
    context: KnownContext = KnownContext.NOTHING
    held: bool = True
    question: bool = True

    def knows(self, name: str) -> bool:
        """Whether the value of a name is settled, be it by its absence."""
        if name in QUESTION:
            return self.question
        if name in self.env.types.names.library.types:
            return True
        match root_of(name):
            case "principal":
                return self.principal or name in (_BY_CLASS if self.held else _BY_KIND) or self._absent(name)
            case "resource":
                if name == WORKSPACE_OF_RESOURCE:
                    return self.about is WorkspaceRelation.GIVEN
                return self.about is WorkspaceRelation.NONE
        if self.context is KnownContext.CLASS:
            # Its channel and its environment are no attributes.
            return self._of_context(name) and (self._absent(name) or self._is_flag(name))
        return self.context is KnownContext.WHOLE

    def knows_presence(self, name: str) -> bool:
        """Whether it is settled that a value is given for a name."""
        if within_record(name):
            return self.knows(name)
        if root_of(name) == "principal":
            return self.principal or name not in _OF_ONE
        if name == WORKSPACE_OF_RESOURCE and self.about is WorkspaceRelation.OTHER:
            return True
        if self.context is KnownContext.CLASS and self._of_context(name):
            return True
        return self.knows(name)

    def kept(self, expr: Expr, left: Expr) -> Expr:  # noqa: ARG002  # what knows less may keep it
        """What stands for *expr* when *left* is left of its parts."""
        return left

    def _absent(self, name: str) -> bool:
        if name in _OF_ONE or name in _BY_CLASS:
            return False
        root, attribute = name.split(".")[:2]
        return attribute not in (self.env.principal if root == "principal" else self.env.context).attributes

    def _is_flag(self, name: str) -> bool:
        """Whether an attribute of the context is true or false, which its class says."""
        return type(self.env.context.attributes.get(name.partition(".")[2])) is bool

    def _of_context(self, name: str) -> bool:
        """Whether a name is a channel, an environment or an attribute of the context, and no fact or moment."""
        return root_of(name) == "context" and name not in _OF_REQUEST


def simplify(expr: Expr, known: KnownInputs) -> Expr:
    """The residual of *expr*."""
    match expr:
        case Literal() | Failure():
            return expr
        case Ident(name="resource.workspace", absolute=True) if known.about in _OF_OWN_WORKSPACE:
            return _folded(replace(expr, name=WORKSPACE_OF_PRINCIPAL), known)
        case Call(function=ex.HOLDS, args=(Literal(value=permission),)):
            return known.holds(str(permission))
        case Call(function=ex.GRANTED, args=(Literal(value=asked),)):
            return _granted(expr, Narrowed.parse(str(asked)), known)
        case Call(function=ex.AND, args=args):
            return _logic(ex.AND, args, known, decisive=FALSE)
        case Call(function=ex.OR, args=args):
            return _logic(ex.OR, args, known, decisive=TRUE)
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            return _conditional(expr, simplify(test, known), then, other, known)
        case Call(function=ex.PRESENT, args=(Ident() as variable,)):
            return _presence(expr, variable, known)
    # What a macro binds stays open; everything else in its body folds as it does outside.
    return _folded(known.kept(expr, ex.rebuilt(expr, lambda part: simplify(part, known))), known)


def _granted(expr: Expr, narrowed: Narrowed, known: KnownInputs) -> Expr:
    if narrowed.kind != FIXED and known.about is WorkspaceRelation.NONE:
        return FALSE
    if not known.principal:
        return expr
    if narrowed.kind == FIXED:
        return TRUE if narrowed.among(known.env.principal, (narrowed.attribute,)) else FALSE
    ids = narrowed.ids(known.env.principal)
    return simplify(among(narrowed.attribute, narrowed.kind, narrowed.named, ids), known)


def _presence(expr: Call, variable: Ident, known: KnownInputs) -> Expr:
    if variable.name == WORKSPACE_OF_RESOURCE and known.about in _OF_OWN_WORKSPACE:
        variable = replace(variable, name=WORKSPACE_OF_PRINCIPAL)
    return _folded(replace(expr, args=(variable,)), known)


def _folded(expr: Expr, known: KnownInputs) -> Expr:
    if _own_workspace(expr, known.env.principal):
        return TRUE
    if known.about is WorkspaceRelation.OTHER and _other_workspace(expr):
        return FALSE
    if not _is_known(expr, known, frozenset()):
        return expr
    try:
        value = evaluate(expr, known.env)
    except EvaluationError as error:
        return Failure(str(error), span=expr.span)
    constant = _constant(value)
    return expr if constant is None else replace(constant, span=expr.span)


def _other_workspace(expr: Expr) -> bool:
    match expr:
        case Call(function=ex.EQUAL, args=(Ident(name=one, absolute=True), Ident(name=two, absolute=True))):
            return {one, two} == {WORKSPACE_OF_PRINCIPAL, WORKSPACE_OF_RESOURCE}
    return False


def _own_workspace(expr: Expr, principal: Principal) -> bool:
    match expr:
        case Call(function=ex.EQUAL, args=(Ident(name="principal.workspace"), Ident(name="principal.workspace"))):
            return principal.kind in WORKSPACE_BOUND
        case Call(function=ex.PRESENT, args=(Ident(name="principal.workspace"),)):
            return principal.kind in WORKSPACE_BOUND
    return False


def _constant(value: Any) -> Literal | ListExpr | None:
    if isinstance(value, bool | int | float | str | bytes):
        return Literal(value)
    if isinstance(value, tuple | list):
        items = tuple(_constant(item) for item in value)
        return None if None in items else ListExpr(tuple(item for item in items if item is not None))
    return None


def _is_known(expr: Expr, known: KnownInputs, bound: frozenset[str]) -> bool:
    match expr:
        case Literal() | Failure():
            return True
        case Ident(name=name, absolute=absolute):
            return known.knows(name) if absolute else name in bound
        case Call(function=ex.PRESENT, args=(Ident(name=name),)):
            return known.knows_presence(name)
        case Call(function=ex.HOLDS | ex.GRANTED):
            return False
        case Macro(operand=ListExpr(items=()), kind=kind) if kind != BIND:
            return True
        case Macro(operand=operand, body=body, variables=variables):
            inner = bound | frozenset(variables)
            return _is_known(operand, known, bound) and all(_is_known(part, known, inner) for part in body)
    return all(_is_known(child, known, bound) for child in ex.children(expr))


def _logic(operator: str, args: tuple[Expr, ...], known: KnownInputs, *, decisive: Literal) -> Expr:
    neutral = TRUE if decisive == FALSE else FALSE
    kept: dict[Expr, None] = {}
    for arg in args:
        part = simplify(arg, known)
        if part == decisive:
            return decisive
        nested = part.args if isinstance(part, Call) and part.function == operator else (part,)
        kept.update(dict.fromkeys(piece for piece in nested if piece != neutral))
    parts = tuple(kept) if operator == ex.OR else on_all_resources(tuple(kept))
    if decisive in parts:
        return decisive
    if not parts:
        return neutral
    if all(isinstance(part, Failure) for part in parts):
        return parts[0]
    if len(parts) == 1:
        return parts[0] if is_boolean(parts[0], known.env.types.names) else Call(operator, (neutral, parts[0]))
    return Call(operator, parts)


def _conditional(expr: Call, test: Expr, then: Expr, other: Expr, known: KnownInputs) -> Expr:
    if isinstance(test, Failure):
        return test
    if test == TRUE:
        return simplify(then, known)
    if test == FALSE:
        return simplify(other, known)
    return replace(expr, args=(test, simplify(then, known), simplify(other, known)))


_LOGICAL: Final = frozenset({ex.AND, ex.OR, ex.HOLDS, ex.GRANTED, ex.PRESENT})


def is_boolean(expr: Expr, names: Names) -> bool:
    """Whether *expr* is a boolean whenever it has a value."""
    match expr:
        case Literal(value=value):
            return isinstance(value, bool)
        case Failure():
            return True
        case Select(test=test):
            return test
        case Call(function=function, target=target):
            overloads = names.library.named(function, method=target is not None)
            return function in _LOGICAL or (bool(overloads) and all(found.result == BOOL for found in overloads))
        case Macro(kind=kind):
            return kind in ("all", "exists", "exists_one", "existsOne")
    return False
