"""What a host may give for one name: whether it gives anything, of which kind, and what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from sys import float_info
from types import MappingProxyType
from typing import Any, Final

from scopeguard.analysis.logic import Bool, conj, implies, neg, same
from scopeguard.analysis.numbers import Numbers
from scopeguard.analysis.solver import z3
from scopeguard.analysis.texts import Texts
from scopeguard.analysis.values import Case, Items, Value, where
from scopeguard.limits import MAX_SAFE_INTEGER
from scopeguard.semantics.timestamps import duration_nanoseconds, nanoseconds, timestamp_of

_MICROSECOND: Final = 1000
_TIMES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({
    "timestamp": (nanoseconds(datetime.min.replace(tzinfo=UTC)), nanoseconds(datetime.max.replace(tzinfo=UTC))),
    # What is longer no duration of the language is.
    "duration": (duration_nanoseconds(timedelta.min), duration_nanoseconds(timedelta.max)),
})  # fmt: skip
_LONGEST: Final = 1000
"""Elements that are made up for a list beside those that conditions tell apart."""
_LARGEST: Final = float_info.max


class NotMadeError(Exception):
    """A model has a value that nobody knows how to make."""


ELSEWHERE: Final = -1
"""The place of a value that is in no table."""
MALFORMED: Final = object()


@dataclass(frozen=True)
class Part:
    """A value of one kind: how it is read from a model, and what says that it is the one in a model."""

    kind: str
    case: Case
    read: Callable[[Any, Mapping[int, str]], Any]
    terms: tuple[Any, ...]
    texts: tuple[Any, ...] = ()

    def same(self, model: Any, code: Callable[[int], int]) -> Bool:
        """That everything is as it is in a model; *code* is the number of the text that was made for a number."""
        texts = {text.get_id() for text in self.texts}
        return conj(
            term == code(_whole(model, term))
            if term.get_id() in texts
            else same(term, model.eval(term, model_completion=True))
            for term in self.terms
        )


@dataclass(frozen=True)
class Symbol:
    """A name: *present* tells whether something is given, and each part under which condition it is what is given."""

    name: str
    present: Bool
    parts: tuple[tuple[Bool, Part], ...]
    is_whole: bool = True
    """Whether no value is left out."""

    def seen_as(self, declared: str) -> Value:
        """The value to a condition of a pack that declares the name of a type."""
        found: list[Case] = []
        for when, part in self.parts:
            case = part.case if part.kind == declared else _conforming(part.case, declared)
            if case is not None:
                found.extend(where(conj((self.present, when)), (case,)))
        return tuple(found)

    def same(self, model: Any, code: Callable[[int], int]) -> Bool:
        """That it is given as in a model."""
        if not is_true(model, self.present):
            return neg(self.present)
        for when, part in self.parts:
            if is_true(model, when):
                return conj((self.present, when, part.same(model, code)))
        return conj((self.present, *(neg(when) for when, _ in self.parts)))

    def given(self, model: Any, texts: Mapping[int, str]) -> Any:
        """The value in a model: None where nothing is given, and MALFORMED for one of no declared type."""
        if not is_true(model, self.present):
            return None
        for when, part in self.parts:
            if is_true(model, when):
                return part.read(model, texts)
        return MALFORMED

    def texts(self, model: Any) -> tuple[Any, ...]:
        """The texts in it that are given in a model."""
        if not is_true(model, self.present):
            return ()
        return tuple(text for when, part in self.parts if is_true(model, when) for text in part.texts)


def is_true(model: Any, condition: Bool) -> bool:
    """Whether a condition is true in a model."""
    if isinstance(condition, bool):
        return condition
    return bool(z3.is_true(model.eval(condition, model_completion=True)))


def _conforming(case: Case, declared: str) -> Case | None:
    """A case as one of the declared type; None where it is of another."""
    if declared in ("dyn", case.kind) or (case.kind == "list" and declared.startswith("list(")):
        return case
    if (case.kind, declared) == ("int", "uint"):
        return Case(conj((case.when, case.term >= 0)), "uint", case.term)
    return None


@dataclass
class Maker:
    """Makes the parts of symbols, and says of each what every host's value is."""

    texts: Texts
    numbers: Numbers
    constraints: list[Bool]

    def part(self, name: str, kind: str, slots: int, table: Sequence[Any]) -> Part:
        """A value of one kind for a name. A list has *slots*; of what is not encoded there are those in *table*."""
        full = f"{name} as {kind}"
        match kind:
            case "bool":
                term = z3.Bool(full)
                return Part(kind, Case(True, kind, term), lambda model, _: is_true(model, term), (term,))
            case "string":
                term = self.texts.noted(z3.Int(name))
                self.constraints.append(term >= 0)
                return Part(
                    kind,
                    Case(True, kind, term),
                    lambda model, texts: texts[_whole(model, term)],
                    (term,),
                    (term,),
                )
            case "int" | "uint":
                term = z3.Int(full)
                self.constraints.append(term <= MAX_SAFE_INTEGER)
                self.constraints.append(term >= (0 if kind == "uint" else -MAX_SAFE_INTEGER - 1))
                return Part(kind, Case(True, kind, term), lambda model, _: _whole(model, term), (term,))
            case "double":
                term = self.numbers.noted(z3.Real(full))
                bound = z3.Q(*_LARGEST.as_integer_ratio())
                self.constraints += (term <= bound, term >= -bound)
                return Part(kind, Case(True, kind, term), lambda model, _: _fraction(model, term), (term,))
            case "timestamp" | "duration":
                return self._time(full, kind)
            case "null":
                return Part(kind, Case(True, kind, None), lambda *_: None, ())
        if kind.startswith("list(") and kind[5:-1] in _ELEMENTS:
            return self._list(name, kind, slots, table)
        return self._tabled(full, kind, table)

    def _time(self, name: str, kind: str) -> Part:
        micro = z3.Int(name)
        low, high = _TIMES[kind]
        self.constraints += (micro * _MICROSECOND >= low, micro * _MICROSECOND <= high)

        def read(model: Any, _: Mapping[int, str]) -> Any:
            count = _whole(model, micro)
            return timestamp_of(count * _MICROSECOND) if kind == "timestamp" else timedelta(microseconds=count)

        return Part(kind, Case(True, kind, micro * _MICROSECOND), read, (micro,))

    def _list(self, name: str, kind: str, slots: int, table: Sequence[Any]) -> Part:
        parts = [self.part(f"{name}[{number}]", kind[5:-1], 0, table) for number in range(slots)]
        there = [z3.Bool(f"{name} has {number}") for number in range(slots)]
        # A list has its first elements, and no other.
        self.constraints += (implies(later, earlier) for earlier, later in pairwise(there))
        # It may go on with what it has, which no condition tells apart but by its size.
        more = z3.Int(f"{name} has more")
        self.constraints.append(more >= 0)
        self.constraints.append(implies(more > 0, there[0]))
        items = Items(tuple((here, (part.case,)) for here, part in zip(there, parts, strict=True)), more)

        def read(model: Any, texts: Mapping[int, str]) -> list[Any]:
            found = [part.read(model, texts) for here, part in zip(there, parts, strict=True) if is_true(model, here)]
            left = _whole(model, more)
            if left > _LONGEST:
                raise NotMadeError
            return [*found, *found[-1:] * left]

        terms = (more, *there, *(term for part in parts for term in part.terms))
        return Part(kind, Case(True, "list", items), read, terms, tuple(text for part in parts for text in part.texts))

    def _tabled(self, name: str, kind: str, table: Sequence[Any]) -> Part:
        place = z3.Int(name)
        self.constraints += (place >= ELSEWHERE, place < len(table))

        def read(model: Any, _: Mapping[int, str]) -> Any:
            found = _whole(model, place)
            if found == ELSEWHERE:
                raise NotMadeError
            return table[found]

        return Part(kind, Case(True, "table", place), read, (place,))


_ELEMENTS: Final = frozenset({"bool", "string", "int", "uint", "double", "timestamp", "duration"})


def _whole(model: Any, term: Any) -> int:
    found: int = model.eval(term, model_completion=True).as_long()
    return found


def _fraction(model: Any, term: Any) -> float:
    return float(Fraction(model.eval(term, model_completion=True).as_fraction()))
