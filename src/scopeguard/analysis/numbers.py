"""Numbers of different kinds beside each other: a whole number is compared with a double as the nearest double."""

from dataclasses import dataclass, field
from math import inf, nextafter
from typing import Any, Final

from scopeguard.analysis.logic import Bool
from scopeguard.analysis.solver import z3
from scopeguard.analysis.values import Case

_EXACT: Final = 2**53
"""Up to here every whole number is a double."""
_STEP: Final = 2048
"""Every multiple of it in 64 bits is a double."""


@dataclass
class Numbers:
    """The whole numbers that are compared with doubles, and the doubles, which are real numbers to the solver."""

    axioms: list[Bool]
    nearest: Any = field(default_factory=lambda: z3.Function("nearest double", z3.IntSort(), z3.RealSort()))
    compared: dict[int, Any] = field(default_factory=dict)
    doubles: dict[int, Any] = field(default_factory=dict)
    round: list[Bool] = field(default_factory=list)
    """That whole numbers are doubles too: a model with such ones has nothing wrong."""

    def beside(self, one: Case, other: Case) -> tuple[Any, Any]:
        """The terms of two numbers, as they are compared."""
        if one.kind != other.kind and "double" in (one.kind, other.kind):
            return self._double(one), self._double(other)
        return one.term, other.term

    def _double(self, case: Case) -> Any:
        if case.kind == "double":
            return case.term
        if z3.is_int_value(case.term):
            above, below = float(case.term.as_long()).as_integer_ratio()
            return z3.Q(above, below)
        key = case.term.get_id()
        if key not in self.compared:
            self.compared[key] = case.term
            exact = z3.And(case.term <= _EXACT, case.term >= -_EXACT)
            found, count = self.nearest(case.term), z3.ToReal(case.term)
            off = z3.If(case.term < 0, -count, count) / _EXACT
            near = z3.And(found >= count - off, found <= count + off)
            self.axioms.append(z3.If(exact, found == count, near))
            multiple = case.term == z3.Int(f"{case.term} by {_STEP}") * _STEP
            self.axioms.append(z3.Implies(multiple, found == count))
            self.round.append(multiple)
        return self.nearest(case.term)

    def noted(self, term: Any) -> Any:
        """*term*, the double of a host."""
        self.doubles[term.get_id()] = term
        return term

    def lemmas(self, model: Any) -> list[Bool]:
        """What a model has wrong: real numbers that are no double, and whole numbers beside another one."""
        found: list[Bool] = []
        for term in self.doubles.values():
            value = model.eval(term, model_completion=True).as_fraction()
            near = float(value)
            if near.as_integer_ratio() != (value.numerator, value.denominator):
                above = near if near > value else nextafter(near, inf)
                below = near if near < value else nextafter(near, -inf)
                bounds = [] if above == inf else [term >= _rational(above)]
                found.append(z3.Or(*bounds, *([] if below == -inf else [term <= _rational(below)])))
        for term in self.compared.values():
            count = model.eval(term, model_completion=True).as_long()
            near = float(count)
            seen = model.eval(self.nearest(z3.IntVal(count)), model_completion=True).as_fraction()
            if seen != near:
                found += self._around(near)
        return found

    def _around(self, near: float) -> list[Bool]:
        """What the nearest double of every whole number is beside that of one."""
        middle = int(near)
        low, high = middle, middle
        step = 1
        while float(low - step) == near:
            step *= 2
        low = _edge(lambda count: float(count) == near, low - step, low)
        step = 1
        while float(high + step) == near:
            step *= 2
        high = -_edge(lambda count: float(-count) == near, -high - step, -high)
        here = _rational(near)
        return [
            z3.If(
                term < low,
                self.nearest(term) < here,
                z3.If(term > high, self.nearest(term) > here, self.nearest(term) == here),
            )
            for term in self.compared.values()
        ]


def _edge(inside: Any, outside: int, known: int) -> int:
    """The smallest whole number above *outside* that is *inside*, below *known* one that is."""
    while known - outside > 1:
        middle = (known + outside) // 2
        outside, known = (outside, middle) if inside(middle) else (middle, known)
    return known


def _rational(value: float) -> Any:
    above, below = value.as_integer_ratio()
    return z3.Q(above, below)
