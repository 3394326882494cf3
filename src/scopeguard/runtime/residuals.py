"""Residuals: what is left of the rules about one action for one class of principals."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.evaluate import outcome
from scopeguard.compiling.names import Environment, Standing
from scopeguard.compiling.program import Act, Program, Rule
from scopeguard.compiling.simplify import About, Knowledge, Told, simplify
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.answer import Extras, allow, deny
from scopeguard.runtime.holding import Holding
from scopeguard.runtime.wording import Verdict, depends_on_request
from scopeguard.semantics.readable import QUANTITY
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
    conjunction,
    disjunction,
)

_QUANTITY: Final = Ident(QUANTITY, absolute=True)
_ENVIRONMENT: Final = Ident("context.environment", absolute=True)

Decide: TypeAlias = Callable[[Principal, Resource | None, Context], Decision]


@dataclass(frozen=True, slots=True)
class Conditional:
    """A rule that denies or advises, with what is left of its condition."""

    rule: Rule
    residual: Expr


@dataclass(frozen=True, slots=True)
class Permit:
    """Something that allows (a rule, a scope, a role) with what is left of its condition."""

    id: str
    residual: Expr
    is_rule: bool


@dataclass(frozen=True, slots=True)
class Redaction:
    """A surface whose records an action may bring along, with what is left of the condition that they must not."""

    surface: str
    residual: Expr


Part = TypeVar("Part", Conditional, Permit, Redaction)


@dataclass(frozen=True, slots=True)
class Residual:
    """What is left of the rules about one action for one class of principals: the whole meaning of a cell."""

    program: Program
    act: Act
    principal: Principal
    """Any principal of the class: only what the class settles is read from it."""
    standing: Standing
    denials: tuple[Conditional, ...]
    permits: tuple[Permit, ...]
    advises: tuple[Conditional, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    counted: Expr = FALSE
    """The condition that what it counts on, or how much, is not what it is for most requests."""

    @property
    def extras(self) -> tuple[Expr, ...]:
        """The conditions of all that an allow brings along."""
        return (*(each.residual for each in self.advises), *(each.residual for each in self.redactions))

    @property
    def conditions(self) -> tuple[Expr, ...]:
        """Everything that is left."""
        found = (*(each.residual for each in self.denials), *(each.residual for each in self.permits))
        return (*found, *self.extras)

    @property
    def is_settled(self) -> bool:
        """Whether every request gets the same decision."""
        told = any(depends_on_request(self.program, each.rule) for each in (*self.denials, *self.advises))
        return not told and self.act.metered is None and not any(map(is_open, self.conditions))

    def environment(self, principal: Principal, resource: Resource | None, context: Context) -> Environment:
        """What conditions read in one request."""
        return Environment(principal, resource, context, self.act.question, self.standing, self.program.types)

    def decide(self, principal: Principal, resource: Resource | None, context: Context) -> Decision:
        """The exact answer, by the evaluator."""
        env = self.environment(principal, resource, context)
        verdicts = list(_spoken(self.denials, env))
        granted, errors = [], []
        for permit in self.permits:
            found = outcome(permit.residual, env)
            if found:
                granted.append(permit.id)
            elif found is None and permit.is_rule:
                errors.append(permit.id)
        if granted and not verdicts:
            return allow(self.program, self.act, granted, self.brought(env), env)
        return deny(self.program, self.act, principal, verdicts, granted=bool(granted), errors=errors, env=env)

    def brought(self, env: Environment) -> Extras:
        """What an allow brings along: advice that can be told, and each redaction that is not ruled out."""
        advises = (verdict for verdict in _spoken(self.advises, env) if verdict.advises)
        redact = (each.surface for each in self.redactions if outcome(each.residual, env) is not False)
        return Extras(tuple(advises), tuple(redact))


def _spoken(rules: Iterable[Conditional], env: Environment) -> Iterator[Verdict]:
    for each in rules:
        found = outcome(each.residual, env)
        if found is not False:
            yield Verdict(each.rule, found is None)


def residual(
    program: Program,
    act: Act,
    principal: Principal,
    held: Holding,
    standing: Standing,
    *,
    about: About,
    context: Context | None = None,
    resource: Resource | None = None,
) -> Residual:
    """Partially evaluate the rules about *act* by the principal's class; with a *context*, by all of both.

    Of *resource* only the workspace is known.
    """
    surface = act.question.surface
    env = Environment(principal, resource, context or Context(), act.question, standing, program.types)
    holds = held.holds(surface)

    def remaining_hold(permission: str) -> Expr:
        # What a narrowed grant asks of the resource folds like everything else: of no resource, nothing is left.
        return simplify(holds(permission), known)

    told = Told.NOTHING if context is None else Told.WHOLE
    known = Knowledge(env, remaining_hold, about, principal=context is not None, context=told)
    rules = act.allows if principal.kind in program.catalog.surfaces[surface].holdable_by else ()
    permits = [Permit(source, simplify(when, known), False) for source, when in held.allows(act.question.permission)]
    permits += [Permit(rule.id, simplify(rule.condition, known), True) for rule in rules]

    def redaction(permission: str) -> Redaction:
        embedded = program.act(permission)
        name = permission.partition(":")[0]
        if embedded is None:
            return Redaction(name, TRUE)
        # Nothing is known of the records but that they are of the principal's own workspace.
        rest = residual(
            program, replace(embedded, embeds=()), principal, held, standing, about=About.NONE, context=context
        )
        readable = remaining(rest)
        return Redaction(name, TRUE if isinstance(readable, Failure) else negated(readable))

    redactions = map(redaction, act.embeds)
    return Residual(
        program,
        act,
        principal,
        standing,
        _left(act.denies, known),
        tuple(permit for permit in permits if permit.residual != FALSE),
        _left(act.advises, known),
        tuple(each for each in redactions if each.residual != FALSE),
        simplify(_counted(act), known),
    )


def _counted(act: Act) -> Expr:
    if act.metered is None:
        return FALSE
    environments = ListExpr(tuple(map(Literal, act.metered.instead)))
    return disjunction((Call(ex.PRESENT, (_QUANTITY,)), Call(ex.IN, (_ENVIRONMENT, environments))))


def emitter(rest: Residual, more: Iterable[Expr] = ()) -> Emitter:
    """What writes the code of a residual's conditions, and of *more*."""
    conditions = (*rest.conditions, *more)
    return Emitter(rest.principal.kind, rest.act.question, rest.program.types, rest.environment, conditions)


