"""The symbolic matrix: what is given settles, what is absent settles, and everything else is told as a condition."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal, RequestError
from scopeguard.runtime.matrix import MatrixCell

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, attributes: {owner: string, tags: list(string)}}
    logs: {actions: [read], coarse: false, holdable_by: [member, system], because: only for people}
  operations:
    notes.publish: {needs: "notes:write"}
  attributes:
    principal: {team: string, desk: {floor: int, open: bool}}
    context: {locked: bool}
    facts: {state: string, limits: "map(string, int)"}
  channels: [web, api]
  environments: [production, test]
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*", "logs:read"], rank: 5}
rules:
  - {id: notes.mine, effect: deny, on: ["notes:write"], kinds: [member], unless: resource.owner == principal.id || principal.rank > 5, code: not_permitted}
  - {id: notes.open, effect: deny, on: [notes.publish], when: "has(context.locked) && context.locked", code: not_permitted}
  - {id: notes.plan, effect: deny, on: [notes.publish], unless: context.facts.state == "open", stage: feature, code: feature_not_available}
  - {id: notes.tags, effect: deny, on: ["notes:read"], kinds: [api_key], when: 'resource.tags.map(t, t + principal.team) == ["x"]', code: not_permitted}
  - {id: logs.desk, effect: deny, on: ["logs:read"], kinds: [member], unless: 'principal.desk.floor > 2 && context.facts.limits["a"] > 1', code: not_permitted}
  - {id: logs.jobs, effect: allow, on: ["logs:read"], kinds: [system], when: action == "read" && context.environment == "production"}
"""
EDITOR = Principal.member("ann", workspace="ws_1", roles=["editor"])


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A guard for the pack."""
    file = tmp_path_factory.mktemp("symbolic") / "pack.yaml"
    file.write_text(PACK, "utf-8")
    return Guard.load(file)


def cell(guard: Guard, who: Principal, action: str, context: Context | None = None, *absent: str) -> MatrixCell:
    """One cell of a symbolic matrix."""
    return guard.matrix({"who": who}, [action], context or Context(), symbolic=True, absent=absent)["who", action]


def test_who_it_is_stays_open(guard: Guard) -> None:
    """The condition speaks of an id, and not of the one of the principal that stands for its kind."""
    assert cell(guard, EDITOR, "notes:write").note == "resource.owner == principal.id"
    assert guard.matrix({"who": EDITOR}, ["notes:write"])["who", "notes:write"].note == 'resource.owner == "ann"'


def test_what_is_given_settles(guard: Guard) -> None:
    """A fact, an attribute of the context, and their absence."""
    open_ = (
        'resource.owner == principal.id && !(has(context.locked) && context.locked) && context.facts.state == "open"'
    )
    assert cell(guard, EDITOR, "notes.publish").note == open_
    told = Context(facts={"state": "open"}, attributes={"locked": False})
    assert cell(guard, EDITOR, "notes.publish", told).note == "resource.owner == principal.id"
    assert cell(guard, EDITOR, "notes.publish", Context(facts={"state": "open"}), "context.locked") == cell(
        guard, EDITOR, "notes.publish", told
    )
    locked = cell(guard, EDITOR, "notes.publish", Context(attributes={"locked": True}))
    assert (locked.state, locked.note, locked.rules) == ("deny", "not_permitted", ("notes.open",))
    assert cell(guard, EDITOR, "notes:write", None, "resource.owner").note == "not_permitted"
    unpaid = cell(guard, EDITOR, "notes.publish", None, "context.facts.state")
    assert (unpaid.state, unpaid.note, unpaid.rules) == ("deny", "feature_not_available", ("notes.plan",))


def test_a_record_is_given_whole(guard: Guard) -> None:
    """With all of its fields; and one that is absent has none."""
    limits = Context(facts={"limits": {"a": 2}})
    assert cell(guard, EDITOR, "logs:read", limits).note == "principal.desk.floor > 2"
    high, low, bare = (
        Principal.member("m", workspace="w", roles=["editor"], attributes={"desk": desk})
        for desk in ({"floor": 3}, {"floor": 2}, {"open": True})
    )
    assert [cell(guard, who, "logs:read", limits).state for who in (high, low, bare)] == ["allow", "deny", "deny"]
    for absent in ("principal.desk", "principal.desk.floor"):
        assert cell(guard, EDITOR, "logs:read", limits, absent).note == "not_permitted"
    assert cell(guard, EDITOR, "logs:read", None, "context.facts.limits").note == "not_permitted"


def test_a_credential_is_in_force(guard: Guard) -> None:
    """Unless an attribute says that something is the matter with it; the end of a session is told."""
    reader: Any = {"workspace": "ws_1", "scopes": "workspace:read"}
    assert cell(guard, Principal.api_key("k", **reader), "logs:read").note == "scope_missing"
    fine = Principal.api_key("k", **reader, attributes={"team": "a"})
    assert cell(guard, fine, "notes:read").note == 'resource.tags.map(t, t + "a") != ["x"]'
    assert cell(guard, Principal.api_key("k", **reader, revoked=True), "notes:read").note == "credential_revoked"
    end = datetime(2026, 1, 1, tzinfo=UTC)
    ending = Principal.session("s", **reader, expires_at=end)
    assert cell(guard, ending, "notes:read").note == "context.now < principal.expires_at"
    assert cell(guard, ending, "notes:read", Context(now=end)).note == "credential_expired"
    assert cell(guard, ending, "notes:read", None, "context.now").note == "context_incomplete"
    assert cell(guard, Principal.session("s", **reader), "notes:read").note == "context.now < principal.expires_at"


def test_a_list_without_a_value_is_told_as_it_is_written(guard: Guard) -> None:
    """Where something in it has none, it is not folded, and holds no failure."""
    who = Principal.api_key("k", workspace="ws_1", scopes="notes:read")
    found = cell(guard, who, "notes:read", None, "principal.team")
    assert found.note == 'resource.tags.map(t, t + principal.team) != ["x"]'


def test_who_is_bound_to_no_workspace(guard: Guard) -> None:
    """A job of the system is about a resource of its own workspace, which the condition says; nobody is anonymous."""
    assert cell(guard, Principal.system("job"), "logs:read").note == "principal.workspace == resource.workspace"
    elsewhere = cell(guard, Principal.system("job"), "logs:read", Context(environment="test"))
    assert (elsewhere.state, elsewhere.note) == ("deny", "not_permitted")
    assert cell(guard, Principal.anonymous(), "notes:read").note == "credential_invalid"
    assert cell(guard, EDITOR, "notes:fly").note == "unmapped_action"


def test_columns_of_one_kind_do_not_settle_each_other(guard: Guard) -> None:
    """What one of them is given stays open in the other."""
    fine = Principal.api_key("k", workspace="ws_1", scopes="notes:read")
    gone = Principal.api_key("g", workspace="ws_1", scopes="notes:read", revoked=True)
    for askers in ({"fine": fine, "gone": gone}, {"gone": gone, "fine": fine}):
        found = guard.matrix(askers, ["notes:read"], symbolic=True)
        assert found["gone", "notes:read"].note == "credential_revoked"
        assert found["fine", "notes:read"].state == "conditional"


ON_SEVERAL = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true}
    logs: {actions: [read], coarse: true}
scopes:
  workspace:read: {includes: ["*:read"]}
rules:
  - {id: on.several, effect: deny, on: ["notes:*", "logs:read"], when: WHEN, code: not_permitted}
"""


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ('action == "read"', {"notes:read": "deny not_permitted", "notes:write": 'when resource.id == "n_1"'}),
        ('resource.surface == "logs"', {"notes:read": "allow", "logs:read": "deny not_permitted"}),
        (
            "holds('notes:write')",
            {"notes:read": 'when !(has(resource.id) && resource.id in ["n_1"])', "logs:read": "allow"},
        ),
    ],
)
def test_what_a_rule_asks_of_the_action_is_asked_of_each(tmp_path: Path, when: str, expected: dict[str, str]) -> None:
    """What is left of it for one action is not what is left for the next, in whichever order."""
    (tmp_path / "pack.yaml").write_text(ON_SEVERAL.replace("WHEN", f'"{when}"' if "'" in when else when), "utf-8")
    key = Principal.api_key("k", workspace="w", scopes="workspace:read notes:write/n_1")
    for actions in (list(expected), list(reversed(expected))):
        found = Guard.load(tmp_path).matrix({"key": key}, actions, symbolic=True)
        assert {action: str(found["key", action]) for action in actions} == expected


