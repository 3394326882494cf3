"""V61: a shortcut beside the rules: what a rule denies is handed out all the same (gocd#7266)."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource

DASHBOARD = Context(channel="dashboard", facts={"sso_available": True})
KEY_STAGES = ("permission", "standing", "sign_in", "feature", "payment", "fair_use")


def member(*roles: str) -> Principal:
    """Somebody with these roles."""
    return Principal.member("usr_1", workspace="ws_1", roles=roles)


def overlay(folder: Path, *rules: str, more: str = "") -> Guard:
    """The shipped pack with some rules more."""
    loosened = [rule.replace("effect: allow", "effect: allow, loosens: It is tried") for rule in rules]
    listed = "".join(f"  - {rule}\n" for rule in loosened)
    (folder / "overlay.yaml").write_text(f"scopeguard: 1\n{more}rules:\n{listed}", encoding="utf-8")
    return Guard.default(folder)


def denies(on: str, *, roles: str = "owner", when: str = "", stage: str = "permission") -> str:
    """A rule that denies."""
    parts = [f"id: mine.no, effect: deny, on: [{on!r}], code: not_permitted, stage: {stage}"]
    parts += [f"roles: [{roles}]"] * bool(roles) + [f"when: {when!r}"] * bool(when)
    return f"{{{', '.join(parts)}}}"


def test_v61_the_right_to_hand_out_is_asked_of_the_rules(tmp_path: Path) -> None:
    """The case: a rule denies it to owners, and a check says so."""
    guard = overlay(tmp_path, denies("api_keys:grant_sensitive"))
    owner = member("owner")
    assert guard.check(owner, "api_keys:grant_sensitive", context=DASHBOARD).rules == ("mine.no",)
    for decision in (
        guard.mint(owner, "collected_data:read", DASHBOARD),
        guard.rotate(owner, "collected_data:read", DASHBOARD),
    ):
        assert (decision.code, decision.rules) == ("sensitive_grant_forbidden", ("mine.no",))
        assert decision.needed == ()
    assert guard.mint(owner, "workspace:write", DASHBOARD)


def test_v61_a_rule_that_allows_counts_as_a_grant(tmp_path: Path) -> None:
    """Who may hand out by a rule, of what it may do by a rule, hands it out."""
    guard = overlay(
        tmp_path,
        '{id: mine.grant, effect: allow, on: ["api_keys:grant_sensitive"], roles: [developer]}',
        '{id: mine.data, effect: allow, on: ["collected_data:read"], roles: [developer]}',
    )
    assert guard.mint(member("developer"), "collected_data:read", DASHBOARD).provided == ("collected_data:read",)
    assert guard.mint(member("developer"), "collected_data:write", DASHBOARD).code == "grant_exceeds_actor"
    assert guard.mint(member("admin"), "collected_data:read", DASHBOARD).code == "sensitive_grant_forbidden"


@pytest.mark.parametrize("when", ['has(resource.id) && resource.id == "r1"', "resource.id == principal.id"])
def test_v61_what_a_rule_allows_here_and_there_is_not_handed_out(tmp_path: Path, when: str) -> None:
    """A permission on some resources is not the permission."""
    guard = overlay(
        tmp_path, f'{{id: mine.some, effect: allow, on: ["audit_logs:read"], roles: [developer], when: {when!r}}}'
    )
    decision = guard.mint(member("developer"), "audit_logs:read", DASHBOARD)
    assert (decision.code, decision.needed) == ("grant_exceeds_actor", ("settings.audit.view",))


@pytest.mark.parametrize("stage", KEY_STAGES)
@pytest.mark.parametrize(("on", "when"), [
    ("agents:write", ""), ("agents:*", ""), ("*:write", ""), ("agents:write", 'resource.id == "agt_1"'),
    ("agents:write", "!(has(principal.sso) && principal.sso)"), ("agents.publish", ""), ("agents:write", "has(context.facts.frozen)"),
])  # fmt: skip
def test_v61_what_a_rule_denies_is_not_handed_out(tmp_path: Path, stage: str, on: str, when: str) -> None:
    """Whatever its stage, for the permission or for an operation of it: the refusal names the rule, and asks for nothing."""
    more = "catalog: {attributes: {facts: {frozen: bool}}}\n"
    guard = overlay(tmp_path, denies(on, roles="admin", when=when, stage=stage), more=more)
    context = Context(channel="dashboard", facts={"frozen": True})
    for scope in ("agents:write", "workspace:write", "agents:write/agt_1"):
        for decision in (guard.mint(member("admin"), scope, context), guard.rotate(member("admin"), scope, context)):
            assert (decision.code, decision.rules, decision.needed) == ("grant_exceeds_actor", ("mine.no",), ())
    assert guard.mint(member("owner"), "workspace:write", context)
    assert guard.mint(member("admin"), "knowledge:read", context)


def test_v61_what_binds_everybody_by_the_state_of_the_workspace_is_no_right(tmp_path: Path) -> None:
    """An open invoice denies to the key what it denies to its maker, so that nothing is gained."""
    rule = denies(
        "schedules:write", roles="", when="has(context.facts.unpaid) && context.facts.unpaid", stage="payment"
    )
    guard = overlay(tmp_path, rule, more="catalog: {attributes: {facts: {unpaid: bool}}}\n")
    unpaid = Context(channel="dashboard", facts={"unpaid": True})
    assert guard.check(member("owner"), "schedules:write", context=unpaid).rules == ("mine.no",)
    assert guard.mint(member("owner"), "schedules:write", unpaid)


def test_v61_what_rules_give_to_keys_counts_as_handed_out(tmp_path: Path) -> None:
    """A rule lets keys with some scope do more than the scope says: only who may do that makes such a key."""
    guard = overlay(
        tmp_path,
        '{id: mine.keys, effect: allow, on: ["webhooks:admin"], kinds: [api_key], when: \'"agents:read" in principal.scopes\'}',
    )
    decision = guard.mint(member("admin"), "agents:read", DASHBOARD)
    assert (decision.code, decision.needed) == ("grant_exceeds_actor", ("product.sensitive.manage",))
    assert "webhooks:admin" in decision.reason
    assert guard.mint(member("owner"), "agents:read", DASHBOARD)
    assert guard.mint(member("admin"), "agents:write", DASHBOARD)


def test_v61_what_a_rule_gives_to_everybody_is_not_handed_out(tmp_path: Path) -> None:
    """A rule that speaks to keys and members alike gives the key nothing that its maker does not have."""
    rule = '{id: mine.all, effect: allow, on: ["webhooks:admin"], kinds: [api_key, member], when: \'resource.id == "hook_1"\'}'
    guard = overlay(tmp_path, rule)
    assert guard.mint(member("developer"), "agents:read", DASHBOARD)
    guard = overlay(tmp_path, rule, denies("webhooks:admin", roles="developer"))
    assert guard.mint(member("developer"), "agents:read", DASHBOARD).rules == ("mine.no",)


@pytest.mark.parametrize("role", ["owner", "admin", "developer"])
@pytest.mark.parametrize("on", ["api_keys:create", "api_keys:*", "api_keys:{create,rotate}"])
def test_v61_who_may_not_create_mints_nothing(tmp_path: Path, role: str, on: str) -> None:
    """Minting, permissions, the matrix and the page ask the same rule."""
    guard = overlay(tmp_path, denies(on, roles=role))
    who = member(role)
    assert guard.mint(who, "agents:read", DASHBOARD).rules == ("mine.no",)
    assert "api_keys:create" not in guard.permissions(who, DASHBOARD)
    assert guard.matrix([who], ["api_keys:create"], DASHBOARD)["usr_1", "api_keys:create"].rules == ("mine.no",)
    tab = next(tab for tab in guard.settings_tabs(who, DASHBOARD) if tab.id == "api_keys")
    assert tab.state == ("unavailable" if on == "api_keys:*" else "read_only")


ON_ONE = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read, write], coarse: true, qualifiable: true, attributes: {owner: string}}
    calls: {actions: [read], coarse: true, parent: {surface: agents, attribute: agent}, attributes: {agent: string}}
    members: {actions: [invite], holdable_by: [member], attributes: {new_roles: list(role)}, assigns: [new_roles]}
roles:
  admin: {rank: 5, holds: ["agents:*", "calls:read", "members:invite"]}
  helper: {holds: ["calls:read"]}
"""
GUARDED = """
rules:
  - id: members.grant-exceeds-actor
    effect: deny
    on: ["members:invite"]
    unless: resource.new_roles.all(role, role in principal.assignable_roles)
    code: grant_exceeds_actor
"""
BY_NAME = {
    "one that is named": ("agents:write", '"helper/agents:a_1" in principal.roles', True),
    "one on anything": ("agents:read", 'principal.roles.exists(role, role.startsWith("helper/agents:"))', True),
    "one on what an owner has": ("agents:read", '("helper/agents:" + resource.owner) in principal.roles', True),
    "one on anything, where its id is asked for too": (
        "agents:read", 'principal.roles.exists(role, role.startsWith("helper/agents:") && resource.id != "")', True,
    ),
    "one on anything or nothing, by a choice": (
        "agents:read", '(resource.id == "" ? "" : "helper/agents:a_1") in principal.roles', True,
    ),
    "one that is named, beside what is held": (
        "agents:write", '("helper/agents:a_1" in principal.roles) != holds("members:invite")', True,
    ),
    "below the one that is named": ("calls:read", '"helper/agents:a_1" in principal.roles', True),
    "the one in question": ("agents:read", '("helper/agents:" + resource.id) in principal.roles', False),
    "the one above": ("calls:read", '("helper/agents:" + resource.agent) in principal.roles', False),
    "what is held": ("calls:read", 'holds("calls:read")', False),
    "a rank, which such a role does not have": ("agents:read", "principal.rank > 3", False),
}  # fmt: skip


