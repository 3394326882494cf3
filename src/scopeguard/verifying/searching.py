"""The search: worlds in which conditions come out as wanted, found by settling one name after the other."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.partial_evaluation import simplify
from scopeguard.semantics.built_in_variables import ROLE_AUTHORITY
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Failure, Ident, Literal, walk
from scopeguard.verifying.atoms import LITERALLY, ROLES, UNKNOWN, hypotheses_in, names_in
from scopeguard.verifying.worlds import SCOPES, Glance, World

IS_TRUE: Final = frozenset({True})
IS_FALSE: Final = frozenset({False})
IS_NOT_TRUE: Final[frozenset[bool | None]] = frozenset({False, None})

_OF_HOLDER: Final = ROLE_AUTHORITY | {SCOPES, ROLES}


class TooManyError(Exception):
    """More classes of requests than may be looked at."""


class Goal(NamedTuple):
    """A condition, and the outcomes that are wanted of it; None is that it has no value."""

    expr: Expr
    wanted: frozenset[bool | None]


@dataclass(slots=True)
class Budget:
    """How many classes of requests may still be looked at."""

    left: int

    def spend(self) -> None:
        """Count one. Raises TooManyError where there are too many."""
        if self.left <= 0:
            raise TooManyError
        self.left -= 1


@dataclass(frozen=True, slots=True)
class Search:
    """A search over worlds. *to_try* gives the values of a name, *guesses* what a hypothesis may come out as."""

    to_try: Callable[[str], Sequence[Any]]
    guesses: Callable[[str], Sequence[bool | None]]
    is_possible: Callable[[World], bool]
    budget: Budget
    failed: set[Hashable] = field(default_factory=set)
    """What is left of goals where it came to nothing: values that leave the same need not be looked at again."""

    def worlds(self, world: World, goals: Sequence[Goal]) -> Iterator[World]:
        """Worlds, settled as far as they have to be, in which all *goals* come out as wanted; none where there is none.

        Goals that have no name in common are looked at apart, and of each such group one way is enough.
        """
        self.budget.spend()
        known = Glance.at(world)
        still: list[Goal] = []
        for goal in goals:
            left = simplify(goal.expr, known)
            found = self._outcome(left, known)
            if goal.wanted.isdisjoint(_possible(left) if found is _OPEN else {found}):
                return
            if found is _OPEN:
                still.append(Goal(left, goal.wanted))
        if not still:
            if self.is_possible(world):
                yield world
            return
        groups = apart(still, known)
        if len(groups) > 1:
            yield from self._together(world, groups)
            return
        left_over = _left_over(world, still)
        if left_over in self.failed:
            return
        part = min((parts for goal in still if (parts := tuple(_open_parts(goal.expr, known)))), key=len)[0]
        is_fruitless = True
        for next_world in self._settled(world, part):
            for found in self.worlds(next_world, still):
                is_fruitless = False
                yield found
        if is_fruitless:
            self.failed.add(left_over)

    def _together(self, world: World, groups: Iterable[Sequence[Goal]]) -> Iterator[World]:
        found: World | None = world
        for group in groups:
            found = None if found is None else next(self.worlds(found, group), None)
        if found is not None:
            yield found

    def _outcome(self, expr: Expr, known: Glance) -> object:
        if expr == TRUE:
            return True
        if expr == FALSE:
            return False
        if isinstance(expr, Failure):
            return None
        return _OPEN if any(True for _ in _open_parts(expr, known)) else outcome(expr, known.env)

    def _settled(self, world: World, part: str) -> Iterator[World]:
        if part.startswith((UNKNOWN, LITERALLY)) or ":" in part:
            if world.case.kind != "member" or part.startswith(UNKNOWN):
                yield from (world.guessing(part, guess) for guess in self.guesses(part))
                return
            part = ROLES
        elif part in _OF_HOLDER:
            part = ROLES if world.case.kind == "member" else SCOPES
        yield from (world.having(part, value) for value in self.to_try(part))


_OPEN: Final = object()
_ANY: Final[frozenset[bool | None]] = frozenset({True, False, None})


def _possible(expr: Expr) -> frozenset[bool | None]:
    """The outcomes that a condition may still have, as far as its connectives and what failed in it tell."""
    match expr:
        case Literal(value=bool(value)):
            return frozenset({value})
        case Failure():
            return frozenset({None})
        case Call(function=ex.AND | ex.OR as function, args=args):
            settles = function == ex.OR
            parts = [_possible(part) for part in args]
            some = frozenset(each for part in parts for each in part if each is not (not settles))
            return some | {not settles} if all((not settles) in part for part in parts) else some
    return _ANY


def _left_over(world: World, goals: Sequence[Goal]) -> Hashable:
    """All that the search for the rest of a world depends on."""
    read = {name for goal in goals for name in names_in(goal.expr)}
    # Nearly all that is settled stands in the goals as a constant. A moment does not, and what is held comes last.
    settled = frozenset((name, repr(world.values[name])) for name in read if name in world.values)
    held = frozenset((text, guess) for text, guess in world.guesses.items() if not text.startswith(UNKNOWN))
    whose = repr([world.values.get(name) for name in (ROLES, SCOPES, "resource.id")])
    return frozenset(goals), settled, held, whose


def _open_parts(expr: Expr, known: Glance) -> Iterator[str]:
    """Names and hypotheses that are not settled, in order, each once."""
    names = (node.name for node in walk(expr) if isinstance(node, Ident) and node.absolute)
    yield from dict.fromkeys([*(name for name in names if not known.knows(name)), *hypotheses_in(expr)])


def apart(goals: Sequence[Goal], known: Glance) -> list[list[Goal]]:
    """Groups of goals without a common name, the one with the fewest names first."""
    groups: list[tuple[set[str], list[Goal]]] = []
    for goal in goals:
        parts = {_group(part, known) for part in _open_parts(goal.expr, known)}
        together = [goal]
        for names, others in [group for group in groups if not parts.isdisjoint(group[0])]:
            groups.remove((names, others))
            parts |= names
            together = [*others, *together]
        groups.append((parts, together))
    return [found for _, found in sorted(groups, key=lambda group: len(group[0]))]


def _group(part: str, known: Glance) -> str:
    # What is held is settled as a whole, and what a key holds may depend on the resource.
    of_holder = part in _OF_HOLDER or part == "resource.id" or (":" in part and not part.startswith(UNKNOWN))
    return ROLES if of_holder and known.env.principal.kind != "anonymous" else part
