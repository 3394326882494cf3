"""W8: what stands between a request and its check: a key that is recognised, and a decision that is recorded."""

import hmac
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from zlib import crc32

from benchmarks.timing import FLOOR, OURS, Figure, Pass, Spread, measure, quiet
from scopeguard import Context, Guard, Principal, Resource
from scopeguard.decisionlog import DecisionLog, FileSink
from scopeguard.keys import Keys, MemoryStore, StoredKey

VERIFY = "verify of a key, beside the store"
RECORDED = "a decision recorded, beside its check"
BUSY = "a decision recorded, while the writer works"
SCOPES = ["workspace:read", "agents:write"]
KEYS = 200
CHECKS = 500
WARM = 20
NOW = datetime(2026, 1, 31, tzinfo=UTC)
PEPPER = b"a pepper of thirty-two bytes ..."
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def issued() -> tuple[Keys, dict[str, StoredKey], list[str]]:
    """Keys in memory, their records by id, and the texts."""
    guard, store = Guard.default(), MemoryStore()
    keys = Keys(store, prefix="hyp", pepper=[PEPPER])
    actor = Principal.member("ann", workspace="ws_1", roles=["admin"])
    context = Context(channel="dashboard", now=NOW)
    made = [keys.issue(guard, actor, "workspace:read", context) for _ in range(KEYS)]
    for each in made:
        # A key that was used a moment ago is not noted again.
        keys.principal(each.secret, now=NOW)
    keys.write_uses()
    return (
        keys,
        {each.id: found for each in made if (found := store.get(each.id)) is not None},
        [each.secret for each in made],
    )


def by_hand(records: dict[str, StoredKey]) -> Callable[[str], StoredKey | None]:
    """What a service writes: the checksum, the record, the digest, compared in constant time; and its state."""
    digests = {each: found.digest.rpartition(":")[2] for each, found in records.items()}

    def verify(text: str) -> StoredKey | None:
        prefix, _, rest = text.partition("_")
        number, digits = crc32(text[:-6].encode()), ""
        for _ in range(6):
            number, digit = divmod(number, 62)
            digits = DIGITS[digit] + digits
        if prefix != "hyp" or text[-6:] != digits:
            return None
        found = records.get(rest.partition("_")[0])
        digest = hmac.new(PEPPER, text.encode(), "sha256").hexdigest()
        if found is None or not hmac.compare_digest(digest, digests[found.id]):
            return None
        ended = found.expires_at is not None and found.expires_at <= NOW
        return None if ended or found.revoked_at is not None or found.leaked_at is not None else found

    return verify


def figures(*, rounds: int) -> list[Figure]:
    """What verifying a key takes, and what recording a decision adds for the caller."""
    keys, records, texts = issued()
    hand = by_hand(records)
    wrong = [text[:-1] + ("0" if text[-1] != "0" else "1") for text in texts[:10]]
    for text in (*texts, *wrong):
        assert hand(text) == keys.verify(text, now=NOW)
        assert (hand(text) is None) is (text in wrong)
    verify = keys.verify
    passes = {
        FLOOR: Pass(lambda: [hand(text) for text in texts], KEYS),
        OURS: Pass(lambda: [verify(text, now=NOW) for text in texts], KEYS),
    }
    return [*measure(VERIFY, passes, rounds=rounds), *recorded(rounds)]


def recorded(rounds: int) -> list[Figure]:
    """The time of the caller's own thread that a record adds to a check: in bursts, and while the writer works too."""
    plain, observed = Guard.default(), Guard.default()
    mine, others = (Principal.api_key("key_1", workspace="ws_1", scopes=SCOPES[::way]) for way in (1, -1))
    agent, context = Resource("agents", "agt_1", "ws_1"), Context("server")

    def spent(guard: Guard, who: Principal) -> float:
        check = guard.check
        started = time.thread_time_ns()
        for _ in range(CHECKS):
            check(who, "agents:read", agent, context)
        return (time.thread_time_ns() - started) / CHECKS

    found: dict[str, list[tuple[float, float]]] = {RECORDED: [], BUSY: []}
    with tempfile.TemporaryDirectory() as folder, DecisionLog(observed, FileSink(folder)) as log, quiet():
        for _ in range(WARM):
            assert spent(plain, mine)
            assert spent(observed, others)
        for _ in range(rounds):
            for workload, pairs in found.items():
                log.flush(60.0)
                if workload == BUSY:
                    spent(observed, others)
                    time.sleep(0.02)
                pairs.append((spent(observed, others), spent(plain, mine)))
        log.flush(60.0)
        assert log.status.dropped == 0
        assert log.status.written >= CHECKS * (rounds * 3 + WARM)
    return [
        Figure(
            workload, OURS, Spread.of([ours - best for ours, best in pairs]),
            Spread.of([ours / best for ours, best in pairs]), CHECKS, "a check alone",
        )
        for workload, pairs in found.items()
    ]  # fmt: skip