@pytest.mark.parametrize("by", ["rule", "role"])
@pytest.mark.parametrize("case", BY_NAME)
def test_v61_what_a_role_on_one_resource_gives_on_others(tmp_path: Path, case: str, by: str) -> None:
    """By its name a rule lets its holder do something everywhere: who may do that on the one resource does not give it."""
    on, when, spreads = BY_NAME[case]
    if by == "rule":
        text = ON_ONE + GUARDED + f"  - {{id: a.more, effect: allow, on: ['{on}'], kinds: [member], when: '{when}'}}\n"
    elif "holds" in when:
        pytest.skip("no role by condition asks what is held")
    else:
        text = ON_ONE + f"  more: {{holds: ['{on}'], when: '{when}'}}\n" + GUARDED
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    guard = Guard.load(tmp_path)
    about = Resource("members", None, "ws_1", {"new_roles": ["helper/agents:a_1"]})
    there = [
        Resource("agents", "a_2", "ws_1", {"owner": "a_1"}),
        Resource("calls", "c_1", "ws_1", {"agent": "a_2"}),
    ]
    (other,) = (each for each in there if each.surface == on.partition(":")[0])
    assert guard.check(member("helper/agents:a_1"), on, other).allowed is spreads
    assert not guard.check(member("admin/agents:a_1"), on, other).allowed
    assert guard.check(member("admin/agents:a_1"), "members:invite", about).allowed is not spreads
    assert guard.check(member("admin"), "members:invite", about).allowed


