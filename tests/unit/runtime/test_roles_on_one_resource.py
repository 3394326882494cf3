"""Which roles on one resource somebody may hand out, and whose holders are above them there."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.limits import MAX_NAMED
from scopeguard.runtime.by_bindings import ByBindings
from scopeguard.runtime.engine import OWN

PACK = """
scopeguard: 1
catalog:
  surfaces:
    agents: {actions: [read, write, tag], coarse: true, qualifiable: true}
    talks: {actions: [read], coarse: true, parent: {surface: agents, attribute: agent}, attributes: {agent: string}}
    logs: {actions: [read, write], coarse: true}
    people:
      actions: [invite, remove]
      holdable_by: [member, system]
      attributes: {roles: list(role), new_roles: list(role)}
      assigns: [roles, new_roles]
  permissions:
    agents.see: {grants: ["agents:read"]}
    agents.peek: {grants: ["agents:read"]}
    agents.edit: {grants: ["agents:{read,write}"]}
    agents.tag: {grants: ["agents:tag"]}
    talks.see: {grants: ["talks:read"]}
    logs.see: {grants: ["logs:read"]}
    logs.edit: {grants: ["logs:{read,write}"]}
    people.lead: {grants: ["people:{invite,remove}"]}
roles:
  chief: {rank: 9, holds: [agents.see, talks.see, people.lead]}
  editor: {rank: 5, holds: [agents.edit]}
  lead: {rank: 3, holds: [people.lead, agents.see]}
  labeller: {rank: 3, holds: [agents.tag]}
  tagger: {rank: 1, holds: [agents.tag]}
  peeker: {rank: 1, holds: [agents.peek]}
  reader: {rank: 1, holds: [agents.see]}
  hearer: {rank: 1, holds: [talks.see]}
  plain: {rank: 1, holds: ["agents:read"]}
  writing: {rank: 1, holds: ["agents:write"]}
  clerk: {rank: 1, holds: [logs.edit]}
rules:
  - {id: people.assign, effect: deny, on: ["people:invite"], code: not_permitted, because: It is not theirs,
     unless: "resource.new_roles.all(role, role in principal.assignable_roles)"}
  - {id: people.above, effect: deny, on: ["people:remove"], code: not_permitted, because: They are above,
     when: "resource.roles.exists(role, role in principal.superior_roles)"}
