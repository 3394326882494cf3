"""The table of the example's page is held to the tests, and what it says of its size to its files."""

import ast
import re
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/account"
TESTS = Path(__file__).with_name("test_sentences.py")
MOST_LINES = 2_500


def test_each_sentence_names_its_tests_and_each_test_its_sentence() -> None:
    """S1 to S36 in their order, and no test of a sentence is left out."""
    rows = re.findall(
        r"^\| S(\d+) \| [^|]+ \| (.+) \|$", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    named = [name for _, cell in rows for name in re.findall(r"`(\w+)`", cell)]
    tree = ast.parse(TESTS.read_text(encoding="utf-8"))
    tests = {each.name for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_s")}

    assert [int(number) for number, _ in rows] == list(range(1, 37))
    assert set(named) == tests
    for number, cell in rows:
        for name in re.findall(r"`(\w+)`", cell):
            first, last = re.fullmatch(r"test_s(\d+)[a-c]?(?:_to_s(\d+))?_.*", name).groups()  # type: ignore[union-attr]
            assert int(first) <= int(number) <= int(last or first), name


def test_it_is_small_enough_to_be_read() -> None:
    """Python of its own, with what is empty and what is said about it."""
    files = sorted(EXAMPLE.rglob("*.py"))
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) < MOST_LINES


def test_every_link_leads_to_a_file() -> None:
    """Of the page."""
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    assert [link for link in links if not (EXAMPLE / link).exists()] == []
