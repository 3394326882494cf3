"""V61: what rules deny to whoever makes a key, and not to the key, be it by facts, by place or by time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from scopeguard import Context, Guard, Principal, Resource

PACK: Final = """
scopeguard: 1
catalog:
  stages: [credential, workspace, permission, sign_in, provider, payment, late]
  channels: [dashboard, server]
  environments: [production, preview]
  providers: [model]
  facts_max_age: 5m
  attributes: {facts: {frozen: bool}}
  surfaces:
    notes: {actions: [read, write], coarse: true}
    secrets: {actions: [read], explicit_only: true, because: They are private}
    api_keys: {actions: [create, rotate, grant_sensitive], coarse: true, holdable_by: [member, api_key, session]}
  operations: {notes.publish: {needs: "notes:write"}}
variables: {is_person: 'principal.kind != "api_key"'}
roles:
  editor: {holds: ["notes:write", "secrets:read", "api_keys:create", "api_keys:rotate"]}
  keeper: {holds: ["notes:write", "secrets:read", "api_keys:*"]}
  mover: {holds: ["api_keys:create", "api_keys:rotate"]}
  there: {when: 'context.environment == "preview" && "mover" in principal.roles', holds: ["notes:write"]}
"""
THERE: Final = PACK.splitlines(keepends=True)[-1]
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
EDITOR: Final = Principal.member("usr_1", workspace="ws_1", roles=["editor"])
KEEPER: Final = Principal.member("usr_1", workspace="ws_1", roles=["keeper"])
MOVER: Final = Principal.member("usr_1", workspace="ws_1", roles=["mover"])
KEY: Final = Principal.api_key("key_1", workspace="ws_1", scopes="notes:write", expires_at=NOW + timedelta(1))
FROZEN: Final = {"frozen": True, "payment": {"status": "interrupted"}, "providers": {"model": "missing"}, "as_of": NOW}
THAWED: Final = {"frozen": False, "payment": {"status": "ok"}, "providers": {"model": "ready"}, "as_of": NOW}
LATE: Final = "{id: mine.late, effect: deny, on: ['notes:write'], stage: late, code: not_permitted"
STATE: Final = "when: context.facts.frozen"


def packed(folder: Path, text: str, pack: str = PACK) -> Guard:
    """The pack with a rule or a gate."""
    (folder / "pack.yaml").write_text(pack + text, encoding="utf-8")
    return Guard.load(folder)


def of(facts: dict[str, object], channel: str = "dashboard", environment: str = "production") -> Context:
    """A request, with the facts of the workspace."""
    return Context(channel=channel, environment=environment, now=NOW, facts=facts)


def answers(guard: Guard, context: Context, actor: Principal = EDITOR) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """What minting and both ways of rotation say."""
    for each in (
        guard.mint(actor, "notes:write", context),
        guard.rotate(actor, KEY, context=context),
        guard.rotate(actor, "notes:write", context=context),
    ):
        yield each.code, each.rules


APART = {
    "by the kind of a rule": f"rules: [{LATE}, kinds: [member], {STATE}}}]",
    "by an exception": f"rules: [{LATE}, {STATE}, unless: 'principal.kind == \"api_key\"'}}]",
    "by a list of kinds": f"rules: [{LATE}, when: 'principal.kind in [\"member\"] && context.facts.frozen'}}]",
    "by a name for it": f"rules: [{LATE}, when: 'variables.is_person && context.facts.frozen'}}]",
    "by a role": f"rules: [{LATE}, roles: [editor], {STATE}}}]",
    "by what is held": f"rules: [{LATE}, when: 'holds(\"secrets:read\") && context.facts.frozen'}}]",
    "by the channel of a rule": f"rules: [{LATE}, channels: [dashboard], {STATE}}}]",
    "by the channel in a condition": f"rules: [{LATE}, when: 'context.channel == \"dashboard\" && context.facts.frozen'}}]",
    "by who it is": f"rules: [{LATE}, when: 'principal.id == \"usr_1\" && context.facts.frozen'}}]",
    "by what has no end": f"rules: [{LATE}, when: '!has(principal.expires_at) && context.facts.frozen'}}]",
    "by who it is not": f"rules: [{LATE}, when: 'principal.id != \"key_1\" && context.facts.frozen'}}]",
    "of an operation": f"rules: [{LATE.replace('notes:write', 'notes.publish')}, kinds: [member], {STATE}}}]",
    "by a gate, for a kind": "gates: [{id: mine.late, on: ['notes.publish'], payment: required, when: 'principal.kind == \"member\"'}]",
    "by a gate, through a channel": "gates: [{id: mine.late, on: ['notes.publish'], payment: required, when: 'context.channel == \"dashboard\"'}]",
    "by a gate about providers": "gates: [{id: mine.late, on: ['notes.publish'], provider: [model], when: 'context.channel == \"dashboard\"'}]",
}


@pytest.mark.parametrize("case", APART)
def test_v61_a_state_that_denies_to_the_maker_and_not_to_the_key(tmp_path: Path, case: str) -> None:
    """While it does, or as long as nobody says whether it does, what it denies is not handed out."""
    guard = packed(tmp_path, APART[case])
    action = "notes.publish" if "notes.publish" in APART[case] else "notes:write"
    assert guard.check(KEY, action, context=of(FROZEN, "server"))
    for facts in (FROZEN, {}):
        assert not guard.check(EDITOR, action, context=of(facts))
        for code, rules in answers(guard, of(facts)):
            assert code == "grant_exceeds_actor"
            assert rules == ("mine.late",)
        assert "notes:write" not in guard.mintable(EDITOR, of(facts))
    assert [code for code, _ in answers(guard, of(THAWED))] == [None] * 3


ALIKE = {
    "everybody": f"rules: [{LATE}, {STATE}}}]",
    "members and keys": f"rules: [{LATE}, kinds: [member, api_key], {STATE}}}]",
    "all that are of a workspace": f"rules: [{LATE}, when: 'has(principal.workspace) && context.facts.frozen'}}]",
    "all that have an id": f"rules: [{LATE}, when: 'has(principal.id) && context.facts.frozen'}}]",
    "a gate": "gates: [{id: mine.late, on: ['notes.publish'], provider: [model]}]",
}


@pytest.mark.parametrize("case", ALIKE)
def test_v61_a_state_that_denies_to_both_takes_nothing(tmp_path: Path, case: str) -> None:
    """An open invoice is no reason to make no keys."""
    guard = packed(tmp_path, ALIKE[case])
    action = "notes.publish" if "notes.publish" in ALIKE[case] else "notes:write"
    for facts in (FROZEN, {}, THAWED):
        assert guard.check(KEY, action, context=of(facts, "server")).allowed is (facts is THAWED)
        assert guard.check(EDITOR, action, context=of(facts)).allowed is (facts is THAWED)
        assert [code for code, _ in answers(guard, of(facts))] == [None] * 3


ELSEWHERE: Final = "{id: mine.there, effect: deny, on: ['notes:write'], environments: [production], code: not_permitted"


@pytest.mark.parametrize("environment", ["production", "preview"])
@pytest.mark.parametrize(
    ("rules", "actor"),
    [
        (f"rules: [{ELSEWHERE}, roles: [editor]}}]", EDITOR),
        (f"rules: [{ELSEWHERE}, kinds: [member]}}]", EDITOR),
        (f"rules: [{ELSEWHERE}, unless: 'principal.kind == \"api_key\"'}}]", EDITOR),
        (f"rules: [{ELSEWHERE.replace('notes:write', 'notes.publish')}, kinds: [member]}}]", EDITOR),
        ("", MOVER),
        (
            "rules: [{id: mine.r, effect: allow, on: ['notes:*'], kinds: [member], roles: [mover], environments: [preview]}]",
            MOVER,
        ),
        ("rules: [{id: mine.r, effect: allow, on: ['notes:*'], environments: [preview]}]", MOVER),
    ],
    ids=["a role", "a kind", "an exception", "an operation", "a role there", "allowed there", "to all there"],
)
def test_v61_a_key_is_used_in_every_environment(tmp_path: Path, rules: str, actor: Principal, environment: str) -> None:
    """It makes no difference from which one somebody asks for it."""
    guard = packed(tmp_path, rules, PACK.replace(THERE, "") if rules else PACK)
    action = "notes.publish" if "notes.publish" in rules else "notes:write"
    assert guard.check(KEY, action, context=of({}, "server"))
    assert not guard.check(actor, action, context=of({}))
    assert guard.check(actor, action, context=of({}, environment="preview"))
    assert [code for code, _ in answers(guard, of({}, environment=environment), actor)] == ["grant_exceeds_actor"] * 3
    needed = guard.mint(actor, "notes:write", of({}, environment=environment)).needed
    assert needed == (("notes:write",) if actor is MOVER else ())


@pytest.mark.parametrize("environment", ["production", "preview"])
def test_v61_what_is_denied_to_all_elsewhere_takes_nothing(tmp_path: Path, environment: str) -> None:
    """A surface that is closed in preview is no reason to make no keys for production."""
    guard = packed(tmp_path, f"rules: [{ELSEWHERE.replace('production', 'preview')}, kinds: [member, api_key]}}]")
    assert not guard.check(KEY, "notes:write", context=of({}, "server", "preview"))
    found = [code for code, _ in answers(guard, of({}, environment=environment))]
    assert found == [None if environment == "production" else "grant_exceeds_actor"] * 3


@pytest.mark.parametrize(
    "rule",
    [
        "on: ['notes:write'], when: has(resource.locked) && resource.locked",
        "on: ['notes.publish'], stage: late, when: has(resource.locked) && resource.locked",
        "on: ['notes:*'], kinds: [member, api_key], when: 'has(resource.id) && resource.id == \"n1\"'",
        "on: ['notes:write'], when: 'has(resource.locked) && resource.locked && context.facts.frozen'",
    ],
)
def test_v61_what_is_closed_to_all_on_some_resources_takes_nothing(tmp_path: Path, rule: str) -> None:
    """A note that is locked is locked to keys too, and no reason to make none."""
    pack = PACK.replace(
        "{actions: [read, write], coarse: true}",
        "{actions: [read, write], coarse: true, qualifiable: true, attributes: {locked: bool}}",
    )
    (tmp_path / "pack.yaml").write_text(
        f"{pack}rules: [{{id: mine.r, effect: deny, code: not_permitted, {rule}}}]", encoding="utf-8"
    )
    guard = Guard.load(tmp_path)
    locked = Resource("notes", "n1", "ws_1", {"locked": True})
    action = "notes.publish" if "publish" in rule else "notes:write"
    assert not guard.check(KEY, action, locked, of(FROZEN, "server"))
    assert not guard.check(EDITOR, action, locked, of(FROZEN))
    assert [code for code, _ in answers(guard, of(FROZEN))] == [None] * 3
    assert guard.mint(EDITOR, "notes:write/n2", of(FROZEN))
    assert "notes:write" in guard.ceiling(["editor"])


@pytest.mark.parametrize("environment", ["production", "preview"])
def test_v61_who_hands_out_what_is_explicit_only_may_do_so_everywhere(tmp_path: Path, environment: str) -> None:
    """As a key is used in every environment, so is the leave to hand it out asked in every one."""
    guard = packed(
        tmp_path,
        "rules: [{id: mine.r, effect: deny, on: ['api_keys:grant_sensitive'], environments: [production], code: not_permitted}]",
    )
    found = guard.mint(KEEPER, "secrets:read", of({}, environment=environment))
    assert (found.code, found.rules) == ("sensitive_grant_forbidden", ("mine.r",))


BRINGS: Final = "rules: [{id: mine.brings, effect: allow, on: ['secrets:read'], because: It is so, KINDS, WHEN}]"


@pytest.mark.parametrize("kinds", ["kinds: [api_key]", "kinds: [api_key, member]"])
@pytest.mark.parametrize(
    "when", ["requires: notes:write", "when: 'holds(\"notes:write\")'", "when: '\"notes:write\" in principal.scopes'"]
)
def test_v61_what_is_explicit_only_is_not_brought_along(tmp_path: Path, kinds: str, when: str) -> None:
    """Where a scope brings it by a rule, it takes what naming it takes."""
    if "member" in kinds and "principal.scopes" in when:
        kinds = "kinds: [api_key]"
    guard = packed(tmp_path, BRINGS.replace("KINDS", kinds).replace("WHEN", when))
    assert guard.check(KEY, "secrets:read", context=of({}, "server"))
    assert guard.check(EDITOR, "secrets:read", context=of({}))
    for actor, code in ((EDITOR, "sensitive_grant_forbidden"), (KEEPER, None)):
        assert [found for found, _ in answers(guard, of({}), actor)] == [code] * 3
    assert guard.mint(EDITOR, "secrets:read", of({})).code == "sensitive_grant_forbidden"


def test_v61_what_a_rule_gives_to_every_key_is_brought_by_no_scope(tmp_path: Path) -> None:
    """Whoever makes a key hands out nothing by it that is open to all keys."""
    guard = packed(tmp_path, BRINGS.replace("KINDS, WHEN", "kinds: [api_key]"))
    assert guard.check(KEY, "secrets:read", context=of({}, "server"))
    assert [code for code, _ in answers(guard, of({}))] == [None] * 3


MAKER: Final = "notes:write api_keys:create api_keys:rotate"


@pytest.mark.parametrize("limits", [{"expires_at": NOW + timedelta(1)}, {"ip_allow": ["192.0.2.0/24"]}], ids=list)
def test_v61_a_key_with_limits_hands_out_none_without(tmp_path: Path, limits: dict[str, object]) -> None:
    """A key that is stolen for an hour makes no key for ever. It may be made anew, with what it has."""
    guard = packed(tmp_path, "")
    context = Context(channel="server", now=NOW, attributes={"ip": "192.0.2.1"})
    maker, limited = (
        Principal("api_key", "key_2", "ws_1", scopes=MAKER.split(), attributes=given)
        for given in ({}, frozen_limits(limits))
    )
    assert guard.mint(maker, "notes:write", context)
    assert guard.mintable(maker, context)
    for code, rules in answers(guard, context, limited):
        assert (code, rules) == ("grant_exceeds_actor", ())
    assert guard.mintable(limited, context) == ()
    assert guard.mint(limited, "", context).code == "scopes_empty"
    assert guard.rotate(limited, limited, context=context)


def frozen_limits(limits: dict[str, object]) -> dict[str, object]:
    """As a principal has them."""
    return dict(Principal.api_key("key_2", workspace="ws_1", scopes=MAKER, **limits).attributes)  # type: ignore[arg-type]  # they are of several types


def test_v61_a_ceiling_has_no_permission_of_which_an_operation_is_denied(tmp_path: Path) -> None:
    """A scope cannot leave out an operation, and a key under the ceiling does nothing that its owner may not."""
    deny = "{id: mine.r, effect: deny, on: ['notes.publish'], roles: [ROLE], code: not_permitted}"
    guard = packed(tmp_path, f"rules: [{deny.replace('ROLE', 'editor')}]")
    assert not guard.check(EDITOR, "notes.publish", context=of({}))
    under = Principal.api_key("k", workspace="ws_1", scopes="notes:write", ceiling=guard.ceiling(["editor"]))
    assert not guard.check(under, "notes.publish", context=of({}, "server"))
    assert "notes:write" not in guard.ceiling(["editor"])
    assert {"secrets:read", "api_keys:create"} <= guard.ceiling(["editor"])
    assert "notes:write" in guard.ceiling(["keeper"])
    itself = packed(tmp_path, f"rules: [{deny.replace('ROLE', 'editor').replace('notes.publish', 'secrets:read')}]")
    assert "secrets:read" not in itself.ceiling(["editor"])
    everybody = packed(tmp_path, f"rules: [{deny.replace('roles: [ROLE]', 'kinds: [member, api_key]')}]")
    assert not everybody.check(KEY, "notes.publish", context=of({}, "server"))
    assert "notes:write" in everybody.ceiling(["editor"])
