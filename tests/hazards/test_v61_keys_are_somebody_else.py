"""V61: a rule that says the same of a key and of its maker, and lets the key do more: a key has an id of its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from scopeguard import Context, Guard, Principal, Resource

PACK: Final = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true}
    logs:
      actions: [read]
      coarse: true
      qualifiable: true
      attributes: {owner: string, secret: bool, teams: list(string), spaces: list(string)}
    api_keys: {actions: [create, rotate, grant_sensitive], holdable_by: [member, api_key, system]}
  attributes: {principal: {team: string, limited: bool}}
roles:
  editor: {holds: ["notes:read", "api_keys:*"]}
  auditor: {holds: ["logs:read"]}
rules:
"""
EDITOR: Final = Principal.member("usr_1", workspace="ws_1", roles=["editor"], attributes={"team": "a", "limited": True})
AUDITOR: Final = Principal.member("usr_1", workspace="ws_1", roles=["editor", "auditor"])
KEY: Final = Principal.api_key("key_1", workspace="ws_1", scopes="notes:read")
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
OTHERS: Final = "resource.owner != principal.id"
LOGS: Final = [
    Resource("logs", "l1", "ws_1", attributes)
    for owner in ("usr_1", "key_1", "usr_2")
    for attributes in (
        {"owner": owner, "teams": ["a"], "spaces": ["ws_1"]},
        {"owner": owner, "secret": True, "teams": ["b"], "spaces": []},
    )
]


def packed(folder: Path, *rules: str, pack: str = PACK) -> Guard:
    """The pack with some rules."""
    listed = "".join(f"  - {{id: r{number}, because: It is so, {rule}}}\n" for number, rule in enumerate(rules))
    (folder / "pack.yaml").write_text(pack + listed, encoding="utf-8")
    return Guard.load(folder)


def allows(condition: str, kinds: str = "[member, api_key]") -> str:
    """A rule that allows reading logs."""
    return f"effect: allow, on: ['logs:read'], kinds: {kinds}, {condition}"


def gained(guard: Guard, key: Principal, actor: Principal) -> list[Resource]:
    """The logs that a key reads and somebody does not."""
    return [log for log in LOGS if guard.check(key, "logs:read", log) and not guard.check(actor, "logs:read", log)]


GAINS = {
    "what is not one's own": f"when: '{OTHERS}'",
    "what is not one's own, for whoever has an id": f"when: 'has(principal.id) && {OTHERS}'",
    "what is not one's own, by an exception": "unless: resource.owner == principal.id",
    "what is one's own": "when: resource.owner == principal.id",
    "what is listed as not one's own": "when: '![resource.owner].exists(each, each == principal.id)'",
    "what is not one's own, by a name for it": "when: 'cel.bind(me, principal.id, me != resource.owner)'",
    "not this one": "when: 'principal.id != \"usr_1\"'",
    "whoever is called as keys are": "when: 'principal.id.startsWith(\"key\")'",
    "whoever is not held back": "unless: has(principal.limited) && principal.limited",
    "another team's, for whoever has one": "unless: has(principal.team) && principal.team in resource.teams",
    "keys, whatever it is, and members what is not their own": f"when: 'principal.kind == \"api_key\" || {OTHERS}'",
    "keys, also where nobody said whether it is secret": (
        'when: \'principal.kind == "api_key" || (resource.secret ? holds("notes:read") : true)\''
    ),
}
ALIKE = {
    "what is so for whoever asks": "when: resource.secret",
    "a choice that is so for whoever asks": "when: 'resource.secret ? resource.owner == \"usr_2\" : true'",
    "what this one may": "when: 'principal.id == \"usr_1\" || resource.owner == principal.id'",
    "what is shared with the workspace": "when: principal.workspace in resource.spaces",
    "what is held": "when: 'holds(\"notes:read\")'",
    "members, and keys what is secret": "when: 'principal.kind == \"member\" || resource.secret'",
    "what a team has, for whoever has one": "when: principal.team in resource.teams",
    "what is not one's own, of members": f"kinds: [member], when: '{OTHERS}'",
}


