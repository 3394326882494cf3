"""From the rules that decided to a Decision: the order of denials, codes, what was needed, remedies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import Struct

from scopeguard.compiling.environment import Environment, RequestedAction
from scopeguard.compiling.program import ActionRules, Gate, Program
from scopeguard.model import codes
from scopeguard.model.catalog import PERMISSION_STAGE, Catalog, DenialCode
from scopeguard.model.decision import Advice, Decision, Obligation
from scopeguard.model.facts import QUANTITY_FACT
from scopeguard.model.principal import SCOPED, Principal
from scopeguard.runtime.messages import MessageContext, RuleOutcome
from scopeguard.runtime.templates import Answer, DecisionTemplate, asked_by, granted_by, is_held, is_open_rule

AUDIT: Final = "audit"
METER: Final = "meter"


class AllowExtras(Struct, frozen=True):
    """What an allow brings along: rules that advise, and surfaces whose records the caller may not read."""

    advises: Sequence[RuleOutcome] = ()
    redact: tuple[str, ...] = ()


NO_ALLOW_EXTRAS: Final = AllowExtras()


def allow(
    program: Program,
    act: ActionRules,
    ids: Iterable[str],
    extras: AllowExtras = NO_ALLOW_EXTRAS,
    env: Environment | None = None,
    granting: frozenset[str] = frozenset(),
) -> Answer:
    """The decision that *ids* allow; for every request that gets it where there is no *env*.

    *granting* are the scopes, or roles, of which principals may hold others each.
    """
    rules = tuple(sorted(ids))
    decision = Decision(
        effect="allow",
        permission=act.question.permission,
        operation=act.question.operation or None,
        code=None,
        reason=granted_by(rules),
        policy_digest=program.digest,
        rules=rules,
        obligations=(*_audit(act), *_metering(act, env)),
        advice=_advice(program, act, extras.advises, env),
        redact=extras.redact,
    )
    permission = act.question.permission
    narrowed = {rule: asked_by(program.catalog, rule, permission) for rule in rules if is_open_rule(rule)}
    is_filled = narrowed or any(map(is_held, rules))
    return DecisionTemplate(decision, granting, narrowed) if is_filled else decision


def _advice(
    program: Program, act: ActionRules, verdicts: Iterable[RuleOutcome], env: Environment | None
) -> tuple[Advice, ...]:
    found: dict[Advice, None] = {}
    for verdict in sorted(verdicts, key=lambda verdict: verdict.order):
        gates = () if verdict.gate is None else (verdict.gate,)
        wording = MessageContext(program, act, gates=gates, env=env)
        found[wording.advice(program.catalog.codes[_code(verdict)])] = None
    return tuple(found)


def deny(
    program: Program,
    act: ActionRules,
    principal: Principal,
    denies: Sequence[RuleOutcome],
    *,
    granted: bool,
    errors: Iterable[str],
    parents: tuple[str, ...] = (),
    env: Environment | None = None,
) -> Answer:
    """The decision that *denies* or, where nothing granted, the missing grant deny.

    *errors* are the allow rules that could not be evaluated, *parents* the attributes of the resource by which the
    principal may hold the permission. Without *env* it is the same for every request.
    """
    permission_stage = program.catalog.stages.index(PERMISSION_STAGE)
    ordered = sorted(denies, key=lambda verdict: verdict.order)
    first = ordered[0].rule.stage if ordered else permission_stage
    if not ordered or (not granted and first > permission_stage):
        return _missing(program, act, principal, errors, parents)
    primary = [verdict for verdict in ordered if verdict.rule.stage == first]
    code = _code(primary[0])
    others = dict.fromkeys(_code(verdict) for verdict in ordered if first > permission_stage)
    return _denial(
        MessageContext(program, act, (), _telling(primary, code), env),
        code=code,
        reason=_reason(primary[0], act.question.permission),
        stage=program.catalog.stages[first],
        challenge=_challenge(program.catalog.codes[code], principal),
        rules=tuple(sorted(verdict.rule.id for verdict in primary)),
        also=tuple(other for other in others if other != code),
        errors=tuple(sorted(verdict.rule.id for verdict in primary if verdict.failed)),
    )


def _telling(primary: Iterable[RuleOutcome], code: str) -> list[Gate]:
    """The gates that give the primary code."""
    return [verdict.gate for verdict in primary if verdict.gate is not None and _code(verdict) == code]


def _reason(verdict: RuleOutcome, permission: str) -> str:
    rule = verdict.rule
    if verdict.failed and rule.failing is not None:
        return f"what {rule.id} depends on is missing, stale or malformed"
    text = rule.because or f"rule {rule.id} denies {permission}"
    return f"{text} (its condition cannot be evaluated)" if verdict.failed else text


def unmapped(program: Program, action: str) -> Decision:
    """The decision about an action that the catalog does not have."""
    act = ActionRules(RequestedAction(action, action, "", "", ""), (), (), (), audited=False)
    return _denial(
        MessageContext(program, act),
        code=codes.UNMAPPED_ACTION,
        reason=f'unknown action "{action}"',
        stage=PERMISSION_STAGE,
    )


def _missing(
    program: Program, act: ActionRules, principal: Principal, errors: Iterable[str], parents: tuple[str, ...]
) -> Answer:
    surface = program.catalog.surfaces[act.question.surface]
    holdable = principal.kind in surface.holdable_by
    needed: tuple[str, ...] = ()
    is_internal = act.question.verb in surface.internal
    code = codes.NOT_PERMITTED
    if principal.kind in SCOPED:
        scope = program.catalog.of_kind(principal.kind).least_scope(act.question.permission) if holdable else None
        needed = () if scope is None else (scope,)
        if needed or not is_internal:
            explicit = holdable and not surface.coarse
            code = codes.EXPLICIT_GRANT_REQUIRED if explicit else codes.SCOPE_MISSING
    elif principal.kind == "member" and not is_internal:
        code = codes.MEMBER_PERMISSION_MISSING
        needed = least_member_permission(program.catalog, act.question.permission) if holdable else ()
    decision = _denial(
        MessageContext(program, act, needed),
        challenge=_challenge(program.catalog.codes[code], principal),
        code=code,
        reason=f"nothing grants {act.question.permission}",
        stage=PERMISSION_STAGE,
        needed=needed,
        errors=tuple(sorted(errors)),
    )
    return DecisionTemplate(decision, parents=parents) if parents or principal.kind in SCOPED else decision


def least_member_permission(catalog: Catalog, permission: str) -> tuple[str, ...]:
    """The member permission that grants *permission* and the least besides; else the permission itself."""
    grants = catalog.member_permissions
    best = min((name for name in grants if permission in grants[name]), key=lambda n: (len(grants[n]), n), default=None)
    return (permission if best is None else best,)


def _denial(wording: MessageContext, *, code: str, reason: str, stage: str, **parts: Any) -> Decision:
    program, act = wording.program, wording.act
    registered = program.catalog.codes[code]
    return Decision(
        effect="deny",
        permission=act.question.permission,
        operation=act.question.operation or None,
        code=code,
        reason=reason,
        policy_digest=program.digest,
        stage=stage,
        remedy=wording.remedy(registered),
        obligations=_audit(act),
        status=registered.status,
        category=registered.kind,
        title=registered.title,
        meter=wording.meter,
        providers=wording.providers,
        retry_at=wording.resets_at,
        **parts,
    )


def _challenge(code: DenialCode, principal: Principal) -> str | None:
    # RFC 6750 section 3.1: no error is given where there was no credential that it could be about.
    if code.challenge is None or principal.kind != "anonymous" or principal.is_unrecognized:
        return code.challenge
    return codes.BEARER


def _audit(act: ActionRules) -> tuple[Obligation, ...]:
    return (Obligation(AUDIT),) if act.audited else ()


def _metering(act: ActionRules, env: Environment | None) -> tuple[Obligation, ...]:
    if act.metered is None:
        return ()
    meters = act.metered.meters("" if env is None else env.context.environment)
    return tuple(Obligation(METER, (("meter", meter), *_quantity(env), ("reserve", True))) for meter in meters)


def _quantity(env: Environment | None) -> tuple[tuple[str, int], ...]:
    quantity = 1 if env is None else env.context.facts.get(QUANTITY_FACT, 1)
    # A quantity that is none is not passed on; where a gate reads it, it has denied.
    return (("quantity", quantity),) if type(quantity) is int and quantity >= 1 else ()


def _code(verdict: RuleOutcome) -> str:
    # Loading refuses a deny without a code, so that this default is never a way around one.
    return verdict.code or codes.NOT_PERMITTED
