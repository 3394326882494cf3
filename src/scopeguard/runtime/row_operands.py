"""Operands of tests of a row, before the values of a request are there, and with them."""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from scopeguard.conditions import Attribute, FunctionName, Operand, Value
from scopeguard.runtime.known_values import FilledRequest, KnownPart
from scopeguard.runtime.row_tests import made_of


class Computed(NamedTuple):
    """A function of a row, before the values of the request are there."""

    name: FunctionName
    args: "tuple[Draft, ...]"


Draft: TypeAlias = Attribute | KnownPart | Computed
"""An operand, before the values of the request are there."""


def known_parts(operand: Draft) -> Iterable[KnownPart]:
    """The parts of an operand that a request gives."""
    match operand:
        case KnownPart():
            yield operand
        case Computed(args=args):
            for arg in args:
                yield from known_parts(arg)


def resolved(operand: Draft, request: FilledRequest | None) -> Operand:
    """An operand with the values of a request. Raises EvaluationError for what has none, and Unsayable."""
    match operand:
        case KnownPart():
            return Value(operand.value(request))
        case Computed(name=name, args=args):
            return made_of(name, tuple(resolved(arg, request) for arg in args))
    return operand
