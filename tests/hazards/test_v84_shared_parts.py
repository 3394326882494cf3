"""V84: values that share parts take twice the work with each level, and nobody counts it."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Resource, cel
from scopeguard.semantics.functions.regex import engine
from scopeguard.semantics.values import CostError
from tests.hazards.packs import editor, load

LEVELS = 24
"""Two to the power of so many steps take longer than anybody waits, and a test that fails comes to an end."""


def doubled(body: str, part: str = "[V, V]", first: str = "[1, 'a']") -> str:
    """*body* about ``V``, a value that holds itself twice at each level."""
    made = body.replace("V", f"v{LEVELS}")
    for level in range(LEVELS, 0, -1):
        made = f"cel.bind(v{level}, {part.replace('V', f'v{level - 1}')}, {made})"
    return f"cel.bind(v0, {first}, {made})"


BODIES = [
    "V == V", "V != V", "[V] == [V]", "{'k': V} == {'k': V}", "V in [V]", "V in [[1], V]", "!('%s'.format([V]) == '')",
    "optional.of(V) == optional.of(V)", "[1].all(x, V == V)", "[1].exists(x, V in [V])", "V == V || true", "false && V == V || V != V",
    "true ? V == V : false", "[V].map(x, x) == [V]", "[V].exists(x, x == V)", "[V].exists_one(x, x == V)", "[V].filter(x, x == V) == []",
    "optional.of(V).optMap(x, x == V).value()",
]  # fmt: skip
OTHERWISE = [
    ("V == V", "{'a': V, 'b': V}", "{'x': 1}"),
    ("V == V", "[optional.of(V), optional.of(V)]", "[1, 'a']"),
    ("V == V", "[0, 0].map(i, V)", "[1, 'a']"),
    ("V == V", "optional.of([V, V]).optMap(x, x).value()", "[1, 'a']"),
    ("'%s'.format([V]) != ''", "{'a': V, 'b': V}", "{'x': 1}"),
    ("'%s'.format([V]) != ''", "[V, V]", f"['{'a' * 100}', 1]"),
    ("V == V", "[V, V]", f"['{'a' * 100}', 1]"),
]


LISTS = [
    ("V.flatten(30) == []", "[V, V]", "[1, 'a']"),
    ("V.distinct() == []", "[V, V]", "[1, 'a']"),
    ("sets.contains(V, V)", "[V, V]", "[1, 'a']"),
    ("sets.intersects(V, [V])", "[V, V]", "[1, 'a']"),
    ("sets.equivalent([V], V)", "[V, V]", "[1, 'a']"),
]


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """None of it takes long."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < 10


def stops(source: str, values: Mapping[str, Any] | None = None) -> None:
    """Both evaluators give up, and no logic absorbs it."""
    made = cel.compile(source, None if values else {}, check=False)
    for evaluate in (made.evaluate, made.reference):
        with pytest.raises(cel.CelEvaluationError, match=r"costs more than|larger than"):
            evaluate(values or {})


@pytest.mark.parametrize("body", BODIES)
def test_v84_shared_values_are_charged(body: str) -> None:
    """Comparing, looking for and showing what shares its parts costs what it takes."""
    stops(doubled(body))


@pytest.mark.parametrize(("body", "part", "first"), OTHERWISE)
def test_v84_however_they_are_shared(body: str, part: str, first: str) -> None:
    """By maps, by optionals, by what a macro makes, and with long texts at the end."""
    stops(doubled(body, part, first))


@pytest.mark.parametrize(("body", "part", "first"), LISTS)
def test_v84_functions_of_lists_are_charged(body: str, part: str, first: str) -> None:
    """They look at shared parts as often as they occur."""
    stops(doubled(body, part, first))


@pytest.mark.parametrize(
    "source",
    [
        "v.flatten(30) == w", "v.distinct() == w", "sets.contains(v, w)", "sets.intersects(w, v)", "sets.equivalent(v, w)",
        "many.sort() == w", "many.distinct() == w", "sets.contains(many, many)", "sets.intersects(many, many)",
        "odd.distinct() == w", "sets.contains(odd, odd)", "lists.range(size(many)) == w", "texts.sort() == w",
        "lists.range(40000) == lists.range(40001)", "lists.range(300).map(i, lists.range(i)) == w",
    ],
)  # fmt: skip
def test_v84_functions_of_lists_are_charged_without_a_macro(source: str) -> None:
    """What they take does not follow from the size of an expression: of pairs there are more than elements."""
    v: Any = [1, "a"]
    for _ in range(LEVELS):
        v = [v, v]
    odd = [number / 2 for number in range(300)]
    given = {"v": v, "w": [v[0], v[1]], "many": list(range(60_000)), "odd": odd, "texts": ["a" * 20_000] * 100}
    stops(source, given)


