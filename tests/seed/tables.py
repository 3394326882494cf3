"""What the workspace pack must say, written down by hand: nothing here is computed from the pack."""

from itertools import chain
from typing import Final

COARSE: Final = {
    "agents": "agents",
    "knowledge": "knowledge",
    "integrations": "integrations",
    "tests": "tests",
    "phone_numbers": "phone numbers",
    "schedules": "schedules",
    "voice": "voice bookmarks and provider discovery",
    "profile_fields": "User profile fields",
    "memory": "memory",
    "users": "Users",
    "conversations": "conversations",
    "sessions": "sessions",
    "observability": "observability",
    "audit_logs": "audit logs",
    "workspace_settings": "workspace settings",
}
"""The fifteen surfaces of coarse scopes, each with the name it has among people."""

READ_ONLY: Final = frozenset({"observability", "audit_logs"})
WRITABLE: Final = tuple(surface for surface in COARSE if surface not in READ_ONLY)

QUALIFIABLE: Final = frozenset(
    {"agents", "knowledge", "integrations", "tests", "phone_numbers", "schedules", "users", "conversations", "sessions"}
)

EXPLICIT: Final = {
    "sensitive_memory": ("read", "write"),
    "collected_data": ("read", "write"),
    "post_session_records": ("read", "write"),
    "webhooks": ("admin",),
}
"""The four surfaces that need an explicit grant."""

COARSE_READS: Final = tuple(f"{surface}:read" for surface in COARSE)
COARSE_WRITES: Final = tuple(f"{surface}:write" for surface in WRITABLE)
EXPLICIT_PERMISSIONS: Final = tuple(f"{surface}:{action}" for surface, verbs in EXPLICIT.items() for action in verbs)
KEY_PERMISSIONS: Final = (*COARSE_READS, *COARSE_WRITES, *EXPLICIT_PERMISSIONS)
"""All that any key can do, 35 permissions."""

KEY_MANAGEMENT: Final = ("api_keys:view", "api_keys:create", "api_keys:rotate", "api_keys:revoke")

CLOSED: Final = {
    "settings": ("view",),
    "billing": ("view",),
    "api_keys": ("view", "create", "rotate", "revoke", "grant_sensitive"),
    "members": ("view", "invite", "change_role", "remove", "suspend"),
    "providers": ("view", "store", "rotate", "delete"),
    "sso": ("view", "manage"),
    "privacy": ("view", "manage"),
    "compliance": ("view", "manage", "export"),
    "user_erasure": ("request",),
    "recordings": ("read",),
    "wallet": ("view",),
    "usage": ("view",),
    "payment_methods": ("view", "manage"),
    "top_ups": ("view", "manage"),
    "auto_recharge": ("view", "manage"),
}
"""Closed to every key: no scope exists for them."""

CLOSED_PERMISSIONS: Final = tuple(f"{surface}:{action}" for surface, verbs in CLOSED.items() for action in verbs)
PERMISSIONS: Final = (*KEY_PERMISSIONS, *CLOSED_PERMISSIONS)

COARSE_SCOPES: Final = ("workspace:read", "workspace:write")
INERT_SCOPES: Final = ("webhooks:read", "webhooks:write")
GRANULAR_SCOPES: Final = (*COARSE_READS, *COARSE_WRITES)
SCOPES: Final = (*COARSE_SCOPES, *GRANULAR_SCOPES, *EXPLICIT_PERMISSIONS, *INERT_SCOPES)
"""Every scope string that exists."""

CHANNELS: Final = ("server", "dashboard", "browser", "widget", "mobile", "public_repository", "whatsapp", "voice")
CHANNELS_AND_NONE: Final = (*CHANNELS, None)

ROLES: Final = ("owner", "admin", "developer", "billing", "compliance", "viewer")

# One row an item of the role table, one letter a role in the order above: M manages, v views, - holds nothing.
ROLE_TABLE: Final = {
    "general": "MMvvvv",
    "members": "MM--v-",
    "api_keys": "MMM---",
    "providers": "MMv---",
    "sso": "Mv--v-",
    "privacy": "MM--M-",
    "compliance": "Mv--M-",
    "audit": "vv--v-",
    "wallet": "vv-v--",
    "usage": "vvvv--",
    "payment_methods": "M--M--",
    "top_ups": "M--M--",
    "auto_recharge": "M--M--",
    "product": "MMM-vv",
    "sensitive": "Mv--v-",
}

