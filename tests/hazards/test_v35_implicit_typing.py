"""V35: plain text that YAML readers silently turn into booleans, numbers or dates."""

import pytest

from scopeguard.documents.loading import read_source
from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source
from tests.yaml_trees import compose

REFUSED = [
    "no",
    "No",
    "NO",
    "yes",
    "Yes",
    "YES",
    "on",
    "On",
    "ON",
    "off",
    "Off",
    "OFF",
    "y",
    "Y",
    "n",
    "N",
    "True",
    "TRUE",
    "tRue",
    "False",
    "FALSE",
    "Null",
    "NULL",
    "nULL",
    "~",
    "0777",
    "00",
    "-01",
    "+1",
    "1_000",
    "1__0",
    "0o17",
    "0O17",
    "0x1f",
    "0X1F",
    "-0x1",
    "0b101",
    "0B1",
    "12:30:45",
    "1:30",
    "190:20:30.15",
    "-1:30",
    "2024-01-01",
    "2024-1-1",
    "2001-12-14t21:59:43.10-05:00",
    "1e3",
    "1E3",
    "1.5e-3",
    "1e+3",
    ".5e1",
    "-1e5",
    "1.",
    ".5",
    "-.5",
    "+1.5",
    "00.5",
    "01.5",
    "1_0.5",
    "._5",
    ".inf",
    "-.inf",
    "+.INF",
    ".nan",
    ".NaN",
    "=",
    "<<",
]
REFUSED.remove("._5")  # a number to no reader

TEXT = [
    "nope",
    "none",
    "null0",
    "onward",
    "1.2.3",
    "10.0.0.0/8",
    "v1",
    "3rd",
    "2024-Q1",
    "2024-01",
    "inf",
    "nan",
    "1e",
    "0x",
    "0b",
    "0o",
    "1,000",
    "_1",
    "1-2",
    "a:b",
    ".",
    "..",
    "-",
    "-x",
    "+x",
    "._5",
    "user.name",
    "@",
    "٣",
    "0xZZ",
    "1.2e",
    "12h",
    "agents:read",
]
TEXT.remove("-")  # an indicator
TEXT.remove("@")  # an indicator


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
@pytest.mark.parametrize("word", REFUSED)
def test_v35_implicit_typing(word: str, loader: type) -> None:
    """A word that another reader would type is refused, at its place, with quotes in the hint."""
    reading = read(Source("p.yaml", f"names:\n  - é\n  - {word}\n"), loader)

    (found,) = reading.findings
    assert (found.code, found.line, found.column) == ("SG109", 3, 5)
    assert found.hint is not None
    assert f'"{word}"' in f"{found.message} {found.hint}"


@pytest.mark.parametrize("word", REFUSED)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_v35_quotes_mend_it(word: str, quote: str) -> None:
    """In quotes every such word is text."""
    assert compose(Source("p.yaml", f"[{quote}{word}{quote}]")).value() == [word]


@pytest.mark.parametrize("word", TEXT)
def test_v35_text_stays_text(word: str) -> None:
    """Words that no reader types need no quotes."""
    assert compose(Source("p.yaml", f"- {word}\n")).value() == [word]


def test_v35_an_empty_value_is_refused() -> None:
    """A key with nothing after it is null to most readers, and an empty text to some."""
    reading = read(Source("p.yaml", "kinds:\nroles: {a: , b: x}\n- "[:-2]))

    assert [(found.code, found.line, found.column) for found in reading.findings] == [("SG109", 1, 7), ("SG109", 2, 12)]


@pytest.mark.parametrize("word", ["0777", "2024-01-01", "1e3", "True", "~", "+1", "12:30"])
def test_v35_keys_too(word: str) -> None:
    """An ambiguous key is refused as well."""
    reading = read(Source("p.yaml", f"roles:\n  {word}: x\n"))

    assert [(found.code, found.line, found.column) for found in reading.findings] == [("SG109", 2, 3)]


def test_v35_the_words_of_the_language_need_no_quotes() -> None:
    """Keys are always text, so that ``on`` is not true."""
    assert compose(Source("p.yaml", "on: a\noff: b\nno: c\n")).value() == {"on": "a", "off": "b", "no": "c"}


def test_v35_a_version_is_not_a_decimal() -> None:
    """1.10 would lose its zero: where text is meant, the hint asks for quotes."""
    shaped = read_source(Source("p.yaml", "scopeguard: 1\nroles:\n  a: {holds: [x:read], because: 1.10}\n"))

    assert [str(found) for found in shaped.findings] == [
        'p.yaml:3:33: SG121 expected text, not a number; write it in quotes: "1.10"'
    ]


def test_v35_null_is_no_restriction() -> None:
    """A null where a list restricts would mean "every one"; it is refused."""
    text = "scopeguard: 1\nrules:\n  - {id: a.b, effect: allow, on: [a:read], kinds: null}\n"

    shaped = read_source(Source("p.yaml", text))

    assert [(found.code, found.line, found.column) for found in shaped.findings] == [("SG121", 3, 51)]
    assert shaped.broken == {("rules", "a.b")}
