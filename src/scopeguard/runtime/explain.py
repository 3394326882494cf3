"""Why a decision came out as it did: every rule looked at, each clause with its value, and the nearest change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from scopeguard.compiling import program
from scopeguard.compiling.environment import Environment
from scopeguard.compiling.evaluation import evaluate, outcome
from scopeguard.compiling.partial_evaluation import KnownInputs, WorkspaceRelation, simplify
from scopeguard.compiling.program import ActionRules, Rule
from scopeguard.errors import EvaluationError
from scopeguard.model.decision import Decision
from scopeguard.model.principal import SCOPED, Principal
from scopeguard.model.request import RESOURCE_FIELDS, Context, Resource
from scopeguard.model.structs import replaced
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.engine import Engine
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.semantics.source_form import source_text
from scopeguard.semantics.timestamps import duration_text, timestamp_text
from scopeguard.syntax.expression import Call, Expr, Ident, walk
from scopeguard.syntax.literals import encode

_MAX_ROLES: Final = 3
_SHOWN: Final = 80
_ABSENT: Final = "absent"


class Clause(Struct, frozen=True, gc=False):
    """One part of a rule's target: the word it is under, its text, its value and the names it read."""

    label: str
    text: str
    value: str
    read: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        names = ", ".join(f"{name} = {value}" for name, value in self.read)
        return f"{self.label} {self.text} is {self.value}" + (f"  ({names})" if names else "")


