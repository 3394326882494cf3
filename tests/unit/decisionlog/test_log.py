"""What is written of decisions, by whom, and what becomes of it when there is too much or nobody to take it."""

import io
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scopeguard import AccessDenied, Context, Guard, Principal, RequestError, Resource
from scopeguard.decisionlog import DecisionLog, FileSink, LogFailedError, LoggingSink, verify_log
from scopeguard.decisionlog.entries import MAX_LINE
from scopeguard.keys import Keys, MemoryStore

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
CANARY = "sk_live_canary"
PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write, share], coarse: true, audited: [share], attributes: {owner: string, body: string}}
  attributes: {context: {ip: string}, facts: {open: bool}, principal: {email: string}}
rules:
  - {id: notes.own, effect: deny, on: ["notes:write"], unless: resource.owner == principal.id, code: not_permitted}
  - {id: notes.open, effect: deny, on: ["notes:share"], unless: context.facts.open, code: not_permitted}
"""


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A small pack."""
    path = tmp_path / "notes.yaml"
    path.write_text(PACK, encoding="utf-8")
    return Guard.load(path)


KEY = Principal.api_key("key_1", workspace="ws_1", scopes="notes:read notes:write notes:share")


class Kept:
    """A sink that keeps lines, and fails while it is told to."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.failing = False
        self.closed = False
        self.gate = threading.Event()
        self.gate.set()

    def write(self, lines: Sequence[bytes]) -> None:
        """As ``Sink.write``."""
        self.gate.wait()
        if self.failing:
            raise OSError(f"no room for {lines!r}")
        self.lines += map(json.loads, lines)

    def close(self) -> None:
        """As ``Sink.close``."""
        self.closed = True


@pytest.fixture
def sink() -> Kept:
    """A sink."""
    return Kept()


def without_marks(line: dict[str, Any]) -> dict[str, Any]:
    """A line without what is another one each time."""
    return {name: value for name, value in line.items() if name not in {"id", "at", "policy"}}


def test_a_line_says_who_what_and_why(guard: Guard, sink: Kept) -> None:
    """Flat, in the names of conditions, with what the rules read and nothing else."""
    note = Resource("notes", "n1", "ws_1", {"owner": "key_2", "body": CANARY})
    context = Context("server", facts={"open": True}, attributes={"ip": "10.0.0.1"})
    with DecisionLog(guard, sink) as log:
        guard.check(KEY, "notes:write", note, context)
        guard.check(KEY, "notes:share", context=context)
        assert log.flush()
        assert log.status.written == 2
    denial, allow = sink.lines
    assert without_marks(denial) == {
        "v": 1, "effect": "deny", "code": "not_permitted", "permission": "notes:write", "rules": ["notes.own"],
        "principal.kind": "api_key", "principal.id": "key_1", "principal.workspace": "ws_1",
        "principal.scopes": ["notes:read", "notes:share", "notes:write"],
        "resource.id": "n1", "resource.workspace": "ws_1", "resource.owner": "key_2",
        "context.channel": "server", "context.environment": "production",
        # The base beneath every pack looks at the address of every request.
        "context.ip": "10.0.0.1",
    }  # fmt: skip
    assert allow["context.facts.open"] is True
    assert allow["obligations"] == ["audit"]
    assert (denial["policy"], denial["id"].rpartition("-")[2], allow["id"].rpartition("-")[2]) == (
        guard.digest,
        "1",
        "2",
    )
    assert abs(datetime.fromisoformat(denial["at"]).timestamp() - time.time()) < 60
    assert CANARY not in str(sink.lines)
    assert sink.closed


def test_every_verb_is_recorded_once(guard: Guard, sink: Kept) -> None:
    """Checks of many, authorize, filters and minting, in order."""
    with DecisionLog(guard, sink):
        guard.check_many(KEY, [("notes:read", Resource("notes", "a", "ws_1")), ("notes:write", Resource("notes"))])
        with pytest.raises(AccessDenied):
            guard.authorize(Principal.anonymous(), "notes:read")
        guard.filter(KEY, "notes:write")
        guard.check(KEY, "notes:frobnicate")
    asked = [(line["permission"], line["effect"], line.get("principal.id")) for line in sink.lines]
    assert asked == [
        ("notes:read", "allow", "key_1"), ("notes:write", "deny", "key_1"), ("notes:read", "deny", None),
        ("notes:write", "allow", "key_1"), ("notes:frobnicate", "deny", "key_1"),
    ]  # fmt: skip
    guard.check(KEY, "notes:read")
    assert len(sink.lines) == 5


def test_a_key_that_is_handed_out_is_recorded_with_its_scopes(sink: Kept) -> None:
    """Who made it and what it holds; never the key."""
    guard = Guard.default()
    ann = Principal.member("ann", workspace="ws_1", roles=["admin"])
    keys = Keys(MemoryStore(), prefix="hyp", pepper=[b"a pepper of sixteen"])
    with DecisionLog(guard, sink):
        made = keys.issue(guard, ann, "workspace:read", Context("dashboard", now=NOW))
    (line,) = sink.lines
    assert (line["permission"], line["principal.id"], line["provided"]) == (
        "api_keys:create",
        "ann",
        ["workspace:read"],
    )
    assert made.secret not in str(line)


def test_what_is_redacted(guard: Guard, sink: Kept) -> None:
    """The value never leaves the process; that there was one is said."""
    who = Principal.api_key("key_1", workspace="ws_1", scopes="notes:write")
    with DecisionLog(guard, sink, redact=["resource.owner", "principal.id", "context.facts.open"]):
        guard.check(who, "notes:write", Resource("notes", "n1", "ws_1", {"owner": CANARY}))
        guard.check(KEY, "notes:share", context=Context(facts={"open": True}))
    assert [line["principal.id"] for line in sink.lines] == ["[redacted]"] * 2
    assert sink.lines[0]["resource.owner"] == sink.lines[1]["context.facts.open"] == "[redacted]"
    assert CANARY not in str(sink.lines)


@pytest.mark.parametrize(
    ("names", "hint"),
    [(["resource.ownr"], 'did you mean "resource.owner"?'), (["owner"], "owner"), (["context.facts.opn"], "facts.open"),
     ("resource.owner", "list")],
)  # fmt: skip
def test_a_misspelt_redaction_is_refused(guard: Guard, names: Any, hint: str) -> None:
    """What would redact nothing is told, with the nearest name."""
    with pytest.raises(RequestError) as caught:
        DecisionLog(guard, Kept(), redact=names)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    "more",
    [
        {"allows": 1.5}, {"allows": -1}, {"allows": "all"}, {"capacity": 0}, {"capacity": "8"}, {"when_full": "wait"},
        {"when_full": []}, {"when_failing": "stop"}, {"redact": 3}, {"redact": [3]}, {"sink": None}, {"sink": "a folder"},
        {"guard": "a folder"},
    ],
)  # fmt: skip
def test_logs_that_are_refused(guard: Guard, more: Any) -> None:
    """What says nothing of when to write."""
    with pytest.raises(RequestError):
        DecisionLog(**{"guard": guard, "sink": Kept(), **more})


def test_allows_are_sampled_and_denials_and_audited_ones_never(guard: Guard, sink: Kept) -> None:
    """The share of the allows is about what was said, and each of those says the share that it stands for."""
    opened = Context(facts={"open": True})
    with DecisionLog(guard, sink, allows=0.2):
        for _ in range(1000):
            guard.check(KEY, "notes:read")
            guard.check(KEY, "notes:write")
            guard.check(KEY, "notes:share", context=opened)
    counts = {
        name: sum(line["permission"] == f"notes:{name}" for line in sink.lines) for name in ("read", "write", "share")
    }
    assert (counts["write"], counts["share"]) == (1000, 1000)
    assert 120 < counts["read"] < 290
    assert {line.get("allows") for line in sink.lines} == {0.2, None}
    with DecisionLog(guard, other := Kept(), allows=0):
        guard.check(KEY, "notes:read")
        guard.check(KEY, "notes:write")
    assert [line["effect"] for line in other.lines] == ["deny"]


def test_what_is_too_much_is_dropped_and_counted(guard: Guard, sink: Kept) -> None:
    """The status tells it, and so does the log itself, where it goes on."""
    sink.gate.clear()
    with DecisionLog(guard, sink, capacity=10) as log:
        for _ in range(600):
            guard.check(KEY, "notes:read")
        dropped = log.status.dropped
        assert 0 < dropped < 600
        sink.gate.set()
        assert log.flush()
        guard.check(KEY, "notes:read")
    told = sum(line.get("dropped", 0) for line in sink.lines)
    assert told == dropped
    assert sum("effect" in line for line in sink.lines) == 601 - dropped


def test_what_is_too_much_waits_where_that_is_declared(guard: Guard, sink: Kept) -> None:
    """No decision is lost, and the requests wait for the sink."""
    sink.gate.clear()
    with DecisionLog(guard, sink, capacity=5, when_full="block") as log:
        thread = threading.Thread(target=lambda: [guard.check(KEY, "notes:read") for _ in range(2000)])
        thread.start()
        time.sleep(0.1)
        assert thread.is_alive()
        sink.gate.set()
        thread.join(30)
        assert not thread.is_alive()
        assert log.flush()
        assert log.status.dropped == 0
    assert len(sink.lines) == 2000


def test_a_sink_that_fails_gets_the_lines_again(guard: Guard, sink: Kept) -> None:
    """Requests go on meanwhile, the status names the kind of error, and nothing is lost or written twice."""
    sink.failing = True
    with DecisionLog(guard, sink) as log:
        guard.check(KEY, "notes:read")
        wait(lambda: log.status.failure == "OSError")
        guard.check(KEY, "notes:write")
        sink.failing = False
        assert log.flush()
        assert log.status.failure is None
    assert [line["permission"] for line in sink.lines] == ["notes:read", "notes:write"]


def test_no_decision_without_a_record_where_that_is_declared(guard: Guard, sink: Kept) -> None:
    """While the sink fails requests raise, allows and denials alike; once it works they are answered again."""
    sink.failing = True
    with DecisionLog(guard, sink, when_failing="refuse") as log:
        assert guard.check(KEY, "notes:read")
        wait(lambda: log.status.failure is not None)
        for action in ("notes:read", "notes:write"):
            with pytest.raises(LogFailedError) as caught:
                guard.check(KEY, action)
            assert CANARY not in str(caught.value)
        sink.failing = False
        wait(lambda: log.status.failure is None)
        assert guard.check(KEY, "notes:read")
    assert len(sink.lines) == 2


def wait(until: Callable[[], bool]) -> None:
    """Wait for another thread."""
    for _ in range(1000):
        if until():
            return
        time.sleep(0.01)
    pytest.fail("it never came to that")


def test_a_long_line_is_cut_by_whole_values_and_counted(guard: Guard, sink: Kept) -> None:
    """What is left out is named; who and what stay."""
    many = Principal.api_key(
        "key_1", workspace="ws_1", scopes=["notes:read", *(f"notes:write/{n}" for n in range(3000))]
    )
    with DecisionLog(guard, sink) as log:
        guard.check(many, "notes:write", Resource("notes", "x", "ws_1", {"owner": "o"}))
        assert log.flush()
        assert log.status.truncated == 1
    (line,) = sink.lines
    assert line["left_out"] == ["principal.scopes"]
    assert (line["principal.id"], line["resource.owner"]) == ("key_1", "o")
    assert len(json.dumps(line)) < MAX_LINE


def test_after_a_reload_what_the_former_policies_read_is_not_made_up(guard: Guard, sink: Kept, tmp_path: Path) -> None:
    """Decisions that wait while the policies change are written with their digest and without values."""
    sink.gate.clear()
    with DecisionLog(guard, sink) as log:
        guard.check(KEY, "notes:read")
        wait(lambda: log.status.queued == 0)
        guard.check(KEY, "notes:write", Resource("notes", "n", "ws_1", {"owner": "o"}))
        before = guard.digest
        (tmp_path / "notes.yaml").write_text(PACK.replace("owner ==", "body =="), encoding="utf-8")
        guard.reload()
        sink.gate.set()
    assert (sink.lines[1]["policy"], sink.lines[1]["unread"]) == (before, True)
    assert "resource.owner" not in sink.lines[1]


def test_what_cannot_be_written_whole_is_written_in_part(
    guard: Guard, sink: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong with a line ends neither the log nor the record that there was a decision."""

    def fail(*_: object) -> bytes:
        raise ValueError(CANARY)

    with DecisionLog(guard, sink) as log:
        monkeypatch.setattr("scopeguard.decisionlog.log.entry", fail)
        guard.check(KEY, "notes:read")
        assert log.flush()
        assert log.status.truncated == 1
        monkeypatch.undo()
        guard.check(KEY, "notes:write")
    assert [(line["permission"], line.get("unwritten")) for line in sink.lines] == [
        ("notes:read", "ValueError"), ("notes:write", None),
    ]  # fmt: skip


