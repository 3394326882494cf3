"""V31: an expired grant counts where it stands beside others (SpiceDB GHSA-w278-32qg-48q5)."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard import Context, Guard, Principal

GUARD = Guard.default()
END = datetime(2026, 1, 1, tzinfo=UTC)


@settings(deadline=None, max_examples=25)
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
