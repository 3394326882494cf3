"""Sentences of the pages are short: none has thirty words."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("docs", "examples", "benchmarks")
PAGES = [
    *("README.md", "CONTRIBUTING.md", "SECURITY.md"),
    *sorted(str(page.relative_to(ROOT)) for folder in FOLDERS for page in (ROOT / folder).rglob("*.md")),
]
MOST = 29
"""Words of a sentence: a piece of code is one, whatever is in it."""
_NO_PROSE = re.compile(r"^ *```.*?^ *```$|<!--.*?-->", re.DOTALL | re.MULTILINE)
_ITEM = re.compile(r"(?:[-*]|\d+\.) +")
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_END = re.compile(r"""(?<=[.!?])[)"'*]*\s+(?=[("'[]*(?:\*+\w|[A-Z0-9]))""")
_WORD = re.compile(r"\w[\w'./@:-]*")


def paragraphs(text: str) -> Iterator[str]:
    """The prose of a page: no code, no tables, no headings; each item of a list is one."""
    block: list[str] = []
    for line in [*_NO_PROSE.sub("\n", text).splitlines(), ""]:
        stripped = line.strip()
        is_prose = bool(stripped) and not stripped.startswith(("#", "|", "<", "[!["))
        item = _ITEM.match(stripped)
        if block and (not is_prose or item):
            yield " ".join(block)
            block.clear()
        if is_prose:
            block.append(stripped[item.end() :] if item else stripped)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a page, with a word for each piece of code and without the targets of links."""
    for paragraph in paragraphs(text):
        yield from _END.split(_LINK.sub(r"\1", _CODE.sub("Code", paragraph)))


def words(sentence: str) -> int:
    """How many words a sentence has."""
    return len(_WORD.findall(sentence))


@pytest.mark.parametrize("page", PAGES)
def test_sentences_are_short(page: str) -> None:
    """None of them has thirty words."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [sentence for sentence in sentences(text) if words(sentence) > MOST] == []


def test_a_long_sentence_is_found() -> None:
    """In a paragraph and in an item; code, tables and headings are none."""
    long = "word " * 30
    pages = [f"{long}end.", f"- Short.\n  And {long}end.", f"A `piece of code`, [{long}](there) and so on. Short."]
    found = [[words(each) > MOST for each in sentences(page)] for page in pages]
    assert found == [[True], [False, True], [True, False]]
    others = f"# {long}\n\n| {long} |\n\n```text\n{long}\n```\n\n<!-- {long} -->\n\n{'`a b` ' * 29}"
    assert [words(each) for each in sentences(others)] == [29]
