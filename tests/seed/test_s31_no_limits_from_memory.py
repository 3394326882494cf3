"""Avoid publishing price tables or entitlements from memory; use the dashboard as the source of truth."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard import Decision, Guard, PolicyError
from scopeguard.model.request import LEFT_OUT, or_left_out
from scopeguard.shipped import policies
from tests.seed import tables, world

GUARD = Guard.default()
ROOT = Path(__file__).resolve().parents[2]

# What a price or a limit looks like, and what plans are called.
MONEY = r"[$€£¥₹]\s?\d|\d\s?[€£¥₹]|\b\d[\d.,]*\s?(?:USD|EUR|GBP|dollars?|euros?|cents?|credits?)\b"
COUNT = (
    r"\b\d[\d.,]*\s(?:voice minutes|(?:chat |text |WhatsApp )?messages|seats|agents|(?:test )?runs|uploads)\b"
    r"|\b\d[\d.,]*\s?(?:/|per |an? )(?:day|month|year|minute|message|seat|agent)\b"
    r"|\blimit(?: of| is) \d+ \w"
)
PLAN = r"\b(?:free|starter|basic|pro|plus|team|business|growth|scale|premium|enterprise)[- ](?:plan|tier)\b"
LOOKS = re.compile(f"{MONEY}|{COUNT}|{PLAN}", re.IGNORECASE)

SHIPPED = sorted(file for file in policies().rglob("*") if file.suffix in {".yaml", ".md", ".json"})
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
SHOWN_AS_WRONG = {"docs/reference/diagnostics.md": "because: at most 500 a month"}
"""Where a page shows what must not be written. Facts of tests are made up, and are none of these."""


@pytest.mark.parametrize(
    "text", ["$5", "0.10 USD", "500 seats", "1,000 voice minutes", "20 per seat", "limit of 3", "the Pro plan"]
)
def test_s31_the_scan_sees_what_it_looks_for(text: str) -> None:
    """Each kind of number and name that must not be published."""
    assert LOOKS.search(f"It is {text} for all.")


@pytest.mark.parametrize("file", [*SHIPPED, *PAGES], ids=lambda file: file.name)
def test_s31_nothing_that_is_shipped_states_one(file: Path) -> None:
    """Neither packs, their tests and matrices, nor the documentation: no price, no limit, no plan."""
    found = [line for line in file.read_text(encoding="utf-8").splitlines() if LOOKS.search(line)]
    known = SHOWN_AS_WRONG.get(str(file.relative_to(ROOT)) if file.is_relative_to(ROOT) else "", "\n")
    assert [line for line in found if known not in line] == []


NUMBER = re.compile(r"(?<![\w-])\d+(?![\w-])")
COUNTS_OWNERS = re.compile(r"\b(?:owner_count > 1|other_active_owners > 0|other_active_owners < 1)\b")


@pytest.mark.parametrize("file", sorted((policies() / "workspace").glob("*.yaml")), ids=lambda file: file.name)
def test_s31_the_pack_has_no_number_that_could_be_one(file: Path) -> None:
    """Its version, ranks of roles, HTTP statuses, and whether an owner is left; its tests speak of made-up facts."""
    if file.name.endswith("_test.yaml"):
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        if re.fullmatch(r"scopeguard: 1|\s+status: \d{3}|\s+rank: \d+|\s+facts_max_age: 5m", line):
            continue
        numbers = NUMBER.findall(line.partition("#")[0])
        assert set(numbers) <= ({"0", "1"} if COUNTS_OWNERS.search(line) else set()), line


OVERLAYS = {
    "a rule": 'rules: [{id: m.m, effect: deny, on: ["agents:write"], code: not_permitted, because: TEXT}]',
    "a remedy": "recovery: {mine: {class: denial, status: 403, remedy: {text: TEXT}}}",
    "a meter": "meters: {mine: {kind: consumption, title: TEXT}}",
    "a usage row": "usage: [{id: m.m, environments: [preview], meter: fair_use_preview, because: TEXT}]",
    "a role": 'roles: {mine: {holds: ["agents:read"], because: TEXT}}',
    "a tab": "settings: {mine: [{id: mine, title: TEXT, view: settings.general.view}]}",
    "a gate": "gates: [{id: m.m, on: [agents.publish], payment: required, because: TEXT}]",
    "a remedy of some circumstances": (
        'recovery: {mine: {class: denial, status: 403, remedy: {text: x}, remedies: [{when: "true", text: TEXT}]}}\n'
        'rules: [{id: m.m, effect: deny, on: ["agents:write"], code: mine}]'
    ),
}


@pytest.mark.parametrize("text", OVERLAYS.values(), ids=OVERLAYS.keys())
def test_s31_a_pack_that_states_one_has_a_finding(tmp_path: Path, text: str) -> None:
    """Wherever people read: SG406 stops the pack that tells a limit or a price."""
    for stated in ("at most 500 messages", "it costs $20 per seat"):
        (tmp_path / "mine.yaml").write_text(f"scopeguard: 1\n{text.replace('TEXT', stated)}\n", encoding="utf-8")
        with pytest.raises(PolicyError) as caught:
            Guard.default(tmp_path)
        assert "SG406" in {finding.code for finding in caught.value.diagnostics}


# Missing, stale and malformed facts.


def needed(operation: str, environment: str, attributes: Mapping[str, str]) -> Iterator[str]:
    """Every fact that an operation needs there, by its path; written out from the tables."""
    for name, circumstances, kinds in tables.PROVIDERS_NEEDED:
        if (name, circumstances) == (operation, attributes):
            yield from (f"providers.{kind}" for kind in kinds)
    if operation in tables.PAID and (environment == "production" or operation == "phone_numbers.purchase"):
        yield from ("payment.status", "wallet.status")
    for meter in tables.counted(operation, environment):
        if meter in tables.PRODUCTION_METERS:
            yield from (f"entitlements.{meter}.{field}" for field in ("limit", "used", "reserved"))
        else:
            yield from (f"fair_use.{meter}.{field}" for field in ("limit", "used"))
    if operation == "voice.connect":
        yield "quantity"


_ALL = [(name, attributes) for name, attributes, _ in tables.PROVIDERS_NEEDED]
GATED = [
    (operation, environment, attributes)
    for environment in ("production", "preview", "test")
    for operation, attributes in [*_ALL, *((name, {}) for name in tables.LIMITED if name not in dict(_ALL))]
]
NEEDED = [(*row, path) for row in GATED for path in needed(*row)]
SPOILT: dict[str, list[object]] = {
    "number": [world.GONE, None, "4", 4.0, True, -1, [4], {"n": 4}],
    "text": [world.GONE, None, "", "unknown", "OK", 1, True, ["ok"], {"status": "ok"}],
}
NUMBERS = {"limit", "used", "reserved", "quantity"}


def unavailable(decision: Decision) -> bool:
    """Denied because something could not be read, with nothing made up."""
    assert decision.code == "facts_unavailable"
    assert (decision.status, decision.meter, decision.retry_at) == (503, None, None)
    assert decision.remedy is not None
    assert (decision.remedy.action, decision.remedy.target) == ("retry", "billing/usage")
    assert "see Billing" in decision.remedy.text
    return decision.errors != ()


@pytest.mark.parametrize(("operation", "environment", "attributes", "path"), NEEDED)
def test_s31_a_fact_that_is_not_there_is_no_default(
    guard: Guard, operation: str, environment: str, attributes: dict[str, str], path: str
) -> None:
    """Each fact that each operation needs: missing, null, of another type, below zero, or no word that is known."""
    kind = "number" if path.rpartition(".")[2] in NUMBERS else "text"
    for spoilt in SPOILT[kind]:
        decision = world.ask(guard, operation, {path: spoilt}, environment=environment, attributes=attributes)
        assert unavailable(decision), spoilt


@pytest.mark.parametrize(("operation", "environment", "attributes"), GATED)
def test_s31_a_record_that_is_not_there_is_no_default(
    guard: Guard, operation: str, environment: str, attributes: dict[str, str]
) -> None:
    """The same for whole records, and for no facts at all."""
    records = {path.rpartition(".")[0] for path in needed(operation, environment, attributes)} - {""}
    for record in sorted(records | {record.partition(".")[0] for record in records}):
        for spoilt in (world.GONE, None, "ready", 3, True, [], {}):
            decision = world.ask(guard, operation, {record: spoilt}, environment=environment, attributes=attributes)
            assert unavailable(decision), (record, spoilt)


@pytest.mark.parametrize(("operation", "environment", "attributes"), GATED)
def test_s31_stale_facts_are_none(guard: Guard, operation: str, environment: str, attributes: dict[str, str]) -> None:
    """As old as they may be is fresh; older, of the future, of no time or of a text for a time is not."""
    tick = timedelta(microseconds=1)
    for age in (world.MAX_AGE, -world.MAX_AGE, timedelta(0)):
        assert world.ask(guard, operation, {"as_of": world.NOW - age}, environment=environment, attributes=attributes)
    for as_of in (
        world.NOW - world.MAX_AGE - tick, world.NOW + world.MAX_AGE + tick, world.GONE, None, "2026-01-31T12:00:00Z", 0
    ):  # fmt: skip
        decision = world.ask(guard, operation, {"as_of": as_of}, environment=environment, attributes=attributes)
        assert unavailable(decision), as_of


@pytest.mark.parametrize(("operation", "environment", "attributes"), GATED)
def test_s31_each_record_may_have_a_time_of_its_own(
    guard: Guard, operation: str, environment: str, attributes: dict[str, str]
) -> None:
    """It counts instead of that of the whole, both ways, for this record and for no other."""
    dated = {path.rpartition(".")[0] for path in needed(operation, environment, attributes)} - {""}
    old = world.NOW - world.MAX_AGE - timedelta(seconds=1)
    for record in sorted(dated):
        stale = world.ask(guard, operation, {f"{record}.as_of": old}, environment=environment, attributes=attributes)
        assert unavailable(stale), record
    fresh = {f"{record}.as_of": world.NOW for record in dated}
    everything_else_is_old = {**fresh, "as_of": old}
    assert world.ask(guard, operation, everything_else_is_old, environment=environment, attributes=attributes)


def test_s31_no_time_of_the_request_is_no_freshness(guard: Guard) -> None:
    """Without a now nothing can be told to be fresh."""
    for operation, environment, attributes in GATED:
        asker = next(iter(world.askers(operation).values()))
        given = world.context(asker.channel, environment=environment, attributes=attributes)
        timeless = type(given)(given.channel, given.environment, given.facts, None, given.attributes)
        assert unavailable(guard.check(asker.principal, operation, or_left_out(asker.resource), timeless))


@pytest.mark.parametrize("facts", [{}, {"as_of": None}, dict.fromkeys(["providers", "payment", "wallet", "entitlements", "fair_use", "quantity"], "?")], ids=["none", "no time", "malformed"])  # fmt: skip
def test_s31_what_has_no_gate_looks_at_no_fact(guard: Guard, facts: dict[str, Any]) -> None:
    """Every permission, for each role and a key with every scope, and every operation without a gate."""
    known = {"sso_available": True, "other_active_owners": 1}
    people = [*((world.member(role), "dashboard") for role in tables.ROLES), (world.key(*tables.SCOPES), "server")]
    for who, channel in people:
        healthy = world.context(channel)
        spoilt = type(healthy)(channel, "production", {**facts, **known}, world.NOW)
        for action in (*tables.PERMISSIONS, *tables.UNGATED):
            surface = "members:" if action.startswith("members") else action
            about = world.about(surface) if ":" in surface else LEFT_OUT
            assert guard.check(who, action, about, spoilt) == guard.check(who, action, about, healthy), action


# Numbers in what people read.


def shown(decision: Decision) -> list[str]:
    """Everything of a decision that people read."""
    texts = [decision.reason, str(decision), *(each.text or "" for each in decision.advice)]
    if decision.remedy is not None:
        texts.append(decision.remedy.text)
    if not decision:
        problem = decision.to_problem(disclosure="full")
        texts += [str(problem["title"]), str(problem.get("detail", ""))]
    return texts


@pytest.mark.parametrize("state", sorted(world.BROKEN))
def test_s31_each_message_links_to_the_dashboard(guard: Guard, state: str) -> None:
    """Whatever is exhausted, interrupted or missing: the remedy is a place in Billing or Settings."""
    denied = [
        decision
        for operation, environment, attributes in GATED
        if not (
            decision := world.ask(
                guard, operation, {state: world.BROKEN[state]}, environment=environment, attributes=attributes
            )
        )
    ]
    assert bool(denied) is (state != "providers.other")
    for decision in denied:
        assert decision.remedy is not None
        assert decision.remedy.target is not None
        page = "settings" if state.startswith("providers") else "billing"
        assert decision.remedy.target.startswith(f"{page}/")


_numbers = st.integers(-1, 10**6)
_times = st.datetimes(datetime(2027, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda time: time.replace(microsecond=0)
)


@st.composite
def some_facts(draw: st.DrawFn) -> dict[str, object]:
    """Changes of a healthy workspace: any numbers, states and times."""
    changes: dict[str, object] = {
        "payment.status": draw(st.sampled_from(["ok", "grace", "interrupted", "?"])),
        "wallet.status": draw(st.sampled_from(["ok", "ok", "low", "empty"])),
        "wallet.auto_recharge": draw(st.sampled_from(["on", "off", "failed", "pending"])),
        "quantity": draw(st.integers(1, 10**6)),
    }
    if draw(st.booleans()):
        changes["payment.grace_until"] = draw(_times)
    for kind in tables.PROVIDERS:
        changes[f"providers.{kind}"] = draw(st.sampled_from(["ready", "ready", "ready", "missing", "invalid", "?"]))
    for meter in tables.PRODUCTION_METERS:
        record = {"limit": draw(_numbers), "used": draw(_numbers), "reserved": draw(_numbers)}
        record["kind"] = draw(st.sampled_from(["soft", "hard"]))  # type: ignore[assignment]
        changes[f"entitlements.{meter}"] = record | draw(st.just({}) | st.fixed_dictionaries({"resets_at": _times}))
    for bucket in tables.FAIR_USE.values():
        record = {"limit": draw(_numbers), "used": draw(_numbers)}
        changes[f"fair_use.{bucket}"] = record | draw(st.just({}) | st.fixed_dictionaries({"resets_at": _times}))
    return changes


def times(value: object) -> Iterator[str]:
    """Every time in facts, as it may be written."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from times(each)
    elif isinstance(value, datetime):
        yield from (f"{value:%Y-%m-%dT%H:%M:%S}Z", value.isoformat())


@settings(deadline=None, max_examples=300)
@given(some_facts(), st.sampled_from(GATED))
def test_s31_no_number_in_a_message_that_was_not_in_the_facts(
    changes: dict[str, object], asked: tuple[str, str, dict[str, str]]
) -> None:
    """Any facts: once the times that the host told are taken out, what people read has no number left but a quantity."""
    operation, environment, attributes = asked
    decision = world.ask(GUARD, operation, changes, environment=environment, attributes=attributes)
    for text in shown(decision):
        rest = text
        for time in times(changes):
            rest = rest.replace(time, "")
        for time in times({"usual": world.RESETS}):
            rest = rest.replace(time, "")
        rest = rest.replace(f"quantity {changes['quantity']},", "")
        assert not re.search(r"\d", rest), text
