"""Residuals: what is left of the rules about one action for one class of principals."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.evaluate import outcome
from scopeguard.compiling.names import Environment, RoleAuthority, Standing
from scopeguard.compiling.program import Act, Program, Rule
from scopeguard.compiling.simplify import About, Knowledge, Told, simplify
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.answer import Extras, allow, deny
from scopeguard.runtime.holding import Holding
from scopeguard.runtime.wording import Verdict, depends_on_request
from scopeguard.semantics.built_in_variables import QUANTITY
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


class Conditional(Struct, frozen=True, gc=False):
    """A rule that denies or advises, with what is left of its condition."""

    rule: Rule
    residual: Expr


class Permit(Struct, frozen=True, gc=False):
    """Something that allows (a rule, a scope, a role) with what is left of its condition."""

    id: str
    residual: Expr
    is_rule: bool


class Redaction(Struct, frozen=True, gc=False):
    """A surface whose records an action may bring along, with what is left of the condition that they must not."""

    surface: str
    residual: Expr


class Residual(Struct, frozen=True):
    """What is left of the rules about one action for one class of principals: the whole meaning of a cell."""

    program: Program
    act: Act
    principal: Principal
    """Any principal of the class: only what the class settles is read from it."""
    standing: RoleAuthority
    denials: tuple[Conditional, ...]
    permits: tuple[Permit, ...]
    advises: tuple[Conditional, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    counted: Expr = FALSE
    """The condition that what it counts on, or how much, is not what it is for most requests."""
    held: Holding = Holding({})
    """What principals of the class hold."""

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
        question = self.act.question
        holds = self.held.holds(question.surface)
        return Environment(principal, resource, context, question, self.standing, self.program.types, holds)

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
    standing: RoleAuthority,
    *,
    about: About,
    told: Told,
    context: Context | None = None,
    resource: Resource | None = None,
    acts: Callable[[str], Act | None] | None = None,
) -> Residual:
    """Partially evaluate the rules about *act* by the principal's class and what is *told* of the context.

    Where the whole context is told, so is the whole principal. Of *resource* only the workspace is known. *acts* finds
    what an action may bring along.
    """
    surface = act.question.surface
    env = Environment(principal, resource, context or Context(), act.question, standing, program.types)
    holds = held.holds(surface)

    def remaining_hold(permission: str) -> Expr:
        # What a narrowed grant asks of the resource folds like everything else: of no resource, nothing is left.
        return simplify(holds(permission), known)

    known = Knowledge(env, remaining_hold, about, principal=told is Told.WHOLE, context=told)
    rules = act.allows if principal.kind in program.catalog.surfaces[surface].holdable_by else ()
    permits = [Permit(source, simplify(when, known), False) for source, when in held.allows(act.question.permission)]
    permits += [Permit(rule.id, simplify(rule.condition, known), True) for rule in rules]
    find = acts or program.act

    def redaction(permission: str) -> Redaction:
        embedded = find(permission)
        name = permission.partition(":")[0]
        if embedded is None:
            return Redaction(name, TRUE)
        # Nothing is known of the records but that they are of the principal's own workspace.
        rest = residual(
            program, replace(embedded, embeds=()), principal, held, standing,
            about=About.NONE, told=told, context=context,
        )  # fmt: skip
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
        held,
    )


def by_kind(program: Program, act: Act, principal: Principal, about: About, context: Context | None) -> Act:
    """What the kind of *principal*, its attributes and the class of *context* leave of the rules about *act*.

    It is the same for all principals of the kind, whatever they hold.
    """
    env = Environment(principal, None, context or Context(), act.question, Standing(), program.types)
    told = Told.NOTHING if context is None else Told.CLASS
    known = Knowledge(env, lambda permission: Call(ex.HOLDS, (Literal(permission),)), about, context=told, held=False)

    def left(rules: Iterable[Rule]) -> tuple[Rule, ...]:
        found = (replace(rule, condition=simplify(rule.condition, known)) for rule in rules)
        return tuple(rule for rule in found if rule.condition != FALSE)

    return replace(act, denies=left(act.denies), allows=left(act.allows), advises=left(act.advises))


def _counted(act: Act) -> Expr:
    if act.metered is None:
        return FALSE
    environments = ListExpr(tuple(map(Literal, act.metered.instead)))
    return disjunction((Call(ex.PRESENT, (_QUANTITY,)), Call(ex.IN, (_ENVIRONMENT, environments))))


def emitter(rest: Residual, more: Iterable[Expr] = ()) -> Emitter:
    """What writes the code of a residual's conditions, and of *more*."""
    conditions = (*rest.conditions, *more)
    return Emitter(rest.principal.kind, rest.act.question, rest.program.types, rest.environment, conditions)


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