@pytest.mark.parametrize("case", GAINS)
def test_v61_a_key_is_not_its_maker(tmp_path: Path, case: str) -> None:
    """What a rule lets a key do because it is not its maker is handed out only by who may do that everywhere."""
    guard = packed(tmp_path, allows(GAINS[case]))
    assert gained(guard, KEY, EDITOR)
    for decision in (guard.mint(EDITOR, "notes:read"), guard.rotate(EDITOR, KEY), guard.rotate(EDITOR, "notes:read")):
        assert (decision.code, decision.needed) == ("grant_exceeds_actor", ("logs:read",))
        assert "logs:read" in decision.reason
    assert guard.mintable(EDITOR) == ()
    assert guard.mint(AUDITOR, "notes:read").provided == ("notes:read",)
    assert gained(guard, KEY, AUDITOR) == []


@pytest.mark.parametrize("case", ALIKE)
def test_v61_a_key_that_may_no_more_than_its_maker_is_handed_out(tmp_path: Path, case: str) -> None:
    """A rule that gives to the maker what it gives to any key is in nobody's way."""
    condition = ALIKE[case]
    guard = packed(
        tmp_path, f"effect: allow, on: ['logs:read'], {condition}" if "kinds" in condition else allows(condition)
    )
    assert gained(guard, KEY, EDITOR) == []
    assert guard.mint(EDITOR, "notes:read").provided == guard.rotate(EDITOR, KEY).provided == ("notes:read",)


@pytest.mark.parametrize("exception", ["resource.owner == principal.id", OTHERS])
def test_v61_a_restriction_is_the_same_as_a_denial_and_within_an_allow(tmp_path: Path, exception: str) -> None:
    """It makes no difference to minting which way it is written."""
    within = packed(tmp_path, allows(f"unless: '{exception}'"))
    denial = f"effect: deny, on: ['logs:read'], when: '{exception}', code: not_permitted"
    beside = packed(tmp_path, allows("when: 'holds(\"notes:read\")'"), denial)
    for guard in (within, beside):
        assert len(gained(guard, KEY, EDITOR)) == 2
        assert guard.mint(EDITOR, "notes:read").code == "grant_exceeds_actor"


LIMITED: Final = Principal.api_key(
    "key_1",
    workspace="ws_1",
    scopes="notes:read openid",
    not_before=NOW - timedelta(1),
    expires_at=NOW + timedelta(1),
    ip_allow=["192.0.2.0/24"],
    unknown="ignore",
)


@pytest.mark.parametrize("name", ["expires_at", "not_before", "ip_allow", "ignored_scopes"])
@pytest.mark.parametrize(
    ("rules", "holder"),
    [
        (("when: has(principal.{})",), LIMITED),
        (("kinds: [api_key], unless: has(principal.{})",), KEY),
        (("when: 'has(principal.{}) && size(string(size([principal.{}]))) > 0'",), LIMITED),
        (("kinds: [api_key]", "effect: deny, kinds: [api_key], unless: has(principal.{})"), LIMITED),
        (("kinds: [api_key]", "effect: deny, kinds: [api_key], when: has(principal.{})"), KEY),
    ],
    ids=["with it", "without it", "by its value", "denied without it", "denied with it"],
)
def test_v61_a_key_may_have_an_end_and_addresses(
    tmp_path: Path, name: str, rules: tuple[str, ...], holder: Principal
) -> None:
    """Whoever makes a key says so, and it does by that what its maker does not."""
    first, *more = (each.replace("{}", name) for each in rules)
    allow = f"effect: allow, on: ['logs:read'], {first}" if "kinds" in first else allows(first)
    guard = packed(tmp_path, allow, *(f"{each}, on: ['logs:read'], code: not_permitted" for each in more))
    context = Context(now=NOW, attributes={"ip": "192.0.2.1"})
    assert guard.check(holder, "logs:read", LOGS[0], context)
    assert not guard.check(EDITOR, "logs:read", LOGS[0], context)
    for held in ("notes:read", KEY, LIMITED):
        assert guard.rotate(EDITOR, held, context=context).code == "grant_exceeds_actor"
    assert guard.mint(EDITOR, "notes:read", context).code == "grant_exceeds_actor"
    assert guard.mint(AUDITOR, "notes:read", context)


