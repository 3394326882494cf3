"""Cells: for one class of principals and one action, a ready Decision or a small generated function."""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.evaluate import outcome
from scopeguard.compiling.names import Environment, Standing
from scopeguard.compiling.program import Act, Program, Rule
from scopeguard.compiling.simplify import About, Knowledge, simplify
from scopeguard.model.catalog import PERMISSION_STAGE
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

Cell: TypeAlias = Decision | Callable[[Principal, Resource | None, Context], Decision]

_QUANTITY: Final = Ident(QUANTITY, absolute=True)
_ENVIRONMENT: Final = Ident("context.environment", absolute=True)
_MAX_TABLED_ALLOWS: Final = 4
"""Conditional allows whose every combination gets a decision made in advance."""


@dataclass(frozen=True, slots=True)
class Denial:
    """A deny rule with what is left of its condition."""

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


@dataclass(frozen=True, slots=True)
class Residual:
    """What is left of the rules about one action for one class of principals: the whole meaning of a cell."""

    program: Program
    act: Act
    principal: Principal
    """Any principal of the class: only what the class settles is read from it."""
    standing: Standing
    denials: tuple[Denial, ...]
    permits: tuple[Permit, ...]
    advises: tuple[Denial, ...] = ()
    redactions: tuple[Redaction, ...] = ()

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


def _spoken(rules: Iterable[Denial], env: Environment) -> Iterator[Verdict]:
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
    known = Knowledge(env, held.holds(surface), about, principal=context is not None, context=context is not None)
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
    )


def _left(rules: Iterable[Rule], known: Knowledge) -> tuple[Denial, ...]:
    return tuple(Denial(rule, left) for rule in rules if (left := simplify(rule.condition, known)) != FALSE)


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


def cell(rest: Residual) -> Cell:
    """The fastest exact form of a residual."""
    return _settled(rest) if rest.is_settled else _Builder(rest).build()


def is_open(expr: Expr) -> bool:
    """Whether a residual still depends on the request."""
    return expr != TRUE and not isinstance(expr, Failure)


def is_never(condition: Expr) -> bool:
    """Whether what remains is never true. Of what may turn out to be no boolean that is not known before."""
    return condition != TRUE and (not is_open(condition) or isinstance(condition, Literal))


def _settled(rest: Residual) -> Decision:
    return rest.decide(rest.principal, None, Context())


