"""Who holds what: the sets of roles that matter, and the scopes of a key that hold just what a search assumed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations, count, islice
from typing import Any, Final

from msgspec.structs import replace

from scopeguard.compiling.environment import ABSENT
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.grants import on_resources
from scopeguard.limits import MAX_INVARIANT_ROLES
from scopeguard.model.grant import Grant
from scopeguard.model.grant_set import expand
from scopeguard.model.principal import Principal
from scopeguard.runtime.authority import Authority
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.role_rules import RoleRules
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, walk
from scopeguard.verifying.atoms import LITERALLY, UNKNOWN, hypotheses_in, is_scope, names_in
from scopeguard.verifying.worlds import HOME, SCOPES, World

_MAX_SAMPLED: Final = 6
"""Scopes of which every set is tried where a condition looks at the list itself."""
ANY_ID: Final = "id_1"


def subsets(items: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Every subset, the small ones first."""
    listed = tuple(items)
    return chain.from_iterable(combinations(listed, size) for size in range(len(listed) + 1))


class TooManyRolesError(Exception):
    """More roles that differ in what matters than may be looked at in every combination."""


def relevant_roles(
    rules: RoleRules, named: frozenset[str] | None, exprs: Iterable[Expr], permission: str
) -> tuple[tuple[str, ...], ...]:
    """The sets of roles that conditions about *permission* can tell apart; of those *named* at least one.

    Raises TooManyRolesError.
    """
    catalog = rules.program.catalog
    parts = tuple(exprs)
    texts = {permission, *(Grant.parse(text).permission for expr in parts for text in hypotheses_in(expr)
                           if not text.startswith((UNKNOWN, LITERALLY)))}  # fmt: skip
    read = {name for expr in parts for name in names_in(expr)}
    mentioned = _mentioned(parts)
    known = sorted(catalog.roles if named is None else named)
    if mentioned is None and named is None:
        # A member may have a role that the pack does not have any more. It holds nothing, and is one of the list.
        known.append(next(name for number in count(1) if (name := f"former_{number}") not in catalog.roles))

    def matters(roles: tuple[str, ...]) -> tuple[Any, ...]:
        who = Principal.member(ANY_ID, workspace=HOME, roles=roles)
        held = EffectiveGrants.of(catalog, who)
        stands = Authority(rules, who, held)
        return (
            frozenset(held.permissions & texts),
            frozenset(roles) if mentioned is None else frozenset(roles) & mentioned,
            stands.rank if "principal.rank" in read else None,
            stands.assignable_roles if "principal.assignable_roles" in read else None,
            stands.superior_roles if "principal.superior_roles" in read else None,
            # What two roles hold together may be what hands out a third, so that each of them is one of its own.
            roles if not read.isdisjoint(ROLE_LISTS) and len(roles) < 2 else None,
        )

    single = {matters((name,)): name for name in reversed(known)}
    distinct = sorted(single.values())
    if len(distinct) > MAX_INVARIANT_ROLES:
        raise TooManyRolesError
    found: dict[tuple[Any, ...], tuple[str, ...]] = {}
    for roles in subsets(distinct):
        if roles or named is None:
            found.setdefault(matters(roles), roles)
    return tuple(found.values())


def _mentioned(parts: Iterable[Expr]) -> frozenset[str] | None:
    """The roles that conditions ask for by name; None where they look at the list of roles in another way."""
    found: set[str] = set()
    uses = asked = 0
    for expr in parts:
        for node in walk(expr):
            match node:
                case Call(function=ex.IN, args=(Literal(value=str(role)), Ident(name="principal.roles"))):
                    found.add(role)
                    asked += 1
                case Ident(name="principal.roles"):
                    uses += 1
    return frozenset(found) if uses == asked else None


def with_scopes(world: World) -> World | None:
    """*world* with scopes that hold what its hypotheses say and nothing that they deny; None where no scopes do."""
    texts = [text for text in world.guesses if not text.startswith(UNKNOWN)]
    wanted = [text for text in texts if world.guesses[text]]
    refused = [text for text in texts if not world.guesses[text]]
    for settled in _with_ids(world):
        universe = list(_offered(settled, texts))
        found = _Choice(settled, universe, wanted, refused).world()
        if found is not None:
            return found
    return None


def _with_ids(world: World) -> Iterator[World]:
    if "resource.id" in world.values:
        yield world
        return
    narrowed = {Grant.parse(text).resource_id for text in world.case.scopes or ()}
    for each in (ABSENT, ANY_ID, *sorted(found for found in narrowed if found is not None)):
        yield world.having("resource.id", each)


