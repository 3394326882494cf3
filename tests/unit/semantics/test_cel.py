"""The public face: what is compiled, what it may read, and what bounds it."""

import sys
import time
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from scopeguard import PolicyError, ScopeguardError, cel
from scopeguard.semantics.bailout import Bailout
from scopeguard.semantics.codegen.ast_nodes import refuse_open_names
from scopeguard.semantics.values import CostError


def test_an_expression_with_declared_variables() -> None:
    """The example of the documentation: value, type and canonical text."""
    expression = cel.compile("x+1>size(names)", variables={"x": "int", "names": "list(string)"})
    assert expression.evaluate({"x": 1, "names": ["a"]}) is True
    assert expression.type == "bool"
    assert expression.text == "x + 1 > size(names)"
    assert expression.source == "x+1>size(names)"
    assert repr(expression) == "<cel.Expression x + 1 > size(names): bool>"
    assert expression.is_compiled


def test_errors_are_of_the_library() -> None:
    """Whoever catches the library's errors catches these too."""
    assert issubclass(cel.CelSyntaxError, PolicyError)
    assert issubclass(cel.CelTypeError, PolicyError)
    assert issubclass(cel.CelEvaluationError, ScopeguardError)


def test_without_declarations_every_name_is_a_variable() -> None:
    """The longest part of a dotted name that a value is given for is the variable."""
    expression = cel.compile("a.b.c")
    assert expression.type == "dyn"
    assert expression.evaluate({"a.b.c": 1, "a.b": {"c": 2}, "a": {"b": {"c": 3}}}) == 1
    assert expression.evaluate({"a.b": {"c": 2}, "a": {"b": {"c": 3}}}) == 2
    assert expression.evaluate({"a": {"b": {"c": 3}}}) == 3
    with pytest.raises(cel.CelEvaluationError, match=r'no value for "a\.b\.c"'):
        expression.evaluate({})


def test_a_container_is_looked_into_first() -> None:
    """The name nearest to the container wins; a leading dot leaves it; a macro's own name wins over all."""
    variables = {"x": "int", "a.x": "int", "a.b.x": "int"}
    values = {"x": 1, "a.x": 2, "a.b.x": 3}
    assert cel.compile("x", variables=variables, container="a.b").evaluate(values) == 3
    assert cel.compile("x", variables=variables, container="a.c").evaluate(values) == 2
    assert cel.compile(".x", variables=variables, container="a.b").evaluate(values) == 1
    assert cel.compile("[9].map(x, x + .x)", variables=variables, container="a.b").evaluate(values) == [10]
    assert cel.compile("x").evaluate(values) == 1
    assert cel.compile("x", container="a.b").evaluate(values) == 3


def test_a_type_that_does_not_exist() -> None:
    """A declaration is checked when it is made."""
    for text in ("integer", "list(", "map(int)", "", "list(int, int)", "int)", "(int)"):
        with pytest.raises(ValueError, match="type"):
            cel.compile("x", variables={"x": text})


def test_extensions_are_switched() -> None:
    """What is off is unknown; what does not exist is an error."""
    for source in ("'a'.charAt(0)", "math.abs(1)", "base64.encode(b'')", "optional.none()", "ip('::1')"):
        cel.compile(source)
        with pytest.raises(cel.CelTypeError):
            cel.compile(source, variables={}, extensions=())
    with pytest.raises(cel.CelTypeError, match="optional values are switched off"):
        cel.compile("{}.?a", extensions=["strings"])
    with pytest.raises(cel.CelTypeError):
        cel.compile("cel.bind(x, 1, x)", variables={}, extensions=["strings"])
    with pytest.raises(ValueError, match="no such extension: maths"):
        cel.compile("1", extensions=["maths"])


def test_host_values_of_other_classes() -> None:
    """Subclasses and read-only maps are what they derive from; anything else is refused, in both evaluators."""

    class Role(StrEnum):
        ADMIN = "admin"

    class Level(IntEnum):
        HIGH = 3

    given = {"role": Role.ADMIN, "level": Level.HIGH, "who": MappingProxyType({"id": "u"}), "items": ("a", "b")}
    variables = {"role": "string", "level": "int", "who": "map(string, string)", "items": "list(string)"}
    source = "role == 'admin' && level > 2 && who.id == 'u' && items.exists(i, i == 'b')"
    assert cel.compile(source, variables=variables).evaluate(given) is True
    for alien in (object(), {1, 2}, 1j, 2**63):
        with pytest.raises(cel.CelEvaluationError):
            cel.compile("x == 1", variables={"x": "int"}).evaluate({"x": alien})