@pytest.mark.parametrize("source", ["v == w", "v in [w]", "'%s'.format([v]) == ''", "[1].all(x, v == w)"])
def test_v84_a_hosts_values_may_share_parts(source: str) -> None:
    """Values that come from outside are no other, in an expression without any macro too."""
    v: Any = [1, "a"]
    for _ in range(LEVELS):
        v = [v, v]
    stops(source, {"v": v, "w": [v[0], v[1]]})


def test_v84_keys_that_python_takes_for_one() -> None:
    """Looking for a key goes through no map, though 1 and true are one key to Python; each finds its own."""
    large: dict[Any, int] = {number: number for number in range(200_000)}
    made = cel.compile("xs.all(x, m[x] >= 0)", {"m": "dyn", "xs": "dyn"})
    begun = time.process_time()
    for evaluate in (made.evaluate, made.reference):
        assert evaluate({"m": large, "xs": [1, 0, 1.0, 0.0] * 100}) is True
        for wrong in (True, False):
            with pytest.raises(cel.CelEvaluationError, match="no such key"):
                evaluate({"m": large, "xs": [wrong] * 500})
        with pytest.raises(cel.CelEvaluationError, match="no such key"):
            evaluate({"m": dict.fromkeys(range(2, 200000), 0), "xs": [1] * 500})
    assert time.process_time() - begun < 2
    both = cel.compile("{1: 'a', true: 'b'}[x]", {"x": "dyn"})
    assert [(both.evaluate({"x": x}), both.reference({"x": x})) for x in (1, True)] == [("a", "a"), ("b", "b")]


def test_v84_what_takes_little_is_answered() -> None:
    """Values of a few levels, and those that differ early, are compared as ever."""
    few = "cel.bind(a, [1, 'x'], cel.bind(b, [a, a], cel.bind(c, [b, b], c == [b, b] && '%s'.format([b]) == '[[1, x], [1, x]]')))"
    made = cel.compile(few, {})
    assert made.evaluate({}) is made.reference({}) is True


def test_v84_all_calls_are_charged_together() -> None:
    """What each of many calls may cost, all of them may not."""
    item = "cel.bind(a, [1, 'x'], cel.bind(b, [a, a, a, a], cel.bind(c, [b, b, b, b], cel.bind(d, [c, c, c, c, c, c], {})))) "
    once = cel.compile(item.format("d == d"), {})
    assert once.evaluate({}) is once.reference({}) is True
    stops(item.format(" && ".join(["d == d"] * 200)))


@pytest.mark.skipif(engine() is None, reason="google-re2 is not installed")
def test_v84_matches_are_charged_together() -> None:
    """A match costs by its pattern and its text; many of them stop at the limit, one alone has a bound of its own."""
    text = "a" * 20_000
    one = "s.matches('(a|b|c){{1,{}}}x$')"
    made = cel.compile(one.format(900), {"s": "string"})
    assert made.evaluate({"s": text}) is made.reference({"s": text}) is False
    many = cel.compile(" || ".join(one.format(900 - number) for number in range(50)), {"s": "string"})
    for evaluate in (many.evaluate, many.reference):
        with pytest.raises(CostError):
            evaluate({"s": text})
    turns = cel.compile("xs.exists(x, s.matches('(a|b|c){1,900}x$'))", {"s": "string", "xs": "list(int)"})
    for evaluate in (turns.evaluate, turns.reference):
        with pytest.raises(CostError):
            evaluate({"s": text, "xs": list(range(1000))})


def test_v84_a_rule_that_costs_too_much_denies(tmp_path: Path) -> None:
    """In a policy it cannot be evaluated: a deny denies, an allow does not allow."""
    shared = doubled("V == V").replace("'a'", "resource.id")
    rules = f"""
    {{id: costly, effect: deny, on: ["notes:*"], when: "{shared}", code: not_permitted}}
    {{id: open, effect: allow, on: ["secrets:read"], when: "{shared}"}}
    """
    guard = load(tmp_path, rules)
    for _ in range(20):
        denied = guard.check(editor(), "notes:read", Resource("notes", "n", "ws_1"))
        assert (denied.allowed, denied.rules) == (False, ("costly",))
        assert not guard.check(editor(), "secrets:read", Resource("secrets", "s", "ws_1"))


def test_v84_many_clauses_show_one_value() -> None:
    """What each of many clauses shows counts together."""
    stops(f"'{'%s' * 300}'.format([{', '.join(['v'] * 300)}])", {"v": [0] * 40_000})
