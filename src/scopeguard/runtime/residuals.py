"""Residuals: what is left of the rules about one action for all principals in whom they observe the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.environment import ABSENT, Environment, RoleAuthority, given
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.grants import parents_in
from scopeguard.compiling.partial_evaluation import (
    WORKSPACE_OF_RESOURCE,
    KnownContext,
    KnownInputs,
    WorkspaceRelation,
    simplify,
)
from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.compiling.truth import negated
from scopeguard.errors import EvaluationError
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.model.decision import Decision
from scopeguard.model.principal import SCOPED, Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.decisions import AllowExtras, allow, deny
from scopeguard.runtime.effective_grants import ObservedGrants
from scopeguard.runtime.messages import RuleOutcome, depends_on_request
from scopeguard.runtime.templates import Answer, is_held, is_open_rule
from scopeguard.semantics.built_in_variables import FACTS, QUANTITY, root_of
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
    walk,
)

_OF_REQUEST: Final = frozenset({"resource", "context", FACTS})
_KEYS: Final = frozenset({str, bool, int, type(ABSENT)})
_COUNTED_BY: Final = tuple(Ident(name, absolute=True) for name in (QUANTITY, "context.environment"))

Decide: TypeAlias = Callable[[Principal, Resource | None, Context], Decision]


class ResidualRule(Struct, frozen=True, gc=False):
    """A rule that denies or advises, with what is left of its condition."""

    rule: Rule
    residual: Expr


class ResidualGrant(Struct, frozen=True, gc=False):
    """Something that allows (a rule, a scope, a role) with what is left of its condition."""

    id: str
    residual: Expr
    is_rule: bool


class Redaction(Struct, frozen=True, gc=False):
    """A surface whose records an action may bring along, with what is left of the condition that they must not."""

    surface: str
    residual: Expr


class Residual(Struct, frozen=True):
    """What is left of the rules about one action: the whole meaning of a kept answer."""

    program: Program
    act: ActionRules
    principal: Principal
    """What is observed of the principal, and nothing else."""
    standing: RoleAuthority
    denials: tuple[ResidualRule, ...]
    permits: tuple[ResidualGrant, ...]
    advises: tuple[ResidualRule, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    counted: Expr = FALSE
    """The condition that what it counts on, or how much, is not what it is for most requests."""
    held: ObservedGrants = ObservedGrants(None, {})
    """What such principals hold."""
    granting: frozenset[str] = frozenset()
    """The scopes, or roles, that grant the permission: which of them somebody holds for every resource is not known."""
    parents: tuple[str, ...] = ()
    """The attributes of the resource by which they may hold the permission: what it lies below."""
    is_closed: bool = False
    """Whether every request is decided by the same rules."""
    is_plain: bool = False
    """Whether what decides is all that a decision tells of the request."""
    settled_by: tuple[str, ...] | None = None
    """The names of the context that settle more of what decides; none where all is up to the resource.

    None where the principal settles more, too.
    """

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
    def has_templates(self) -> bool:
        """Whether an answer may differ for those who hold the same for every resource."""
        if self.parents or any(is_open_rule(each.id) for each in self.permits):
            return True
        return self.principal.kind in SCOPED and all(each.residual != TRUE for each in self.permits)

    @property
    def is_named(self) -> bool:
        """Whether an allow names what somebody holds for every resource."""
        return any(is_held(each.id) for each in self.permits)

    @property
    def is_settled(self) -> bool:
        """Whether every request gets the same decision."""
        return (self.is_plain and self.is_closed) or bars_everybody(self.program, self.denials)

    def environment(self, principal: Principal, resource: Resource | None, context: Context) -> Environment:
        """What conditions read in one request."""
        question = self.act.question
        holds = self.held.holds(question.surface)
        return Environment(principal, resource, context, question, self.standing, self.program.types, holds)

    def settling(self, principal: Principal, context: Context) -> tuple[object, ...] | None:
        """The values of *context* that settle more of what decides: where they are equal, the same is left.

        None where the principal settles more, or where a value is neither a text nor a truth nor a whole number.
        """
        if not self.settled_by:
            return self.settled_by
        env = Environment(principal, None, context, self.act.question, self.standing, self.program.types)
        try:
            values = [given(name, env) for name in self.settled_by]
        except EvaluationError:
            return None
        # What is equal is not always the same: a truth is equal to a number.
        kinds = tuple(map(type, values))
        return (*kinds, *values) if _KEYS.issuperset(kinds) else None

    def telling(self, principal: Principal, context: Context) -> tuple[object, ...] | None:
        """As :meth:`settling`; None where a decision says more of the request than that."""
        return self.settling(principal, context) if self.is_plain else None

    def decide(self, principal: Principal, resource: Resource | None, context: Context) -> Answer:
        """The exact answer, by the evaluator, but for what is filled in for each principal."""
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
            return allow(self.program, self.act, granted, self.brought(env), env, self.granting)
        return deny(
            self.program,
            self.act,
            self.principal,
            verdicts,
            granted=bool(granted),
            errors=errors,
            parents=self.parents,
            env=env,
        )

    def brought(self, env: Environment) -> AllowExtras:
        """What an allow brings along: advice that can be given, and each redaction that is not ruled out."""
        advises = (verdict for verdict in _spoken(self.advises, env) if verdict.advises)
        redact = (each.surface for each in self.redactions if outcome(each.residual, env) is not False)
        return AllowExtras(tuple(advises), tuple(redact))


def _spoken(rules: Iterable[ResidualRule], env: Environment) -> Iterator[RuleOutcome]:
    for each in rules:
        found = outcome(each.residual, env)
        if found is not False:
            yield RuleOutcome(each.rule, found is None)


def residual(
    program: Program,
    act: ActionRules,
    embedded: Mapping[str, ActionRules],
    principal: Principal,
    held: ObservedGrants,
    standing: RoleAuthority,
    *,
    about: WorkspaceRelation,
    context: Context | None,
    granting: frozenset[str] = frozenset(),
) -> Residual:
    """Partially evaluate the rules about *act* by what is observed of a principal and by the class of *context*.

    Without one nothing is known of it.

    *principal* has what is observed and nothing else. *embedded* are the actions to read what the answer may bring
    along; one that is not there nobody may do.
    """
    surface = act.question.surface
    env = Environment(principal, None, context or Context(), act.question, standing, program.types)
    told = KnownContext.NOTHING if context is None else KnownContext.CLASS
    holds = held.holds(surface)

    def remaining_hold(permission: str) -> Expr:
        # What a narrowed grant asks of the resource folds like everything else: of no resource, nothing is left.
        return simplify(holds(permission), known)

    known = KnownInputs(env, remaining_hold, about, context=told)
    rules = act.allows if principal.kind in program.catalog.surfaces[surface].holdable_by else ()
    sources = list(held.allows(act.question.permission))
    permits = [ResidualGrant(source, simplify(when, known), False) for source, when in sources]
    permits += [ResidualGrant(rule.id, simplify(rule.condition, known), True) for rule in rules]

    def redaction(permission: str) -> Redaction:
        name = permission.partition(":")[0]
        found = embedded.get(permission)
        if found is None:
            return Redaction(name, TRUE)
        # Nothing is known of the records but that they are of the principal's own workspace.
        rest = residual(
            program,
            replace(found, embeds=()),
            {},
            principal,
            held,
            standing,
            about=WorkspaceRelation.NONE,
            context=context,
        )
        readable = remaining(rest)
        return Redaction(name, TRUE if isinstance(readable, Failure) else negated(readable))

    rest = Residual(
        program,
        act,
        principal,
        standing,
        _left(((rule, rule.condition) for rule in act.denies), known),
        _that_may_hold(permits),
        _left(((rule, rule.condition) for rule in act.advises), known),
        _that_may_hold(map(redaction, act.embeds)),
        simplify(_counted(act), known),
        held,
        granting,
        parents_in(when for _, when in sources),
    )
    return _judged(rest)


def bars_everybody(program: Program, denials: Sequence[ResidualRule]) -> bool:
    """Whether the first stage with anything to say denies every request, before it matters what is granted."""
    stage = denials[0].rule.stage if denials else None
    if stage is None or stage > program.catalog.stages.index(PERMISSION_STAGE):
        return False
    first = [each for each in denials if each.rule.stage == stage]
    told = any(depends_on_request(program, each.rule) for each in first)
    return not told and not any(is_open(each.residual) for each in first)


def _judged(rest: Residual) -> Residual:
    if is_denied(rest):
        # What an allow brings along is nothing to a denial.
        rest = replace(rest, advises=(), redactions=(), counted=FALSE)
    told = any(depends_on_request(rest.program, each.rule) for each in (*rest.denials, *rest.advises))
    deciding = (*(each.residual for each in rest.denials), *(each.residual for each in rest.permits))
    return replace(
        rest,
        is_closed=not any(map(is_open, rest.conditions)),
        is_plain=not told and rest.counted == FALSE,
        settled_by=_settled_by(deciding),
    )


def specialised(
    rest: Residual, principal: Principal, context: Context, about: WorkspaceRelation, resource: Resource | None = None
) -> Residual:
    """A residual with what decides for one principal in one context. Of *resource* only the workspace is known."""
    if rest.settled_by == ():
        return rest
    question = rest.act.question
    env = Environment(principal, resource, context, question, rest.standing, rest.program.types)
    known = KnownInputs(env, rest.held.holds(question.surface), about, principal=True, context=KnownContext.WHOLE)
    return replace(
        rest,
        denials=_left(((each.rule, each.residual) for each in rest.denials), known),
        permits=_that_may_hold(replace(each, residual=simplify(each.residual, known)) for each in rest.permits),
    )


def _settled_by(conditions: Iterable[Expr]) -> tuple[str, ...] | None:
    names: set[str] = set()
    for node in chain.from_iterable(map(walk, conditions)):
        match node:
            case Call(function=ex.HOLDS | ex.GRANTED):
                return None
            # A page may be about a workspace that it names, which settles more.
            case Ident(name=name, absolute=True) if name != WORKSPACE_OF_RESOURCE and root_of(name) in _OF_REQUEST:
                names.add(name)
            case Ident(absolute=True):
                return None
    return tuple(sorted(name for name in names if root_of(name) != "resource"))


def _counted(act: ActionRules) -> Expr:
    if act.metered is None:
        return FALSE
    quantity, environment = _COUNTED_BY
    environments = ListExpr(tuple(map(Literal, act.metered.instead)))
    return disjunction((Call(ex.PRESENT, (quantity,)), Call(ex.IN, (environment, environments))))


def emitter(rest: Residual, more: Iterable[Expr] = ()) -> Emitter:
    """What writes the code of a residual's conditions, and of *more*."""
    conditions = (*rest.conditions, *more)
    return Emitter(rest.principal.kind, rest.act.question, rest.program.types, rest.environment, conditions)


