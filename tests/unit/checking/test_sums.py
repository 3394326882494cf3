"""What truth tables know of sums, counts and types is so, whatever is read."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard.checking.truth_tables import Truths
from scopeguard.errors import EvaluationError
from scopeguard.semantics.built_in_variables import names_of
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.name_resolution import Resolution
from scopeguard.syntax.parser import parse_condition

_TYPES = {
    "n": "int",
    "m": "int",
    "u": "uint",
    "d": "double",
    "t": "string",
    "l": "list(int)",
    "at": "timestamp",
    "took": "duration",
}
NAMES = names_of({"resource": _TYPES})
_VALUES = {
    "resource.n": (-3, -2, -1, 0, 1, 2, 3, 7),
    "resource.m": (-2, -1, 0, 1, 2, 5),
    "resource.d": (-1.5, 0.0, 0.1, 1.0, 1e300),
    "resource.t": ("", "a", "ab"),
    "resource.l": ((), (1,), (1, 2)),
    "resource.at": tuple(
        datetime.fromisoformat(f"2026-{text}+00:00")
        for text in ("01-01T00:00:00", "03-01T12:30:59.999", "12-31T23:59:00")
    ),
    "resource.took": (timedelta(0), timedelta(seconds=-1), timedelta(days=2, microseconds=1)),
}
_COUNTED = ("size(resource.t)", "size(resource.l)", 'resource.t.indexOf("b")', "math.abs(resource.n)", "math.sign(resource.m)",
            "resource.at.getHours()", "resource.at.getDayOfWeek()", "resource.at.getDate()", "resource.at.getMonth()",
            "resource.at.getDayOfMonth()", "resource.at.getDayOfYear()", "resource.at.getMilliseconds()",
            "resource.took.getHours()", "resource.took.getSeconds()", "resource.at.getFullYear()",
            'resource.t.split("a").size()', 'resource.t.split("a", 2).size()', 'size(resource.t.split("b", 0))',
            'resource.t.split("").size()', 'resource.t.split("a", -1).size()', "math.greatest(resource.n, 2)",
            "math.least(resource.n, resource.m)", "math.least([resource.m, math.abs(resource.n), 1])",
            "size(resource.l + [1, resource.n])", '(resource.t + "a").size()', "[resource.n, 1][1]",
            '{"x": resource.n, "y": 2}["y"]', '{"x": resource.n}.x', "(resource.n > 0 ? resource.m : resource.m)")  # fmt: skip
_OF_DOUBLES = ("math.abs(@)", "math.sign(@)", "(@ * @)", "math.greatest(@, 0.0)", "math.least([@, 1.0])",
               "math.abs(math.least(@, resource.d))", "math.greatest(math.abs(@), -1.0)", "math.sqrt(@)")  # fmt: skip
_ORDERS = ("==", "!=", "<", "<=", ">", ">=")


def _whole(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.3:
        terms = ("resource.n", "resource.n", "resource.m", str(random.randint(-3, 3)), random.choice(_COUNTED))
        return random.choice(terms)
    left = _whole(random, depth - 1)
    right = left if random.random() < 0.2 else _whole(random, depth - 1)
    operator = random.choice("+-+-*%/")
    return f"-({left})" if random.random() < 0.1 else f"({left} {operator} {right})"


def _of_time(random: Random, depth: int, *, moment: bool) -> str:
    if depth == 0 or random.random() < 0.3:
        spans = ("resource.took", 'duration("1s")', "(resource.at - resource.at)")
        return random.choice(("resource.at", 'timestamp("2026-03-01T00:00:00Z")') if moment else spans)
    span = _of_time(random, depth - 1, moment=False)
    if moment:
        return f"({_of_time(random, depth - 1, moment=True)} {random.choice('+-')} {span})"
    return f"({_of_time(random, depth - 1, moment=False)} {random.choice('+-')} {span})"


def _double(random: Random) -> str:
    left = random.choice(("resource.d", "0.0", "1.0"))
    if random.random() < 0.4:
        return random.choice(_OF_DOUBLES).replace("@", random.choice(("resource.d", "(resource.d / 0.0)", "-1.0")))
    return f"({left} {random.choice('-*+/')} {random.choice(('resource.d', '0.0', left))})"


def _clause(random: Random) -> str:
    order = random.choice(_ORDERS)
    match random.randrange(9):
        case 0:
            moment = random.random() < 0.5
            return f"{_of_time(random, 2, moment=moment)} {order} {_of_time(random, 2, moment=moment)}"
        case 1:
            return f"{_double(random)} {order} {_double(random)}"
        case 2:
            name = random.choice(list(_VALUES))
            kind = random.choice(("int", "double", "string", "list", "google.protobuf.Timestamp"))
            return f"type({name}) {random.choice(('==', '!='))} {kind}"
        case 3:
            return f"{_whole(random, 1)} in [{_whole(random, 1)}, {random.randint(-2, 2)}]"
        case 4:
            return f"{random.randint(0, 2)} in resource.l + [{_whole(random, 1)}]"
    return f"{_whole(random, 2)} {order} {_whole(random, 2)}"


def condition(random: Random) -> str:
    """One to three comparisons."""
    clauses = [_clause(random) for _ in range(random.randint(1, 3))]
    return random.choice((" && ", " || ")).join(clauses)


def _requests(random: Random) -> Iterator[dict[str, object]]:
    for _ in range(60):
        yield {name: random.choice(values) for name, values in _VALUES.items()}


def settled(text: str) -> bool | None:
    """What the truth table says of a condition."""
    return Truths(NAMES).settled(Resolution.of(parse_condition(text), NAMES).tree)


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_is_settled_has_no_other_value(random: Random) -> None:
    """A condition that is said to have one truth only never has the other one."""
    text = condition(random)
    found = settled(text)
    if found is None:
        return
    tree = Resolution.of(parse_condition(text), NAMES).tree
    for request in _requests(random):
        try:
            value = Interpreter(tree, NAMES).evaluate(request)
        except EvaluationError:
            continue
        assert value is found, (text, request)


@pytest.mark.parametrize(
    "text",
    [
        'resource.t.split(" ").size() >= 1',
        'resource.t.split(" ", 0).size() == 0',
        'size(resource.t.split(",", 2)) in [1, 2]',
        "math.greatest(resource.n, 3) >= 3",
        "math.least([resource.n, resource.m, 3]) < 4",
        "math.greatest(size(resource.t), resource.n) >= 0",
        "math.abs(resource.d) >= 0.0",
        "-1.0 < math.abs(resource.d)",
        "!(math.abs(resource.d) < 0.0)",
        "math.sign(resource.d) <= 1.0",
        "resource.d * resource.d >= 0.0",
        "math.greatest(resource.d, 3.5) > 3.0",
        "math.least(math.abs(resource.d), 2.5) >= 0.0",
        "size(resource.l) >= 0.0",
        "resource.n >= -9223372036854775808",
        "resource.u <= 18446744073709551615u",
        'size(resource.t + "x") >= 1',
        "([1] + resource.l).size() > 0",
        "1 in resource.l + [1]",
        '[resource.t, "x"][1] == "x"',
        '{"x": resource.t, "y": 1}["y"] == 1',
        '{"x": resource.t, "y": 1}.y == 1',
        'has({"x": resource.t}.x)',
        "[[resource.n, 1], [2]][1][0] == 2",
        '(resource.n == 1 ? "x" : "x") == "x"',
        'resource.t.lowerAscii().startsWith("")',
    ],
)
def test_one_truth_only(text: str) -> None:
    """What follows from literals, and from what functions can come to, is seen."""
    assert settled(text) is True


@pytest.mark.parametrize(
    "text",
    [
        'resource.t.split("").size() >= 1',
        'resource.t.split(" ", resource.n).size() >= 1',
        'resource.t.split(" ").size() >= 2',
        'resource.t.split(" ", 3).size() < 3',
        "math.greatest(resource.n, 3) <= 3",
        "math.least(resource.n, 3) >= 3",
        "math.abs(resource.d) > 0.0",
        "math.abs(resource.d / resource.d) >= 0.0",
        "math.sqrt(resource.d) >= 0.0",
        "math.greatest(resource.d / 0.0, 3.0) >= 3.0",
        "(resource.d / resource.d) * (resource.d / resource.d) >= 0.0",
        "math.sign(resource.d) < 1.0",
        "resource.n > -9223372036854775808",
        "2 in resource.l + [1]",
        'size(resource.t + "x") >= 2',
        '[resource.t, "x"][0] == "x"',
        '["x", resource.t][?1].hasValue() && resource.t == "x"',
        '[resource.t, "x"][resource.n] == "x"',
        '[?optional.of(resource.t), "x"][1] == "x"',
        '{"x": resource.t, "y": "x"}["x"] == "x"',
        '(resource.n == 1 ? "x" : resource.t) == "x"',
    ],
)
def test_either_truth(text: str) -> None:
    """What comes near to it without being it is left open."""
    assert settled(text) is None
