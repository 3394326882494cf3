"""A cache beside the store: fewer reads, no later revocation than is said, and no key that is made of what is in it."""

import asyncio
import hmac
import json
import logging
import multiprocessing
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio
from sqlalchemy import NullPool, create_engine

from scopeguard import Guard, Principal, RequestError
from scopeguard.keys import AsyncKeys, Keys, MemoryStore
from scopeguard.keys.hashing import Peppers
from scopeguard.keys.redis import AsyncRedisCache, RedisCache
from tests import redis_server
from tests.unit.keys import service
from tests.unit.keys.driving import ADMIN, NOW, OTHER_PEPPER, PEPPER, Counting, Driven, dashboard, issue
from tests.unit.keys.service import BOUND

PROCESSES = 4
TRIES = 3


class DictCache:
    """A cache in a dict, which can be looked into and tampered with."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.announced = 0
        self.failing = False

    def get(self, name: str) -> bytes | None:
        """As ``KeyCache.get``."""
        if self.failing:
            raise ConnectionError(f"no connection for {name}")
        return self.kept.get(name)

    def put(self, name: str, value: bytes) -> None:
        """As ``KeyCache.put``."""
        if self.failing:
            raise ConnectionError(f"no connection for {name}")
        self.kept[name] = value

    def announce(self) -> None:
        """As ``KeyCache.announce``."""
        self.announced += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The seconds that pass, by hand."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr("scopeguard.keys.caching.monotonic", lambda: Clock.now)
    return Clock


def test_the_store_is_read_once_for_many_requests(store: Counting, guard: Guard, clock: Any) -> None:
    """The generation is asked for once in the bound, the record once in a generation; nobody's keys are read each time."""
    keys = store.keys(cache=(cache := DictCache()), cache_bound=BOUND)
    made = issue(keys, guard)
    keys.write_uses()
    store.asked.clear()
    for _ in range(5):
        assert keys.verify(made.secret, now=NOW).id == made.id
    assert [name for name in store.asked if name != "touch"] == ["generation", "get"]
    clock.now += 0.6
    assert keys.verify(made.secret, now=NOW).id == made.id
    assert [name for name in store.asked if name != "touch"] == ["generation", "get", "generation"]
    store.asked.clear()
    other = Driven(Keys(MemoryStore(), prefix="hyp", pepper=[OTHER_PEPPER], environment="live"))
    nobody = issue(other, guard).secret
    for _ in range(2):
        assert keys.principal(nobody, now=NOW) == Principal.unrecognized()
    assert store.asked == ["get", "get"]
    assert len(cache.kept) == 1


def test_a_revocation_counts_at_once_here_and_within_the_bound_elsewhere(
    store: Counting, guard: Guard, clock: Any
) -> None:
    """The process that revokes knows; another finds out by the generation, announced or not."""
    cache = DictCache()
    here, elsewhere = (store.keys(cache=cache, cache_bound=BOUND) for _ in range(2))
    made = issue(here, guard)
    assert [each.verify(made.secret, now=NOW).id for each in (here, elsewhere)] == [made.id] * 2
    here.revoke(guard, ADMIN, made.id, dashboard())
    clock.now += 0.4
    assert elsewhere.verify(made.secret, now=NOW) is not None
    assert here.verify(made.secret, now=NOW) is None
    clock.now += 0.2
    assert elsewhere.verify(made.secret, now=NOW) is None
    assert cache.announced == 1


def test_an_announcement_makes_it_sooner(store: Counting, guard: Guard, clock: Any) -> None:
    """Who hears of a change looks before the next answer."""
    cache = DictCache()
    here, elsewhere = (store.keys(cache=cache, cache_bound=BOUND) for _ in range(2))
    made = issue(here, guard)
    assert elsewhere.verify(made.secret, now=NOW) is not None
    here.revoke(guard, ADMIN, made.id, dashboard())
    elsewhere.keys.refresh()
    assert elsewhere.verify(made.secret, now=NOW) is None