class _Builder:
    """Writes the function of a residual: denials by stage, then allows; anything involved goes to the evaluator."""

    def __init__(self, rest: Residual) -> None:
        self.rest = rest
        self.emitter = Emitter(
            rest.principal.kind, rest.act.question, rest.program.types, rest.environment, rest.conditions
        )
        self.body: list[ast.stmt] = []

    def build(self) -> Cell:
        rest = self.rest
        stages = rest.program.catalog.stages
        permission = stages.index(PERMISSION_STAGE)
        before = [denial for denial in rest.denials if denial.rule.stage <= permission]
        after = [denial for denial in rest.denials if denial.rule.stage > permission]
        if not self._stages(before, alone=True):
            return self._finish()
        if self._permits(after):
            return self._finish()
        if self._stages(after, alone=False):
            self._bring()
            self._return(self._granted((True,) * len(rest.permits)))
        return self._finish()

    def _stages(self, denials: Sequence[Denial], *, alone: bool) -> bool:
        """Emit denials in order; False where one of them always denies, so that nothing follows."""
        by_stage: dict[int, list[Denial]] = {}
        for denial in denials:
            by_stage.setdefault(denial.rule.stage, []).append(denial)
        for group in by_stage.values():
            told = depends_on_request(self.rest.program, group[0].rule)
            single = len(group) == 1 and (alone or group[0] is denials[-1]) and not told
            for denial in group:
                if is_open(denial.residual):
                    answer = self._denied(denial) if single else None
                    self._branch(denial.residual, answer)
                elif not single:
                    self._ask()
                    return False
                else:
                    self._return(self._denied(denial, failed=isinstance(denial.residual, Failure)))
                    return False
        return True

    def _branch(self, expr: Expr, answer: Decision | None) -> None:
        quick = self.emitter.condition(expr, exact_when=False)
        if answer is None:
            self.body.append(ast.If(quick, [self._asking()], []))
            return
        exact = self.emitter.condition(expr)
        inner = ast.If(exact, [ast.Return(self.emitter.bound(answer))], [self._asking()])
        self.body.append(ast.If(quick, [inner], []))

    def _permits(self, after: Sequence[Denial]) -> bool:
        """Emit what allows; True where the function has answered by then."""
        permits = self.rest.permits
        opens = [permit for permit in permits if is_open(permit.residual)]
        failed = any(isinstance(permit.residual, Failure) for permit in permits)
        if not opens and not failed:
            if permits:
                return False
            self._return(deny(self.rest.program, self.rest.act, self.rest.principal, (), granted=False, errors=()))
            return True
        if failed or after or len(permits) > _MAX_TABLED_ALLOWS:
            self._ask()
            return True
        decisions = tuple(self._granted(tuple(bool(mask >> i & 1) for i in range(len(permits))))
                          for mask in range(1 << len(permits)))  # fmt: skip
        index: ast.expr = ast.Constant(0)
        for position, permit in enumerate(permits):
            bit = ast.Constant(1 << position)
            part = ast.IfExp(self.emitter.condition(permit.residual), bit, ast.Constant(0))
            index = ast.BinOp(index, ast.BitOr(), part)
        table = self.emitter.bound(decisions)
        self._bring()
        self.body.append(ast.Return(ast.Subscript(table, index, ast.Load())))
        return True

    def _bring(self) -> None:
        """Leave to the evaluator what an allow brings along in some requests only."""
        for expr in self.rest.extras:
            if is_open(expr):
                self.body.append(ast.If(self.emitter.condition(expr, exact_when=False), [self._asking()], []))
        if any(
            depends_on_request(self.rest.program, each.rule) for each in self.rest.advises if not is_open(each.residual)
        ):
            self._ask()
        metered = self.rest.act.metered
        if metered is not None:
            environments = ListExpr(tuple(map(Literal, metered.instead)))
            told = disjunction((Call(ex.PRESENT, (_QUANTITY,)), Call(ex.IN, (_ENVIRONMENT, environments))))
            self.body.append(ast.If(self.emitter.condition(told, exact_when=False), [self._asking()], []))

    def _granted(self, chosen: tuple[bool, ...]) -> Decision:
        rest = self.rest
        ids = [permit.id for permit, taken in zip(rest.permits, chosen, strict=True) if taken]
        if ids:
            advises = tuple(
                Verdict(each.rule, each.residual != TRUE) for each in rest.advises if not is_open(each.residual)
            )
            redact = tuple(each.surface for each in rest.redactions if not is_open(each.residual))
            settled = Extras(tuple(verdict for verdict in advises if verdict.advises), redact)
            return allow(rest.program, rest.act, ids, settled)
        return deny(rest.program, rest.act, rest.principal, (), granted=False, errors=())

    def _denied(self, denial: Denial, *, failed: bool = False) -> Decision:
        rest = self.rest
        return deny(rest.program, rest.act, rest.principal, (Verdict(denial.rule, failed),), granted=True, errors=())

    def _return(self, answer: Decision) -> None:
        self.body.append(ast.Return(self.emitter.bound(answer)))

    def _asking(self) -> ast.stmt:
        names = [ast.Name(name, ast.Load()) for name in ("principal", "resource", "context")]
        return ast.Return(ast.Call(self.emitter.bound(self.rest.decide), list(names), []))

    def _ask(self) -> None:
        self.body.append(self._asking())

    def _finish(self) -> Cell:
        # A function that only asks the evaluator is the evaluator.
        if len(self.body) == 1 and isinstance(self.body[0], ast.Return) and isinstance(self.body[0].value, ast.Call):
            return self.rest.decide
        return self.emitter.whole(self.body, otherwise=self._asking())
