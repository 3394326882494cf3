"""Which facts a host has to load before it asks: those that the rules about an action read."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from scopeguard.compiling.environment import Environment, FixedAuthority
from scopeguard.compiling.partial_evaluation import KnownInputs, simplify
from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.model.catalog import FAIR_USE
from scopeguard.model.facts import AS_OF, QUANTITY_FACT
from scopeguard.model.input_validation import identifier
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.declared import require, require_environment
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, Call, Expr, Ident, Literal

_BELOW = f"{FACTS}."
_USUAL: Final = Context().environment


class FactsNeeded(Struct, frozen=True, gc=False):
    """What ``context.facts`` has to hold for one action in one environment; all in order and each once.

    *meters* are below ``entitlements``, *fair_use* are buckets, *providers* kinds of credentials, *names* the facts
    that the pack declares itself, and ``as_of`` where a condition of its own reads it. *quantity* tells that how much
    is asked for counts. With *any_name* a condition reads facts by names that only the request tells.
    """

    meters: tuple[str, ...] = ()
    fair_use: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    payment: bool = False
    wallet: bool = False
    quantity: bool = False
    names: tuple[str, ...] = ()
    any_name: bool = False

    def __bool__(self) -> bool:
        return self != FactsNeeded()


class _Anybody(KnownInputs, frozen=True):
    """Nothing is known but the question and the environment."""

    def knows(self, name: str) -> bool:
        """Whether the value of a name is settled."""
        return name in ("action", "permission", "operation", "context.environment")

    def knows_presence(self, name: str) -> bool:
        """Whether it is settled that a value is given for a name."""
        return self.knows(name)


def facts_for(program: Program, action: str, environment: str) -> FactsNeeded:
    """What rules and gates read of the facts about *action* and what it may bring along, and the remedies of its codes.

    Raises RequestError for an action or an environment that the pack does not have.
    """
    action = identifier(action, "an action")
    action = program.called.get(action, action)
    require(action, program.actions, "permission or operation")
    context = Context(environment=environment)
    require_environment(program, context)
    known = program.memos.facts
    found = known.get((action, environment))
    if not isinstance(found, FactsNeeded):
        found = _needed(program, action, context)
        # A pack that lists no environments takes every name for one.
        if environment in (*program.catalog.environments, _USUAL):
            known[action, environment] = found
    return found


def is_decided_by_facts(program: Program, action: str, environment: str) -> bool:
    """Whether facts are read for what is decided about *action*, and not only for what is said of remedies."""
    return any(True for _ in _deciding(program, program.known(action), Context(environment=environment)))


def _needed(program: Program, action: str, context: Context) -> FactsNeeded:
    act = program.known(action)
    paths = {*_deciding(program, act, context), *_said(program, act, context)}
    return FactsNeeded(
        meters=_below("entitlements", paths),
        fair_use=_below(FAIR_USE, paths),
        providers=tuple(each for each in _below("providers", paths) if each != AS_OF),
        payment=_reads("payment", paths),
        wallet=_reads("wallet", paths),
        quantity=QUANTITY_FACT in paths,
        names=tuple(sorted({path.partition(".")[0] for path in paths} - _OF_GATES)),
        any_name="" in paths,
    )


_OF_GATES = frozenset({"entitlements", FAIR_USE, "providers", "payment", "wallet", QUANTITY_FACT, ""})


def _below(record: str, paths: set[str]) -> tuple[str, ...]:
    return tuple(sorted({path.split(".")[1] for path in paths if path.startswith(f"{record}.")}))


def _reads(record: str, paths: set[str]) -> bool:
    return any(path == record or path.startswith(f"{record}.") for path in paths)


def _deciding(program: Program, act: ActionRules, context: Context) -> Iterator[str]:
    """The paths that rules read, those about what an action may bring along too; and how much of it counts."""
    if act.metered is not None and act.metered.meters(context.environment):
        yield QUANTITY_FACT
    for each in (act, *(found for name in act.embeds if (found := program.act(name)) is not None)):
        for rule, left in _rules(program, each, context):
            # The time at which facts were read comes along with whatever a gate reads.
            yield from (path for path in _read(left) if rule.gate is None or path != AS_OF)


def _said(program: Program, act: ActionRules, context: Context) -> Iterator[str]:
    """The paths that choose among the remedies of what its rules may give as a code."""
    codes = {code for rule, _ in _rules(program, act, context) for code in (rule.code, rule.failing)}
    known = _known(program, act, context)
    for code, remedies in program.circumstances.items():
        for each in remedies if code in codes else ():
            yield from _read(simplify(each.condition, known))


def _rules(program: Program, act: ActionRules, context: Context) -> Iterator[tuple[Rule, Expr]]:
    """The rules that may apply in an environment, each with what is left of its condition."""
    known = _known(program, act, context)
    for rule in (*act.denies, *act.allows, *act.advises):
        left = simplify(rule.condition, known)
        if left != FALSE:
            yield rule, left


def _known(program: Program, act: ActionRules, context: Context) -> _Anybody:
    env = Environment(Principal.anonymous(), None, context, act.question, FixedAuthority(), program.types)
    return _Anybody(env, lambda permission: Call(ex.HOLDS, (Literal(permission),)))


def _read(expr: Expr) -> Iterator[str]:
    """The paths below the facts that an expression reads; an empty one where it reads them as a whole."""
    match expr:
        case Ident(name=name, absolute=True) if name.startswith(_BELOW):
            yield name.removeprefix(_BELOW)
        case Ident(name=name, absolute=True) if name == FACTS:
            yield ""
        case Call(args=(Ident(name=name, absolute=True), Literal(value=str() as key))) if name == FACTS:
            yield key
        case _:
            for child in ex.children(expr):
                yield from _read(child)
