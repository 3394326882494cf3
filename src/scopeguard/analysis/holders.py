"""What principals of a kind hold: a boolean for each scope or role, and a function of the id of a narrowed one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scopeguard.analysis.logic import Bool, conj, disj, implies, neg, same
from scopeguard.analysis.solver import z3
from scopeguard.analysis.symbols import is_true
from scopeguard.analysis.text_properties import A_BINDING, A_NAME, SPELLABLE
from scopeguard.analysis.texts import Texts
from scopeguard.errors import RequestError
from scopeguard.model.grant import Grant, start_of
from scopeguard.model.held_roles import is_binding
from scopeguard.model.input_validation import is_name

_UNKNOWN: Final = "unknown:scope_"
_OTHER: Final = "other_1"
"""An id that nobody asks about."""


def is_scope(text: str) -> bool:
    """Whether *text* spells a scope."""
    try:
        Grant.parse(text)
    except RequestError:
        return False
    return True


def is_role(text: str) -> bool:
    """Whether *text* spells a role, be it on one resource."""
    return is_name(text) or is_binding(text) is not None


@dataclass
class Held:
    """Texts that a principal has: its scopes, its roles, or what its ceiling lists.

    *named* are the only ones that there may be, and then there is one at least.
    """

    what: str
    texts: Texts
    constraints: list[Bool]
    are_roles: bool
    named: frozenset[str] | None = None
    plain: dict[str, Bool] = field(default_factory=dict)
    """By text, whether it is there."""
    narrowed: dict[str, Any] = field(default_factory=dict)
    """By what is before the id, whether it is there with an id."""
    numbered: dict[str, Any] = field(default_factory=dict)
    """The same for ids that are whole numbers."""
    some: dict[str, Bool] = field(default_factory=dict)
    """By what is before the id, whether it is there with any id at all."""
    applied: dict[tuple[str, int], tuple[str, Any, bool]] = field(default_factory=dict)
    """The ids that were asked about: the start, the id, whether it is a whole number."""
    others: list[Any] = field(default_factory=list)
    """Texts of which it was asked whether they are there, though nobody knows which they are."""
    _linked: dict[str | int, int] = field(default_factory=dict)
    more: Any = None
    """How many others there are, that are nothing to the pack."""

    def has(self, text: str) -> Bool:
        """Whether a text is there."""
        start = start_of(text)
        if start and not (is_binding(text) if self.are_roles else is_scope(text)):
            return False
        if start:
            return self.narrowed_to(start, self.texts.code(text[len(start) :]))
        if not (is_role(text) if self.are_roles else is_scope(text)):
            return False
        if text not in self.plain:
            if self.named is not None and text not in self.named:
                self.plain[text] = False
            else:
                self.plain[text] = z3.Bool(f"{self.what} has {text}")
        return self.plain[text]

    def narrowed_to(self, start: str, term: Any) -> Bool:
        """Whether a text is there that ends with an id."""
        if start not in self.narrowed:
            self.narrowed[start] = z3.Function(f"{self.what} has {start}", z3.IntSort(), z3.BoolSort())
        term, known = (z3.IntVal(term), term) if isinstance(term, int) else (term, term)
        found = self.narrowed[start](term)
        key = (start, term.get_id())
        if key not in self.applied:
            self.applied[key] = (start, term, False)
            self.constraints.append(implies(found, self.any_with(start)))
            self.constraints.append(implies(found, self.texts.has(SPELLABLE, known)))
            if self.named is not None:
                ids = [text[len(start) :] for text in self.named if start_of(text) == start]
                self.constraints.append(implies(found, disj(_equals(term, self.texts.code(each)) for each in ids)))
        return found

    def numbered_to(self, start: str, term: Any) -> Bool:
        """The same for an id that is a whole number."""
        if start not in self.numbered:
            self.numbered[start] = z3.Function(f"{self.what} has number {start}", z3.IntSort(), z3.BoolSort())
        found = self.numbered[start](term)
        key = (start, -term.get_id() - 1)
        if key not in self.applied:
            self.applied[key] = (start, term, True)
            self.constraints.append(implies(found, self.any_with(start)))
            if self.named is not None:
                ids = [text[len(start) :] for text in self.named if start_of(text) == start]
                whole = [int(each) for each in ids if _is_number(each)]
                self.constraints.append(implies(found, disj(_equals(term, each) for each in whole)))
        return found

    def any_with(self, start: str) -> Bool:
        """Whether a text with some id is there."""
        if start not in self.some:
            listed = self.named is None or any(start_of(text) == start for text in self.named)
            self.some[start] = z3.Bool(f"{self.what} has any {start}") if listed else False
        return self.some[start]

    def among(self, term: Any) -> Bool:
        """Whether a text is there, whichever it is."""
        if isinstance(term, int):
            return self.has(self.texts.constants[term])
        if all(not each.eq(term) for each in self.others):
            self.others.append(term)
            spelled = self.texts.has(A_NAME, term), self.texts.has(A_BINDING, term)
            self.constraints.append(neg(conj(spelled)))
            if self.are_roles:
                self.constraints.append(implies(self._other(term), disj(spelled)))
            if self.named is not None:
                named = (term == self.texts.code(each) for each in sorted(self.named))
                self.constraints.append(implies(self._other(term), disj(named)))
        return self._other(term)

    def _other(self, term: Any) -> Bool:
        return z3.Function(f"{self.what} has text", z3.IntSort(), z3.BoolSort())(term)

    @property
    def is_any(self) -> Bool:
        """That there is one at least, where only some may be there."""
        return True if self.named is None else disj(self.has(text) for text in sorted(self.named))

    @property
    def count_of_others(self) -> Any:
        """How many texts there are beside the plain ones that were asked about."""
        if self.more is None:
            self.more = z3.Int(f"{self.what} has more")
            self.constraints.append(self.more >= 0)
        return self.more

    def link(self) -> None:
        """Say what follows for the others from all that was asked by now."""
        for start, function in self.numbered.items():
            for text in self._unlinked(start):
                if start in self.narrowed and _is_number(text):
                    there = self.narrowed[start](z3.IntVal(self.texts.codes[text]))
                    self.constraints.append(function(z3.IntVal(int(text))) == there)
        for term in self.others:
            for text in self._unlinked(term.get_id()):
                here = term == self.texts.codes[text]
                self.constraints.append(implies(here, same(self._other(term), self.has(text))))
        if self.more is not None and self._linked.get("more") != len(self.some):
            self._linked["more"] = len(self.some)
            self.constraints.append(implies(disj(self.some.values()), self.more >= 1))
            if self.named is not None:
                self.constraints.append(self.more <= sum(1 for text in self.named if start_of(text)))

    def _unlinked(self, what: str | int) -> list[str]:
        """The constants that came since this was last asked."""
        known = self._linked.get(what, 0)
        self._linked[what] = len(self.texts.constants)
        return self.texts.constants[known:]

    def given(self, model: Any, texts: Mapping[int, str]) -> frozenset[str]:
        """The texts that are there in a model."""
        found = {text for text, there in self.plain.items() if is_true(model, there)}
        others: set[str] = set()
        for start, term, whole in self.applied.values():
            table = self.numbered if whole else self.narrowed
            if is_true(model, table[start](term)):
                count = model.eval(term, model_completion=True).as_long()
                others.add(f"{start}{count if whole else texts[count]}")
        for start, there in self.some.items():
            if is_true(model, there) and not any(text.startswith(start) for text in others):
                named = (text for text in sorted(self.named or ()) if start_of(text) == start)
                others.add(next(named, f"{start}{_OTHER}"))
        for term in self.others:
            if is_true(model, self._other(term)):
                others.add(texts[model.eval(term, model_completion=True).as_long()])
        if self.more is not None and self.named is None:
            wanted = model.eval(self.more, model_completion=True).as_long()
            others |= {f"{'former_' if self.are_roles else _UNKNOWN}{n}" for n in range(min(wanted, 300) - len(others))}
        return frozenset(found | others)

    def same(self, model: Any, code: Callable[[int], int]) -> Bool:
        """That everything is there that is in a model, and nothing else."""
        parts = [there if is_true(model, there) else neg(there) for there in self.plain.values()]
        found = [(term, (self.numbered if whole else self.narrowed)[start](term), whole)
                 for start, term, whole in self.applied.values()]  # fmt: skip
        found += [(term, self._other(term), False) for term in self.others]
        parts += [there if is_true(model, there) else neg(there) for there in self.some.values()]
        for term, there, whole in found:
            parts.append(there if is_true(model, there) else neg(there))
            count = model.eval(term, model_completion=True).as_long()
            parts.append(_equals(term, count if whole else code(count)))
        parts.append(self.count_of_others == model.eval(self.count_of_others, model_completion=True))
        return conj(parts)

    @property
    def narrow(self) -> Iterator[Bool]:
        """Whether what was asked about is there, of all but the plain texts."""
        for start, term, whole in self.applied.values():
            yield (self.numbered if whole else self.narrowed)[start](term)
        yield from self.some.values()
        yield from map(self._other, self.others)

    def made(self, model: Any) -> Iterator[Any]:
        """The texts that have to be made up for a model."""
        for start, term, whole in self.applied.values():
            if not whole and is_true(model, self.narrowed[start](term)):
                yield term
        yield from (term for term in self.others if is_true(model, self._other(term)))


def _equals(term: Any, value: int) -> Bool:
    return term.as_long() == value if z3.is_int_value(term) else term == value


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii() and str(int(text)) == text
