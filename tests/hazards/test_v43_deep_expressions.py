"""V43: a deep or long expression ends the process or escapes as RecursionError (lark, CPython, OPA CVE-2022-33082)."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scopeguard import PolicyError, Resource
from scopeguard.syntax.parser import parse_condition, parse_pattern, parse_requirement
from tests.hazards.packs import editor, load

DEEP = {
    "parentheses": "(" * 2000 + "a" + ")" * 2000, "not": "!" * 4000 + "a", "minus": "-" * 4000 + "a",
    "lists": "[" * 2000 + "]" * 2000, "maps": "{1:" * 1000 + "1" + "}" * 1000, "fields": "a" + ".b" * 2000,
    "indexes": "a" + "[0]" * 1300, "calls": "f(" * 1900 + ")" * 1900, "choices": "a ? b : " * 500 + "c",
    "and": " && ".join(["a"] * 800), "methods": "a" + ".f()" * 1000, "open": "(" * 4096, "words": "a " * 2000,
    "macros": "a.all(x, " * 400 + "true" + ")" * 400,
}  # fmt: skip


def refused(parse: Callable[[str], object], text: str) -> str | None:
    """The code with which a text is refused; None where it is read."""
    try:
        parse(text)
    except PolicyError as error:
        return error.diagnostics[0].code
    return None


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP.keys())
def test_v43_deep_expressions(text: str) -> None:
    """It is read, or refused with a diagnostic of the library; nothing else comes out."""
    for parse in (parse_condition, parse_requirement, parse_pattern):
        assert refused(parse, text) in {None, "SG301", "SG501", "SG502", "SG503", "SG505"}


def test_v43_what_is_too_deep_is_told() -> None:
    """Every kind of nesting stops at its bound, before anything is built on it; a long chain of && is not nested."""
    found = {name: refused(parse_condition, text) for name, text in DEEP.items()}
    assert found.pop("and") is None
    assert found.pop("calls") == "SG502"
    assert (found.pop("open"), found.pop("words")) == ("SG501", "SG501")
    assert set(found.values()) == {"SG503"}


def test_v43_in_a_process_with_a_small_stack() -> None:
    """Deep requirements and conditions at a recursion limit of a busy server leave the process whole."""
    code = (
        "import sys; sys.setrecursionlimit(220)\n"
        "from scopeguard import PolicyError\n"
        "from scopeguard.syntax.parser import parse_condition, parse_requirement\n"
        "for parse, text in ((parse_condition, '(' * 60 + 'a' + ')' * 60), (parse_requirement, 'all(' * 9000), "
        "(parse_condition, '!(' * 30 + 'a' + ')' * 30)):\n"
        "    try:\n        parse(text)\n    except PolicyError:\n        pass\n"
        "print('whole')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "whole\n", done.stderr[-500:]


@pytest.mark.parametrize("word", ["all", "any"])
def test_v43_requirements_have_a_bound(word: str) -> None:
    """Requirements may stand in each other 32 deep, and no deeper."""
    deepest = f"{word}(" * 32 + "notes:read" + ")" * 32
    assert refused(parse_requirement, deepest) is None
    assert refused(parse_requirement, f"{word}({deepest})") == "SG301"


DEEPEST = {
    "not": "!" * 30 + "(resource.id == 'n')", "parentheses": "(" * 64 + "resource.id == 'n'" + ")" * 64,
    "choices": "resource.id == 'x' ? false : " * 30 + "resource.id == 'n'",
    "lists": "[" * 30 + "resource.id" + "]" * 30 + " == " + "[" * 30 + "'n'" + "]" * 30,
    "macros": "".join(f"[1].all(x{depth}, " for depth in range(30)) + "resource.id == 'n'" + ")" * 30,
    "sums": "resource.id" + " + 'a'" * 30 + " == 'n" + "a" * 30 + "'", "or": " || ".join(["resource.id == 'n'"] * 186),
    "and": "true && (resource.id == 'n' && (" * 14 + "resource.id == 'n'" + "))" * 14,
}  # fmt: skip


@pytest.mark.parametrize("text", DEEPEST.values(), ids=DEEPEST.keys())
def test_v43_the_deepest_that_is_read_goes_all_the_way(tmp_path: Path, text: str) -> None:
    """A condition at its bound is checked, compiled, decided, explained and listed like any other."""
    guard = load(tmp_path, f'{{id: a, effect: deny, on: ["notes:read"], when: "{text}", code: not_permitted}}')
    for _ in range(2):
        assert guard.check(editor(), "notes:read", Resource("notes", "n", "ws_1")).rules == ("a",)
        assert guard.check(editor(), "notes:read", Resource("notes", "m", "ws_1")).rules == ("role:editor",)
    assert not guard.explain(editor(), "notes:read", Resource("notes", "n", "ws_1")).decision.allowed
    assert sorted(guard.permissions(editor()).conditional) == ["notes:read"]
