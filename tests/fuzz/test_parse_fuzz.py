"""Hostile text in number: whatever comes in, nothing but the library's own errors comes out."""

import os
from collections.abc import Callable
from random import Random

import pytest

from scopeguard import Grant, Principal, ScopeguardError
from scopeguard.model.grant import parse_scopes
from scopeguard.syntax.parser import ExpressionError, parse_condition, parse_grants, parse_pattern, parse_requirement
from scopeguard.syntax.printer import print_expression

PARSES = int(os.environ.get("SCOPEGUARD_FUZZ_PARSES", "8000"))
FIRST_SEED = int(os.environ.get("SCOPEGUARD_FUZZ_SEED", "0"))
SHARES = 8

SEEDS = (
    "agents:write/agt_1", "agents:read schedules:write", "all(a:read, any(b:write, c:read/x1))", "*:{read,write}", "agents:*",
    'principal.kind == "member" && context.channel in ["server", "dashboard"]', "!has(resource.owner) || resource.owner != principal.id",
    "context.facts.count + 1 > size(principal.roles) ? true : false", "[1, 2.5, 3u, b'x', r'y', null].exists(x, x in {1: 'a'})",
    'cidr("10.0.0.0/8").containsIP(context.ip)', "-0x1F >= 1e3 && a.b[0].c('d') // remark", "'''text\n''' + \"\\u00e9\\x41\\101\"",
)  # fmt: skip
PIECES = (
    "(", ")", "[", "]", "{", "}", ",", ":", "/", "*", ".", "..", "?", "!", "-", "&&", "||", "==", "=", "'", '"', "'''", "\\", "\\u",
    "\\x0", "\n", "\r", "\t", "\x00", "\x1b", "\u202e", "\u200b", "\ud800", "\U0001f600", "é", "Ⅷ", "٣", " ", "all(", "any(", "true", "in",
    "has(", "0x", "1e", "9" * 30, "1.", "b'", 'r"', "//", "a" * 60, "::", "%s", "{0}", "`", "$", "#", "@",
)  # fmt: skip
PARSERS: tuple[Callable[[str], object], ...] = (
    Grant.parse, parse_scopes, parse_grants, parse_requirement, parse_pattern,
    lambda text: Principal.api_key("k", workspace="w", scopes=text),
)  # fmt: skip


def hostile(random: Random) -> str:
    """A valid text, damaged or not, a heap of pieces, something nested too deep, or something endless."""
    if random.randrange(500) == 0:
        return (random.choice(SEEDS) + random.choice(PIECES)) * random.choice((50, 500, 5000))
    kind = random.randrange(10)
    if kind == 0:
        opening, closing = random.choice(
            (("(", ")"), ("[", "]"), ("{", "}"), ("!", ""), ("all(", ")"), ("-", ""), ("a.", "b"))
        )
        count = random.choice((1, 5, 31, 33, 200, 2000))
        return opening * count + random.choice(SEEDS) + closing * random.randrange(count + 1)
    if kind < 4:
        return "".join(random.choice(PIECES) for _ in range(random.randrange(1, 12)))
    text = list(random.choice(SEEDS))
    for _ in range(random.randrange(5)):
        place = random.randrange(len(text) + 1)
        change = random.randrange(4)
        if change == 0:
            text[place:place] = random.choice(PIECES)
        elif change == 1:
            del text[place : place + random.randrange(1, 5)]
        elif change == 2:
            text[place:place] = text[: random.randrange(12)]
        else:
            text[place : place + 1] = chr(random.choice((random.randrange(0x20, 0x7F), random.randrange(0x110000))))
    return "".join(text)


def is_told(error: ScopeguardError, text: str) -> None:
    """The message can be written anywhere, on one line, is short, and points into the text or just behind it."""
    message = str(error)
    assert message.encode()
    assert message.isprintable()
    assert len(message) < 500
    if isinstance(error, ExpressionError):
        assert 0 <= error.offset <= len(text)


@pytest.mark.fuzz
@pytest.mark.parametrize("share", range(SHARES))
def test_hostile_text_gives_our_errors_alone(share: int) -> None:
    """Each parser reads a text or refuses it with an error of ours; what a condition gives prints and is read again."""
    random = Random(1_000_003 * share + 7 + FIRST_SEED)
    parsed = read = 0
    while parsed * SHARES < PARSES:
        text = hostile(random)
        for parse in PARSERS:
            try:
                parse(text)
                read += 1
            except ScopeguardError as error:
                is_told(error, text)
        try:
            tree = parse_condition(text)
        except ScopeguardError as error:
            is_told(error, text)
        else:
            assert parse_condition(print_expression(tree)) == tree
            read += 1
        parsed += len(PARSERS) + 1
    # A generator that hits nothing valid would only test first characters.
    assert read * 50 > parsed
