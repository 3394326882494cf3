"""The table of sentences in the reference of the shipped pack is held to the pack and to the tests."""

import re
from collections.abc import Iterator
from pathlib import Path

from scopeguard import Guard
from scopeguard.documents.loading import read_pack
from scopeguard.shipped import policies

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "workspace-pack.md"
SEED = ROOT / "tests" / "seed"
SECTIONS = ("rules", "gates", "usage", "invariants")

# Every sentence has a number; one of them has three parts.
NUMBERS = [f"S{number}" for number in range(1, 37) if number != 23]
ROWS = [*NUMBERS[:22], "S23a", "S23b", "S23c", *NUMBERS[22:]]


def rows() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """The rows of the table: number, sentence, names of the pack, names of tests."""
    text = PAGE.read_text(encoding="utf-8").split("## Sentence by sentence\n", 1)[1].split("\n## ", 1)[0]
    for line in text.splitlines():
        if re.match(r"\| S\d", line):
            number, sentence, named, tests = (cell.strip() for cell in line.strip("|").split(" | "))
            yield number, sentence, re.findall("`([^`]+)`", named), re.findall("`([^`]+)`", tests)


def ids(*, of_the_seed: bool = False) -> set[str]:
    """The ids of all rules, gates, rows of the classifier and invariants of the shipped pack."""
    pack, findings = read_pack(policies() / "workspace")
    assert findings == []
    entries = [entry.content for section in SECTIONS for entry in pack.entries(section)]
    return {entry.id for entry in entries if not of_the_seed or entry.source == "seed"}


def test_every_sentence_has_its_row() -> None:
    """S1 to S36, in their order, each once; S23 in its three parts."""
    assert [number for number, *_ in rows()] == ROWS
    assert all(sentence for _, sentence, *_ in rows())


def test_every_name_is_of_the_pack() -> None:
    """Whatever a row names is a rule, a gate, a row of the classifier, an invariant, or stands in the catalog."""
    catalog = Guard.default().catalog
    known = ids() | set(catalog.surfaces) | set(catalog.permissions) | set(catalog.scopes) | set(catalog.meters)
    known |= set(catalog.member_permissions) | set(catalog.codes) | set(catalog.settings)
    for number, _, named, _ in rows():
        assert named, number
        assert set(named) <= known, number


def test_what_stems_from_a_sentence_has_one() -> None:
    """Every rule, gate, row and invariant that is said to be of the description stands in some row."""
    named = {name for _, _, names, _ in rows() for name in names}
    assert ids(of_the_seed=True) - named == set()


def test_every_test_that_is_named_is_there() -> None:
    """Each by its name in the folder of these tests, or by its path."""
    for number, _, _, tests in rows():
        assert tests, number
        assert [name for name in tests if not (SEED / name).is_file() and not (ROOT / name).is_file()] == [], number


def test_every_test_of_a_sentence_is_named_in_its_row() -> None:
    """No file of a sentence is missing from its row, and no sentence is without one."""
    for number, _, _, tests in rows():
        digits, part = re.fullmatch(r"S(\d+)([abc]?)", number).groups()  # type: ignore[union-attr]  # it fails where not
        found = {file.name for file in SEED.glob(f"test_s{int(digits):02}{part}_*.py")}
        assert found, number
        assert found <= set(tests), number
    stray = {file.name for file in SEED.glob("test_s[0-9]*.py")} - {name for *_, tests in rows() for name in tests}
    assert stray == set()
