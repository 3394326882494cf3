"""Functions of the extensions beyond what the conformance suite shows: edges, errors and bounds."""

import math
from typing import Any

import pytest

from scopeguard import cel
from scopeguard.limits import MAX_VALUE_SIZE

VALUES: tuple[tuple[str, object], ...] = (
    ("'héllo'.charAt(1)", "é"),
    ("'abc'.charAt(3)", ""),
    ("'abcabc'.indexOf('c', 3)", 5),
    ("'abc'.indexOf('', 3)", 3),
    ("'abcabc'.lastIndexOf('abc', 2)", 0),
    ("['a'].join('-')", "a"),
    ("[].join('-')", ""),
    ("'ÀBC'.lowerAscii()", "Àbc"),
    ("'aaa'.replace('a', 'b', 2)", "bba"),
    ("'aaa'.replace('a', 'b', 0)", "aaa"),
    ("'ab'.replace('', '-')", "-a-b-"),
    ("'ab'.replace('', '-', 2)", "-a-b"),
    ("'a,b,c'.split(',', 2)", ["a", "b,c"]),
    ("'a,b'.split(',', 0)", []),
    ("'abc'.split('')", ["a", "b", "c"]),
    ("'abc'.split('', 2)", ["a", "bc"]),
    ("''.split('')", []),
    ("'abc'.reverse()", "cba"),
    ("'\\u3000a\\u00a0'.trim()", "a"),
    ("'\\u001ca'.trim()", "\x1ca"),
    ("strings.quote('a\\n\"\\\\')", '"a\\n\\"\\\\"'),
    ("'%d%%'.format([7])", "7%"),
    ("'%s'.format([b'a'])", "a"),
    ("'%s'.format([optional_type])", "optional_type"),
    ("'%x'.format([-30])", "-1e"),
    ("'%b'.format([true])", "1"),
    ("'%.0e'.format([1500.0])", "2e+03"),
    ("'%s %s'.format([{'b': 1, 'a': [null]}, 'x'])", "{a: [null], b: 1} x"),
    ("math.round(0.49999999999999994)", 0.0),
    ("math.round(2.5)", 3.0),
    ("math.round(-2.5)", -3.0),
    ("math.round(4503599627370497.0)", 4503599627370497.0),
    ("math.ceil(1.2)", 2.0),
    ("math.trunc(-1.9)", -1.0),
    ("math.sqrt(16)", 4.0),
    ("math.greatest([1, 2, 3])", 3),
    ("math.least(3, 1.5, 2u)", 1.5),
    ("math.greatest(1, 1.0)", 1),
    ("math.sign(-0.0)", -0.0),
    ("math.bitShiftLeft(1, 63)", -(2**63)),
    ("math.bitShiftRight(-1, 63)", 1),
    ("math.bitNot(0u)", cel.UInt(2**64 - 1)),
    ("base64.encode(b'\\xff\\xfe')", "//4="),
    ("base64.decode('//4')", b"\xff\xfe"),
    ("isIP('::1')", True),
    ("isIP('1.2.3')", False),
    ("isIP('01.2.3.4')", False),
    ("isCIDR('10.0.0.0/8')", True),
    ("isCIDR('10.0.0.0/255.0.0.0')", False),
    ("isCIDR('10.0.0.0/08')", False),
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
    ("[1, 2].first().value()", 1),
    ("[1, 2][dyn(1.0)]", 2),
    ("[1, 2][dyn(1u)]", 2),
    ("[].last().hasValue()", False),
    ("optional.unwrap([optional.of(1), optional.none()])", [1]),
    ("[optional.of(1), optional.none()].unwrapOpt()", [1]),
    ("optional.ofNonZeroValue(duration('0s')).hasValue()", False),
    ("optional.ofNonZeroValue(timestamp('2024-01-01T00:00:00Z')).hasValue()", True),
    ("optional.of(1).or(optional.of(1 / 0)).value()", 1),
    ("optional.of(1).orValue(1 / 0)", 1),
    ("size({1: 'a', true: 'b', 1.0 == 1.0: 'c'}.map(k, k)) == 2 || true", True),
    ("{1: 'a', true: 'b'}[1]", "a"),
    ("{1: 'a', true: 'b'}[true]", "b"),
    ("{true: 'b', 1: 'a'} == {1: 'a', true: 'b'}", True),
    ("[1, 2].transformMap(i, v, v * 2)", {0: 2, 1: 4}),
    ("{'a': 1}.transformMapEntry(k, v, {v: k})", {1: "a"}),
    ("cel.bind(x, 2, x * x)", 4),
    ("'a1'.matches('^[a-z][0-9]$')", True),
)  # fmt: skip
FAILING: tuple[tuple[str, str], ...] = (
    ("'abc'.charAt(4)", "index out of range: 4"),
    ("'abc'.lastIndexOf('a', -1)", "index out of range: -1"),
    ("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
    ("dyn(['a', 1]).join()", "no such overload"),
    ("'%d'.format([1.5])", "%d does not take double"),
    ("'%f'.format([1])", "%f does not take int"),
    ("'%s'.format([ip('::1')])", "%s does not take ip"),
    ("'%q'.format([1])", 'unknown clause "%q"'),
    ("'%'.format([1])", 'unknown clause "%"'),
    ("'%.9999f'.format([1.0])", "a precision over 1000"),
    ("'%d %d'.format([1])", "index 1 out of range"),
    ("math.abs(-9223372036854775808)", "int overflow"),
    ("math.greatest([])", "an empty list has no greatest and no least number"),
    ("math.greatest(dyn(['a']))", "no such overload"),
    ("math.bitShiftLeft(1, -1)", "negative offset"),
    ("base64.decode('*')", "not a text in base64"),
    ("base64.decode('é')", "not a text in base64"),
    ("ip('fe80::1%en0')", "not an ip address"),
    ("ip('::ffff:1.2.3.4')", "an ipv4 address written as ipv6"),
    ("cidr('1.2.3.4')", "not a cidr"),
    ("optional.none().value()", "the optional has no value"),
    ("dyn([1]).unwrapOpt()", "unwrap takes a list of optionals"),
    ("dyn(1).optMap(x, x)", "no such overload"),
    ("{'a': 1, 'a': 2}", "a map has the same key twice"),
    ("{dyn(1.5): 1}", "double is not a type of keys"),
    ("[1][1]", "index out of range"),
    ("[1][-1]", "index out of range"),
    ("[1][dyn(1e300)]", "index out of range"),
    ("[1][dyn(0.5)]", "no such overload"),
    ("[1][dyn(0.0 / 0.0)]", "no such overload"),
    ("[1][dyn('a')]", "no such overload"),
    ("{'a': 1}.b", "no such key"),
    ("dyn(1).b", "no such overload"),
    ("5 % 0", "modulus by zero"),
    ("5 / 0", "divide by zero"),
    ("5u - 6u", "uint overflow"),
    ("-9223372036854775808 % -1", "int overflow"),
    ("[1].all(x, dyn(x))", "no such overload: int is no bool"),
    ("{'a': 1, 'b': 2}.transformMapEntry(k, v, {0: v})", "a map has the same key twice"),
)  # fmt: skip


@pytest.mark.parametrize("evaluator", ["evaluate", "reference"])
@pytest.mark.parametrize(("source", "expected"), VALUES)
def test_a_value(source: str, expected: object, evaluator: str) -> None:
    """Both evaluators give the value, and it has the type expected."""
    value: Any = getattr(cel.compile(source), evaluator)({})
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("evaluator", ["evaluate", "reference"])
@pytest.mark.parametrize(("source", "message"), FAILING)
def test_an_error(source: str, message: str, evaluator: str) -> None:
    """Both evaluators refuse with the same words."""
    with pytest.raises(cel.CelEvaluationError) as caught:
        getattr(cel.compile(source), evaluator)({})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "source",
    [
        "s + s",
        "s.replace('a', 'aa')",
        "[s, s].join()",
        "'%s%s'.format([s, s])",
        "strings.quote(s + 'a')",
        "size(items + items) > 0",
        "y + y",
    ],
)
def test_nothing_grows_without_an_end(source: str) -> None:
    """What an expression makes is bounded in size, so that doubling cannot exhaust the process."""
    size = MAX_VALUE_SIZE
    given = {"s": "a" * size, "y": b"a" * size, "items": [0] * size}
    with pytest.raises(cel.CelEvaluationError, match=f"a value larger than {size}"):
        cel.compile(source, variables={"s": "string", "y": "bytes", "items": "list(int)"}).evaluate(given)


def test_nan_is_not_a_sign() -> None:
    """NaN stays NaN through what has no answer for it."""
    for source in ("math.sign(0.0 / 0.0)", "math.sqrt(-1.0)", "math.round(0.0 / 0.0)", "math.ceil(0.0 / 0.0)"):
        assert math.isnan(cel.compile(source).evaluate({}))
