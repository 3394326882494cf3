"""V54: a comparison of secrets that takes longer the more is right, or that fails on text beyond ASCII [run]."""

import ast
from pathlib import Path

import pytest

from scopeguard.keys import browser_signals, build_key, find_keys

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "scopeguard"
SECRET_NAMES = ("secret", "token", "password")


def compared(tree: ast.Module) -> list[str]:
    """The names in comparisons by ``==`` and ``!=`` that say they hold something secret."""
    return [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
        for side in (node.left, *node.comparators)
        for name in [side.id if isinstance(side, ast.Name) else side.attr if isinstance(side, ast.Attribute) else ""]
        if any(word in name.lower() for word in SECRET_NAMES)
    ]


def test_v54_no_secret_is_compared() -> None:
    """The library is given no stored secret, and compares none: hosts do that, and say who the principal is."""
    assert compared(ast.parse("a.secret == b")) == ["secret"]
    found = {
        path.name: names
        for path in sorted(PACKAGE.rglob("*.py"))
        if (names := compared(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


@pytest.mark.parametrize("letter", ["\u00e9", "\u0430", "\u212a", "\uff11", "\ud800", "\x00"])
def test_v54_text_beyond_ascii_is_no_error(letter: str) -> None:
    """It is no part of a key, wherever it stands, and stops no search."""
    key = build_key("sk", "k1", "a1B2" * 9)
    for text in (letter + key, key + letter, f"sk_{letter}_{key}"):
        assert len(find_keys(text, "sk")) == 1
    for at in range(len(key)):
        assert find_keys(key[:at] + letter + key[at + 1 :], "sk") == ()
    assert browser_signals({"Origin": letter, "Authorization": f"Bearer {letter}{key}"}, prefix="sk") == ()
