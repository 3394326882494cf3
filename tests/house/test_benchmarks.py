"""The benchmarks are honest: floors that agree with the pack, ratios within a round, targets that are measured."""

import gc
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from benchmarks import endpoint, handwritten, keeping, listing, narrowing, timing
from benchmarks.domain import batches, gated, requests
from benchmarks.endpoint import Client
from benchmarks.growth import questions, rules_pack
from benchmarks.listing import Hand, Loaded, everything, growing, loaded, permissions
from benchmarks.population import Request, keys
from benchmarks.populations import (
    KEYS_BELOW,
    KEYS_HALF,
    KEYS_THIRD,
    MEMBERS,
    OBJECTS,
    Asking,
    Population,
    once,
    population,
)
from benchmarks.report import BEGIN, END, SUMMARY, Results, markdown, number
from benchmarks.request_checks import agree, many, mixed, raw
from benchmarks.starting import AFTER
from benchmarks.targets import SLACK, TARGETS, Target, Verdict, judge
from benchmarks.timing import FLOOR, LOOP, OURS, Figure, Pass, Spread, bounded, compare, measure, samples
from scopeguard import Context, Guard, Principal, Resource

KEYS = 20_000
ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "performance.md"


@pytest.fixture(scope="module")
def guard() -> Guard:
    """The shipped pack."""
    return Guard.default()


def test_the_floor_agrees_with_the_pack(guard: Guard) -> None:
    """Code by code, and the requests meet every code that the function can give."""
    asked = requests(600)
    allowed = agree(guard, asked, handwritten.check)
    assert 60 < sum(allowed) < 300
    codes = {handwritten.check(*request) for request in requests().plain}
    assert codes == {
        None,
        "workspace_mismatch",
        "credential_channel_forbidden",
        "dashboard_only",
        "scope_missing",
        "explicit_grant_required",
        "member_permission_missing",
        "sso_required",
        "feature_not_available",
    }


def test_the_floor_of_the_gate_agrees_with_the_pack(guard: Guard) -> None:
    """The same limit, freshness and kinds of limits, and each of them is asked about."""
    asked = gated(300)
    agree(guard, asked, handwritten.create_agent)
    codes = [handwritten.create_agent(*request) for request in asked.plain]
    assert min(map(codes.count, [None, "entitlement_limit_reached", "facts_unavailable", "scope_missing"])) > 5
    known = [facts["entitlements"]["agents"] for facts in (where.facts for *_, where in asked.plain)]
    assert {name for limits in known for name in limits} == {
        "limit", "used", "reserved", "as_of", "unlimited", "kind", "enabled",
    }  # fmt: skip


def test_a_wrong_floor_is_found_out(guard: Guard) -> None:
    """A function with other answers is no floor."""
    with pytest.raises(AssertionError, match="workspace_mismatch"):
        agree(guard, requests(300), lambda *_: "workspace_mismatch")


def test_other_ways_to_ask_agree_too(guard: Guard) -> None:
    """Principals from raw text, batches and the other floors: each asserts its answers when it is made."""
    asked = requests(200)
    assert mixed(guard, asked).keys() == {LOOP, FLOOR, OURS, "dict lookup", "lru_cache"}
    assert raw(guard, asked)[OURS].count == 200
    assert many(guard, batches(2))[OURS].count == 200


@cache
def asking(name: str) -> Population:
    """A fifth of the population of that name; making one takes a while."""
    return population(name, KEYS)