def test_times_are_compared_as_moments() -> None:
    """An hour that a clock shows twice is two hours; a time without a zone is no moment."""
    berlin = ZoneInfo("Europe/Berlin")
    first, second = (datetime(2024, 10, 27, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1))
    variables = {"a": "timestamp", "b": "timestamp"}
    assert cel.compile("a < b", variables=variables).evaluate({"a": first, "b": second}) is True
    assert cel.compile("a == b", variables=variables).evaluate({"a": first, "b": second}) is False
    same = {"a": first, "b": first.astimezone(UTC)}
    assert cel.compile("a == b", variables=variables).evaluate(same) is True
    with pytest.raises(cel.CelEvaluationError, match="without a time zone"):
        cel.compile("a == b", variables=variables).evaluate({"a": datetime(2024, 1, 1), "b": second})  # noqa: DTZ001  # meant


def test_logic_absorbs_errors_on_either_side() -> None:
    """``false && error`` is false and ``true || error`` is true, whichever comes first; else the error stays."""
    given = {"x": 0}
    for source, expected in (
        ("1 / x > 0 && false", False),
        ("false && 1 / x > 0", False),
        ("1 / x > 0 || true", True),
        ("[0, 1].exists(i, 1 / i > 0)", True),
        ("[0, 1].all(i, 1 / i > 1)", False),
    ):
        assert cel.compile(source, variables={"x": "int"}).evaluate(given) is expected
    for source in ("1 / x > 0 && true", "1 / x > 0 || false", "[0, 1].all(i, 1 / i > 0)"):
        with pytest.raises(cel.CelEvaluationError, match="divide by zero"):
            cel.compile(source, variables={"x": "int"}).evaluate(given)


@pytest.mark.parametrize(
    "source",
    [
        "xs.all(x, x > 0)",
        "xs.exists(x, x < 0)",
        "xs.map(x, x).size() > 0",
        "xs.exists(x, x == -1) || true",
        "ys.all(x, ys.all(y, ys.all(z, x + y + z > 0)))",
        "ys.map(x, ys).exists(y, y.exists(z, z < 0))",
        "ys.all(x, s.replace('a', 'bb') != s)",
        "ys.all(x, s.contains('b') || true)",
        "ys.all(x, !(x + 1 in xs))",
        "ys.all(x, xs == xs)",
        "ys.map(x, s + s).size() > 0",
    ],
)
def test_the_cost_of_an_evaluation_is_bounded(source: str) -> None:
    """A million elements, or loops within loops, stop at the limit at once; no logic hides it."""
    expression = cel.compile(source, variables={"xs": "list(int)", "ys": "list(int)", "s": "string"})
    given = {"xs": [1] * 1_000_000, "ys": [1] * 400, "s": "a" * 400_000}
    for evaluate in (expression.evaluate, expression.reference):
        start = time.monotonic()
        with pytest.raises(CostError, match="costs more than"):
            evaluate(given)
        # Far from tight: it tells stopping at the limit from going through everything.
        assert time.monotonic() - start < 5


def test_values_nested_deep_are_compared_without_recursion() -> None:
    """A host's value of any depth ends in an answer or in an error of the library."""
    one: list[object] = []
    other: list[object] = []
    for _ in range(100_000):
        one, other = [one], [other]
    with pytest.raises(cel.CelEvaluationError, match="nested deeper"):
        cel.compile("a == b").evaluate({"a": one, "b": other})
    with pytest.raises(cel.CelEvaluationError, match="nested deeper"):
        cel.compile("'%s'.format([a])").evaluate({"a": one})


def test_matching_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without google-re2 an expression that matches does not load, and says what to install."""
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(cel.CelTypeError) as caught:
        cel.compile("'a'.matches('never seen before')", check=False)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.message) == ("SG505", "regular expressions need the package google-re2")
    assert finding.hint == "install scopeguard-authz[re2]"


def test_generated_code_names_nothing_open() -> None:
    """A name or an attribute outside of the closed table stops the compiler."""
    import ast  # noqa: PLC0415  # only here

    for text in ("open", "x.__class__", "equal.__globals__"):
        with pytest.raises(AssertionError, match="generated code"):
            refuse_open_names(ast.parse(text), frozenset({"x", "equal"}))
    assert not issubclass(Bailout, ScopeguardError)
