"""The floor: request checks for the default pack's keys and members as a developer would write them by hand.

The functions give None, or the code of the denial, and agree with the default pack for principals whose credential
is in order. They read plain objects of their own; the tables are built once, as a careful developer would.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

COARSE_BOTH = (
    "agents", "knowledge", "integrations", "tests", "phone_numbers", "schedules", "voice", "profile_fields",
    "memory", "users", "conversations", "sessions", "workspace_settings",
)  # fmt: skip
COARSE_READ_ONLY = ("observability", "audit_logs")
EXPLICIT = frozenset({
    "sensitive_memory:read", "sensitive_memory:write", "collected_data:read", "collected_data:write",
    "post_session_records:read", "post_session_records:write", "webhooks:admin",
})  # fmt: skip

PRODUCT_VIEW = {f"{surface}:read" for surface in COARSE_BOTH if surface != "workspace_settings"} | {
    "observability:read"
}
PRODUCT_MANAGE = PRODUCT_VIEW | {f"{surface}:write" for surface in COARSE_BOTH if surface != "workspace_settings"}
SENSITIVE_VIEW = {"sensitive_memory:read", "collected_data:read", "post_session_records:read", "recordings:read"}
GENERAL_VIEW = {"workspace_settings:read", "settings:view"}
GENERAL = GENERAL_VIEW | {"workspace_settings:write"}
KEYS = {"api_keys:view", "api_keys:create", "api_keys:rotate", "api_keys:revoke", "settings:view"}
PROVIDERS_VIEW = {"providers:view", "settings:view"}
PROVIDERS = PROVIDERS_VIEW | {"providers:store", "providers:rotate", "providers:delete"}
PRIVACY = {"privacy:view", "privacy:manage", "user_erasure:request", "settings:view"}
COMPLIANCE_VIEW = {"compliance:view", "settings:view"}
COMPLIANCE = COMPLIANCE_VIEW | {"compliance:manage", "compliance:export"}
AUDIT = {"audit_logs:read", "settings:view"}
SSO_VIEW = {"sso:view", "settings:view"}
MEMBERS_VIEW = {"members:view", "settings:view"}
USAGE = {"usage:view", "billing:view"}
WALLET = {"wallet:view", "billing:view"}
PAYING = {
    "payment_methods:view", "payment_methods:manage", "top_ups:view", "top_ups:manage",
    "auto_recharge:view", "auto_recharge:manage", "billing:view",
}  # fmt: skip
ROLES: Mapping[str, frozenset[str]] = {
    "owner": frozenset(
        PRODUCT_MANAGE | EXPLICIT | SENSITIVE_VIEW | GENERAL | KEYS | PROVIDERS | PRIVACY | COMPLIANCE | AUDIT
        | MEMBERS_VIEW | SSO_VIEW | USAGE | WALLET | PAYING | {"sso:manage", "api_keys:grant_sensitive"}
    ),
    "admin": frozenset(
        PRODUCT_MANAGE | SENSITIVE_VIEW | GENERAL | KEYS | PROVIDERS | PRIVACY | COMPLIANCE_VIEW | AUDIT
        | MEMBERS_VIEW | SSO_VIEW | USAGE | WALLET
    ),
    "developer": frozenset(PRODUCT_MANAGE | GENERAL_VIEW | KEYS | PROVIDERS_VIEW | USAGE),
    "billing": frozenset(GENERAL_VIEW | USAGE | WALLET | PAYING),
    "compliance": frozenset(
        PRODUCT_VIEW | SENSITIVE_VIEW | GENERAL_VIEW | PRIVACY | COMPLIANCE | AUDIT | MEMBERS_VIEW | SSO_VIEW
    ),
    "viewer": frozenset(PRODUCT_VIEW | GENERAL_VIEW),
}  # fmt: skip
SCOPES: Mapping[str, frozenset[str]] = {
    **{f"{each}:read": frozenset({f"{each}:read", f"{each}:write", "workspace:read", "workspace:write"})
       for each in COARSE_BOTH},
    **{f"{each}:write": frozenset({f"{each}:write", "workspace:write"}) for each in COARSE_BOTH},
    **{f"{each}:read": frozenset({f"{each}:read", "workspace:read", "workspace:write"}) for each in COARSE_READ_ONLY},
    **{permission: frozenset({permission}) for permission in EXPLICIT},
}  # fmt: skip
"""The scopes that grant a permission, for all permissions that a key may hold. All others are the account's."""
PERMISSIONS = sorted(SCOPES.keys() | frozenset().union(*ROLES.values()))
HELD_BY = {
    permission: frozenset(role for role, holds in ROLES.items() if permission in holds) for permission in PERMISSIONS
}
"""The roles that hold a permission."""
MEMBER_PERMISSIONS: Mapping[str, set[str]] = {
    "product.view": PRODUCT_VIEW,
    "product.manage": PRODUCT_MANAGE,
    "product.sensitive.view": SENSITIVE_VIEW,
    "settings.general.view": GENERAL_VIEW,
    "settings.general.manage": GENERAL,
    "settings.api_keys.manage": KEYS,
    "settings.providers.view": PROVIDERS_VIEW,
    "settings.providers.manage": PROVIDERS,
    "settings.privacy.manage": PRIVACY,
    "settings.compliance.view": COMPLIANCE_VIEW,
    "settings.compliance.manage": COMPLIANCE,
    "settings.audit.view": AUDIT,
    "settings.sso.view": SSO_VIEW,
    "billing.usage.view": USAGE,
    "billing.wallet.view": WALLET,
}
"""What roles are made of, and what each of these stands for."""
QUALIFIABLE = (
    "agents", "knowledge", "integrations", "tests", "phone_numbers", "schedules", "users", "conversations", "sessions",
)  # fmt: skip
NARROWED: Mapping[str, tuple[str, ...]] = {
    **{f"{each}:read": (f"{each}:read/", f"{each}:write/") for each in QUALIFIABLE},
    **{f"{each}:write": (f"{each}:write/",) for each in QUALIFIABLE},
}
"""What an id is put behind to give the narrowed scopes that grant a permission on it."""
OF_AGENTS = ("tests", "phone_numbers", "schedules", "conversations", "sessions")
BELOW: Mapping[str, tuple[str, ...]] = {
    **{f"{each}:read": (f"{each}:read/agents:", f"{each}:write/agents:") for each in OF_AGENTS},
    **{f"{each}:write": (f"{each}:write/agents:",) for each in OF_AGENTS},
}
"""What the id of an agent is put behind to give the scopes that grant a permission on what is the agent's."""

