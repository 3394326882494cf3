"""How a function of the language is declared: its name, its types and what applies it.

Each module of functions holds a table of declarations; the type checker, the reference evaluator
and the compiler all read these tables and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class Declaration(Struct, frozen=True):
    """One overload.

    *types* reads ``"string, int -> string"``; a single capital letter is a type variable, and
    the receiver of a method comes first. *apply* gets the arguments in that order, each of exactly
    the kind declared, and raises EvaluationError where it has no value.
    """

    name: str
    types: str
    apply: Callable[..., Any]
    method: bool = False


def function(name: str, types: str, apply: Callable[..., Any]) -> Declaration:
    """``name(…)``; the name may be qualified, such as ``math.abs``."""
    return Declaration(name, types, apply)


def method(name: str, types: str, apply: Callable[..., Any]) -> Declaration:
    """``receiver.name(…)``; the first of *types* is the receiver's."""
    return Declaration(name, types, apply, method=True)
