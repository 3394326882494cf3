"""V37: a merge key that brings in an effect nobody sees."""

import pytest

from scopeguard.documents.loading import read_source
from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source

CORPUS = {
    "of an alias": ("a: &x {effect: allow}\nb: {<<: *x}\n", [("SG103", 1, 4), ("SG104", 2, 5), ("SG103", 2, 9)]),
    "of a mapping": ("b:\n  <<: {effect: allow}\n", [("SG104", 2, 3)]),
    "of a list": ("b:\n  <<: [{a: 1}, {b: 2}]\n", [("SG104", 2, 3)]),
    "twice": ("b:\n  <<: {a: 1}\n  <<: {b: 2}\n", [("SG104", 2, 3), ("SG104", 3, 3), ("SG102", 3, 3)]),
    "spelled as a complex key": ("? <<\n: {a: 1}\n", [("SG104", 1, 3)]),
}


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
@pytest.mark.parametrize(("text", "expected"), CORPUS.values(), ids=CORPUS.keys())
def test_v37_merge_key(text: str, expected: list[tuple[str, int, int]], loader: type) -> None:
    """A merge key is refused where it stands."""
    reading = read(Source("p.yaml", text), loader)

    assert [(found.code, found.line, found.column) for found in reading.findings] == expected


def test_v37_in_quotes_it_is_a_key_like_any_other() -> None:
    """A quoted << is no merge, and no key that a rule has."""
    text = 'scopeguard: 1\nrules:\n  - {"<<": {effect: allow}, id: a.b, effect: deny, on: [a:read]}\n'

    shaped = read_source(Source("p.yaml", text))

    assert [(found.code, found.line, found.column) for found in shaped.findings] == [("SG120", 3, 6)]
    assert shaped.document is not None
    assert [rule.effect for rule in shaped.document.content.rules or ()] == ["deny"]
