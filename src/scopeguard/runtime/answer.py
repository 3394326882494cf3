"""From the rules that spoke to a Decision: the order of denials, codes, what was needed, remedies."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scopeguard.compiling.program import Act, Program, Rule
from scopeguard.model import codes
from scopeguard.model.catalog import PERMISSION_STAGE, Catalog, Code
from scopeguard.model.decision import Decision, Obligation, Remedy
from scopeguard.model.principal import Principal
from scopeguard.runtime.holding import SCOPED

AUDIT: Final = "audit"
_PLACEHOLDER: Final = re.compile(r"\{(needed|surface|permission|roles)\}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule that spoke. *failed* tells that its condition could not be evaluated."""

    rule: Rule
    failed: bool = False


def allow(program: Program, act: Act, ids: Iterable[str]) -> Decision:
    """The decision that *ids* allow."""
    rules = tuple(sorted(ids))
    return Decision(
        effect="allow",
        permission=act.question.permission,
        operation=act.question.operation or None,
        code=None,
        reason=f"granted by {', '.join(rules)}",
        policy_digest=program.digest,
        rules=rules,
        obligations=_obligations(act),
    )


def deny(
    program: Program, act: Act, principal: Principal, denies: Sequence[Verdict], *, granted: bool, errors: Iterable[str]
) -> Decision:
    """The decision that *denies* (in order) or, where nothing granted, the missing grant deny.

    *errors* are the allow rules that could not be evaluated.
    """
    permission_stage = program.catalog.stages.index(PERMISSION_STAGE)
    first = denies[0].rule.stage if denies else permission_stage
    if not denies or (not granted and first > permission_stage):
        return _missing(program, act, principal, errors)
    primary = [verdict for verdict in denies if verdict.rule.stage == first]
    rule = primary[0].rule
    text = rule.because or f"rule {rule.id} denies {act.question.permission}"
    if primary[0].failed:
        text += " (its condition cannot be evaluated)"
    later = [_code(verdict.rule) for verdict in denies if verdict.rule.stage > first > permission_stage]
    return _denial(
        program,
        act,
        code=_code(rule),
        reason=text,
        stage=program.catalog.stages[first],
        rules=tuple(verdict.rule.id for verdict in primary),
        also=tuple(dict.fromkeys(code for code in later if code != rule.code)),
        errors=tuple(verdict.rule.id for verdict in primary if verdict.failed),
    )


def unmapped(program: Program, action: str) -> Decision:
    """The decision about an action that the catalog does not have."""
    registered = program.catalog.codes[codes.UNMAPPED_ACTION]
    return Decision(
        effect="deny",
        permission=action,
        code=registered.name,
        reason=f'unknown action "{action}"',
        policy_digest=program.digest,
        stage=PERMISSION_STAGE,
        remedy=_remedy(registered, {}),
        status=registered.status,
    )


def _missing(program: Program, act: Act, principal: Principal, errors: Iterable[str]) -> Decision:
    surface = program.catalog.surfaces[act.question.surface]
    holdable = principal.kind in surface.holdable_by
    needed: tuple[str, ...] = ()
    code = codes.NOT_PERMITTED
    if principal.kind in SCOPED:
        explicit = holdable and not surface.coarse
        code = codes.EXPLICIT_GRANT_REQUIRED if explicit else codes.SCOPE_MISSING
        needed = (act.question.permission,) if holdable else ()
    elif principal.kind == "member":
        code = codes.MEMBER_PERMISSION_MISSING
        needed = least_member_permission(program.catalog, act.question.permission) if holdable else ()
    return _denial(
        program,
        act,
        code=code,
        reason=f"nothing grants {act.question.permission}",
        stage=PERMISSION_STAGE,
        needed=needed,
        provided=tuple(sorted(principal.scopes)) if principal.kind in SCOPED else (),
        errors=tuple(sorted(errors)),
    )


def least_member_permission(catalog: Catalog, permission: str) -> tuple[str, ...]:
    """The member permission that grants *permission* and the least besides; else the permission itself."""
    grants = catalog.member_permissions
    best = min((name for name in grants if permission in grants[name]), key=lambda n: (len(grants[n]), n), default=None)
    return (permission if best is None else best,)


def _denial(
    program: Program,
    act: Act,
    *,
    code: str,
    reason: str,
    stage: str,
    rules: tuple[str, ...] = (),
    needed: tuple[str, ...] = (),
    provided: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    errors: tuple[str, ...] = (),
) -> Decision:
    registered = program.catalog.codes[code]
    words = {
        "needed": " ".join(needed) or act.question.permission,
        "surface": act.question.surface,
        "permission": act.question.permission,
        "roles": ", ".join(program.catalog.roles_holding(needed)) or "none yet",
    }
    return Decision(
        effect="deny",
        permission=act.question.permission,
        operation=act.question.operation or None,
        code=code,
        reason=reason,
        policy_digest=program.digest,
        rules=rules,
        stage=stage,
        remedy=_remedy(registered, words),
        needed=needed,
        provided=provided,
        also=also,
        errors=errors,
        obligations=_obligations(act),
        status=registered.status,
    )


def _remedy(code: Code, words: Mapping[str, str]) -> Remedy | None:
    if code.remedy is None:
        return None
    # Only these four names are replaced: str.format would reach attributes of its arguments.
    text = _PLACEHOLDER.sub(lambda found: words.get(found.group(1), found.group(0)), code.remedy)
    return Remedy(text, code.action, code.target)


def _obligations(act: Act) -> tuple[Obligation, ...]:
    return (Obligation(AUDIT),) if act.audited else ()


def _code(rule: Rule) -> str:
    # Loading refuses a deny without a code, so that this default is never a way around one.
    return rule.code or codes.NOT_PERMITTED
