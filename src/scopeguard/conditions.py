"""Conditions about the rows of a list: what ``Guard.filter`` gives, and what back ends translate.

A row passes where the condition is true of it. A test of an attribute that the row does not have (a NULL) is neither
true nor false, and so is its ``Not``; ``Not`` is around single tests only, so that no back end has to negate what
has three values. ``All(())`` is true of every row, ``Any(())`` of none.
"""

import typing
from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import ClassVar, Final, Literal, TypeAlias

from msgspec import Struct

from scopeguard.source import Location

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]
TextTest: TypeAlias = Literal["startsWith", "endsWith", "contains"]
FunctionName: TypeAlias = Literal["+", "-", "*", "/", "size"]
Scalar: TypeAlias = bool | int | float | str | bytes | datetime | timedelta
"""A value that an attribute is compared with. A number is of the type of the attribute beside it."""


class Origin(Struct, frozen=True):
    """What a test comes from: a rule, ``scope:…`` or ``role:…``, and where that is written."""

    rule: str
    place: Location | None = None


class Attribute(Struct, frozen=True):
    """An attribute of a row, of a declared type; ``id`` and ``workspace`` are texts that every row may have."""

    name: str
    type: str

    def __str__(self) -> str:
        return self.name


class Value(Struct, frozen=True):
    """A value known before the rows are looked at."""

    value: Scalar

    def __str__(self) -> str:
        return _text(self.value)


class Function(Struct, frozen=True):
    """What is made of attributes of a row: numbers of the type double, texts joined, the code points of a text.

    It has no value where one of its parts has none, and where it comes to no finite number.
    """

    name: FunctionName
    args: tuple["Operand", ...]
    type: str

    def __str__(self) -> str:
        if self.name == "size":
            return f"size({self.args[0]})"
        return "(" + f" {self.name} ".join(map(str, self.args)) + ")"


Operand: TypeAlias = Attribute | Value | Function


class _Test(Struct, frozen=True, eq=False, kw_only=True):
    """A test of one row. Equal tests say the same, wherever they come from."""

    parts: ClassVar["attrgetter[typing.Any]"]
    """What takes part in equality."""
    origin: Origin | None = None

    def __eq__(self, other: object) -> bool:
        return other.__class__ is self.__class__ and self.parts(self) == self.parts(other)

    def __ne__(self, other: object) -> bool:
        # A struct has a __ne__ of its own.
        return not self == other

    def __hash__(self) -> int:
        return hash(self.parts(self))


class Compare(_Test, frozen=True, eq=False):
    """``left operator right``, of one type. Texts are compared by their code points, times as moments."""

    parts = attrgetter("operator", "left", "right")
    operator: Operator
    left: Operand
    right: Operand

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


class In(_Test, frozen=True, eq=False):
    """The attribute is one of *values*, which are of its type."""

    parts = attrgetter("attribute", "values")
    attribute: Attribute
    values: tuple[Scalar, ...]

    def __str__(self) -> str:
        return f"{self.attribute} in [{', '.join(map(_text, self.values))}]"


class Includes(_Test, frozen=True, eq=False):
    """The attribute, a list, has the value as one of its elements."""

    parts = attrgetter("attribute", "item")
    attribute: Attribute
    item: Value

    def __str__(self) -> str:
        return f"{self.item} in {self.attribute}"


class Has(_Test, frozen=True, eq=False):
    """The row has the attribute: the column is not NULL."""

    parts = attrgetter("attribute")
    attribute: Attribute

    def __str__(self) -> str:
        return f"has({self.attribute})"


class Text(_Test, frozen=True, eq=False):
    """``subject.startsWith(argument)`` and its kin, code point by code point: no letter stands for another."""

    parts = attrgetter("test", "subject", "argument")
    test: TextTest
    subject: Operand
    argument: Operand

    def __str__(self) -> str:
        return f"{self.subject}.{self.test}({self.argument})"


class Opaque(_Test, frozen=True, eq=False):
    """A test that only ``Guard.check`` can do, in the words of the policy. No back end may guess at it."""

    parts = attrgetter("text")
    text: str

    def __str__(self) -> str:
        return f"({self.text})"


Test: TypeAlias = Compare | In | Includes | Has | Text | Opaque


class Not(Struct, frozen=True):
    """The test is false: the row has what it asks for, and that is another."""

    test: Test

    def __str__(self) -> str:
        return f"!{self.test}" if isinstance(self.test, Has | Text | Opaque) else f"!({self.test})"


class All(Struct, frozen=True):
    """Every part is true."""

    parts: tuple["Condition", ...]

    def __str__(self) -> str:
        return " && ".join(_nested(part, Any) for part in self.parts) if self.parts else "true"


class Any(Struct, frozen=True):
    """One part at least is true."""

    parts: tuple["Condition", ...]

    def __str__(self) -> str:
        return " || ".join(_nested(part, All) for part in self.parts) if self.parts else "false"


Condition: TypeAlias = All | Any | Not | Test

ALWAYS: Final = All(())
NEVER: Final = Any(())


def each_test(condition: Condition) -> Iterator[Test]:
    """Every test of a condition, in order."""
    left: list[Condition] = [condition]
    while left:
        match left.pop():
            case All(parts=parts) | Any(parts=parts):
                left.extend(reversed(parts))
            case Not(test=test):
                yield test
            case test:
                yield test


def attributes(operand: Operand) -> Iterator[Attribute]:
    """The attributes that an operand reads."""
    match operand:
        case Attribute():
            yield operand
        case Function(args=args):
            for arg in args:
                yield from attributes(arg)


def _nested(part: Condition, other: type) -> str:
    is_several = isinstance(part, All | Any) and isinstance(part, other) and len(part.parts) > 1
    return f"({part})" if is_several else str(part)


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f'timestamp("{value.isoformat()}")'
    if isinstance(value, timedelta):
        return f'duration("{value.total_seconds()}s")'
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
