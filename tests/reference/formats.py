"""``text.format(list)``, written to be read."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.reference.numbers import double_text
from tests.reference.operators import held
from tests.reference.times import duration_text, timestamp_text
from tests.reference.values import NoValue, TypeName, of, pairs, taking, type_of

DIGITS = 1000
DEPTH = 32


def shown(value: Any, depth: int = 0) -> str:
    """``%s``: any value but an optional, an address or a network."""
    match type_of(value):
        case "null":
            return "null"
        case "bool":
            return "true" if value else "false"
        case "bytes":
            return str(value.decode("utf-8", "replace"))
        case "double":
            return double_text(value)
        case "timestamp":
            return timestamp_text(value)
        case "duration":
            return duration_text(value)
        case "string" | "int" | "uint":
            return str(value) if type(value) is str else f"{int(value)}"
        case "type":
            return str(value.name) if isinstance(value, TypeName) else ""
        case "list" if depth < DEPTH:
            return f"[{', '.join(shown(item, depth + 1) for item in value)}]"
        case "map" if depth < DEPTH:
            entries = sorted((shown(key), shown(item, depth + 1)) for key, item in pairs(value))
            return f"{{{', '.join(f'{key}: {item}' for key, item in entries)}}}"
    raise NoValue


def digits(base: str) -> Mapping[str, Callable[[Any, int], str]]:
    """A whole number in digits of a base."""
    return dict.fromkeys(("int int", "uint int"), lambda value, _: format(int(value), base))


def octets(base: str, change: Callable[[str], str]) -> Callable[..., str]:
    """``%x`` and ``%X``: also of texts and bytes."""
    return taking({
        **digits(base), "bytes int": lambda value, _: change(value.hex()),
        "string int": lambda value, _: change(value.encode().hex()),
    })  # fmt: skip


CLAUSES: Mapping[str, Callable[[Any, int], str]] = {
    "s": lambda value, _: shown(value),
    "d": taking(digits("d")),
    "f": of(lambda value, places: f"{value:.{places}f}", "double int"),
    "e": of(lambda value, places: f"{value:.{places}e}", "double int"),
    "b": taking({**digits("b"), "bool int": lambda value, _: "1" if value else "0"}),
    "o": taking(digits("o")),
    "x": octets("x", str.lower),
    "X": octets("X", str.upper),
}


def formatted(whole: str, operands: tuple[Any, ...]) -> str:
    """A text with operands in the place of its clauses, of which ``%%`` is a percent sign."""
    left = list(operands)

    def written(clause: re.Match[str]) -> str:
        if clause[0] == "%%":
            return "%"
        if clause[2] not in CLAUSES or not left or int(clause[1] or 6) > DIGITS:
            raise NoValue
        return CLAUSES[clause[2]](left.pop(0), int(clause[1] or 6))

    return str(held(re.sub(r"(?s)%(?:\.([0-9]{1,9}))?(.?)", written, whole)))


FORMATS: Mapping[str, Callable[..., Any]] = {".format": of(formatted, "string list")}