def _left(rules: Iterable[tuple[Rule, Expr]], known: KnownInputs) -> tuple[ResidualRule, ...]:
    return tuple(ResidualRule(rule, left) for rule, when in rules if (left := simplify(when, known)) != FALSE)


_Conditioned = TypeVar("_Conditioned", ResidualGrant, Redaction)


def _that_may_hold(found: Iterable[_Conditioned]) -> tuple[_Conditioned, ...]:
    return tuple(each for each in found if each.residual != FALSE)


def remaining(rest: Residual) -> Expr:
    """The whole of a residual as one condition: nothing denies, and something allows."""
    if is_denied(rest):
        return Failure("denied")
    permits = dict.fromkeys(each.residual for each in rest.permits if not isinstance(each.residual, Failure))
    allows = TRUE if TRUE in permits else disjunction(tuple(permits))
    denies = tuple(negated(denial.residual) for denial in rest.denials)
    return conjunction(denies if allows == TRUE else (*denies, allows))


def is_denied(rest: Residual) -> bool:
    """Whether every request is denied, whatever is open."""
    denied = any(not is_open(denial.residual) for denial in rest.denials)
    return denied or all(isinstance(permit.residual, Failure) for permit in rest.permits)


def is_open(expr: Expr) -> bool:
    """Whether a residual still depends on the request."""
    return expr != TRUE and not isinstance(expr, Failure)


def is_never(condition: Expr) -> bool:
    """Whether what remains is never true. Of what may turn out to be no boolean that is not known before."""
    return condition != TRUE and (not is_open(condition) or isinstance(condition, Literal))
