"""V39: several documents in one file, of which readers see the first, the last or all."""

import pytest

from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source
from tests.yaml_trees import compose

CORPUS = {
    "two": ("a: 1\n---\nb: 2\n", [("SG106", 2, 1)]),
    "two, the first marked": ("---\na: 1\n---\nb: 2\n", [("SG106", 3, 1)]),
    "two, with an end between": ("a: 1\n...\n---\nb: 2\n", [("SG106", 3, 1)]),
    "text after the end": ("a: 1\n...\n# fine\nb: 2\n", [("SG106", 4, 1)]),
    "an empty one before": ("---\n---\na: 1\n", [("SG109", 2, 1), ("SG106", 2, 1)]),
    "version": ("%YAML 1.1\n---\na: no\n", [("SG106", 1, 1)]),
    "tag prefix": ("# first\n\n%TAG ! tag:example.org,2000:\n---\na: 1\n", [("SG106", 3, 1)]),
    "unknown directive": ("%NEWER thing\n---\na: 1\n", [("SG106", 1, 1)]),
    "directive of a second document": ("a: 1\n...\n%YAML 1.2\n---\nb: 1\n", [("SG106", 3, 1)]),
}


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
@pytest.mark.parametrize(("text", "expected"), CORPUS.values(), ids=CORPUS.keys())
def test_v39_documents(text: str, expected: list[tuple[str, int, int]], loader: type) -> None:
    """A second document or a directive is refused where it begins, and nothing of the file is read."""
    reading = read(Source("p.yaml", text), loader)

    assert [(found.code, found.line, found.column) for found in reading.findings] == expected
    assert reading.tree is None


@pytest.mark.parametrize("text", ["---\na: b\n", "a: b\n...\n", "---\na: b\n...\n\n# the end"])
def test_v39_one_marked_document_is_one(text: str) -> None:
    """Marks around the only document change nothing."""
    assert compose(Source("p.yaml", text)).value() == {"a": "b"}
