"""Edits of the shipped pack, one of each kind that a reviewer meets, with what has to be said of each.

An edit puts one text in the place of another in one file. What is expected is written by hand: in which respect,
who (as printed), one action of it, and a part of the line that did it.
"""

from typing import NamedTuple


class Said(NamedTuple):
    """One change that is to be among those reported."""

    aspect: str
    who: str
    what: str
    because: str = ""
    where: str = ""


class Case(NamedTuple):
    """One edit: *find* becomes *put* in *file*. *says* has to be reported; *aspects* are all that may be."""

    name: str
    file: str
    find: str
    put: str
    says: tuple[Said, ...] = ()
    aspects: str = ""

    @property
    def is_broad(self) -> bool:
        """Whether it touches so many answers that it takes its time."""
        return self.name in _BROAD


_BROAD = frozenset({
    "roles that a question is about", "when becomes unless", "a macro is another one", "how much need not be said", "&& for ||", "== for !=", "a whole rule is dropped", "a rule is added", "a bound is moved",
    "a fact is asked otherwise", "a variable is widened", "a channel is dropped from a rule", "a kind is added to a deny",
    "a kind is dropped from a deny", "a channel where nobody comes from", "a channel is added to the catalog",
    "an environment is added", "a role is added", "a role is dropped", "a role holds a whole surface", "a rank is raised",
    "a surface is added, coarse", "a surface is added, explicit", "a surface can be narrowed", "a parent is dropped",
    "a scope reaches less", "a gate is off", "a gate loses an operation", "a gate asks for fewer credentials",
    "facts may be older", "a stage is moved", "a surface becomes coarse", "a gate is on another meter",
    "a circumstance of a remedy is another one", "a rule is at another stage", "a member permission implies more", "a line is added to a role", "a line of a role is dropped", "read implies write",
    "a scope reaches more", "a pattern is narrowed", "a surface leaves its group", "a remedy is changed",
    "a status is changed", "an operation counts on another meter", "an operation needs less", "channels in another order",
})  # fmt: skip

