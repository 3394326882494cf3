"""Worlds: requests of which some parts are settled, others open, and what is known in each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from scopeguard.compiling.environment import ABSENT, Environment, FixedAuthority, RoleAuthority
from scopeguard.compiling.partial_evaluation import QUESTION, KnownInputs
from scopeguard.compiling.program import ActionRules, Program
from scopeguard.model.principal import HOLDERS, SCOPED, UNRECOGNIZED, WORKSPACE_BOUND, Principal
from scopeguard.model.request import Context, Resource
from scopeguard.runtime.authority import Authority
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.role_rules import RoleRules
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES, FACTS, ROLE_AUTHORITY, root_of
from scopeguard.syntax.expression import FALSE, TRUE, Expr, Failure
from scopeguard.verifying.atoms import LITERALLY, ROLES, UNKNOWN, hypothesis

SCOPES: Final = "principal.scopes"
HOME: Final = "ws_1"
"""The workspace of a principal where it does not matter which."""

_OF_HOLDER: Final = ROLE_AUTHORITY | {SCOPES}
_ALWAYS_THERE: Final = _OF_HOLDER | {ROLES, FACTS, "context.environment"}
_SETTLED: Final = QUESTION | {"principal.kind"}
_OUTCOMES: Final[Mapping[bool | None, Expr]] = MappingProxyType({True: TRUE, False: FALSE, None: Failure("no value")})


class Case(Struct, frozen=True, eq=False):
    """One action, asked for by principals of one kind."""

    program: Program
    act: ActionRules
    kind: str
    rules: RoleRules
    scopes: frozenset[str] | None = None
    """The only scopes that a key may hold; None for any."""
    ordinary: bool = False
    """Whether only ordinary requests count: nothing is the matter with the credential, and nothing unusual is given."""
    holders: dict[tuple[Any, ...], tuple[EffectiveGrants, RoleAuthority]] = field(default_factory=dict)
    """What follows from scopes and roles, worked out once."""

    @property
    def may_hold(self) -> bool:
        """Whether principals of this kind hold scopes or roles at all."""
        return self.kind in HOLDERS

    def is_closed(self, permission: str) -> bool:
        """Whether no principal of this kind ever holds a permission."""
        surface = self.program.catalog.surfaces.get(permission.partition(":")[0])
        return not self.may_hold or surface is None or self.kind not in surface.holdable_by


class World(Struct, frozen=True):
    """What is settled: values by name, ABSENT for those that are not given, and hypotheses by text."""

    case: Case
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    guesses: Mapping[str, bool | None] = field(default_factory=lambda: MappingProxyType({}))
    ceiling: frozenset[str] | None = None

    def having(self, name: str, value: Any) -> "World":
        """This world, with one name more settled."""
        return replace(self, values={**self.values, name: value})

    def guessing(self, text: str, outcome: bool | None) -> "World":  # noqa: FBT001  # the outcome of a condition
        """This world, with one hypothesis more settled."""
        return replace(self, guesses={**self.guesses, text: outcome})

    @property
    def principal(self) -> Principal:
        """Who asks, as far as it is settled."""
        bound = self.case.kind in WORKSPACE_BOUND
        return Principal(
            self.case.kind,  # type: ignore[arg-type]  # a claim names kinds only
            self._value("principal.id"),
            self._value("principal.workspace", HOME if bound else None),
            scopes=frozenset(self._value(SCOPES, ())),
            roles=frozenset(self._value(ROLES, ())),
            ceiling=self.ceiling,
            attributes=self._attributes("principal"),
        )

    @property
    def resource(self) -> Resource:
        """What is asked about, as far as it is settled."""
        return Resource(
            self.case.act.question.surface,
            self._value("resource.id"),
            self._value("resource.workspace"),
            self._attributes("resource"),
        )

    @property
    def context(self) -> Context:
        """The circumstances, as far as they are settled."""
        return Context(
            channel=self._value("context.channel"),
            environment=self._value("context.environment", "production"),
            facts=self._attributes(FACTS),
            now=self._value("context.now"),
            attributes=self._attributes("context"),
        )

    def environment(self) -> Environment:
        """What conditions read."""
        principal = self.principal
        stands: RoleAuthority = self.held(principal)[1] if self.has_holder else FixedAuthority()
        question = self.case.act.question
        return Environment(principal, self.resource, self.context, question, stands, self.case.program.types)

    def held(self, principal: Principal) -> tuple[EffectiveGrants, RoleAuthority]:
        """What the principal holds, where its scopes and roles are settled, and what follows from that."""
        catalog, known = self.case.program.catalog, self.case.holders
        key = (principal.scopes, principal.roles, principal.ceiling)
        if key not in known:
            held = EffectiveGrants.of(catalog, principal)
            known[key] = held, Authority(self.case.rules, principal, held)
        return known[key]

    @property
    def has_holder(self) -> bool:
        """Whether the scopes and roles of the principal are settled."""
        if self.case.kind == "member":
            return ROLES in self.values
        return self.case.kind not in SCOPED or SCOPES in self.values

    def _value(self, name: str, default: Any = None) -> Any:
        value = self.values.get(name, ABSENT)
        return default if value is ABSENT else value

    def _attributes(self, root: str) -> dict[str, Any]:
        """The attributes under a root; what is settled of a record comes before what is settled of its fields."""
        found: dict[str, Any] = {}
        for name, value in sorted(self.values.items()):
            if value is not ABSENT and name not in BUILT_IN_VARIABLES and root_of(name) == root:
                *records, last = name.removeprefix(f"{root}.").split(".")
                place = found
                for record in records:
                    place = place.setdefault(record, {})
                place[last] = dict(value) if isinstance(value, Mapping) else value
        return found


class Glance(KnownInputs, frozen=True):
    """What partial evaluation may use in a world: the names that are settled, and nothing else."""

    world: World | None = None

    @classmethod
    def at(cls, world: World) -> "Glance":
        """What is known in *world*."""
        env = world.environment()
        surface = world.case.act.question.surface
        remaining = world.held(env.principal)[0].holds(surface) if world.has_holder else None

        def holds(text: str) -> Expr:
            if text in world.guesses:
                return _OUTCOMES[world.guesses[text]]
            if text.startswith((UNKNOWN, LITERALLY)):
                return hypothesis(text)
            if world.case.is_closed(text.partition("/")[0]):
                return FALSE
            return hypothesis(text) if remaining is None else remaining(text)

        return cls(env, holds, world=world)

    def knows(self, name: str) -> bool:
        """Whether the value of a name is settled."""
        world = self.world
        if world is None or name in _SETTLED or name in self.env.types.names.library.types:
            return True
        if name in world.values:
            return True
        if name == ROLES:
            return world.case.kind != "member"
        if name in _OF_HOLDER:
            return (
                world.has_holder
                or (name == SCOPES and world.case.kind == "member")
                or (name == "principal.rank" and world.case.kind != "member")
            )
        return world.case.kind == "anonymous" and root_of(name) == "principal" and name != f"principal.{UNRECOGNIZED}"

    def knows_presence(self, name: str) -> bool:
        """Whether it is settled that a value is given for a name."""
        return name in _ALWAYS_THERE or self.knows(name)
