"""The ceiling over what somebody hands out, or over keys that go on after: what the rules let them do themselves.

Nothing here looks at the role table: an actor's grants, the rules that allow and the rules that deny are asked as a
check asks them, on every resource of the actor's workspace at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from scopeguard.compiling.partial_evaluation import KnownInputs, WorkspaceRelation, simplify
from scopeguard.compiling.program import Program, Rule
from scopeguard.compiling.truth import true_where
from scopeguard.limits import MAX_CEILINGS
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.model.grant_set import Ids
from scopeguard.model.narrowing import ASSIGNED
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.propositions import implies
from scopeguard.runtime.residuals import Residual, is_open
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.syntax.expression import FALSE, HOLDS, TRUE, Call, Expr, Ident, walk

_NOTHING: Final[frozenset[str]] = frozenset()
_CHANNEL: Final = frozenset({"context.channel"})
"""What the kind of who asks decides with the rest of a request: members are in the dashboard, keys on servers."""
LIMITS_OF_KEYS: Final[Mapping[str, Any]] = MappingProxyType({
    "expires_at": datetime.max.replace(tzinfo=UTC), "not_before": datetime.min.replace(tzinfo=UTC), "ip_allow": (),
    "ignored_scopes": (),
})  # fmt: skip
"""What a key may be given beside its scopes, whatever the values are."""
_UNTOLD: Final = frozenset({"principal.id", *(f"principal.{name}" for name in LIMITS_OF_KEYS)})


def ceiling_of_roles(engine: Engine, roles: Iterable[str]) -> frozenset[str]:
    """What members with these roles may do, as scopes: on every resource, or on some. Rules count as grants do.

    What some circumstance denies is in it, for the key meets that circumstance itself; what a rule allows in some
    circumstances only is not.
    """
    member = Principal("member", "of the roles", "of the roles", roles=roles)
    found = engine.ceilings.get(member.roles)
    if found is None:
        held = EffectiveGrants.of(engine.program.catalog, member)
        found = frozenset(text for each in engine.permissions for text in _let_through(engine, member, held, each))
        if len(engine.ceilings) >= MAX_CEILINGS:
            engine.ceilings.clear()
        engine.ceilings[member.roles] = found
    return found


def _let_through(engine: Engine, member: Principal, held: EffectiveGrants, permission: str) -> Iterator[str]:
    rest = engine.residual(member, permission)
    if not all(is_open(denial.residual) for denial in rest.denials):
        return
    if any(permit.residual == TRUE for permit in rest.permits):
        yield permission
    else:
        names = {name for _, ids, _ in held.holding(permission) if ids for name in ids}
        # Questions about roles on one resource are reached by no scope.
        yield from (f"{permission}/{name}" for name in names if not name.startswith(ASSIGNED))


class Excess(Struct, frozen=True, gc=False):
    """A permission or an operation beyond the ceiling, with what denies it to the actor."""

    action: str
    rules: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class Ceiling(Struct, frozen=True):
    """What *actor* may do in *context*, and so may hand out."""

    engine: Engine
    actor: Principal
    context: Context
    held: EffectiveGrants

    @classmethod
    def of(cls, engine: Engine, actor: Principal, context: Context) -> "Ceiling":
        """The ceiling over *actor* in *context*."""
        return cls(engine, actor, context, EffectiveGrants.of(engine.program.catalog, actor))

    def excess(self, reach: Mapping[str, Ids]) -> Iterator[Excess]:
        """What of some permissions is beyond it, sorted; of a permission that is not, its operations."""
        program = self.engine.program
        for permission, ids in sorted(reach.items()):
            found = self._excess(permission, ids)
            if found is not None:
                yield found
                continue
            for operation in program.catalog.operations.values():
                if operation.permission == permission:
                    found = self._excess(operation.name, ids)
                    if found is not None:
                        yield found

    def excess_by_rules(self, key: Principal) -> Iterator[Excess]:
        """What rules let *key* do beside its scopes, by any id and through any channel, and is beyond it."""
        for action in self.engine.program.actions:
            gained = self._by_rules(action, key, untold=self._untold)
            if gained:
                own = self._by_rules(action, self.actor, told=_CHANNEL)
                alike = all(implies(left, own.get(rule, FALSE)) for rule, left in gained.items())
                found = self._excess(action, None, alike=alike)
                if found is not None:
                    yield found

    @property
    def _untold(self) -> frozenset[str]:
        """What nobody knows of a key before it is handed out; of which workspace it is, where the actor is of none."""
        return _UNTOLD if self.actor.workspace else _UNTOLD | {"principal.workspace"}

    def _excess(self, action: str, ids: Ids, *, alike: bool = False) -> Excess | None:
        """Whether an action is beyond the ceiling; *alike*: rules allow it to the actor as far as to the key."""
        program = self.engine.program
        rest = self.engine.residual(self.actor, action, self.context)
        denying = tuple(sorted(each.rule.id for each in rest.denials if takes_a_right(program, each.rule)))
        if not denying and (alike or self._covers(rest, ids)):
            return None
        # Of what is not granted, a check knows what was needed; of what a rule denies, nothing is.
        asked = self.engine.check(self.actor, action, None, self.context)
        return Excess(action, denying, () if denying else asked.needed, asked.errors)

    def _covers(self, rest: Residual, ids: Ids) -> bool:
        """Whether something allows on *ids*. What a rule allows on some resources only is handed out on none."""
        if any(permit.residual == TRUE for permit in rest.permits):
            return True
        return self.held.is_held(rest.act.question.permission, ids)

    def _by_rules(
        self, action: str, principal: Principal, *, told: frozenset[str] = _NOTHING, untold: frozenset[str] = _NOTHING
    ) -> dict[str, Expr]:
        """The rules that may allow an action to a principal in some context, with what is left of each.

        What the principal is, is put in, so that what is left of one is never taken for the same of another.
        """
        rest = self.engine.residual(principal, action)
        if not all(is_open(denial.residual) for denial in rest.denials):
            return {}
        env = rest.environment(principal, None, self.context)
        known = _Told(env, env.holds, WorkspaceRelation.OWN, principal=True, told=told, untold=untold)
        left = {each.id: simplify(each.residual, known) for each in rest.permits if each.is_rule}
        return {rule: each for rule, each in left.items() if true_where(each) != FALSE}


class _Told(KnownInputs, Struct, frozen=True):
    """A principal is known but for what is *untold*; of the context nothing but what is *told*."""

    told: frozenset[str] = _NOTHING
    untold: frozenset[str] = _NOTHING

    def knows(self, name: str) -> bool:
        """Whether the value of a name is settled."""
        return name in self.told or (name not in self.untold and KnownInputs.knows(self, name))


def takes_a_right(program: Program, rule: Rule) -> bool:
    """Whether a denial takes something from the actor that others may have.

    What comes after the permission, is about the state of the workspace (payment and its kin) and applies to everybody
    alike takes no right: it denies to a key just what it denies to whoever made it.
    """
    if rule.stage <= program.catalog.stages.index(PERMISSION_STAGE):
        return True
    return not _reads_facts(rule.condition) or _reads_principal(rule.condition)


def _reads_facts(expr: Expr) -> bool:
    return any(isinstance(node, Ident) and (node.name + ".").startswith(f"{FACTS}.") for node in walk(expr))


def _reads_principal(expr: Expr) -> bool:
    return any(
        (isinstance(node, Ident) and node.name.startswith("principal."))
        or (isinstance(node, Call) and node.function == HOLDS)
        for node in walk(expr)
    )
