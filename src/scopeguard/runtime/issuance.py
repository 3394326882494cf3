"""What an authorization server asks before it hands out a key, namely whether this member may grant these scopes.

Sources: the requested scopes are within what the actor may do by the rules, explicit-only ones are named one by one and
need a permission of their own, what no key may hold is never among them, and rotation keeps the grants exactly, under
the same ceiling: it lets nothing out that minting would not.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from scopeguard.compiling.evaluation import outcome
from scopeguard.errors import RequestError, did_you_mean, quoted
from scopeguard.model import codes
from scopeguard.model.catalog import PERMISSION_STAGE, Catalog
from scopeguard.model.decision import Decision
from scopeguard.model.grant import Grant, Scopes, given_scopes
from scopeguard.model.grant_set import expand
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.ceiling import Ceiling, Excess
from scopeguard.runtime.decisions import deny
from scopeguard.runtime.declared import refuse_undeclared_attributes
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.messages import MessageContext, RuleOutcome
from scopeguard.runtime.templates import DecisionTemplate

CREATE: Final = "api_keys:create"
ROTATE: Final = "api_keys:rotate"
GRANT_SENSITIVE: Final = "api_keys:grant_sensitive"

_KEYS: Final = "api_keys"
_CREDENTIAL_STAGE: Final = "credential"
_WORKSPACE_STAGE: Final = "workspace"


def mint(engine: Engine, actor: Principal, scopes: Scopes, context: Context) -> Decision:
    """Whether *actor* may hand out a key with *scopes*; *provided* of the answer is their canonical list."""
    given = given_scopes(scopes)
    allowed = engine.check(actor, CREATE, None, context)
    if not allowed:
        return allowed
    issuance = _Issuance.of(engine, allowed, actor, context)
    try:
        requested = _requested(engine.translator.scopes(given))
    except RequestError as error:
        return issuance.refusal(codes.SCOPE_MALFORMED, str(error))
    return issuance.decision(requested)


def mintable(engine: Engine, actor: Principal, context: Context) -> tuple[str, ...]:
    """The scopes that *actor* may hand out, each by itself, in the order of the catalog."""
    allowed = engine.check(actor, CREATE, None, context)
    if not allowed:
        return ()
    issuance = _Issuance.of(engine, allowed, actor, context)
    return tuple(scope for scope in engine.program.catalog.scopes if issuance.refused([scope]) is None)


def rotate(engine: Engine, actor: Principal, held: Scopes | Principal, scopes: Scopes, context: Context) -> Decision:
    """Whether *actor* may rotate a key: itself as a principal, with its state, or the scopes that it holds.

    *scopes*, where given, must be the very same. Raises RequestError for a principal that is no key.
    """
    key = held if type(held) is Principal else None
    if key is not None and key.kind != "api_key":
        raise RequestError(f"what is rotated must be a principal of the kind api_key, not {key.kind}")
    before_texts = None if key is not None else given_scopes(held)
    after_texts = given_scopes(scopes)
    about = None if key is None else Resource(_KEYS, key.id, key.workspace)
    allowed = engine.check(actor, ROTATE, about, context)
    if not allowed:
        return allowed
    issuance = _Issuance.of(engine, allowed, actor, context)
    refusal = None if key is None else issuance.refusal_of_state(key)
    if refusal is not None:
        return refusal
    try:
        inside = engine.translator.scopes
        before = _requested(inside(before_texts) if key is None else key.scopes)
        after = before if after_texts is None else _requested(inside(after_texts))
    except RequestError as error:
        return issuance.refusal(codes.SCOPE_MALFORMED, str(error))
    if before != after:
        return issuance.refusal(codes.ROTATION_CHANGES_GRANTS, "a rotation keeps the grants of the key")
    return issuance.decision(before, key)


def _requested(scopes: Scopes) -> list[str]:
    if scopes is None:
        return []
    texts = scopes.split(" ") if isinstance(scopes, str) else scopes
    return sorted({str(Grant.parse(text)) for text in texts if text})


class _Issuance(Struct, frozen=True):
    """A key that is about to be handed out, where the action itself is *allowed*."""

    engine: Engine
    allowed: Decision
    actor: Principal
    context: Context
    ceiling: Ceiling
    """What may be handed out."""

    @classmethod
    def of(cls, engine: Engine, allowed: Decision, actor: Principal, context: Context) -> "_Issuance":
        return cls(engine, allowed, actor, context, Ceiling.of(engine, actor, context))

    def decision(self, requested: list[str], key: Principal | None = None) -> Decision:
        """The answer about a key with these scopes; *key* is the one that has them, where it is known."""
        refusal = self.refused(requested, key)
        # A refusal is a denial, and a denial is false: only its absence lets the scopes through.
        return replace(self.allowed, provided=tuple(requested)) if refusal is None else refusal

    @property
    def is_limited(self) -> bool:
        """Whether the actor is a key that is given for a time or a place."""
        return self.actor.kind == "api_key" and any(
            name in self.actor.attributes for name in ("expires_at", "ip_allow")
        )

    def refused(self, requested: list[str], key: Principal | None = None) -> Decision | None:
        """Why the scopes are not handed out; None where they are."""
        if not requested:
            return self.refusal(codes.SCOPES_EMPTY, "a key needs at least one scope")
        if self.is_limited and (key is None or key.id != self.actor.id):
            reason = "the actor is a key with an end or a list of addresses, and what it hands out may have none"
            return self.refusal(codes.GRANT_EXCEEDS_ACTOR, reason)
        fresh = Principal("api_key", _KEYS, self.actor.workspace or _KEYS, scopes=requested)
        # A rotation lets nothing out that minting would not, and nothing that the key may do by what else it is.
        for one in (fresh,) if key is None else (fresh, key):
            for refusal in chain((self.refused_scope(text, one) for text in requested), self.refused_rules(one)):
                if refusal is not None:
                    return refusal
        return None

    def refused_scope(self, text: str, key: Principal) -> Decision | None:
        """Why one scope of *key* is not handed out; None where it is."""
        catalog = self.engine.program.catalog
        surface = catalog.surfaces.get(Grant.parse(text).surface)
        if surface is not None and "api_key" not in surface.holdable_by:
            return self.refusal(codes.SCOPE_NOT_HOLDABLE, f"no key may hold {quoted(text)}")
        reach = expand(catalog, text)
        if not reach:
            return self.refusal(codes.SCOPE_UNKNOWN, _unknown(catalog, text, known=reach is not None))
        excess = list(self.ceiling.excess(reach, key))
        if excess:
            actions = " ".join(each.action for each in excess)
            return self.beyond(f"{quoted(text)} grants more than the actor holds: {actions}", excess)
        return None if surface is None or surface.coarse else self.refused_explicit(f"{quoted(text)} is explicit-only")

    def refused_rules(self, key: Principal) -> Iterator[Decision | None]:
        """Why what rules let *key* do beside its scopes is not handed out; None where it is."""
        surfaces = self.engine.program.catalog.surfaces
        for each in self.ceiling.brought(key):
            gained = f"rules let a key with these scopes do {each.act.question.action}"
            if each.excess is not None:
                yield self.beyond(f"{gained}, which the actor may not", [each.excess])
            elif each.by_scopes and not surfaces[each.act.question.surface].coarse:
                yield self.refused_explicit(f"{gained}, which is explicit-only")

    def refused_explicit(self, what: str) -> Decision | None:
        """Why the actor does not hand out something explicit-only; None where it does."""
        for context in self.ceiling.contexts:
            may = self.engine.check(self.actor, GRANT_SENSITIVE, None, context)
            if not may:
                reason = f"{what}, and the actor may not hand out such scopes"
                return self.refusal(codes.SENSITIVE_GRANT_FORBIDDEN, reason, may.rules, may.needed, may.errors)
        return None

    def refusal_of_state(self, key: Principal) -> Decision | None:
        """Why *key* itself is not rotated; None where it is in force, and of the actor's workspace."""
        if key.workspace != self.actor.workspace:
            reason = "the key is not in the actor's workspace"
            return self.refusal(codes.WORKSPACE_MISMATCH, reason, stage=_WORKSPACE_STAGE)
        program = self.engine.program
        refuse_undeclared_attributes(program, key)
        act, about = program.known(ROTATE), Resource(_KEYS, key.id, key.workspace)
        env = self.engine.environment(key, about, self.context, act)
        # Only what is said of credentials is about the key, for it is not the key that asks here. What else denies that
        # to keys may come first, for the order of the stages is up to the pack.
        spoken = [
            RuleOutcome(rule, truth is None)
            for rule in act.denies
            if program.catalog.stages[rule.stage] == _CREDENTIAL_STAGE
            and (truth := outcome(rule.condition, env)) is not False
        ]
        if not spoken:
            return None
        answer = deny(program, act, key, spoken, granted=True, errors=(), env=env)
        found = answer.fill(key, about) if isinstance(answer, DecisionTemplate) else answer
        return self.refusal(
            found.code or codes.NOT_PERMITTED, found.reason, found.rules, (), found.errors, _CREDENTIAL_STAGE
        )

    def beyond(self, reason: str, excess: list[Excess]) -> Decision:
        """The refusal of what the actor may not do itself."""
        rules, needed, errors = (
            {name for each in excess for name in getattr(each, part)} for part in ("rules", "needed", "errors")
        )
        return self.refusal(codes.GRANT_EXCEEDS_ACTOR, reason, rules, needed, errors)

    def refusal(
        self,
        code: str,
        reason: str,
        rules: Iterable[str] = (),
        needed: Iterable[str] = (),
        errors: Iterable[str] = (),
        stage: str = PERMISSION_STAGE,
    ) -> Decision:
        """A denial in the place of what is allowed."""
        program, allowed = self.engine.program, self.allowed
        registered = program.catalog.codes[code]
        act = program.act(allowed.permission)
        asked_for = tuple(sorted(needed))
        return replace(
            allowed,
            effect="deny",
            code=code,
            reason=reason,
            rules=tuple(sorted(rules)),
            needed=asked_for,
            errors=tuple(sorted(errors)),
            stage=stage,
            remedy=None if act is None else MessageContext(program, act, asked_for).remedy(registered),
            status=registered.status,
            category=registered.kind,
            title=registered.title,
            challenge=registered.challenge,
            advice=(),
            redact=(),
        )


def _unknown(catalog: Catalog, scope: str, *, known: bool) -> str:
    if known:
        return f"the scope {quoted(scope)} grants nothing"
    hint = did_you_mean(scope, catalog.scopes)
    return f"unknown scope {quoted(scope)}" + (f"; {hint}" if hint else "")
