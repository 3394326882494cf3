"""Which texts are keys, by their form alone."""

import re
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import RequestError
from scopeguard.keys import ParsedKey, build_key, checksum, parse_key
from scopeguard.keys.key_format import BASE62, generate_key

KEY = build_key("hyp", "k7Q", "x" * 32, environment="test")


def test_a_key_is_parsed_without_its_secret() -> None:
    """What is known of a key by its form says which one it is, and holds nothing of the secret."""
    assert parse_key(KEY, "hyp") == ParsedKey("k7Q", "test", f"hyp_...{KEY[-4:]}")
    assert parse_key(build_key("hyp", "k7Q", "x" * 32), "hyp") == ParsedKey("k7Q", None, "hyp_...X4bA")


@pytest.mark.parametrize(
    "text",
    ["", "hyp_", KEY[:-1], f"{KEY}0", f" {KEY}", f"{KEY}\n", KEY.replace("x", "y", 1), KEY.upper(), f"Bearer {KEY}",
     KEY.replace("hyp", "hyq"), KEY.replace("k7Q", "k\u0667Q"), KEY.replace("test", "tes"), "hyp_" + "a" * 100_000],
)  # fmt: skip
def test_what_is_no_key(text: str) -> None:
    """A character more or less, another prefix, or a checksum that does not fit: no key."""
    assert parse_key(text, "hyp") is None


@pytest.mark.parametrize(("text", "prefix"), [(KEY.encode(), "hyp"), (None, "hyp"), (KEY, "HYP"), (KEY, "")])
def test_malformed_questions(text: object, prefix: str) -> None:
    """What is no text, and a prefix that no key has, are refused without being spelled."""
    with pytest.raises(RequestError) as caught:
        parse_key(text, prefix)  # type: ignore[arg-type]
    assert "xxx" not in str(caught.value)


@given(st.text("abcXYZ019_", max_size=80))
def test_the_checksum_is_crc_32_in_base_62(body: str) -> None:
    """Digit by digit, the checksum is the number that zlib works out."""
    number = 0
    for digit in checksum(body):
        number = number * 62 + BASE62.index(digit)
    assert (len(checksum(body)), number) == (6, crc32(body.encode()))


def test_new_keys_are_long_and_never_the_same() -> None:
    """256 random bits, an id of 16 characters, and the form that is parsed."""
    made = [generate_key("hyp", "live") for _ in range(200)]
    assert len({key for _, key in made}) == len({key_id for key_id, _ in made}) == 200
    for key_id, key in made:
        assert re.fullmatch(r"hyp_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}", key)
        parsed = parse_key(key, "hyp")
        assert parsed is not None
        assert (parsed.id, parsed.environment) == (key_id, "live")
    assert set(BASE62) == {letter for _, key in made for letter in key.rpartition("_")[2]}
