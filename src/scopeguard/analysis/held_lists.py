"""Lists of what a principal holds, as conditions read them: its scopes, its roles, and those within its reach."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from scopeguard.analysis.authority import Holdings, Roles
from scopeguard.analysis.holders import Held
from scopeguard.analysis.logic import Bool, Truth, conj, disj, implies, truth
from scopeguard.analysis.questions import Asked
from scopeguard.analysis.samples import Samples
from scopeguard.analysis.solver import z3
from scopeguard.analysis.text_properties import A_BINDING
from scopeguard.analysis.values import Case, Items, Value, constant
from scopeguard.compiling.program import Program, Rule
from scopeguard.model.principal import SCOPED
from scopeguard.runtime.role_rules import RoleRules
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax.expression import Expr

_ROLES: Final = "principal.roles"
_SCOPES: Final = "principal.scopes"
RANK: Final = "principal.rank"
_ASSIGNABLE: Final = "principal.assignable_roles"
OF_HOLDER: Final = ROLE_LISTS | {_ROLES, _SCOPES, RANK}
"""The names that say what a principal holds, and what follows from that."""


class HeldLists:
    """The lists that principals of one kind have by each of some packs."""

    def __init__(
        self,
        kind: str,
        programs: Sequence[Program],
        held: Held,
        holdings: Sequence[Holdings],
        roles: Sequence[Roles],
        samples: Samples,
    ) -> None:
        self._kind = kind
        self._programs = programs
        self._held = held
        self._holdings = holdings
        self._roles = roles
        self._samples = samples
        self._lists: dict[tuple[int, str], Value] = {}
        self.assigned: Final[dict[int, tuple[Asked, dict[str, Bool]]]] = {}
        """By pack, whether each of its roles may be handed out."""

    def read(self, view: Asked, number: int, name: str) -> Value:
        """The value of a name of OF_HOLDER in a question to the pack of a number."""
        if name == RANK:
            return (Case(True, "int", self._roles[number].rank),)
        key = (number, name)
        if key not in self._lists:
            self._lists[key] = (Case(True, "list", self._list(view, name, number)),)
        return self._lists[key]

    def _list(self, view: Asked, name: str, number: int) -> Items:
        catalog = self._programs[number].catalog
        if name in (_ROLES, _SCOPES):
            if (name == _ROLES) is not self._held.are_roles or self._kind not in (*SCOPED, "member"):
                return Items(())
            known = catalog.roles if name == _ROLES else catalog.of_kind(self._kind).scopes
            slots = [(self._held.has(each), constant(each, self._held.texts)) for each in known]
            if self._held.named is not None:
                slots += [
                    (self._held.has(each), constant(each, self._held.texts))
                    for each in self._held.named
                    if each not in known
                ]
            else:
                slots += self._strangers(name, known)
            starts = [start for source in known for start in self._holdings[number].starts(source)]
            begun = ((there, start) for start in starts if (there := self._held.any_with(start)) is not False)
            return Items(tuple(slots), self._held.count_of_others, self._among, tuple(begun))
        if name == _ASSIGNABLE:
            found = self.assignable(view, number)
            return Items(
                tuple((there, constant(each, self._held.texts)) for each, there in found.items()),
                among=self._named(name),
            )
        if self._kind == "anonymous" and not catalog.roles:
            return Items(())
        above = ((self._roles[number].superior(each), constant(each, self._held.texts)) for each in catalog.roles)
        return Items(tuple(above), among=self._named(name))

    def _strangers(self, name: str, known: Iterable[str]) -> Iterator[tuple[Bool, Value]]:
        for number in range(self._samples.slots(name)):
            term = self._held.texts.noted(z3.Int(f"{name} stranger {number}"))
            there = z3.Bool(f"{name} has stranger {number}")
            self._held.constraints.append(term >= 0)
            self._held.constraints.extend(term != self._held.texts.code(each) for each in known)
            self._held.constraints.append(implies(there, self._held.among(term)))
            self._held.constraints.append(implies(there, self._held.count_of_others > number))
            yield there, (Case(True, "string", term),)

    def _among(self, item: Value) -> Truth:
        there = disj(conj((case.when, self._held.among(case.term))) for case in item if case.kind == "string")
        return truth(there)

    def _named(self, name: str) -> Any:
        """Roles on one resource that a request names may be in a list too."""

        def among(item: Value) -> Truth:
            function = z3.Function(f"{name} has role on one resource", z3.IntSort(), z3.BoolSort())
            found = []
            for case in item:
                if case.kind == "string" and not isinstance(case.term, int):
                    bound = self._held.texts.has(A_BINDING, case.term)
                    found.append(conj((case.when, bound, function(case.term))))
            return truth(disj(found))

        return among

    def assignable(self, view: Asked, number: int) -> Mapping[str, Bool]:
        """Whether each role may be handed out. What the rules say of roles decides it, which the engine works out."""
        number = 0 if self._hand_out_alike else number
        if number not in self.assigned:
            for each in view.program.catalog.roles if self._held.are_roles else view.program.catalog.scopes:
                self._held.has(each)
            roles = view.program.catalog.roles
            self.assigned[number] = (view, {role: z3.Bool(f"{number} may assign {role}") for role in roles})
        return self.assigned[number][1]

    @cached_property
    def _hand_out_alike(self) -> bool:
        """Whether all packs say the same of roles."""
        said = [
            (
                each.program.catalog.roles,
                each.program.catalog.scopes,
                [(touched.permission, touched.surface) for touched in each.on_superior],
                [(name, [_meaning(rule) for rule in (*touched.denies, *touched.allows)])
                 for name, touched in sorted(each.by_roles.items())],
            )
            for each in map(RoleRules, self._programs)
        ]  # fmt: skip
        return all(each == said[0] for each in said)


def _meaning(rule: Rule) -> tuple[str, str, Expr]:
    return rule.id, rule.effect, rule.condition