TABS: Final = ("general", "members", "api_keys", "providers", "sso", "privacy", "compliance", "audit")
BILLING_ITEMS: Final = ("wallet", "usage", "payment_methods", "top_ups", "auto_recharge")

TAB_STATES: Final = {"M": "manage", "v": "read_only", "-": "unavailable"}
"""The letters of the role table as the states of a tab."""

SEED_METERS: Final = {
    "voice_minutes": "consumption",
    "text_chat_messages": "consumption",
    "whatsapp_messages": "consumption",
    "test_runs": "consumption",
    "agents": "allocation",
    "seats": "allocation",
}
"""The six meters that are named, each with its kind."""

PRODUCTION_METERS: Final = {**SEED_METERS, "knowledge_uploads": "consumption"}
FAIR_USE: Final = {"preview": "fair_use_preview", "test": "fair_use_test"}
"""The bucket of each environment that is no production."""

LIMITED: Final = {
    "agents.create": "agents",
    "knowledge.upload": "knowledge_uploads",
    "tests.run": "test_runs",
    "members.invite": "seats",
    "messages.send": "text_chat_messages",
    "whatsapp.reply": "whatsapp_messages",
    "voice.connect": "voice_minutes",
}
"""The seven operations that a limit can block, each with its meter."""

TITLES: Final = {
    "agents": "Agents",
    "knowledge_uploads": "Knowledge uploads",
    "test_runs": "Test runs",
    "seats": "Seats",
    "text_chat_messages": "Text chat messages",
    "whatsapp_messages": "WhatsApp messages",
    "voice_minutes": "Voice minutes",
    "fair_use_preview": "Dashboard previews",
    "fair_use_test": "Tests",
}

TRAFFIC: Final = ("messages.send", "whatsapp.reply", "voice.connect")
"""What counts on a fair-use bucket instead, in previews and tests."""

PAID: Final = (*TRAFFIC, "phone_numbers.purchase")
"""What is paid for in production."""

UNGATED: Final = (
    "agents.publish",
    "agents.rollback",
    "sessions.create",
    "members.assign_role",
    "members.remove",
    "members.suspend",
)
"""Operations that look at no limit, no payment and no provider."""

PROVIDERS: Final = ("model", "speech", "telephony", "messaging", "other")

# An operation, the circumstances that its kinds of credentials depend on, and the kinds.
PROVIDERS_NEEDED: Final[tuple[tuple[str, dict[str, str], tuple[str, ...]], ...]] = (
    ("preview.start", {"modality": "text"}, ("model",)),
    ("preview.start", {"modality": "audio"}, ("model", "speech")),
    ("tests.run", {"modality": "text"}, ("model",)),
    ("tests.run", {"modality": "audio"}, ("model", "speech")),
    ("messages.send", {}, ("model",)),
    ("whatsapp.reply", {}, ("model", "messaging")),
    ("voice.connect", {"distribution": "widget"}, ("model", "speech")),
    ("voice.connect", {"distribution": "phone"}, ("model", "speech", "telephony")),
    ("channel.setup", {"distribution": "widget"}, ("model",)),
    ("channel.setup", {"distribution": "api"}, ("model",)),
    ("channel.setup", {"distribution": "webhook"}, ("model",)),
    ("channel.setup", {"distribution": "phone"}, ("model", "speech", "telephony")),
    ("channel.setup", {"distribution": "whatsapp"}, ("model", "messaging")),
    ("phone_numbers.purchase", {}, ("telephony",)),
)

OPERATIONS: Final = (
    *LIMITED, "preview.start", "channel.setup", "phone_numbers.purchase", *UNGATED
)  # fmt: skip
"""Every operation there is."""

GATES: Final = {
    "provider": (
        "gates.model",
        "gates.speech",
        "gates.speech-for-audio",
        "gates.phone",
        "gates.telephony",
        "gates.whatsapp",
        "gates.whatsapp-setup",
    ),
    "payment": ("gates.payment",),
    "wallet": ("gates.wallet",),
    "entitlement": (
        "gates.agents",
        "gates.knowledge-uploads",
        "gates.test-runs",
        "gates.seats",
        "gates.text-chat-messages",
        "gates.whatsapp-messages",
        "gates.voice-minutes",
    ),
    "fair_use": ("gates.preview-fair-use", "gates.test-fair-use"),
}
"""Every gate, by the fact that it reads."""

LIMIT_GATES: Final = dict(zip(LIMITED, GATES["entitlement"], strict=True))
"""The gate of each of the seven."""


