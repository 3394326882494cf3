"""Law 13, nothing_confers_more_than_it_has: what is handed out is within what a check lets whoever hands it out do.

Over a pack with generated rules that allow and deny, by roles, kinds, grants and conditions, for permissions and for
operations.
"""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import example, given, reject
from hypothesis import strategies as st

from scopeguard import Context, Guard, PolicyError, Principal, Resource
from scopeguard.model.structs import replaced
from tests.laws.support import law

ROLES = ("owner", "lead", "writer", "reader", "helper")
PERMISSIONS = (
    "notes:read", "notes:write", "secrets:read", "logs:read", "members:invite", "members:change_role",
    "api_keys:create", "api_keys:rotate", "api_keys:grant_sensitive",
)  # fmt: skip
ON = (*PERMISSIONS, "notes.publish", "notes:*", "*:read", "*:write", "api_keys:*", "members:*")
SCOPES = ("notes:read", "notes:write", "all:read", "all:write", "secrets:read", "notes:write/n1", "logs:read",
          "logs:read/notes:n1", "notes:read/n2")  # fmt: skip
HELD = (*ROLES, *(f"{role}/notes:{name}" for role in ROLES for name in ("n1", "n2")))
"""Roles that members have, some on one note: on it and on its logs."""
KINDS = ("member", "api_key")
STAGES = ("permission", "standing", "sign_in", "feature", "payment")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DASHBOARD = Context(channel="dashboard", now=NOW, attributes={"ip": "192.0.2.1"})
SERVER = Context(channel="server", now=NOW, attributes={"ip": "192.0.2.1"})
ENVIRONMENTS = ("production", "preview")
LIMITS: dict[str, object] = {
    "expires_at": NOW + timedelta(1), "not_before": NOW - timedelta(1), "ip_allow": ("192.0.2.0/24",),
    "ignored_scopes": ("openid",),
}  # fmt: skip
"""What a key may be given beside its scopes, each or none."""
PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes:
      actions: [read, write]
      coarse: true
      qualifiable: true
      implies: {write: [read]}
      attributes: {owner: string, teams: list(string)}
    logs:
      actions: [read]
      coarse: true
      parent: {surface: notes, attribute: note}
      attributes: {note: string, owner: string, teams: list(string)}
    secrets:
      actions: [read]
      explicit_only: true
      because: they are private
      attributes: {owner: string, teams: list(string)}
    api_keys: {actions: [create, rotate, grant_sensitive], holdable_by: [member]}
    members:
      actions: [invite, change_role]
      holdable_by: [member]
      attributes: {roles: list(role), new_roles: list(role)}
      assigns: [roles, new_roles]
  operations:
    notes.publish:  {needs: "notes:write"}
    members.assign: {needs: "members:change_role"}
  permissions:
    keys.manage:    {grants: ["api_keys:{create,rotate}"]}
    members.manage: {grants: ["members:*"]}
    notes.view:     {grants: ["notes:read"]}
    notes.manage:   {grants: ["notes:write"], implies: [notes.view]}
  channels: [server, dashboard]
  environments: [production, preview]
  attributes: {principal: {team: string}, facts: {frozen: bool}}
scopes:
  all:read:  {includes: ["*:read"]}
  all:write: {includes: ["*:*"]}
roles:
  owner:  {rank: 100, holds: [keys.manage, members.manage, notes.manage, "secrets:read", "logs:read", "api_keys:*"]}
  lead:   {rank: 80, holds: [keys.manage, members.manage, notes.manage, "secrets:read", "logs:read"]}
  writer: {rank: 50, holds: [keys.manage, notes.manage]}
  reader: {rank: 10, holds: [notes.view]}
  helper: {rank: 30, holds: ["members:*", "api_keys:create", "notes:read"]}
rules:
  - id: members.grant-exceeds-actor
    effect: deny
    on: ["members:*"]
    stage: standing
    unless: resource.new_roles.all(role, role in principal.assignable_roles)
    code: grant_exceeds_actor