ENDING: Final = Principal.api_key("key_1", workspace="ws_1", scopes="notes:read", expires_at=NOW + timedelta(1))
ENDLESS: Final = (
    "effect: deny, on: ['logs:read'], kinds: [api_key], unless: has(principal.expires_at), code: not_permitted"
)
ALIKE_LIMITED: Final = "has(principal.ip_allow) ? has(principal.expires_at) : !has(principal.expires_at)"
LISTED: Final = "effect: deny, on: ['logs:read'], kinds: [api_key], when: has(principal.ip_allow), code: not_permitted"


@pytest.mark.parametrize(
    "rules",
    [
        (allows("when: 'has(principal.expires_at) && !has(principal.ip_allow)'", "[api_key]"),),
        (allows("when: 'has(principal.expires_at) != has(principal.ip_allow)'", "[api_key]"),),
        (allows("when: has(principal.expires_at), unless: has(principal.not_before)", "[api_key]"),),
        (allows("when: 'has(principal.ip_allow) ? resource.secret : has(principal.expires_at)'", "[api_key]"),),
        (allows("when: '!(has(principal.ip_allow) || !has(principal.expires_at))'", "[api_key]"),),
        (allows("when: '[has(principal.ip_allow), has(principal.expires_at)] == [false, true]'", "[api_key]"),),
        (allows("when: has(principal.expires_at)", "[api_key]"), LISTED),
        (allows("unless: has(principal.ip_allow)", "[api_key]"), ENDLESS),
        ("effect: allow, on: ['logs:read'], kinds: [api_key]", ENDLESS, LISTED),
    ],
    ids=["both", "one", "unless", "a choice", "neither", "a list", "one denied", "the other denied", "both denied"],
)
def test_v61_a_key_may_have_some_limits_and_not_others(tmp_path: Path, rules: tuple[str, ...]) -> None:
    """Whoever makes a key chooses which, and each choice counts."""
    guard = packed(tmp_path, *rules)
    context = Context(now=NOW)
    assert guard.check(ENDING, "logs:read", LOGS[0], context)
    assert not guard.check(EDITOR, "logs:read", LOGS[0], context)
    for held in ("notes:read", KEY, ENDING, LIMITED):
        assert guard.rotate(EDITOR, held, context=context).code == "grant_exceeds_actor"
    assert guard.mint(EDITOR, "notes:read", context).code == "grant_exceeds_actor"
    assert guard.mint(AUDITOR, "notes:read", context)


@pytest.mark.parametrize(
    "rules",
    [
        (allows("when: has(principal.ip_allow)", "[api_key]"), LISTED),
        (allows("when: '!has(principal.expires_at) && resource.secret'", "[api_key]"), ENDLESS),
        (allows(f"when: '{ALIKE_LIMITED}'", "[api_key]"), ENDLESS, LISTED),
        (
            allows("when: resource.secret", "[api_key]"),
            LISTED.replace("has(principal.ip_allow)", "'principal.team == \"a\"'"),
        ),
    ],
    ids=["denied with it", "denied without it", "denied one way and the other", "denied for want of a team"],
)
def test_v61_what_no_choice_of_limits_lets_a_key_do_is_no_excess(tmp_path: Path, rules: tuple[str, ...]) -> None:
    """A denial that a rule never gets around keeps its power in."""
    guard = packed(tmp_path, *rules)
    for key in (KEY, ENDING, LIMITED):
        assert not guard.check(key, "logs:read", LOGS[1], Context(now=NOW, attributes={"ip": "192.0.2.1"}))
    assert guard.mint(EDITOR, "notes:read", Context(now=NOW)).provided == ("notes:read",)


def test_v61_two_keys_are_two(tmp_path: Path) -> None:
    """A key that makes keys: what is held on one log is not what is held on another."""
    guard = packed(
        tmp_path,
        "effect: allow, on: ['notes:read'], kinds: [api_key], when: '!holds(\"logs:read\")'",
    )
    maker = Principal.api_key("key_2", workspace="ws_1", scopes="api_keys:create logs:read/l1 logs:read/l2")
    assert guard.mint(maker, "logs:read/l1").provided == ("logs:read/l1",)


