"""The floor: request checks for the default pack's keys and members as a developer would write them by hand.

It reads the same objects and gives the same answer (None, or the code of the denial) as the default pack, for
principals whose credential is in order; the tables are built once, as a careful developer would.
"""

from scopeguard import Context, Principal, Resource

COARSE_BOTH = (
    "agents", "knowledge", "integrations", "tests", "phone_numbers", "schedules", "voice", "profile_fields",
    "memory", "users", "conversations", "sessions", "workspace_settings",
)  # fmt: skip
COARSE_READ_ONLY = ("observability", "audit_logs")
EXPLICIT = {
    "sensitive_memory:read", "sensitive_memory:write", "collected_data:read", "collected_data:write",
    "post_session_records:read", "post_session_records:write", "webhooks:admin",
}  # fmt: skip
COARSE_READS = {f"{surface}:read" for surface in (*COARSE_BOTH, *COARSE_READ_ONLY)}
COARSE_WRITES = {f"{surface}:write" for surface in COARSE_BOTH}
WRITE_OF = {f"{surface}:read": f"{surface}:write" for surface in COARSE_BOTH}
KEY_MANAGEMENT = {"api_keys:view", "api_keys:create", "api_keys:rotate", "api_keys:revoke"}

PRODUCT_VIEW = {f"{surface}:read" for surface in COARSE_BOTH if surface != "workspace_settings"} | {
    "observability:read"
}
PRODUCT_MANAGE = PRODUCT_VIEW | {f"{surface}:write" for surface in COARSE_BOTH if surface != "workspace_settings"}
SENSITIVE_VIEW = {"sensitive_memory:read", "collected_data:read", "post_session_records:read"}
GENERAL = {"workspace_settings:read", "workspace_settings:write"}
ROLES = {
    "owner": PRODUCT_MANAGE | EXPLICIT | GENERAL | KEY_MANAGEMENT | {"audit_logs:read"},
    "admin": PRODUCT_MANAGE | SENSITIVE_VIEW | GENERAL | KEY_MANAGEMENT | {"audit_logs:read"},
    "developer": PRODUCT_MANAGE | KEY_MANAGEMENT | {"workspace_settings:read"},
    "billing": {"workspace_settings:read"},
    "compliance": PRODUCT_VIEW | SENSITIVE_VIEW | {"workspace_settings:read", "audit_logs:read"},
    "viewer": PRODUCT_VIEW | {"workspace_settings:read"},
}


def check(principal: Principal, permission: str, resource: Resource, context: Context) -> str | None:
    """None where the request is allowed, else the code of the denial."""
    if principal.attributes:
        state = principal.attributes
        if "leaked" in state:
            return "credential_leaked"
        if "revoked" in state:
            return "credential_revoked"
        if "suspended" in state:
            return "member_suspended"
        if "expires_at" in state or "not_before" in state or "ip_allow" in state:
            raise NotImplementedError("the benchmark's credentials are in order")
    if principal.workspace != resource.workspace:
        return "workspace_mismatch"
    if principal.kind == "api_key":
        if permission in KEY_MANAGEMENT:
            return "dashboard_only"
        if context.channel != "server":
            return "credential_channel_forbidden"
        scopes = principal.scopes
        if permission in scopes:
            return None
        if permission in COARSE_READS:
            if "workspace:read" in scopes or "workspace:write" in scopes or WRITE_OF.get(permission) in scopes:
                return None
            return "scope_missing"
        if permission in COARSE_WRITES:
            return None if "workspace:write" in scopes else "scope_missing"
        return "explicit_grant_required"
    if context.channel != "dashboard":
        return "dashboard_only" if permission in KEY_MANAGEMENT else "credential_channel_forbidden"
    for role in principal.roles:
        if permission in ROLES[role]:
            break
    else:
        return "member_permission_missing"
    if "sso_required" in context.attributes and "sso" not in principal.attributes:
        return "sso_required"
    return None
