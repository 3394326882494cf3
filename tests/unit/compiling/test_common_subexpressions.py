"""Sharing: code that computes nothing twice gives what the code gives that it was made of."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from random import Random
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scopeguard import Context, Decision, Guard, Principal, Resource
from scopeguard.compiling import codegen
from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.common_subexpressions import shared
from scopeguard.runtime.decision_functions import answered, cell
from scopeguard.runtime.engine import NONE, OWN
from scopeguard.syntax.expression import Expr
from scopeguard.syntax.printer import print_expression
from tests.expressions import values
from tests.seed.world import NOW, askers, healthy
from tests.unit.compiling import test_partial_evaluation as small
from tests.unit.compiling import test_whole_language as whole


def unshared(statements: list[ast.stmt], constants: Mapping[str, Any]) -> list[ast.stmt]:
    """Code as it was emitted."""
    return statements


def body(emitter: Emitter, conditions: list[Expr]) -> list[ast.stmt]:
    """Statements as cells have them: tests that leave, tests of tests, and at last all values in a row."""

    def told(expr: Expr) -> ast.expr:
        return emitter.condition(expr)

    def gone(test: ast.expr, word: str) -> ast.stmt:
        return ast.If(test, [ast.Return(ast.Constant(word))], [])

    first, second, third = conditions
    inner = ast.If(
        told(first), [ast.Return(ast.Tuple([ast.Constant("inner"), told(first), told(third)], ast.Load()))], []
    )
    either = ast.BoolOp(
        ast.Or(), [ast.BoolOp(ast.And(), [told(second), told(first)]), ast.UnaryOp(ast.Not(), told(third))]
    )
    choice = ast.IfExp(told(second), told(third), told(first))
    return [
        ast.If(emitter.condition(first, exact_when=False), [inner], []),
        ast.Try([gone(ast.BoolOp(ast.And(), [told(second), told(third)]), "both")], [handler()], [], []),
        gone(either, "either"),
        ast.Return(ast.Tuple([choice, *(told(each) for each in (third, second, first, second))], ast.Load())),
    ]


def handler() -> ast.ExceptHandler:
    """What follows where a value is not there."""
    return ast.ExceptHandler(ast.Name("KeyError", ast.Load()), None, [ast.Return(ast.Constant("gone"))])


def compiled(emitter: Emitter, conditions: list[Expr]) -> Callable[..., Any]:
    """The finished function; it answers ``"asked"`` where it gives up."""
    return emitter.whole(body(emitter, conditions), otherwise=ast.Return(ast.Constant("asked")))


def both(
    make: Callable[[], Emitter], conditions: list[Expr], patch: pytest.MonkeyPatch
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The function with what it computes shared, and without."""
    with_it = compiled(make(), conditions)
    with patch.context() as patched:
        patched.setattr(codegen, "shared", unshared)
        return with_it, compiled(make(), conditions)


def alike(one: object, other: object) -> bool:
    """Whether two answers are the same: true is not 1."""
    return one == other and repr(one) == repr(other)


