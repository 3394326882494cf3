"""Lists: the decision about every row of a surface at once, as a condition."""

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, NoReturn, TypeAlias

from msgspec import Struct

from scopeguard.compiling.program import Rule
from scopeguard.conditions import ALWAYS, NEVER, Condition, Origin
from scopeguard.model.access_denied import AccessDenied
from scopeguard.model.access_request import AccessRequest
from scopeguard.model.decision import Decision
from scopeguard.model.input_validation import identifier
from scopeguard.model.principal import WORKSPACE_BOUND, Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.decisions import AllowExtras, allow, deny, unmapped
from scopeguard.runtime.engine import ANY, OWN, Engine, prepared, refuse_others
from scopeguard.runtime.known_values import FilledRequest, KnownPart
from scopeguard.runtime.messages import RuleOutcome
from scopeguard.runtime.residuals import Residual
from scopeguard.runtime.row_conditions import Translator
from scopeguard.runtime.row_parts import Part, all_of, any_of, filled
from scopeguard.runtime.specialisation import Kept
from scopeguard.runtime.templates import Answer, asked_by, is_open_rule
from scopeguard.runtime.templates import filled as filled_answer
from scopeguard.syntax.expression import Expr

State: TypeAlias = Literal["all", "some", "none"]


class Filter(Struct, frozen=True, eq=False):
    """Which rows of a surface a principal may do one thing to: those of *workspace* for which *condition* is true.

    *state* is ``all`` or ``none`` where no row makes a difference. *decision* is the denial where there is none, with
    its code and how to recover; else an allow, which names all that may allow, and all that is to be left out of an
    answer about any row. *workspace* is None for a principal that has none: rows of every workspace are looked at.
    """

    state: State
    decision: Decision
    condition: Condition
    surface: str | None
    workspace: str | None
    asked: AccessRequest
    matching: Callable[[object], Resource]
    engine: Engine

    def __bool__(self) -> bool:
        """Whether any row may pass."""
        return self.state != "none"

    def __repr__(self) -> str:
        return f"Filter({self.state}, {self.asked.action} for {self.asked.principal!r})"

    def __copy__(self) -> "Filter":
        return self

    def __deepcopy__(self, _: object) -> "Filter":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a filter stays in its process, as its guard does; its condition is pickled")

    def matches(self, obj: object) -> bool:
        """Whether a row passes, by a check: *obj* is a Resource or of a registered type. Raises RequestError."""
        resource = self.matching(obj)
        if self.workspace is not None and resource.workspace != self.workspace:
            return False
        return self.engine.check(self.asked.principal, self.asked.action, resource, self.asked.context).allowed

    def authorize(self) -> "Filter":
        """Itself. Raises AccessDenied where no row passes."""
        if self.state == "none":
            raise AccessDenied(self.decision, self.asked)
        return self


class _Denial(NamedTuple):
    rule: Rule
    passes: Part
    """That it is false: only then does it let anything pass."""
    speaks: Part


class _Permit(NamedTuple):
    id: str
    is_rule: bool
    allows: Part
    fails_not: Part
    """That it is false, and so no error."""


