"""Looking for one request: with every opaque part free, which proves that there is none; then with real values."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scopeguard.model.grant import Grant
from scopeguard.model.principal import SCOPED
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax.expression import Expr
from scopeguard.verifying.atoms import (
    LITERALLY,
    ROLES,
    UNKNOWN,
    Comparison,
    Sight,
    hypotheses_in,
    hypothesis,
    names_in,
    with_literal_scopes,
)
from scopeguard.verifying.domains import Domain, sight_of
from scopeguard.verifying.holders import sampled_scopes, with_scopes
from scopeguard.verifying.searching import Budget, Goal, Search, TooManyError, apart
from scopeguard.verifying.values import Values
from scopeguard.verifying.worlds import SCOPES, Case, Glance, World

_MAX_SAMPLES: Final = 2_000
"""Classes of requests that are tried with real values where an opaque part left it open whether there is one."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked for: worlds in which *goals* come out as wanted, for members with some of the *roles* only.

    *spoken* are the names that the claim reads; *outcomes* are those that an opaque part may have.
    """

    world: World
    goals: tuple[Goal, ...]
    roles: frozenset[str] | None
    spoken: frozenset[str]
    outcomes: tuple[bool | None, ...]


@dataclass(slots=True)
class Finding:
    """What came of it: the first request that was *accepted*; else the parts of conditions that left it open."""

    accepted: Any = None
    open_parts: tuple[Expr, ...] = ()


@dataclass(slots=True)
class _Opaque:
    """The opaque parts met so far, each with the hypothesis that stands for it."""

    texts: dict[Expr, str] = field(default_factory=dict)

    def __call__(self, expr: Expr) -> Expr:
        return hypothesis(self.texts.setdefault(expr, f"{UNKNOWN}{len(self.texts)}"))


def look(asked: Look, accept: Callable[[World], Any], budget: Budget) -> Finding:
    """The first world in which the goals come out, and that *accept* does not answer with None.

    Raises TooManyError where it takes too many, and TooManyRolesError.
    """
    case = asked.world.case
    change = with_literal_scopes if case.kind in SCOPED else _unchanged
    goals = [Goal(change(goal.expr), goal.wanted) for goal in asked.goals]
    opaque = _Opaque()
    world = asked.world
    # A group of goals that cannot come out says that all of them cannot, so that the others need not be looked at.
    # What the claim itself says comes first: that is where most rules that uphold it are.
    for group in sorted(apart(goals, Glance.at(world)), key=lambda group: goals[0] not in group):
        found = next(_abstract_worlds(asked, world, group, opaque, budget), None)
        if found is None:
            return Finding()
        world = found
    world = _settled(asked, world)
    guessed = [text for text in world.guesses if text.startswith(UNKNOWN)]
    if guessed:
        return _sampled(asked, accept, tuple(expr for expr, text in opaque.texts.items() if text in guessed))
    accepted = accept(world)
    return Finding(accepted, () if accepted is not None else tuple(goal.expr for goal in goals))


def _abstract_worlds(
    asked: Look, world: World, goals: Sequence[Goal], opaque: _Opaque, budget: Budget
) -> Iterator[World]:
    case = world.case
    sight = _untangled(sight_of(case), goals)
    abstract = [Goal(sight.abstracted(goal.expr, opaque), goal.wanted) for goal in goals]
    comparisons = [*narrowed(case, goals), *(each for goal in abstract for each in sight.comparisons(goal.expr))]
    # Opaque parts may read the list of roles too: each set of roles that they can tell apart has to be there.
    domain = Domain(case, Values.of(sight, comparisons), [goal.expr for goal in goals], asked.roles, asked.spoken)

    def guesses(text: str) -> Sequence[bool | None]:
        return asked.outcomes if text.startswith(UNKNOWN) else (False, True)

    return Search(domain.to_try, guesses, _is_possible, budget).worlds(world, abstract)


def _settled(asked: Look, world: World) -> World:
    """*world* with what its principal holds."""
    if world.has_holder:
        return world
    if world.case.kind in SCOPED:
        return with_scopes(world) or world
    return world.having(ROLES, tuple(sorted(asked.roles or ()))[:1])


def _is_possible(world: World) -> bool:
    """Whether there are scopes that hold what is assumed."""
    return world.case.kind not in SCOPED or world.has_holder or with_scopes(world) is not None


def narrowed(case: Case, goals: Iterable[Goal]) -> Iterator[Comparison]:
    """What the ids of resources, and of what they lie below, are compared with by scopes that are narrowed."""
    texts = [text for goal in goals for text in hypotheses_in(goal.expr) if not text.startswith(UNKNOWN)]
    grants = (Grant.parse(text.removeprefix(LITERALLY)) for text in (*texts, *sorted(case.scopes or ())))
    ids: dict[str, list[str]] = {}
    surface = case.program.catalog.surfaces[case.act.question.surface]
    for grant in grants:
        parent = surface.parents.get(grant.parent or "")
        if grant.resource_id is not None and (grant.parent is None or parent is not None):
            ids.setdefault("id" if parent is None else parent.attribute, []).append(grant.resource_id)
    for attribute, listed in ids.items():
        yield Comparison((f"resource.{attribute}",), tuple(listed))


def _unchanged(expr: Expr) -> Expr:
    return expr


def _untangled(sight: Sight, goals: Sequence[Goal]) -> Sight:
    comparisons = [each for goal in goals for each in sight.comparisons(goal.expr)]
    tangled = Values.of(sight, comparisons).tangled
    return Sight(sight.types, sight.surface, sight.given, sight.barred | tangled) if tangled else sight


def _sampled(asked: Look, accept: Callable[[World], Any], parts: tuple[Expr, ...]) -> Finding:
    """Try real values, without a promise that they stand for all."""
    case = asked.world.case
    exprs = [goal.expr for goal in asked.goals]
    sight = _untangled(sight_of(case), asked.goals)
    every = _Opaque()
    for expr in exprs:
        sight.abstracted(expr, every)
    comparisons = [*narrowed(case, asked.goals), *(each for expr in exprs for each in sight.comparisons(expr))]
    samples = [sight.guess(expr) for expr in every.texts]
    domain = Domain(case, Values.of(sight, (*comparisons, *samples)), exprs, asked.roles, asked.spoken)
    search = Search(domain.to_try, lambda _: (True, False), _is_possible, Budget(_MAX_SAMPLES))
    try:
        for start in _starts(asked, exprs):
            for world in search.worlds(start, asked.goals):
                accepted = accept(_settled(asked, world))
                if accepted is not None:
                    return Finding(accepted)
    except TooManyError:
        pass
    return Finding(None, parts)


def _starts(asked: Look, exprs: Sequence[Expr]) -> Iterator[World]:
    listed = ROLE_LISTS | {SCOPES}
    if asked.world.case.kind in SCOPED and any(not listed.isdisjoint(names_in(expr)) for expr in exprs):
        yield from (asked.world.having(SCOPES, scopes) for scopes in sampled_scopes(asked.world, exprs))
    else:
        yield asked.world
