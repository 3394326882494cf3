"""Servers that fork their workers: what a process keeps for later is there once, whoever forks, and whenever."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scopeguard.decisionlog import verify_log

HOLDS = """
import os, signal, sys, threading

def forked(lock, work):
    \"\"\"Two children, forked while another thread of this process has *lock*.\"\"\"
    taken, free = threading.Event(), threading.Event()
    def hold():
        with lock:
            taken.set()
            free.wait()
    holding = threading.Thread(target=hold)
    holding.start()
    taken.wait()
    children = []
    for name in ("one", "two"):
        child = os.fork()
        if not child:
            signal.alarm(20)
            work(name)
            os._exit(0)
        children.append(child)
    free.set()
    holding.join()
    return children

def ended(children):
    \"\"\"Whether all of them ended well.\"\"\"
    return all(os.waitpid(child, 0)[1] == 0 for child in children)
"""

USES = """
from datetime import UTC, datetime, timedelta
from scopeguard import Context, Guard, Principal
from scopeguard.keys import Keys, MemoryStore

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=2)

class Told(MemoryStore):
    def touch(self, uses):
        with open(sys.argv[1], "a") as file:
            for key_id, at in uses.items():
                file.write(f"{names[key_id]} {at:%H:%M:%S}\\n")

names = {}
keys = Keys(Told(), prefix="hyp", pepper=[b"p" * 32])
guard = Guard.default()
admin = Principal.member("ann", workspace="ws_1", roles=["admin"])
secrets = {}
for name in ("first", "waiting", "one", "two"):
    made = keys.issue(guard, admin, "agents:read", Context(channel="dashboard", now=NOON), name=name)
    names[made.id], secrets[name] = name, made.secret

keys.verify(secrets["first"], now=NOON)
keys.verify(secrets["waiting"], now=NOON + timedelta(seconds=1))
children = forked(keys._lifecycle.uses._lock, lambda name: keys.verify(secrets[name], now=LATER))
assert ended(children)
keys.write_uses()
"""

LOG = """
from scopeguard import Guard, Principal
from scopeguard.decisionlog import DecisionLog, FileSink

class Failing(FileSink):
    fails = False
    def write(self, lines):
        if self.fails and os.getpid() == parent:
            raise OSError
        super().write(lines)

parent = os.getpid()
guard = Guard.default()
sink = Failing(sys.argv[1])
log = DecisionLog(guard, sink, when_full="block", when_failing="refuse")

def decide(name, times=50):
    for _ in range(times):
        guard.check(Principal.member(name, workspace="ws_1"), "agents:read")

def work(name):
    decide(name)
    log.close()

decide("parent")
assert log.flush()
sink.fails = True
decide("parent", 1)
while log.status.failure is None:
    pass
children = forked(log._room, work)
sink.fails = False
assert ended(children)
assert log.flush()
decide("parent")
log.close()
"""


def run(program: str, folder: Path) -> None:
    """*program*, in a process of its own: it ends well, and in time."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", HOLDS + program, folder], check=True, timeout=30)


@pytest.mark.slow
def test_last_uses_of_a_child(tmp_path: Path) -> None:
    """Each process writes those that it has seen: what waited in the parent is not written by the children, too."""
    run(USES, tmp_path / "uses")

    written = (tmp_path / "uses").read_text(encoding="utf-8").splitlines()
    assert (written[0], written[-1]) == ("first 12:00:00", "waiting 12:00:01")
    assert sorted(written[1:-1]) == ["one 12:02:00", "two 12:02:00"]


@pytest.mark.slow
def test_decisions_of_a_child(tmp_path: Path) -> None:
    """Each is in the log once; children neither wait for a lock of the parent nor refuse for a failure of its."""
    run(LOG, tmp_path)

    found = verify_log(tmp_path)
    lines = [json.loads(line) for path in sorted(tmp_path.glob("*.jsonl")) for line in path.read_bytes().splitlines()]
    decided = [line for line in lines if "id" in line]
    assert found
    assert {name: [line["principal.id"] for line in decided].count(name) for name in ("parent", "one", "two")} == {
        "parent": 101, "one": 50, "two": 50,
    }  # fmt: skip
    assert len({line["id"] for line in decided}) == len(decided)
