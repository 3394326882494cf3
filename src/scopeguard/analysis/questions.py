"""What is asked of a world: questions about one action, what was read for them, and what stays unknown."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from scopeguard.analysis.logic import Truth
from scopeguard.analysis.symbols import Symbol
from scopeguard.analysis.values import Case
from scopeguard.compiling.environment import RequestedAction
from scopeguard.compiling.program import Program
from scopeguard.syntax.expression import Expr


@dataclass
class Reads:
    """What was read for a question: symbols by name, and what is unknown."""

    symbols: dict[str, Symbol] = field(default_factory=dict)
    unknowns: dict[Any, "Unknown"] = field(default_factory=dict)

    def add(self, other: "Reads") -> None:
        """Add what was read for something else."""
        self.symbols.update(other.symbols)
        self.unknowns.update(other.unknowns)


class Asked(Protocol):
    """A question about one action, to one pack; a *bare* one names no resource."""

    program: Program
    question: RequestedAction
    bare: bool
    reads: Reads


@dataclass
class Condition:
    """A condition with the names that it reads, whether it asks what is held, and what it comes to, by question."""

    expr: Expr
    names: frozenset[str]
    asks: bool
    known: dict[Any, tuple[Truth, Reads]] = field(default_factory=dict)


@dataclass(frozen=True)
class Unknown:
    """Something of which the encoding does not say what it is: the evaluator does, for one request."""

    view: Asked
    expr: Expr
    case: Case | None
    """Of a value; None for a condition."""
    truth: Truth
