"""V30, V31: an answer outlives the time it was given for; an expired grant counts in some combination."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from(sorted(GUARD.catalog.scopes)), max_size=6),
    st.sampled_from(GUARD.catalog.permissions),
    st.sampled_from([*GUARD.catalog.channels, None]),
    st.booleans(),
)
def test_v31_expired_is_dead_in_every_combination(
    scopes: list[str], permission: str, channel: str | None, wide: bool
) -> None:
    """With whatever scopes, ceiling and channel: an expired key may do nothing."""
    key = Principal.api_key("k", workspace="w", scopes=scopes, ceiling=scopes if wide else None, expires_at=END)
    assert not GUARD.check(key, permission, context=Context(channel=channel, now=END))
    assert GUARD.permissions(key, Context(channel=channel, now=END)) == frozenset()
