"""The ceiling over what somebody hands out, or over keys that go on after: what the rules let them do themselves.

Nothing here looks at the role table: an actor's grants, the rules that allow and the rules that deny are asked as a
check asks them, on every resource of the actor's workspace at once.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from scopeguard.compiling.partial_evaluation import KnownContext, KnownInputs, WorkspaceRelation, simplify
from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.compiling.truth import negated, true_where
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.model.grant_set import Ids
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.model.structs import replaced
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.propositions import implies, leaves
from scopeguard.runtime.residuals import Residual, is_open
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.syntax.expression import FALSE, HOLDS, TRUE, Call, Expr, Ident, disjunction, walk

_NOTHING: Final[frozenset[str]] = frozenset()
_CHANNEL: Final = frozenset({"context.channel"})
"""What the kind of who asks decides with the rest of a request: members are in the dashboard, keys on servers."""
_ENVIRONMENT: Final = "context.environment"
_LIMITS: Final = frozenset(f"principal.{name}" for name in ("expires_at", "not_before", "ip_allow", "ignored_scopes"))
"""What whoever makes a key may give it beside its scopes, or not."""
_UNTOLD: Final = _LIMITS | {"principal.id"}
_OF_EVERY_KEY: Final = frozenset({"principal.id", "principal.workspace"})


class Excess(Struct, frozen=True, gc=False):
    """A permission or an operation beyond the ceiling, with what denies it to the actor."""

    action: str
    rules: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class Brought(Struct, frozen=True, gc=False):
    """What rules let a key do, whether that is beyond the ceiling, and whether they look at the scopes of the key."""

    act: ActionRules
    excess: Excess | None
    by_scopes: bool


class Ceiling(Struct, frozen=True):
    """What *actor* may do in *context*, and so may hand out."""

    engine: Engine
    actor: Principal
    context: Context
    held: EffectiveGrants
    contexts: tuple[Context, ...]
    """It, and the same in every other environment, for a key is used in any."""
    ruled: tuple[ActionRules, ...]
    """The actions that rules allow to somebody."""

    @classmethod
    def of(cls, engine: Engine, actor: Principal, context: Context) -> "Ceiling":
        """The ceiling over *actor* in *context*."""
        program = engine.program
        others = (each for each in program.catalog.environments if each != context.environment)
        contexts = (context, *(replaced(context, environment=each) for each in others))
        ruled = tuple(act for act in map(program.known, program.actions) if act.allows)
        return cls(engine, actor, context, EffectiveGrants.of(program.catalog, actor), contexts, ruled)

    def excess(self, reach: Mapping[str, Ids], key: Principal) -> Iterator[Excess]:
        """What of some permissions of *key* is beyond it, sorted; of a permission that is not, its operations."""
        program = self.engine.program
        for permission, ids in sorted(reach.items()):
            found = self._excess(program.known(permission), ids, key)
            if found is not None:
                yield found
                continue
            for operation in program.catalog.operations.values():
                if operation.permission == permission:
                    found = self._excess(program.known(operation.name), ids, key)
                    if found is not None:
                        yield found

    def brought(self, key: Principal) -> Iterator[Brought]:
        """What rules let *key* do beside its scopes, by any id, limits and channel."""
        scopeless = Principal("api_key", key.id, key.workspace, attributes=key.attributes)
        for act in self.ruled:
            gained = self._by_rules(act, key, untold=self._untold)
            if gained:
                own = self._by_rules(act, self.actor, told=_CHANNEL)
                anyhow = self._by_rules(act, scopeless, untold=self._untold)
                found = self._excess(act, None, key, alike=_is_within(gained, own))
                yield Brought(act, found, by_scopes=not _is_within(gained, anyhow))

    @property
    def _untold(self) -> frozenset[str]:
        """What nobody knows of a key before it is handed out; of which workspace it is, where the actor is of none."""
        return _UNTOLD if self.actor.workspace else _UNTOLD | {"principal.workspace"}

    def _excess(self, act: ActionRules, ids: Ids, key: Principal, *, alike: bool = False) -> Excess | None:
        """Whether an action is beyond the ceiling; *alike*: rules allow it to the actor as far as to the key."""
        action = act.question.action
        everywhere = any(map(self._differs, (*act.denies, *act.allows)))
        for context in self.contexts if everywhere else (self.context,):
            rest = self.engine.residual(self.actor, action, context)
            left = {each.rule.order: each.residual for each in rest.denials}
            # What is kept has rules without what is known of the actor.
            denying = tuple(sorted(
                rule.id for rule in act.denies
                if rule.order in left and self._takes_a_right(rule, left[rule.order], act, key, context)
            ))  # fmt: skip
            if denying or not (alike or self._covers(rest, ids)):
                # Of what is not granted, a check knows what was needed; of what a rule denies, nothing is.
                asked = self.engine.check(self.actor, action, None, context)
                return Excess(action, denying, () if denying else asked.needed, asked.errors)
        return None

    def _differs(self, rule: Rule) -> bool:
        """Whether a rule may allow or deny in one environment what it does not in another, and not to all alike."""
        known = self.engine.program.memos.by_environment
        found = known.get(rule)
        if found is None:
            reads = any(isinstance(node, Ident) and node.name == _ENVIRONMENT for node in walk(rule.condition))
            found = known[rule] = reads and (rule.effect == "allow" or _tells_apart(rule.condition))
        return found

    def _takes_a_right(self, rule: Rule, left: Expr, act: ActionRules, key: Principal, context: Context) -> bool:
        """Whether a denial takes something from the actor that the key may have, by what is left of it.

        What denies to the key wherever it denies to the actor takes nothing. But nobody hands out what is closed where
        they ask for it, on every resource: unless it is for a time, by what comes after the permission and is about the
        state of the workspace (payment and its kin).
        """
        if context is self.context and not is_open(left) and not _is_about_state(self.engine.program, rule):
            return True
        if not _tells_apart(rule.condition):
            return False
        # A host may give a key attributes that nobody knows of yet.
        attributes = {f"principal.{name}" for name in self.engine.program.types.principal if name not in key.attributes}
        known = self._known(act, key, context, untold=self._untold | _CHANNEL | attributes, whole=True)
        return not implies(negated(_denial(simplify(rule.condition, known))), negated(_denial(left)))

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
        known = self._known(act, principal, self.context, told=told, untold=untold)
        allows = {rule.id: left for rule in act.allows if true_where(left := simplify(rule.condition, known)) != FALSE}
        denials = [_denial(simplify(rule.condition, known)) for rule in act.denies] if allows else []
        return {rule: each for rule, each in allows.items() if not _is_denied(each, denials)}

    def _known(
        self,
        act: ActionRules,
        principal: Principal,
        context: Context,
        *,
        told: frozenset[str] = _NOTHING,
        untold: frozenset[str] = _NOTHING,
        whole: bool = False,
    ) -> KnownInputs:
        env = self.engine.environment(principal, None, context, act)
        context_known = KnownContext.WHOLE if whole else KnownContext.NOTHING
        about = WorkspaceRelation.OWN
        return _Told(env, env.holds, about, principal=True, context=context_known, told=told, untold=untold)


def _denial(left: Expr) -> Expr:
    """Where a rule denies, by what is left of it: what cannot be evaluated denies, too."""
    return left if is_open(left) else TRUE


def _is_within(gained: Mapping[str, Expr], others: Mapping[str, Expr]) -> bool:
    """Whether rules give to one no more than to another, by what is left of each for both."""
    return all(implies(left, others.get(rule, FALSE)) for rule, left in gained.items())


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
        """Whether it is settled that there is a value: of an id and a workspace it is."""
        return name not in self.untold - _OF_EVERY_KEY and KnownInputs.knows_presence(self, name)


def _is_about_state(program: Program, rule: Rule) -> bool:
    return rule.stage > program.catalog.stages.index(PERMISSION_STAGE) and any(
        isinstance(node, Ident) and f"{node.name}.".startswith(f"{FACTS}.") for node in walk(rule.condition)
    )


def _tells_apart(condition: Expr) -> bool:
    """Whether it matters to a condition who asks, or through which channel."""
    return any(
        (isinstance(node, Ident) and (node.name.startswith("principal.") or node.name in _CHANNEL))
        or (isinstance(node, Call) and node.function == HOLDS)
        for node in walk(condition)
    )
