"""What is left of the rules for all requests that complete what is given: the columns of a symbolic matrix."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from scopeguard.compiling.environment import Environment, FixedAuthority
from scopeguard.compiling.given_inputs import GivenInputs, in_force
from scopeguard.compiling.partial_evaluation import QUESTION, KnownContext, WorkspaceRelation, simplify
from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.compiling.truth import false_where, true_where
from scopeguard.model import codes
from scopeguard.model.decision import Decision
from scopeguard.model.narrowing import is_nameable
from scopeguard.model.principal import WORKSPACE_BOUND, representative
from scopeguard.model.request import Context
from scopeguard.runtime.authority import Authority
from scopeguard.runtime.decisions import deny
from scopeguard.runtime.declared import refuse_undeclared, refuse_undeclared_attributes
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.engine import Engine, refuse_others
from scopeguard.runtime.matrix import Asker, MatrixCell
from scopeguard.runtime.matrix_cells import told
from scopeguard.runtime.messages import RuleOutcome
from scopeguard.runtime.residuals import Residual, ResidualGrant, ResidualRule
from scopeguard.runtime.templates import filled
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Ident, Literal, walk


def columns(
    engine: Engine, askers: Mapping[str, Asker], context: Context, actions: Iterable[str]
) -> dict[tuple[str, str], MatrixCell]:
    """The cells of all columns; what is not given is open. Raises RequestError for names that the pack lacks."""
    for asker in askers.values():
        refuse_others(asker.principal, context)
        refuse_undeclared(engine.program, context)
        refuse_undeclared_attributes(engine.program, asker.principal)
    kinds: dict[str, RulesOfKind] = {}
    for kind in {asker.principal.kind for asker in askers.values()}:
        missing_of_all = (_absent(asker) for asker in askers.values() if asker.principal.kind == kind)
        kinds[kind] = RulesOfKind(engine.program, kind, context, frozenset.intersection(*missing_of_all))
    cells: dict[tuple[str, str], MatrixCell] = {}
    for name, asker in askers.items():
        column = Column(engine, replace(asker, absent=_absent(asker)), kinds[asker.principal.kind])
        cells |= {(name, action): column.cell(action) for action in actions}
    return cells


class _Part(NamedTuple):
    """A rule with what is left of its condition; *shared* where that is the same for every action."""

    rule: Rule
    condition: Expr
    shared: bool


class Rules(NamedTuple):
    """The rules about an action, those that deny and those that allow."""

    act: ActionRules
    denies: tuple[_Part, ...]
    allows: tuple[_Part, ...]


class RulesOfKind:
    """The rules as all principals of one kind leave them, whatever they hold.

    *about* is what is known of the resource: that it is of the principal's own workspace, where nothing else is said.
    *open* are names of what is left open though it is given.
    """

    def __init__(
        self,
        program: Program,
        kind: str,
        context: Context,
        absent: frozenset[str],
        about: WorkspaceRelation | None = None,
        open: frozenset[str] = frozenset(),
    ) -> None:
        own = WorkspaceRelation.OWN if kind in WORKSPACE_BOUND else WorkspaceRelation.ANY
        self.about: Final = about or own
        # Roles on one resource that a request names are in no list beforehand.
        on_one = any(is_nameable(program.catalog, name) for name in program.catalog.surfaces)
        self._open = open | ROLE_LISTS if on_one else open
        self._program = program
        self._nobody = representative((kind, frozenset()))
        self._context = context
        self._absent = absent
        self._left: dict[str, _Part] = {}
        self._rules: dict[str, Rules] = {}

    def rules_about(self, action: str) -> Rules | None:
        """The rules about an action that may be about such principals; None where the pack does not have it."""
        found = self._rules.get(action)
        act = None if found else self._program.act(action)
        if act is None:
            return found
        env = Environment(self._nobody, None, self._context, act.question, FixedAuthority(), self._program.types)
        known = self.known(env, unsettled, self._absent, held=False)
        holdable_by = self._program.catalog.surfaces[act.question.surface].holdable_by
        allows = act.allows if self._nobody.kind in holdable_by else ()
        made = Rules(act, *(tuple(filter(_may_speak, (self._part(rule, known) for rule in each)))
                             for each in (act.denies, allows)))  # fmt: skip
        return self._rules.setdefault(action, made)

    def known(
        self, env: Environment, holds: Callable[[str], Expr], absent: frozenset[str], *, held: bool = True
    ) -> GivenInputs:
        """What is known of the requests in *env*, where *holds* tells what is held."""
        return GivenInputs(
            env,
            holds,
            self.about,
            principal=held,
            context=KnownContext.WHOLE,
            held=held,
            absent=absent,
            open=self._open,
        )

    def _part(self, rule: Rule, known: GivenInputs) -> _Part:
        found = self._left.get(rule.id)
        if found is None:
            shared = not any(map(is_of_the_question, walk(rule.condition)))
            found = _Part(rule, simplify(rule.condition, known), shared)
            if shared:
                self._left[rule.id] = found
        return found


class Column:
    """What one principal may do."""

    def __init__(self, engine: Engine, asker: Asker, kind: RulesOfKind) -> None:
        self._principal = principal = asker.principal
        self._context = asker.context
        self._program = engine.program
        self._kind = kind
        self._held = EffectiveGrants.of(engine.program.catalog, principal)
        self._standing = Authority(engine.role_rules, principal, self._held)
        self._absent = asker.absent
        self._left: dict[str, Expr] = {}
        """What is left of a rule, by its id, where that is so for every action."""
        self._told: dict[tuple[object, ...], MatrixCell] = {}

    def cell(self, action: str) -> MatrixCell:
        """What it may do of one action."""
        rules = self._kind.rules_about(action)
        if rules is None:
            return MatrixCell("deny", codes.UNMAPPED_ACTION)
        rest = self.residual(rules)
        surface = self._program.catalog.surfaces[rest.act.question.surface]
        # All that an answer depends on, but for its words.
        key = (
            *((each.rule.id, each.residual) for each in rest.denials),
            *rest.permits,
            surface.coarse,
            self._principal.kind in surface.holdable_by,
        )
        found = self._told.get(key)
        if found is None:
            found = self._told[key] = told(rest, lambda: self._denied(rest))
        return found

    def known(self, act: ActionRules) -> GivenInputs:
        """What is known of its requests for an action."""
        holds = self._held.holds(act.question.surface)
        types = self._program.types
        env = Environment(self._principal, None, self._context, act.question, self._standing, types, holds)
        return self._kind.known(env, holds, self._absent)

    def residual(self, rules: Rules) -> Residual:
        """What is left of the rules about an action, but for what an allow brings along."""
        program, principal, act = self._program, self._principal, rules.act
        known = self.known(act)
        permits = [
            ResidualGrant(source, simplify(when, known), False)
            for source, when in self._held.allows(act.question.permission)
        ]
        permits += [ResidualGrant(each.rule.id, self._left_of(each, known), True) for each in rules.allows]
        denials = (ResidualRule(each.rule, self._left_of(each, known)) for each in rules.denies)
        return Residual(
            program,
            act,
            principal,
            self._standing,
            tuple(each for each in denials if each.residual != FALSE),
            tuple(each for each in permits if true_where(each.residual) != FALSE),
        )

    def _left_of(self, part: _Part, known: GivenInputs) -> Expr:
        if not part.shared:
            return simplify(part.condition, known)
        found = self._left.get(part.rule.id)
        if found is None:
            found = self._left[part.rule.id] = simplify(part.condition, known)
        return found

    def _denied(self, rest: Residual) -> Decision:
        """By what denies in every request; what else may deny is open."""
        verdicts = [
            RuleOutcome(each.rule, failed=each.residual != TRUE)
            for each in rest.denials
            if false_where(each.residual) == FALSE
        ]
        env = rest.environment(self._principal, None, self._context)
        answer = deny(
            self._program, rest.act, self._principal, verdicts, granted=bool(rest.permits), errors=(), env=env
        )
        return filled(answer, self._principal, None)


def _absent(asker: Asker) -> frozenset[str]:
    """What is known not to be there: nothing is the matter with a credential of which nothing is said."""
    given = {f"principal.{name}" for name in asker.principal.attributes}
    return asker.absent | (in_force(asker.principal.kind) - given)


def unsettled(permission: str) -> Expr:
    """What ``holds(permission)`` comes to where nobody knows who asks."""
    return Call(ex.HOLDS, (Literal(permission),))


def _may_speak(part: _Part) -> bool:
    return part.condition != FALSE


def is_of_the_question(node: Expr) -> bool:
    """Whether what a part of a condition says is not the same of every action."""
    match node:
        case Ident(name=name):
            return name in QUESTION
        case Call(function=function):
            return function in {ex.HOLDS, ex.GRANTED}
    return False
