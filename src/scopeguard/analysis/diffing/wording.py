"""The words of a change: what is asked of ordinary requests, by the one pack and by the other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from scopeguard.analysis.diffing.goals import Detail
from scopeguard.analysis.diffing.holders import Holder
from scopeguard.analysis.diffing.people import NARROWED
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.values import Aspect
from scopeguard.compiling.program import Rule
from scopeguard.compiling.truth import false_where, true_where
from scopeguard.runtime.residuals import Residual
from scopeguard.semantics.source_form import conjoined, source_text
from scopeguard.semantics.timestamps import duration_text
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Ident, disjunction, walk

_GATES: Final = {"provider": "provider", "payment": "payment", "wallet": "wallet", "entitlement": "limit",
                 "fair_use": "fair use"}  # fmt: skip
_LONG: Final = 400
_THAT: Final = '"/that resource"'
_SOME: Final = "it is a request such as that of the command, and not of every one"


class Words(NamedTuple):
    """What was answered and what is, and the condition under which a change is one; None for no condition."""

    before: str
    after: str
    condition: str | None


class _Asked(NamedTuple):
    """What a pack asks of a request in order to allow it: conditions, and kinds of gates that have to pass."""

    parts: tuple[str, ...]
    gates: tuple[str, ...]

    def without(self, other: "_Asked | None") -> str | None:
        """What is asked here and not there, in words."""
        known = ((), ()) if other is None else other
        parts = [part for part in self.parts if part not in known[0]]
        gates = [gate for gate in self.gates if gate not in known[1]]
        if gates:
            more = f"the {_listed(gates)} {'gate passes' if len(gates) == 1 else 'gates pass'}"
            return more if not parts else f"{_shortened(conjoined(parts))}, and {more}"
        return _shortened(conjoined(parts)) if parts else None


def words(sides: tuple[Side, Side], holder: Holder, action: str, detail: Detail) -> Words:
    """The words of a gain or a loss: of ordinary credentials, on resources of the own workspace."""
    if detail.unusual:
        return Words(detail.before, detail.after, detail.unusual)
    old, new = (_asked(side, holder, action, detail) for side in sides)
    more, less = (new, old) if detail.aspect == "gained" else (old, new)
    if more is None or more == less:
        return Words(detail.before, detail.after, _of_facts(sides, action, detail.aspect))
    condition = more.without(less)
    dropped = None if less is None else less.without(more)
    if less is None:
        return Words(detail.before, detail.after, condition)
    only = f"allow when {dropped}" if dropped else "allow in part"
    all_of = f"allow when {condition}" if condition else "allow"
    return Words(only, all_of, condition) if more is new else Words(all_of, only, condition)


def _of_facts(sides: tuple[Side, Side], action: str, aspect: Aspect) -> str:
    """What facts have to be like, as far as it is known; else which gate asks for something else than it did."""
    acts = [side.act(action) for side in sides]
    rules = [{} if act is None else {rule.id: rule for rule in act.denies if rule.gate is not None} for act in acts]
    gates = [{rule.gate for rule in each.values()} for each in rules]
    if gates[0] != gates[1]:
        return _of_gates(rules, aspect)
    found = []
    ages = [side.program.catalog.facts_max_age or timedelta(0) for side in sides]
    if ages[0] != ages[1]:
        least, most = sorted(ages)
        found.append(f"facts are more than {duration_text(least)} off, and no more than {duration_text(most)}")
    if len({act is not None and act.metered is not None and act.metered.must_say_quantity for act in acts}) > 1:
        found.append("the host does not say how much is asked for")
    return " or ".join(found) or _of_gates(rules, aspect)


def _of_gates(rules: Sequence[Mapping[str, Rule]], aspect: Aspect) -> str:
    """The gates of both packs that are not the same: what one of them denied is gained, what one denies now is lost."""
    old, new = rules
    found = [each for each in old if each in new and old[each].condition != new[each].condition]
    verb = "did not let" if aspect == "gained" else "does not let"
    return f"it is what {' or '.join(found)} {verb} pass" if found else _SOME


def _asked(side: Side, holder: Holder, action: str, detail: Detail) -> _Asked | None:
    """What a pack asks; None where it allows nothing."""
    act = side.act(action)
    if act is None or detail.witness is None:
        return None
    context = detail.witness.context
    if not side.knows(context.channel, context.environment):
        return None
    channel = context.channel if detail.channels is not None else None
    environment = context.environment if detail.environments is not None else None
    rest = side.ordinary(holder.principal, act, channel, environment, is_bare=detail.channels is not None)
    found = _of(rest)
    return None if found is None else _Asked(tuple(_of_any(holder, part) for part in found.parts), found.gates)


def _of_any(holder: Holder, text: str) -> str:
    """What is asked of a role on one resource, without saying on which: it is so of any."""
    role, slash, one = holder.names[0].partition("/") if len(holder.names) == 1 else ("", "", "")
    is_of_any = ":" not in role and one.endswith(f":{NARROWED}")
    return text.replace(f'"{slash}{one}"', _THAT) if is_of_any else text


def _of(rest: Residual) -> _Asked | None:
    permits = true_where(disjunction(tuple(permit.residual for permit in rest.permits)))
    free = [(denial.rule, false_where(denial.residual)) for denial in rest.denials]
    if permits == FALSE or any(left == FALSE for _, left in free):
        return None
    kinds = {rule.gate.kind for rule, left in free if rule.gate is not None and left != TRUE}
    gates = [word for kind, word in _GATES.items() if kind in kinds]
    others = (left for rule, left in free if rule.gate is None and not _is_of_session(left))
    parts = dict.fromkeys(part for left in others for part in _parts(left))
    parts |= dict.fromkeys(_parts(permits))
    return _Asked(tuple(parts), tuple(gates))


def _is_of_session(expr: Expr) -> bool:
    """Whether a condition only says that a session has an end, and has not come to it."""
    names = {node.name for node in walk(expr) if isinstance(node, Ident)}
    return "principal.expires_at" in names and names <= {"principal.expires_at", "context.now"}


def _parts(expr: Expr) -> Iterator[str]:
    if expr == TRUE:
        return
    parts = expr.args if isinstance(expr, Call) and expr.function == ex.AND else (expr,)
    yield from map(source_text, parts)


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _shortened(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
