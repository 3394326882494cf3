"""``string.format(list)`` (cel-go's strings extension): clauses such as ``%s``, ``%d`` and ``%.2f``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from scopeguard.errors import EvaluationError, quoted
from scopeguard.limits import MAX_VALUE_SIZE
from scopeguard.semantics.functions.conversions import double_text
from scopeguard.semantics.functions.declarations import Declaration, method
from scopeguard.semantics.timestamps import duration_text, timestamp_text
from scopeguard.semantics.values import bounded, kind_of

MAX_PRECISION: Final = 1000
"""Digits after the point that a clause may ask for."""

MAX_NESTING: Final = 32
"""How deep lists and maps are shown."""

DEFAULT_PRECISION: Final = 6

_TOO_LARGE: Final = f"a value larger than {MAX_VALUE_SIZE}"

_CLAUSE: Final = r"(?s)%(?:\.([0-9]{1,9}))?(.?)"
_KEYS: Final = frozenset({"bool", "int", "uint", "string"})


def _special(value: float) -> str | None:
    if math.isnan(value):
        return "NaN"
    return None if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"


def _refused(clause: str, kind: str) -> EvaluationError:
    return EvaluationError(f"%{clause} does not take {kind}")


def _double(value: float) -> str:
    return _special(value) or double_text(value)


_PLAIN: Final[Mapping[str, Callable[[Any], str]]] = MappingProxyType({
    "null": lambda _value: "null",
    "bool": lambda value: "true" if value else "false",
    "int": str,
    "uint": lambda value: str(int(value)),
    "double": _double,
    "string": str,
    "bytes": lambda value: value.decode("utf-8", "replace"),
    "timestamp": timestamp_text,
    "duration": duration_text,
    "type": str,
})  # fmt: skip


class _Shown:
    """Writes arguments out. Values share parts, so that what is written may be far longer than what is held."""

    __slots__ = ("elements", "size")

    def __init__(self) -> None:
        self.elements = 0
        self.size = 0

    def string(self, value: Any, depth: int = 0) -> str:
        kind = kind_of(value)
        plain = _PLAIN.get(kind)
        if plain is not None:
            return self._within(plain(value))
        if kind not in ("list", "map"):
            raise _refused("s", kind)
        if depth == MAX_NESTING:
            raise EvaluationError(f"values nested deeper than {MAX_NESTING} are not shown")
        self.elements += len(value)
        bounded(self.elements)
        if kind == "list":
            return f"[{', '.join([self.string(item, depth + 1) for item in value])}]"
        if any(kind_of(key) not in _KEYS for key in value):
            raise EvaluationError("a key that is no string, int, uint or bool is not shown")
        entries = sorted([(self.string(key), self.string(item, depth + 1)) for key, item in value.items()])
        return f"{{{', '.join(f'{key}: {item}' for key, item in entries)}}}"

    def _within(self, text: str) -> str:
        self.size += len(text)
        if self.size > MAX_VALUE_SIZE:
            raise EvaluationError(_TOO_LARGE)
        return text


def _decimal(value: Any, _precision: int) -> str:
    kind = kind_of(value)
    special = _special(value) if kind == "double" else None
    if special is not None:
        return special
    if kind not in ("int", "uint"):
        raise _refused("d", kind)
    return str(int(value))


def _of_double(clause: str) -> Callable[[Any, int], str]:
    def shown(value: Any, precision: int) -> str:
        kind = kind_of(value)
        if kind != "double":
            raise _refused(clause, kind)
        return _special(value) or format(value, f".{precision}{clause}")

    return shown


def _of_whole(clause: str, kinds: frozenset[str]) -> Callable[[Any, int], str]:
    def shown(value: Any, _precision: int) -> str:
        kind = kind_of(value)
        if kind not in kinds:
            raise _refused(clause, kind)
        return format(int(value), clause)

    return shown


def _hexadecimal(clause: str) -> Callable[[Any, int], str]:
    whole = _of_whole(clause, frozenset({"int", "uint"}))

    def shown(value: Any, precision: int) -> str:
        if isinstance(value, str):
            value = value.encode("utf-8", "surrogatepass")
        if isinstance(value, bytes):
            return value.hex() if clause == "x" else value.hex().upper()
        return whole(value, precision)

    return shown


_CLAUSES: Final[Mapping[str, Callable[[Any, int], str]]] = MappingProxyType({
    "d": _decimal,
    "f": _of_double("f"),
    "e": _of_double("e"),
    "b": _of_whole("b", frozenset({"bool", "int", "uint"})),
    "o": _of_whole("o", frozenset({"int", "uint"})),
    "x": _hexadecimal("x"),
    "X": _hexadecimal("X"),
})  # fmt: skip


def formatted(text: str, arguments: Sequence[Any]) -> str:
    """*text* with its clauses replaced by *arguments*, one after the other; ``%%`` is a percent sign.

    Raises EvaluationError for a clause that does not exist or has no argument, for an argument that
    its clause does not take, and for a result larger than MAX_VALUE_SIZE.
    """
    size = 0
    written: list[str] = []
    for piece in _pieces(text, arguments):
        size += len(piece)
        if size > MAX_VALUE_SIZE:
            raise EvaluationError(_TOO_LARGE)
        written.append(piece)
    return "".join(written)


def _pieces(text: str, arguments: Sequence[Any]) -> Iterator[str]:
    shown = _Shown()
    clauses: Mapping[str, Callable[[Any, int], str]] = {**_CLAUSES, "s": lambda value, _precision: shown.string(value)}
    end = used = 0
    for found in re.finditer(_CLAUSE, text):
        yield text[end : found.start()]
        end = found.end()
        precision, clause = found.groups()
        if clause == "%" and precision is None:
            yield "%"
            continue
        if clause not in clauses:
            raise EvaluationError(f"unknown clause {quoted(found[0])}")
        digits = DEFAULT_PRECISION if precision is None else int(precision)
        if digits > MAX_PRECISION:
            raise EvaluationError(f"a precision over {MAX_PRECISION}")
        if used == len(arguments):
            raise EvaluationError(f"index {used} out of range")
        yield clauses[clause](arguments[used], digits)
        used += 1
    yield text[end:]


DECLARATIONS: Final[tuple[Declaration, ...]] = (method("format", "string, list(dyn) -> string", formatted),)
