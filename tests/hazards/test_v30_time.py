"""V30: an answer outlives the time it was given for (SpiceDB 1.54 to 1.57)."""

from datetime import UTC, datetime, timedelta

from scopeguard import Context, Guard, Principal

GUARD = Guard.default()
END = datetime(2026, 1, 1, tzinfo=UTC)
START = END - timedelta(days=1)


def test_v30_no_answer_outlives_its_time() -> None:
    """The same key asked to and fro across both its bounds gets the answer of each moment, however warm the cache."""
    key = Principal.api_key("k", workspace="w", scopes="agents:read", not_before=START, expires_at=END)
    second = timedelta(seconds=1)
    moments = {START - second: "credential_not_yet_valid", START: None, END - second: None, END: "credential_expired",
               END + second: "credential_expired"}  # fmt: skip
    for _ in range(3):
        for now, code in moments.items():
            assert GUARD.check(key, "agents:read", context=Context(channel="server", now=now)).code == code
    elsewhere = END.astimezone(tz=None)
    assert (
        GUARD.check(key, "agents:read", context=Context(channel="server", now=elsewhere)).code == "credential_expired"
    )


def test_v30_without_a_time_nothing_with_bounds_is_valid() -> None:
    """No check looks at a clock: where the host gave no time, a key with an end is denied, and one without is not."""
    bounded = Principal.api_key("k", workspace="w", scopes="agents:read", expires_at=END)
    decision = GUARD.check(bounded, "agents:read", context=Context(channel="server"))
    assert (decision.code, decision.status, decision.rules) == ("context_incomplete", 500, ("credential.time-untold",))
    begins = Principal.api_key("k", workspace="w", scopes="agents:read", not_before=START)
    assert GUARD.check(begins, "agents:read", context=Context(channel="server")).code == "context_incomplete"
    # What is known of the credential is told before what is not known of the request.
    revoked = Principal.api_key("k", workspace="w", scopes="agents:read", expires_at=END, revoked=True)
    assert GUARD.check(revoked, "agents:read", context=Context(channel="server")).code == "credential_revoked"
    free = Principal.api_key("k", workspace="w", scopes="agents:read")
    assert GUARD.check(free, "agents:read", context=Context(channel="server")).rules == ("scope:agents:read",)