"""


OVER_ROLES = st.sampled_from((
    *(f'"{name}" in principal.{listed}_roles' for name in ROLES for listed in ("assignable", "superior")),
    "size(principal.assignable_roles) > 1", "size(principal.superior_roles) > 1",
))  # fmt: skip
"""Conditions about roles over roles."""


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """A condition about who asks, or about nothing in particular."""
    role = f'"{draw(st.sampled_from(ROLES))}" in principal.roles'
    other = f'"{draw(st.sampled_from(ROLES))}" in principal.roles'
    return draw(st.sampled_from((
        role, f"!({role})", f"{role} && {other}", f"{role} || {other}", f"{role} && !({other})", "principal.rank >= 50",
        f'holds("{draw(st.sampled_from(PERMISSIONS))}")', f'!holds("{draw(st.sampled_from(PERMISSIONS))}")',
        f'"{draw(st.sampled_from(SCOPES))}" in principal.scopes', f'principal.kind == "member" ? {role} : true',
        'has(resource.id) && resource.id == "n1"', f'context.channel == "dashboard" && {role}',
        'principal.roles.exists(r, r == "reader")', f'"{draw(st.sampled_from(HELD))}" in principal.roles',
        f'holds("notes:write/{draw(st.sampled_from(("n1", "n2")))}")', f'{role} && holds("notes:write/n1")',
        draw(OVER_ROLES), f"!({draw(OVER_ROLES)})", f"{role} && {draw(OVER_ROLES)}",
    )))  # fmt: skip


IDENTITY = st.sampled_from((
    "has(resource.owner) && resource.owner != principal.id", "has(resource.owner) && resource.owner == principal.id",
    "!(has(resource.owner) && resource.owner == principal.id)", 'principal.id == "usr_1"', 'principal.id != "usr_1"',
    'principal.kind == "member" || (has(resource.owner) && resource.owner != principal.id)',
    'principal.kind == "api_key" || (has(resource.owner) && resource.owner == "usr_2")', "has(principal.team)",
    "!has(principal.team)", 'context.channel == "server"', "has(principal.team) && has(resource.teams) && principal.team in resource.teams",
    "!(has(principal.team) && has(resource.teams) && principal.team in resource.teams)",
    "context.facts.frozen", "!context.facts.frozen", 'context.environment == "preview"',
    'context.facts.frozen && principal.kind == "member"', 'context.facts.frozen && context.channel == "dashboard"',
)) | st.builds(
    "{}has(principal.{}) {} {}has(principal.{})".format, st.sampled_from(("", "!")), st.sampled_from(sorted(LIMITS)),
    st.sampled_from(("&&", "||", "==")), st.sampled_from(("", "!")), st.sampled_from(sorted(LIMITS)),
)  # fmt: skip
"""Conditions about who exactly asks, with which limits, where, and while what is so."""


@st.composite
def mixed(draw: st.DrawFn) -> str:
    """A condition about who exactly asks, or about what they hold, or about both."""
    one, other = draw(IDENTITY), draw(conditions())
    return draw(
        st.sampled_from((one, other, f"({one}) && ({other})", f"({other}) || ({one})", f"({other}) ? ({one}) : false"))
    )


@st.composite
def rules(draw: st.DrawFn, about: st.SearchStrategy[str] | None = None) -> str:
    """One rule of an overlay, without its id, with a condition *about* who asks."""
    effect = draw(st.sampled_from(("allow", "deny")))
    on = sorted(draw(st.sets(st.sampled_from(ON), min_size=1, max_size=2)))
    kinds = sorted(draw(st.sets(st.sampled_from(KINDS), min_size=1)))
    if effect == "allow":
        # What keeps out a kind is no target of an allow for it.
        closed = any(each.startswith(("api_keys", "members")) for each in on)
        kinds = ["member"] if closed else kinds
    parts = [f"effect: {effect}", f"on: [{', '.join(f'{each!r}' for each in on)}]", f"kinds: [{', '.join(kinds)}]"]
    if "member" in kinds and draw(st.booleans()):
        parts.append(f"roles: [{', '.join(sorted(draw(st.sets(st.sampled_from(ROLES), min_size=1, max_size=2))))}]")
    if draw(st.booleans()):
        parts.append(f"when: '{draw(conditions() if about is None else about)}'")
    if effect == "deny":
        parts += ["code: not_permitted", f"stage: {draw(st.sampled_from(STAGES))}"]
    return ", ".join(parts)


def overlaid(listed: list[str]) -> Guard:
    """The pack with these rules too."""
    with tempfile.TemporaryDirectory() as folder:
        text = "".join(f"  - {{id: mine.r{number}, {rule}}}\n" for number, rule in enumerate(listed))
        (Path(folder) / "mine.yaml").write_text(PACK + text, encoding="utf-8")
        try:
            return Guard.load(folder)
        except PolicyError:
            # Rules that nobody could match, or everybody, and their like do not load.
            reject()


def may(guard: Guard, who: Principal, context: Context) -> set[tuple[str, str]]:
    """The permissions and operations that are allowed, on resources like any other and on those of three notes."""
    return {
        (action, note)
        for action in asked(guard)
        for note in ("res_1", "n1", "n2", "n3")
        if guard.check(who, action, about(action, note), context)
    }


def asked(guard: Guard) -> Iterator[str]:
    """Everything that can be asked."""
    yield from guard.catalog.permissions
    yield from guard.catalog.operations


OWNED: dict[str, dict[str, object]] = {
    "n1": {"owner": "usr_1", "teams": ("a",)}, "n2": {"owner": "key_1", "teams": ("b",)}, "n3": {"owner": "usr_2"},
}  # fmt: skip
"""Whose some notes are, and what is of them: of the others nobody says."""


def about(action: str, note: str) -> Resource:
    """A note, what is of a note, a secret, or a member: one of the workspace, or whose role is on a note."""
    surface = action.partition(":")[0] if ":" in action else action.partition(".")[0]
    role = "reader" if note == "res_1" else f"reader/notes:{note}"
    owned = OWNED.get(note, {})
    attributes: dict[str, dict[str, object]] = {
        "members": {"roles": (role,), "new_roles": ()}, "logs": {"note": note} | owned, "notes": owned, "secrets": owned,
    }  # fmt: skip
    return Resource(surface, note if surface == "notes" else "res_1", "ws_1", attributes.get(surface))


ROLE_SETS = st.sets(st.sampled_from(HELD), min_size=1, max_size=3)
OVERLAYS = st.lists(rules(), min_size=0, max_size=3)
DENIED = "effect: deny, on: ['{}'], kinds: [member], roles: [{}], code: not_permitted, stage: permission"
KEYS_GAIN = "effect: allow, on: ['secrets:read'], kinds: [api_key], when: '\"notes:read\" in principal.scopes'"
GAINED = "effect: allow, on: ['api_keys:grant_sensitive'], kinds: [member], roles: [reader]"
SPARED = (
    "effect: deny, on: ['notes:write'], kinds: [member], when: '!(\"reader\" in principal.roles)', code: not_permitted"
)
INVITES = "effect: allow, on: ['members:invite'], kinds: [member], roles: [writer]"
BARRED = "effect: deny, on: ['notes:write'], kinds: [member], roles: [writer, lead], code: not_permitted"
NAMED = "effect: allow, on: ['secrets:read'], kinds: [member], when: '\"reader/notes:n1\" in principal.roles'"
APPOINTS = "effect: deny, on: ['notes:write'], kinds: [member], when: '\"lead\" in principal.assignable_roles', code: not_permitted"
ALIKE = "effect: allow, on: ['logs:read'], kinds: [member, api_key], when: '{}'"
LIMITED = "has(principal.expires_at) && !has(principal.ip_allow)"
STATE = "effect: deny, on: ['notes:write'], kinds: [member], when: context.facts.frozen, code: not_permitted, stage: payment"
THERE = "effect: deny, on: ['notes:write'], roles: [writer], when: 'context.environment == \"production\"', code: not_permitted"
WHERE = ("production", None)
UNSAID = 'principal.kind == "api_key" || (resource.owner == "usr_2" ? holds("notes:read") : true)'
OF_A_TEAM = "has(principal.team) && has(resource.teams) && principal.team in resource.teams"
"""Rules that generated ones are like, each with somebody who would gain by it."""
TEAMS = st.sampled_from((None, "a", "b"))
LAW = law(150)


@LAW
@example([KEYS_GAIN], {"writer"}, {"notes:read"}, (None, None), set(), WHERE)
@example([DENIED.format("notes.publish", "writer")], {"writer"}, {"notes:write"}, (None, None), set(), WHERE)
@example([DENIED.format("api_keys:grant_sensitive", "owner")], {"owner"}, {"secrets:read"}, (None, None), set(), WHERE)
@example(
    [ALIKE.format("has(resource.owner) && resource.owner != principal.id")],
    {"writer"},
    {"notes:read"},
    (None, None),
    set(),
    WHERE,
)
@example(
    [ALIKE.format("has(resource.owner) && resource.owner == principal.id")],
    {"writer"},
    {"notes:read"},
    (None, None),
    set(),
    WHERE,
)
@example([ALIKE.format(UNSAID)], {"writer"}, {"notes:read"}, (None, None), set(), WHERE)
@example([ALIKE.format(OF_A_TEAM)], {"writer"}, {"notes:read"}, ("a", "b"), set(), WHERE)
@example([ALIKE.format('context.channel == "server"')], {"writer"}, {"notes:read"}, (None, None), set(), WHERE)
@example([ALIKE.format(LIMITED)], {"writer"}, {"notes:read"}, (None, None), {"expires_at"}, WHERE)
@example([STATE], {"writer"}, {"notes:write"}, (None, None), set(), ("production", True))
@example([THERE], {"writer"}, {"notes:write"}, (None, None), set(), ("preview", None))
@given(
    st.lists(rules(mixed()), min_size=0, max_size=3),
    ROLE_SETS,
    st.sets(st.sampled_from(SCOPES), min_size=1, max_size=2),
    st.tuples(TEAMS, TEAMS),
    st.sets(st.sampled_from(sorted(LIMITS))),
    st.tuples(st.sampled_from(ENVIRONMENTS), st.sampled_from((None, False, True))),
)
def test_l13_a_key_may_nothing_that_its_maker_may_not(
    listed: list[str],
    roles: set[str],
    scopes: set[str],
    teams: tuple[str | None, str | None],
    limits: set[str],
    where: tuple[str, bool | None],
) -> None:
    """What minting and rotation let out, the key then does: nothing of it is denied to whoever let it out."""
    guard = overlaid(listed)
    (environment, frozen), (team, of_key) = where, teams
    actor = Principal.member("usr_1", workspace="ws_1", roles=sorted(roles), attributes={"team": team})
    wanted = sorted(scopes)
    given_it = {name: LIMITS[name] for name in limits}
    fresh = Principal("api_key", "key_1", "ws_1", scopes=wanted, attributes=given_it)
    key = Principal("api_key", "key_1", "ws_1", scopes=wanted, attributes=given_it | {"team": of_key})
    facts = {} if frozen is None else {"frozen": frozen}
    dashboard, server = (
        [replaced(each, environment=name, facts=facts) for name in ENVIRONMENTS] for each in (DASHBOARD, SERVER)
    )
    here = dashboard[ENVIRONMENTS.index(environment)]
    minted, rotated = guard.mint(actor, wanted, here), guard.rotate(actor, key, here)
    for decision, made in ((minted, fresh), (rotated, fresh), (rotated, key)):
        if decision:
            for theirs, own in zip(server, dashboard, strict=True):
                assert may(guard, made, theirs) <= may(guard, actor, own)
            if any(text.partition(":")[0] in guard.catalog.explicit_only for text in wanted):
                assert guard.check(actor, "api_keys:grant_sensitive", context=here)
        else:
            assert decision.provided == ()
        held = {name for role in roles & set(ROLES) for name in guard.catalog.roles[role].member_permissions}
        assert held.isdisjoint(decision.needed)


@LAW
@example([DENIED.format("notes:write", "lead")], {"lead"}, {"writer"}, "members:invite")
@example([DENIED.format("notes.publish", "lead")], {"lead"}, {"writer"}, "members.assign")
@example([GAINED], {"lead"}, {"reader"}, "members:change_role")
@example([SPARED], {"lead"}, {"writer", "reader"}, "members:invite")
@example([INVITES], {"writer"}, {"owner"}, "members:invite")
@example([], {"owner/notes:n1"}, {"writer/notes:n1"}, "members:invite")
@example([], {"owner/notes:n1"}, {"writer/notes:n2"}, "members:invite")
@example([], {"lead"}, {"writer/notes:n2"}, "members:invite")
@example([BARRED], {"lead"}, {"writer/notes:n1"}, "members:invite")
@example([NAMED], {"lead"}, {"reader/notes:n1"}, "members:invite")
@example([APPOINTS], {"lead"}, {"writer"}, "members:invite")
@given(OVERLAYS, ROLE_SETS, ROLE_SETS, st.sampled_from(("members:invite", "members:change_role", "members.assign")))
def test_l13_a_member_gets_nothing_that_the_giver_may_not(
    listed: list[str], roles: set[str], new: set[str], action: str
) -> None:
    """Whoever is invited, or whose roles are changed, may then do nothing that is denied to who did it."""
    guard = overlaid(listed)
    actor = Principal.member("usr_1", workspace="ws_1", roles=sorted(roles))
    target = Resource("members", "usr_2", "ws_1", {"roles": (), "new_roles": sorted(new)})
    if guard.check(actor, action, target, DASHBOARD):
        other = Principal.member("usr_2", workspace="ws_1", roles=sorted(new))
        assert may(guard, other, DASHBOARD) <= may(guard, actor, DASHBOARD)
