"""What of one request its answer was made of: the values that rules read, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from scopeguard.compiling.environment import ABSENT, Environment, given
from scopeguard.compiling.grants import narrowed_in
from scopeguard.compiling.program import Program
from scopeguard.errors import EvaluationError
from scopeguard.model.access_request import AccessRequest
from scopeguard.model.facts import FACTS_OF_GATES
from scopeguard.model.input_validation import thaw
from scopeguard.runtime.engine import Engine, position
from scopeguard.runtime.residuals import Residual
from scopeguard.semantics.built_in_variables import BUILT_IN, BUILT_IN_VARIABLES, FACTS, QUANTITY
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, children

_TOLD: Final = frozenset(BUILT_IN_VARIABLES) - {"context.now", FACTS}
"""What a request says by its own fields, or follows from them."""
_READ: Final = "the names that are read"


def inputs(engine: Engine, asked: AccessRequest) -> Mapping[str, Any]:
    """The values given for the names that are read of a request like this one.

    What is left of the rules for such principals reads them; or, of principals and contexts, settled what is left.
    """
    principal, resource, context = asked.principal, asked.resource, asked.context
    kept = engine.find(principal, asked.action, position(principal, resource), context)
    if kept is None:
        return {}
    rest = kept.residual
    names = kept.views.get(_READ)
    if not isinstance(names, tuple):
        names = kept.views[_READ] = tuple(sorted(_names(engine.program, rest)))
    env = rest.environment(principal, resource, context)
    found = (_given(name, env) for name in names)
    # Made anew for whoever asks, and of plain dicts, so that it can be copied and sent to another process.
    return {name: thaw(value) for name, value in found if value is not ABSENT}


def readable_names(program: Program) -> frozenset[str]:
    """The names that conditions may read: built-in ones, declared attributes, and facts by their first name."""
    types = program.types
    facts = FACTS_OF_GATES | {path.partition(".")[0] for path in types.facts}
    of_resources = (name for declared in types.resource.values() for name in declared)
    below = (("principal", types.principal), ("context", types.context), (FACTS, facts), ("resource", of_resources))
    return frozenset(BUILT_IN) | {f"{root}.{name}" for root, names in below for name in names}


def _given(name: str, env: Environment) -> tuple[str, Any]:
    """The value of a name; or of what is in the place of a record that it is a field of."""
    while True:
        try:
            return name, given(name, env)
        except EvaluationError:
            name = name.rpartition(".")[0]


def _names(program: Program, rest: Residual) -> set[str]:
    acts = [rest.act, *(found for each in rest.act.embeds if (found := program.act(each)) is not None)]
    # Which attributes a principal and a context have, and which of them are true, settled what is left.
    known = program.known(rest.act.question.action)
    rules = [rule for act in (known, *acts) for rule in (*act.denies, *act.allows, *act.advises)]
    settled = {name for rule in rules for name in _read(rule.condition) if name.startswith(("principal.", "context."))}
    settled = {name for name in settled if not f"{name}.".startswith(f"{FACTS}.")}
    left = {name for condition in (*rest.conditions, rest.counted) for name in _read(condition)}
    if rest.act.metered is not None:
        left.add(QUANTITY)
    return _whole((settled | left) - _TOLD)


def _whole(names: Iterable[str]) -> set[str]:
    """The names without those that are fields of another one."""
    found = set(names)
    return {name for name in found if not any(name.startswith(f"{other}.") for other in found)}


def _read(expr: Expr) -> Iterator[str]:
    match expr:
        # What is narrowed is looked up under a name of our own, which has a space.
        case Ident(name=name, absolute=True) if " " not in name:
            yield name
        case Call(args=(Ident(name=name, absolute=True), Literal(value=str() as key))) if name == FACTS:
            yield f"{FACTS}.{key}"
        case _ if (asked := narrowed_in(expr)) is not None:
            yield from (f"resource.{name}" for name in asked.reads)
        case _:
            for child in children(expr):
                yield from _read(child)