CREATES_AGENTS = SCOPES["agents:write"]
CREATES_AGENTS_BY_ROLE = HELD_BY["agents:write"]
MAX_AGE = timedelta(minutes=5)
MIN_AGE = -MAX_AGE


@dataclass(slots=True, eq=False)
class Caller:
    """Who asks. *attributes* are empty where nothing is the matter with the credential."""

    kind: str
    id: str
    workspace: str
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Thing:
    """What is asked about."""

    surface: str
    id: str
    workspace: str
    agent: str = ""


@dataclass(slots=True, eq=False)
class Circumstances:
    """Where the request comes from, and what the host knows."""

    channel: str
    environment: str = "production"
    facts: dict[str, Any] = field(default_factory=dict)
    now: datetime | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


def trouble(state: Mapping[str, Any]) -> str | None:
    """The code of what is the matter with a credential."""
    for name, code in (
        ("leaked", "credential_leaked"),
        ("revoked", "credential_revoked"),
        ("suspended", "member_suspended"),
    ):
        if name in state:
            return code
    if "expires_at" in state or "not_before" in state or "ip_allow" in state:
        raise NotImplementedError("the benchmark's credentials are in order")
    return None


def check(caller: Caller, permission: str, thing: Thing, circumstances: Circumstances) -> str | None:
    """None where the request is allowed, else the code of the denial."""
    if caller.attributes and (code := trouble(caller.attributes)):
        return code
    if caller.workspace != thing.workspace:
        return "workspace_mismatch"
    if caller.kind == "api_key":
        granting = SCOPES.get(permission)
        if granting is None:
            return "dashboard_only"
        if circumstances.channel != "server":
            return "credential_channel_forbidden"
        if granting.isdisjoint(caller.scopes):
            return "explicit_grant_required" if permission in EXPLICIT else "scope_missing"
        return None
    if circumstances.channel != "dashboard":
        return "credential_channel_forbidden" if permission in SCOPES else "dashboard_only"
    if HELD_BY[permission].isdisjoint(caller.roles):
        return "member_permission_missing"
    if "sso_required" in circumstances.attributes and "sso" not in caller.attributes:
        return "sso_required"
    if thing.surface == "sso" and not circumstances.facts.get("sso_available"):
        return "feature_not_available"
    return None


def check_raw(
    kind: str, workspace: str, held: Any, permission: str, thing: Thing, circumstances: Circumstances
) -> str | None:
    """As :func:`check`, from what a table of keys or members holds: the text of the scopes, or the list of roles."""
    if workspace != thing.workspace:
        return "workspace_mismatch"
    if kind == "api_key":
        granting = SCOPES.get(permission)
        if granting is None:
            return "dashboard_only"
        if circumstances.channel != "server":
            return "credential_channel_forbidden"
        if granting.isdisjoint(held.split()):
            return "explicit_grant_required" if permission in EXPLICIT else "scope_missing"
        return None
    if circumstances.channel != "dashboard":
        return "credential_channel_forbidden" if permission in SCOPES else "dashboard_only"
    if HELD_BY[permission].isdisjoint(held):
        return "member_permission_missing"
    if "sso_required" in circumstances.attributes:
        return "sso_required"
    if thing.surface == "sso" and not circumstances.facts.get("sso_available"):
        return "feature_not_available"
    return None


