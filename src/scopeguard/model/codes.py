"""The denial codes that every pack knows. A pack's ``recovery`` section adds codes and replaces these remedies."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.model.catalog import DenialCode

UNMAPPED_ACTION: Final = "unmapped_action"
SCOPE_MISSING: Final = "scope_missing"
EXPLICIT_GRANT_REQUIRED: Final = "explicit_grant_required"
MEMBER_PERMISSION_MISSING: Final = "member_permission_missing"
NOT_PERMITTED: Final = "not_permitted"
GRANT_EXCEEDS_ACTOR: Final = "grant_exceeds_actor"
SCOPE_MALFORMED: Final = "scope_malformed"
SCOPE_UNKNOWN: Final = "scope_unknown"
SCOPES_EMPTY: Final = "scopes_empty"
SCOPE_NOT_HOLDABLE: Final = "scope_not_holdable"
SENSITIVE_GRANT_FORBIDDEN: Final = "sensitive_grant_forbidden"
ROTATION_CHANGES_GRANTS: Final = "rotation_changes_grants"
WORKSPACE_MISMATCH: Final = "workspace_mismatch"
FACTS_UNAVAILABLE: Final = "facts_unavailable"
PROVIDER_KEYS_MISSING: Final = "provider_keys_missing"
PAYMENT_INTERRUPTED: Final = "payment_interrupted"
WALLET_EMPTY: Final = "wallet_empty"
ENTITLEMENT_LIMIT_REACHED: Final = "entitlement_limit_reached"
FAIR_USE_EXHAUSTED: Final = "fair_use_exhausted"
PAYMENT_GRACE: Final = "payment_grace"
LIMIT_EXCEEDED_SOFT: Final = "limit_exceeded_soft"


def _table(*codes: DenialCode) -> Mapping[str, DenialCode]:
    return MappingProxyType({code.name: code for code in codes})


PLACEHOLDERS: Final = ("needed", "surface", "permission", "roles", "meter", "kinds", "resets_at", "grace_until")
"""What the text of a remedy may put in braces."""

ENGINE_CODES: Final = frozenset({
    UNMAPPED_ACTION, SCOPE_MISSING, EXPLICIT_GRANT_REQUIRED, MEMBER_PERMISSION_MISSING, GRANT_EXCEEDS_ACTOR,
    SCOPE_MALFORMED, SCOPE_UNKNOWN, SCOPES_EMPTY, SCOPE_NOT_HOLDABLE, SENSITIVE_GRANT_FORBIDDEN,
    ROTATION_CHANGES_GRANTS, NOT_PERMITTED,
})  # fmt: skip
"""Codes of denials that no rule of a pack gives."""

UNGRANTED: Final = (NOT_PERMITTED, EXPLICIT_GRANT_REQUIRED, SCOPE_MISSING, MEMBER_PERMISSION_MISSING)
"""The codes where nothing grants."""

BEARER: Final = "bearer"
INVALID_TOKEN: Final = "invalid_token"  # noqa: S105  # the name of an error of RFC 6750
INSUFFICIENT_SCOPE: Final = "insufficient_scope"

_READ_AGAIN: Final = "What this depends on could not be read, or is too old. Try again."


def _code(
    name: str,
    kind: str,
    status: int,
    title: str,
    remedy: str | None = None,
    *,
    action: str | None = None,
    challenge: str | None = None,
) -> DenialCode:
    return DenialCode(name, kind, status, remedy, action, None, title, challenge)


STANDARD_CODES: Final = _table(
    _code(UNMAPPED_ACTION, "denial", 403, "Unknown action", "Name a surface, action or operation of the catalog."),
    _code(
        SCOPE_MISSING,
        "denial",
        403,
        "Scope missing",
        "Use a key that holds {needed}.",
        action="edit_key",
        challenge=INSUFFICIENT_SCOPE,
    ),
    _code(
        EXPLICIT_GRANT_REQUIRED,
        "denial",
        403,
        "Explicit grant required",
        "Grant {needed} by name; no workspace scope covers it.",
        action="edit_key",
        challenge=INSUFFICIENT_SCOPE,
    ),
    _code(
        MEMBER_PERMISSION_MISSING,
        "recovery",
        403,
        "Member permission missing",
        "Ask a member who holds {needed} ({roles}).",
        action="ask",
    ),
    _code(NOT_PERMITTED, "denial", 403, "Not permitted", "Ask for a rule that allows this."),
    _code(
        GRANT_EXCEEDS_ACTOR,
        "denial",
        403,
        "Grant exceeds the granter",
        "Grant only what you hold yourself.",
        action="ask",
    ),
    _code(SCOPE_MALFORMED, "denial", 400, "Malformed scope", "Write each scope as surface:action."),
    _code(SCOPE_UNKNOWN, "denial", 400, "Unknown scope", "Choose scopes of the catalog."),
    _code(SCOPES_EMPTY, "denial", 400, "No scope named", "Name at least one scope."),
    _code(
        SCOPE_NOT_HOLDABLE,
        "denial",
        403,
        "No key may hold this scope",
        "Manage this in the dashboard; no key may hold it.",
    ),
    _code(
        SENSITIVE_GRANT_FORBIDDEN,
        "denial",
        403,
        "Sensitive grant forbidden",
        "Ask a member who may hand out explicit-only scopes.",
        action="ask",
    ),
    _code(
        ROTATION_CHANGES_GRANTS,
        "denial",
        403,
        "Rotation changes grants",
        "Rotate with the same scopes; change them in a step of its own.",
    ),
    _code("dashboard_only", "denial", 403, "Dashboard only", "Use the dashboard.", action="open"),
    _code("workspace_mismatch", "denial", 404, "Not found"),
    _code(
        "credential_invalid", "denial", 401, "Credential required", "Send a valid credential.", challenge=INVALID_TOKEN
    ),
    _code(
        "credential_expired",
        "denial",
        401,
        "Credential expired",
        "Use a credential that has not expired.",
        challenge=INVALID_TOKEN,
    ),
    _code(
        "credential_revoked",
        "denial",
        401,
        "Credential revoked",
        "Use a credential that is not revoked.",
        challenge=INVALID_TOKEN,
    ),
    _code(
        "credential_not_yet_valid",
        "denial",
        401,
        "Credential not yet valid",
        "Wait until the credential is valid.",
        challenge=INVALID_TOKEN,
    ),
    _code(
        "credential_leaked",
        "denial",
        401,
        "Credential leaked",
        "Revoke this key now and create another.",
        action="revoke",
        challenge=INVALID_TOKEN,
    ),
    _code(
        "member_suspended",
        "denial",
        403,
        "Membership suspended",
        "Ask a member who manages members.",
        action="ask",
    ),
    _code(
        "credential_channel_forbidden",
        "denial",
        403,
        "Credential in the wrong place",
        "Use this credential only where it belongs.",
        action="rotate",
    ),
    _code("ip_not_allowed", "denial", 403, "Address not allowed", "Call from an address on the key's list."),
    _code("sso_required", "denial", 403, "Single sign-on required", "Sign in with single sign-on.", action="sign_in"),
    _code(
        "context_incomplete",
        "denial",
        500,
        "Request incomplete",
        "The service did not say when or from where this was asked. The credential is not to blame.",
    ),
    _code("feature_not_available", "state", 403, "Not available", "This feature is not available for the workspace."),
    _code("policy_error", "denial", 500, "Policy error"),
    _code(FACTS_UNAVAILABLE, "denial", 503, "Current state unknown", _READ_AGAIN, action="retry"),
    _code(
        PROVIDER_KEYS_MISSING,
        "recovery",
        409,
        "Provider credentials missing",
        "Add or fix the {kinds} credentials.",
        action="open",
    ),
    _code(PAYMENT_INTERRUPTED, "recovery", 402, "Payment interrupted", "Update the payment method.", action="open"),
    _code(WALLET_EMPTY, "recovery", 402, "Wallet empty", "Top up the wallet.", action="open"),
    _code(
        ENTITLEMENT_LIMIT_REACHED, "recovery", 402, "Limit reached", "The limit of {meter} is reached.", action="open"
    ),
    _code(
        FAIR_USE_EXHAUSTED,
        "recovery",
        429,
        "Fair use exhausted",
        "The fair use of {meter} is used up. Production allowances are not affected.",
        action="wait",
    ),
    _code(
        PAYMENT_GRACE, "advice", 200, "Payment in grace", "Payment is in its grace period. Update the payment method."
    ),
    _code(LIMIT_EXCEEDED_SOFT, "advice", 200, "Soft limit exceeded", "The soft limit of {meter} is exceeded."),
)