def _settling(clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """The first clause that is enough for a rule not to apply; all of them where no single one is."""
    return next(((each,) for each in clauses if each.value == ("true" if each.label == "unless" else "false")), clauses)


class Looked(Struct, frozen=True, gc=False):
    """A rule, scope or role that was looked at, and what came of it."""

    id: str
    effect: str
    stage: str
    outcome: str
    clauses: tuple[Clause, ...] = ()
    place: str | None = None
    because: str | None = None
    residual: str | None = None
    """What partial evaluation leaves of a rule's target for this class of principals, as a condition."""
    code: str | None = None
    """What a rule that denies or advises says."""


class Explanation(Struct, frozen=True):
    """A decision with everything that led to it. ``str()`` reads well; ``to_dict()`` is its JSON twin.

    *nearest* is the smallest set of changes that was tried and would allow; empty where none was found or
    the request is allowed already.
    """

    question: str
    decision: Decision
    stages: tuple[str, ...]
    looked: tuple[Looked, ...]
    nearest: tuple[str, ...]

    def __str__(self) -> str:
        return self.text()

    def text(self, *, every_clause: bool = False) -> str:
        """For people: what decided with all its clauses, and of what did not apply the clause that settled it.

        With *every_clause* all clauses of everything, and what is left of each rule for this class of principals.
        """
        lines = [self.question, str(self.decision), "", f"stages: {' > '.join(self.stages)}", "looked at:"]
        for item in self.looked:
            place = f"  ({item.place})" if item.place else ""
            lines.append(f"  [{item.stage}] {item.effect} {item.id}: {item.outcome}{place}")
            lines.extend(f"      {clause}" for clause in (item.clauses if every_clause else _settling(item.clauses)))
            if every_clause and item.residual is not None:
                lines.append(f"      left of it for this principal: {item.residual}")
        if not self.looked:
            lines.append("  nothing")
        # A remedy says more than that none of the changes would do.
        if self.nearest or (not self.decision and self.decision.remedy is None):
            lines.append(f"nearest change: {' and '.join(self.nearest) or 'none found'}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: the decision as its own ``to_dict`` gives it, and the rest beside it."""
        return {
            "question": self.question,
            "decision": self.decision.to_dict(),
            "stages": list(self.stages),
            "looked": [
                {
                    "id": item.id,
                    "effect": item.effect,
                    "stage": item.stage,
                    "outcome": item.outcome,
                    "code": item.code,
                    "place": item.place,
                    "because": item.because,
                    "residual": item.residual,
                    "clauses": [
                        {"label": clause.label, "text": clause.text, "value": clause.value, "read": dict(clause.read)}
                        for clause in item.clauses
                    ],
                }
                for item in self.looked
            ],
            "nearest": list(self.nearest),
        }


def explain(
    engine: Engine, principal: Principal, action: str, resource: Resource | None, context: Context
) -> Explanation:
    """The explanation of one request. Raises RequestError where ``check`` would."""
    decision = engine.check(principal, action, resource, context)
    act = engine.program.act(action)
    stages = engine.program.catalog.stages
    asked = action if act is None else act.question.action
    about = f" on {resource.surface}/{resource.id or '*'} of {resource.workspace!r}" if resource is not None else ""
    question = f"{principal.kind} {principal.id!r} of {principal.workspace!r} asks {asked}{about}"
    if act is None:
        return Explanation(question, decision, stages, (), ())
    looked = tuple(_looked(engine, act, principal, resource, context))
    nearest = () if decision else _nearest(engine, principal, action, resource, context, decision)
    return Explanation(question, decision, stages, looked, nearest)


def _looked(
    engine: Engine, act: ActionRules, principal: Principal, resource: Resource | None, context: Context
) -> Iterator[Looked]:
    env = engine.environment(principal, resource, context, act)
    known = KnownInputs(env, env.holds, WorkspaceRelation.ANY)
    catalog = engine.program.catalog
    stages = catalog.stages
    for rule in act.denies:
        yield _rule(rule, env, known, stages[rule.stage])
    for source, condition in EffectiveGrants.of(catalog, principal).allows(act.question.permission):
        held = outcome(condition, env)
        yield Looked(source, "allow", "permission", "allows" if held else _elsewhere(condition, resource))
    open_to_kind = principal.kind in catalog.surfaces[act.question.surface].holdable_by
    for rule in act.allows:
        found = _rule(rule, env, known, stages[rule.stage])
        yield found if open_to_kind else replace(found, outcome="does not reach this kind of principal")
    for rule in act.advises:
        yield _rule(rule, env, known, stages[rule.stage])


def _elsewhere(condition: Expr, resource: Resource | None) -> str:
    """What is said of a grant that does not reach the resource."""
    read = {
        node.name.removeprefix("resource.") for node in walk(condition) if isinstance(node, Ident) and node.absolute
    }
    asked = sorted(read - RESOURCE_FIELDS)
    if asked and (resource is None or resource.attributes.keys().isdisjoint(asked)):
        return f"holds it by {' and '.join(f'resource.{name}' for name in asked)}, which the question does not give"
    return "holds it for another resource"


def _rule(rule: Rule, env: Environment, known: KnownInputs, stage: str) -> Looked:
    verb = {"deny": "denies", "allow": "allows", "advise": "advises"}[rule.effect]
    answers = {True: verb, False: "does not apply", None: "cannot be evaluated"}
    left = simplify(rule.condition, known)
    answer = outcome(left, env)
    text = answers[answer]
    if answer is None:
        text += f", so it {verb}" if rule.effect == "deny" or rule.failing else f", so it does not {rule.effect}"
    clauses = tuple(_clause(part, known, env) for part in rule.clauses)
    told = all(clause.says is None for clause in rule.clauses)
    residual = source_text(left) if told else None
    return Looked(rule.id, rule.effect, stage, text, clauses, str(rule.location), rule.because, residual, rule.code)


def _clause(part: program.Clause, known: KnownInputs, env: Environment) -> Clause:
    text = source_text(part.written) if part.says is None else part.says
    read = dict(_names(part.expr, env))
    # Of many facts that a gate may read, a reader wants to see those that are there.
    shown = read if part.says is None else {name: value for name, value in read.items() if value != _ABSENT}
    return Clause(part.label, text, _shown(simplify(_meant(part), known), env), tuple(shown.items()))


def _meant(part: program.Clause) -> Expr:
    match part:
        # "unless c" is kept as its negation; a reader sees the value of what was written.
        case program.Clause(label="unless", expr=Call(args=(written,))):
            return written
    return part.expr


def _names(expr: Expr, env: Environment) -> Iterator[tuple[str, str]]:
    for node in walk(expr):
        if isinstance(node, Ident) and node.absolute and "." in node.name and node.name != FACTS:
            yield node.name, _shown(node, env)


def _shown(expr: Expr, env: Environment) -> str:
    try:
        if isinstance(expr, Ident) and expr.name not in env:
            return _ABSENT
        value = evaluate(expr, env)
    except EvaluationError as error:
        return f"impossible to evaluate: {error}"
    text = _written(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _written(value: Any) -> str:
    """A value as conditions write it, in one line, so that nothing in a request can pass for a part of the text.

    Recursion is bounded by the depth that requests admit.
    """
    match value:
        case datetime():
            return f'timestamp("{timestamp_text(value)}")'
        case timedelta():
            return f'duration("{duration_text(value)}")'
        case list() | tuple():
            return f"[{', '.join(map(_written, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{_written(name)}: {_written(each)}' for name, each in value.items())}}}"
        case None | bool() | int() | float() | str() | bytes():
            return encode(value)
    return encode(str(value))


class _Change(Struct, frozen=True):
    text: str
    aspect: str
    principal: Principal | None = None
    resource: Resource | None = None
    context: Context | None = None


def _nearest(
    engine: Engine,
    principal: Principal,
    action: str,
    resource: Resource | None,
    context: Context,
    decision: Decision,
) -> tuple[str, ...]:
    changes = tuple(_changes(engine, principal, resource, context, decision.permission))
    for count in range(len({change.aspect for change in changes})):
        for chosen in combinations(changes, count + 1):
            if len({change.aspect for change in chosen}) == len(chosen) and _would_allow(
                engine, principal, action, resource, context, chosen
            ):
                return tuple(change.text for change in chosen)
    return ()


def _would_allow(
    engine: Engine,
    principal: Principal,
    action: str,
    resource: Resource | None,
    context: Context,
    chosen: Sequence[_Change],
) -> bool:
    for change in chosen:
        principal = change.principal or principal
        resource = change.resource or resource
        context = change.context or context
    return bool(engine.check(principal, action, resource, context))


def _changes(
    engine: Engine, principal: Principal, resource: Resource | None, context: Context, permission: str
) -> Iterator[_Change]:
    catalog = engine.program.catalog
    scope = catalog.of_kind(principal.kind).least_scope(permission) if principal.kind in SCOPED else None
    if scope is not None and scope not in principal.scopes:
        widened = _altered(principal, scopes=principal.scopes | {scope}, ceiling=None)
        yield _Change(f"grant the scope {scope}", "grant", principal=widened)
    if principal.kind == "member":
        holders = [role for role in catalog.roles.values() if permission in role.permissions]
        for role in sorted(holders, key=lambda role: (len(role.permissions), role.name))[:_MAX_ROLES]:
            promoted = _altered(principal, roles=principal.roles | {role.name})
            yield _Change(f"give the member the role {role.name}", "grant", principal=promoted)
    for channel in catalog.channels:
        if channel != context.channel:
            yield _Change(f"come through the channel {channel}", "channel", context=replaced(context, channel=channel))
    if resource is not None and resource.workspace != principal.workspace:
        own = replaced(resource, workspace=principal.workspace)
        yield _Change("ask about a resource of the principal's own workspace", "workspace", resource=own)


def _altered(principal: Principal, **changes: Any) -> Principal:
    parts = {
        "kind": principal.kind,
        "id": principal.id,
        "workspace": principal.workspace,
        "scopes": principal.scopes,
        "roles": principal.roles,
        "ceiling": principal.ceiling,
        "attributes": principal.attributes,
    }
    return Principal(**{**parts, **changes})
