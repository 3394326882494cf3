"""V47: numbers that crash a reader, lose digits or are no numbers at all (the part of policy files)."""

import pytest

from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source
from tests.yaml_trees import compose

OUT_OF_RANGE = {
    "one above 64 bits": "9223372036854775808",
    "one below 64 bits": "-9223372036854775809",
    "more digits than int() takes": "1" * 5000,
    "a million digits": "9" * 1_000_000,
    "a decimal that would be infinite": "9" * 400 + ".0",
    "a decimal with more digits than it can keep": "0." + "1" * 40,
}
NO_NUMBER = [".nan", ".NAN", ".inf", "-.inf", "1e400", "1e3", "0x10", "1_000"]


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
@pytest.mark.parametrize("written", OUT_OF_RANGE.values(), ids=OUT_OF_RANGE.keys())
def test_v47_numbers_out_of_range(written: str, loader: type) -> None:
    """A number that cannot be kept exactly is refused, whatever its length, and shown in short."""
    (found,) = read(Source("p.yaml", f"rank: {written}\n"), loader).findings

    assert (found.code, found.line, found.column) == ("SG113", 1, 7)
    assert len(str(found)) < 200


@pytest.mark.parametrize("written", NO_NUMBER)
def test_v47_no_infinity_and_no_exponent(written: str) -> None:
    """What is no plain decimal is refused rather than read as a number."""
    (found,) = read(Source("p.yaml", f"rank: {written}\n")).findings

    assert (found.code, found.line, found.column) == ("SG109", 1, 7)


def test_v47_the_ends_of_the_range() -> None:
    """The greatest and the least integer of 64 bits are read exactly."""
    text = "[9223372036854775807, -9223372036854775808, 0, -0, -1.5, 0.25]"

    assert compose(Source("p.yaml", text)).value() == [9223372036854775807, -9223372036854775808, 0, 0, -1.5, 0.25]


def test_v47_a_number_in_quotes_is_text() -> None:
    """Quotes decide the type, so "10" is never compared as a number."""
    assert compose(Source("p.yaml", "['10', \"10\", 10]")).value() == ["10", "10", 10]