def narrowed(rest: Residual, held: Holding, about: About, context: Context | None) -> Residual:
    """What is left of a residual once it is known which resource it is *about*, and the class of *context*."""
    env = Environment(rest.principal, None, context or Context(), rest.act.question, rest.standing, rest.program.types)
    holds = held.holds(rest.act.question.surface)
    known = Knowledge(env, holds, about, context=Told.NOTHING if context is None else Told.CLASS)

    def left(parts: Iterable[Part]) -> tuple[Part, ...]:
        found = (replace(part, residual=simplify(part.residual, known)) for part in parts)
        return tuple(part for part in found if part.residual != FALSE)

    return replace(
        rest,
        denials=left(rest.denials),
        permits=left(rest.permits),
        advises=left(rest.advises),
        redactions=left(rest.redactions),
        counted=simplify(rest.counted, known),
    )


def _left(rules: Iterable[Rule], known: Knowledge) -> tuple[Conditional, ...]:
    return tuple(Conditional(rule, left) for rule in rules if (left := simplify(rule.condition, known)) != FALSE)


def remaining(rest: Residual) -> Expr:
    """The whole of a residual as one condition: nothing denies, and something allows."""
    if _never(rest):
        return Failure("denied")
    permits = tuple(permit.residual for permit in rest.permits if not isinstance(permit.residual, Failure))
    allows = TRUE if TRUE in permits else disjunction(permits)
    denies = tuple(negated(denial.residual) for denial in rest.denials)
    return conjunction((*denies, allows)) if denies and allows != TRUE else conjunction(denies) if denies else allows


def _never(rest: Residual) -> bool:
    denied = any(not is_open(denial.residual) for denial in rest.denials)
    return denied or all(isinstance(permit.residual, Failure) for permit in rest.permits)


def negated(expr: Expr) -> Expr:
    """The opposite of a condition."""
    match expr:
        case Literal(value=bool() as value):
            return FALSE if value else TRUE
        case Call(function=ex.NOT, args=(inner,)):
            return inner
    return Call(ex.NOT, (expr,))


def is_open(expr: Expr) -> bool:
    """Whether a residual still depends on the request."""
    return expr != TRUE and not isinstance(expr, Failure)


def is_never(condition: Expr) -> bool:
    """Whether what remains is never true. Of what may turn out to be no boolean that is not known before."""
    return condition != TRUE and (not is_open(condition) or isinstance(condition, Literal))
