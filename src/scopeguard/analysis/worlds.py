"""All requests of one kind of principal at once: a symbol for each name that conditions read, and what is held."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Protocol

from scopeguard.analysis.authority import Attribute, Bounds, Holdings, Roles
from scopeguard.analysis.holders import Held
from scopeguard.analysis.logic import FALSE, TRUE, Bool, Truth, choice, conj, disj, implies, neg, truth
from scopeguard.analysis.numbers import Numbers
from scopeguard.analysis.samples import Samples
from scopeguard.analysis.solver import z3
from scopeguard.analysis.symbols import Maker, Part, Symbol
from scopeguard.analysis.texts import A_BINDING, A_NAME, AN_ID, Property, Texts
from scopeguard.analysis.values import Case, Items, Unencodable, Value, constant
from scopeguard.compiling.environment import RequestedAction
from scopeguard.compiling.partial_evaluation import QUESTION
from scopeguard.compiling.program import Program, Rule
from scopeguard.model.principal import SCOPED, UNRECOGNIZED, WORKSPACE_BOUND
from scopeguard.model.principal_kinds import PRINCIPAL_KINDS
from scopeguard.model.usage import PRODUCTION
from scopeguard.runtime.role_rules import RoleRules
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES, CREDENTIAL_TYPES, FACTS, ROLE_LISTS
from scopeguard.syntax.expression import HOLDS, Call, Expr, Ident, walk

ROLES: Final = "principal.roles"
SCOPES: Final = "principal.scopes"
RANK: Final = "principal.rank"
ASSIGNABLE: Final = "principal.assignable_roles"
OF_HOLDER: Final = ROLE_LISTS | {ROLES, SCOPES, RANK}
_IDS: Final = frozenset({"principal.id", "principal.workspace", "resource.id", "resource.workspace"})
CHANNEL: Final = "context.channel"
ENVIRONMENT: Final = "context.environment"
_VALID: Final[Mapping[str, Property]] = MappingProxyType(
    {**dict.fromkeys(_IDS, AN_ID), CHANNEL: A_NAME, ENVIRONMENT: A_NAME}
)
"""What a text has to be in order to be the value of a name."""
_DYNAMIC: Final = ("string", "int", "double", "bool", "timestamp", "duration", "table")


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


class World:
    """Every request of one kind of principal to one or two packs.

    *is_strict* leaves out values of other types than declared.
    """

    def __init__(
        self,
        kind: str,
        programs: Sequence[Program],
        *,
        samples: Samples | None = None,
        scopes: frozenset[str] | None = None,
        roles: frozenset[str] | None = None,
        is_strict: bool = False,
    ) -> None:
        self.kind: Final = kind
        self.programs: Final = tuple(programs)
        self.is_strict: Final = is_strict
        self.constraints: Final[list[Bool]] = []
        """Everything that is true of all requests. It only grows."""
        self.texts: Final = Texts(self.constraints)
        self.numbers: Final = Numbers(self.constraints)
        self.unknowns: Final[dict[Any, Unknown]] = {}
        self.symbols: Final[dict[tuple[str, tuple[str, ...]], Symbol]] = {}
        self.samples: Final = samples or Samples.of(programs)
        self._maker = Maker(self.texts, self.numbers, self.constraints)
        are_roles = kind == "member"
        named = roles if are_roles else scopes
        self.held: Final = Held("holder", self.texts, self.constraints, are_roles, named)
        self.ceiling: Final = (
            Held("ceiling", self.texts, self.constraints, are_roles=False) if kind == "api_key" else None
        )
        self.constraints.append(self.held.is_any)
        self.unlimited: Final[Bool] = True if self.ceiling is None else z3.Bool("no ceiling")
        self.holdings: Final = [Holdings(each, kind, self.held, self.ceiling, self.unlimited) for each in programs]
        self.roles: Final = [
            Roles(each, kind, self.held, holdings) for each, holdings in zip(programs, self.holdings, strict=True)
        ]
        self._bound_ids: dict[Any, tuple[Bool, Any, Bool]] = {}
        self.conditions: Final[dict[int, Condition]] = {}
        self._words: dict[str, int] = {}
        self._lists: dict[tuple[int, str], Value] = {}
        self.assigned: Final[dict[int, tuple[Asked, dict[str, Bool]]]] = {}
        """By pack, whether each of its roles may be handed out."""

    # Names.

    def fixed(self, view: Asked, name: str) -> str | None:
        """What a name stands for in every request of a question; None for all other names."""
        question = view.question
        match name:
            case "principal.kind":
                return self.kind
            case "resource.surface":
                return question.surface
            case "action":
                return question.verb
            case "permission":
                return question.permission
            case "operation":
                return question.operation
        return None

    def read(self, view: Asked, name: str) -> Value:
        """The value of a name. Raises Unencodable."""
        known = self.fixed(view, name)
        if known is not None:
            return constant(known, self.texts)
        if name in OF_HOLDER:
            return self._of_holder(view, name)
        if not self.is_symbol(view, name):
            raise Unencodable(name)
        found = self.symbol_of(view, name)
        return () if found is None else found.seen_as(view.program.types.of(name, view.question.surface))

    def presence(self, view: Asked, name: str) -> Truth:
        """``has(name)``."""
        if self.fixed(view, name) is not None or name in OF_HOLDER or name == FACTS:
            return TRUE
        found = self.symbol_of(view, name)
        return FALSE if found is None else truth(found.present)

    def symbol_of(self, view: Asked, name: str) -> Symbol | None:
        """What a name stands for in a question; None where nothing is ever given."""
        if view.bare and name.startswith("resource."):
            if name != "resource.workspace":
                return None
            name = "principal.workspace"
        found = self.symbol(name, view.question.surface)
        if found is not None:
            view.reads.symbols[name] = found
        return found

    def symbol(self, name: str, surface: str) -> Symbol | None:
        """What a name stands for in questions about a surface."""
        if self.kind == "anonymous" and name.startswith("principal.") and name != f"principal.{UNRECOGNIZED}":
            return None
        kinds = tuple(dict.fromkeys(program.types.of(name, surface) for program in self.programs))
        if "dyn" in kinds or len(kinds) > 1:
            kinds = tuple(
                dict.fromkeys((*(each for each in kinds if each != "dyn"), *(_DYNAMIC if "dyn" in kinds else ())))
            )
        key = (name, kinds)
        if key not in self.symbols:
            self.symbols[key] = self._made(name, kinds)
        return self.symbols[key]

    def _made(self, name: str, kinds: tuple[str, ...]) -> Symbol:
        slots = self.samples.slots(name)
        tables = {kind: self.samples.table(name, kind) for kind in kinds}
        found = [self._maker.part(name if kind == "string" else f"{name}", kind, slots, tables[kind]) for kind in kinds]
        present = self._present(name)
        which = z3.Int(f"kind of {name}")
        is_typed = self.is_strict or name in BUILT_IN_VARIABLES or self._is_state(name) or "dyn" in kinds
        if is_typed and len(found) == 1:
            parts: tuple[tuple[Bool, Part], ...] = ((True, found[0]),)
        else:
            # The last one is a value of no declared type.
            self.constraints.extend((which >= 0, which < len(found) + (0 if is_typed or "table" in kinds else 1)))
            parts = tuple((which == number, part) for number, part in enumerate(found))
        made = Symbol(name, present, parts)
        self._bound(name, made)
        for (other, _), known in self.symbols.items():
            # What has a field is there itself.
            if name.startswith(f"{other}."):
                self.constraints.append(implies(made.present, known.present))
            elif other.startswith(f"{name}."):
                self.constraints.append(implies(known.present, made.present))
        return made

    def _is_state(self, name: str) -> bool:
        return name.removeprefix("principal.") in (*PRINCIPAL_KINDS[self.kind].states, UNRECOGNIZED)

    def _present(self, name: str) -> Bool:
        if name == ENVIRONMENT or (name == "principal.id" and self.kind != "anonymous"):
            return True
        if name == "principal.workspace" and self.kind in WORKSPACE_BOUND:
            return True
        return z3.Bool(f"has {name}")

    def _bound(self, name: str, symbol: Symbol) -> None:
        """What is true of a name, whoever asks."""
        term = symbol.parts[0][1].case.term
        if name in _VALID:
            self.constraints.append(self.texts.has(_VALID[name], term))
        for which, listed in ((CHANNEL, "channels"), (ENVIRONMENT, "environments")):
            declared = [getattr(program.catalog, listed) for program in self.programs]
            if name == which and all(declared):
                known = dict.fromkeys((*(each for names in declared for each in names),
                                       *((PRODUCTION,) if name == ENVIRONMENT else ())))  # fmt: skip
                self.constraints.append(disj(term == self.texts.code(each) for each in known))
        if self._is_state(name) and CREDENTIAL_TYPES.get(name.removeprefix("principal.")) == "bool":
            # A constructor leaves a state out that is false.
            self.constraints.append(implies(symbol.present, term))

    def accepts(self, view: Asked) -> Bool:
        """That a pack does not turn a request away, whose names are those of either pack."""
        program = view.program
        if len(self.programs) == 1:
            return True
        parts: list[Bool] = []
        for name, listed in ((CHANNEL, program.catalog.channels), (ENVIRONMENT, program.catalog.environments)):
            others = [
                getattr(each.catalog, "channels" if name == CHANNEL else "environments") for each in self.programs
            ]
            if listed and any(set(each) != set(listed) for each in others):
                symbol = self.symbol_of(view, name)
                if symbol is None:
                    continue
                known = (*listed, PRODUCTION) if name == ENVIRONMENT else listed
                here = disj(symbol.parts[0][1].case.term == self.texts.code(each) for each in known)
                parts.append(disj((neg(symbol.present), here)))
        return conj(parts)

    def word(self, text: str) -> Any:
        """A number for a text that only the decision has, such as a code."""
        return z3.IntVal(self._words.setdefault(text, len(self._words)))

    # What is held.

    def index(self, program: Program) -> int:
        """Which of the packs it is."""
        return next(number for number, each in enumerate(self.programs) if each is program)

    def holds(self, view: Asked, text: str) -> Truth:
        """``holds(grant)``."""
        holdings = self.holdings[self.index(view.program)]
        return holdings.holds(text, view.question.surface, *self._resource(view))

    def let_through(self, view: Asked, permission: str) -> Truth:
        """Whether a ceiling, where there is one, lets a permission through."""
        return self.holdings[self.index(view.program)].let_through(permission, *self._resource(view))

    def _resource(self, view: Asked) -> tuple[Attribute, Bounds]:
        """What is asked of the resource of a question."""

        def attribute(name: str) -> tuple[Bool, Value]:
            found = self.symbol_of(view, name)
            if found is None:
                return False, ()
            return found.present, found.seen_as(view.program.types.of(name, view.question.surface))

        def bound(held: Held, start: str, attributes: str) -> Truth:
            return self._bound_to(held, start, [attribute(f"resource.{each}") for each in attributes.split(",")])

        return attribute, bound

    def _bound_to(self, held: Held, start: str, lists: Sequence[tuple[Bool, Value]]) -> Truth:
        """Whether all roles that a request names are on one resource, and the principal has its own role there."""
        named = start.rpartition("/")[2].removesuffix(":")
        key = (named, tuple(id(case.term) for _, value in lists for case in value))
        if key not in self._bound_ids:
            self._bound_ids[key] = self._one_resource(named, lists)
        are_on_one, first, known = self._bound_ids[key]
        if are_on_one is False:
            return FALSE
        right = conj((are_on_one, held.narrowed_to(start, first)))
        return Truth(conj((known, right)), disj((neg(held.any_with(start)), conj((known, neg(right))))))

    def _one_resource(self, named: str, lists: Sequence[tuple[Bool, Value]]) -> tuple[Bool, Any, Bool]:
        """Whether roles are on one resource of a surface, its id, and whether the lists of roles are well-formed."""
        found: list[tuple[Bool, Bool, Any]] = []
        for _, value in lists:
            for case in value:
                for there, items in case.term.slots:
                    for item in items:
                        is_bound, tail = self.texts.bound_id(named, item.term)
                        found.append((conj((case.when, there, item.when)), is_bound, tail))
        first = z3.IntVal(-1)
        for there, _, tail in reversed(found):
            first = choice(there, tail, first)
        every = (implies(there, conj((is_bound, tail == first))) for there, is_bound, tail in found)
        some = disj(there for there, _, _ in found)
        known = conj(disj((neg(present), *(case.when for case in value))) for present, value in lists)
        return conj((some, *every)), first, known

    def _of_holder(self, view: Asked, name: str) -> Value:
        number = self.index(view.program)
        if name == RANK:
            return (Case(True, "int", self.roles[number].rank),)
        key = (number, name)
        if key not in self._lists:
            self._lists[key] = (Case(True, "list", self._list(view, name, number)),)
        return self._lists[key]

    def _list(self, view: Asked, name: str, number: int) -> Items:
        catalog = self.programs[number].catalog
        if name in (ROLES, SCOPES):
            if (name == ROLES) is not self.held.are_roles or self.kind not in (*SCOPED, "member"):
                return Items(())
            known = catalog.roles if name == ROLES else catalog.of_kind(self.kind).scopes
            slots = [(self.held.has(each), constant(each, self.texts)) for each in known]
            if self.held.named is not None:
                slots += [
                    (self.held.has(each), constant(each, self.texts)) for each in self.held.named if each not in known
                ]
            else:
                slots += self._strangers(name, known)
            starts = [start for source in known for start in self.holdings[number].starts(source)]
            begun = ((there, start) for start in starts if (there := self.held.any_with(start)) is not False)
            return Items(tuple(slots), self.held.count_of_others, self._among, tuple(begun))
        if name == ASSIGNABLE:
            found = self.assignable(view)
            return Items(
                tuple((there, constant(each, self.texts)) for each, there in found.items()), among=self._named(name)
            )
        if self.kind == "anonymous" and not catalog.roles:
            return Items(())
        above = ((self.roles[number].superior(each), constant(each, self.texts)) for each in catalog.roles)
        return Items(tuple(above), among=self._named(name))

    def _strangers(self, name: str, known: Iterable[str]) -> Iterator[tuple[Bool, Value]]:
        for number in range(self.samples.slots(name)):
            term = self.texts.noted(z3.Int(f"{name} stranger {number}"))
            there = z3.Bool(f"{name} has stranger {number}")
            self.constraints.append(term >= 0)
            self.constraints.extend(term != self.texts.code(each) for each in known)
            self.constraints.append(implies(there, self.held.among(term)))
            self.constraints.append(implies(there, self.held.count_of_others > number))
            yield there, (Case(True, "string", term),)

    def _among(self, item: Value) -> Truth:
        there = disj(conj((case.when, self.held.among(case.term))) for case in item if case.kind == "string")
        return truth(there)

    def _named(self, name: str) -> Any:
        """Roles on one resource that a request names may be in a list too."""

        def among(item: Value) -> Truth:
            function = z3.Function(f"{name} has role on one resource", z3.IntSort(), z3.BoolSort())
            found = []
            for case in item:
                if case.kind == "string" and not isinstance(case.term, int):
                    bound = self.texts.has(A_BINDING, case.term)
                    found.append(conj((case.when, bound, function(case.term))))
            return truth(disj(found))

        return among

    def assignable(self, view: Asked) -> Mapping[str, Bool]:
        """Whether each role may be handed out. What the rules say of roles decides it, which the engine works out."""
        number = 0 if self._hand_out_alike else self.index(view.program)
        if number not in self.assigned:
            for each in view.program.catalog.roles if self.held.are_roles else view.program.catalog.scopes:
                self.held.has(each)
            roles = view.program.catalog.roles
            self.assigned[number] = (view, {role: z3.Bool(f"{number} may assign {role}") for role in roles})
        return self.assigned[number][1]

    @cached_property
    def _hand_out_alike(self) -> bool:
        """Whether all packs say the same of roles."""
        said = [
            (
                each.catalog.roles,
                each.catalog.scopes,
                [(name, [_meaning(rule) for rule in (*touched.denies, *touched.allows)])
                 for name, touched in sorted(RoleRules(each).by_roles.items())],
            )
            for each in self.programs
        ]  # fmt: skip
        return all(each == said[0] for each in said)

    # What is unknown.

    def unknown(self, view: Asked, expr: Expr) -> Truth:
        """A condition of which nothing is known."""
        self._note(view, expr)
        key = self._key(view, expr)
        if key not in self.unknowns:
            number = len(self.unknowns)
            found = Truth(z3.Bool(f"unknown {number} is true"), z3.Bool(f"unknown {number} is false"))
            self.constraints.append(neg(conj((found.true, found.false))))
            self.unknowns[key] = Unknown(view, expr, None, found)
        view.reads.unknowns[key] = self.unknowns[key]
        return self.unknowns[key].truth

    def unknown_value(self, view: Asked, expr: Expr, kind: str) -> Value:
        """A value of some kind of which nothing else is known."""
        self._note(view, expr)
        key = self._key(view, expr)
        if key not in self.unknowns:
            number = len(self.unknowns)
            part = self._maker.part(f"unknown {number}", kind, 0, ())
            case = part.case._replace(when=z3.Bool(f"unknown {number} has a value"))
            self.unknowns[key] = Unknown(view, expr, case, Truth(case.when, neg(case.when)))
        view.reads.unknowns[key] = self.unknowns[key]
        found = self.unknowns[key].case
        return () if found is None else (found,)

    def _note(self, view: Asked, expr: Expr) -> None:
        """Read the names of what is unknown: what it is for one request depends on all of them."""
        for node in walk(expr):
            if isinstance(node, Ident) and node.absolute and self.is_symbol(view, node.name):
                self.symbol_of(view, node.name)

    def is_symbol(self, view: Asked, name: str) -> bool:
        """Whether a name stands for something that a host gives, and that is encoded."""
        is_type = view.program.types.names.library.type_value(name) is not None
        return not is_type and name != FACTS and name not in OF_HOLDER and self.fixed(view, name) is None

    def _key(self, view: Asked, expr: Expr) -> Any:
        names = [node.name for node in walk(expr) if isinstance(node, Ident) and node.absolute]
        asks = any(isinstance(node, Call) and node.function == HOLDS for node in walk(expr))
        kinds = [{each.types.of(name, view.question.surface) for each in self.programs} for name in names]
        # What reads only what a host gives is the same to both packs.
        is_shared = not asks and OF_HOLDER.isdisjoint(names) and all(len(found) == 1 for found in kinds)
        of_question = not QUESTION.isdisjoint(names) or any(name.startswith("resource.") for name in names) or asks
        return (
            None if is_shared else self.index(view.program),
            view.question if of_question else None,
            view.bare,
            expr,
        )

    def link(self) -> None:
        """Say what follows from all that was asked by now."""
        self.held.link()
        if self.ceiling is not None:
            self.ceiling.link()


def _meaning(rule: Rule) -> tuple[str, str, Expr]:
    return rule.id, rule.effect, rule.condition
