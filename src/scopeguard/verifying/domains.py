"""Which requests there are: what a name may be for one kind of principal, and which requests are ordinary."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from scopeguard.compiling.environment import ABSENT
from scopeguard.errors import RequestError
from scopeguard.model.addresses import parse_network
from scopeguard.model.input_validation import identifier, name
from scopeguard.model.principal import SCOPED, UNRECOGNIZED, WORKSPACE_BOUND
from scopeguard.model.principal_kinds import PRINCIPAL_KINDS
from scopeguard.model.usage import PRODUCTION
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES, ROLE_LISTS
from scopeguard.syntax.expression import Expr
from scopeguard.verifying.atoms import A_NETWORK, ROLES, Sight, names_in
from scopeguard.verifying.holders import relevant_roles
from scopeguard.verifying.values import Values
from scopeguard.verifying.worlds import HOME, Case, World

_CHANNEL: Final = "context.channel"
_ENVIRONMENT: Final = "context.environment"
_VALID: Final[Mapping[str, Callable[[object, str], str]]] = MappingProxyType({
    "principal.id": identifier, "principal.workspace": identifier, "resource.id": identifier,
    "resource.workspace": identifier, _CHANNEL: name, _ENVIRONMENT: name,
})  # fmt: skip
"""What a text has to be in order to be the value of a name."""
_FREE: Final = frozenset({"principal.id", "resource.id", _CHANNEL, _ENVIRONMENT})
"""Names that differ from one ordinary request to the next."""
_NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LASTING: Final[Mapping[str, datetime]] = MappingProxyType({
    "context.now": _NOW, "principal.expires_at": _NOW + timedelta(hours=1)
})  # fmt: skip
"""What is given with a session in force."""
_NETWORKS_OF: Final = "principal.ip_allow"
_NETWORKS: Final = (A_NETWORK,)
_WORKSPACES: Final = frozenset({"principal.workspace", "resource.workspace"})


def sight_of(case: Case) -> Sight:
    """How the conditions of a case are looked at."""
    catalog, surface = case.program.catalog, case.act.question.surface
    if case.kind == "member":
        roles = tuple(catalog.roles)
        ranks = (0, *(role.rank for role in catalog.roles.values()))
        given = {ROLES: roles, **dict.fromkeys(ROLE_LISTS, roles), "principal.rank": ranks}
        return Sight(case.program.types, surface, MappingProxyType(given))
    barred = ROLE_LISTS | {"principal.scopes"} if case.kind in SCOPED else frozenset()
    return Sight(case.program.types, surface, MappingProxyType({}), barred)


def ordinary_world(case: Case, exprs: Iterable[Expr], spoken: frozenset[str]) -> World:
    """The world in which everything that a claim does not speak of is ordinary: absent, or of the home workspace.

    A session is as long as it has to be: it has an end, and the time is before it.
    """
    world = World(case)
    free = _FREE | spoken | (frozenset() if spoken.isdisjoint(_WORKSPACES) else _WORKSPACES)
    for each in sorted({read for expr in exprs for read in names_in(expr)} | _WORKSPACES):
        if each in _WORKSPACES - free:
            world = world.having(each, ABSENT if case.kind == "anonymous" else HOME)
        elif each not in free and (each == "context.now" or each not in BUILT_IN_VARIABLES):
            world = world.having(each, _LASTING.get(each, ABSENT) if case.kind == "session" else ABSENT)
    return world


@dataclass(slots=True)
class Domain:
    """What to try for each name of some conditions.

    *named* are the only roles that members may have; *spoken* are the names that the claim reads.
    """

    case: Case
    values: Values
    exprs: Sequence[Expr]
    named: frozenset[str] | None
    spoken: frozenset[str]
    roles: Sequence[tuple[str, ...]] | None = None

    def to_try(self, name: str) -> list[Any]:
        """The values of *name* that can be told apart. Raises TooManyRolesError."""
        if name == ROLES:
            if self.roles is None:
                permission = self.case.act.question.permission
                self.roles = relevant_roles(self.case.rules, self.named, self.exprs, permission)
            return list(self.roles)
        found = self.values.to_try(name)
        catalog = self.case.program.catalog
        if name == _CHANNEL:
            found = self._of_the_pack(name, found, catalog.channels)
        elif name == _ENVIRONMENT:
            found = [value for value in self._of_the_pack(name, found, catalog.environments) if value is not ABSENT]
        elif self._is_there(name):
            found = [value for value in found if value is not ABSENT]
        elif name.removeprefix("principal.") in (*PRINCIPAL_KINDS[self.case.kind].states, UNRECOGNIZED):
            found = [*found, *([_NETWORKS] if name == _NETWORKS_OF else [])]
            found = [value for value in found if _is_state(name, value)]
        valid = _VALID.get(name)
        return found if valid is None else [value for value in found if _is_valid(valid, value)]

    def _of_the_pack(self, name: str, found: list[Any], declared: Sequence[str]) -> list[Any]:
        if not declared:
            return found
        # What the pack does not have is no question.
        others = [value for value in declared if value not in found]
        known = [value for value in found if value is ABSENT or value in (*declared, PRODUCTION)]
        if self.case.ordinary and name not in self.spoken:
            return [value for value in known if value is not ABSENT] + others
        return [*known[:1], *others, *known[1:]]

    def _is_there(self, name: str) -> bool:
        if name == "principal.workspace":
            return self.case.kind in WORKSPACE_BOUND or self.case.ordinary
        return name == "principal.id"


def _is_state(name: str, value: Any) -> bool:
    """Whether a constructor of principals leaves a state as it is: one that is false is not there at all."""
    if value is False:
        return False
    try:
        return name != _NETWORKS_OF or value is ABSENT or all(str(parse_network(text)) == text for text in value)
    except (TypeError, ValueError):
        return False


def _is_valid(valid: Callable[[object, str], str], value: object) -> bool:
    if value is ABSENT:
        return True
    try:
        valid(value, "a value")
    except RequestError:
        return False
    return True
