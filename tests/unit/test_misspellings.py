"""Which known word a misspelt one can only be."""

import pytest

from scopeguard.errors import did_you_mean
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


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("resource.owner", "resource.id resource.surface", None),
        ("context.frozen", "context.now context.channel", None),
        ("principal.attributes", "principal.roles principal.team", None),
        ("context.principal", "context.ip context.now", None),
        ("mail:purge", "mail:read mail:write", None),
        ("mail:raed", "mail:read mail:write", "mail:read"),
        ("mial:read", "mail:read mail:write", "mail:read"),
        ("context.ready", "context.facts.ready context.now", "context.facts.ready"),
        ("context.facts.walet", "context.facts.wallet.status context.facts.ready", "context.facts.wallet.status"),
        ("context.facts.wallet.statsu", "context.facts.wallet.status context.facts.ready", "context.facts.wallet.status"),
        ("mail:raed/m_1", "mail:read mail:write", "mail:read"),
        ("editr/mail:m_1", "editor viewer", "editor"),
        ("contxt.now", "context.now context.channel", "context.now"),
        (".", "context.now", None),
        ("", "context.now", None),
    ],
)  # fmt: skip
def test_what_names_have_in_common_is_no_likeness(word: str, known: str, expected: str | None) -> None:
    """A name of the same namespace is near by what is its own, and not by the name of the namespace."""
    hint = did_you_mean(word, known.split())
    assert (None if hint is None else str(hint)) == (None if expected is None else f'did you mean "{expected}"?')