"""


def guard_of(folder: Path, *rules: str) -> Guard:
    """The pack with more rules."""
    lines = "".join(f"  - {{id: r{number}, because: It is so, {rule}}}\n" for number, rule in enumerate(rules))
    (folder / "pack.yaml").write_text(PACK + lines, encoding="utf-8")
    return Guard.load(folder)


def may(guard: Guard, action: str, held: str, target: str) -> bool:
    """Whether a member with some roles may invite, or remove, one with another role."""
    actor = Principal.member("m", workspace="w", roles=held.split())
    field = "new_roles" if action == "invite" else "roles"
    decision = guard.check(actor, f"people:{action}", Resource("people", "x", "w", {field: [target]}))
    assert decision.errors == ()
    return decision.allowed


@pytest.mark.parametrize(
    ("held", "target", "expected"),
    [
        ("lead", "reader/agents:a1", True),
        # Member permissions are held one by one, whatever they have in common.
        ("lead", "peeker/agents:a1", False),
        ("lead peeker/agents:a1", "peeker/agents:a1", True),
        ("lead peeker/agents:a2", "peeker/agents:a1", False),
        # What is held there counts, on this resource alone.
        ("lead", "editor/agents:a1", False),
        ("lead editor/agents:a1", "editor/agents:a1", True),
        ("lead editor/agents:a2", "editor/agents:a1", False),
        # There is no such role, and no resource of such a surface is named.
        ("lead", "gone/agents:a1", False),
        ("lead", "clerk/logs:a1", False),
        ("lead", "reader/gone:a1", False),
    ],
)
def test_who_may_hand_out(tmp_path: Path, held: str, target: str, expected: bool) -> None:
    """Those that hold all of it there."""
    assert may(guard_of(tmp_path), "invite", held, target) is expected


LETS = 'effect: allow, on: ["logs:write"], kinds: [member], when: '


@pytest.mark.parametrize(
    ("when", "held", "expected"),
    [
        # A rule lets its holders write logs, which the role itself has nothing to do with.
        ('"reader/agents:a1" in principal.roles', "lead", False),
        ('"reader/agents:a1" in principal.roles', "lead clerk/agents:a1", False),
        ('"reader/agents:a1" in principal.roles', "lead clerk", True),
        ('"reader/agents:a1" in principal.roles', "lead reader/agents:a1", True),
        ('"reader/agents:a2" in principal.roles', "lead", True),
        # One that asks for a grant on the resource, which the actor has everywhere, there, elsewhere or not at all.
        ('holds("agents:read")', "lead", True),
        # A role on one agent does not make it true of logs, so that it adds nothing there.
        ('holds("agents:read") && "peeker" in principal.roles', "lead", True),
        ('"reader/agents:a1" in principal.roles || holds("agents:write/a2")', "lead editor/agents:a2", True),
        ('"reader/agents:a1" in principal.roles || holds("agents:write/a2")', "lead editor/agents:a1", False),
    ],
)
def test_what_a_rule_lets_its_holders_do(tmp_path: Path, when: str, held: str, expected: bool) -> None:
    """Counts as held by the role, on whatever it is."""
    assert may(guard_of(tmp_path, f"{LETS}'{when}'"), "invite", held, "reader/agents:a1") is expected


@pytest.mark.parametrize(("held", "expected"), [("lead", True), ("lead editor/agents:a2", False)])
def test_what_a_rule_denies_because_of_a_grant_elsewhere(tmp_path: Path, held: str, expected: bool) -> None:
    """Somebody who may be denied it hands it to nobody who is not."""
    denied = (
        "effect: deny, on: ['agents:read'], kinds: [member], code: not_permitted, when: 'holds(\"agents:write/a2\")'"
    )
    assert may(guard_of(tmp_path, denied), "invite", held, "reader/agents:a1") is expected


@pytest.mark.parametrize(
    ("held", "target", "expected"),
    [
        # Lower, and holds nothing more.
        ("lead", "reader/agents:a1", True),
        # Lower, and holds nothing there.
        ("lead", "clerk/agents:a1", True),
        # Lower, and holds more there, which others of the same rank hold, and nobody above.
        ("lead", "tagger/agents:a1", True),
        # Lower, and holds something that the chief holds and the lead does not.
        ("lead", "hearer/agents:a1", False),
        ("lead hearer/agents:a1", "hearer/agents:a1", True),
        ("lead hearer/agents:a2", "hearer/agents:a1", False),
        # Of the same rank, and holds more, which nobody above does.
        ("lead", "labeller/agents:a1", False),
        ("lead tagger/agents:a1", "labeller/agents:a1", True),
        ("lead", "editor/agents:a1", False),
        # The highest rank of its roles there counts.
        ("lead editor/agents:a1", "labeller/agents:a1", True),
        ("lead editor/agents:a2", "labeller/agents:a1", False),
    ],
)
def test_who_is_above(tmp_path: Path, held: str, target: str, expected: bool) -> None:
    """Those of no lower rank who hold more there, and those of a lower one who hold what only higher ones do."""
    assert may(guard_of(tmp_path), "remove", held, target) is expected


LETS_JOBS = "effect: allow, on: ['people:invite', 'agents:read'], kinds: [system]"


@pytest.mark.parametrize(
    ("rule", "target", "expected"),
    [
        ("effect: deny, on: ['logs:read'], kinds: [system], code: not_permitted", "plain", True),
        ("effect: deny, on: ['logs:read'], kinds: [system], code: not_permitted", "writing", False),
        ("effect: deny, on: ['agents:read'], kinds: [system], code: not_permitted", "plain", False),
        ("effect: deny, on: ['agents:read'], code: not_permitted, unless: 'holds(\"agents:read\")'", "plain", False),
    ],
)
def test_what_is_no_member_hands_out(tmp_path: Path, rule: str, target: str, expected: bool) -> None:
    """What rules let it do, and what none denies to it because of its kind or of what it holds."""
    guard = guard_of(tmp_path, LETS_JOBS, rule)
    about = Resource("people", "x", "w", {"new_roles": [target]})
    assert guard.check(Principal.system("job", workspace="w"), "people:invite", about).allowed is expected


NAMED = "context.wanted.{test}(role, role in principal.assignable_roles)"


@pytest.mark.parametrize(
    ("condition", "wanted", "expected"),
    [
        (f"when: '{NAMED.format(test='exists')}'", "reader/agents:a1", False),
        (f"when: '{NAMED.format(test='exists')}'", "editor/agents:a1", True),
        (f"when: '{NAMED.format(test='exists')}'", "reader", False),
        (f"unless: '{NAMED.format(test='all')}'", "reader/agents:a1", True),
        (f"unless: '{NAMED.format(test='all')}'", "editor/agents:a1", False),
        (f"unless: '{NAMED.format(test='all')}'", "reader", True),
    ],
)
def test_roles_that_a_context_names(tmp_path: Path, condition: str, wanted: str, expected: bool) -> None:
    """Whatever lists or hands out says what a check says, which asks about those that are named in each request."""
    keys = "  surfaces:\n    api_keys: {actions: [create], holdable_by: [member]}"
    pack = PACK.replace("  surfaces:", "  attributes: {context: {wanted: list(role)}}\n" + keys, 1)
    pack = pack.replace("holds: [logs.edit]", "holds: [logs.edit, 'api_keys:create']")
    rule = f"  - {{id: r, because: So, effect: deny, on: ['logs:write'], code: not_permitted, {condition}}}\n"
    (tmp_path / "pack.yaml").write_text(pack + rule, encoding="utf-8")
    guard = Guard.load(tmp_path)
    member = Principal.member("m", workspace="w", roles=["lead", "clerk"])
    for each in ("reader/agents:a2", wanted, "reader/agents:a2", wanted):
        context = Context(attributes={"wanted": [each]})
        allowed = expected if each == wanted else condition.startswith("unless")
        assert guard.check(member, "logs:write", Resource("logs", "l", "w"), context).allowed is allowed
        assert guard.filter(member, "logs:write", context).state == ("all" if allowed else "none")
        assert ("logs:write" in guard.permissions(member, context)) is allowed
        assert guard.matrix({"m": member}, ["logs:write"], context)["m", "logs:write"].state == (
            "allow" if allowed else "deny"
        )
        assert guard.mint(member, "logs:write", context).allowed is allowed


WANTED = "{wanted: list(role), tree: {lead: role}}"
TOLD = f"  attributes: {{principal: {WANTED}, context: {WANTED}, facts: {WANTED}}}\n"


@pytest.mark.parametrize("target", ["editor/agents:a1", "editor/agents:a2"])
@pytest.mark.parametrize("place", ["principal", "context", "context.facts", "the rule"])
@pytest.mark.parametrize("condition", [
    "unless: 'PLACE.wanted.all(role, role in principal.assignable_roles)'", "unless: 'PLACE.tree.lead in principal.assignable_roles'",
    "when: 'PLACE.wanted.exists(role, role in principal.superior_roles)'", "when: 'PLACE.tree.lead in principal.superior_roles'",
])  # fmt: skip
def test_wherever_a_role_on_one_resource_is_named(tmp_path: Path, condition: str, place: str, target: str) -> None:
    """It is looked for among roles over roles as it is where a resource names it, by whatever answers or lists."""
    if place == "the rule":
        condition = condition.replace("PLACE.wanted", f'["{target}"]').replace("PLACE.tree.lead", f'"{target}"')
    condition = condition.replace("PLACE", place)
    rule = f"  - {{id: r, because: So, effect: deny, on: ['logs:write'], code: not_permitted, {condition}}}\n"
    (tmp_path / "pack.yaml").write_text(PACK.replace("  surfaces:", f"{TOLD}  surfaces:", 1) + rule, encoding="utf-8")
    guard = Guard.load(tmp_path)

    def given(name: str) -> dict[str, object]:
        return {"wanted": [target], "tree": {"lead": target}} if name == place else {}

    member = Principal.member(
        "m", workspace="w", roles=["lead", "clerk", "editor/agents:a1"], attributes=given("principal")
    )
    context = Context(attributes=given("context"), facts=given("context.facts"))
    allowed = target == "editor/agents:a1"
    for _ in range(3):
        assert guard.check(member, "logs:write", Resource("logs", "l", "w"), context).allowed is allowed
    assert guard.filter(member, "logs:write", context).state == ("all" if allowed else "none")
    assert ("logs:write" in guard.permissions(member, context)) is allowed
    assert guard.matrix([member], ["logs:write"], context)["m", "logs:write"].state == ("allow" if allowed else "deny")
    assert guard.explain(member, "logs:write", Resource("logs", "l", "w"), context).decision.allowed is allowed


def test_what_is_kept_for_roles_that_requests_name_is_bounded(tmp_path: Path) -> None:
    """Everybody may name others, as often as they like."""
    guard = guard_of(tmp_path)
    actor = Principal.member("m", workspace="w", roles=["lead"])
    answers = set()
    for number in range(3 * MAX_NAMED):
        target = Resource("people", "x", "w", {"new_roles": [f"reader/agents:a{number}"]})
        assert guard.check(actor, "people:invite", target).allowed
        kept = guard._generation.find(actor, "people:invite", OWN, Context())
        assert kept is not None
        assert isinstance(kept.answer, ByBindings)
        answers.add(len(kept.answer._known))
    assert answers == {*range(1, MAX_NAMED + 1)}


@pytest.mark.parametrize(("is_narrowed", "state"), [(True, "conditional"), (False, "deny")])
def test_a_symbolic_matrix_leaves_open_what_requests_may_name(tmp_path: Path, is_narrowed: bool, state: str) -> None:
    """One surface with single resources is enough for that; without one the lists are what roles make of them."""
    pack = PACK.replace(
        "logs: {actions: [read, write], coarse: true",
        "logs: {actions: [read, write], coarse: true, attributes: {lead: role}",
    )
    if not is_narrowed:
        pack = pack.replace(", qualifiable: true", "")
        pack = pack.replace(", parent: {surface: agents, attribute: agent}, attributes: {agent: string}", "")
    above = "principal.superior_roles.exists(role, role.startsWith('editor'))"
    rule = f'  - {{id: r, because: So, effect: deny, on: ["logs:write"], code: not_permitted, when: "{above}"}}\n'
    (tmp_path / "pack.yaml").write_text(pack + rule, encoding="utf-8")
    member = Principal.member("m", workspace="w", roles=["clerk"])
    found = Guard.load(tmp_path).matrix({"m": member}, ["logs:write"], symbolic=True)["m", "logs:write"]
    assert found.state == state


def test_a_list_of_people_by_a_role_on_one_resource(tmp_path: Path) -> None:
    """Which roles a person has is looked at with the row."""
    lead = Principal.member("m", workspace="w", roles=["lead/agents:a1"])
    found = guard_of(tmp_path).filter(lead, "people:remove")
    assert 'resource.roles.all(role, role.endsWith("/agents:a1"))' in str(found.condition)
    assert found.state == "some"


@pytest.mark.parametrize("held", [["lead/agents:a1"], ["lead/agents:a1", "lead/agents:a2"]])
def test_what_is_missing_of_a_question_about_people(tmp_path: Path, held: list[str]) -> None:
    """The lists of roles, and nothing else that the condition of such a role has names for."""
    told = str(guard_of(tmp_path).explain(Principal.member("m", workspace="w", roles=held), "people:invite"))
    for role in held:
        looked = (
            f"allow role:{role}: holds it by resource.new_roles and resource.roles, which the question does not give"
        )
        assert looked in told
