"""V47 for facts: numbers that overflow, are no numbers or are of another kind decide nothing by accident."""

from pathlib import Path
from typing import Any

import pytest

from scopeguard import Guard
from tests.hazards.gated import WRITER, context, load

GREATEST = 2**63 - 1
LIMIT, USED, RESERVED = (f"entitlements.sheets.{name}" for name in ("limit", "used", "reserved"))


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """The small pack with its gates."""
    return load(tmp_path_factory.mktemp("pack"))


def code(guard: Guard, operation: str = "notes.add", /, **changes: Any) -> str | None:
    """The code of an operation with some facts."""
    paths = {"limit": LIMIT, "used": USED, "reserved": RESERVED, "quantity": "quantity"}
    told = {paths.get(name, name): value for name, value in changes.items()}
    return guard.check(WRITER, operation, context=context(told)).code


@pytest.mark.parametrize(
    ("limit", "used", "reserved", "quantity"),
    [
        (GREATEST, GREATEST, 0, 1),
        (GREATEST, 0, GREATEST, 1),
        (GREATEST, 1, 1, GREATEST),
        (GREATEST, GREATEST, GREATEST, GREATEST),
        (0, GREATEST, GREATEST, 2),
        (GREATEST, GREATEST - 1, 1, 1),
        (3, 2**62, 2**62, 1),
    ],
)
def test_v47_a_sum_beyond_the_range_is_no_small_number(
    guard: Guard, limit: int, used: int, reserved: int, quantity: int
) -> None:
    """The sum used + reserved + requested overflows: denied as unknown, and never wrapped round to something that fits."""
    assert code(guard, limit=limit, used=used, reserved=reserved, quantity=quantity) == "facts_unavailable"


def test_v47_up_to_the_end_of_the_range_sums_are_exact(guard: Guard) -> None:
    """The greatest numbers that have a sum: exactly at the limit allowed, one beyond it denied."""
    assert code(guard, limit=GREATEST, used=GREATEST - 2, reserved=1, quantity=1) is None
    assert code(guard, limit=GREATEST - 1, used=GREATEST - 2, reserved=1, quantity=1) == "entitlement_limit_reached"
    # Beyond what a double can tell apart.
    assert code(guard, limit=2**53, used=2**53 - 1, reserved=0, quantity=1) is None
    assert code(guard, limit=2**53, used=2**53, reserved=0, quantity=1) == "entitlement_limit_reached"
    assert code(guard, limit=2**53 + 1, used=2**53 - 1, reserved=1, quantity=1) is None


@pytest.mark.parametrize(("used", "quantity"), [(GREATEST, 1), (1, GREATEST), (GREATEST, GREATEST), (GREATEST - 1, 2)])
def test_v47_buckets_too(guard: Guard, used: int, quantity: int) -> None:
    """The sum of a bucket."""
    told: dict[str, Any] = {"fair_use.trials.limit": GREATEST, "fair_use.trials.used": used, "quantity": quantity}
    assert code(guard, "notes.try", **told) == "facts_unavailable"
    exact: dict[str, Any] = {"fair_use.trials.limit": GREATEST, "fair_use.trials.used": GREATEST - 1, "quantity": 1}
    assert code(guard, "notes.try", **exact) is None


@pytest.mark.parametrize("name", ["limit", "used", "reserved", "quantity"])
@pytest.mark.parametrize("value", [True, False, 1.0, 0.0, -0.0, 1e300, "1", b"1", "9" * 30], ids=repr)
def test_v47_what_looks_like_a_number_is_none(guard: Guard, name: str, value: object) -> None:
    """A truth value is no 1, a decimal no whole number, a text no number, however it compares in Python."""
    assert code(guard, **{"limit": 10, "used": 0, "reserved": 0, name: value}) == "facts_unavailable"


@pytest.mark.parametrize("name", ["limit", "used", "reserved", "quantity"])
@pytest.mark.parametrize("value", [-1, -(2**63), -GREATEST])
def test_v47_a_number_below_zero_makes_no_room(guard: Guard, name: str, value: int) -> None:
    """Neither a refund in *used* nor one in *reserved*, nor a negative request, opens a limit that is reached."""
    assert code(guard, **{"limit": 1, "used": 1, "reserved": 1, name: value}) == "facts_unavailable"


def test_v47_nothing_requested_is_no_request(guard: Guard) -> None:
    """Zero of something is not asked for; not to say how much is one."""
    assert code(guard, used=3, reserved=0, quantity=0) == "facts_unavailable"
    assert code(guard, used=3, reserved=0, quantity=1) == "entitlement_limit_reached"
    assert code(guard, used=3, reserved=0) == "entitlement_limit_reached"
    assert code(guard, used=2, reserved=0) is None


def test_v47_a_quantity_that_is_none_is_not_passed_on(tmp_path: Path) -> None:
    """Where the gate only advises, the host is not told to reserve what is no number; nor anything negative."""
    advising = load(tmp_path, "advise")
    for quantity, passed in ((2, {"quantity": 2}), (True, {}), ("2", {}), (-2, {}), (0, {}), (2.0, {})):
        decision = advising.check(WRITER, "notes.add", context=context({"quantity": quantity}))
        (obligation,) = decision.obligations
        assert dict(obligation.details) == {"meter": "sheets", **passed, "reserve": True}
