"""Cells: for one class of principals and one action, a ready Decision or a small generated function."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from scopeguard.runtime.answer import Verdict, allow, deny
from scopeguard.runtime.holding import Holding
from scopeguard.syntax.expression import FALSE, TRUE, Expr, Failure

Cell: TypeAlias = Decision | Callable[[Principal, Resource | None, Context], Decision]

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
class Residual:
    """What is left of the rules about one action for one class of principals: the whole meaning of a cell."""

    program: Program
    act: Act
    principal: Principal
    """Any principal of the class: only what the class settles is read from it."""
    standing: Standing
    denials: tuple[Denial, ...]
    permits: tuple[Permit, ...]

    def environment(self, principal: Principal, resource: Resource | None, context: Context) -> Environment:
        """What conditions read in one request."""
        return Environment(principal, resource, context, self.act.question, self.standing, self.program.types)

    def decide(self, principal: Principal, resource: Resource | None, context: Context) -> Decision:
        """The exact answer, by the evaluator."""
        env = self.environment(principal, resource, context)
        verdicts = [Verdict(denial.rule, found is None) for denial in self.denials
                    if (found := outcome(denial.residual, env)) is not False]  # fmt: skip
        granted, errors = [], []
        for permit in self.permits:
            found = outcome(permit.residual, env)
            if found:
                granted.append(permit.id)
            elif found is None and permit.is_rule:
                errors.append(permit.id)
        if granted and not verdicts:
            return allow(self.program, self.act, granted)
        return deny(self.program, self.act, principal, verdicts, granted=bool(granted), errors=errors)


def residual(
    program: Program,
    act: Act,
    principal: Principal,
    held: Holding,
    standing: Standing,
    *,
    about: About,
    context: Context | None = None,
) -> Residual:
    """Partially evaluate the rules about *act* by the principal's class; with a *context*, by all of both."""
    surface = act.question.surface
    env = Environment(principal, None, context or Context(), act.question, standing, program.types)
    known = Knowledge(env, held.holds(surface), about, principal=context is not None, context=context is not None)
    denials = tuple(Denial(rule, left) for rule in act.denies if (left := simplify(rule.condition, known)) != FALSE)
    rules = act.allows if principal.kind in program.catalog.surfaces[surface].holdable_by else ()
    permits = [Permit(source, simplify(when, known), False) for source, when in held.allows(act.question.permission)]
    permits += [Permit(rule.id, simplify(rule.condition, known), True) for rule in rules]
    kept = tuple(permit for permit in permits if permit.residual != FALSE)
    return Residual(program, act, principal, standing, denials, kept)


def cell(rest: Residual) -> Cell:
    """The fastest exact form of a residual."""
    residuals = [*(denial.residual for denial in rest.denials), *(permit.residual for permit in rest.permits)]
    if not any(map(is_open, residuals)):
        return _settled(rest)
    return _Builder(rest).build()


def is_open(expr: Expr) -> bool:
    """Whether a residual still depends on the request."""
    return expr != TRUE and not isinstance(expr, Failure)


def _settled(rest: Residual) -> Decision:
    return rest.decide(rest.principal, None, Context())


class _Builder:
    """Writes the function of a residual: denials by stage, then allows; anything involved goes to the evaluator."""

    def __init__(self, rest: Residual) -> None:
        self.rest = rest
        residuals = [*(denial.residual for denial in rest.denials), *(permit.residual for permit in rest.permits)]
        self.emitter = Emitter(rest.principal.kind, rest.act.question, rest.program.types, rest.environment, residuals)
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
        self._stages(after, alone=False)
        self._return(self._granted((True,) * len(rest.permits)))
        return self._finish()

    def _stages(self, denials: Sequence[Denial], *, alone: bool) -> bool:
        """Emit denials in order; False where one of them always denies, so that nothing follows."""
        by_stage: dict[int, list[Denial]] = {}
        for denial in denials:
            by_stage.setdefault(denial.rule.stage, []).append(denial)
        for group in by_stage.values():
            single = len(group) == 1 and (alone or group[0] is denials[-1])
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
        self.body.append(ast.Return(ast.Subscript(table, index, ast.Load())))
        return True

    def _granted(self, chosen: tuple[bool, ...]) -> Decision:
        rest = self.rest
        ids = [permit.id for permit, taken in zip(rest.permits, chosen, strict=True) if taken]
        if ids:
            return allow(rest.program, rest.act, ids)
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