DESK = """
scopeguard: 1
catalog:
  surfaces:
    projects: {actions: [read, write], coarse: true, qualifiable: true}
    audits: {actions: [sign], coarse: true, parent: {surface: projects, attribute: project}, attributes: {project: string}}
    people: {actions: [assign], holdable_by: [member], attributes: {new_roles: list(role)}, assigns: [new_roles]}
roles:
  both: {holds: ["projects:write", "audits:sign"]}
  full: {holds: ["projects:*", "audits:sign"]}
  writer: {holds: ["projects:write"]}
  signer: {holds: ["audits:sign"]}
  reader: {holds: ["projects:read"]}
  apprentice: {holds: ["people:assign"]}
  inviter: {holds: ["people:assign"]}
rules:
  - id: people.grant-exceeds-actor
    effect: deny
    on: ["people:assign"]
    unless: resource.new_roles.all(role, role in principal.assignable_roles)
    code: grant_exceeds_actor
"""
DENY_SIGN = "effect: deny, on: ['audits:sign'], code: not_permitted, when: '{}'"
DENY_READ = "effect: deny, on: ['projects:read'], code: not_permitted, when: '{}'"
ALLOW_SIGN = "effect: allow, on: ['audits:sign'], kinds: [member], when: '{}'"
ALLOW_READ = "effect: allow, on: ['projects:read'], kinds: [member], when: '{}'"
WRITES, WRITES_1, WRITES_2 = (f'holds("projects:write{on}")' for on in ("", "/p1", "/p2"))
GIVEN_AWAY = {
    "a denial of what is held of another surface": ([DENY_SIGN.format(WRITES)], "both", "both", "p1"),
    "a denial of what is held with another id": ([DENY_SIGN.format(WRITES_2)], "both", "both", "p1"),
    "a denial of what is held of what the other lies below": ([DENY_READ.format('holds("audits:sign")')], "full", "full", "p1"),
    "allowed for what is held of another surface": ([ALLOW_SIGN.format(WRITES)], "writer/projects:p1", "signer", "p1"),
    "allowed for what is held with another id": ([ALLOW_SIGN.format(WRITES_2)], "writer/projects:p1", "signer", "p1"),
    "allowed on others for what is held on the one": (
        [ALLOW_SIGN.format(WRITES_1 + ' && !("apprentice" in principal.roles)')],
        "both/projects:p1 apprentice", "both", "p2",
    ),
    "allowed by name, denied for what is held on the one": (
        [ALLOW_READ.format('"both/projects:p1" in principal.roles'), DENY_READ.format(WRITES)],
        "both reader", "both", "p2",
    ),
    "allowed by name, and for what is held on the one": (
        [ALLOW_READ.format('"reader/projects:p1" in principal.roles'), ALLOW_READ.format(WRITES)],
        "writer/projects:p1", "reader", "p2",
    ),
    "allowed on others in a way that is not followed": (
        [ALLOW_SIGN.format(f'({WRITES_1} == true) && !("apprentice" in principal.roles)')],
        "both/projects:p1 apprentice", "both", "p2",
    ),
}  # fmt: skip
"""Rules, with the roles of who hands out a role on p1, and the project of which only its holder may do something."""
WITHIN_REACH = {
    "a denial of what is held of this surface": ([DENY_READ.format(WRITES)], "full", "full"),
    "a denial of what is held with this id": ([DENY_SIGN.format(WRITES_1)], "both", "both"),
    "a denial that holds on the one do not meet": ([DENY_SIGN.format(WRITES)], "both/projects:p1", "both"),
    "a denial that another grant on the one does not meet": ([DENY_SIGN.format(WRITES)], "signer writer/projects:p1", "signer"),
    "a denial with another id that nobody meets": ([DENY_SIGN.format(WRITES_2)], "both/projects:p1", "both"),
    "allowed for what is held everywhere": ([ALLOW_SIGN.format(WRITES)], "writer", "signer"),
    "allowed for what is held with this id": ([ALLOW_SIGN.format(WRITES_1)], "writer/projects:p1", "signer"),
    "allowed for what is held of this surface": ([ALLOW_READ.format(WRITES)], "writer/projects:p1", "reader"),
}  # fmt: skip


