"""Which known word a misspelt one can only be."""

import pytest

from scopeguard.misspellings import only_reading


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("chanel", "channel kinds", "channel"),
        ("channnel", "channel", "channel"),
        ("channl", "channel", "channel"),
        ("chznnel", "channel", "channel"),
        ("cahnnel", "channel", "channel"),
        ("channel_", "channel", "channel"),
        ("Api-Key", "api_key", "api_key"),
        ("READ", "read", "read"),
        ("raed", "read", "read"),
        ("ip", "id", None),
        ("now", "not", None),
        ("read", "read", None),
        ("reax", "read real", None),
        ("reader", "read", None),
        ("daer", "read", None),
        ("unpublish", "publish", None),
        ("disable", "enable", None),
        ("tier_1", "tier_2", None),
        ("tier_1", "tier_12", None),
        ("tier_12", "tier_21", None),
        ("read", "", None),
    ],
)
def test_only_reading(word: str, known: str, expected: str | None) -> None:
    """One slip in a word of some length, with one word alone that it can be a slip of; no digits."""
    assert only_reading(word, known.split()) == expected
