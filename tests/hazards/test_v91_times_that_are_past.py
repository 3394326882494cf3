"""V91: a grace period that is over, and a limit that was counted before its reset, say nothing of now (laravel#113)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scopeguard import Context, Decision, Guard
from tests.seed import tables, world

NOW = world.NOW
PAST = (NOW - timedelta(microseconds=1), NOW - timedelta(days=400))
AHEAD = (NOW, NOW + timedelta(microseconds=1), NOW + timedelta(days=4000))
MALFORMED = ("2026-02-01T00:00:00Z", 1, True, [NOW])
GUARD = Guard.default()
BUCKETS = sorted((environment, bucket) for environment, bucket in tables.FAIR_USE.items())


def asked(operation: str, changes: Mapping[str, object], environment: str = "production") -> Decision:
    """The answer where the workspace is healthy but for some changes: first, and when it is asked again and again."""
    first, *others = (world.ask(GUARD, operation, changes, environment=environment) for _ in range(3))
    assert others == [first, first]
    return first


@pytest.mark.parametrize("operation", ["messages.send", "voice.connect", "phone_numbers.purchase"])
@pytest.mark.parametrize("end", PAST)
def test_v91_a_grace_that_is_over_is_an_interruption(operation: str, end: datetime) -> None:
    """Denied as interrupted, with its remedy, and no advice that it goes on."""
    decision = asked(operation, {"payment.status": "grace", "payment.grace_until": end})
    assert (decision.code, decision.status, decision.rules) == ("payment_interrupted", 402, ("gates.payment",))
    assert (decision.errors, decision.advice) == ((), ())


@pytest.mark.parametrize("end", AHEAD)
def test_v91_a_grace_that_goes_on_allows(end: datetime) -> None:
    """Up to the end, with its advice."""
    decision = asked("messages.send", {"payment.status": "grace", "payment.grace_until": end})
    assert decision.allowed
    assert [each.code for each in decision.advice] == ["payment_grace"]


@pytest.mark.parametrize("end", MALFORMED)
def test_v91_an_end_that_is_no_time(end: object) -> None:
    """Nobody can tell whether the grace period is over."""
    decision = asked("messages.send", {"payment.status": "grace", "payment.grace_until": end})
    assert (decision.code, decision.rules) == ("facts_unavailable", ("gates.payment",))


@pytest.mark.parametrize("status", ["ok", "interrupted"])
@pytest.mark.parametrize("end", [*PAST, *AHEAD, *MALFORMED])
def test_v91_the_end_is_that_of_a_grace_period(status: str, end: object) -> None:
    """Of a workspace that pays, or does not, an old end says nothing."""
    decision = asked("messages.send", {"payment.status": status, "payment.grace_until": end})
    assert decision.code == (None if status == "ok" else "payment_interrupted")


def test_v91_no_time_of_the_request() -> None:
    """Without `now` nobody knows what is past."""
    told = world.context("server", {"payment.status": "grace", "payment.grace_until": AHEAD[2]})
    untimed = Context(told.channel, told.environment, told.facts)
    decision = GUARD.check(world.key("sessions:write"), "messages.send", context=untimed)
    assert (decision.code, decision.errors[-1:]) == ("facts_unavailable", decision.rules[-1:])


@pytest.mark.parametrize("kind", ["hard", "soft"])
@pytest.mark.parametrize("used", [0, 10, 11])
@pytest.mark.parametrize("operation", sorted(tables.LIMITED))
def test_v91_a_limit_before_its_reset(operation: str, used: int, kind: str) -> None:
    """Whether or not there was room, and hard or soft: it is not known what is left, and no time is told to wait for."""
    path = f"entitlements.{tables.LIMITED[operation]}"
    for end in PAST:
        decision = asked(operation, {f"{path}.used": used, f"{path}.kind": kind, f"{path}.resets_at": end})
        assert (decision.code, decision.status) == ("facts_unavailable", 503)
        assert (decision.rules, decision.retry_at) == ((tables.LIMIT_GATES[operation],), None)


@pytest.mark.parametrize("operation", sorted(tables.LIMITED))
def test_v91_a_limit_after_its_reset(operation: str) -> None:
    """A reset ahead, or at this very moment, is that of the limit; without a limit none matters."""
    path = f"entitlements.{tables.LIMITED[operation]}"
    for end in AHEAD:
        full = asked(operation, {f"{path}.used": 10, f"{path}.resets_at": end})
        assert (full.code, full.retry_at) == ("entitlement_limit_reached", end)
        assert asked(operation, {f"{path}.resets_at": end}).allowed
    for end in PAST:
        assert asked(operation, {path: {"unlimited": True, "resets_at": end}}).allowed
    for text in MALFORMED:
        assert asked(operation, {f"{path}.resets_at": text}).code == "facts_unavailable"


@pytest.mark.parametrize(("environment", "bucket"), BUCKETS)
def test_v91_fair_use_before_its_reset(environment: str, bucket: str) -> None:
    """Buckets likewise: nothing is used up that was counted yesterday, and nothing is left either."""
    path = f"fair_use.{bucket}"
    for end in PAST:
        for used in (0, 10):
            decision = asked("messages.send", {f"{path}.used": used, f"{path}.resets_at": end}, environment)
            assert (decision.code, decision.retry_at) == ("facts_unavailable", None)
    for end in AHEAD:
        full = asked("messages.send", {f"{path}.used": 10, f"{path}.resets_at": end}, environment)
        assert (full.code, full.retry_at) == ("fair_use_exhausted", end)


def test_v91_a_gate_that_advises(tmp_path: Path) -> None:
    """A gate that only advises says so too, and says the truth: interrupted, or not known."""
    advised = world.switched(tmp_path / "pack", ["gates.payment", "gates.text-chat-messages"], "advise")
    over = {"payment.status": "grace", "payment.grace_until": PAST[0]}
    stale = {"entitlements.text_chat_messages.resets_at": PAST[0]}
    for changes, code in ((over, "payment_interrupted"), (stale, "facts_unavailable")):
        decision = world.ask(advised, "messages.send", changes)
        assert decision.allowed
        assert [each.code for each in decision.advice] == [code]
