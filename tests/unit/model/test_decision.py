"""A decision as a text, and what it says of what the host must do."""

from datetime import UTC, datetime

from scopeguard import Advice, Decision, Obligation, Remedy

ALLOWED = Decision(
    "allow", "agents:write", None, "It is held", "digest", operation="agents.publish",
    advice=(Advice("payment_grace", "Pay soon"), Advice("low")), redact=("secrets", "keys"),
    obligations=(Obligation("audit"), Obligation("meter", (("meter", "runs"), ("quantity", 2), ("reserve", True)))),
)  # fmt: skip
DENIED = Decision(
    "deny", "agents:write", "scope_missing", "It is not held", "digest", needed=("agents:read", "agents:write"),
    remedy=Remedy("Ask for it"), retry_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), also=("wallet_empty", "frozen"),
)  # fmt: skip


def test_a_decision_is_a_text_that_says_everything() -> None:
    """One line a part, and none for a part that is not there."""
    assert str(ALLOWED).splitlines() == [
        "allow agents.publish: It is held",
        "  advice: Pay soon",
        "  advice: low",
        "  redact: secrets, keys",
        "  must meter: meter runs, quantity 2, reserve True",
    ]
    assert str(DENIED).splitlines() == [
        "deny agents:write [scope_missing]: It is not held",
        "  needed: agents:read agents:write",
        "  remedy: Ask for it",
        "  retry: at 2026-01-02T03:04:00Z",
        "  also: wallet_empty, frozen",
    ]
    assert str(Decision("allow", "agents:read", None, "It is held", "digest")) == "allow agents:read: It is held"


def test_an_allow_is_told_as_such_over_http() -> None:
    """By the status of a request that went well, where nothing else is said."""
    assert ALLOWED.status == 200


def test_the_details_of_an_obligation_are_read_by_their_types() -> None:
    """What is of another type is no meter and no quantity; true is no number."""
    _, metered = ALLOWED.obligations
    assert (metered.meter, metered.quantity, metered.reserve) == ("runs", 2, True)
    late = Obligation("meter", (("unit", "word"), ("size", 3), ("meter", "runs"), ("quantity", 2)))
    assert (late.meter, late.quantity, late.reserve) == ("runs", 2, False)
    odd = Obligation("meter", (("meter", 1), ("quantity", True), ("reserve", False)))
    assert (odd.meter, odd.quantity, odd.reserve) == (None, None, False)
    assert (Obligation("audit").meter, Obligation("audit").quantity, Obligation("audit").reserve) == (None, None, False)
