"""What SQLite and PostgreSQL say in words of their own: texts by code points, elements of lists, and arithmetic.

No other database is asked: its comparisons may ignore case, accents or spaces.
"""

from collections.abc import Mapping
from math import inf, nextafter
from types import MappingProxyType
from typing import Final

_LARGEST: Final = nextafter(inf, 0.0)


def _number(value: float) -> str:
    """A double in SQL, of which nothing is lost."""
    return f"CAST('{value!r}' AS DOUBLE PRECISION)"


def _of_two(result: str) -> str:
    """A template with its arguments, once each, as the doubles ``v.x`` and ``v.y``."""
    names = "CAST({0} AS DOUBLE PRECISION) AS x, CAST({1} AS DOUBLE PRECISION) AS y"
    return f"(SELECT {result} FROM (SELECT {names}) AS v)"  # noqa: S608  # texts of this module alone


def _if_finite(result: str) -> str:
    return _of_two(f"CASE WHEN {result} BETWEEN {-_LARGEST!r} AND {_LARGEST!r} THEN {result} END")


def _summed(operator: str) -> str:
    """A sum in PostgreSQL, which fails where it is too large. Half of each, which loses nothing there, does not."""
    halves = f"abs(v.x * {_number(0.5)} {operator} v.y * {_number(0.5)})"
    return _of_two(
        f"CASE WHEN abs(v.x) >= {_number(2.0**900)} AND abs(v.y) >= {_number(2.0**900)} THEN "
        f"CASE WHEN {halves} < {_number(2.0**1023)} THEN v.x {operator} v.y END ELSE v.x {operator} v.y END"
    )


def _multiplied() -> str:
    """A product in PostgreSQL, which fails where it is too large, and where it is so small that it is zero.

    It is looked at beforehand, with each factor times a power of two, which loses nothing but whether what seems to be
    half of the least double is just above it: that has no value.
    """
    shrunk = f"abs((v.x * {_number(2.0**-512)}) * (v.y * {_number(2.0**-512)}))"
    grown = f"abs((v.x * {_number(2.0**512)}) * (v.y * {_number(2.0**512)}))"
    least, tiny = _number(2.0**-51), _number(2.0**-540)
    return _of_two(
        f"CASE WHEN abs(v.x) >= 1 AND abs(v.y) >= 1 THEN CASE WHEN {shrunk} < 1 THEN v.x * v.y END "
        f"WHEN abs(v.x) < 1 AND abs(v.y) < 1 THEN CASE WHEN abs(v.x) < {tiny} AND abs(v.y) < {tiny} THEN 0.0 "
        f"WHEN {grown} > {least} THEN v.x * v.y WHEN {grown} < {least} THEN 0.0 END "
        "ELSE v.x * v.y END"
    )


def _divided() -> str:
    """A quotient in PostgreSQL, of no value for a divisor of zero; as :func:`_multiplied` otherwise."""
    quotient = "v.x / nullif(v.y, 0)"
    shrink, grow = _number(2.0**-512), _number(2.0**512)
    ends = f"abs((v.x * {grow}) / (v.y * {shrink}))"
    least = _number(2.0**-51)
    return _of_two(
        "CASE WHEN abs(v.y) < 1 AND abs(v.x) >= abs(v.y) THEN "
        f"CASE WHEN v.y = 0 OR (abs(v.x) >= 1 AND abs(v.y) < {_number(2.0**-1024)}) THEN NULL "
        f"WHEN abs(v.x) >= 1 THEN CASE WHEN abs((v.x * {shrink}) / (v.y * {grow})) < 1 THEN {quotient} END "
        f"WHEN abs(v.x / (v.y * {grow})) < {grow} THEN {quotient} END "
        f"WHEN abs(v.y) > 1 AND abs(v.x) < 1 THEN CASE WHEN v.x = 0 OR {ends} < {least} THEN 0.0 "
        f"WHEN {ends} > {least} THEN {quotient} END "
        f"ELSE {quotient} END"
    )


SQLITE: Final[Mapping[str, str]] = MappingProxyType({
    "supported": "({0})",
    "exact": "{0} COLLATE BINARY",
    "ordered": "{0} COLLATE BINARY",
    # LIKE ignores the case of ASCII letters here, and has wildcards everywhere.
    "startsWith": "(substr({0}, 1, length({1})) = {1})",
    "endsWith": "(length({1}) <= length({0}) AND substr({0}, length({0}) - length({1}) + 1) = {1})",
    "contains": "(instr({0}, {1}) > 0)",
    "size": "length({0})",
    "+": _if_finite("(v.x + v.y)"),
    "-": _if_finite("(v.x - v.y)"),
    "*": _if_finite("(v.x * v.y)"),
    "/": _if_finite("(v.x / nullif(v.y, 0.0))"),
    "json_has": "(coalesce(json_type({0}), 'null') <> 'null')",
    "json_includes": (
        "CASE WHEN json_type({0}) = 'array' AND NOT EXISTS (SELECT 1 FROM json_each({0}) AS e WHERE e.type <> 'text') "
        "THEN EXISTS (SELECT 1 FROM json_each({0}) AS e WHERE e.value = {1}) END"
    ),
})  # fmt: skip
POSTGRESQL: Final[Mapping[str, str]] = MappingProxyType({
    "supported": "({0})",
    # Deterministic collations, all that are not declared for a column, have a text equal only to itself.
    "exact": "{0}",
    "ordered": '({0} COLLATE "C")',
    "startsWith": '(left({0}, char_length({1})) COLLATE "C" = {1})',
    "endsWith": '(char_length({1}) <= char_length({0}) AND right({0}, char_length({1})) COLLATE "C" = {1})',
    "contains": '(strpos({0} COLLATE "C", {1}) > 0)',
    "size": "char_length({0})",
    "+": _summed("+"),
    "-": _summed("-"),
    "*": _multiplied(),
    "/": _divided(),
    "json_has": "(coalesce(jsonb_typeof(CAST({0} AS JSONB)), 'null') <> 'null')",
    "json_includes": (
        "CASE WHEN jsonb_typeof(CAST({0} AS JSONB)) = 'array' AND NOT "
        "jsonb_path_exists(CAST({0} AS JSONB), '$[*] ? (@.type() != \"string\")') "
        "THEN jsonb_exists(CAST({0} AS JSONB), {1}) END"
    ),
    "array_includes": "CASE WHEN array_position({0}, NULL) IS NULL THEN {1} = ANY ({0}) END",
})  # fmt: skip
DATABASES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({"sqlite": SQLITE, "postgresql": POSTGRESQL})
"""By the name that SQLAlchemy and Django have for a database, its templates: ``{0}`` is the first argument."""

BINARY: Final = frozenset({None, "", "C", "POSIX", "ucs_basic", "C.UTF-8", "C.utf8", "BINARY"})
"""Collations under which a text is equal only to itself; with none declared, the database's own."""
