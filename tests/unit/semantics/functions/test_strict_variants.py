"""Where the language is strict, what cannot be compared or counted has no value; everything else is the same."""

from typing import Any

import pytest

from scopeguard import cel
from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions.library import library
from scopeguard.semantics.functions.strict_variants import strict_equal
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.semantics.names import Names
from scopeguard.syntax.parser import parse_condition

STRICT = Names(library(is_strict=True))

DIFFERENT = [
    ("'3' == 3", False), ("'3' != 3", True), ("null == 'a'", False), ("[1] == ['1']", False), ("{'a': 1} == {'a': true}", False),
    ("'1' in [1, 2]", False), ("1 in {'a': 1}", False), ("[[1], ['a']] == [['b'], [2]]", False), ("1.0 / 0.0 > 1.0", True),
    ("0.0 / 0.0 == 1.0", False), ("1e308 * 10.0 > 1.0", True), ("double('NaN') == 1.0", False), ("double('Infinity') > 1.0", True),
    ("-1e308 - 1e308 < 0.0", True), ("optional.of(1) == optional.of('a')", False), ("type(1) == 1", False),
]  # fmt: skip
ALIKE = [
    ("1 == 1.0 && 1u == 1 && 2 != 1.5", True), ("[1, 2.0] == [1.0, 2u]", True), ("{'a': 1} == {'b': 'x'}", False),
    ("[1] == [1, 'a']", False), ("'a' in ['a', 1]", True), ("3 in [1, 3.0, 'a']", True), ("'b' in ['a']", False), ("2 in {1: 0, 2: 0}", True),
    ("optional.none() == optional.of(1)", False), ("null == null", True), ("1.5 + 1.5 == 3.0", True), ("true in [true]", True),
    ("type(1) == int && type('a') != int", True), ("b'a' == b'a' && duration('60s') == duration('1m')", True),
]  # fmt: skip


def strictly(source: str) -> Any:
    """The value where the language is strict."""
    return Interpreter(Resolver(STRICT).resolve(parse_condition(source)), STRICT).evaluate({})


@pytest.mark.parametrize(("source", "plain"), DIFFERENT)
def test_what_has_no_value(source: str, plain: object) -> None:
    """CEL alone has an answer; a condition has none."""
    assert cel.compile(source, check=False).evaluate({}) is plain
    with pytest.raises(EvaluationError):
        strictly(source)


@pytest.mark.parametrize(("source", "expected"), ALIKE)
def test_what_is_the_same(source: str, expected: bool) -> None:
    """Where both have an answer it is one."""
    assert cel.compile(source, check=False).evaluate({}) is expected
    assert strictly(source) is expected


def test_the_language_itself_stays_as_it_is() -> None:
    """The two libraries are apart."""
    assert not library().is_strict
    assert library(is_strict=True).is_strict
    own = {("holds", False)}
    assert library().declared.keys() | own == library(is_strict=True).declared.keys()
    assert own.isdisjoint(library().declared.keys())


def test_nesting_is_bounded() -> None:
    """Values that are nested too deep are not compared."""
    deep: list[Any] = [1]
    for _ in range(2000):
        deep = [deep]
    with pytest.raises(EvaluationError, match="nested deeper"):
        strict_equal(deep, [deep[0]])