GATED = """
scopeguard: 1
catalog:
  surfaces: {notes: {actions: [write], coarse: true}}
  operations: {notes.ask: {needs: "notes:write"}}
  providers: [model]
  facts_max_age: 5m
roles: {editor: {holds: ["notes:*"], rank: 5}}
gates:
  - {id: model, on: [notes.ask], provider: [model], because: It needs one}
"""


@pytest.mark.parametrize(
    ("providers", "code"), [({"model": "missing"}, "provider_keys_missing"), ({}, "facts_unavailable")]
)
def test_a_gate_that_closes_is_told_from_one_of_which_nothing_is_known(
    tmp_path: Path, providers: dict[str, str], code: str
) -> None:
    """By the code of a check in the same circumstances."""
    (tmp_path / "pack.yaml").write_text(GATED, "utf-8")
    guard, now = Guard.load(tmp_path), datetime(2026, 1, 2, tzinfo=UTC)
    context = Context(facts={"as_of": now, "providers": providers}, now=now)
    assert cell(guard, EDITOR, "notes.ask", context).note == code
    assert guard.check(EDITOR, "notes.ask", context=context).code == code


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        (["context.facts.stat"], 'no name "context.facts.stat" in the catalog; did you mean "context.facts.state"?'),
        (["context.facts"], 'no name "context.facts" in the catalog'),
        (["principal.roles"], 'no name "principal.roles" in the catalog'),
        ("context.facts.state", "the absent names of a matrix must be an iterable of str, not str"),
    ],
)
def test_names_that_are_none(guard: Guard, absent: list[str], message: str) -> None:
    """A misspelt name would leave open what it was to settle."""
    with pytest.raises(RequestError) as caught:
        guard.matrix([EDITOR], None, symbolic=True, absent=absent)
    assert str(caught.value).startswith(message)


def test_what_it_refuses(guard: Guard, tmp_path: Path) -> None:
    """The same names as a check, and what is absent where nothing is open."""
    with pytest.raises(RequestError, match="no fact"):
        cell(guard, EDITOR, "notes:read", Context(facts={"stat": "open"}))
    with pytest.raises(RequestError, match="no attribute"):
        cell(guard, Principal.member("m", workspace="w", attributes={"taem": "a"}), "notes:read")
    with pytest.raises(RequestError, match="only a symbolic matrix takes what is absent"):
        guard.matrix([EDITOR], None, absent=["context.now"])
