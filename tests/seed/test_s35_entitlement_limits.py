"""Wallet-era entitlement limits can block seven operations, each by its own meter."""

from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from scopeguard import Guard, Obligation, Resource
from scopeguard.model.decision import Advice
from scopeguard.model.request import LEFT_OUT
from tests.seed import tables, world

CASES = [(operation, who) for operation, who in world.ASKED if operation in tables.LIMITED]
LIMIT = 3


def limited(operation: str, **fields: object) -> dict[str, object]:
    """What the host tells of an operation's meter."""
    return {f"entitlements.{tables.LIMITED[operation]}.{name}": value for name, value in fields.items()}


def test_s35_these_seven(guard: Guard) -> None:
    """New agents, knowledge uploads, test runs, seats, text chat messages, WhatsApp messages, voice minutes."""
    counting = {name: operation.meter for name, operation in guard.catalog.operations.items() if operation.meter}
    assert counting == tables.LIMITED
    assert len(tables.LIMITED) == 7


@pytest.mark.parametrize(("operation", "who"), CASES)
def test_s35_up_to_the_limit_and_no_further(guard: Guard, operation: str, who: str) -> None:
    """All small numbers: used, reserved and requested together below or exactly at the limit are allowed, beyond not."""
    for used, reserved, quantity in product(range(LIMIT + 2), range(3), (1, 2, 3)):
        changes = limited(operation, limit=LIMIT, used=used, reserved=reserved) | {"quantity": quantity}
        decision = world.ask(guard, operation, changes, who=who)
        assert decision.allowed is (used + reserved + quantity <= LIMIT), (used, reserved, quantity)
        if decision:
            details = (("meter", tables.LIMITED[operation]), ("quantity", quantity), ("reserve", True))
            assert Obligation("meter", details) in decision.obligations


@pytest.mark.parametrize(("operation", "who"), CASES)
def test_s35_one_is_asked_for_where_the_host_does_not_say(guard: Guard, operation: str, who: str) -> None:
    """But for minutes: how many a call reserves has to be said."""
    at = {used: world.ask(guard, operation, limited(operation, limit=3, used=used, reserved=1) | {"quantity": world.GONE}, who=who)
          for used in (0, 1, 2)}  # fmt: skip
    codes = {used: decision.code for used, decision in at.items()}
    if operation == "voice.connect":
        assert set(codes.values()) == {"facts_unavailable"}
    else:
        assert codes == {0: None, 1: None, 2: "entitlement_limit_reached"}


@pytest.mark.parametrize(("operation", "who"), CASES)
def test_s35_the_denial_names_the_meter_and_where_to_see_it(guard: Guard, operation: str, who: str) -> None:
    """Its name, its title, when it resets, and Billing. Where no reset is told none is made up."""
    meter = tables.LIMITED[operation]
    decision = world.ask(guard, operation, limited(operation, used=10), who=who)
    assert (decision.code, decision.meter, decision.status) == ("entitlement_limit_reached", meter, 402)
    assert (decision.rules, decision.also) == ((tables.LIMIT_GATES[operation],), ())
    assert decision.retry_at == world.RESETS
    text = f"The limit of {tables.TITLES[meter]} is reached. See Billing for current limits, then top up or wait for "
    assert decision.remedy is not None
    assert decision.remedy.text == f"{text}2026-02-01T12:00:00Z."
    assert (decision.remedy.action, decision.remedy.target) == ("open", "billing/usage")
    untold = world.ask(guard, operation, limited(operation, used=10, resets_at=world.GONE), who=who)
    assert untold.retry_at is None
    assert untold.remedy is not None
    assert untold.remedy.text == f"{text}the next reset."


@pytest.mark.parametrize("meter", sorted(tables.PRODUCTION_METERS))
@pytest.mark.parametrize("state", ["exhausted", "gone", "malformed"])
def test_s35_a_meter_blocks_its_own_operation_and_no_other(guard: Guard, meter: str, state: str) -> None:
    """One meter exhausted, not told or unreadable: every operation that does not count on it is as it was."""
    path = f"entitlements.{meter}"
    states: dict[str, dict[str, object]] = {
        "exhausted": {f"{path}.used": 10}, "gone": {path: world.GONE}, "malformed": {path: "none"}
    }  # fmt: skip
    changes = states[state]
    for operation, who in world.ASKED:
        decision = world.ask(guard, operation, changes, who=who)
        if tables.LIMITED.get(operation) == meter:
            assert decision.code == ("entitlement_limit_reached" if state == "exhausted" else "facts_unavailable")
        else:
            assert decision == world.ask(guard, operation, who=who), operation


