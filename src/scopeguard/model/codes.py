"""The denial codes that every pack knows. A pack's ``recovery`` section adds codes and replaces these remedies."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.model.catalog import Code

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


def _table(*codes: Code) -> Mapping[str, Code]:
    return MappingProxyType({code.name: code for code in codes})


STANDARD_CODES: Final = _table(
    Code(UNMAPPED_ACTION, "denial", 403, "Name a surface, action or operation of the catalog."),
    Code(SCOPE_MISSING, "denial", 403, "Use a key that holds {needed}.", "edit_key"),
    Code(EXPLICIT_GRANT_REQUIRED, "denial", 403, "Grant {needed} by name; no workspace scope covers it.", "edit_key"),
    Code(MEMBER_PERMISSION_MISSING, "recovery", 403, "Ask a member who holds {needed} ({roles}).", "ask"),
    Code(NOT_PERMITTED, "denial", 403, "Ask for a rule that allows this."),
    Code(GRANT_EXCEEDS_ACTOR, "denial", 403, "Grant only what you hold yourself.", "ask"),
    Code(SCOPE_MALFORMED, "denial", 400, "Write each scope as surface:action."),
    Code(SCOPE_UNKNOWN, "denial", 400, "Choose scopes of the catalog."),
    Code(SCOPES_EMPTY, "denial", 400, "Name at least one scope."),
    Code(SCOPE_NOT_HOLDABLE, "denial", 403, "Manage this in the dashboard; no key may hold it."),
    Code(SENSITIVE_GRANT_FORBIDDEN, "denial", 403, "Ask a member who may hand out explicit-only scopes.", "ask"),
    Code(ROTATION_CHANGES_GRANTS, "denial", 403, "Rotate with the same scopes; change them in a step of its own."),
    Code("dashboard_only", "denial", 403, "Use the dashboard.", "open"),
    Code("workspace_mismatch", "denial", 404),
    Code("credential_invalid", "denial", 401, "Send a valid credential."),
    Code("credential_expired", "denial", 401, "Use a credential that has not expired."),
    Code("credential_revoked", "denial", 401, "Use a credential that is not revoked."),
    Code("credential_not_yet_valid", "denial", 401, "Wait until the credential is valid."),
    Code("credential_leaked", "denial", 401, "Revoke this key now and create another.", "revoke"),
    Code("credential_channel_forbidden", "denial", 403, "Use this credential only where it belongs.", "rotate"),
    Code("ip_not_allowed", "denial", 403, "Call from an address on the key's list."),
    Code("sso_required", "denial", 403, "Sign in with single sign-on.", "sign_in"),
    Code("feature_not_available", "state", 403, "This feature is not available for the workspace."),
    Code("policy_error", "denial", 500),
)