def test_code_with_and_without_means_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Conditions of the whole language: the same values, and it gives up where, and only where, the other does."""
    seen: Counter[str] = Counter()
    for seed in range(160):
        random = Random(seed)
        found = [tree for _ in range(3) if (tree := whole.condition(random)) is not None]
        if not found:
            continue
        conditions = [random.choice(found) for _ in range(3)]
        env = whole.environment({})

        def make() -> Emitter:
            return Emitter("member", whole.QUESTION, whole.TYPES, lambda *_: env, conditions)  # noqa: B023  # called at once

        one, other = both(make, conditions, monkeypatch)
        for _ in range(4):
            env = whole.environment(whole.frozen(values(random)))
            request = (env.principal, env.resource, env.context)
            answers = one(*request), other(*request)
            assert alike(*answers), [print_expression(each) for each in conditions]
            seen[answers[0] if isinstance(answers[0], str) else "values"] += 1
    assert min(seen[word] for word in ("asked", "values", "gone", "either", "both")) > 3, seen


@settings(max_examples=30)
@given(st.lists(small.EXPRESSIONS, min_size=3, max_size=3), small.PRINCIPALS, small.RESOURCES, small.CONTEXTS)
def test_small_code_with_and_without_means_the_same(
    conditions: list[Expr], principal: Principal, resource: Resource, context: Context
) -> None:
    """The same for small conditions, which read the same few names over and over."""

    def make() -> Emitter:
        return Emitter(principal.kind, small.QUESTION, small.TYPES, small.environment, conditions)

    one, other = both(make, conditions, pytest.MonkeyPatch())
    assert alike(one(principal, resource, context), other(principal, resource, context))


# The gates of the shipped pack.

GUARD = Guard.default()
PROGRAM = GUARD._generation.program
OPERATIONS = [name for name in GUARD.catalog.operations if any(rule.gate for rule in PROGRAM.known(name).denies)]
ASKERS = {name: next(iter(askers(name).values())) for name in OPERATIONS}
"""Somebody who may do each."""


class Counting(Mapping[str, Any]):
    """A record that counts how often each of its keys is read."""

    def __init__(self, record: Mapping[str, Any], path: str, reads: Counter[str]) -> None:
        self.record = record
        self.path = path
        self.reads = reads

    def __getitem__(self, name: str) -> Any:
        self.reads[f"{self.path}{name}"] += 1
        return self.record[name]

    def __contains__(self, name: object) -> bool:
        return name in self.record

    def __iter__(self) -> Iterator[str]:
        return iter(self.record)

    def __len__(self) -> int:
        return len(self.record)


def counting(record: Mapping[str, Any], reads: Counter[str], path: str = "") -> Mapping[str, Any]:
    """A frozen record that counts, with all below it."""
    below = {
        name: counting(value, reads, f"{path}{name}.") if isinstance(value, Mapping) else value
        for name, value in record.items()
    }
    return MappingProxyType(Counting(below, path, reads))


SOUND: dict[str, tuple[object, ...]] = {
    "payment": ("interrupted", "grace"), "wallet": ("empty", "low"), "providers": ("missing", "invalid"),
    "entitlements": (0, 10), "fair_use": (0, 10),
}  # fmt: skip
UNSOUND = dict.fromkeys(SOUND, ("lost", True, None, 1.0))


def circumstances(
    random: Random, channel: str, choices: Mapping[str, tuple[object, ...]], *, tells: bool = True
) -> Context:
    """A workspace that is healthy but for a few things."""
    facts = healthy()
    for _ in range(random.randrange(4)):
        root = random.choice(sorted(choices))
        place = random.choice(sorted(facts[root]))
        record, name = (facts[root][place], "used") if root in ("entitlements", "fair_use") else (facts[root], place)
        record[name] = random.choice(choices[root])
    facts["quantity"] = random.choice((1, 1, 2, 7))
    if not tells:
        del facts["quantity"]
    attributes = {"modality": random.choice(("text", "audio")), "distribution": random.choice(("phone", "widget"))}
    return Context(channel, random.choice(("production", "production", "preview")), facts, NOW, attributes)


def cell_of(operation: str) -> Callable[[Any], Decision]:
    """The cells of an operation, made as for requests: by what the class of the one who asks and the context's leave."""
    asker, made = ASKERS[operation], dict[str, Any]()
    at = NONE if asker.resource is None else OWN

    def answer(context: Context) -> Decision:
        if context.environment not in made:
            found = GUARD._generation.find(asker.principal, operation, at, context)
            assert found is not None
            made[context.environment] = cell(found.residual, calls=0)
        return answered(made[context.environment], asker.principal, asker.resource, context)

    return answer


