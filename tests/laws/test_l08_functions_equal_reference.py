"""Law 8 for the functions of the language: each overload does what the reference interpreter has for its name."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_interface
from random import Random
from typing import Any

import pytest

from scopeguard import cel
from scopeguard.errors import EvaluationError
from scopeguard.semantics.functions.library import library
from scopeguard.syntax.expression import HOLDS, Call, Ident, Macro, walk
from scopeguard.syntax.keywords import ALIASES, MACROS
from scopeguard.syntax.parser import parse_condition
from tests.reference.conditions import FUNCTIONS, call
from tests.reference.translating import exact, translated
from tests.reference.values import NoValue
from tests.strategies import Maker

LIBRARY = library(is_strict=True)
LEFT_OUT = {HOLDS: "it asks about the grants of a request, which the interpreter of packs answers"}
"""Functions that are no function of values, each with the reason."""

TEXTS = (
    "", "a", "b", "ab", "aba", "A", "ä", "Äx", " a\t", "\x1fa\u2003", "a,b,,c", ",", "1", "-1", "+7", "007", "1_0", "0x1p1", "1.5", ".5", "1e3", "1e999",
    "9223372036854775808", "true", "T", "no", "2024-02-29T23:59:59.000000001Z", "2023-02-29T00:00:00Z", "2024-01-01T00:00:00-01:30", "0001-01-01T00:00:00+00:01",
    "1h30m", "-1.5ms", "1ns", "0", "1", ".s", "1us2µs", "Europe/Zurich", "+01:00", "-23:59", "Nowhere/None", "Z", "10.1.2.3", "::ffff:10.1.2.3", "fe80::1", "fe80::1%e",
    "224.0.0.9", "10.1.2.3/8", "10.0.0.0/08", "::ffff:10.1.2.3/104", "::ffff:10.1.2.3/64", "2001:DB8::/32", "(b)", "(a|)b*", "[", "a$", "^[ab]+$", r"\d", "(a)(b)",
    "YQ==", "YQ", "YQ=", "Y", "%s and %d", "%.2f%%", "%x", "%X%b", "%e", "%s", "%q", "%", 'say "x"\n\\',
)  # fmt: skip
SAMPLES: Mapping[str, tuple[Any, ...]] = {
    "bool": (True, False),
    "int": (0, 1, -1, 2, 3, 7, 63, 64, -5, 2**53 + 1, 2**63 - 1, -(2**63), 1_700_000_000),
    "uint": tuple(map(cel.UInt, (0, 1, 7, 2**53 + 1, 2**63, 2**64 - 1))),
    "double": (0.0, -0.0, 0.5, -0.5, 1.5, -2.5, 1e-5, 0.0001, 123456.0, 999999.5, 1e6, 1.25e300, 5e-324, 1 / 3, 2.0**53, 2.0**63, -(2.0**63), 2.0**64),
    "string": TEXTS,
    "bytes": (b"", b"a", b"\xff", "ä".encode()),
    "null": (None,),
    "timestamp": (
        datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC), datetime(2000, 12, 31, tzinfo=UTC),
        datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC), cel.compile("timestamp('2024-01-01T00:00:00.123456789Z')").evaluate({}),
    ),
    "duration": (
        *(timedelta(microseconds=count) for count in (0, 1, -1, 1_500_000, -3_661_000_001, 315_576_000_000_000_000, -(10**16))),
        cel.compile("duration('-1ns')").evaluate({}),
    ),
    "list": (
        (), (1,), (1, 2, 1), ("b", "a"), ("a", 1), (True, 1), ((1, (2,)), (3,)), (2.5, 1, cel.UInt(2)), (None,), ((1,), {"k": "x"}), ({"k": 1}, 0.5),
        (cel.Optional(True, 1), cel.Optional(False)), (b"a", b""), (timedelta(1), timedelta(0)), (datetime(2000, 1, 1, tzinfo=UTC), True),
    ),
    "map": ({}, {"a": 1}, {"b": (1,), "a": None}, {1: "x"}, {True: 1}),
    "type": (cel.Type("int"), cel.Type("net.IP")),
    "optional": (cel.Optional(False), cel.Optional(True, 1), cel.Optional(True, "a"), cel.Optional(True, cel.Optional(False)), cel.Optional(True, 0)),
    "ip": tuple(ip_address(each) for each in ("10.1.2.3", 0, "127.0.0.1", "255.255.255.255", "169.254.1.1", "224.0.0.9", "224.0.1.9", "::", "::1", "fe80::1", "ff12::1", "ff05::1", "2001:db8::7")),
    "cidr": tuple(cel.Cidr(ip_interface(each)) for each in ("10.1.2.3/8", "10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "::/0", "2001:db8::7/32")),
}  # fmt: skip
"""Values of each type, of which a function has to know what it makes."""
TRIES = 150


def operands(kinds: tuple[str | None, ...], random: Random) -> Iterator[tuple[Any, ...]]:
    """Operands of some kinds: of one all there are, of more so many."""
    anything = [value for values in SAMPLES.values() for value in values]
    choices = [anything if kind is None else SAMPLES[kind] for kind in kinds]
    if len(choices) < 2:
        yield from ((each,) for each in choices[0]) if choices else [()]
        return
    for _ in range(TRIES):
        yield tuple(random.choice(values) for values in choices)


def by_engine(name: str, given: tuple[Any, ...], *, method: bool) -> object:
    """What the engine makes of a call; None where it has no value."""
    try:
        return exact(translated(LIBRARY.apply(name, given, method=method)))
    except EvaluationError:
        return None


def by_reference(name: str, given: tuple[Any, ...]) -> object:
    """What the reference interpreter makes of it."""
    try:
        return exact(call(name, [translated(each) for each in given]))
    except NoValue:
        return None


def test_the_reference_has_every_function() -> None:
    """A function that is declared has a meaning of its own to be compared with, or a reason why not."""
    declared = {"." * method + name for name, method in LIBRARY.declared}
    assert declared - set(FUNCTIONS) == set(LEFT_OUT)


@pytest.mark.parametrize("key", sorted(LIBRARY.declared), ids=lambda key: "." * key[1] + key[0])
def test_an_overload_equals_the_reference(key: tuple[str, bool]) -> None:
    """Value for value, with its type; and where the one has none the other has none."""
    name, method = key
    if name in LEFT_OUT:
        return
    random = Random(name)
    for overload in LIBRARY.named(name, method=method):
        answers = {repr(given): (by_engine(name, given, method=method), by_reference("." * method + name, given))
                   for given in operands(overload.kinds, random)}  # fmt: skip
        differing = {given: answer for given, answer in answers.items() if answer[0] != answer[1]}
        assert not differing
        # An overload that never has a value would be compared with nothing.
        assert any(one is not None for one, _ in answers.values()), overload.kinds


def calls(text: str) -> Iterator[str]:
    """The functions that a condition calls, and its macros."""
    for node in walk(parse_condition(text)):
        match node:
            case Call(target=Ident(name=family), function=function) if f"{family}.{function}" in FUNCTIONS:
                yield f"{family}.{function}"
            case Call(target=target, function=function):
                yield function if target is None else f".{function}"
            case Macro(kind=kind, variables=variables):
                yield f".{kind}/{len(variables)}"


def test_generated_packs_call_every_function() -> None:
    """The law over packs is a law of no function that no condition calls."""
    maker = Maker(Random(1))
    maker.pack()
    called = {each for _ in range(6000) for each in calls(maker.condition(0))}
    macros = {
        f".{ALIASES.get((kind, count), kind)}/{count}" for kind, shapes in MACROS.items() for count in shapes.values()
    }
    functions = {"." * method + name for name, method in LIBRARY.declared}
    assert (functions | macros | {".bind", ".optMap", ".optFlatMap"}) - called == set()
