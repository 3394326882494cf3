"""V26, V51 and V58 for gates: facts of one request never decide another, in threads neither and after failures neither."""

import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from scopeguard import Context, Decision, Guard, Principal, RequestError
from scopeguard.model.structs import replaced
from tests.hazards.gated import DENYING, GATES, GONE, NOW, WRITER, context, load

THREADS = 8
Asked = tuple[Principal, str, Context]


@pytest.fixture
def fast_switching() -> Iterator[None]:
    """Threads take turns every ten microseconds."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def in_threads(ask: Callable[[int], None]) -> None:
    """Run it in eight threads that begin at once; what one of them raises is raised here."""
    start = threading.Barrier(THREADS)
    raised: list[BaseException] = []

    def run(number: int) -> None:
        start.wait()
        try:
            ask(number)
        except BaseException as error:  # noqa: BLE001  # told below, by the thread of the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def questions() -> list[tuple[Asked, tuple[str | None, str | None]]]:
    """Keys of one class, which share a row, with facts of their own; each with the code and the time by hand."""
    made: list[tuple[Asked, tuple[str | None, str | None]]] = []
    for number in range(6):
        who = Principal.api_key(f"key_{number}", workspace=f"ws_{number}", scopes="notes:write")
        resets = NOW + timedelta(hours=number)
        for operation, (gate, code) in GATES.items():
            kind = {"g.entitlement": "entitlements.sheets", "g.fair-use": "fair_use.trials"}.get(gate)
            more = {f"{kind}.resets_at": resets} if kind else {}
            told = f"2026-01-31T{12 + number}:00:00+00:00" if kind else None
            made += [
                ((who, operation, context(more)), (None, None)),
                ((who, operation, context({**more, **DENYING[operation]})), (code, told)),
                ((who, operation, context({"as_of": GONE})), ("facts_unavailable", None)),
            ]
    return made


def brief(decision: Decision) -> tuple[str | None, str | None]:
    """What the answers by hand say of a decision."""
    return decision.code, None if decision.retry_at is None else decision.retry_at.isoformat()


@pytest.mark.usefixtures("fast_switching")
@pytest.mark.parametrize("mode", ["block", "advise"])
@pytest.mark.parametrize("rows", [64, 1, 0], ids=["cached", "one row", "no cache"])
def test_v58_gates_of_one_guard(tmp_path: Path, rows: int, mode: str) -> None:
    """Eight threads ask about differing facts: each whole decision is the one of a single thread, and the one by hand."""
    alone = load(tmp_path, mode, max_rows=rows)
    asked = questions()
    expected = [alone.check(who, action, context=told) for (who, action, told), _ in asked]
    if mode == "block":
        assert [brief(decision) for decision in expected] == [answer for _, answer in asked]
    else:
        assert all(expected)
        said = [[each.code for each in decision.advice] for decision in expected]
        assert said == [[code] if code else [] for _, (code, _) in asked]
    shared = Guard.load(tmp_path, max_rows=rows)
    wrong: list[tuple[Decision, Decision]] = []

    def ask(number: int) -> None:
        for place in Random(number).sample(range(len(asked)), len(asked)) * (3 if rows else 1):
            who, action, told = asked[place][0]
            found = shared.check(who, action, context=told)
            if found != expected[place]:
                wrong.append((found, expected[place]))

    in_threads(ask)
    assert wrong == []


@pytest.mark.usefixtures("fast_switching")
def test_v51_gates_and_remedies_by_circumstances(tmp_path: Path) -> None:
    """The text of a remedy has the meter, the time and the circumstances of its own request."""
    guard = Guard.default()
    who = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:write")
    made = []
    for number in range(12):
        meters = {name: {"limit": 1, "used": 1, "reserved": 0, "resets_at": NOW + timedelta(hours=number)}
                  for name in ("agents", "knowledge_uploads")}  # fmt: skip
        facts = {"as_of": NOW, "entitlements": meters, "wallet": {"auto_recharge": "pending" if number % 2 else "on"}}
        for action, title in (("agents.create", "Agents"), ("knowledge.upload", "Knowledge uploads")):
            ending = (
                ", and a recharge is in progress. Try again when it has arrived in Billing."
                if number % 2
                else f". See Billing for current limits, then top up or wait for 2026-{'01-31' if number < 12 else '02-01'}T{12 + number:02}:00:00Z."
            )
            made.append(
                (action, Context(channel="server", facts=facts, now=NOW), f"The limit of {title} is reached{ending}")
            )
    wrong: list[str] = []

    def ask(number: int) -> None:
        for place in Random(number).sample(range(len(made)), len(made)) * 10:
            action, told, text = made[place]
            remedy = guard.check(who, action, context=told).remedy
            if remedy is None or remedy.text != text:
                wrong.append(str(remedy))

    in_threads(ask)
    assert wrong == []


def test_v51_earlier_facts_change_nothing(tmp_path: Path) -> None:
    """In whatever order questions come, each has its answer: nothing of a request stays in a cell."""
    asked = questions()
    first, second = load(tmp_path), Guard.load(tmp_path)
    expected = [first.check(who, action, context=told) for (who, action, told), _ in asked]
    assert [second.check(who, action, context=told) for (who, action, told), _ in reversed(asked)] == expected[::-1]


def test_v26_an_interrupted_gate_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption while a gate is decided, and malformed facts in between, change no later answer."""
    guard = load(tmp_path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    for operation in GATES:
        with monkeypatch.context() as patched:
            patched.setattr("scopeguard.runtime.engine.cell", interrupted)
            with pytest.raises(KeyboardInterrupt):
                guard.check(WRITER, operation, context=context(DENYING[operation]))
        with pytest.raises(RequestError):
            guard.check(WRITER, operation, context=context({"payment.status": object()}))
        assert guard.check(WRITER, operation, context=context({"as_of": None})).code == "facts_unavailable"
        assert guard.check(WRITER, operation, context=context()).allowed
        assert guard.check(WRITER, operation, context=context(DENYING[operation])).code == GATES[operation][1]


def test_v26_a_fact_that_is_gone_again_is_gone(tmp_path: Path) -> None:
    """A fresh answer is not kept: what was told once is not told for ever, nor the time that it was told at."""
    guard = load(tmp_path)
    told = context()
    for operation in GATES:
        assert guard.check(WRITER, operation, context=told).allowed
        later = replaced(told, now=NOW + timedelta(minutes=5, microseconds=1))
        assert guard.check(WRITER, operation, context=later).code == "facts_unavailable"
        assert guard.check(WRITER, operation, context=told).allowed