@pytest.mark.parametrize("operation", OPERATIONS)
def test_gates_with_and_without_mean_the_same(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every gated operation, with facts of all kinds."""
    random, channel = Random(7), ASKERS[operation].channel
    contexts = [circumstances(random, channel, random.choice((SOUND, UNSOUND))) for _ in range(30)]
    found = [*map(cell_of(operation), contexts)]
    monkeypatch.setattr(codegen, "shared", unshared)
    assert found == [*map(cell_of(operation), contexts)]
    assert len({decision.code for decision in found}) > 1


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_fact_is_read_once(operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every gate lets a request through, whatever they read is read once; elsewhere never more than without.

    The time of all facts is for records without one of their own, so that it may be read for each. Where a quantity
    is told, or another meter counts, what the answer depends on is read in a row, whatever was read before.
    """
    random, channel = Random(11), ASKERS[operation].channel
    contexts = [circumstances(random, channel, SOUND, tells=operation == "voice.connect") for _ in range(20)]
    found = [*read(cell_of(operation), contexts)]
    monkeypatch.setattr(codegen, "shared", unshared)
    plain = [*read(cell_of(operation), contexts)]
    silent = 0
    for context, (decision, reads), (_, more) in zip(contexts, found, plain, strict=True):
        assert reads <= more
        if decision and not decision.advice and operation != "voice.connect" and context.environment == "production":
            assert {fact: count for fact, count in reads.items() if count > 1 and fact != "as_of"} == {}
        silent += reads < more
    assert silent > 3


def read(answer: Callable[[Any], Decision], contexts: list[Context]) -> Iterator[tuple[Decision, Counter[str]]]:
    """What is answered, and how often each fact is read for it, by context."""
    for context in contexts:
        reads: Counter[str] = Counter()
        counted = SimpleNamespace(channel=context.channel, environment=context.environment, now=context.now,
                                  attributes=context.attributes, facts=counting(context.facts, reads))  # fmt: skip
        # What is told for the first time is told by the evaluator, which reads what it needs itself.
        expected = answer(context)
        assert answer(counted) == expected
        yield expected, reads


# The pass by itself. Its variables are numbered anew in the order in which they appear.


def passed(source: str, **constants: Any) -> str:
    """The source of what the pass makes of a body, in which ``t1``, ``t2`` are variables of the emitter's."""
    made = ast.fix_missing_locations(ast.Module(shared(ast.parse(source).body, constants), []))
    text = ast.unparse(made)
    names = {name: f"v{number}" for number, name in enumerate(dict.fromkeys(re.findall(r"\b[sa]\d+\b", text)), 1)}
    return re.sub(r"\b[sa]\d+\b", lambda found: names[found.group()], text)


PINNED: dict[str, tuple[str, str]] = {
    "a value that was read": (
        "if f['a'] > 1:\n    return 1\nreturn f['a']",
        "if (v1 := f['a']) > 1:\n    return 1\nreturn v1",
    ),
    "and: the second part is known only where the first was true": (
        "if f['a'] and f['b']:\n    return f['b']\nreturn (f['a'], f['b'])",
        "if (v1 := f['a']) and (v2 := f['b']):\n    return v2\nreturn (v1, f['b'])",
    ),
    "or: both parts are known to be false where it was": (
        "if f['a'] > 1 or f['b'] > 1:\n    return f['a'] > 1\nreturn (f['a'] > 1, f['b'] > 1)",
        "if (v1 := f['a']) > 1 or f['b'] > 1:\n    return v1 > 1\nreturn (False, False)",
    ),
    "an outcome is kept for what most requests come to, and then read aside too": (
        "if f['a'] > 1 and f['b']:\n    return f['a'] > 1\nreturn f['a'] > 1",
        "if (v1 := (f['a'] > 1)) and f['b']:\n    return True\nreturn v1",
    ),
    "an outcome that lies aside is kept where it is read there again": (
        "if f['a']:\n    return (f['b'] > 1, f['b'] > 1)\nreturn f['c'] > 1",
        "if f['a']:\n    return ((v1 := (f['b'] > 1)), v1)\nreturn f['c'] > 1",
    ),
    "what lies aside of one test has its variables where that of another one has them": (
        "if f['a']:\n    return (f['b'], f['b'])\nif f['c']:\n    return (f['d'], f['c'], f['d'])\nreturn f['b']",
        "if f['a']:\n    return ((v1 := f['b']), v1)\nif (v2 := f['c']):\n    return ((v1 := f['d']), v2, v1)\nreturn f['b']",
    ),
    "what is one or more is not below zero": (
        "if f['a'] >= 1:\n    return (f['a'] >= 0, f['a'] >= 2)\nreturn f['a'] >= 0",
        "if (v1 := f['a']) >= 1:\n    return (True, v1 >= 2)\nreturn v1 >= 0",
    ),
    "what is not below zero may be nothing": (
        "if f['a'] >= 0:\n    return (f['a'] >= 1, f['a'] >= 0)\nreturn f['a'] >= 1",
        "if (v1 := f['a']) >= 0:\n    return (v1 >= 1, True)\nreturn v1 >= 1",
    ),
    "a name that is assigned": (
        "key = (f['a'], f['b'])\nreturn (key, f['a'])",
        "key = ((v1 := f['a']), f['b'])\nreturn (key, v1)",
    ),
    "not: the outcome is the other one": (
        "if not f['a'] > 1:\n    return f['a'] > 1\nreturn f['a'] > 1",
        "if not f['a'] > 1:\n    return False\nreturn True",
    ),
    "what is false so far decides what follows": (
        "if f['a'] > 1:\n    return 1\nif f['a'] > 1 and f['b'] > 1:\n    return 2\nif f['a'] > 1 or f['b'] > 1:\n    return 3\nreturn 4",
        "if f['a'] > 1:\n    return 1\nif False:\n    return 2\nif f['b'] > 1:\n    return 3\nreturn 4",
    ),
    "conditional: one branch was computed, and nobody knows which": (
        "return (f['b'] if f['a'] else f['c'], f['a'], f['b'], f['c'])",
        "return (f['b'] if (v1 := f['a']) else f['c'], v1, f['b'], f['c'])",
    ),
    "conditional: what gives up leaves the other branch": (
        "if (f['b'] > 1 if f['a'] > 1 else bail_out()):\n    return 1\nreturn (f['a'] > 1, f['b'] > 1)",
        "if f['b'] > 1 if f['a'] > 1 else bail_out():\n    return 1\nreturn (True, False)",
    ),
    "below a test": (
        "if f['a'] > 1:\n    if f['b'] > 1:\n        return 1\n    return f['b']\nreturn f['b']",
        "if f['a'] > 1:\n    if (v1 := f['b']) > 1:\n        return 1\n    return v1\nreturn f['b']",
    ),
    "try: what follows knows that nothing was raised": (
        "try:\n    if f['a'] > 1:\n        return 1\nexcept KeyError:\n    return None\nreturn f['a'] > 1",
        "try:\n    if f['a'] > 1:\n        return 1\nexcept KeyError:\n    return None\nreturn False",
    ),
    "equal constants of other types are others": (
        "if f['a'] == 1:\n    return 1\nreturn (f['a'] == True, f['a'] == 1.0, f['a'] == '1', f['a'] == 1)",
        "if (v1 := f['a']) == 1:\n    return 1\nreturn (v1 == True, v1 == 1.0, v1 == '1', False)",
    ),
    "of a chain the last comparison may not have been made": (
        "if 0 < f['a'] < f['b']:\n    return f['b']\nreturn (f['a'], f['b'])",
        "if 0 < (v1 := f['a']) < f['b']:\n    return f['b']\nreturn (v1, f['b'])",
    ),
    "a constant beside a test takes nothing from what is known": (
        "return (True and f['a'] == 1) or (False or f['a'] == 2) or f['a'] == 3",
        "return (v1 := f['a']) == 1 or v1 == 2 or v1 == 3",
    ),
    "a truth is no value": (
        "if f['a']:\n    return f['a']\nreturn f['a']",
        "if (v1 := f['a']):\n    return v1\nreturn v1",
    ),
    "a variable of the emitter's is what it holds, within an expression too": (
        "if (t1 := f['a']) > 1:\n    return 1\nreturn ((t2 := f['b']) > 1, (t3 := f['a']) > 1)",
        "if f['a'] > 1:\n    return 1\nreturn (f['b'] > 1, False)",
    ),
    "and where it is read": (
        "x = (t1 := f['a'])\nif t1 > 1:\n    return 1\ny = (t2 := f['b'])\nreturn (t2 > 1, t1 > 1)",
        "x = (v1 := f['a'])\nif v1 > 1:\n    return 1\ny = (v2 := f['b'])\nreturn (v2 > 1, False)",
    ),
    "where nothing was assigned to it, it is what it would hold": (
        "if f['b'] and (t1 := f['a']):\n    return t1\nreturn t1",
        "if f['b'] and (v1 := f['a']):\n    return v1\nreturn f['a']",
    ),
    "what is looked at and there is in its own variable": (
        "return (t1 if (t1 := f['a']) is not None else absent(), t2 if (t2 := f['a']) is not None else absent())",
        "return (v1 if (v1 := f['a']) is not None else absent(), v1)",
    ),
    "but not where the other branch has a value too": (
        "return (t1 if (t1 := f['a']) > 1 else f['b'], t2 if (t2 := f['a']) > 1 else f['b'])",
        "return ((v1 := (v2 if (v2 := f['a']) > 1 else f['b'])), v1)",
    ),
    "a variable that was tested is true or false, as all is that is tested": (
        "if f['a'] == f['b']:\n    return 1\nif f['a']:\n    return f['a']\nreturn f['a']",
        "if (v1 := f['a']) == f['b']:\n    return 1\nif v1:\n    return True\nreturn False",
    ),
    "records, fields and functions of other names are others": (
        "return (f['a'] > 1, g['a'] > 1, f.a > 1, f.b > 1, size(f), last(f))",
        "return (f['a'] > 1, g['a'] > 1, f.a > 1, f.b > 1, size(f), last(f))",
    ),
    "what is passed to a function": (
        "return size(f['a'], f['b']) + size(f['a'])",
        "return size((v1 := f['a']), f['b']) + size(v1)",
    ),
    "statements of other kinds stay": (
        "if f['a']:\n    return\nbail_out()",
        "if f['a']:\n    return\nbail_out()",
    ),
    "not: of what is known": (
        "if f['a'] > 1:\n    return not f['a'] > 1\nreturn not f['a'] > 1",
        "if f['a'] > 1:\n    return False\nreturn True",
    ),
    "and, or: of what is known in all parts": (
        "if f['a'] > 1:\n    return f['a'] > 1 and f['a'] > 1\nreturn f['a'] > 1 or f['a'] > 1",
        "if f['a'] > 1:\n    return True\nreturn False",
    ),
    "and: a constant that is no outcome decides nothing": (
        "return f['a'] == f['b'] and f['a'] and not f['c'] and 1 and f['d']",
        "return (v1 := f['a']) == f['b'] and v1 and (not f['c']) and 1 and f['d']",
    ),
    "conditional: the branch of what is known is left": (
        "if f['a'] > 1:\n    return 1 if f['a'] > 1 else f['b']\nreturn 2 if f['a'] > 1 else f['c']",
        "if f['a'] > 1:\n    return 1\nreturn f['c']",
    ),
    "conditional: what gives up where a test is true leaves that it was not": (
        "if (bail_out() if f['a'] > 1 else f['b'] > 1):\n    return 1\nreturn (f['a'] > 1, f['b'] > 1)",
        "if bail_out() if f['a'] > 1 else f['b'] > 1:\n    return 1\nreturn (False, False)",
    ),
    "conditional: a function that gives an answer leaves both": (
        "if (f['b'] > 1 if f['a'] > 1 else size()):\n    return 1\nreturn (f['a'] > 1, f['b'] > 1)",
        "if f['b'] > 1 if (v1 := (f['a'] > 1)) else size():\n    return 1\nreturn (v1, f['b'] > 1)",
    ),
    "conditional: which branch was computed is learned with the outcome of the test": (
        "x = f['b'] if f['a'] > 1 else f['c']\nif f['a'] > 1:\n    return f['b']\nreturn f['c']",
        "x = (v1 := f['b']) if (v2 := (f['a'] > 1)) else (v3 := f['c'])\nif v2:\n    return v1\nreturn v3",
    ),
}
"""What goes in, and what comes out."""

READ_ASIDE: dict[str, tuple[str, bool]] = {
    "a comparison": ("f['a'] > 1", True),
    "no test": ("f['a']", False),
    "both branches are": ("f['b'] > 1 if f['a'] else f['c'] > 1", True),
    "one is": ("f['b'] > 1 if f['a'] else f['c']", False),
    "the other one is": ("f['b'] if f['a'] else f['c'] > 1", False),
    "all parts are": ("f['a'] > 1 and f['b'] > 1", True),
    "not all of them are": ("f['a'] > 1 and f['b']", False),
    "an outcome and the opposite of one": ("True if f['a'] else not f['b']", True),
    "another constant is none": ("1 if f['a'] else f['b'] > 1", False),
    "another sign is none": ("-f['a'] if f['b'] else f['b'] > 1", False),
}
"""Expressions, and whether they surely are true or false."""


@pytest.mark.parametrize("which", READ_ASIDE)
def test_an_outcome_that_is_read_aside_alone_is_not_kept(which: str) -> None:
    """Python jumps by a test faster than it makes a value of it, and few requests come there; a value is kept."""
    text, is_test = READ_ASIDE[which]
    found = passed(f"if ({text}) == 1:\n    return {text}\nreturn 2")
    assert ("    return v1\n" not in found) is is_test


COUNTED = "spent[0] += 1\nif f['a']:\n    return f['a']"


@pytest.mark.parametrize("name", PINNED)
def test_small_bodies(name: str) -> None:
    """What is kept, what is left out, and what must stay because it may not have been computed."""
    source, expected = PINNED[name]
    assert passed(source) == expected


def test_what_counts_costs_is_left_alone() -> None:
    """Or it would count less."""
    assert passed(COUNTED) == COUNTED


def test_constants_of_one_value_are_one() -> None:
    """Whatever they are called; a set of texts too, and of what is merely equal they are others."""
    body = "if f['a'] in c1:\n    return 1\nreturn f['a'] in c2"
    assert passed(body, c1=frozenset({"x", "y"}), c2=frozenset({"y", "x"})).endswith("return False")
    assert passed(body, c1=frozenset({1}), c2=frozenset({True})).endswith("in c2")
    compared = "if f['a'] < c1:\n    return 1\nreturn f['a'] < c2"
    assert passed(compared, c1=timedelta(1), c2=timedelta(1)).endswith("return False")
    assert passed(compared, c1=timedelta(1), c2=timedelta(2)).endswith("< c2")
    assert passed(compared, c1=1, c2=True).endswith("< c2")
