"""What an authorization server asks before it hands out a key, namely whether this member may grant these scopes.

Sources: the requested scopes are within the actor's own rights, explicit-only ones are named one by one and
need a permission of their own, what no key may hold is never among them, and rotation keeps the grants exactly.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from scopeguard.errors import RequestError, did_you_mean, quoted
from scopeguard.model import codes
from scopeguard.model.catalog import PERMISSION_STAGE, Catalog
from scopeguard.model.decision import Decision
from scopeguard.model.grant import Grant
from scopeguard.model.grants import both, expand
from scopeguard.model.principal import Principal, Scopes
from scopeguard.model.request import Context
from scopeguard.records import replace
from scopeguard.runtime.answer import least_member_permission
from scopeguard.runtime.holding import Holding
from scopeguard.runtime.rows import Generation
from scopeguard.runtime.wording import Wording

CREATE: Final = "api_keys:create"
ROTATE: Final = "api_keys:rotate"
GRANT_SENSITIVE: Final = "api_keys:grant_sensitive"


def mint(generation: Generation, actor: Principal, scopes: Scopes, context: Context) -> Decision:
    """Whether *actor* may hand out a key with *scopes*; *provided* of the answer is their canonical list."""
    allowed = generation.check(actor, CREATE, None, context)
    if not allowed:
        return allowed
    try:
        requested = _requested(scopes)
    except RequestError as error:
        return _refusal(generation, allowed, codes.SCOPE_MALFORMED, str(error))
    held = generation.bind(actor).held
    actor_may = partial(_may, generation, actor, context)
    refusal = _refused(generation, allowed, held, requested, actor_may)
    # A refusal is a denial, and a denial is false: only its absence lets the scopes through.
    return replace(allowed, provided=tuple(requested)) if refusal is None else refusal


def rotate(generation: Generation, actor: Principal, held: Scopes, scopes: Scopes, context: Context) -> Decision:
    """Whether *actor* may rotate a key that holds *held*; *scopes*, where given, must be the very same."""
    allowed = generation.check(actor, ROTATE, None, context)
    if not allowed:
        return allowed
    try:
        before = _requested(held)
        after = before if scopes is None else _requested(scopes)
    except RequestError as error:
        return _refusal(generation, allowed, codes.SCOPE_MALFORMED, str(error))
    if before != after:
        return _refusal(generation, allowed, codes.ROTATION_CHANGES_GRANTS, "a rotation keeps the grants of the key")
    return replace(allowed, provided=tuple(before))


def _requested(scopes: Scopes) -> list[str]:
    if scopes is None:
        return []
    texts = scopes.split(" ") if isinstance(scopes, str) else list(scopes) if _is_list(scopes) else [scopes]
    return sorted({str(Grant.parse(text)) for text in texts if text != ""})


def _is_list(scopes: object) -> bool:
    return isinstance(scopes, Iterable) and not isinstance(scopes, bytes) and not hasattr(scopes, "keys")


def _refused(
    generation: Generation,
    allowed: Decision,
    held: Holding,
    requested: list[str],
    actor_may: Callable[[str], bool],
) -> Decision | None:
    catalog = generation.program.catalog
    if not requested:
        return _refusal(generation, allowed, codes.SCOPES_EMPTY, "a key needs at least one scope")
    for text in requested:
        grant = Grant.parse(text)
        surface = catalog.surfaces.get(grant.surface)
        if surface is not None and "api_key" not in surface.holdable_by:
            return _refusal(generation, allowed, codes.SCOPE_NOT_HOLDABLE, f"no key may hold {quoted(text)}")
        reach = expand(catalog, text)
        if not reach:
            return _refusal(generation, allowed, codes.SCOPE_UNKNOWN, _unknown(catalog, text, known=reach is not None))
        missing = sorted(
            permission
            for permission, ids in reach.items()
            if both(ids, held.reach(permission)) != ids or not actor_may(permission)
        )
        if missing:
            needed = sorted({name for permission in missing for name in least_member_permission(catalog, permission)})
            reason = f"{quoted(text)} grants more than the actor holds: {' '.join(missing)}"
            return _refusal(generation, allowed, codes.GRANT_EXCEEDS_ACTOR, reason, tuple(needed))
        if surface is not None and not surface.coarse and held.reach(GRANT_SENSITIVE) is not None:
            needed = list(least_member_permission(catalog, GRANT_SENSITIVE))
            reason = f"{quoted(text)} is explicit-only, and the actor may not hand out such scopes"
            return _refusal(generation, allowed, codes.SENSITIVE_GRANT_FORBIDDEN, reason, tuple(needed))
    return None


def _unknown(catalog: Catalog, scope: str, *, known: bool) -> str:
    if known:
        return f"the scope {quoted(scope)} grants nothing"
    hint = did_you_mean(scope, catalog.scopes)
    return f"unknown scope {quoted(scope)}" + (f"; {hint}" if hint else "")


def _may(generation: Generation, actor: Principal, context: Context, permission: str) -> bool:
    """Whether no rule about rights can deny the actor what it would hand out. Payment and its kin are no rights."""
    act = generation.program.act(permission)
    if act is None:
        return False
    # As lists do: of a rule that denies some resources only, something is left, and the key would reach those too.
    rest = generation.bind(actor).residual_for(act, actor, context)
    last = generation.program.catalog.stages.index(PERMISSION_STAGE)
    return all(denial.rule.stage > last for denial in rest.denials)


def _refusal(
    generation: Generation, allowed: Decision, code: str, reason: str, needed: tuple[str, ...] = ()
) -> Decision:
    program = generation.program
    registered = program.catalog.codes[code]
    act = program.act(allowed.permission)
    return replace(
        allowed,
        effect="deny",
        code=code,
        reason=reason,
        rules=(),
        needed=needed,
        stage=PERMISSION_STAGE,
        remedy=None if act is None else Wording(program, act, needed).remedy(registered),
        status=registered.status,
        category=registered.kind,
        title=registered.title,
        challenge=registered.challenge,
        advice=(),
        redact=(),
    )
