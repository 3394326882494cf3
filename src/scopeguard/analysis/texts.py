"""Texts as whole numbers: each constant has one, and all that is asked of other texts is a few properties of them.

Equality of texts is equality of their numbers, which a solver decides at once where its theory of strings would not.
A property, such as beginning with ``ab``, is a function of the number: of constants it is known, and of any other text
the solver chooses it. A text with the properties chosen is made up afterwards; where there is none, no text has them
together, and the solver learns so.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scopeguard.analysis.logic import Bool, conj, disj, neg
from scopeguard.analysis.solver import z3
from scopeguard.analysis.text_properties import (
    A_BINDING,
    A_NAME,
    SPELLABLE,
    Property,
    bound_to,
    candidates,
    contradicting,
)
from scopeguard.model.grant import start_of

_PATIENCE: Final = 2_000_000
"""Steps of the solver for the question whether any text has some properties."""


_SURFACE: Final = z3.Function("surface of a role on one resource", z3.IntSort(), z3.IntSort())


class NoTextError(Exception):
    """No text has the properties chosen, or none was found; *lemma* is true of every text, where it is known."""

    def __init__(self, lemma: Bool = None) -> None:
        super().__init__("no text")
        self.lemma = lemma


@dataclass
class Texts:
    """The constants and properties met so far."""

    axioms: list[Bool]
    """What is true of all texts is added to these."""
    codes: dict[str, int] = field(default_factory=dict)
    constants: list[str] = field(default_factory=list)
    properties: dict[str, tuple[Property, Any]] = field(default_factory=dict)
    terms: dict[int, Any] = field(default_factory=dict)
    """Every text that is no constant."""
    length: Any = None
    _bound_terms: set[tuple[str, int]] = field(default_factory=set)
    asked: str = ""
    """What is asked at the time, as text: what texts are in other respects does not matter."""
    _asked_of: dict[int, set[str]] = field(default_factory=dict)
    """By text, the properties that were ever asked of it: of the others it does not matter whether it has them."""
    bound: dict[str, tuple[Property, Any]] = field(default_factory=dict)
    """By surface, what tells whether a text is a role on one of its resources, and the id of that one."""

    def code(self, text: str) -> int:
        """The number of a constant."""
        found = self.codes.get(text)
        if found is None:
            found = self.codes[text] = len(self.codes)
            self.constants.append(text)
            for each, function in self.properties.values():
                self.axioms.append(_is(function(z3.IntVal(found)), each.holds(text)))
            if self.length is not None:
                self.axioms.append(self.length(z3.IntVal(found)) == len(text))
            for each, function in list(self.bound.values()):
                self._bind(text, each, function)
        return found

    def bound_id(self, named: str, term: Any) -> tuple[Bool, Any]:
        """Whether a text is a role on one resource of a surface, and the id of that one."""
        if named not in self.bound:
            self.bound[named] = bound_to(named), z3.Function(f"id after {named}", z3.IntSort(), z3.IntSort())
            for text in list(self.codes):
                self._bind(text, *self.bound[named])
        asked, function = self.bound[named]
        if isinstance(term, int):
            text = self.constants[term]
            is_one = asked.holds(text)
            return is_one, z3.IntVal(self.code(text[len(start_of(text)) :]) if is_one else -1)
        is_bound = self.has(asked, term)
        found = function(term)
        if (named, term.get_id()) not in self._bound_terms:
            self._bound_terms.add((named, term.get_id()))
            self.axioms += (
                z3.Implies(is_bound, z3.And(found >= 0, self.has(SPELLABLE, self.noted(found)))),
                # It is on a resource of one surface only, and is neither a name nor an id.
                z3.Implies(is_bound, _SURFACE(term) == list(self.bound).index(named)),
                z3.Implies(is_bound, z3.And(self.has(A_BINDING, term), z3.Not(self.has(A_NAME, term)))),
                z3.Implies(is_bound, z3.Not(self.has(SPELLABLE, term))),
            )
        return is_bound, found

    def _bind(self, text: str, asked: Property, function: Any) -> None:
        if asked.holds(text):
            tail = self.code(text[len(start_of(text)) :])
            self.axioms.append(function(z3.IntVal(self.codes[text])) == tail)

    def noted(self, term: Any) -> Any:
        """*term*, a text that may be no constant."""
        if term.get_id() not in self.terms:
            self.terms[term.get_id()] = term
            if self.length is not None:
                self.axioms.append(self.length(term) >= 0)
        return term

    def has(self, asked: Property, term: Any) -> Bool:
        """Whether a text has a property."""
        if isinstance(term, int):
            return asked.holds(self.constants[term])
        self._asked_of.setdefault(term.get_id(), set()).add(asked.name)
        if asked.name not in self.properties:
            function = z3.Function(asked.name, z3.IntSort(), z3.BoolSort())
            self.axioms += (_is(function(z3.IntVal(code)), asked.holds(text)) for text, code in self.codes.items())
            self.properties[asked.name] = (asked, function)
        return self.properties[asked.name][1](term)

    def size(self, term: Any) -> Any:
        """The number of characters of a text."""
        if isinstance(term, int):
            return z3.IntVal(len(self.constants[term]))
        if self.length is None:
            self.length = z3.Function("length", z3.IntSort(), z3.IntSort())
            self.axioms += (self.length(z3.IntVal(code)) == len(text) for text, code in self.codes.items())
            self.axioms += (self.length(each) >= 0 for each in self.terms.values())
        return self.length(term)

    def made(self, model: Any, terms: Iterable[Any]) -> dict[int, str]:
        """A text for each number that *terms* have in a model. Raises NoTextError."""
        found = {code: text for text, code in self.codes.items()}
        pending = [(model.eval(term, model_completion=True).as_long(), term) for term in terms]
        for code, term in pending:
            asked = (self._asked_of.get(other.get_id(), ()) for number, other in pending if number == code)
            self._add(model, code, term, found, frozenset[str]().union(*asked))
        return found

    def _add(self, model: Any, code: int, term: Any, found: dict[int, str], asked_of: frozenset[str]) -> None:
        if code in found:
            return
        tails = []
        for named, (asked, function) in self.bound.items():
            if z3.is_true(model.eval(self.has(asked, z3.IntVal(code)), model_completion=True)):
                tail = model.eval(function(z3.IntVal(code)), model_completion=True).as_long()
                self._add(model, tail, function(term), found, asked_of)
                tails += [f"{role}/{named}:{found[tail]}" for role in ("any", *(f"role_{n}" for n in range(9)))]
        found[code] = self._made_up(model, code, term, set(found.values()), tails, asked_of)

    def _made_up(
        self, model: Any, code: int, term: Any, taken: set[str], tails: Sequence[str], asked_of: frozenset[str]
    ) -> str:
        wanted = [
            (asked, z3.is_true(model.eval(function(z3.IntVal(code)), model_completion=True)))
            for asked, function in self.properties.values()
            if asked.name in asked_of and (not (asked.parts or asked.examples) or asked.name in self.asked)
        ]
        size = None if self.length is None else model.eval(self.length(z3.IntVal(code))).as_long()
        word = re.sub(r"[^a-z]+", "_", str(term).rpartition(".")[2].lower()).strip("_") or "text"
        for text in (*tails, *(() if tails else candidates(word, [asked for asked, has in wanted if has], size))):
            if text not in taken and all(asked.holds(text) is has for asked, has in wanted):
                return str(text)
        lemma = self._impossible(wanted, size)
        if isinstance(lemma, str):
            if not tails and lemma not in taken and all(asked.holds(lemma) is has for asked, has in wanted):
                return str(lemma)
            lemma = None
        raise NoTextError(lemma)

    def _impossible(self, wanted: Sequence[tuple[Property, bool]], size: int | None) -> Bool | str:
        """A text with some properties; else what says that there is none; None where nobody knows."""
        known = contradicting(wanted) if size is None else []
        if known:
            return self._never(known, None)
        it = z3.String("it")
        solver = z3.Solver()
        solver.set("rlimit", _PATIENCE)
        marks = []
        for number, (asked, has) in enumerate(wanted):
            mark = z3.Bool(f"mark {number}")
            solver.add(z3.Implies(mark, _is(asked.pattern(it), has)))
            marks.append(mark)
        by_size = z3.Bool("mark size")
        if size is not None:
            solver.add(z3.Implies(by_size, z3.Length(it) == size))
        answer = solver.check(*marks, by_size)
        if answer == z3.sat:
            return str(solver.model().eval(it, model_completion=True).as_string())
        if answer != z3.unsat:
            return None
        core = {str(each) for each in solver.unsat_core()}
        guilty = [each for mark, each in zip(marks, wanted, strict=True) if str(mark) in core]
        return self._never(guilty, size if "mark size" in core else None)

    def _never(self, guilty: Sequence[tuple[Property, bool]], size: int | None) -> Bool:
        """That no text has some properties, and a size: it is as impossible for every other one."""
        return conj(
            disj(
                [
                    *(_is(self.properties[asked.name][1](term), not has) for asked, has in guilty),
                    *(() if size is None else (self.length(term) != size,)),
                ]
            )
            for term in self.terms.values()
        )


def _is(term: Bool, value: bool) -> Bool:  # noqa: FBT001  # the value of a boolean
    return term if value else neg(term)
