"""Words for what went wrong: what a parser met, what it would have taken, and the likely slip."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.errors import quoted

END: Final = "$END"
"""The name of the token after the last one."""

_VALUE: Final = "INT"
_OPERATOR: Final = "AND"

# In the order in which a message lists them. A place that takes any value takes an int, and one
# that takes any operator takes "&&", so that one terminal represents all of its kind.
_CONDITION_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        _VALUE: "a value",
        _OPERATOR: "an operator",
        "IDENT": "a name",
        "COMMA": '","',
        "COLON": '":"',
        "RPAR": '")"',
        "RSQB": '"]"',
        "RBRACE": '"}"',
        END: "the end",
    }
)
_SCOPE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "SURFACE": "a surface",
        "GROUP": "a group",
        "ACTION": "an action",
        "RESOURCE_ID": "a resource id",
        "_AT": '"@"',
        "_STAR": '"*"',
        "_OPEN": '"{"',
        "_COLON": '":"',
        "_COMMA": '","',
        "_CLOSE": '")"',
        "_SHUT": '"}"',
        END: "the end",
    }
)

_CONDITION_SLIPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "and": 'write "&&"',
        "or": 'write "||"',
        "not": '"not" is written "!"',
        "if": "write test ? one : other",
        "is": 'write "=="',
        "=": 'write "==" to compare',
        "&": 'write "&&"',
        "|": 'write "||"',
        "<>": 'write "!="',
        "===": 'write "=="',
        "=~": "write a.matches(b)",
        "==~": "write a.matches(b)",
        "~": "write a.matches(b)",
        "!~": "write !a.matches(b)",
        "!==": 'write "!="',
        "=>": 'write ">="',
        "=<": 'write "<="',
        "**": "there is no power operator",
        "#": 'a comment begins with "//"',
        "/*": 'a comment begins with "//"',
        ";": "a condition is one expression",
        "\N{LEFT SINGLE QUOTATION MARK}": "write a straight quote, '",
        "\N{RIGHT SINGLE QUOTATION MARK}": "write a straight quote, '",
        "\N{LEFT DOUBLE QUOTATION MARK}": 'write a straight quote, "',
        "\N{RIGHT DOUBLE QUOTATION MARK}": 'write a straight quote, "',
        "`": "a field in backquotes comes after a dot and holds letters, digits and _ . - / or spaces",
    }
)
_INFIX: Final = frozenset({"contains", "endsWith", "matches", "startsWith"})
_NOT_BEFORE: Final = re.compile(r"(?<![\w.])not\s*$", re.IGNORECASE)
_ARROW: Final = re.compile(r"\.(\w+)\(\s*(\w+)\s*=?\s*$")
"""The beginning of a macro, up to the arrow of a function in other languages."""
_SIGNS: Final = "=!<>*/~"
_RUN: Final = re.compile(r"[A-Za-z_]\w*|=[<>~]|!~|\"\"\"|'''|.", re.DOTALL)

_SCOPE_SLIPS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("grants", ","): "separate scopes with one space",
        ("grants", "*"): "a held scope names one surface and one action; wildcards are for policies only",
        ("grants", "@"): "a held scope names one surface; groups are for policies only",
        ("requirement", "@"): "a requirement names one surface and one action",
        ("requirement", ","): "write all(…, …) or any(…, …)",
        ("requirement", "&"): "write all(…, …)",
        ("requirement", "|"): "write any(…, …)",
        ("requirement", "*"): "a requirement names one surface and one action",
        ("pattern", "/"): "a pattern names no resource",
        ("pattern", ","): "write several actions as {read,write}",
    }
)
_LENGTHS: Final = "a surface has at most 48 characters, an action 32, a resource id 128"
_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")
_ID: Final = _NAME | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ.~-")
_CLOSING: Final = frozenset(")}")
_SEPARATORS: Final = re.compile(r"[ ,({]")
_NAMES: Final = frozenset({"SURFACE", "GROUP", "ACTION"})


def condition_slip(text: str, offset: int, length: int, accepted: frozenset[str]) -> tuple[str, str | None]:
    """Message and hint for the *length* characters of a condition at *offset* that are not allowed there.

    *accepted* are the names of the terminals that could. A length of 0 means a character that
    begins no token.
    """
    met = _RUN.match(text, offset)
    if met is None:
        return _unexpected("end", _CONDITION_WORDS, accepted), None
    run = met[0]
    if length == 0 and run[0] in "\"'":
        where = ", on the same line" if len(run) == 1 else ""
        return "the text in quotes is not closed", f"close it with {run}{where}"
    shown = text[offset : offset + length] if length else run
    return _unexpected(quoted(shown), _CONDITION_WORDS, accepted), _hint(text, offset, run)


def _hint(text: str, offset: int, run: str) -> str | None:
    word = run.lower()
    if word == "not" and text[offset + 3 :].lower().split()[:1] == ["in"]:
        return "write !(a in b)"
    if run in _INFIX:
        return f"write a.{run}(b)"
    if word not in _CONDITION_SLIPS and _NOT_BEFORE.search(text, 0, offset):
        return _CONDITION_SLIPS["not"]
    # The first sign of "<>" is an operator of its own, so only the second is unexpected.
    before = text[:offset]
    joined = before[len(before.rstrip(_SIGNS)) :] + run
    if joined == "=>" and (macro := _ARROW.search(before)):
        return f"write {macro[1]}({macro[2]}, …)"
    # Such an operator is spelled right: a value is missing before it.
    return None if text.startswith(("&&", "||"), offset) else _CONDITION_SLIPS.get(joined, _CONDITION_SLIPS.get(word))


def scope_slip(kind: str, text: str, offset: int, accepted: frozenset[str]) -> tuple[str, str | None]:
    """Message and hint for the character at *offset* of a *kind* (grants, requirement, pattern)."""
    if offset >= len(text):
        return _unexpected("end", _SCOPE_WORDS, accepted), None
    char = text[offset]
    return _unexpected(quoted(char), _SCOPE_WORDS, accepted), _scope_hint(kind, text, offset, accepted)


def _scope_hint(kind: str, text: str, offset: int, accepted: frozenset[str]) -> str | None:
    char, before = text[offset], text[offset - 1 : offset]
    spaced = before == " " and char in _NAME
    narrowed = "/" in _SEPARATORS.split(text[:offset])[-1]
    # The first that holds is the likeliest slip.
    slips = (
        ((kind, char) in _SCOPE_SLIPS, _SCOPE_SLIPS.get((kind, char))),
        (not char.isprintable(), "control and invisible characters are never part of a scope"),
        (char == "*" or (before == "*" and char in _NAME), '"*" stands for a whole name'),
        (spaced and "_COMMA" in accepted, "separate them with a comma"),
        (spaced and kind == "requirement" and ":" not in text[offset:], "a permission has no spaces"),
        (spaced and kind == "requirement" and END in accepted, _SCOPE_SLIPS["requirement", ","]),
        (char == "." and "_COLON" in accepted, "a permission is written surface:action"),
        (char == " ", "a permission has no spaces"),
        (narrowed and char in _ID and before in _ID, _LENGTHS),
        (narrowed and char not in _CLOSING, "a resource id holds letters, digits and . _ ~ -"),
        (char in _NAME and before in _NAME, _LENGTHS),
        (char in _NAME and not accepted.isdisjoint(_NAMES), "a name begins with a letter from a to z"),
        (char.isalnum() or char == "-", "use lower-case letters, digits and underscores"),
    )
    return next((hint for holds, hint in slips if holds), None)


def _unexpected(met: str, words: Mapping[str, str], accepted: frozenset[str]) -> str:
    # Where any value is allowed a name is too, and needs no mention.
    known = [
        terminal for terminal in words if terminal in accepted and not (terminal == "IDENT" and _VALUE in accepted)
    ]
    *others, last = [words[terminal] for terminal in known] or ["something else"]
    return f"unexpected {met} where {', '.join(others)}{' or ' if others else ''}{last} is expected"
