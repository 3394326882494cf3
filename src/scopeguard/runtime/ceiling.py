"""The ceiling over what somebody hands out: what the rules that decide requests let them do themselves.

Nothing here looks at the role table: an actor's grants, the rules that allow and the rules that deny are asked as a
check asks them, on every resource of the actor's workspace at once.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from scopeguard.compiling.program import Act, Program, Rule
from scopeguard.compiling.simplify import About
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.model.grant_set import Ids, intersection
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.residuals import Residual, is_open
from scopeguard.runtime.rows import Generation
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.syntax.expression import HOLDS, TRUE, Call, Expr, Failure, Ident, walk


class Excess(Struct, frozen=True, gc=False):
    """A permission or an operation beyond the ceiling, with what denies it to the actor."""

    action: str
    rules: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class Ceiling(Struct, frozen=True):
    """What *actor* may do in *context*, and so may hand out."""

    generation: Generation
    actor: Principal
    context: Context

    def excess(self, reach: Mapping[str, Ids]) -> Iterator[Excess]:
        """What of some permissions is beyond it, sorted; of a permission that is not, its operations."""
        program = self.generation.program
        for permission, ids in sorted(reach.items()):
            found = self._excess(program.known(permission), ids)
            if found is not None:
                yield found
                continue
            for operation in program.catalog.operations.values():
                if operation.permission == permission:
                    found = self._excess(program.known(operation.name), ids)
                    if found is not None:
                        yield found

    def excess_by_rules(self, key: Principal) -> Iterator[Excess]:
        """What rules let *key* do beside its scopes, and is beyond it."""
        for action in self.generation.program.actions:
            act = self.generation.program.known(action)
            gained = self._by_rules(act, key) if act.allows else {}
            if gained:
                alike = gained.items() <= self._by_rules(act, self.actor).items()
                found = self._excess(act, None, alike=alike)
                if found is not None:
                    yield found

    def _excess(self, act: Act, ids: Ids, *, alike: bool = False) -> Excess | None:
        """Whether an action is beyond the ceiling; *alike*: rules allow it to the actor as far as to the key."""
        program = self.generation.program
        rest = self.generation.bind(self.actor).residual_for(act, self.actor, self.context)
        denying = tuple(sorted(each.rule.id for each in rest.denials if takes_a_right(program, each.rule)))
        if not denying and (alike or intersection(ids, self._reach(act, rest)) == ids):
            return None
        # Of what is not granted, a check knows what was needed; of what a rule denies, nothing is.
        asked = self.generation.check(self.actor, act.question.action, None, self.context)
        return Excess(act.question.action, denying or asked.rules, () if denying else asked.needed, asked.errors)

    def _reach(self, act: Act, rest: Residual) -> Ids:
        """The resources on which something allows. What a rule allows on some resources only is handed out on none."""
        if any(permit.residual == TRUE for permit in rest.permits):
            return None
        return self.generation.bind(self.actor).held.reach(act.question.permission)

    def _by_rules(self, act: Act, principal: Principal) -> dict[str, Expr]:
        """The rules that may allow an action to principals of a class in some context, with what is left of each."""
        _, rest = self.generation.bind(principal).residual(act.question.action, About.OWN, None)
        if not all(is_open(denial.residual) for denial in rest.denials):
            return {}
        return {
            permit.id: permit.residual
            for permit in rest.permits
            if permit.is_rule and not isinstance(permit.residual, Failure)
        }


def takes_a_right(program: Program, rule: Rule) -> bool:
    """Whether a denial takes something from the actor that others may have.

    What is told after the permission, is about the state of the workspace (payment and its kin) and speaks to everybody
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
