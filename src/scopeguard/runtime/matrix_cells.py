"""The cells of a matrix: what a principal may do on resources of its own workspace, and what decides it."""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from scopeguard.compiling.truth import true_where
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.engine import OWN, Engine, prepared, refuse_others
from scopeguard.runtime.listing import of_own, parts_of
from scopeguard.runtime.matrix import MatrixCell
from scopeguard.runtime.residuals import Residual, remaining
from scopeguard.runtime.specialisation import Kept
from scopeguard.runtime.templates import all_names, filled, held_names, is_held, is_open_rule
from scopeguard.syntax.expression import FALSE, TRUE, Failure


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
        return told(of_own(kept, principal, context), lambda: _decision(engine, kept, principal, context))

    cell = kept.view(MatrixCell, kept.residual.telling(principal, context), made)
    if not any(is_held(rule) or is_open_rule(rule) for rule in cell.rules):
        return cell
    return replace(cell, rules=tuple(sorted(_names(cell.rules, kept.residual, principal))))


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
    return MatrixCell.when(parts_of(condition), tuple(sorted(shaping)))


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
