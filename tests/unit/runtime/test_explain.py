"""Explanations: every rule that was looked at, each clause with its value, the order of stages and the nearest change."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from msgspec.structs import replace

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.model.request import LEFT_OUT
from tests.conftest import Golden
from tests.facts import changed
from tests.seed.world import NOW, healthy

PACK = """
scopeguard: 1
pack: {base: none, because: About other rules than those.}
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true, implies: {write: [read]}, attributes: {owner: string}}
    secrets: {actions: [read], explicit_only: true, because: they are private}
    keys: {actions: [create], holdable_by: [member]}
  operations:
    notes.publish: {needs: "notes:write"}
  attributes:
    facts: {paid: bool, mode: string}
  channels: [server, dashboard, browser]
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*"], rank: 5}
  owner: {holds: ["notes:*", "secrets:read", "keys:create"], rank: 9}
rules:
  - id: own-workspace
    effect: deny
    stage: workspace
    on: ["*:*"]
    unless: principal.workspace == resource.workspace
    code: workspace_mismatch
    because: it belongs to another workspace
  - id: from-servers
    effect: deny
    stage: channel
    on: ["*:*"]
    kinds: [api_key]
    unless: context.channel == "server"
    code: credential_channel_forbidden
    because: keys are for servers
  - id: paid
    effect: deny
    stage: payment
    on: [notes.publish]
    when: context.facts.mode == "live"
    unless: context.facts.paid
    code: not_permitted
  - {id: own-notes, effect: allow, on: ["notes:read"], kinds: [member], when: resource.owner == principal.id}
  - {id: not-at-night, effect: deny, on: ["notes:write"], when: 'holds("notes:write") && context.now < timestamp("2020-01-01T00:00:00Z")', code: not_permitted}
"""
SERVER, DASHBOARD = Context(channel="server"), Context(channel="dashboard", facts={"mode": "live"})
NARROW = Principal.api_key("key_1", workspace="ws_1", scopes="notes:write/n1 old:scope")
BROAD = Principal.api_key("key_2", workspace="ws_1", scopes="workspace:read")
EDITOR = Principal.member("usr_1", workspace="ws_1", roles=["editor"])
NOBODY = Principal.member("usr_2", workspace="ws_1")
Asked = tuple[Principal, str, object, Context]

CASES: dict[str, Asked] = {
    "narrowed_allowed": (NARROW, "notes:write", Resource("notes", "n1", "ws_1"), Context(channel="server", now=datetime(2026, 1, 1, tzinfo=UTC))),
    "narrowed_elsewhere": (NARROW, "notes:read", Resource("notes", "n2", "ws_1"), SERVER),
    "explicit_only": (BROAD, "secrets:read", LEFT_OUT, SERVER),
    "two_changes": (BROAD, "secrets:read", LEFT_OUT, Context(channel="browser")),
    "another_workspace": (BROAD, "notes:read", Resource("notes", "n1", "ws_2"), SERVER),
    "key_management": (BROAD, "keys:create", LEFT_OUT, SERVER),
    "operation_with_failing_facts": (EDITOR, "notes.publish", Resource("notes", "n1", "ws_1"), DASHBOARD),
    "own_note": (NOBODY, "notes:read", Resource("notes", "n1", "ws_1", {"owner": "usr_2"}), DASHBOARD),
    "no_role": (NOBODY, "keys:create", LEFT_OUT, DASHBOARD),
    "anonymous": (Principal.anonymous(), "notes:read", LEFT_OUT, SERVER),
    "unknown": (BROAD, "notes:reed", LEFT_OUT, SERVER),
}  # fmt: skip


@pytest.fixture
def guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guard:
    """A guard whose rules have short places."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Guard.load("pack.yaml")