def test_v61_what_is_held_on_one_log_is_put_in(tmp_path: Path) -> None:
    """A key that holds less than its maker may do by that what its maker may not."""
    pack = PACK.replace("    logs:\n      actions: [read]", "    logs:\n      actions: [read, write]")
    guard = packed(
        tmp_path, "effect: allow, on: ['logs:write'], kinds: [api_key], when: '!holds(\"logs:read\")'", pack=pack
    )
    maker, made = (
        Principal.api_key(name, workspace="ws_1", scopes=scopes)
        for name, scopes in (("key_2", "api_keys:create logs:read/l1 logs:read/l2"), ("key_1", "logs:read/l1"))
    )
    other = Resource("logs", "l2", "ws_1")
    assert guard.check(made, "logs:write", other)
    assert not guard.check(maker, "logs:write", other)
    assert guard.mint(maker, "logs:read/l1").code == "grant_exceeds_actor"
    assert guard.mint(maker, "logs:read/l1 logs:read/l2")


def test_v61_what_a_rotated_key_is_counts(tmp_path: Path) -> None:
    """It keeps its attributes: whoever gets its secret may do by them what they let do."""
    guard = packed(tmp_path, allows("when: principal.team in resource.teams"))
    own, foreign = (
        Principal.api_key("key_1", workspace="ws_1", scopes="notes:read", attributes={"team": team})
        for team in ("a", "b")
    )
    assert (gained(guard, own, EDITOR), guard.rotate(EDITOR, own).code) == ([], None)
    assert gained(guard, foreign, EDITOR)
    assert guard.rotate(EDITOR, foreign).code == "grant_exceeds_actor"
    assert guard.rotate(AUDITOR, foreign)


def test_v61_a_rotation_lets_nothing_out_that_minting_would_not(tmp_path: Path) -> None:
    """What keeps one key from something is no reason for another rotation: minting knows of no such thing."""
    guard = packed(tmp_path, allows("unless: has(principal.limited) && principal.limited"))
    limited = Principal.api_key("key_1", workspace="ws_1", scopes="notes:read", attributes={"limited": True})
    assert gained(guard, limited, EDITOR) == []
    assert guard.rotate(EDITOR, limited).code == guard.mint(EDITOR, "notes:read").code == "grant_exceeds_actor"


def test_v61_a_maker_of_no_workspace_does_not_know_that_of_the_key(tmp_path: Path) -> None:
    """A job outside of all workspaces makes keys of any, in a pack whose base does not keep it out."""
    guard = packed(
        tmp_path,
        "effect: allow, on: ['api_keys:create', 'notes:read'], kinds: [system]",
        allows("when: 'principal.workspace == \"ws_1\"'"),
        pack=PACK.replace("catalog:", "pack: {base: none, because: It is tried}\ncatalog:"),
    )
    assert guard.check(KEY, "logs:read", LOGS[0])
    assert guard.mint(Principal.system("job"), "notes:read").code == "grant_exceeds_actor"
    assert guard.mint(Principal.system("job", workspace="ws_1"), "notes:read").code == "grant_exceeds_actor"


@pytest.mark.parametrize(
    ("condition", "may"),
    [
        ("channels: [server]", False),
        ('unless: context.channel == "dashboard"', False),
        ("channels: [server, dashboard]", True),
        ("when: 'context.channel != \"browser\"'", True),
    ],
)
def test_v61_a_key_goes_where_its_maker_does_not(tmp_path: Path, condition: str, may: bool) -> None:
    """What a rule allows through the channel of keys alone is nothing that a member ever does, who is kept out of it."""
    guard = packed(
        tmp_path,
        allows(condition),
        "effect: deny, on: ['logs:*'], kinds: [member], channels: [server], code: not_permitted",
        pack=PACK.replace("roles:", "  channels: [server, dashboard, browser]\nroles:"),
    )
    dashboard, server = Context(channel="dashboard"), Context(channel="server")
    assert guard.check(KEY, "logs:read", LOGS[0], server)
    assert not guard.check(EDITOR, "logs:read", LOGS[0], server)
    assert guard.check(EDITOR, "logs:read", LOGS[0], dashboard).allowed is may
    assert guard.mint(EDITOR, "notes:read", dashboard).allowed is may
