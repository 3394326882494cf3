"""All requests of one kind of principal at once: a symbol for each name that conditions read, and what is held."""

from collections.abc import Sequence
from typing import Any, Final

from scopeguard.analysis.authority import Attribute, Bounds, Holdings, Roles
from scopeguard.analysis.bindings import Bindings
from scopeguard.analysis.given import CHANNEL, ENVIRONMENT, Given
from scopeguard.analysis.held_lists import OF_HOLDER, HeldLists
from scopeguard.analysis.holders import Held
from scopeguard.analysis.logic import FALSE, TRUE, Bool, Truth, conj, disj, neg, truth
from scopeguard.analysis.numbers import Numbers
from scopeguard.analysis.questions import Asked, Condition, Unknown
from scopeguard.analysis.samples import Samples
from scopeguard.analysis.solver import z3
from scopeguard.analysis.symbols import Maker, Symbol
from scopeguard.analysis.texts import Texts
from scopeguard.analysis.values import Unencodable, Value, constant
from scopeguard.compiling.partial_evaluation import QUESTION
from scopeguard.compiling.program import Program
from scopeguard.model.usage import PRODUCTION
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.syntax.expression import HOLDS, Call, Expr, Ident, walk


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
        self.constraints: Final[list[Bool]] = []
        """Everything that is true of all requests. It only grows."""
        self.texts: Final = Texts(self.constraints)
        self.numbers: Final = Numbers(self.constraints)
        self.unknowns: Final[dict[Any, Unknown]] = {}
        self.samples: Final = samples or Samples.of(programs)
        self._maker = Maker(self.texts, self.numbers, self.constraints)
        self._given = Given(kind, self.programs, self._maker, self.samples, is_strict=is_strict)
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
        self.lists: Final = HeldLists(kind, self.programs, self.held, self.holdings, self.roles, self.samples)
        self._bindings = Bindings(self.texts)
        self.conditions: Final[dict[int, Condition]] = {}
        self._words: dict[str, int] = {}

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
            return self.lists.read(view, self.index(view.program), name)
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
        return self._given.symbol(name, surface)

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
            lists = [attribute(f"resource.{each}") for each in attributes.split(",")]
            return self._bindings.bound_to(held, start, lists)

        return attribute, bound

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
