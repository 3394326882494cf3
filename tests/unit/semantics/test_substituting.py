"""Variables of a pack are put in where they are named, and resolved trees can be written down again."""

from random import Random

import pytest

from scopeguard import PolicyError
from scopeguard.semantics.built_in_variables import VARIABLES, names_of
from scopeguard.semantics.functions.library import library
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.semantics.names import Names
from scopeguard.semantics.source_form import unresolve
from scopeguard.semantics.types import parse_type
from scopeguard.semantics.variable_inlining import expand_variables, is_oversized, ordered, substituted
from scopeguard.syntax.expression import Expr, walk
from scopeguard.syntax.parser import parse_condition
from scopeguard.syntax.printer import print_expression
from tests.expressions import TYPES, text
from tests.expressions import VARIABLES as DECLARED

NAMES = names_of(
    {
        "context": {"tags": "list(string)", "plan": "string"},
        VARIABLES: dict.fromkeys(map("v{}".format, range(99)), "dyn"),
    }
)


def read(source: str, names: Names = NAMES) -> Expr:
    """A text with its names resolved."""
    return Resolver(names).resolve(parse_condition(source))


def written(tree: Expr) -> str:
    """A resolved tree as text."""
    return print_expression(unresolve(tree))


WRITTEN = [
    "principal.kind == action",
    "has(context.plan) && !has(context.facts.x.y)",
    'context.?plan.orValue("free") == "pro"',
    "context.tags.exists(context, context == .context.plan)",
    "context.tags.all(i, tag, i > size(tag) && tag != action)",
    "cel.bind(n, size(context.tags), n > math.abs(-1))",
    'context.?plan.optMap(p, p + "!").optFlatMap(p, optional.of(p)) == optional.none()',
    'math.greatest(1, 2) == 2 && base64.encode(b"a") == "YQ==" && type(1) == int',
    'type(context.now) == google.protobuf.Timestamp && ip("::1").family() == 6',
    "context.tags.map(math, math.size() + .math.abs(-1)) == [1]",
    "variables.v1 || context.facts[action] == 1",
]


@pytest.mark.parametrize("source", WRITTEN)
def test_what_was_resolved_can_be_written(source: str) -> None:
    """Resolving and restoring gives the text again, leading dots only where a macro hides a name."""
    assert written(read(source)) == source


def test_restoring_is_the_inverse_of_resolving() -> None:
    """For generated expressions: what is restored resolves to the same tree."""
    names = Names(library(), {name: parse_type(kind) for name, kind in DECLARED.items()})
    random = Random(7)
    for _ in range(2000):
        tree = read(text(random, random.choice(TYPES), random.randrange(1, 4)), names)
        assert Resolver(names).resolve(unresolve(tree)) == tree, written(tree)
        assert read(written(tree), names) == tree


def test_a_variable_is_put_in() -> None:
    """Everywhere, with what it reads itself; names that a macro binds around it are others."""
    texts = {"v1": 'context.plan == "pro"', "v2": "variables.v1 || variables.v1", "v3": "variables.v9"}
    known = expand_variables({f"variables.{name}": read(source) for name, source in texts.items()})
    assert written(known.trees["variables.v2"]) == 'context.plan == "pro" || context.plan == "pro"'
    assert written(known.trees["variables.v3"]) == "variables.v9"
    tree = substituted(read("context.tags.exists(context, context == action || variables.v1)"), known.trees)
    assert written(tree) == 'context.tags.exists(context, context == action || .context.plan == "pro")'
    shadowed = "context.tags.exists(variables, variables == action)"
    assert written(substituted(read(shadowed), known.trees)) == shadowed


def test_parts_of_a_variable_stand_where_it_is_named() -> None:
    """A message about them is about the text that names the variable."""
    known = expand_variables({"variables.v1": read('context.plan == "pro"')})
    tree = substituted(read("true || variables.v1"), known.trees)
    spans = {(node.span.start, node.span.end) for node in walk(tree)}
    assert spans == {(0, 20), (0, 4), (8, 20)}


def test_circles_stand_for_nothing() -> None:
    """Whatever is in a circle or reads from one has no meaning; the rest has."""
    texts = {"v1": "variables.v2", "v2": "variables.v1", "v3": "!variables.v1", "v4": "variables.v4", "v5": "true"}
    trees = {f"variables.{name}": read(source) for name, source in texts.items()}
    known = expand_variables(trees)
    assert set(known.trees) == {"variables.v5"}
    assert known.cyclic == {f"variables.v{number}" for number in (1, 2, 3, 4)}
    assert set(ordered(trees)) == set(trees)


def test_the_size_of_what_is_put_in_is_bounded() -> None:
    """Variables made of variables grow by powers; what grows over the bound stands for nothing, at no cost."""
    texts = {"v0": "action == permission"} | {
        f"v{number}": f"variables.v{number - 1} && variables.v{number - 1} && variables.v{number - 1}"
        for number in range(1, 60)
    }
    known = expand_variables({f"variables.{name}": read(source) for name, source in texts.items()})
    assert set(known.trees) == {f"variables.v{number}" for number in range(6)}
    assert len(known.oversized) == 54
    deep = {"variables.v0": read("!" * 20 + "principal.revoked")}
    assert not is_oversized(read("!" * 12 + "variables.v0"), deep)
    assert is_oversized(read("!" * 13 + "variables.v0"), deep)


def test_the_parser_counts_levels_alike() -> None:
    """A text is read by the parser exactly as deep as variables may be put in."""
    for source in ("!" * 32 + "action", " && ".join(["action"] * 200), "[" * 32 + "]" * 32):
        assert not is_oversized(read(source), {})
    for source in ("!" * 33 + "action", "[" * 33 + "]" * 33):
        with pytest.raises(PolicyError):
            read(source)