def _offered(world: World, texts: Iterable[str]) -> Iterator[str]:
    """Every scope that can matter to *texts*: the catalog's, and those narrowed to the resources that are spoken of."""
    grants = [Grant.parse(text.removeprefix(LITERALLY)) for text in texts]
    permissions = {grant.permission for grant in grants}
    ids = {grant.resource_id for grant in grants} | {world.values["resource.id"]}
    # An id that no scope can spell narrows none.
    narrowing = sorted(text for text in ids if isinstance(text, str) and is_scope(f"a:a/{text}"))
    yield from map(str, grants)
    for scope, granted in world.case.program.catalog.of_kind(world.case.kind).scopes.items():
        if not permissions.isdisjoint(granted):
            yield scope
            yield from (f"{scope}/{each}" for each in narrowing)


@dataclass(slots=True)
class _Choice:
    """Scopes for one world. *universe* are those that can matter."""

    settled: World
    universe: list[str]
    wanted: list[str]
    refused: list[str]

    def world(self) -> World | None:
        """The world with scopes, and with a ceiling where it takes one."""
        literally = {text.removeprefix(LITERALLY) for text in self.wanted if text.startswith(LITERALLY)}
        banned = {text.removeprefix(LITERALLY) for text in self.refused if text.startswith(LITERALLY)}
        case = self.settled.case
        if case.scopes is not None and not literally <= case.scopes:
            return None
        own = [text for text in (self.universe if case.scopes is None else sorted(case.scopes)) if text not in banned]
        safe = [text for text in self.universe if not self.gives_what_is_refused(text)]
        usable = [text for text in own if not self.gives_what_is_refused(text)]
        held = None if literally - set(usable) else self.least(usable, literally)
        found = None if held is None else self.holding(held, usable)
        if found is not None:
            return found
        if case.kind != "api_key" or case.ordinary:
            return None
        # The owner of a key may hold less than its scopes say.
        held, ceiling = self.least(own, literally), self.least(safe, set())
        found = None if held is None or ceiling is None else self.holding(held, own)
        return None if found is None or ceiling is None else replace(found, ceiling=frozenset(ceiling))

    def holding(self, held: set[str], others: list[str]) -> World | None:
        """The world with scopes; at least one of *others* where the case names those that there may be."""
        if self.settled.case.scopes is not None and not held:
            return self.settled.having(SCOPES, (min(others),)) if others else None
        return self.settled.having(SCOPES, tuple(sorted(held)))

    def least(self, offered: list[str], held: set[str]) -> set[str] | None:
        """*held* and a few of what is *offered* that give all that is wanted; None where it cannot be given."""
        chosen = set(held)
        for want in self.wanted:
            if not want.startswith(LITERALLY) and not any(self.gives(text, want) for text in chosen):
                giving = next((text for text in offered if self.gives(text, want)), None)
                if giving is None:
                    return None
                chosen.add(giving)
        return chosen

    def gives_what_is_refused(self, scope: str) -> bool:
        """Whether *scope* gives something that must not be held."""
        return any(not text.startswith(LITERALLY) and self.gives(scope, text) for text in self.refused)

    def gives(self, scope: str, text: str) -> bool:
        """Whether *scope* gives what a hypothesis says."""
        case = self.settled.case
        grant = Grant.parse(text)
        reach = expand(case.program.catalog.of_kind(case.kind), scope) or {}
        if grant.permission not in reach or case.is_closed(grant.permission):
            return False
        ids = reach[grant.permission]
        if ids is None:
            return True
        if grant.qualifier is not None:
            return grant.qualifier in ids
        if grant.surface != case.act.question.surface:
            return False
        condition = on_resources(case.program.catalog.surfaces[grant.surface], ids)
        return outcome(condition, self.settled.environment()) is True


def sampled_scopes(world: World, exprs: Iterable[Expr]) -> Iterator[tuple[str, ...]]:
    """Sets of scopes to try where conditions look at the list of scopes itself."""
    parts = tuple(exprs)
    texts = [node.value for expr in parts for node in walk(expr) if isinstance(node, Literal)]
    permission = world.case.act.question.permission
    held = [text for expr in parts for text in hypotheses_in(expr) if not text.startswith((UNKNOWN, LITERALLY))]
    found = dict.fromkeys([permission, *held, *(text for text in texts if isinstance(text, str) and is_scope(text))])
    named = world.case.scopes
    offered = sorted(named) if named is not None else [*found, *_idle(world, found)]
    for scopes in subsets(offered[:_MAX_SAMPLED]):
        if scopes or named is None:
            yield scopes


def _idle(world: World, taken: Iterable[str]) -> list[str]:
    """Two scopes that give nothing of what matters, for lists that have to be longer."""
    matter = set(taken)
    scopes = world.case.program.catalog.of_kind(world.case.kind).scopes
    idle = (text for text in scopes if matter.isdisjoint(scopes[text]) and text not in matter)
    return [*islice(idle, 2), "unknown:one", "unknown:two"][:2]
