"""V32: numbers chosen to share a hash fill a table in quadratic time."""

import pytest

from scopeguard import Context, Principal, RequestError


def test_v32_hash_flooding() -> None:
    """Integers that could be made to share a hash are out of range, and no value of a request is a key of the cache."""
    with pytest.raises(RequestError, match="64-bit"):
        Context(facts={"n": [factor * (2**61 - 1) for factor in range(1, 3000)]})
    flooding = Context(facts={"n": [factor * (2**61 - 1) for factor in (1, 2, 3, -1)]})
    assert hash(flooding) == hash(Context())
    members = [
        Principal.member(f"m{number}", workspace="w", attributes={"n": number * (2**61 - 1)}) for number in range(3)
    ]
    assert len({member.shape for member in members}) == 1
