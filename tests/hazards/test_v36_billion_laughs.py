"""V36: aliases of aliases, a few hundred bytes that stand for billions of values."""

import pytest

from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

CORPUS = {
    "anchor on a text": ("a: &x text\n", [("SG103", 1, 4)]),
    "anchor on a list": ("a: &x [1]\n", [("SG103", 1, 4)]),
    "anchor on a key": ("&x a: 1\n", [("SG103", 1, 1)]),
    "alias as a value": ("a: &x b\nc: *x\n", [("SG103", 1, 4), ("SG103", 2, 4)]),
    "alias as a key": ("a: &x b\n*x : c\n", [("SG103", 1, 4), ("SG103", 2, 1)]),
    "alias of nothing": ("é: *nowhere\n", [("SG103", 1, 4)]),
    "alias to itself": ("a: &x [*x]\n", [("SG103", 1, 4), ("SG103", 1, 8)]),
    "a name that is no anchor": ("a: *\n", [("SG103", 1, 4)]),
}


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
@pytest.mark.parametrize(("text", "expected"), CORPUS.values(), ids=CORPUS.keys())
def test_v36_aliases(text: str, expected: list[tuple[str, int, int]], loader: type) -> None:
    """Anchors and aliases are refused, each where it stands."""
    reading = read(Source("p.yaml", text), loader)

    assert [(found.code, found.line, found.column) for found in reading.findings] == expected


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
def test_v36_billion_laughs(loader: type) -> None:
    """Nothing is expanded: nine anchors and sixteen aliases give 25 findings, and the aliases stand for nothing."""
    reading = read(Source("p.yaml", LAUGHS), loader)

    assert [found.code for found in reading.findings] == ["SG103"] * 25
    assert reading.tree is not None
    assert reading.tree.value() == {"a": ["x", "x"], **{name: [None, None] for name in "bcdefghi"}}
