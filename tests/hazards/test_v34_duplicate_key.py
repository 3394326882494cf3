"""V34: a key written twice, where most YAML readers let the last one win."""

import pytest

from scopeguard.documents.loading import read_source
from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source

CORPUS = {
    "effect twice": ("scopeguard: 1\nrules:\n  - id: a.b\n    effect: deny\n    effect: allow\n", [("SG102", 5, 5)]),
    "quoted and plain are one key": ('a: 1\n"a": 2\n', [("SG102", 2, 1)]),
    "an escape spells the same key": ('on: 1\n"\\x6fn": 2\n', [("SG102", 2, 1)]),
    "in a flow mapping": ("rule: {effect: deny, effect: allow}\n", [("SG102", 1, 22)]),
    "a whole section": ("scopeguard: 1\nroles: {}\nroles: {}\n", [("SG102", 3, 1)]),
    "each one is told": ("a: 1\na: 2\nb: 3\na: 4\nb: 5\n", [("SG102", 2, 1), ("SG102", 4, 1), ("SG102", 5, 1)]),
    "1, true and 1.0 are no keys at all": (
        "1: a\ntrue: b\n1.0: c\n",
        [("SG121", 1, 1), ("SG121", 2, 1), ("SG121", 3, 1)],
    ),
}


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
@pytest.mark.parametrize(("text", "expected"), CORPUS.values(), ids=CORPUS.keys())
def test_v34_duplicate_key(text: str, expected: list[tuple[str, int, int]], loader: type) -> None:
    """Every repetition is refused where it stands."""
    reading = read(Source("p.yaml", text), loader)

    assert [(found.code, found.line, found.column) for found in reading.findings] == expected


def test_v34_neither_rule_is_read() -> None:
    """A rule that says both allow and deny is left out, and not decided by the order of its lines."""
    text = "scopeguard: 1\nrules:\n  - id: a.b\n    on: [a:read]\n    effect: deny\n    effect: allow\n"

    shaped = read_source(Source("p.yaml", text))

    assert shaped.document is not None
    assert shaped.document.content.rules is None
    assert shaped.broken == {("rules", "a.b")}
