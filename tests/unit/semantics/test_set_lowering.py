"""Sets of constants, spelled out: what they become, and what is left as it is."""

from pathlib import Path

import pytest

from scopeguard import Guard, Principal, Resource
from scopeguard.semantics.functions.library import library
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.semantics.names import Names
from scopeguard.semantics.set_lowering import membership
from scopeguard.semantics.source_form import unresolve
from scopeguard.semantics.types import BOOL, DYN, STRING, list_of
from scopeguard.syntax.parser import parse_condition
from scopeguard.syntax.printer import print_expression

LIST = list_of(STRING)
NAMES = Names(library(is_strict=True), {"xs": LIST, "ys": LIST, "b": BOOL, "any": DYN})
MANY = ", ".join(f'"{number}"' for number in range(17))


def spelled(source: str) -> str:
    """An expression after sets are spelled out."""
    return print_expression(
        unresolve(membership(Resolver(NAMES).resolve(parse_condition(source)), NAMES.variables or {}))
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('sets.intersects(xs, ["a", "b"])', '"a" in xs || "b" in xs'),
        ('sets.intersects(["a", "b"], xs)', '"a" in xs || "b" in xs'),
        ('sets.contains(xs, ["a", "b"])', '"a" in xs && "b" in xs'),
        ('sets.contains(xs, ["a"])', '"a" in xs'),
        ('b && !sets.contains(xs, ["a", "b"])', 'b && !("a" in xs && "b" in xs)'),
        ('ys.exists(y, sets.intersects(xs, ["a"]))', 'ys.exists(y, "a" in xs)'),
    ],
)
def test_spelled_out(source: str, expected: str) -> None:
    """A name beside constants."""
    assert spelled(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        'sets.contains(["a", "b"], xs)', "sets.intersects(xs, ys)", "sets.contains(xs, [])", 'sets.equivalent(xs, ["a"])',
        'sets.intersects(any, ["a"])', 'sets.contains(any, ["a", "b"])', "sets.intersects(xs, [ys[0]])", 'sets.contains(xs + ys, ["a", "b"])', f"sets.contains(xs, [{MANY}])", '"a" in xs',
    ],
)  # fmt: skip
def test_left_as_it_is(source: str) -> None:
    """What reads nothing of a name by constants, or would grow."""
    assert spelled(source) == source


@pytest.mark.parametrize(
    ("value", "allowed", "errors"),
    [(["x"], True, ()), (["k"], False, ()), ({"x": 1}, False, ("a",)), ({"k": 1}, False, ("a",)), ("x", False, ("a",))],
)
def test_a_map_is_no_set(tmp_path: Path, value: object, allowed: bool, errors: tuple[str, ...]) -> None:
    """Of what is declared dyn: something is in a map, and a rule about sets does not allow by that."""
    (tmp_path / "pack.yaml").write_text(
        """
scopeguard: 1
catalog:
  surfaces: {docs: {actions: [read], coarse: true, attributes: {any: dyn}}}
rules:
  - {id: a, effect: allow, on: ["docs:read"], kinds: [system], when: 'sets.intersects(["x"], resource.any)'}
""",
        encoding="utf-8",
    )
    asked = Resource("docs", "d", "w", {"any": value})
    decision = Guard.load(tmp_path).check(Principal.system("s", workspace="w"), "docs:read", asked)
    assert (decision.allowed, decision.errors) == (allowed, errors)