EDITS = (
    Case(
        "roles that a question is about",
        "catalog-settings.yaml",
        "assigns: [roles, new_roles]",
        "assigns: [new_roles]",
        (
            Said("gained", "members with roles owner or admin on one of agents", "members:remove", "members assigns"),
            Said("lost", "members with roles owner, admin or compliance on one of agents", "members:view", "members"),
        ),
        "gained lost",
    ),
    # Effects, and when and unless.
    Case(
        "an effect is flipped",
        "traffic.yaml",
        "id: system.whatsapp-replies\n    effect: allow",
        "id: system.whatsapp-replies\n    effect: deny\n    code: not_permitted",
        (Said("lost", "system", "whatsapp.reply", "traffic.yaml:28", "on whatsapp"),),
        "lost",
    ),
    Case(
        "a deny becomes an allow",
        "key-management.yaml",
        'effect: deny\n    on: ["api_keys:*"]\n    unless: principal.kind == "member" && context.channel == "dashboard"\n    stage: dashboard_only\n    code: dashboard_only',
        'effect: allow\n    on: ["api_keys:*"]\n    kinds: [member]\n    when: context.channel == "dashboard"',
        (Said("gained", "members", "api_keys:create", "keys.dashboard-only", "on dashboard"),),
        "gained lost reason",
    ),
    Case(
        "when becomes unless",
        "sign-in.yaml",
        "when: variables.lacks_single_sign_on\n    unless: variables.is_the_way_back\n    stage",
        "unless: variables.lacks_single_sign_on\n    stage",
        (
            Said("lost", "members with role", "agents:read", "sign-in.single-sign-on"),
            Said("gained", "members with role", "agents:read", "sign-in.single-sign-on"),
        ),
        "gained lost reason",
    ),
    Case(
        "&& for ||",
        "account.yaml",
        'principal.kind == "member" && context.channel == "dashboard" || resource.surface',
        'principal.kind == "member" || context.channel == "dashboard" || resource.surface',
        (Said("gained", "members with role", "members:view", "account.dashboard-only unless"),),
        "gained reason",
    ),
    Case(
        "== for !=",
        "channels.yaml",
        'unless: context.channel == "dashboard"',
        'unless: context.channel != "dashboard"',
        (
            Said("lost", "members with role", "agents:read", "channel.members-in-dashboard unless", "on dashboard"),
            Said("gained", "members with role", "agents:read", "channel.members-in-dashboard unless"),
        ),
        "gained lost reason",
    ),
    Case(
        "a condition is dropped",
        "account.yaml",
        "    unless: context.facts.sso_available\n",
        "",
        (Said("lost", "members with role", "sso:view", "sso.available unless"),),
        "lost reason",
    ),
    Case(
        "a whole rule is dropped",
        "members.yaml",
        """  - id: members.grant-exceeds-actor
    effect: deny
    on: ["members:{invite,change_role}"]
    stage: standing
    unless: resource.new_roles.all(role, role in principal.assignable_roles)
    code: grant_exceeds_actor
    owner: security
    source: assumed
    because: A new role holds rights that the actor does not.
""",
        "",
        (Said("gained", "members with role", "members:invite", "- rule members.grant-exceeds-actor"),),
        "gained reason",
    ),
    Case(
        "a rule is added",
        "sign-in.yaml",
        "rules:\n",
        """rules:
  - id: nights.closed
    effect: deny
    on: ["agents:write"]
    environments: [production]
    code: not_permitted
    because: Nothing is changed in production.

""",
        (Said("lost", "keys with a scope for it", "agents:write", "+ rule nights.closed", "in production"),),
        "lost wording",
    ),
    Case(
        "an allow is added",
        "traffic.yaml",
        "rules:\n",
        """rules:
  - id: anonymous.traces
    effect: allow
    on: ["observability:read"]
    kinds: [system]
    because: Jobs read traces.

""",
        (Said("gained", "system", "observability:read", "+ rule anonymous.traces"),),
        "gained reason",
    ),
    Case(
        "a bound is moved",
        "members.yaml",
        "context.facts.owner_count > 1 :",
        "context.facts.owner_count > 0 :",
        (Said("gained", "members with role", "members:remove", "members.last-owner unless"),),
        "gained reason",
    ),
    Case(
        "a fact is asked otherwise",
        "gates.yaml",
        'when: context.modality != "text"',
        'when: context.modality == "audio"',
        (Said("gained", "keys with a scope for it", "preview.start", "gates.speech-for-audio when"),),
        "gained reason",
    ),
    Case(
        "a variable is widened",
        "sign-in.yaml",
        'permission in ["sso:view", "sso:manage"]',
        'permission in ["sso:view", "sso:manage", "members:view"]',
        (Said("gained", "members with role owner", "members:view", "is_the_way_back"),),
        "gained reason",
    ),
    # Channels, kinds, roles, surfaces.
    Case(
        "a channel is added to a rule",
        "traffic.yaml",
        "channels: [whatsapp]\n",
        "channels: [whatsapp, server]\n",
        (Said("gained", "system", "whatsapp.reply", "traffic.yaml:31", "on server"),),
        "gained",
    ),
    Case(
        "a channel is dropped from a rule",
        "channels.yaml",
        '["browser", "widget", "mobile", "whatsapp", "voice"]',
        '["browser", "widget", "whatsapp", "voice"]',
        (Said("lost", "sessions", "sessions:write", "channel.sessions-with-users unless", "on mobile"),),
        "lost reason",
    ),
    Case(
        "a kind is added to a deny",
        "sign-in.yaml",
        'on: ["*:*"]\n    kinds: [member]',
        'on: ["*:*"]\n    kinds: [member, api_key]',
        (Said("lost", "keys with a scope for it", "agents:read", "sign-in.single-sign-on kinds", "on server"),),
        "lost reason",
    ),
    Case(
        "a kind is added where its channel is closed",
        "traffic.yaml",
        "on: [voice.connect]\n    kinds: [system]",
        "on: [voice.connect]\n    kinds: [system, api_key]",
    ),
    Case(
        "a kind is dropped from a deny",
        "traffic.yaml",
        'effect: deny\n    on: ["*:*"]\n    kinds: [session]',
        'effect: deny\n    on: ["agents:*"]\n    kinds: [session]',
        (Said("gained", "sessions with a scope for it", "users:read", "sessions.nowhere-else on"),),
        "gained reason redaction",
    ),
    Case("a channel where nobody comes from", "catalog-context.yaml", "mobile, public_repository", "mobile"),
    Case(
        "a channel is added to the catalog", "catalog-context.yaml", "[server, dashboard,", "[server, kiosk, dashboard,"
    ),
    Case(
        "an environment is added",
        "catalog-context.yaml",
        "environments: [production, preview, test]",
        "environments: [production, preview, test, staging]",
        (Said("gained", "keys with a scope for it", "agents:read", "+ environment staging", "in staging"),),
        "gained usage",
    ),
    Case(
        "a role is added",
        "roles.yaml",
        "roles:\n",
        "roles:\n  auditor:\n    rank: 5\n    holds: [settings.audit.view]\n",
        (Said("gained", "members with role auditor", "audit_logs:read", "+ role auditor"),),
        "gained reason",
    ),
    Case(
        "a role is dropped",
        "roles.yaml",
        """  viewer:
    rank: 10
    source: assumed
    because: Looks, and changes nothing.
    holds:
      - settings.general.view
      - product.view
""",
        "",
        (Said("lost", "members with role viewer", "agents:read", "- role viewer"),),
        "lost reason",
    ),
    Case(
        "a line is added to a role",
        "roles.yaml",
        "      - settings.audit.view\n      - billing.wallet.view\n      - billing.usage.view\n      - product.manage\n      - product.sensitive.view\n",
        "      - settings.audit.view\n      - billing.wallet.view\n      - billing.usage.view\n      - billing.payment_methods.manage\n      - product.manage\n      - product.sensitive.view\n",
        (
            Said(
                "gained",
                "members with role admin",
                "payment_methods:manage",
                "+ billing.payment_methods.manage",
                "on dashboard",
            ),
        ),
        "gained",
    ),
    Case(
        "a line of a role is dropped",
        "roles.yaml",
        "      - settings.general.view\n      - settings.api_keys.manage\n",
        "      - settings.general.view\n",
        (Said("lost", "members with role developer", "api_keys:create", "- settings.api_keys.manage"),),
        "lost gained reason",
    ),
    Case(
        "a role holds a whole surface",
        "roles.yaml",
        "      - settings.general.view\n      - product.view\n",
        '      - settings.general.view\n      - product.view\n      - "webhooks:*"\n',
        (
            Said(
                "gained",
                "members with role viewer",
                "webhooks:admin",
                "-> [settings.general.view, product.view, webhooks:*]",
            ),
        ),
        "gained lost",
    ),
    Case(
        "a rank is raised",
        "roles.yaml",
        "  admin:\n    rank: 80",
        "  admin:\n    rank: 100",
        (Said("gained", "members with role admin", "members:remove", "admin rank"),),
        "gained reason",
    ),
    Case(
        "a member permission grants more",
        "catalog-permissions.yaml",
        '      grants: ["sso:view", "settings:view"]',
        '      grants: ["sso:view", "sso:manage", "settings:view"]',
        (Said("gained", "members with roles admin or compliance", "sso:manage", "settings.sso.view grants"),),
        "gained",
    ),
    Case(
        "a member permission implies more",
        "catalog-permissions.yaml",
        '      grants: ["workspace_settings:read", "settings:view"]\n',
        '      grants: ["workspace_settings:read", "settings:view"]\n      implies: [billing.wallet.view]\n',
        (Said("gained", "members with role", "wallet:view", "settings.general.view implies"),),
        "gained",
    ),
    Case(
        "a surface is added, coarse",
        "catalog-product.yaml",
        "    agents:\n      qualifiable: true",
        "    invoices:\n      because: Invoices.\n    agents:\n      qualifiable: true",
        (
            Said("gained", "workspace:read", "invoices:read", "+ surface invoices"),
            Said("reach", "keys with workspace:read", "invoices:read", "+ surface invoices"),
        ),
        "gained reach lost",
    ),
    Case(
        "a surface is added, explicit",
        "catalog-sensitive.yaml",
        "    webhooks:\n",
        "    transcripts_raw:\n      because: Raw.\n    webhooks:\n",
        (Said("gained", "keys with transcripts_raw:read", "transcripts_raw:read", "+ surface transcripts_raw"),),
        "gained lost",
    ),
    Case(
        "a surface becomes coarse",
        "catalog-sensitive.yaml",
        "    sensitive_memory:\n",
        "    sensitive_memory:\n      coarse: true\n      explicit_only: false\n",
        (
            Said("gained", "keys with workspace:read", "sensitive_memory:read", "sensitive_memory"),
            Said("reach", "keys with workspace:read", "sensitive_memory:read", "sensitive_memory"),
        ),
        "gained reach reason redaction",
    ),
    Case(
        "a surface may be held by keys",
        "catalog-settings.yaml",
        "    recordings:\n      actions: [read]\n",
        "    recordings:\n      actions: [read]\n      explicit_only: true\n      holdable_by: [member, api_key]\n",
        (),
        "",
    ),
    Case(
        "a surface leaves its group",
        "catalog-settings.yaml",
        "      group: [billing, account]\n      because: The wallet balance.",
        "      group: billing\n      because: The wallet balance.",
        (Said("reason", "members", "wallet:view", "wallet group", "on server"),),
        "reason",
    ),
    Case(
        "read implies write",
        "catalog-product.yaml",
        "    voice:\n      because",
        "    voice:\n      implies: {read: [write]}\n      because",
        (Said("gained", "keys with voice:read", "voice:write", "voice implies"),),
        "gained reach lost",
    ),
    Case(
        "a surface can be narrowed",
        "catalog-product.yaml",
        "    voice:\n      because",
        "    voice:\n      qualifiable: true\n      because",
        (Said("gained", "keys with voice:read/id_1", "voice:read", "voice qualifiable"),),
        "gained open",
    ),
    Case(
        "a parent is dropped",
        "catalog-product.yaml",
        "    tests:\n      qualifiable: true\n      parent: {surface: agents, attribute: agent}\n",
        "    tests:\n      qualifiable: true\n",
        (Said("lost", "keys with tests:read/agents:id_1", "tests:read", "tests parent"),),
        "lost reason",
    ),
    Case(
        "a pattern is widened",
        "traffic.yaml",
        'on: ["sessions:read", "sessions:write"]',
        'on: ["sessions:read", "sessions:write", "conversations:read"]',
        (),
        "",
    ),
    Case(
        "a pattern is narrowed",
        "members.yaml",
        'on: ["members:{change_role,remove,suspend}"]\n    stage: standing\n    when: resource.roles',
        'on: ["members:{change_role,remove}"]\n    stage: standing\n    when: resource.roles',
        (Said("gained", "members with role", "members:suspend", "members.above-actor on"),),
        "gained reason",
    ),
    # Scopes.
    Case(
        "a scope reaches more",
        "scopes.yaml",
        'includes: ["*:read"]',
        'includes: ["*:read", "agents:write"]',
        (
            Said("gained", "keys with workspace:read", "agents:write", "workspace:read includes"),
            Said("reach", "keys with workspace:read", "agents:write", "workspace:read includes"),
        ),
        "gained reach",
    ),
    Case(
        "a scope reaches less",
        "scopes.yaml",
        'includes: ["workspace:read", "*:write"]',
        'includes: ["workspace:read", "agents:write"]',
        (
            Said("lost", "keys with workspace:write", "knowledge:write", "workspace:write includes"),
            Said("reach", "keys with workspace:write", "knowledge:write", "workspace:write includes"),
        ),
        "lost reach",
    ),
    Case(
        "a scope is added",
        "scopes.yaml",
        "scopes:\n",
        'scopes:\n  support:all:\n    includes: ["users:*"]\n',
        (Said("gained", "keys with support:all", "users:read", "+ scope support:all", "on server"),),
        "gained",
    ),
    Case(
        "a scope has an alias",
        "scopes.yaml",
        "  workspace:read:\n",
        "  workspace:read:\n    alias: Everything.Read\n",
        (Said("gained", "keys with Everything.Read", "agents:read", "alias"),),
        "gained",
    ),
    # Gates and facts.
    Case(
        "a gate is off",
        "gates.yaml",
        "  - id: gates.payment\n",
        '  - id: gates.payment\n    mode: "off"\n',
        (Said("gained", "keys with a scope for it", "voice.connect", "gates.payment mode"),),
        "gained advice",
    ),
    Case(
        "a gate advises",
        "gates.yaml",
        "  - id: gates.agents\n",
        "  - id: gates.agents\n    mode: advise\n",
        (Said("gained", "keys with a scope for it", "agents.create", "gates.agents mode"),),
        "gained reason advice",
    ),
    Case(
        "a gate is on another meter",
        "gates.yaml",
        "    entitlement: test_runs\n",
        "    fair_use: fair_use_test\n",
        (Said("gained", "keys with a scope for it", "tests.run", "gates.test-runs entitlement"),),
        "gained advice",
    ),
    Case(
        "a gate loses an operation",
        "gates.yaml",
        "on: [messages.send, whatsapp.reply, voice.connect, phone_numbers.purchase]\n    payment",
        "on: [messages.send, whatsapp.reply, phone_numbers.purchase]\n    payment",
        (Said("gained", "keys with a scope for it", "voice.connect", "gates.payment on"),),
        "gained advice",
    ),
    Case(
        "a gate asks for fewer credentials",
        "gates.yaml",
        "provider: [speech, telephony]",
        "provider: [speech]",
        (Said("gained", "keys with a scope for it", "channel.setup", "gates.phone provider"),),
        "gained reason",
    ),
    Case(
        "facts may be older",
        "catalog-context.yaml",
        "facts_max_age: 5m",
        "facts_max_age: 1h",
        (Said("gained", "keys with a scope for it", "agents.create", "facts_max_age: 5m -> 1h"),),
        "gained reason",
    ),
    Case(
        "a stage is moved",
        "catalog-context.yaml",
        "    - provider\n    - payment\n",
        "    - payment\n    - provider\n",
        (Said("reason", "keys with a scope for it", "voice.connect", "stages"),),
        "reason",
    ),
    Case(
        "a rule is at another stage",
        "account.yaml",
        "stage: dashboard_only\n    code: dashboard_only\n    owner: security\n    source: assumed",
        "stage: feature\n    code: dashboard_only\n    owner: security\n    source: assumed",
        (Said("reason", "keys", "members:view", "account.dashboard-only stage"),),
        "reason",
    ),
    Case(
        "a rule has another code",
        "account.yaml",
        "code: feature_not_available",
        "code: not_permitted",
        (Said("reason", "members with role", "sso:view", "sso.available code"),),
        "reason",
    ),
    # What an allow brings along.
    Case(
        "an operation is audited no more",
        "catalog-operations.yaml",
        'agents.publish:         {needs: "agents:write", audited: true, source: assumed}',
        'agents.publish:         {needs: "agents:write", source: assumed}',
        (Said("audit", "everybody", "agents.publish", "agents.publish audited"),),
        "audit",
    ),
    Case(
        "an action is audited no more",
        "catalog-settings.yaml",
        "audited: [manage, export]",
        "audited: [manage]",
        (Said("audit", "everybody", "compliance:export", "compliance audited"),),
        "audit",
    ),
    Case(
        "what comes along is dropped",
        "catalog-product.yaml",
        "embeds: {read: [sensitive_memory], write: [sensitive_memory]}",
        "embeds: {write: [sensitive_memory]}",
        (Said("redaction", "keys with a scope for it", "memory:read", "memory embeds"),),
        "redaction",
    ),
    Case(
        "an operation needs less",
        "catalog-operations.yaml",
        'agents.publish:         {needs: "agents:write"',
        'agents.publish:         {needs: "agents:read"',
        (Said("gained", "keys with agents:read or workspace:read", "agents.publish", "agents.publish needs"),),
        "gained",
    ),
    Case(
        "an operation counts on another meter",
        "catalog-operations.yaml",
        '{needs: "knowledge:write", meter: knowledge_uploads,',
        '{needs: "knowledge:write", meter: knowledge_uploads, fair_use: fair_use_preview,',
        (Said("obligation", "keys with a scope for it", "knowledge.upload", "knowledge.upload fair_use"),),
        "obligation",
    ),
    Case(
        "advice is dropped",
        "members.yaml",
        """  - id: members.rotate-their-keys
    effect: advise
    on: ["members:{change_role,remove,suspend}"]
    when: 'action != "change_role" || !resource.roles.all(role, role in resource.new_roles)'
    code: rotate_keys_created_by
    owner: security
    source: assumed
    because: Keys survive the member who made them.
""",
        "",
        (Said("advice", "members with role", "members:remove", "- rule members.rotate-their-keys"),),
        "advice",
    ),
    Case(
        "a remedy is changed",
        "recovery.yaml",
        "Payment for this workspace is interrupted. Update the payment method or top up in Billing.",
        "Call us.",
        (Said("remedy", "keys with a scope for it", "voice.connect", "payment_interrupted remedy.text"),),
        "remedy",
    ),
    Case(
        "a status is changed",
        "recovery.yaml",
        "  payment_interrupted:\n    class: recovery\n    status: 402",
        "  payment_interrupted:\n    class: recovery\n    status: 403",
        (Said("remedy", "keys with a scope for it", "voice.connect", "payment_interrupted status"),),
        "remedy",
    ),
    Case(
        "a reason is worded otherwise",
        "account.yaml",
        "because: Single sign-on is not available for this workspace.",
        "because: There is no single sign-on.",
        (Said("wording", "members with role", "sso:view", "sso.available because"),),
        "wording",
    ),
    Case(
        "a usage row counts no more",
        "usage.yaml",
        "    modality: audio\n    meter: voice_minutes\n",
        "    modality: audio\n",
        (Said("usage", "everybody", "audio of the user", "usage.voice meter", "in production"),),
        "usage",
    ),
    Case(
        "a usage row is dropped",
        "usage.yaml",
        """  - id: usage.whatsapp-replies
    environments: [production]
    channels: [whatsapp]
    modality: text
    sender: agent
    meter: whatsapp_messages
    source: seed
    because: WhatsApp text replies count as WhatsApp messages.
""",
        "",
        (Said("usage", "everybody", "text of the agent", "- usage row usage.whatsapp-replies", "on whatsapp"),),
        "usage",
    ),
    Case(
        "a tab is shown to others",
        "account.yaml",
        "view: settings.audit.view",
        "view: settings.general.view",
        (Said("page", "members", "settings/audit", "settings"),),
        "page",
    ),
    # The same kinds of edits where they work the other way.
    Case(
        "|| for &&",
        "key-management.yaml",
        'principal.kind == "member" && context.channel == "dashboard"',
        'principal.kind == "member" || context.channel == "dashboard"',
        (Said("gained", "members with role", "api_keys:create", "keys.dashboard-only unless"),),
        "gained reason",
    ),
    Case(
        "a kind is added to an allow",
        "traffic.yaml",
        'on: ["sessions:read", "sessions:write"]\n    kinds: [session]',
        'on: ["sessions:read", "sessions:write"]\n    kinds: [session, system]',
        (Said("gained", "system", "sessions:read", "sessions.in-their-own kinds"),),
        "gained reason",
    ),
    Case(
        "a kind is dropped from an allow",
        "traffic.yaml",
        "on: [voice.connect]\n    kinds: [system]",
        "on: [voice.connect]\n    kinds: [member]",
        (Said("lost", "system", "voice.connect", "system.voice-calls kinds"),),
        "lost",
    ),
    Case(
        "a rule is about some roles alone",
        "account.yaml",
        'on: ["sso:*"]\n    unless',
        'on: ["sso:*"]\n    roles: [admin, compliance]\n    unless',
        (Said("gained", "members with role owner", "sso:manage", "sso.available roles"),),
        "gained",
    ),
    Case(
        "a pattern is widened to another surface",
        "key-management.yaml",
        'on: ["api_keys:*"]',
        'on: ["api_keys:*", "webhooks:*"]',
        (Said("lost", "keys with a scope for it", "webhooks:admin", "keys.dashboard-only on"),),
        "lost reason",
    ),
    Case(
        "an alternative is dropped",
        "members.yaml",
        'when: \'"owner" in resource.roles && (action != "change_role" || !("owner" in resource.new_roles))\'',
        'when: \'"owner" in resource.roles && action != "change_role"\'',
        (Said("gained", "members with role owner", "members:change_role", "members.last-owner when"),),
        "gained reason",
    ),
    Case(
        "a circumstance of a remedy is another one",
        "recovery.yaml",
        'context.facts.wallet.auto_recharge == "pending"',
        'context.facts.wallet.auto_recharge == "failed"',
        (Said("remedy", "keys with a scope for it", "agents.create", "entitlement_limit_reached remedies.0.when: "),),
        "remedy",
    ),
    # Nothing.
    Case("a comment", "roles.yaml", "roles:\n", "# The roles.\nroles:\n"),
    Case(
        "operands in another order",
        "account.yaml",
        'principal.kind == "member" && context.channel == "dashboard" || resource',
        'context.channel == "dashboard" && principal.kind == "member" || resource',
    ),
    Case(
        "a double negation",
        "account.yaml",
        "unless: context.facts.sso_available",
        'when: "!context.facts.sso_available"',
    ),
    Case(
        "channels in another order",
        "catalog-context.yaml",
        "[server, dashboard, browser,",
        "[dashboard, server, browser,",
    ),
    Case("a reason of an allow", "traffic.yaml", "because: The host connects calls to an agent.", "because: Calls."),
    Case(
        "an invariant",
        "invariants.yaml",
        """      principal: {kinds: [api_key, session, system, anonymous]}
      action: ["api_keys:*"]""",
        """      principal: {kinds: [api_key, session, system]}
      action: ["api_keys:*"]""",
    ),
    Case("an owner", "traffic.yaml", "owner: security", "owner: platform"),
    Case(
        "what is so anyway",
        "roles.yaml",
        "      - settings.audit.view\n      - billing.wallet.view\n",
        "      - settings.audit.view\n      - settings.sso.view\n      - billing.wallet.view\n",
    ),
    # What only a rule's list of actions, or only somebody who holds two things, brings about.
    Case(
        "an allow is about one more operation",
        "traffic.yaml",
        "on: [voice.connect]\n    kinds: [system]",
        "on: [voice.connect, whatsapp.reply]\n    kinds: [system]",
        (Said("gained", "system", "whatsapp.reply", "system.voice-calls on", "on voice"),),
        "gained",
    ),
    Case(
        "an allow is about one action less",
        "traffic.yaml",
        'on: ["sessions:read", "sessions:write"]',
        'on: ["sessions:write"]',
        (Said("lost", "sessions without sessions:read", "sessions:read", "sessions.in-their-own on"),),
        "lost",
    ),
    Case(
        "advice is about one action less",
        "members.yaml",
        'on: ["members:{change_role,remove,suspend}"]\n    when: \'action != "change_role" || !resource',
        'on: ["members:{change_role,remove}"]\n    when: \'action != "change_role" || !resource',
        (Said("advice", "members with roles", "members:suspend", "members.rotate-their-keys on"),),
        "advice",
    ),
    Case(
        "a macro is another one",
        "members.yaml",
        "resource.roles.exists(role, role in principal.superior_roles)",
        "resource.roles.all(role, role in principal.superior_roles)",
        (Said("gained", "members with role admin", "members:remove", "members.above-actor when", "on dashboard"),),
        "gained lost",
    ),
    Case(
        "how much need not be said",
        "catalog-operations.yaml",
        "      quantity: requested\n",
        "",
        (Said("gained", "system", "voice.connect", "voice.connect quantity", "on voice"),),
        "gained reason",
    ),
)