def test_a_record_read_before_a_change_is_not_kept_past_it(guard: Guard, clock: Any) -> None:
    """The generation under which a record is kept was asked for before the record was read."""
    cache = DictCache()

    class Interrupted(MemoryStore):
        keys: Any = None
        made: Any = None

        def get(self, id: str) -> Any:
            found = super().get(id)
            if self.keys is not None:
                keys, self.keys = self.keys, None
                keys.revoke(guard, ADMIN, id, dashboard())
            return found

    store = Interrupted()
    here, other = (Keys(store, prefix="hyp", pepper=[PEPPER], cache=cache, cache_bound=BOUND) for _ in range(2))
    made = here.issue(guard, ADMIN, "workspace:read", dashboard())
    store.keys = other
    here.verify(made.secret, now=NOW)
    clock.now += 0.6
    assert here.verify(made.secret, now=NOW) is None
    assert other.verify(made.secret, now=NOW) is None


def test_what_is_in_the_cache_makes_no_key(store: Counting, guard: Guard, clock: Any) -> None:
    """Whoever can write into it raises no scope, moves no record and revives none: what is not sealed counts as nothing."""
    cache = DictCache()
    keys = store.keys(cache=cache, cache_bound=BOUND)
    first, second = issue(keys, guard), issue(keys, guard, "agents:read")
    for each in (first, second):
        keys.verify(each.secret, now=NOW)
    (one, sealed), (other, moved) = cache.kept.items()
    assert first.secret.rpartition("_")[2][:-6].encode() not in sealed
    record = json.loads(sealed[32:])
    assert record["digest"] == ""
    richer = json.dumps({**record, "scopes": "workspace:write"}).encode()
    for value in (moved, sealed[:32] + richer, richer, b"", b"\xff" * 40, sealed[:-1], sealed + b" "):
        cache.kept[one] = value
        assert keys.verify(first.secret, now=NOW).scopes == "workspace:read"
    cache.kept[one] = sealed
    keys.revoke(guard, ADMIN, second.id, dashboard())
    cache.kept[other] = moved
    assert keys.verify(second.secret, now=NOW) is None
    assert all(made.secret not in f"{cache.kept}" for made in (first, second))


def test_what_another_release_has_put_there_is_read_anew(store: Counting, guard: Guard, clock: Any) -> None:
    """Its records have other fields, under a seal that is right: while one takes the place of the other nothing fails."""
    cache = DictCache()
    keys = store.keys(cache=cache, cache_bound=BOUND)
    made = issue(keys, guard)
    keys.verify(made.secret, now=NOW)
    ((name, sealed),) = cache.kept.items()
    peppers = Peppers([PEPPER])
    first = peppers.candidate(made.id, made.secret).first.encode()

    def under_its_seal(record: bytes) -> bytes:
        return hmac.digest(peppers.sealing, b"%b\0%d\0%b" % (first, 0, record), "sha256") + record

    assert under_its_seal(sealed[32:]) == sealed
    for record in (b"{}", b"", b"[1]", sealed[32:].replace(b'"scopes":"', b'"scopes":7,"were":"')):
        cache.kept[name] = under_its_seal(record)
        assert keys.verify(made.secret, now=NOW).id == made.id


