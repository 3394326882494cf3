"""Cells: for one class of principals and one action, a ready Decision or a small generated function."""

import ast
from collections.abc import Sequence
from typing import Final, TypeAlias

from scopeguard.compiling.codegen import Emitter
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.model.decision import Decision
from scopeguard.model.request import Context
from scopeguard.runtime.answer import Extras, allow, deny
from scopeguard.runtime.residuals import Conditional, Decide, Residual, is_open, negated
from scopeguard.runtime.wording import Verdict, depends_on_request
from scopeguard.semantics.readable import QUANTITY
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import TRUE, Call, Expr, Failure, Ident, ListExpr, Literal, disjunction

Cell: TypeAlias = Decision | Decide

_QUANTITY: Final = Ident(QUANTITY, absolute=True)
_ENVIRONMENT: Final = Ident("context.environment", absolute=True)
_MAX_TABLED_ALLOWS: Final = 4
"""Conditional allows whose every combination gets a decision made in advance."""


def cell(rest: Residual) -> Cell:
    """The fastest exact form of a residual."""
    return _settled(rest) if rest.is_settled else _Builder(rest).build()


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
            every = (True,) * len(rest.permits)
            self._count(self._calling(rest.allowing(self._ids(every), self._settled_extras())))
            self._return(self._granted(every))
        return self._finish()

    def _stages(self, denials: Sequence[Conditional], *, alone: bool) -> bool:
        """Emit denials in order; False where one of them always denies, so that nothing follows."""
        by_stage: dict[int, list[Conditional]] = {}
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

    def _permits(self, after: Sequence[Conditional]) -> bool:
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
        self._count(self._asking())
        self.body.append(ast.Return(ast.Subscript(table, index, ast.Load())))
        return True

    def _bring(self) -> None:
        """Leave to the evaluator what an allow brings along in some requests only."""
        for expr in dict.fromkeys(self.rest.extras):
            if is_open(expr) and not self._is_ruled_out(expr):
                self._if(expr, self._asking())
        settled = (each.rule for each in self.rest.advises if not is_open(each.residual))
        if any(depends_on_request(self.rest.program, rule) for rule in settled):
            self._ask()

    def _is_ruled_out(self, expr: Expr) -> bool:
        """Whether *expr* is false wherever nothing denies: what is embedded often depends on just that."""
        false = {denial.residual for denial in self.rest.denials}
        match expr:
            case Call(function=ex.NOT, args=(Call(function=ex.AND, args=parts),)):
                return all(negated(part) in false for part in parts)
        return expr in false

    def _count(self, counting: ast.stmt) -> None:
        """Where the host says how much, or where, an allowed operation counts, *counting* answers instead."""
        metered = self.rest.act.metered
        if metered is not None:
            environments = ListExpr(tuple(map(Literal, metered.instead)))
            self._if(disjunction((Call(ex.PRESENT, (_QUANTITY,)), Call(ex.IN, (_ENVIRONMENT, environments)))), counting)

    def _if(self, expr: Expr, then: ast.stmt) -> None:
        self.body.append(ast.If(self.emitter.condition(expr, exact_when=False), [then], []))

    def _granted(self, chosen: tuple[bool, ...]) -> Decision:
        rest = self.rest
        ids = self._ids(chosen)
        if ids:
            return allow(rest.program, rest.act, ids, self._settled_extras())
        return deny(rest.program, rest.act, rest.principal, (), granted=False, errors=())

    def _ids(self, chosen: tuple[bool, ...]) -> list[str]:
        return [permit.id for permit, taken in zip(self.rest.permits, chosen, strict=True) if taken]

    def _settled_extras(self) -> Extras:
        rest = self.rest
        spoken = [Verdict(each.rule, each.residual != TRUE) for each in rest.advises if not is_open(each.residual)]
        redact = tuple(each.surface for each in rest.redactions if not is_open(each.residual))
        return Extras([verdict for verdict in spoken if verdict.advises], redact)

    def _denied(self, denial: Conditional, *, failed: bool = False) -> Decision:
        rest = self.rest
        return deny(rest.program, rest.act, rest.principal, (Verdict(denial.rule, failed),), granted=True, errors=())

    def _return(self, answer: Decision) -> None:
        self.body.append(ast.Return(self.emitter.bound(answer)))

    def _asking(self) -> ast.stmt:
        return self._calling(self.rest.decide)

    def _calling(self, answer: Decide) -> ast.stmt:
        names = [ast.Name(name, ast.Load()) for name in ("principal", "resource", "context")]
        return ast.Return(ast.Call(self.emitter.bound(answer), list(names), []))

    def _ask(self) -> None:
        self.body.append(self._asking())

    def _finish(self) -> Cell:
        # A function that only asks the evaluator is the evaluator.
        if len(self.body) == 1 and isinstance(self.body[0], ast.Return) and isinstance(self.body[0].value, ast.Call):
            return self.rest.decide
        return self.emitter.whole(self.body, otherwise=self._asking())