def desk(folder: Path, rules: list[str]) -> Guard:
    """The pack of audits with some rules more."""
    text = "".join(f"  - {{id: mine.r{number}, {rule}}}\n" for number, rule in enumerate(rules))
    (folder / "pack.yaml").write_text(DESK + text, encoding="utf-8")
    return Guard.load(folder)


def done_at(guard: Guard, who: Principal) -> set[tuple[str, str]]:
    """What somebody may do, each with the project."""
    about = {
        "projects": lambda name: Resource("projects", name, "ws_1"),
        "audits": lambda name: Resource("audits", "x", "ws_1", {"project": name}),
    }
    asked = [(action, name) for action in ("projects:read", "projects:write", "audits:sign") for name in ("p1", "p2")]
    return {(action, name) for action, name in asked if guard.check(who, action, about[action.partition(":")[0]](name))}


def hands_out(guard: Guard, who: Principal, role: str) -> bool:
    """Whether somebody may give a role."""
    decision = guard.check(who, "people:assign", Resource("people", "x", "ws_1", {"new_roles": [role]}))
    assert decision.errors == ()
    return decision.allowed


@pytest.mark.parametrize("case", GIVEN_AWAY)
def test_v61_what_is_held_on_one_resource_says_nothing_of_others(tmp_path: Path, case: str) -> None:
    """A grant on p1 makes no condition about another surface or id true, of who has the role or of who hands it out."""
    rules, held, role, project = GIVEN_AWAY[case]
    guard = desk(tmp_path, rules)
    actor, holder = member(*held.split(), "inviter"), member(f"{role}/projects:p1")
    more = done_at(guard, holder) - done_at(guard, actor)
    assert {name for _, name in more} == {project}
    assert not hands_out(guard, actor, f"{role}/projects:p1")


@pytest.mark.parametrize("case", WITHIN_REACH)
def test_v61_a_role_on_one_resource_is_handed_out_by_who_may_do_the_same(tmp_path: Path, case: str) -> None:
    """What is held on p1 counts where p1, or what is held on it, is asked about."""
    rules, held, role = WITHIN_REACH[case]
    guard = desk(tmp_path, rules)
    actor, holder = member(*held.split(), "inviter"), member(f"{role}/projects:p1")
    assert done_at(guard, holder) <= done_at(guard, actor)
    assert hands_out(guard, actor, f"{role}/projects:p1")
    assert not hands_out(guard, member("inviter"), f"{role}/projects:p1")