@pytest.mark.parametrize("name", CASES)
def test_explanations(guard: Guard, golden: Golden, name: str) -> None:
    """An explanation reads like this, and is about the very decision that a check gives."""
    told = guard.explain(*CASES[name])
    golden(f"explain/{name}.txt", told.text(every_clause=True) + "\n")
    assert told.decision == guard.check(*CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_the_nearest_change_allows(guard: Guard, name: str) -> None:
    """What is proposed was tried; where nothing is proposed, none of the changes that are tried would do."""
    told = guard.explain(*CASES[name])
    expected = {
        "narrowed_elsewhere": ("grant the scope notes:read",),
        "explicit_only": ("grant the scope secrets:read",),
        "two_changes": ("grant the scope secrets:read", "come through the channel server"),
        "another_workspace": ("ask about a resource of the principal's own workspace",),
        "no_role": ("give the member the role owner",),
    }
    assert told.nearest == expected.get(name, ())


def test_the_short_text_keeps_what_settled(guard: Guard) -> None:
    """Of a rule that does not apply the short text shows the one clause that settled it."""
    text = str(guard.explain(*CASES["narrowed_allowed"]))
    lines = text.splitlines()
    place = next(number for number, line in enumerate(lines) if "from-servers" in line)
    assert lines[place + 1] == '      unless context.channel == "server" is true  (context.channel = "server")'
    assert "kinds" not in text


def test_no_change_is_told_of_only_where_nothing_else_helps(guard: Guard) -> None:
    """A change that was found is told; that none was found, only of a denial without a remedy."""
    denied = guard.explain(*CASES["operation_with_failing_facts"])
    assert (denied.decision.remedy is not None, denied.nearest) == (True, ())
    assert "nearest change" not in str(denied)
    bare = replace(denied, decision=replace(denied.decision, remedy=None))
    assert str(bare).endswith("\nnearest change: none found")
    assert str(guard.explain(*CASES["no_role"])).endswith("\nnearest change: give the member the role owner")
    allowed = replace(bare, decision=guard.check(*CASES["own_note"]))
    assert (bool(allowed.decision), allowed.decision.remedy) == (True, None)
    assert "nearest change" not in str(allowed)


def test_data(guard: Guard) -> None:
    """The JSON twin has everything that the text has."""
    told = guard.explain(*CASES["explicit_only"]).to_dict()
    assert list(told) == ["question", "decision", "stages", "looked", "nearest"]
    assert told["question"] == "api_key 'key_2' of 'ws_1' asks secrets:read"
    assert told["decision"] == guard.check(*CASES["explicit_only"]).to_dict()
    assert (told["decision"]["code"], told["nearest"]) == ("explicit_grant_required", ["grant the scope secrets:read"])
    assert [item["id"] for item in told["looked"]] == ["own-workspace", "from-servers"]
    assert told["looked"][1]["clauses"] == [
        {
            "label": "kinds",
            "text": 'principal.kind in ["api_key"]',
            "value": "true",
            "read": {"principal.kind": '"api_key"'},
        },
        {
            "label": "unless",
            "text": 'context.channel == "server"',
            "value": "true",
            "read": {"context.channel": '"server"'},
        },
    ]


def test_long_values_are_cut(guard: Guard) -> None:
    """A value that would fill the screen is shortened."""
    about = Resource("notes", "n" * 200, "ws_1", {"owner": "o" * 200})
    text = guard.explain(NOBODY, "notes:read", about, DASHBOARD).text(every_clause=True)
    assert "o" * 81 not in text
    assert "..." in text


def test_a_short_text_has_the_clause_that_settled_it(guard: Guard) -> None:
    """A long one has all of them, and what is left of each rule; what decided has all its clauses in both."""
    told = guard.explain(BROAD, "notes:read", context=Context())
    unless = 'unless context.channel == "server" is impossible to evaluate: no value for "context.channel"'
    settled, other = 'kinds principal.kind in ["member"] is false', "when resource.owner == principal.id"
    short, long = told.text(), told.text(every_clause=True)
    assert str(told) == short
    for text in (short, long):
        assert "deny from-servers: cannot be evaluated, so it denies" in text
        assert f"      {unless}  (context.channel = absent)" in text
        assert settled in text
    assert other not in short
    assert other in long
    assert short.count("left of it for this principal") == 0
    assert long.count("left of it for this principal") == 3
    assert '      left of it for this principal: !(context.channel == "server")' in long.splitlines()


def test_of_the_facts_that_a_gate_may_read_those_that_are_there_are_shown() -> None:
    """A wallet that is empty, of which nothing else is told."""
    told = Guard.default().explain(
        Principal.member("usr_1", workspace="ws_1", roles=["owner"]),
        "messages.send",
        context=Context("dashboard", now=NOW, facts=changed(healthy(), {"wallet.status": "empty"})),
    )
    (clause,) = (
        clause
        for each in told.looked
        for clause in each.clauses
        if (each.id, each.effect, clause.label) == ("gates.wallet", "deny", "facts")
    )
    at = 'timestamp("2026-01-31T12:00:00Z")'
    assert dict(clause.read) == {
        "context.now": at, "context.facts.as_of": at, "context.facts.wallet.status": '"empty"',
    }  # fmt: skip


CLAUSES = """
scopeguard: 1
pack: {base: none, because: About clauses alone.}
catalog:
  surfaces:
    notes:
      actions: [read]
      coarse: true
      attributes: {about: dyn, many: list(dyn), some: "map(string, dyn)", text: string, at: timestamp, for: duration, from: ip}
  attributes:
    facts: {mode: string}
scopes:
  workspace:read: {includes: ["*:read"]}
roles:
  a: {holds: ["notes:read"]}
  b: {holds: ["notes:read"]}
  c: {holds: ["notes:read"]}
  d: {holds: ["notes:read"]}
rules:
  - {id: r, effect: deny, on: ["notes:read"], when: 'WHEN', code: not_permitted, because: So it is}
"""
READER = Principal.member("usr_1", workspace="ws_1", roles=["a"])


def clause_of(tmp_path: Path, when: str, attributes: dict[str, object], **facts: object) -> str:
    """How an explanation tells of a rule with a condition."""
    (tmp_path / "clauses.yaml").write_text(CLAUSES.replace("WHEN", when), encoding="utf-8")
    about = Resource("notes", "n", "ws_1", attributes)
    told = Guard.load(tmp_path / "clauses.yaml").explain(READER, "notes:read", about, Context(facts=facts))
    ((clause,),) = (each.clauses for each in told.looked if each.id == "r")
    return str(clause)


@pytest.mark.parametrize(
    ("when", "attribute", "value", "written"),
    [
        ("resource.many[0] == null", "many", [None, True, 2, 2.5, "a"], '[null, true, 2, 2.5, "a"]'),
        ('"a" in resource.some', "some", {"a": [False], "b": b"x"}, '{"a": [false], "b": b"x"}'),
        ('resource.at == timestamp("2026-01-01T00:00:00Z")', "at", datetime(2026, 1, 1, tzinfo=UTC),
         'timestamp("2026-01-01T00:00:00Z")'),
        ('resource.for == duration("5m")', "for", timedelta(minutes=5), 'duration("300s")'),
        ("resource.from.family() == 4", "from", ip_address("192.0.2.1"), '"192.0.2.1"'),
        ('resource.text.startsWith("a")', "text", 'a"\n  [permission] allow x: allows \x1b[31m',
         r'"a\"\n  [permission] allow x: allows \u001b[31m"'),
    ],
)  # fmt: skip
def test_values_are_written_as_conditions_write_them(
    tmp_path: Path, when: str, attribute: str, value: object, written: str
) -> None:
    """In one line and in quotes, so that no text of a request reads as a part of the explanation."""
    assert clause_of(tmp_path, when, {attribute: value}) == f"when {when} is true  (resource.{attribute} = {written})"


def test_a_condition_may_come_to_null(tmp_path: Path) -> None:
    """Which is no truth value; it is told as conditions write it."""
    told = clause_of(tmp_path, "resource.many[0]", {"many": [None]})
    assert told == "when resource.many[0] is null  (resource.many = [null])"


@pytest.mark.parametrize(
    ("length", "shown"), [(78, f'"{"o" * 78}"'), (79, f'"{"o" * 76}...'), (200, f'"{"o" * 76}...')]
)
def test_how_long_a_value_may_be(tmp_path: Path, length: int, shown: str) -> None:
    """Eighty characters with its quotes; of a longer one so much is left that it is as long with what tells of it."""
    told = clause_of(tmp_path, 'resource.text == "x"', {"text": "o" * length})
    assert told == f'when resource.text == "x" is false  (resource.text = {shown})'


def test_all_facts_are_not_shown_for_one(tmp_path: Path) -> None:
    """A rule that looks for one among them reads all of them, which fill no line of an explanation."""
    assert clause_of(tmp_path, '"mode" in context.facts', {}, mode="live") == 'when "mode" in context.facts is true'


def test_a_scope_that_is_held_already_is_not_proposed(guard: Guard) -> None:
    """Where it is the ceiling that leaves it out, that scope is no change that anybody could make."""
    key = Principal.api_key("k", workspace="ws_1", scopes="workspace:read notes:read", ceiling="notes:write/n1")
    told = guard.explain(key, "notes:read", Resource("notes", "n2", "ws_1"), SERVER)
    assert (told.decision.allowed, told.nearest) == (False, ())


def test_the_three_narrowest_roles_are_tried(tmp_path: Path) -> None:
    """Each trial is a check; where none of the three would do, nothing is proposed."""
    for left, nearest in (('a", "b', ("give the member the role c",)), ('a", "b", "c', ())):
        (tmp_path / "pack.yaml").write_text(
            CLAUSES.replace("WHEN", f'principal.roles.exists(role, role in ["{left}"])'), encoding="utf-8"
        )
        told = Guard.load(tmp_path).explain(NOBODY, "notes:read", Resource("notes", "n", "ws_1"))
        assert (told.decision.allowed, told.nearest) == (False, nearest)
