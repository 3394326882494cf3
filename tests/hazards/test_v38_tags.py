"""V38: tags, which make a YAML reader build objects or call functions."""

import pytest

from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source

CORPUS = {
    "a call": ("a: !!python/object/apply:os.system [id]\n", [("SG105", 1, 4)]),
    "a call on the whole file": ("!!python/object/new:type {a: b}\n", [("SG105", 1, 1)]),
    "a name": ("a: !!python/name:os.system ''\n", [("SG105", 1, 4)]),
    "a standard type": ("a: !!str 5\n", [("SG105", 1, 4)]),
    "the tag that means none": ("a: ! 5\n", [("SG105", 1, 4)]),
    "one's own": ("a: !secret key\n", [("SG105", 1, 4)]),
    "spelled out": ("a: !<tag:yaml.org,2002:int> 5\n", [("SG105", 1, 4)]),
    "on a key": ("!!str a: 5\n", [("SG105", 1, 1)]),
    "binary": ("a: !!binary aGk=\n", [("SG105", 1, 4)]),
    "of an unknown handle": ("é: !x!y 5\n", [("SG105", 1, 4)]),
    "each one is told": ("a: !!str 5\nb: !!int 6\n", [("SG105", 1, 4), ("SG105", 2, 4)]),
}


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
@pytest.mark.parametrize(("text", "expected"), CORPUS.values(), ids=CORPUS.keys())
def test_v38_tags(text: str, expected: list[tuple[str, int, int]], loader: type) -> None:
    """A tag is refused where it stands."""
    reading = read(Source("p.yaml", text), loader)

    assert [(found.code, found.line, found.column) for found in reading.findings] == expected