def test_logging_and_functions(guard: Guard) -> None:
    """A line is a message of a logger, or the argument of any function."""
    stream = io.StringIO()
    logger = logging.getLogger("scopeguard.decisions")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    texts: list[str] = []
    try:
        with DecisionLog(guard, LoggingSink()), DecisionLog(guard, texts.append):
            guard.check(KEY, "notes:read")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert [json.loads(text)["permission"] for text in (stream.getvalue(), *texts)] == ["notes:read"] * 2


def test_many_threads(guard: Guard, tmp_path: Path) -> None:
    """Each decision is there once, and the log is whole."""
    with DecisionLog(guard, FileSink(tmp_path / "log", max_bytes=50_000)) as log:
        threads = [
            threading.Thread(target=lambda: [guard.check(KEY, "notes:read") for _ in range(500)]) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert log.flush()
    lines = [json.loads(line) for path in (tmp_path / "log").glob("*.jsonl") for line in path.read_bytes().splitlines()]
    ids = [line["id"] for line in lines if "id" in line]
    assert (len(ids), len(set(ids))) == (4000, 4000)
    assert verify_log(tmp_path / "log")


@pytest.mark.slow
def test_a_child_that_was_forked_writes_a_lane_of_its_own(tmp_path: Path) -> None:
    """It repeats nothing of its parent's, and neither disturbs the other."""
    program = """
import os, sys, json
from scopeguard import Guard, Principal
from scopeguard.decisionlog import DecisionLog, FileSink, verify_log
guard = Guard.default()
log = DecisionLog(guard, FileSink(sys.argv[1]))
guard.check(Principal.anonymous(), "agents:read")
log.flush()
child = os.fork()
for _ in range(3):
    guard.check(Principal.anonymous(), "agents:write")
log.close()
if child:
    os.waitpid(child, 0)
    found = verify_log(sys.argv[1])
    print(bool(found), sorted((lane.name, lane.lines) for lane in found.lanes))
"""
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "True [('decisions.0', 6), ('decisions.1', 5)]\n"


@pytest.mark.slow
def test_a_process_that_ends_writes_what_waits(tmp_path: Path) -> None:
    """Without close, too."""
    program = """
import sys
from scopeguard import Guard, Principal
from scopeguard.decisionlog import DecisionLog, FileSink
guard = Guard.default()
log = DecisionLog(guard, FileSink(sys.argv[1]))
for _ in range(100):
    guard.check(Principal.anonymous(), "agents:read")
"""
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True)
    assert verify_log(tmp_path).lanes[0].lines == 102


@pytest.mark.slow
def test_killed_two_hundred_times(tmp_path: Path) -> None:
    """Whenever it was killed, every line that is there is whole and chained, and the next process goes on from it."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("killing.py"), tmp_path, "200", "1"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    times, _, lines = map(int, done.stdout.split())
    assert times == 200
    assert lines > 2000


def test_a_status_can_be_carried(guard: Guard) -> None:
    """It is plain data."""
    with DecisionLog(guard, Kept()) as log:
        status = log.status
    assert pickle.loads(pickle.dumps(status)) == status  # noqa: S301  # what was just pickled


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """Every log that is closed ends its thread. Services of other tests may have logs of their own meanwhile."""
    before = set(threading.enumerate())
    yield
    wait(lambda: not any(each.name == "scopeguard decision log" for each in set(threading.enumerate()) - before))