@pytest.mark.parametrize("name", [KEYS_HALF, KEYS_THIRD, KEYS_BELOW, MEMBERS])
def test_the_floor_of_a_population_agrees_with_the_pack(name: str) -> None:
    """Each holds what no other holds, and the requests meet every code that the function can give."""
    who = asking(name)
    assert len({frozenset(each.held.split()) for each in who.first}) == len(who.first) == KEYS
    assert {len(each.held.split()) for each in who.first} == set(range(1, 7))
    narrowed = {KEYS_HALF: KEYS // 2, KEYS_THIRD: KEYS // 3, KEYS_BELOW: KEYS // 3, MEMBERS: 0}[name]
    assert sum("/" in each.held for each in who.first) == pytest.approx(narrowed, abs=1)
    once(who.engines, [who.first[:600], who.later[:100]])
    codes = list(who.engines[FLOOR].ask(who.first[:2_000]))
    missing = {"member_permission_missing", "sso_required", "feature_not_available"}
    missing = missing if name == MEMBERS else {"scope_missing", "explicit_grant_required"}
    always = {None, "workspace_mismatch", "credential_channel_forbidden", "dashboard_only"}
    assert set(codes) == always | missing
    assert 800 < codes.count(None) < 1_400


def test_narrowed_scopes_decide_much_of_a_population() -> None:
    """Without what the floor makes of them, it gives other answers."""
    who = asking(KEYS_HALF)
    found = who.first[:2_000]
    blind = [each._replace(held=" ".join(x for x in each.held.split() if "/" not in x)) for each in found]
    floor = who.engines[FLOOR].ask
    assert sum(a != b for a, b in zip(floor(found), floor(blind), strict=True)) > 100


def backwards(ask: Asking, asked: Sequence[Request]) -> Sequence[object]:
    """The right answers to other questions."""
    return ask(asked)[::-1]


def test_a_wrong_answer_to_a_population_is_found_out() -> None:
    """By this library or by another floor, although it is asked only once."""
    who = asking(KEYS_HALF)
    for wrong in (OBJECTS, OURS):
        right = who.engines[wrong]
        engines = {**who.engines, wrong: right._replace(ask=partial(backwards, right.ask))}
        with pytest.raises(AssertionError):
            once(engines, [who.first[:200]])


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """A large pack that is small."""
    return loaded((50, 8), tmp_path_factory.mktemp("large"))


def test_a_large_pack_is_as_large_as_it_says(large: Loaded) -> None:
    """Roles, permissions and classes of members."""
    pack, _, guard = large
    assert len(guard.catalog.roles) == 50
    assert sorted(guard.catalog.permissions) == sorted(pack.permissions)
    assert len(pack.permissions) == 240
    assert {len(held) for held in pack.held.values()} == {30}
    assert sum(map(len, pack.held_by.values())) == 50 * 30
    sets = pack.role_sets(200, 2, 4)
    assert len({frozenset(each) for each in sets}) == 200
    assert {len(each) for each in sets} == {2, 3, 4}


def test_the_floor_of_lists_agrees_with_a_large_pack(large: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each asserts its answers; all states of a permission are among them."""
    monkeypatch.setattr(timing, "WARM_RUNS", 1)
    figures = [
        *permissions(large, rounds=1, few=1),
        *everything(large, columns=40, rounds=1, few=1),
        *growing([large], few=1),
    ]
    assert len({each.workload for each in figures}) == 8
    hand = Hand(large.pack)
    roles = list(large.pack.held)[:10]
    assert {state for row in hand.table(roles, large.pack.permissions) for state in row} == {
        "allow", "deny", "conditional",
    }  # fmt: skip


def test_a_wrong_list_is_found_out(large: Loaded) -> None:
    """When its floor says otherwise."""
    wrong = Hand(large.pack)
    wrong.conditional = frozenset()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(listing, "Hand", lambda _: wrong)
        with pytest.raises(AssertionError, match="permissions"):
            permissions(large, rounds=1, few=1)


def test_the_memory_of_all_that_is_kept_is_told() -> None:
    """Of all requests, or of as many as were asked in the time, which is no figure of all."""
    figures = {each.engine: each for each in keeping.figures(sizes=keeping.Sizes(200, 100, 50, 8, 60))}
    if figures:  # of a system that tells
        assert figures[keeping.KEPT].count == figures[AFTER].count == 200
        assert figures[keeping.KEPT].value.median < figures[AFTER].value.median
        ended = {each.engine: each for each in keeping.figures(sizes=keeping.Sizes(200, 100, 50, 8, 0))}
        assert ended[keeping.KEPT_SO_FAR].count == 0
        assert ended.keys().isdisjoint({keeping.KEPT, AFTER})


class Answering(BaseHTTPRequestHandler):
    """Answers every second request later than the others, and tells what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The path, and 403 where the key is not good."""
        body = self.path.encode()
        self.send_response(200 if self.headers["Authorization"] == "Bearer good" else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.flush()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_the_client_has_all_answers() -> None:
    """Over connections that are kept, whatever parts an answer comes in."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        client = Client(server.server_port, 3)
        sent = [endpoint.request("open", "good" if number % 3 else "bad", f"agt_{number}") for number in range(30)]
        answers, took = client.ask(sent)
        client.close()
        server.shutdown()
    assert sorted(each.body for each in answers) == sorted(f"/open/agents/agt_{i}".encode() for i in range(30))
    assert [each.status for each in answers].count(403) == 10
    assert len(took) == 30
    assert min(took) > 0


def test_the_endpoint_is_asked_by_keys_that_may_and_by_keys_that_may_not(guard: Guard) -> None:
    """As the pack says."""
    may, may_not = endpoint.asked()
    held = {name: scopes for name, _, scopes in keys(endpoint.KEYS)}
    assert len(may) + len(may_not) == endpoint.KEYS
    for pairs, allowed in ((may[:50], True), (may_not[:50], False)):
        for name, agent in pairs:
            key = Principal.api_key(name, workspace="ws_1", scopes=held[name])
            about = Resource("agents", agent, workspace="ws_1")
            assert guard.check(key, "agents:read", about, Context(channel="server")).allowed is allowed
    assert any("agents:" in held[name] and agent != "agt_1" for name, agent in may)


def test_what_takes_long_gets_fewer_rounds() -> None:
    """One at least."""
    assert list(bounded(range(3), seconds=60)) == [0, 1, 2]
    assert list(bounded(range(3), seconds=0)) == [0]


def test_growth_keeps_the_number_of_questions() -> None:
    """Ten questions for each of fifty users at every size, half of them allowed, about rules that are there."""
    for size in (10, 1_000):
        asked = questions(size)
        assert len({(each.user, each.about, each.action) for each in asked}) == 500
        assert sum(each.is_allowed for each in asked) == 250
        assert all(f"role_{each.about}" in each.roles and each.about < size for each in asked)
        assert {len(each.roles) for each in asked} == {10}
        assert len({each.roles for each in asked}) == 50
    assert "".join(rules_pack(2_500)).count("effect: allow") == 2_500


def test_engines_take_turns_while_no_garbage_is_collected() -> None:
    """Each round starts with another engine; afterwards collection is on again."""
    seen: list[tuple[str, bool]] = []
    passes = {name: Pass(lambda name=name: seen.append((name, gc.isenabled())), 1) for name in "abc"}  # type: ignore[misc]
    found = samples(passes, rounds=3, least=0)
    timed = [name for name, is_on in seen if not is_on]
    assert timed == [*"abc", *"bca", *"cab"]
    assert {name: len(values) for name, values in found.items()} == {"a": 3, "b": 3, "c": 3}
    assert gc.isenabled()


def test_ratios_are_of_one_round() -> None:
    """A machine that slows down for a round slows both: the ratio stays."""
    slow = {"floor": [10.0, 1000.0, 10.0], "ours": [20.0, 2000.0, 20.0]}
    floor, ours = compare("w", slow, reference="floor", counts={"floor": 1, "ours": 7})
    assert (floor.ratio, ours.ratio) == (Spread(1, 1, 1), Spread(2, 2, 2))
    assert (ours.value, ours.count, ours.reference) == (Spread(20, 20, 1010), 7, "floor")


def test_the_empty_loop_is_taken_off() -> None:
    """It is no engine of the table, and an engine that does nothing more has nothing left."""
    found = measure("w", {LOOP: Pass(lambda: sum(range(3000)), 1), FLOOR: Pass(lambda: None, 1)}, rounds=3)
    assert [(each.engine, each.value.median) for each in found] == [(FLOOR, 0.1)]


def figure(workload: str, engine: str, ratio: float, value: float) -> Figure:
    """A figure that was measured without any spread."""
    return Figure(workload, engine, Spread(value, value, value), Spread(ratio, ratio, ratio), 1)


def test_what_is_narrowed_is_measured_beside_what_is_not() -> None:
    """Keys and members, about the same resources, and each is told as a ratio to who has the same for everything."""
    found = narrowing.figures(rounds=1)
    engines = {(each.engine, each.reference) for each in found}
    assert engines == {(narrowing.WIDE, narrowing.WIDE), (OURS, narrowing.WIDE)}
    assert {each.workload for each in found} == {narrowing.KEYS, narrowing.IDS, narrowing.ROLES}


@pytest.mark.parametrize(("measured", "is_reached", "fails"), [
    (0.99, True, False),
    (1.0, True, False),
    (1.14, False, False),
    (1.16, False, True),
])  # fmt: skip
def test_targets_are_judged(measured: float, is_reached: bool, fails: bool) -> None:
    """A ratio is reached up to its target, and fails beyond the slack."""
    verdict = Verdict(Target("", "", OURS, 1.0, seen=0.5), measured)
    assert (verdict.is_reached(), verdict.fails(SLACK)) == (is_reached, fails)


def test_some_targets_are_the_least() -> None:
    """More of it is better, and the slack is below."""
    target = Target("", "", OURS, 0.95, least=True)
    verdicts = [Verdict(target, measured) for measured in (1.0, 0.94, 0.8)]
    assert [(each.is_reached(), each.fails(SLACK)) for each in verdicts] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    missed = [Verdict(target._replace(seen=0.5), measured) for measured in (0.5, 0.4)]
    assert [(each.is_reached(), each.fails(SLACK)) for each in missed] == [(False, False), (False, True)]


def test_a_target_missed_from_the_start_fails_where_it_becomes_worse() -> None:
    """It is told as missed all the same."""
    target = Target("", "", OURS, 1.0, seen=4.0)
    verdicts = [Verdict(target, measured) for measured in (0.9, 4.5, 4.7)]
    assert [each.is_reached() for each in verdicts] == [True, False, False]
    assert [each.fails(SLACK) for each in verdicts] == [False, False, True]


def test_parts_are_measured_one_by_one() -> None:
    """What is measured again takes the place of what stood there, in the order of the page, and on one Python only."""
    older = Results({"a": [figure("a", OURS, 1, 1)], "c": [figure("c", OURS, 1, 1)]}, {"x": "no"}, {"p": "1"})
    newer = Results({"b": [], "c": [figure("c", OURS, 2, 2)]}, {}, {"p": "2"})
    joined = newer.over(older, ["a", "b", "c"])
    assert list(joined.parts) == ["a", "b", "c"]
    assert [each.ratio.median for each in joined.figures] == [1, 2]
    assert (joined.absent, joined.versions) == ({"x": "no"}, {"p": "2"})
    with pytest.raises(ValueError, match="measure all parts"):
        newer.over(replace(older, python="3.9"), ["a", "b", "c"])


def test_absolute_times_fail_nothing() -> None:
    """How long loading takes in milliseconds is told; how it grows is judged."""
    verdicts = judge([figure("load", "10,000 rules", 15.9, 99_000)])
    told = [(each.target.of, each.measured, each.is_reached(), each.fails(SLACK)) for each in verdicts if each.measured]
    assert told == [("ratio", 15.9, False, True), ("value", 99_000, False, False)]


def test_what_is_not_measured_is_not_reached_in_silence() -> None:
    """A target without a figure is told as not measured, and the committed run has all of them."""
    assert [each.measured for each in judge([])] == [None] * len(TARGETS)
    committed = Results.of_json(PAGE.with_suffix(".json").read_text(encoding="utf-8"))
    lacking = {each.target.workload for each in committed.verdicts if each.measured is None}
    # A run that was ended before its end says so.
    ended = {each.workload for each in committed.figures if each.engine == keeping.UNFINISHED}
    assert lacking == ended


def test_the_page_shows_the_committed_run() -> None:
    """What stands between the markers is made from the figures beside the page, and the chart is there."""
    committed = Results.of_json(PAGE.with_suffix(".json").read_text(encoding="utf-8"))
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    shown, end, _ = rest.partition(END)
    assert end
    assert shown.strip() == markdown(committed)
    assert PAGE.with_suffix(".svg").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize(("value", "text"), [
    (12_345.6, "12,346"), (99.94, "99.9"), (1.005, "1.00"), (0.0333, "0.033"), (0.0012, "0.0012"), (0.0, "0.0000"),
])  # fmt: skip
def test_numbers_are_short(value: float, text: str) -> None:
    """About three figures, whatever the size."""
    assert number(value) == text


def test_a_verdict_without_a_figure_fails_nothing() -> None:
    """A part of the benchmarks can be judged alone."""
    assert not any(Verdict(target, None).fails(SLACK) for target in TARGETS)


def test_the_readme_has_the_numbers_of_the_page() -> None:
    """What the front page says of costs, in microseconds, is what was measured, to within a third: the worst cases too."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## What it costs")[2].partition("\n## ")[0]
    figures = {
        (each.workload, each.engine): each.value.median / 1000
        for each in Results.of_json(PAGE.with_suffix(".json").read_text(encoding="utf-8")).figures
    }
    said = [float(each) for each in re.findall(r"\b\d+\.?\d*(?=(?:,| and|, and) \d| µs)", text)]
    names = [name for _, name in SUMMARY]
    measured = [
        *(figures[name, OURS] for name in names[:3]),
        *(figures[name, "hand-written"] for name in names[:3]),
        *(figures[name, OURS] for name in names[3:]),
    ]
    assert [2 / 3 < shown / real < 4 / 3 for shown, real in zip(said, measured, strict=True)] == [True] * 8
