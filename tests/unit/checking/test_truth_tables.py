"""What truth tables know of names that a pack lists, of macros and of conversions is so, whatever is read."""

from itertools import product
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard.checking.closed_names import ABSENT, ClosedNames
from scopeguard.checking.sums import Numbers
from scopeguard.checking.truth_tables import Truths
from scopeguard.errors import EvaluationError
from scopeguard.semantics.built_in_variables import names_of
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.name_resolution import Resolution
from scopeguard.syntax.expression import Expr
from scopeguard.syntax.parser import parse_condition

NAMES = names_of(
    {"resource": {"t": "string", "l": "list(string)", "n": "list(int)", "d": "double", "m": "dyn", "f": "bool"}}
)
CLOSED = ClosedNames(
    {"context.environment": frozenset({"pa", "pb"}), "context.channel": frozenset({"a", "b", ABSENT})},
    {"principal.rank": Numbers((0, 3), (0, 2, 3))},
)
VALUES: dict[str, tuple[object, ...]] = {
    "context.environment": ("pa", "pb"),
    "context.channel": ("a", "b", None),
    "principal.rank": (0, 2, 3),
    "resource.t": ("", "a", "b", "ab", "ba", "aba", None),
    "resource.l": ((), ("a",), ("a", "b"), ("b", "")),
    "resource.n": ((), (1,), (1, 2)),
    "resource.d": (-0.5, 1.0),
    "resource.m": ("a", 1, None),
    "resource.f": (False, True, None),
}
TEXTS = ('"a"', '"b"', '"pa"', '"pb"', '""', "resource.t")
ORDERS = ("==", "!=", "<", "<=", ">", ">=")


def of_element(random: Random, name: str, depth: int) -> str:
    """A test of what a macro binds."""
    inner = (of_element(random, name, depth - 1), of_element(random, name, depth - 1)) if depth else ("", "")
    match random.randrange(8 if depth else 4):
        case 0:
            return f"{name} in [{random.choice(TEXTS)}, {random.choice(TEXTS)}]"
        case 1:
            return f'{name}.startsWith("a")'
        case 2:
            return f"{random.choice(TEXTS)} {random.choice(ORDERS)} {name}"
        case 3:
            return f"{name} {random.choice(ORDERS)} {random.choice(TEXTS)}"
        case 4:
            return f"!({inner[0]})"
        case 5:
            other = "y" if name == "x" else "x"
            return f"resource.l.{random.choice(('all', 'exists'))}({other}, {other} {random.choice(ORDERS)} {name})"
    return f"({inner[0]} {random.choice(('&&', '||'))} {inner[1]})"


def clause(random: Random) -> str:
    """One comparison, or one macro."""
    name, order = random.choice(("context.environment", "context.channel")), random.choice(ORDERS)
    match random.randrange(12):
        case 0:
            return f"{name} {order} {random.choice(TEXTS)}"
        case 1:
            return f"{name} in [{random.choice(TEXTS)}, {random.choice(TEXTS)}]"
        case 2:
            return random.choice((f"has({name})", f'{name}.startsWith("p")', f"size({name}) {order} 1"))
        case 3:
            number = random.choice((*range(-1, 5), 1.5, 2.0))
            return f"principal.rank{random.choice(('', ' - 1', ' * 2'))} {order} {number}"
        case 4:
            same = random.choice((
                ("string(resource.t)", "resource.t"), ('resource.t + ""', "resource.t.substring(0)"),
                ("dyn(resource.m)", "resource.m"), ("string(resource.m)", "resource.m"),
                ("double(resource.d)", "resource.d"), ("int(resource.d)", "resource.d"),
                ("resource.l.map(x, x)", "resource.l"), ("resource.l.filter(x, true)", "resource.l + []"),
                ('resource.l.filter(x, x != "")', "resource.l"), ("resource.n.map(x, x + 0)", "resource.n"),
                ("resource.m.map(x, x)", "resource.m"), ("optional.of(resource.m).orValue(1)", "resource.m"),
            ))  # fmt: skip
            return f"{same[0]} {random.choice(('==', '!='))} {same[1]}"
        case 5:
            return f"resource.t {order} {random.choice(TEXTS)}"
        case 6:
            return f"resource.n.{random.choice(('all', 'exists'))}(x, x {order} {random.randint(0, 2)})"
        case 7 | 8:
            test = random.choice(("startsWith", "endsWith", "contains", "matches", "indexOf", "lowerAscii"))
            text = random.choice(('"a"', '"b"', '"ab"', '"ba"', '"bab"'))
            call = f"resource.t.{test}({'' if test == 'lowerAscii' else text})"
            return call + {"indexOf": f" {order} 1", "lowerAscii": f" {order} {text}"}.get(test, "")
        case 9:
            return random.choice((
                f"size(resource.t) {order} {random.randint(-1, 3)}", f"resource.t.size() + 1 {order} 2",
                "resource.f", f'string(resource.f) {order} {random.choice(("true", "True", "false"))!r}',
            ))  # fmt: skip
    bound = random.choice("xy")
    test = of_element(random, bound, random.randrange(3))
    return f"resource.l.{random.choice(('all', 'exists'))}({bound}, {test})"


def condition(random: Random) -> str:
    """One to three clauses, among them now and then the negation of another one."""
    clauses = [clause(random) for _ in range(random.randint(1, 3))]
    if random.random() < 0.3:
        clauses.append(f"!({clauses[0]})")
    return random.choice((" && ", " || ")).join(f"({each})" for each in clauses)


def requests(tree: Expr, text: str) -> list[dict[str, object]]:
    """Every request that a condition can tell apart."""
    read = [name for name in VALUES if name in text]
    return [
        {name: value for name, value in zip(read, chosen, strict=True) if value is not None}
        for chosen in product(*(VALUES[name] for name in read))
    ]


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_is_settled_has_no_other_value(random: Random) -> None:
    """A condition that is said to have one truth only never has the other one."""
    text = condition(random)
    tree = Resolution.of(parse_condition(text), NAMES).tree
    truths = Truths(NAMES, CLOSED)
    found, all_outcomes = truths.settled(tree), truths.outcomes(tree)
    for request in requests(tree, text):
        try:
            value = Interpreter(tree, NAMES).evaluate(request)
        except EvaluationError:
            continue
        assert found is None or value is found, (text, request)
        assert all_outcomes is None or value in all_outcomes, (text, request)
