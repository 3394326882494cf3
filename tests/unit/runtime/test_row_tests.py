"""Single tests of a row: what is compared with what, in which type, and what no test says."""

from typing import Any

import pytest

from scopeguard.conditions import (
    NEVER,
    Attribute,
    Compare,
    Condition,
    Function,
    Has,
    In,
    Includes,
    Not,
    Operand,
    Origin,
    Text,
    Value,
)
from scopeguard.runtime import row_tests
from scopeguard.runtime.row_tests import OPERATORS, Unsayable, compared, included, listed, made_of, settled

HERE = Origin("rule", None)
INT, OTHER_INT, DOUBLE = Attribute("i", "int"), Attribute("j", "int"), Attribute("d", "double")
TEXT, BOOL, UINT = Attribute("s", "string"), Attribute("b", "bool"), Attribute("u", "uint")
INTS, TEXTS, DOUBLES = Attribute("is", "list(int)"), Attribute("ss", "list(string)"), Attribute("ds", "list(double)")
BIG = 2.0**53
SIZE = Function("size", (TEXT,), "int")
FUNCTIONS: dict[str, str] = dict(zip(OPERATORS.values(), OPERATORS, strict=True))


@pytest.mark.parametrize(
    ("left", "operator", "right", "expected"),
    [
        (INT, "<", 2.5, Compare("<=", INT, Value(2))),
        (INT, ">", 2.5, Compare(">", INT, Value(2))),
        (INT, ">=", 2.5, Compare(">", INT, Value(2))),
        (INT, "==", 2.0, Compare("==", INT, Value(2))),
        # No whole number is between two: all others there are.
        (INT, "==", 2.5, NEVER),
        (INT, "!=", 2.5, Has(INT)),
        # Every whole number is less than the first that is none of a row.
        (INT, ">", 2**63, NEVER),
        (INT, "<", 2**63, Has(INT)),
        (INT, "<", 2**63 - 1, Compare("<", INT, Value(2**63 - 1))),
        (INT, "<", BIG - 1, Compare("<", INT, Value(2**53 - 1))),
        (INT, "<", BIG, None),
        (INT, "<", -BIG, None),
        (DOUBLE, "<", 2, Compare("<", DOUBLE, Value(2.0))),
        (DOUBLE, "<", BIG, Compare("<", DOUBLE, Value(BIG))),
        (DOUBLE, "<", float("inf"), None),
        (INT, "<", OTHER_INT, Compare("<", INT, OTHER_INT)),
        (INT, "<", UINT, Compare("<", INT, UINT)),
        (INT, "<", DOUBLE, None),
        (DOUBLE, "<", INT, None),
        (DOUBLE, "<", DOUBLE, Compare("<", DOUBLE, DOUBLE)),
        (TEXT, "<", "a", Compare("<", TEXT, Value("a"))),
        (TEXT, "<", 1, NEVER),
        (BOOL, "==", True, Compare("==", BOOL, Value(True))),
        (BOOL, "<", True, None),
        (TEXTS, "==", "a", None),
    ],
)
def test_comparisons(left: Operand, operator: str, right: Any, expected: Condition | None) -> None:
    """Of an attribute with a value, or with another one."""
    other = right if isinstance(right, Attribute) else Value(right)
    if expected is None:
        with pytest.raises(Unsayable):
            compared(FUNCTIONS[operator], left, other, wanted=True, origin=HERE)
    else:
        assert compared(FUNCTIONS[operator], left, other, wanted=True, origin=HERE) == expected


def test_comparisons_the_other_way_round() -> None:
    """What is written first is no matter; two values are compared by the store."""
    assert compared(FUNCTIONS["<"], Value(2.5), INT, wanted=True, origin=HERE) == Compare(">", INT, Value(2))
    assert compared(FUNCTIONS["<"], Value(1), Value(2), wanted=True, origin=HERE) == Compare(">", Value(2), Value(1))
    assert compared(FUNCTIONS["<"], Value("a"), Value("b"), wanted=False, origin=HERE) == Compare(
        "<=", Value("b"), Value("a")
    )


