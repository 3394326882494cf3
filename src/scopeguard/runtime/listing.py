"""Everything that lists: permissions and cells of matrices, by the same partial evaluation that decides."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Self

from msgspec.structs import replace

from scopeguard.compiling.truth import true_where
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.engine import OWN, Engine, prepared, refuse_others
from scopeguard.runtime.matrix import MatrixCell, conjoined
from scopeguard.runtime.residuals import Residual, is_denied, remaining
from scopeguard.runtime.specialisation import UNSEEN, Kept
from scopeguard.runtime.templates import all_names, filled, held_names, is_held, is_open_rule
from scopeguard.semantics.source_form import source_text
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import FALSE, TRUE, Call, Expr, Failure

_ALWAYS: Final = ""
"""The condition of what is allowed on every resource."""


class Permissions(frozenset[str]):
    """The permissions allowed outright on every resource of the principal's workspace.

    *conditional* maps each permission that depends on the resource to the condition under which it is allowed.
    """

    conditional: Mapping[str, str]

    def __new__(cls, allowed: Iterable[str], conditional: Mapping[str, str]) -> Self:
        """A frozen set with its conditional rest."""
        made = super().__new__(cls, allowed)
        made.conditional = MappingProxyType(dict(conditional))
        return made

    def __repr__(self) -> str:
        # That of a set would say of who may do everything under conditions that it may do nothing.
        return f"Permissions({sorted(self)}, {dict(self.conditional)})"

    def __reduce__(self) -> tuple[type["Permissions"], tuple[tuple[str, ...], dict[str, str]]]:
        return Permissions, (tuple(sorted(self)), dict(self.conditional))


def list_permissions(engine: Engine, principal: Principal, context: Context) -> Permissions:
    """Every permission of the catalog, sorted into allowed outright, conditional and denied (left out)."""
    refuse_others(principal, context)
    conditions = {each: _condition(engine, principal, each, context) for each in engine.permissions}
    return Permissions(
        (permission for permission, text in conditions.items() if text == _ALWAYS),
        {permission: text for permission, text in conditions.items() if text},
    )


def _condition(engine: Engine, principal: Principal, permission: str, context: Context) -> str | None:
    """Under which condition a permission is allowed on resources of the own workspace; None where it is on none."""
    kept = engine.find_for_all(principal, permission, OWN, context)
    if kept is None:
        return None
    # What is the same in every request, as most is, without a call.
    found = kept.views.get(Permissions, UNSEEN)
    if found is not UNSEEN:
        return found  # type: ignore[return-value]  # such a text, or None

    def text() -> str | None:
        condition = true_where(remaining(_of_own(kept, principal, context)))
        return None if condition == FALSE else _ALWAYS if condition == TRUE else conjoined(_parts(condition))

    seen = kept.residual.settling(principal, context)
    return kept.view(Permissions, () if seen is None and is_denied(kept.residual) else seen, text)


def row(engine: Engine, principal: Principal, actions: Iterable[str], context: Context) -> dict[str, MatrixCell]:
    """What *principal* may do in *context* of each action, on resources of its own workspace."""
    refuse_others(principal, context)
    return {action: _cell(engine, principal, action, context) for action in actions}


def _cell(engine: Engine, principal: Principal, action: str, context: Context) -> MatrixCell:
    # Finding refuses names that the pack does not have.
    kept = engine.find_for_all(principal, action, OWN, context)
    if kept is None:
        return MatrixCell("deny", engine.check(principal, action, None, context).code)

    def made() -> MatrixCell:
        return told(_of_own(kept, principal, context), lambda: _decision(engine, kept, principal, context))

    cell = kept.view(MatrixCell, kept.residual.telling(principal, context), made)
    if not any(is_held(rule) or is_open_rule(rule) for rule in cell.rules):
        return cell
    return replace(cell, rules=tuple(sorted(_names(cell.rules, kept.residual, principal))))


def _of_own(kept: Kept, principal: Principal, context: Context) -> Residual:
    """What is left for one principal in one context about resources of its own workspace."""
    return kept.residual if is_denied(kept.residual) else kept.specialised(principal, context)


def _decision(engine: Engine, kept: Kept, principal: Principal, context: Context) -> Decision:
    # What is settled for every resource of the own workspace is so for none, and needs no other answer.
    answer = prepared(kept) if kept.residual.is_settled else None
    if answer is None or callable(answer):
        return engine.check(principal, kept.action, None, context)
    return filled(answer, principal, None)


def told(rest: Residual, decide: Callable[[], Decision]) -> MatrixCell:
    """What is left of the rules as a cell; *decide* gives the decision where every request is denied."""
    condition = true_where(remaining(rest))
    if condition == TRUE:
        return MatrixCell("allow", rules=tuple(sorted(_granting(rest))))
    if condition == FALSE:
        decision = decide()
        return MatrixCell("deny", decision.code, decision.rules)
    shaping = {*_granting(rest), *(denial.rule.id for denial in rest.denials)}
    return MatrixCell.when(_parts(condition), tuple(sorted(shaping)))


def _parts(condition: Expr) -> tuple[str, ...]:
    """What must all be true, as texts."""
    parts = condition.args if isinstance(condition, Call) and condition.function == ex.AND else (condition,)
    return tuple(map(source_text, parts))


def _granting(rest: Residual) -> Iterator[str]:
    """What allows: outright where anything does, else what may."""
    permits = [permit for permit in rest.permits if not isinstance(permit.residual, Failure)]
    outright = [permit.id for permit in permits if permit.residual == TRUE]
    return iter(outright or [permit.id for permit in permits])


def _names(rules: Iterable[str], rest: Residual, principal: Principal) -> Iterator[str]:
    """What allows, with the names of what *principal* holds."""
    for rule in rules:
        if is_held(rule):
            yield from held_names(rule, principal, rest.granting)
        elif is_open_rule(rule):
            yield from all_names(rest.program.catalog, rule, rest.act.question.permission, principal)
        else:
            yield rule
