"""Payment interruptions can block paid-resource usage."""

from datetime import timedelta
from pathlib import Path

import pytest

from scopeguard import Guard, RequestError
from scopeguard.model.decision import Advice
from tests.seed import tables, world

PAID = [(operation, who) for operation, who in world.ASKED if operation in tables.PAID]
UNPAID = [(operation, who) for operation, who in world.ASKED if operation not in tables.PAID]
INTERRUPTED = {"payment.status": "interrupted"}
UNTIL = world.NOW + timedelta(days=3)


@pytest.mark.parametrize(("operation", "who"), PAID)
@pytest.mark.parametrize("wallet", ["ok", "low"])
def test_s34_interrupted_denies_what_is_paid_for(guard: Guard, operation: str, who: str, wallet: str) -> None:
    """Even where the wallet has a balance; it names where payment is mended."""
    decision = world.ask(guard, operation, {**INTERRUPTED, "wallet.status": wallet}, who=who)
    assert (decision.code, decision.status, decision.stage) == ("payment_interrupted", 402, "payment")
    assert (decision.rules, decision.also) == (("gates.payment",), ())
    assert decision.remedy is not None
    assert decision.remedy.target == "billing/payment_methods"
    assert decision.remedy.text == (
        "Payment for this workspace is interrupted. Update the payment method or top up in Billing."
    )


@pytest.mark.parametrize("environment", ["staging", "productiom"])
def test_s34_an_unknown_environment_is_refused(guard: Guard, environment: str) -> None:
    """No name that a caller makes up is free of charge: it is no request, paid for or not."""
    for operation, who in world.ASKED:
        for changes in (INTERRUPTED, world.NO_CHANGES):
            with pytest.raises(RequestError, match=f'no environment "{environment}" in the catalog'):
                world.ask(guard, operation, changes, who=who, environment=environment)


@pytest.mark.parametrize(("operation", "who"), UNPAID)
def test_s34_interrupted_denies_nothing_else(guard: Guard, operation: str, who: str) -> None:
    """Every other operation, in every environment: the answer is the one of a healthy workspace, word by word."""
    for environment in ("production", "preview", "test"):
        for changes in (
            INTERRUPTED,
            {**INTERRUPTED, "wallet.status": "empty"},
            {"payment": world.GONE, "wallet": None},
        ):
            found = world.ask(guard, operation, changes, who=who, environment=environment)
            assert found == world.ask(guard, operation, who=who, environment=environment)


@pytest.mark.parametrize("environment", [*sorted(tables.FAIR_USE), "production"])
@pytest.mark.parametrize("who", sorted(world.askers("phone_numbers.purchase")))
def test_s34_a_number_is_paid_for_everywhere(guard: Guard, who: str, environment: str) -> None:
    """What is bought costs money wherever it is tried from; facts that are missing are missing there too."""
    expected = {"payment_interrupted": INTERRUPTED, "wallet_empty": {"wallet.status": "empty"}}
    for code, changes in expected.items():
        decision = world.ask(guard, "phone_numbers.purchase", changes, who=who, environment=environment)
        assert (decision.code, decision.status) == (code, 402)
    for record in ("payment", "wallet"):
        untold = world.ask(guard, "phone_numbers.purchase", {record: world.GONE}, who=who, environment=environment)
        assert untold.code == "facts_unavailable"
    assert world.ask(guard, "phone_numbers.purchase", who=who, environment=environment).allowed


@pytest.mark.parametrize("environment", sorted(tables.FAIR_USE))
def test_s34_previews_and_tests_go_on(guard: Guard, environment: str) -> None:
    """What is sent and spoken in them is not paid for."""
    for operation in tables.TRAFFIC:
        for who in world.askers(operation):
            assert world.ask(
                guard, operation, {**INTERRUPTED, "wallet.status": "empty"}, who=who, environment=environment
            )


