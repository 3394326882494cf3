"""V55, V54: a key, its digest's pepper or a new secret shows in a repr, a log, a traceback, a pickle or a copy."""

import asyncio
import copy
import logging
import pickle
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal, RequestError
from scopeguard.keys import AsyncKeys, Keys, MemoryStore

NOW = datetime(2026, 1, 31, tzinfo=UTC)
PEPPER = b"canary pepper of sixteen"
ACTOR = Principal.member("ann", workspace="ws_1", roles=["admin"])
CONTEXT = Context(channel="dashboard", now=NOW)
GUARD = Guard.default()


class Failing(MemoryStore):
    """A store that fails in every method, once it is told to."""

    failing = False

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name != "failing" and self.failing:
            raise ConnectionError("the database is away")
        return super().__getattribute__(name)


def shown(error: BaseException, below: str) -> str:
    """A traceback as reporters of errors show it, with every local variable: the frames of our library."""
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    parts = [str(error)]
    seen: traceback.TracebackException | None = whole
    while seen is not None:
        parts += [f"{frame.name} {frame.locals}" for frame in seen.stack if below in frame.filename]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(parts)


@pytest.mark.parametrize("kind", [Keys, AsyncKeys])
def test_v55_no_frame_of_ours_holds_a_key_while_the_store_is_asked(kind: Callable[..., Any]) -> None:
    """What the store raises is raised, not taken for an unknown key, and its traceback shows no secret of ours."""
    keys = kind(store := Failing(), prefix="hyp", pepper=[PEPPER])

    def ask(answer: Any) -> Any:
        return asyncio.run(answer) if kind is AsyncKeys else answer

    made = ask(keys.issue(GUARD, ACTOR, "workspace:read", CONTEXT))
    text, key_id = made.secret, made.id
    secret = text.rpartition("_")[2][:-6]
    store.failing = True
    asked: list[Callable[[], Any]] = [
        lambda: keys.verify(text, now=NOW),
        lambda: keys.principal(text, now=NOW),
        lambda: keys.report_leak(text, now=NOW),
        lambda: keys.issue(GUARD, ACTOR, "workspace:read", CONTEXT),
        lambda: keys.rotate(GUARD, ACTOR, key_id, CONTEXT, overlap=timedelta(0)),
        lambda: keys.revoke(GUARD, ACTOR, key_id, CONTEXT),
    ]
    for each in asked:
        with pytest.raises(ConnectionError) as caught:
            ask(each())
        told = shown(caught.value, "scopeguard/keys")
        assert "key_ring.py" in "".join(traceback.format_tb(caught.value.__traceback__))
        assert [word for word in (secret, "canary", "hyp_") if word in told] == []


def test_v55_a_new_key_is_shown_by_its_secret_alone() -> None:
    """Not by the repr of anything that is handed out, kept or logged, and by no pickle and no copy."""
    keys = Keys(store := MemoryStore(), prefix="hyp", pepper=[PEPPER])
    made = keys.issue(GUARD, ACTOR, "workspace:read", CONTEXT)
    found = keys.verify(made.secret, now=NOW)
    principal = keys.principal(made.secret, now=NOW)
    assert found is not None
    secret = made.secret.rpartition("_")[2][:-6]
    texts = [f"{each!r} {each} {vars(each) if hasattr(each, '__dict__') else ''}"
             for each in (made, found, principal, keys, keys._lifecycle, keys._lifecycle._peppers)]  # fmt: skip
    texts += [repr(vars(store)), pickle.dumps(found).decode("latin-1"), pickle.dumps(principal).decode("latin-1")]
    assert [text for text in texts if secret in text or "canary" in text] == []
    assert found.digest not in "".join(texts[:6])
    for each in (made, keys, keys._lifecycle._peppers):
        for carry in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                carry(each)


def test_v55_nothing_about_keys_is_logged_but_what_failed(caplog: pytest.LogCaptureFixture) -> None:
    """A last use that could not be written is a warning with the kind of error, and the request goes on."""
    caplog.set_level(logging.DEBUG)
    keys = Keys(store := Untouchable(), prefix="hyp", pepper=[PEPPER])
    made = keys.issue(GUARD, ACTOR, "workspace:read", CONTEXT)
    assert keys.verify(made.secret, now=NOW) is not None
    assert [record.getMessage() for record in caplog.records] == ["last uses of keys were not written: OSError"]
    store.failing = False
    assert keys.verify(made.secret, now=NOW + timedelta(minutes=1)) is not None
    record = store.get(made.id)
    assert record is not None
    assert record.last_used_at == NOW
    assert len(caplog.records) == 1


class Untouchable(MemoryStore):
    """A store that cannot be written to for a while."""

    failing = True

    def touch(self, uses: Any) -> None:
        """As ``KeyStore.touch``."""
        if self.failing:
            raise OSError(f"disk full while writing {uses}")
        super().touch(uses)


@pytest.mark.parametrize(
    "pepper",
    [PEPPER, "canary", [], ["canary of sixteen bytes"], [b"canary"], [PEPPER, PEPPER], None],
    ids=["bytes alone", "a text", "none", "a text in a list", "too short", "twice", "nothing"],
)
def test_v55_peppers_that_are_refused_are_not_spelled(pepper: Any) -> None:
    """Neither the message nor what it was raised from has one."""
    with pytest.raises(RequestError) as caught:
        Keys(MemoryStore(), prefix="hyp", pepper=pepper)
    assert "canary" not in "".join(traceback.format_exception_only(caught.value))
    assert caught.value.__context__ is None


def test_v54_what_stands_in_the_store_is_compared_as_bytes() -> None:
    """A digest that was tampered with, of whatever text, recognises nobody and raises nothing."""
    keys = Keys(store := MemoryStore(), prefix="hyp", pepper=[PEPPER])
    made = keys.issue(GUARD, ACTOR, "workspace:read", CONTEXT)
    for digest in ("", "x", "\u00e9" * 80, made.key.digest[:-1], made.key.digest.upper(), f"{made.key.digest}0",
                   made.key.digest.replace("hmac", "hmad"), made.key.digest[-64:]):  # fmt: skip
        store.rehash(made.id, store.get(made.id).digest, digest)  # type: ignore[union-attr]  # it is there
        assert keys.verify(made.secret, now=NOW) is None
        assert keys.principal(made.secret, now=NOW) == Principal.unrecognized()


def test_v54_an_unknown_id_costs_what_a_wrong_secret_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digests and the comparison are worked out for both, over texts of one length."""
    keys = Keys(MemoryStore(), prefix="hyp", pepper=[PEPPER, b"another of sixteen bytes"])
    made = keys.issue(GUARD, ACTOR, "workspace:read", CONTEXT)
    other = Keys(MemoryStore(), prefix="hyp", pepper=[b"nobody's, of sixteen bytes"])
    unknown = other.issue(GUARD, ACTOR, "workspace:read", CONTEXT)
    compared: list[tuple[int, int]] = []

    def compare(left: bytes, right: bytes) -> bool:
        compared.append((len(left), len(right)))
        return left == right

    monkeypatch.setattr("scopeguard.keys.hashing.compare_digest", compare)
    assert keys.verify(made.secret, now=NOW) is not None
    assert keys.verify(unknown.secret, now=NOW) is None
    assert compared == [(85, 85), (85, 85)]
