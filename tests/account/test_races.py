"""Who comes at the same time as somebody else, and who dies on the way."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from account.guarding import read_facts
from account.models import Allowance, Membership, Record, Reservation
from sqlalchemy import func, select

from tests.account.service import House, in_minutes

ROOT = Path(__file__).resolve().parents[2]

KILLED = """
import os, signal, sys
from account.configuration import Configuration
from account.database import connect
from account.guarding import make_account
from account.metering import metered
from account.models import now
from scopeguard import Context, Principal
from scopeguard.http import Access, Ledger

url, folder, workspace = sys.argv[1:]
configuration = Configuration.of({
    "ACCOUNT_DATA": folder, "ACCOUNT_DATABASE_URL": url, "ACCOUNT_SECRET": "a secret of the tests alone, and long",
})
account = make_account(configuration, connect(url))
key = Principal.api_key("key", workspace=workspace, scopes="agents:write")
access = Access(account.guard, key, Context("server", now=now()), Ledger())
agent = account.guard.resource("agents", None, workspace)
with account.sessions() as db, metered(account, db, access, "agents.create", agent):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def at_once(requests: list[Callable[[], Any]]) -> list[int]:
    """The statuses of requests that begin at the same moment, sorted."""
    barrier = Barrier(len(requests))

    def begin(request: Callable[[], Any]) -> int:
        barrier.wait()
        return int(request().status_code)

    with ThreadPoolExecutor(len(requests)) as pool:
        return sorted(pool.map(begin, requests))


def test_two_owners_who_demote_each_other_leave_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is told that it is the last, whoever that is, also where counting takes its time."""

    def slowly(*arguments: Any) -> Any:
        found = read_facts(*arguments)
        time.sleep(0.3)
        return found

    monkeypatch.setattr("account.members.read_facts", slowly)
    owner, second = house.member("owner"), house.member("admin")
    owners = [house.seeded.user("owner"), house.seeded.user("admin")]
    assert owner.post(f"/settings/members/{owners[1]}/role", role="owner").status_code == 303
    assert (owner.csrf, second.csrf) != ("", "")

    statuses = at_once([
        lambda: owner.post(f"/settings/members/{owners[1]}/role", role="viewer"),
        lambda: second.post(f"/settings/members/{owners[0]}/role", role="viewer"),
    ])  # fmt: skip

    # Who comes too late is no owner any more by then, or is one who would leave nobody.
    assert statuses in ([303, 403], [303, 409])
    with house.db() as db:
        of_workspace = (Membership.workspace_id == house.id, Membership.role == "owner")
        assert db.scalar(select(func.count()).select_from(Membership).where(*of_workspace)) == 1


def test_twenty_who_create_at_a_limit_of_two_make_two(house: House) -> None:
    """The others are told that the limit is reached, and nothing stays reserved."""
    key = house.key("agents:write")
    with house.db() as db:
        row = db.get_one(Allowance, (house.id, "agents"))
        row.limit = row.used + 2

    statuses = at_once([lambda: house.api("POST", "/api/agents", key, json={"name": "one"})] * 20)

    assert statuses == [201] * 2 + [402] * 18
    assert len(house.api("GET", "/api/agents", key).json()["items"]) == 3
    assert house.used("agents") == 3
    with house.db() as db:
        assert db.scalars(select(Reservation).where(Reservation.workspace_id == house.id)).all() == []


def test_whoever_speaks_at_once_is_heard(house: House) -> None:
    """Messages to one session at the same moment are all kept, and so are versions of one agent."""
    key, session, agent = house.key("workspace:write"), house.records["session"], house.records["agent"]
    spoken = [f"message {number}" for number in range(8)]
    sends = [
        lambda text=text: house.api("POST", f"/api/sessions/{session}/messages", key, json={"text": text})
        for text in spoken
    ]
    with house.db() as db:
        before = [db.get_one(Record, each).body for each in (session, agent)]

    assert at_once([*sends, *[lambda: house.api("POST", f"/api/agents/{agent}/publications", key)] * 4]) == [200] * 12
    with house.db() as db:
        said, published = (db.get_one(Record, each).body for each in (session, agent))
    assert sorted(said["messages"][len(before[0].get("messages", ())) :]) == sorted(
        text for each in spoken for text in (each, f"You said: {each}")
    )
    assert published["version"] == before[1].get("version", 0) + 4


def test_nobody_waits_for_somebody_who_waits(house: House) -> None:
    """Runs that count on two meters, calls that are paid for, top-ups and changes of members, all at once."""
    key, owner = house.key("workspace:write"), house.member("owner")
    removed = [house.seeded.user(role) for role in ("viewer", "billing")]
    assert owner.csrf
    runs = [lambda: house.api("POST", f"/api/tests/{house.records['test']}/runs/text", key)] * 6
    calls = [lambda: house.api("POST", f"/api/sessions/{house.records['session']}/calls/widget/2", key)] * 6
    top_ups = [lambda: owner.post("/billing/top_ups", cents="100")] * 4
    removals = [lambda user=user: owner.post(f"/settings/members/{user}/removal") for user in removed]

    assert at_once([*runs, *top_ups, *removals, *calls]) == [200] * 12 + [303] * 6
    expected = {"test_runs": 6, "fair_use_test": 6, "voice_minutes": 6, "seats": 5}
    assert {meter: house.used_of_all()[meter] for meter in expected} == expected


@pytest.mark.slow
def test_who_is_killed_on_the_way_reserves_nothing_for_ever(house: House) -> None:
    """What a dead process reserved counts for some minutes, and is then free."""
    key = house.key("agents:write")
    with house.db() as db:
        row = db.get_one(Allowance, (house.id, "agents"))
        row.limit = row.used + 1
        url = db.get_bind().engine.url.render_as_string(hide_password=False)
    folder = str(house.account.configuration.log_folder.parent)
    arguments = [sys.executable, "-c", KILLED, url, folder, house.id]
    killed = subprocess.run(arguments, cwd=ROOT, env={"PYTHONPATH": "examples/account"}, check=False)
    assert killed.returncode == -signal.SIGKILL

    assert house.api("POST", "/api/agents", key, json={"name": "one"}).status_code == 402
    with house.db() as db:
        reserved = db.scalars(select(Reservation).where(Reservation.workspace_id == house.id)).all()
        assert [each.quantity for each in reserved] == [1]
        assert reserved[0].expires_at <= in_minutes(5)
        reserved[0].expires_at = in_minutes(0)
    assert house.api("POST", "/api/agents", key, json={"name": "one"}).status_code == 201
    assert house.used("agents") == 2


def test_what_fails_on_the_way_counts_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation that raises gives back what it reserved."""
    key = house.key("sessions:write")

    def fail(*_: object) -> dict[str, Any]:
        raise RuntimeError("the provider is away")

    monkeypatch.setattr("account.api.EFFECTS", {"send_message": fail})
    with pytest.raises(RuntimeError, match="the provider is away"):
        house.api("POST", f"/api/sessions/{house.records['session']}/messages", key, json={"text": "hi"})

    assert house.used("text_chat_messages") == 0
    with house.db() as db:
        assert db.scalars(select(Reservation).where(Reservation.workspace_id == house.id)).all() == []
