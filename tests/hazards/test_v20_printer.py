"""V20: printing a policy changes what it means (OPA CVE-2022-23628)."""

import pytest

from scopeguard.syntax.parser import parse_condition
from scopeguard.syntax.printer import print_expression

LOOK_ALIKES = [
    ("a && b || c", "a && (b || c)"), ("!a && b", "!(a && b)"), ("a - b - c", "a - (b - c)"), ("a == b == c", "a == (b == c)"),
    ("a ? b : c ? d : e", "(a ? b : c) ? d : e"), ("-a.b", "(-a).b"), ("!a.b", "(!a).b"), ("a in b in c", "a in (b in c)"),
    ("a + b * c", "(a + b) * c"), ("a < b == c", "a < (b == c)"), ("-1", "-(1)"), ("1", "1u"), ("1", "1.0"), ("'1'", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), LOOK_ALIKES)
def test_v20_printer(left: str, right: str) -> None:
    """Each of two look-alikes prints to a text that means itself, and not the other; printing again changes nothing."""
    texts = [print_expression(parse_condition(text)) for text in (left, right)]
    assert parse_condition(texts[0]) == parse_condition(left)
    assert parse_condition(texts[1]) == parse_condition(right)
    assert texts[0] != texts[1]
    assert [print_expression(parse_condition(text)) for text in texts] == texts