def check_key(  # noqa: PLR0917  # as a row and a request have them
    workspace: str, held: str, permission: str, named: str, agent: str, where: str, circumstances: Circumstances
) -> str | None:
    """As :func:`check`, for a key as a table has it: the text of its scopes, some of them narrowed."""
    if workspace != where:
        return "workspace_mismatch"
    granting = SCOPES.get(permission)
    if granting is None:
        return "dashboard_only"
    if circumstances.channel != "server":
        return "credential_channel_forbidden"
    scopes = held.split()
    if granting.isdisjoint(scopes):
        if "/" in held and permission in NARROWED:
            for narrowed in NARROWED[permission]:
                if narrowed + named in scopes:
                    return None
            if agent and permission in BELOW:
                for narrowed in BELOW[permission]:
                    if narrowed + agent in scopes:
                        return None
        return "explicit_grant_required" if permission in EXPLICIT else "scope_missing"
    return None


def check_caller(caller: Caller, permission: str, thing: Thing, circumstances: Circumstances) -> str | None:
    """As :func:`check_key`, for a service that makes an object of a key and of what is asked about."""
    code = check(caller, permission, thing, circumstances)
    if code == "scope_missing" and permission in NARROWED:
        for narrowed in NARROWED[permission]:
            if narrowed + thing.id in caller.scopes:
                return None
        if thing.agent and permission in BELOW:
            for narrowed in BELOW[permission]:
                if narrowed + thing.agent in caller.scopes:
                    return None
    return code


def check_member(
    held_by: Mapping[str, frozenset[str]],
    workspace: str,
    held: str,
    permission: str,
    where: str,
    circumstances: Circumstances,
) -> str | None:
    """As :func:`check`, for a member as a table has it: the text of the roles, by a table of who holds a permission."""
    if workspace != where:
        return "workspace_mismatch"
    if circumstances.channel != "dashboard":
        return "credential_channel_forbidden" if permission in SCOPES else "dashboard_only"
    if held_by[permission].isdisjoint(held.split()):
        return "member_permission_missing"
    if "sso_required" in circumstances.attributes:
        return "sso_required"
    if permission.startswith("sso:") and not circumstances.facts.get("sso_available"):
        return "feature_not_available"
    return None


def create_agent(caller: Caller, operation: str, thing: Thing, circumstances: Circumstances) -> str | None:
    """May the caller create one more agent? The permission, then the limit, by facts of the last five minutes."""
    if caller.attributes and (code := trouble(caller.attributes)):
        return code
    if caller.workspace != thing.workspace:
        return "workspace_mismatch"
    if caller.kind == "api_key":
        if circumstances.channel != "server":
            return "credential_channel_forbidden"
        if CREATES_AGENTS.isdisjoint(caller.scopes):
            return "scope_missing"
    else:
        if circumstances.channel != "dashboard":
            return "credential_channel_forbidden"
        if CREATES_AGENTS_BY_ROLE.isdisjoint(caller.roles):
            return "member_permission_missing"
        if "sso_required" in circumstances.attributes and "sso" not in caller.attributes:
            return "sso_required"
    facts = circumstances.facts
    try:
        limits = facts["entitlements"]["agents"]
        as_of = limits["as_of"] if "as_of" in limits else facts["as_of"]
        if not MIN_AGE <= circumstances.now - as_of <= MAX_AGE:
            return "facts_unavailable"
        asked = facts["quantity"] if "quantity" in facts else 1  # noqa: SIM401  # `in` is no call
        if asked < 1:
            return "facts_unavailable"
        is_soft = False
        if "kind" in limits:
            is_soft = limits["kind"] == "soft"
            if not is_soft and limits["kind"] != "hard":
                return "facts_unavailable"
        if "unlimited" in limits and limits["unlimited"]:  # noqa: RUF019  # `in` is no call
            is_over = False
        else:
            limit, used, reserved = limits["limit"], limits["used"], limits["reserved"]
            if limit < 0 or used < 0 or reserved < 0:
                return "facts_unavailable"
            is_over = used + reserved + asked > limit
        if "enabled" in limits and not limits["enabled"]:
            return "entitlement_limit_reached"
    except (KeyError, TypeError):
        return "facts_unavailable"
    return "entitlement_limit_reached" if is_over and not is_soft else None