def counted(operation: str, environment: str) -> tuple[str, ...]:
    """What an operation counts on in an environment: meters and buckets."""
    if operation in TRAFFIC and environment in FAIR_USE:
        return (FAIR_USE[environment],)
    if operation == "preview.start":
        return ("fair_use_preview",)
    if operation == "tests.run":
        return ("test_runs", "fair_use_test")
    return (LIMITED[operation],) if operation in LIMITED else ()


_OWN_PAGE: Final = frozenset({"workspace_settings", "audit_logs"})

VIEWS: Final = {
    "general": ("workspace_settings:read",),
    "members": ("members:view",),
    "api_keys": ("api_keys:view",),
    "providers": ("providers:view",),
    "sso": ("sso:view",),
    "privacy": ("privacy:view",),
    "compliance": ("compliance:view",),
    "audit": ("audit_logs:read",),
    "wallet": ("wallet:view",),
    "usage": ("usage:view",),
    "payment_methods": ("payment_methods:view",),
    "top_ups": ("top_ups:view",),
    "auto_recharge": ("auto_recharge:view",),
    "product": tuple(f"{surface}:read" for surface in COARSE if surface not in _OWN_PAGE),
    "sensitive": ("sensitive_memory:read", "collected_data:read", "post_session_records:read", "recordings:read"),
}
"""What each item's view is, as permissions."""

MANAGES: Final = {
    "general": ("workspace_settings:write",),
    "members": ("members:invite", "members:change_role", "members:remove", "members:suspend"),
    "api_keys": ("api_keys:create", "api_keys:rotate", "api_keys:revoke"),
    "providers": ("providers:store", "providers:rotate", "providers:delete"),
    "sso": ("sso:manage",),
    "privacy": ("privacy:manage", "user_erasure:request"),
    "compliance": ("compliance:manage", "compliance:export"),
    "payment_methods": ("payment_methods:manage",),
    "top_ups": ("top_ups:manage",),
    "auto_recharge": ("auto_recharge:manage",),
    "product": tuple(f"{surface}:write" for surface in WRITABLE if surface not in _OWN_PAGE),
    "sensitive": ("sensitive_memory:write", "collected_data:write", "post_session_records:write", "webhooks:admin"),
}
"""What managing each item adds, as permissions."""

AUDITED: Final = frozenset(
    {
        "api_keys:create",
        "api_keys:rotate",
        "api_keys:revoke",
        "api_keys:grant_sensitive",
        "members:invite",
        "members:change_role",
        "members:remove",
        "members:suspend",
        "providers:store",
        "providers:rotate",
        "providers:delete",
        "sso:view",
        "sso:manage",
        "privacy:manage",
        "compliance:manage",
        "compliance:export",
        "user_erasure:request",
        "payment_methods:manage",
        "top_ups:manage",
        "auto_recharge:manage",
        "webhooks:admin",
    }
)
AUDITED_OPERATIONS: Final = frozenset(
    {"agents.publish", "agents.rollback", "members.invite", "members.assign_role", "members.remove", "members.suspend"}
)

ASSIGNABLE: Final = {"owner": frozenset(ROLES), "admin": frozenset({"admin", "developer", "viewer"})}
"""Which roles those who manage members may hand out."""


def level(item: str, role: str) -> str:
    """The letter of the role table."""
    return ROLE_TABLE[item][ROLES.index(role)]


def held_by(role: str) -> frozenset[str]:
    """Every permission that a role holds, by the tables above."""
    held = set(chain.from_iterable(VIEWS[item] for item in ROLE_TABLE if level(item, role) != "-"))
    held.update(chain.from_iterable(MANAGES[item] for item in ROLE_TABLE if level(item, role) == "M"))
    if any(level(item, role) != "-" for item in TABS):
        held.add("settings:view")
    if any(level(item, role) != "-" for item in BILLING_ITEMS):
        held.add("billing:view")
    if role == "owner":
        held.add("api_keys:grant_sensitive")
    return frozenset(held)


def granted_by(scope: str) -> frozenset[str]:
    """Every permission that one scope grants a key, by the tables above."""
    if scope == "workspace:read":
        return frozenset(COARSE_READS)
    if scope == "workspace:write":
        return frozenset((*COARSE_READS, *COARSE_WRITES))
    if scope in INERT_SCOPES:
        return frozenset()
    surface, action = scope.split(":")
    if surface in COARSE and action == "write":
        return frozenset((scope, f"{surface}:read"))
    return frozenset((scope,))
