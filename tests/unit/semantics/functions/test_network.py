"""Functions of addresses and networks, beyond what the conformance suite shows: edges, errors and bounds."""

import pytest

from tests.unit.semantics.functions.evaluating import EVALUATORS, check_error, check_value

VALUES: tuple[tuple[str, object], ...] = (
    ("isIP('::1')", True),
    ("isIP('1.2.3')", False),
    ("isIP('01.2.3.4')", False),
    ("isCIDR('10.0.0.0/8')", True),
    ("isCIDR('10.0.0.0/255.0.0.0')", False),
    ("isCIDR('10.0.0.0/08')", False),
    ("isCIDR('10.0.0.0/\u0668')", False),
    ("isCIDR('fe80::1%eth0/64')", False),
    ("isCIDR('0.0.0.0/0')", True),
    ("isCIDR('10.0.0.0/33')", False),
    ("isCIDR('10.0.0.0')", False),
    ("ip.isCanonical('::ffff:c0a8:1')", False),
    ("string(ip('2001:DB8:0::1'))", "2001:db8::1"),
    ("string(cidr('10.1.2.3/8'))", "10.1.2.3/8"),
    ("string(cidr('10.1.2.3/8').masked())", "10.0.0.0/8"),
    ("cidr('10.0.0.0/8').containsIP('10.9.9.9')", True),
    ("cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", False),
    ("ip('8.8.8.8').isGlobalUnicast()", True),
    ("ip('ff12::1').isLinkLocalMulticast()", True),
)  # fmt: skip
FAILING: tuple[tuple[str, str], ...] = (
    ("ip('fe80::1%en0')", "not an ip address"),
    ("ip('::ffff:1.2.3.4')", "an ipv4 address written as ipv6"),
    ("cidr('1.2.3.4')", "not a cidr"),
)  # fmt: skip


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("source", "expected"), VALUES)
def test_a_value(source: str, expected: object, evaluator: str) -> None:
    """Both evaluators give the value, and it has the type expected."""
    check_value(source, expected, evaluator)


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize(("source", "message"), FAILING)
def test_an_error(source: str, message: str, evaluator: str) -> None:
    """Both evaluators refuse with the same words."""
    check_error(source, message, evaluator)