class FilterPlan:
    """A kept answer as a condition, with what has to be filled in for each request."""

    __slots__ = ("_advises", "_asked", "_denials", "_permits", "_redactions", "_rest", "_settled")

    def __init__(self, rest: Residual) -> None:
        self._rest = rest
        place = rest.program.place
        known: dict[Expr, KnownPart] = {}

        def part(id: str, expr: Expr, *, wanted: bool) -> Part:
            return Translator(rest, Origin(id, place(id)), known).part(expr, wanted=wanted)

        def denial(rule: Rule, expr: Expr) -> _Denial:
            return _Denial(rule, part(rule.id, expr, wanted=False), part(rule.id, expr, wanted=True))

        self._denials = [denial(each.rule, each.residual) for each in rest.denials]
        self._advises = [denial(each.rule, each.residual) for each in rest.advises]
        self._redactions = [(each.surface, part("", each.residual, wanted=False)) for each in rest.redactions]
        self._permits = [
            _Permit(
                each.id,
                each.is_rule,
                part(each.id, each.residual, wanted=True),
                part(each.id, each.residual, wanted=False),
            )
            for each in rest.permits
        ]
        catalog, permission = rest.program.catalog, rest.act.question.permission
        self._asked = {
            each.id: asked_by(catalog, each.id, permission) for each in rest.permits if is_open_rule(each.id)
        }
        self._settled: tuple[Condition, Answer] | None = None
        if self._is_same_for_all:
            self._settled = self._answer(FilledRequest(rest, rest.principal, Context()))

    @property
    def _is_same_for_all(self) -> bool:
        parts = [part for each in (*self._denials, *self._advises) for part in (each.passes, each.speaks)]
        parts += [part for each in self._permits for part in (each.allows, each.fails_not)]
        parts += [part for _, part in self._redactions]
        return self._rest.is_plain and not any(map(callable, parts))

    def __call__(self, principal: Principal, context: Context) -> tuple[Condition, Decision]:
        """The condition for one request, and the decision about the rows for which it is true."""
        condition, answer = self._settled or self._answer(FilledRequest(self._rest, principal, context))
        return condition, filled_answer(answer, principal, None)

    def _answer(self, request: FilledRequest) -> tuple[Condition, Answer]:
        passes = [filled(each.passes, request) for each in self._denials]
        allows = [filled(each.allows, request) for each in self._permits]
        condition = all_of([*passes, any_of(allows)])
        if condition == NEVER:
            return NEVER, self._denied(request, passes, allows)
        outright = ALWAYS in allows
        sources = [
            each.id
            for each, allowed in zip(self._permits, allows, strict=True)
            if (allowed == ALWAYS if outright else allowed != NEVER)
        ]
        return condition, self._allowed(request, sources)

    def _denied(self, request: FilledRequest, passes: list[Condition], allows: list[Condition]) -> Answer:
        rest = self._rest
        verdicts = [
            RuleOutcome(each.rule, filled(each.speaks, request) == NEVER)
            for each, passing in zip(self._denials, passes, strict=True)
            if passing == NEVER
        ]
        errors = [
            each.id
            for each, allowed in zip(self._permits, allows, strict=True)
            if each.is_rule and allowed == NEVER and filled(each.fails_not, request) == NEVER
        ]
        granted = any(allowed != NEVER for allowed in allows)
        return deny(
            rest.program,
            rest.act,
            rest.principal,
            verdicts,
            granted=granted,
            errors=errors,
            parents=rest.parents,
            env=request.env,
        )

    def _allowed(self, request: FilledRequest, sources: list[str]) -> Answer:
        rest = self._rest
        advises = [
            RuleOutcome(each.rule, filled(each.speaks, request) == NEVER)
            for each in self._advises
            if filled(each.passes, request) == NEVER
        ]
        # What is to be left out of an answer about any row is left out of the list.
        redact = tuple(surface for surface, readable in self._redactions if filled(readable, request) != ALWAYS)
        extras = AllowExtras([each for each in advises if each.advises], redact)
        names = [name for source in sources for name in self._names(source, request)]
        return allow(rest.program, rest.act, names, extras, request.env, rest.granting)

    def _names(self, source: str, request: FilledRequest) -> Iterable[str]:
        """What allows, a narrowed one with each of its ids: which of them a row has is not asked."""
        if source not in self._asked:
            return (source,)
        return {source + each for one in self._asked[source] for each in request.ids(one)}


def filter_rows(
    engine: Engine, principal: Principal, action: str, context: Context, matching: Callable[[object], Resource]
) -> Filter:
    """The filter for one question. Raises RequestError for a malformed one. *matching* reads objects of the host."""
    refuse_others(principal, context)
    kept = engine.find_for_all(principal, action, OWN if principal.kind in WORKSPACE_BOUND else ANY, context)
    if kept is None:
        found: tuple[Condition, Decision] = (NEVER, unmapped(engine.program, identifier(action, "an action")))
    else:
        found = _answered(kept, principal, context)
    condition, decision = found
    state: State = "none" if condition == NEVER else "all" if condition == ALWAYS else "some"
    asked = AccessRequest(principal, decision.operation or decision.permission, None, context)
    surface = None if kept is None else kept.surface
    return Filter(state, decision, condition, surface, principal.workspace, asked, matching, engine)


def _answered(kept: Kept, principal: Principal, context: Context) -> tuple[Condition, Decision]:
    rest = kept.residual
    if rest.is_settled:
        answer = prepared(kept)
        if not callable(answer):
            decision = filled_answer(answer, principal, None)
            return (ALWAYS if decision.allowed else NEVER), decision
    plan = kept.views.get(FilterPlan)
    if not isinstance(plan, FilterPlan):
        plan = kept.views[FilterPlan] = FilterPlan(rest)
    return plan(principal, context)
