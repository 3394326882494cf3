"""The ceiling over what somebody hands out, or over keys that go on after: what the rules let them do themselves.

Nothing here looks at the role table: an actor's grants, the rules that allow and the rules that deny are asked as a
check asks them, on every resource of the actor's workspace at once.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from scopeguard.compiling.partial_evaluation import KnownInputs, WorkspaceRelation, simplify
from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.compiling.truth import true_where
from scopeguard.limits import MAX_CEILINGS
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.model.grant_set import Ids
from scopeguard.model.narrowing import ASSIGNED
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.propositions import implies, leaves
from scopeguard.runtime.residuals import Residual, is_open
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.syntax.expression import FALSE, HOLDS, TRUE, Call, Expr, Ident, disjunction, walk

_NOTHING: Final[frozenset[str]] = frozenset()
_CHANNEL: Final = frozenset({"context.channel"})
"""What the kind of who asks decides with the rest of a request: members are in the dashboard, keys on servers."""
_LIMITS: Final = frozenset(f"principal.{name}" for name in ("expires_at", "not_before", "ip_allow", "ignored_scopes"))
"""What whoever makes a key may give it beside its scopes, or not."""
_UNTOLD: Final = _LIMITS | {"principal.id"}


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
    ruled: tuple[ActionRules, ...]
    """The actions that rules allow to somebody."""

    @classmethod
    def of(cls, engine: Engine, actor: Principal, context: Context) -> "Ceiling":
        """The ceiling over *actor* in *context*."""
        program = engine.program
        ruled = tuple(act for act in map(program.known, program.actions) if act.allows)
        return cls(engine, actor, context, EffectiveGrants.of(program.catalog, actor), ruled)

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
        """What rules let *key* do beside its scopes, by any id and limits and through any channel, and is beyond it."""
        for act in self.ruled:
            gained = self._by_rules(act, key, untold=self._untold)
            if gained:
                own = self._by_rules(act, self.actor, told=_CHANNEL)
                alike = all(implies(left, own.get(rule, FALSE)) for rule, left in gained.items())
                found = self._excess(act.question.action, None, alike=alike)
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
        self,
        act: ActionRules,
        principal: Principal,
        *,
        told: frozenset[str] = _NOTHING,
        untold: frozenset[str] = _NOTHING,
    ) -> dict[str, Expr]:
        """The rules that may allow an action to a principal in some context, with what is left of each.

        What the principal is, is put in, so that what is left of one is never taken for the same of another.
        """
        if principal.kind not in self.engine.program.catalog.surfaces[act.question.surface].holdable_by:
            return {}
        env = self.engine.environment(principal, None, self.context, act)

        def left(rule: Rule) -> Expr:
            return simplify(rule.condition, known)

        known = _Told(
            env,
            lambda grant: simplify(env.holds(grant), known),
            WorkspaceRelation.OWN,
            principal=True,
            told=told,
            untold=untold,
        )
        allows = {rule.id: found for rule in act.allows if true_where(found := left(rule)) != FALSE}
        denials = [found if is_open(found := left(rule)) else TRUE for rule in act.denies] if allows else []
        return {rule: each for rule, each in allows.items() if not _is_denied(each, denials)}


def _is_denied(allowed: Expr, denials: list[Expr]) -> bool:
    """Whether one of the denials holds wherever something is allowed, as far as they read nothing else."""
    read = leaves(allowed)
    return implies(allowed, disjunction(tuple(each for each in denials if leaves(each) <= read)))


class _Told(KnownInputs, Struct, frozen=True):
    """A principal is known but for what is *untold*; of the context nothing but what is *told*."""

    told: frozenset[str] = _NOTHING
    untold: frozenset[str] = _NOTHING

    def knows(self, name: str) -> bool:
        """Whether the value of a name is settled."""
        return name in self.told or (name not in self.untold and KnownInputs.knows(self, name))

    def knows_presence(self, name: str) -> bool:
        """Whether it is settled that there is a value: of a limit it is not, of an id it is."""
        return name not in self.untold & _LIMITS and KnownInputs.knows_presence(self, name)


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