@pytest.mark.parametrize(
    "changes", [INTERRUPTED, {"payment": world.GONE}, {"payment": None}], ids=["interrupted", "gone", "null"]
)
def test_s34_reading_settings_revoking_and_paying_go_on(guard: Guard, changes: dict[str, object]) -> None:
    """Every permission of the catalog, for each role and for a key with every scope; some of them named."""
    everybody = [*((world.member(role), "dashboard") for role in tables.ROLES), (world.key(*tables.SCOPES), "server")]
    for who, channel in everybody:
        there = world.context(channel, changes)
        assert world.allowed(guard, who, there) == world.allowed(guard, who, world.context(channel))
    owner = world.allowed(guard, world.member("owner"), world.context("dashboard", changes))
    assert {"api_keys:revoke", "top_ups:manage", "payment_methods:manage", "auto_recharge:manage"} <= owner


@pytest.mark.parametrize(("operation", "who"), PAID)
def test_s34_grace_allows_and_says_until_when(guard: Guard, operation: str, who: str) -> None:
    """With the time that the host tells, and without one where it tells none."""
    told = {"payment.status": "grace", "payment.grace_until": UNTIL}
    for changes, until in ((told, "2026-02-03T12:00:00Z"), ({"payment.status": "grace"}, "further notice")):
        decision = world.ask(guard, operation, changes, who=who)
        assert decision.allowed
        text = f"Payment is due. Everything goes on until {until}; update the payment method in Billing."
        assert decision.advice == (Advice("payment_grace", text, "open", "billing/payment_methods"),)


@pytest.mark.parametrize(("operation", "who"), PAID)
def test_s34_paid_is_paid(guard: Guard, operation: str, who: str) -> None:
    """Nothing is said where nothing is due, whatever the host knows of earlier days."""
    decision = world.ask(guard, operation, {"payment.grace_until": UNTIL, "payment.since": world.NOW}, who=who)
    assert decision.allowed
    assert decision.advice == ()


@pytest.mark.parametrize(("operation", "who"), PAID)
def test_s34_an_empty_wallet_pays_for_nothing(guard: Guard, operation: str, who: str) -> None:
    """Empty denies with a code of its own; low does not. How it is refilled changes what is said, and nothing else."""
    plain = world.ask(guard, operation, {"wallet.status": "empty"}, who=who)
    assert (plain.code, plain.status, plain.stage) == ("wallet_empty", 402, "entitlement")
    assert world.ask(guard, operation, {"wallet.status": "low"}, who=who)
    targets = {"on": "top_ups", "off": "top_ups", "failed": "payment_methods", "pending": "auto_recharge"}
    for state, target in targets.items():
        decision = world.ask(guard, operation, {"wallet.status": "empty", "wallet.auto_recharge": state}, who=who)
        assert decision.remedy is not None
        assert (decision.code, decision.rules) == (plain.code, plain.rules)
        assert (decision.remedy.target, decision.remedy.action) == (
            f"billing/{target}",
            "wait" if state == "pending" else "open",
        )
        assert ("recharge is in progress" in decision.remedy.text) is (state == "pending")


@pytest.mark.parametrize(
    ("gate", "changes", "code"),
    [
        ("gates.payment", INTERRUPTED, "payment_interrupted"),
        ("gates.wallet", {"wallet.status": "empty"}, "wallet_empty"),
    ],
)
def test_s34_each_has_a_switch(tmp_path: Path, gate: str, changes: dict[str, object], code: str) -> None:
    """Off, nothing is denied or said for it; advised, it is said with an allow."""
    off = world.switched(tmp_path / "off", [gate], "off")
    advised = world.switched(tmp_path / "advise", [gate], "advise")
    for operation, who in PAID:
        silent = world.ask(off, operation, changes, who=who)
        assert silent.allowed
        assert silent.advice == ()
        told = world.ask(advised, operation, changes, who=who)
        assert told.allowed
        assert [each.code for each in told.advice] == [code]


def test_s34_grace_is_switched_off_with_it(tmp_path: Path) -> None:
    """Where payment is not looked at, nothing is due."""
    off = world.switched(tmp_path / "off", ["gates.payment"], "off")
    assert world.ask(off, "messages.send", {"payment.status": "grace"}).advice == ()