@pytest.mark.parametrize("state", [{"used": 10}, {"limit": 0}, {"used": 1000}, {"enabled": False}])
def test_s35_what_exists_is_untouched(guard: Guard, state: dict[str, object]) -> None:
    """Over the limit, existing agents are written, published and rolled back, members changed and removed, and all read."""
    changes = {
        f"entitlements.{meter}.{name}": value for meter in tables.PRODUCTION_METERS for name, value in state.items()
    }
    agent = Resource("agents", "agt_1", world.WORKSPACE)
    for who, channel in ((world.key("workspace:write"), "server"), (world.member("developer"), "dashboard")):
        for action in (
            "agents:write",
            "agents:read",
            "agents.publish",
            "agents.rollback",
            "knowledge:write",
            "tests:write",
        ):
            about = agent if action.startswith("agents") else LEFT_OUT
            assert guard.check(who, action, about, world.context(channel, changes)), action
    for action in ("members:change_role", "members.assign_role", "members:remove", "members.remove", "members.suspend"):
        about = world.about("members:remove")
        assert guard.check(world.member("owner"), action, about, world.context("dashboard", changes)), action


@pytest.mark.parametrize(("operation", "who"), CASES)
@pytest.mark.parametrize("used", [0, 10, 2**53 - 1])
def test_s35_unlimited_never_denies(guard: Guard, operation: str, who: str, used: int) -> None:
    """Whatever was used, with a limit told beside it or none, hard or soft."""
    for more in ({}, {"limit": 0}, {"limit": world.GONE}, {"kind": "hard"}, {"kind": "soft"}):
        decision = world.ask(guard, operation, limited(operation, unlimited=True, used=used, **more), who=who)
        assert decision.allowed
        assert decision.advice == ()
    told = world.ask(guard, operation, limited(operation, unlimited=False, used=10), who=who)
    assert told.code == "entitlement_limit_reached"


@pytest.mark.parametrize(("operation", "who"), CASES)
def test_s35_what_is_not_enabled_is_not_there(guard: Guard, operation: str, who: str) -> None:
    """Not even unlimited, not even softly."""
    for more in ({}, {"unlimited": True}, {"kind": "soft"}):
        decision = world.ask(guard, operation, limited(operation, enabled=False, **more), who=who)
        assert (decision.code, decision.meter) == ("entitlement_limit_reached", tables.LIMITED[operation])
    assert world.ask(guard, operation, limited(operation, enabled=True), who=who)


@pytest.mark.parametrize(("operation", "who"), CASES)
def test_s35_a_soft_limit_allows_and_says_so(guard: Guard, operation: str, who: str) -> None:
    """Beyond the limit with advice, up to it without; what is not said to be soft is hard."""
    title = tables.TITLES[tables.LIMITED[operation]]
    beyond = world.ask(guard, operation, limited(operation, kind="soft", used=10), who=who)
    assert beyond.allowed
    text = f"The soft limit of {title} is exceeded. See Billing."
    assert beyond.advice == (Advice("limit_exceeded_soft", text, "open", "billing/usage"),)
    within = world.ask(guard, operation, limited(operation, kind="soft", used=8), who=who)
    assert within.allowed
    assert within.advice == ()
    hard = world.ask(guard, operation, limited(operation, kind="hard", used=10), who=who)
    assert hard == world.ask(guard, operation, limited(operation, used=10), who=who)
    assert not hard


@pytest.mark.parametrize(("operation", "who"), CASES)
def test_s35_a_recharge_on_its_way_changes_what_is_said_and_nothing_else(
    guard: Guard, operation: str, who: str
) -> None:
    """It makes no balance: denied with the same code, meter and rules."""
    over = limited(operation, used=10)
    plain = world.ask(guard, operation, over, who=who)
    for state in ("on", "off", "failed"):
        assert world.ask(guard, operation, {**over, "wallet.auto_recharge": state}, who=who) == plain
    pending = world.ask(guard, operation, {**over, "wallet.auto_recharge": "pending"}, who=who)
    assert not pending
    assert replace(pending, remedy=plain.remedy) == plain
    assert pending.remedy is not None
    assert "a recharge is in progress" in pending.remedy.text
    assert (pending.remedy.action, pending.remedy.target) == ("wait", "billing/auto_recharge")
    allowed = world.ask(guard, operation, {"wallet.auto_recharge": "pending"}, who=who)
    assert allowed == world.ask(guard, operation, who=who)


@pytest.mark.parametrize("operation", sorted(tables.LIMITED))
def test_s35_each_has_a_switch(tmp_path: Path, operation: str) -> None:
    """Off, the meter is not looked at; advised, it is said with an allow; the other six stay as they were."""
    gate = tables.LIMIT_GATES[operation]
    off = world.switched(tmp_path / "off", [gate], "off")
    advised = world.switched(tmp_path / "advise", [gate], "advise")
    over = {f"entitlements.{meter}.used": 10 for meter in tables.PRODUCTION_METERS}
    for other in tables.LIMITED:
        silent, told = (world.ask(guard, other, over) for guard in (off, advised))
        assert silent.allowed is told.allowed is (other == operation)
        if other == operation:
            assert silent.advice == ()
            assert [each.code for each in told.advice] == ["entitlement_limit_reached"]
    unread = world.ask(advised, operation, {"entitlements": world.GONE})
    assert unread.allowed
    assert [each.code for each in unread.advice] == ["facts_unavailable"]
