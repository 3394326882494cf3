"""The quick ways to read: whatever they take, they make of it what the grammars' own parser does; the rest they leave."""

from collections.abc import Callable, Iterator
from random import Random

import pytest
from lark.exceptions import UnexpectedInput

from scopeguard.syntax import parser
from scopeguard.syntax.lr_driver import UNREAD
from scopeguard.syntax.parse_errors import ExpressionError, ParseError
from scopeguard.syntax.parser import parse_pattern, parse_requirement
from tests.expressions import FORMS, LITERALS

TEXTS = (
    *(text for texts in LITERALS.values() for text in texts),
    *(form.replace("{", "(").replace("}", ")") for forms in FORMS.values() for form in forms),
    "a.b.c(1, [2, ?x], {'k': v, ?d: e,},)[?i][0].?f.`g-h`",
    "a // and then\n || !!b && --c > -1 ? r'\\' : b\"\\x00\"",
    '"role_1" in principal.roles && resource.owner == principal.id',
    "has(a.b) ? a.b : .x.y(z)",
    "((((a))))",
)
WRONG = (
    "",
    " ",
    "a b",
    "a &&",
    "(a",
    "a)",
    "'a",
    "a.in",
    "if",
    "has(1)",
    "x.map(1, 2)",
    "A{b: 1}",
    "\\",
    "a == \u2028b",
    "#",
)
PATTERNS = (
    "agents:read",
    "all:read",
    "any:any",
    "*:read",
    "agents:*",
    "agents:{read,write}",
    "a:b/c",
    "a",
    "a:",
    ":b",
    "a::b",
    "A:b",
)
"""Patterns and requirements, and what comes near to them."""


def mutated(texts: tuple[str, ...], count: int) -> Iterator[str]:
    """Texts with a few characters dropped, doubled or put in."""
    random = Random(7)
    for _ in range(count):
        letters = list(random.choice(texts))
        for _ in range(random.randint(1, 3)):
            place = random.randrange(len(letters) + 1)
            letters[place : place + random.randint(0, 2)] = random.choices(
                " .,:?()[]{}!&|=<>-+'\"abin01u/*_", k=random.randint(0, 2)
            )
        yield "".join(letters)


def slowly(text: str) -> str:
    """What the parser's own loop makes of a condition, spans and sizes included; empty where it refuses."""
    try:
        return repr(parser._condition_parser().parse(text))
    except (UnexpectedInput, ParseError):
        return ""


def test_conditions_are_read_alike() -> None:
    """Right and wrong texts come to the same tree at the same places, or to none, by both loops."""
    read = 0
    for text in (*TEXTS, *WRONG, *mutated(TEXTS, 3000)):
        found = parser._condition_driver().read(text)
        told = slowly(text)
        assert ("" if found is UNREAD else repr(found)) == told, text
        read += bool(told)
    assert 500 < read < 2900


def test_what_is_wrong_is_left_to_the_parser() -> None:
    """The quick loop never raises, so that every message is of the parser's own."""
    assert [parser._condition_driver().read(text) for text in WRONG] == [UNREAD] * len(WRONG)


@pytest.mark.parametrize(("kind", "parse"), [("pattern", parse_pattern), ("requirement", parse_requirement)])
def test_permissions_are_read_alike(kind: str, parse: Callable[[str], object]) -> None:
    """A plain permission, and what comes near to one, is what the grammar says it is."""
    for text in (
        *PATTERNS,
        "a" * 48 + ":b",
        "a" * 49 + ":b",
        "a:" + "b" * 32,
        "a:" + "b" * 33,
        *mutated(PATTERNS, 1500),
    ):
        outcomes: list[object] = []
        for read in (parse, lambda given: parser._scope(given, kind)):
            try:
                outcomes.append(read(text))
            except ExpressionError as error:
                outcomes.append((error.code, str(error), error.offset, error.hint))
        assert outcomes[0] == outcomes[1], text
