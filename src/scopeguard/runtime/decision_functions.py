"""Cells: for one class of principals and one action, a ready Decision or a small generated function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import product
from types import FunctionType, MethodType
from typing import Any, Final, TypeAlias

from scopeguard.compiling.codegen import ARGUMENTS
from scopeguard.compiling.direct_tests import Granted, granted
from scopeguard.compiling.grants import questions_in
from scopeguard.compiling.three_valued import guarded
from scopeguard.compiling.truth import negated
from scopeguard.limits import CALLS_BEFORE_CODE
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.decision_memo import DecisionMemo
from scopeguard.runtime.decisions import AllowExtras, allow, deny
from scopeguard.runtime.messages import RuleOutcome, depends_on_request
from scopeguard.runtime.residuals import Decide, Residual, ResidualRule, emitter, is_open
from scopeguard.runtime.templates import Answer, DecisionTemplate, filled
from scopeguard.semantics.bailout import GENERATED
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.semantics.codegen.ast_nodes import handlers, load, store
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Failure

Cell: TypeAlias = Answer | Decide

_CALLS_BEFORE_ANOTHER: Final = 10_000
_NO_CONTEXT: Final = Context()
_KEY: Final = "key"
"""What generated code calls what an answer depends on."""
_MAX_TABLED_ALLOWS: Final = 4
"""Conditional allows whose every combination gets a decision made in advance."""


def cell(rest: Residual, *, calls: int = CALLS_BEFORE_CODE) -> Cell:
    """A ready decision, or what answers: by the evaluator for the first *calls*, then by generated code."""
    if rest.is_settled:
        return _settled(rest)
    return narrowed(rest) or (TieredDecision(rest, calls) if calls else _Builder(rest).build())


def narrowed(rest: Residual) -> NarrowedDecision | None:
    """What answers where nothing is open but which narrowed scopes reach the resource; None where anything else is."""
    others = (*(denial.residual for denial in rest.denials), *rest.extras, rest.counted)
    if not rest.is_plain or any(is_open(each) and each != FALSE for each in others):
        return None
    permits = tuple(test for permit in rest.permits if (test := granted(permit.residual)) is not None)
    return NarrowedDecision(rest, permits) if len(permits) == len(rest.permits) else None


class NarrowedDecision:
    """The exact answers of a residual of which only is open which narrowed scopes and roles reach the resource.

    It needs neither the evaluator nor code of its own: most of what is asked once is of this kind.
    """

    __slots__ = ("__weakref__", "_answers", "_permits", "_rest", "attribute")

    def __init__(self, rest: Residual, permits: tuple[Granted, ...]) -> None:
        self._rest = rest
        self._permits = tuple((1 << position, test) for position, test in enumerate(permits))
        self._answers: dict[int, Answer] = {}
        """By which of the permits hold, as bits."""
        asked = {each.attribute for each in questions_in(permit.residual for permit in rest.permits)}.union(
            rest.parents
        )
        self.attribute = asked.pop() if len(asked) == 1 else None
        """All of the resource that the answers about one principal depend on, where that is one attribute."""

    def __call__(self, principal: Principal, resource: Resource | None, _: Context) -> Decision:
        """The decision about one request."""
        return self.fill(principal, resource)

    def fill(self, principal: Principal, resource: Resource | None) -> Decision:
        """The decision for one principal and one resource, in whatever context."""
        granting = 0
        for bit, test in self._permits:
            if test(principal, resource):
                granting |= bit
        answer = self._answers.get(granting)
        if answer is None:
            answer = self._answers[granting] = self._rest.decide(principal, resource, _NO_CONTEXT)
        return answer if answer.__class__ is Decision else answer.fill(principal, resource)  # type: ignore[union-attr]  # a template


class TieredDecision:
    """The exact answers of a residual. Writing code takes long: it is done for what is asked again and again."""

    __slots__ = ("__weakref__", "_left", "_rest", "ready")

    def __init__(self, rest: Residual, calls: int) -> None:
        self._rest = rest
        self._left = calls
        self.ready: Callable[[Cell], None] = _nobody
        """Called with the code once it is there."""

    def __call__(self, principal: Principal, resource: Resource | None, context: Context) -> Decision:
        """The decision about one request."""
        self._left -= 1
        if self._left:
            return filled(self._rest.decide(principal, resource, context), principal, resource)
        # One thread writes it while the others go on as before; should it not come to an end, another one will.
        self._left = _CALLS_BEFORE_ANOTHER
        made = _Builder(self._rest).build()
        self.ready(made)
        return answered(made, principal, resource, context)


def answered(cell: Cell, principal: Principal, resource: Resource | None, context: Context) -> Decision:
    """The decision about one request."""
    if isinstance(cell, Decision):
        return cell
    if isinstance(cell, DecisionTemplate):
        return cell.fill(principal, resource)
    return filled(cell(principal, resource, context), principal, resource)


def for_holders(decide: Decide, principal: Principal) -> Decide:
    """*decide* for all who hold the same for every resource as *principal*: with that filled in beforehand."""
    if not isinstance(decide, FunctionType) or decide.__code__.co_filename != GENERATED:
        return decide
    constants = decide.__globals__
    memos = {value.__self__ for value in constants.values() if isinstance(value, MethodType)}
    own = {memo: memo.for_holders() for memo in memos if isinstance(memo, DecisionMemo)}

    def of_holders(value: Any) -> Any:
        if isinstance(value, DecisionTemplate) and value.is_named:
            return value.fill(principal, None)
        if isinstance(value, tuple):
            return tuple(map(of_holders, value))
        if isinstance(value, MethodType) and value.__self__ in own:
            return getattr(own[value.__self__], value.__name__)
        return next((mine.told for memo, mine in own.items() if value is memo.told), value)

    # Code of its own, for what Python learns of one set of constants slows it down with others.
    code = decide.__code__.replace()
    return FunctionType(code, {name: of_holders(value) for name, value in constants.items()})


def _nobody(made: Cell) -> None:
    pass


def _settled(rest: Residual) -> Answer:
    return rest.decide(rest.principal, None, _NO_CONTEXT)


class _Builder:
    """Writes the function of a residual: denials by stage, then allows; anything involved goes to the evaluator."""

    def __init__(self, rest: Residual) -> None:
        self.rest = rest
        self.telling = DecisionMemo(rest)
        self.emitter = emitter(rest, self.telling.conditions)
        # Where the record of a gate is missing nothing is allowed, and that is decided by other code.
        gates = (denial.rule.gate for denial in rest.denials)
        records = [f"{FACTS}.{gate.record}" for gate in gates if gate is not None]
        self.emitter.sure = frozenset([*records, "context.now"])
        self.body: list[ast.stmt] = []
        self.special: list[Expr] = []
        """Conditions that no answer made in advance goes with."""
        self.templates: dict[str, DecisionTemplate] = {}
        """What is filled in, by the name that the code knows its filling by."""

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

    def _stages(self, denials: Sequence[ResidualRule], *, alone: bool) -> bool:
        """Emit denials in order; False where one of them always denies, so that nothing follows."""
        by_stage: dict[int, list[ResidualRule]] = {}
        for denial in denials:
            by_stage.setdefault(denial.rule.stage, []).append(denial)
        for group in by_stage.values():
            told = depends_on_request(self.rest.program, group[0].rule)
            single = len(group) == 1 and (alone or group[0] is denials[-1]) and not told
            for denial in group:
                if not single:
                    self.special.append(denial.residual)
                elif is_open(denial.residual):
                    self._branch(denial)
                else:
                    self._return(self._denied(denial, failed=isinstance(denial.residual, Failure)))
                if not is_open(denial.residual):
                    self._settle()
                    return False
        return True

    def _branch(self, denial: ResidualRule) -> None:
        self._settle()
        exact = self.emitter.condition(denial.residual)
        inner = ast.If(exact, [self._returned(self._denied(denial))], [self._telling()])
        self.body.append(ast.If(self.emitter.condition(denial.residual, exact_when=False), [inner], []))

    def _settle(self) -> None:
        """Where any special condition so far is true, the answer is given in the words of the request."""
        special, self.special = tuple(dict.fromkeys(self.special)), []
        if any(not is_open(expr) for expr in special):
            self._ask()
        elif special:
            tests: dict[Expr, None] = {}
            rest: dict[Expr, None] = {}
            for expr in special:
                guards, last = guarded(expr)
                tests.update(dict.fromkeys(guards))
                rest[last] = None
            for test in tests:
                self._pick(Call(ex.NOT, (test,)))
            for each in rest:
                self._pick(each)

    def _pick(self, when: Expr) -> None:
        key = ast.Assign([store(_KEY)], self.telling.tree(self.emitter))
        told = self._filled(ast.Subscript(self.emitter.bound(self.telling.told), load(_KEY), ast.Load()))
        pick = ast.Return(ast.Call(self.emitter.bound(self.telling.pick), [load(_KEY), *self._arguments()], []))
        picking = ast.Try([told], handlers("Absent", "KeyError", [pick]), [], [])
        self.body.append(ast.If(self.emitter.condition(when, exact_when=False), [key, picking], []))

    def _permits(self, after: Sequence[ResidualRule]) -> bool:
        """Emit what allows; True where the function has answered by then."""
        permits = self.rest.permits
        opens = [permit for permit in permits if is_open(permit.residual)]
        failed = any(isinstance(permit.residual, Failure) for permit in permits)
        if not opens and not failed:
            if permits:
                return False
            self._return(self._granted(()))
            return True
        if failed or after or len(permits) > _MAX_TABLED_ALLOWS:
            self._ask()
            return True
        # By the bits of an index, of which the first permit is the lowest.
        decisions = tuple(self._granted(chosen[::-1]) for chosen in product((False, True), repeat=len(permits)))
        index: ast.expr = ast.Constant(0)
        for position, permit in enumerate(permits):
            bit = ast.Constant(1 << position)
            part = ast.IfExp(self.emitter.condition(permit.residual), bit, ast.Constant(0))
            index = ast.BinOp(index, ast.BitOr(), part)
        table = self.emitter.bound(decisions)
        self._bring()
        self._settle()
        self.body.append(self._filled(ast.Subscript(table, index, ast.Load())))
        return True

    def _bring(self) -> None:
        """What an allow brings along in some requests only, and what or how much it counts in some."""
        self.special += (each for each in self.rest.extras if is_open(each) and not self._is_ruled_out(each))
        if self.rest.counted != FALSE:
            self.special.append(self.rest.counted)
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

    def _granted(self, chosen: tuple[bool, ...]) -> Answer:
        rest = self.rest
        ids = self._ids(chosen)
        if ids:
            return allow(rest.program, rest.act, ids, self._settled_extras(), granting=rest.granting)
        return deny(rest.program, rest.act, rest.principal, (), granted=False, errors=(), parents=rest.parents)

    def _ids(self, chosen: tuple[bool, ...]) -> list[str]:
        return [permit.id for permit, taken in zip(self.rest.permits, chosen, strict=False) if taken]

    def _settled_extras(self) -> AllowExtras:
        rest = self.rest
        spoken = [RuleOutcome(each.rule, each.residual != TRUE) for each in rest.advises if not is_open(each.residual)]
        redact = tuple(each.surface for each in rest.redactions if not is_open(each.residual))
        return AllowExtras([verdict for verdict in spoken if verdict.advises], redact)

    def _denied(self, denial: ResidualRule, *, failed: bool = False) -> Answer:
        rest = self.rest
        return deny(
            rest.program, rest.act, rest.principal, (RuleOutcome(denial.rule, failed),), granted=True, errors=()
        )

    def _return(self, answer: Answer) -> None:
        self._settle()
        self.body.append(self._returned(answer))

    def _returned(self, answer: Answer) -> ast.stmt:
        # Names of what is held for every resource are filled in by who asks, once for all who hold the same.
        if isinstance(answer, Decision) or answer.is_named:
            return ast.Return(self.emitter.bound(answer))
        fill = self.emitter.bound(answer.fill)
        if isinstance(fill, ast.Name):
            self.templates[fill.id] = answer
        return ast.Return(ast.Call(fill, self._arguments()[:2], []))

    def _filled(self, answer: ast.expr) -> ast.stmt:
        """Return an answer that is looked up, filled in where the resource is a part of it."""
        if not self.rest.has_templates:
            return ast.Return(answer)
        return ast.Return(ast.Call(self.emitter.bound(filled), [answer, *self._arguments()[:2]], []))

    def _telling(self) -> ast.stmt:
        """Return what is answered in this request."""
        return ast.Return(ast.Call(self.emitter.bound(self.telling.tell), self._arguments(), []))

    def _arguments(self) -> list[ast.expr]:
        return [ast.Name(name, ast.Load()) for name in ARGUMENTS]

    def _ask(self) -> None:
        self.body.append(self._telling())

    def _finish(self) -> Cell:
        # A function that only returns a decision is that decision, and one that only asks is what it asks.
        match self.body:
            case [ast.Return(value=ast.Name(id=name))]:
                found: Cell = self.emitter.constants[name]
                return found
            # What an allow is filled in with differs from one resource to the next: it is never all of an answer.
            case [ast.Return(value=ast.Call(func=ast.Name(id=name)))] if (
                name in self.templates and not self.templates[name].decision.allowed
            ):
                return self.templates[name]
            case [ast.Return(value=ast.Call(func=ast.Name(id=name)))]:
                if self.emitter.constants[name] == self.telling.tell:
                    return self.telling.tell
        return self.emitter.whole(self.body, otherwise=self._telling())
