"""Dashboard previews and tests use separate fair-use limits: what is exhausted on one side blocks nothing on the other."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Guard, Obligation
from tests.seed import tables, world

GUARD = Guard.default()
ALL_METERS = {f"entitlements.{meter}.used": 10 for meter in tables.PRODUCTION_METERS}
ALL_BUCKETS = {f"fair_use.{bucket}.used": 10 for bucket in tables.FAIR_USE.values()}
ENVIRONMENTS = ("production", "preview", "test")
FAIR = [
    (operation, environment, tables.counted(operation, environment))
    for operation in (*tables.TRAFFIC, "preview.start")
    for environment in tables.FAIR_USE
]
"""What previews and tests are made of, with the bucket that each counts on."""


@pytest.mark.parametrize(("operation", "environment", "counts"), FAIR)
def test_s30_an_exhausted_production_allowance_does_not_block_them(
    guard: Guard, operation: str, environment: str, counts: tuple[str, ...]
) -> None:
    """All meters exhausted, payment interrupted and the wallet empty: everybody who may, still may."""
    changes = {**ALL_METERS, "payment.status": "interrupted", "wallet.status": "empty"}
    untold = {} if operation == "voice.connect" else {"quantity": world.GONE}
    for who, more in product(world.askers(operation), ({}, untold)):
        decision = world.ask(guard, operation, {**changes, **more}, who=who, environment=environment)
        assert decision.allowed, who
        details = (("meter", counts[0]), ("quantity", 1), ("reserve", True))
        assert decision.obligations == (Obligation("meter", details),)


@pytest.mark.parametrize("operation", ["preview.start", "tests.run"])
def test_s30_starting_one_needs_no_minutes_and_no_messages(guard: Guard, operation: str) -> None:
    """What is said in a preview or a test counts apart; only the run itself is a production meter."""
    changes = {f"entitlements.{meter}.used": 10 for meter in tables.PRODUCTION_METERS if meter != "test_runs"}
    for who, environment in product(world.askers(operation), ENVIRONMENTS):
        assert world.ask(guard, operation, changes, who=who, environment=environment)


@pytest.mark.parametrize(
    "operation", [name for name in tables.OPERATIONS if name not in {"preview.start", "tests.run"}]
)
def test_s30_exhausted_fair_use_does_not_block_production(guard: Guard, operation: str) -> None:
    """Both buckets exhausted, or not even told: whatever is done in production goes on."""
    for who in world.askers(operation):
        for changes in (ALL_BUCKETS, {"fair_use": world.GONE}):
            assert world.ask(guard, operation, changes, who=who)


@pytest.mark.parametrize(("operation", "environment", "counts"), FAIR)
@pytest.mark.parametrize("exhausted", sorted(tables.FAIR_USE.values()))
def test_s30_the_two_buckets_are_independent(
    guard: Guard, operation: str, environment: str, counts: tuple[str, ...], exhausted: str
) -> None:
    """One exhausted: what counts on it is denied with that bucket, and what counts on the other is not."""
    for who in world.askers(operation):
        decision = world.ask(guard, operation, {f"fair_use.{exhausted}.used": 10}, who=who, environment=environment)
        assert decision.allowed is (counts != (exhausted,))
        if not decision:
            assert (decision.code, decision.meter, decision.status) == ("fair_use_exhausted", exhausted, 429)
            assert decision.retry_at == world.RESETS
            assert decision.remedy is not None
            assert (decision.remedy.action, decision.remedy.target) == ("wait", "billing/usage")
            assert f"Fair use of {tables.TITLES[exhausted]} is used up" in decision.remedy.text
            assert "Production allowances are not affected." in decision.remedy.text


def test_s30_a_run_counts_on_its_own_meter_and_on_fair_use(guard: Guard) -> None:
    """Either of the two denies it, each with its own code, and an allowed run is counted on both."""
    for who, environment in product(world.askers("tests.run"), ENVIRONMENTS):

        def asked(*paths: str, who: str = who, environment: str = environment) -> object:
            decision = world.ask(guard, "tests.run", dict.fromkeys(paths, 10), who=who, environment=environment)
            return decision.code, decision.meter, decision.also

        run, fair = "entitlements.test_runs.used", "fair_use.fair_use_test.used"
        assert asked(run) == ("entitlement_limit_reached", "test_runs", ())
        assert asked(fair) == ("fair_use_exhausted", "fair_use_test", ())
        assert asked(run, fair) == ("entitlement_limit_reached", "test_runs", ("fair_use_exhausted",))
        decision = world.ask(guard, "tests.run", who=who, environment=environment)
        assert [dict(each.details)["meter"] for each in decision.obligations] == ["test_runs", "fair_use_test"]


@pytest.mark.parametrize("used", range(4))
@pytest.mark.parametrize("quantity", [1, 2, 3])
def test_s30_a_bucket_is_full_when_it_is_full(guard: Guard, used: int, quantity: int) -> None:
    """Below and exactly at what is left it is allowed, beyond it is not."""
    for operation, environment, (bucket,) in FAIR:
        changes = {f"fair_use.{bucket}.limit": 3, f"fair_use.{bucket}.used": used, "quantity": quantity}
        decision = world.ask(guard, operation, changes, environment=environment)
        assert decision.allowed is (used + quantity in (1, 2, 3)), operation


@given(
    st.sampled_from([row[:2] for row in FAIR]),
    st.dictionaries(st.sampled_from(sorted(tables.PRODUCTION_METERS)), st.integers(0, 20)),
    st.sampled_from(["ok", "grace", "interrupted"]),
    st.sampled_from(["ok", "low", "empty"]),
)
def test_s30_no_state_of_production_is_seen_from_there(
    asked: tuple[str, str], used: dict[str, int], payment: str, wallet: str
) -> None:
    """Whatever meters, payment and wallet say, the answer is the one of a healthy workspace, word by word."""
    operation, environment = asked
    changes = {f"entitlements.{meter}.used": number for meter, number in used.items()}
    states = {"payment.status": payment, "wallet.status": wallet}
    there = world.ask(GUARD, operation, {**changes, **states}, environment=environment)
    assert there == world.ask(GUARD, operation, environment=environment)


@pytest.mark.parametrize("gate", tables.GATES["fair_use"])
def test_s30_each_has_a_switch(tmp_path: Path, gate: str) -> None:
    """Off, its bucket denies nothing more; advised, it allows and says so; the other bucket is as it was."""
    mine = {"gates.preview-fair-use": "fair_use_preview", "gates.test-fair-use": "fair_use_test"}[gate]
    for mode, told in (("off", []), ("advise", ["fair_use_exhausted"])):
        guard = world.switched(tmp_path / mode, [gate], mode)
        for operation, environment, (bucket,) in FAIR:
            decision = world.ask(guard, operation, ALL_BUCKETS, environment=environment)
            assert decision.allowed is (bucket == mine), (operation, environment)
            if decision:
                assert [each.code for each in decision.advice] == told