def test_what_is_settled_for_every_row() -> None:
    """Where there is a value; of what is worked out from a row no test says that there is one."""
    assert settled(True, INT, wanted=True, origin=HERE) == Has(INT)
    assert settled(True, INT, wanted=False, origin=HERE) == NEVER
    with pytest.raises(Unsayable):
        settled(True, SIZE, wanted=True, origin=HERE)


@pytest.mark.parametrize(
    ("attribute", "values", "within", "without"),
    [
        (TEXT, ["a", "b", "a"], In(TEXT, ("a", "b")), Not(In(TEXT, ("a", "b")))),
        (TEXT, {"a": 1}, In(TEXT, ("a",)), Not(In(TEXT, ("a",)))),
        (TEXT, "ab", NEVER, NEVER),
        # One of another type is equal to none, and where none is equal there is no value.
        (TEXT, ["a", 1], In(TEXT, ("a",)), NEVER),
        (INT, [1, 2.0, 2.5], In(INT, (1, 2)), Not(In(INT, (1, 2)))),
        (DOUBLE, [1, 2.5], In(DOUBLE, (1.0, 2.5)), Not(In(DOUBLE, (1.0, 2.5)))),
    ],
)
def test_lists_of_values(attribute: Attribute, values: Any, within: Condition, without: Condition) -> None:
    """Whether an attribute is one of them."""
    assert listed(attribute, values, wanted=True, origin=HERE) == within
    assert listed(attribute, values, wanted=False, origin=HERE) == without


@pytest.mark.parametrize(
    ("attribute", "item", "within", "without"),
    [
        (TEXTS, "a", Includes(TEXTS, Value("a")), Not(Includes(TEXTS, Value("a")))),
        (TEXTS, 1, NEVER, None),
        (INTS, 2.0, Includes(INTS, Value(2)), Not(Includes(INTS, Value(2)))),
        (INTS, 2.5, NEVER, Has(INTS)),
        (DOUBLES, 2, Includes(DOUBLES, Value(2.0)), Not(Includes(DOUBLES, Value(2.0)))),
        (TEXT, "a", None, None),
    ],
)
def test_attributes_that_are_lists(
    attribute: Attribute, item: Any, within: Condition | None, without: Condition | None
) -> None:
    """Whether a value is one of their elements."""
    for wanted, expected in ((True, within), (False, without)):
        if expected is None:
            with pytest.raises(Unsayable):
                included(item, attribute, wanted=wanted, origin=HERE)
        else:
            assert included(item, attribute, wanted=wanted, origin=HERE) == expected


@pytest.mark.parametrize(
    ("name", "args", "type"),
    [
        ("size", (TEXT,), "int"),
        ("size", (TEXTS,), None),
        ("+", (TEXT, Value("a")), "string"),
        ("+", (DOUBLE, Value(1.0)), "double"),
        ("-", (DOUBLE, DOUBLE), "double"),
        ("-", (TEXT, TEXT), None),
        ("+", (INT, OTHER_INT), None),
        ("+", (DOUBLE, Value(1)), None),
        ("*", (INT, Value("a")), None),
    ],
)
def test_functions(name: Any, args: tuple[Operand, ...], type: str | None) -> None:
    """Of doubles and of texts; whole numbers may be out of range."""
    if type is None:
        with pytest.raises(Unsayable):
            made_of(name, args)
    else:
        assert made_of(name, args) == Function(name, args, type)


@pytest.mark.parametrize(
    ("subject", "argument", "expected"),
    [
        (TEXT, Value("a"), Text("contains", TEXT, Value("a"))),
        (TEXT, Value(""), Has(TEXT)),
        (Value("ab"), Value(""), Text("contains", Value("ab"), Value(""))),
        (TEXT, Value(1), NEVER),
        (INT, Value("1"), NEVER),
    ],
)
def test_tests_of_texts(subject: Operand, argument: Operand, expected: Condition) -> None:
    """Every text there is holds the empty one."""
    assert row_tests.tested("contains", subject, argument, wanted=True, origin=HERE) == expected