def test_a_cache_that_fails_is_no_cache(
    store: Counting, guard: Guard, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The store answers, and a warning says what failed without the texts of errors."""
    cache = DictCache()
    keys = store.keys(cache=cache, cache_bound=BOUND)
    made = issue(keys, guard)
    cache.failing = True
    caplog.set_level(logging.WARNING)
    assert keys.verify(made.secret, now=NOW).id == made.id
    keys.revoke(guard, ADMIN, made.id, dashboard())
    assert keys.verify(made.secret, now=NOW) is None
    assert {each.getMessage() for each in caplog.records} == {"the cache of keys failed: ConnectionError"}


@pytest.mark.parametrize("bound", [timedelta(0), timedelta(minutes=2), timedelta(seconds=-1)])
def test_bounds_that_are_refused(bound: timedelta) -> None:
    """A revocation that takes minutes is none."""
    with pytest.raises(RequestError, match="cache_bound"):
        Keys(MemoryStore(), prefix="hyp", pepper=[PEPPER], cache=DictCache(), cache_bound=bound)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where Redis is."""
    with redis_server.running() as port:
        yield port


@pytest.fixture
def client(port: int) -> Iterator[redis.Redis]:
    """A connection to an empty Redis."""
    with redis.Redis(redis_server.HOST, port) as made:
        made.flushall()
        yield made


def test_redis_keeps_records_for_a_while(client: redis.Redis, guard: Guard) -> None:
    """Under names that are no keys, in bytes, and with an end."""
    counting = Counting(Keys, MemoryStore())
    keys = counting.keys(cache=RedisCache(client, namespace="t", keep=timedelta(seconds=30)), cache_bound=BOUND)
    made = issue(keys, guard)
    counting.asked.clear()
    for _ in range(3):
        assert keys.verify(made.secret, now=NOW).id == made.id
    assert counting.asked.count("get") == 1
    found: Any = client.keys()
    (name,) = found
    assert name.startswith(b"t:")
    assert made.id.encode() not in name
    assert 0 < client.pttl(name) <= 30_000


def test_redis_to_await(port: int, client: redis.Redis, guard: Guard) -> None:
    """The same, awaited; and announcements are heard by a task."""

    async def main() -> tuple[list[str], bool]:
        counting = Counting(Keys, MemoryStore())
        async with redis.asyncio.Redis(host=redis_server.HOST, port=port) as connection:
            cache = AsyncRedisCache(connection)
            keys = AsyncKeys(counting, prefix="hyp", pepper=[PEPPER], cache=cache)
            made = await keys.issue(guard, ADMIN, "workspace:read", dashboard())
            counting.asked.clear()
            for _ in range(3):
                assert await keys.verify(made.secret, now=NOW) is not None
            heard = asyncio.Event()
            task = asyncio.create_task(cache.listen(heard.set))
            for _ in range(100):
                await cache.announce()
                if heard.is_set():
                    break
                await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return counting.asked, heard.is_set()

    asked, heard = asyncio.run(main())
    assert asked.count("get") == 1
    assert heard


def test_announcements_are_heard_by_a_thread(client: redis.Redis) -> None:
    """Until it is told to stop."""
    cache, heard, stop = RedisCache(client), threading.Event(), threading.Event()
    thread = threading.Thread(target=cache.listen, args=(heard.set, stop))
    thread.start()
    for _ in range(100):
        cache.announce()
        if heard.wait(0.05):
            break
    stop.set()
    thread.join(10)
    assert heard.is_set()
    assert not thread.is_alive()


def test_a_client_that_decodes_is_refused() -> None:
    """What is kept is no text."""
    with pytest.raises(RequestError, match="decode_responses"):
        RedisCache(redis.Redis(decode_responses=True))


def seen_by_four(url: str, port: int, keys: Driven, guard: Guard) -> float:
    """The seconds from a revocation until the last of four processes denies the key."""
    made = keys.issue(guard, ADMIN, "workspace:read", dashboard())
    spawn = multiprocessing.get_context("spawn")
    pipes: list[Any] = []
    processes = []
    for _ in range(PROCESSES):
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=service.watch, args=(url, port, made.secret, theirs))
        process.start()
        pipes.append(ours)
        processes.append(process)
    assert [pipe.recv() for pipe in pipes] == ["ready"] * PROCESSES
    keys.revoke(guard, ADMIN, made.id, dashboard())
    revoked_at = time.time()
    seen = [pipe.recv() for pipe in pipes]
    for process in processes:
        process.join(30)
    return float(max(seen) - revoked_at)


@pytest.mark.slow
def test_four_processes_see_a_revocation_within_a_second(
    tmp_path: Path, port: int, client: redis.Redis, guard: Guard
) -> None:
    """Without any announcement: by the generation alone. Other work on the machine may delay a try, not all of them."""
    url = f"sqlite:///{tmp_path / 'keys.db'}"
    engine = create_engine(url, poolclass=NullPool)
    service.Base.metadata.create_all(engine)
    engine.dispose()
    keys = Driven(Keys(service.store(url), prefix="hyp", pepper=[PEPPER]))
    taken = []
    for _ in range(TRIES):
        taken.append(seen_by_four(url, port, keys, guard))
        if taken[-1] < 1:
            return
    pytest.fail(f"seen after {taken} seconds")
