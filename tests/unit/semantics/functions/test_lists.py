"""Functions of lists: their values, and what they refuse."""

from datetime import UTC, datetime, timedelta

import pytest

from scopeguard import cel
from tests.unit.semantics.functions.evaluating import EVALUATORS, check_error, check_value

VALUES: tuple[tuple[str, object], ...] = (
    ("[3, 1, 2].sort()", [1, 2, 3]),
    ("['b', 'ab', 'B', 'ä'].sort()", ["B", "ab", "b", "ä"]),
    ("[true, false].sort()", [False, True]),
    ("[2.5, -1.0].sort()", [-1.0, 2.5]),
    ("[b'b', b'a'].sort()", [b"a", b"b"]),
    ("[duration('1s'), duration('1ns')].sort()[1] == duration('1s')", True),
    ("[timestamp('2024-01-01T00:00:00+02:00'), timestamp('2023-12-31T21:00:00Z')].sort()[0].getHours() == 21", True),
    ("['2024-01-01T00:00:00.000000002Z', '2024-01-01T00:00:00.000000001Z'].map(t, timestamp(t)).sort().map(t, string(t).charAt(28))",
     ["1", "2"]),
    ("[].sort()", []),
    ("[].sort() == ['a']", False),
    ("[dyn(['b', 'a'])].flatten().sort() == ['a', 'b']", True),
    ("[1, 2, 2, 3, 3, 3].distinct()", [1, 2, 3]),
    ("['b', 'b', 'c', 'a', 'c'].distinct()", ["b", "c", "a"]),
    ("[1, 1.0, 1u, 2].distinct() == [1, 2]", True),
    ("[true, false, true].distinct()", [True, False]),
    ("[[1], [2], [1.0]].distinct()", [[1], [2]]),
    ("[1, 'b', 2, 'b'].distinct()", [1, "b", 2]),
    ("[].distinct()", []),
    ("[1, 2, 3, 4].slice(1, 3)", [2, 3]),
    ("[1, 2, 3, 4].slice(2, 4)", [3, 4]),
    ("[1].slice(1, 1)", []),
    ("[1, [2, 3], [4]].flatten()", [1, 2, 3, 4]),
    ("[1, [2, [3, 4]]].flatten()", [1, 2, [3, 4]]),
    ("[1, 2, [], [], [3, 4]].flatten()", [1, 2, 3, 4]),
    ("[1, [2, [3, [4]]]].flatten(2)", [1, 2, 3, [4]]),
    ("[1, [2]].flatten(0)", [1, [2]]),
    ("[1, [2, [3]]].flatten(9223372036854775807)", [1, 2, 3]),
    ("[5, 3, 1, 2].reverse()", [2, 1, 3, 5]),
    ("'ab'.reverse()", "ba"),
    ("lists.range(5)", [0, 1, 2, 3, 4]),
    ("lists.range(0)", []),
    ("lists.range(3).map(i, i * 2)", [0, 2, 4]),
)  # fmt: skip
FAILING: tuple[tuple[str, str], ...] = (
    ("[1, 'b'].sort()", "int and string are not sorted together"),
    ("dyn([1, 2u]).sort()", "int and uint are not sorted together"),
    ("dyn([[1]]).sort()", "list has no order"),
    ("dyn([null]).sort()", "null has no order"),
    ("[0.0 / 0.0, 1.0].sort()", "NaN has no place in an order"),
    ("[1, 2].slice(-1, 1)", "invalid range of a list of 2: -1, 1"),
    ("[1, 2].slice(2, 1)", "invalid range of a list of 2: 2, 1"),
    ("[1, 2].slice(1, 3)", "invalid range of a list of 2: 1, 3"),
    ("[1, [2]].flatten(-1)", "a negative depth: -1"),
    ("lists.range(-1)", "no list has -1 elements"),
    ("lists.range(50001)", "the evaluation costs more than 50000 steps"),
    ("lists.range(9223372036854775807)", "the evaluation costs more than 50000 steps"),
    ("dyn('a').sort()", "no such overload: sort(string)"),
)  # fmt: skip
SORTED = ("bool", "bytes", "double", "duration", "int", "string")
TYPES = {
    "xs.sort()": "list(int)", "xs.distinct()": "list(int)", "xs.slice(0, 1)": "list(int)", "xs.reverse()": "list(int)",
    "[xs].flatten()": "list(int)", "xs.flatten(1)": "list(dyn)", "lists.range(1)": "list(int)", "n.sort()": "dyn",
    "[n].flatten().sort()": "dyn", "[].sort()": "dyn", "[[], ['a']].flatten().sort() == ['a']": "bool",
}  # fmt: skip


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


@pytest.mark.parametrize(("source", "expected"), TYPES.items())
def test_types(source: str, expected: str) -> None:
    """The type of what is in a list is kept."""
    assert cel.compile(source, {"xs": "list(int)", "n": "dyn"}).type == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("[[1]].sort()", f"no list(list(int)).sort(); there is {' or '.join(f'list({kind}).sort()' for kind in SORTED)}"),
        ("['a'].flatten()", "no list(string).flatten(); there is list(dyn).flatten(int) or list(list(A)).flatten()"),
        ("[1].sorted()", 'unknown function "sorted"; did you mean "sort"?'),
        ("range(2)", 'unknown function "range"; did you mean "lists.range"?'),
        ("lists.rnage(2)", 'unknown function "lists.rnage"; did you mean "lists.range"?'),
        ("[1].uniq()", 'unknown function "uniq"; did you mean "distinct"?'),
    ],
)  # fmt: skip
def test_a_mistake(source: str, message: str) -> None:
    """What does not fit is told when the expression is read."""
    with pytest.raises(cel.CelTypeError) as caught:
        cel.compile(source)
    (finding,) = caught.value.diagnostics
    assert f"{finding.message}; {finding.hint}" == message


def test_values_of_a_host() -> None:
    """Tuples are lists; times are sorted by the moment, whatever their zones show."""
    later = datetime(2024, 1, 1, 12, tzinfo=UTC)
    made = cel.compile("xs.sort()", {"xs": "dyn"})
    given = (later, later - timedelta(hours=1))
    assert made.evaluate({"xs": given}) == made.reference({"xs": given}) == [given[1], given[0]]
    nested = cel.compile("xs.flatten() + xs.reverse()[0]", {"xs": "list(list(int))"})
    assert nested.evaluate({"xs": ((1, 2), (3,))}) == nested.reference({"xs": ((1, 2), (3,))}) == [1, 2, 3, 3]


def test_each_answer_is_its_own() -> None:
    """A list that was given is not the one that is given next."""
    made = cel.compile("lists.range(2)")
    made.evaluate({}).append(7)
    assert made.evaluate({}) == [0, 1]


def test_switched_off() -> None:
    """Without its extension there is no such function."""
    for source in ("[1].sort()", "lists.range(1)", "[1].reverse()"):
        with pytest.raises(cel.CelTypeError):
            cel.compile(source, extensions=cel.EXTENSIONS - {"lists"})
    assert cel.compile("'ab'.reverse()", extensions=cel.EXTENSIONS - {"lists"}).evaluate({}) == "ba"
