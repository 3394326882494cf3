"""Rules that never apply, and parts of conditions that make no difference, proved for every request."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scopeguard.analysis.decisions import Answers
from scopeguard.analysis.forestalled import forestalled
from scopeguard.analysis.invariants import Requests, Worlds
from scopeguard.analysis.logic import conj, neg
from scopeguard.compiling.program import ActionRules, Rule
from scopeguard.errors import Diagnostic, Severity, quoted
from scopeguard.model.principal import KINDS
from scopeguard.semantics.source_form import source_text
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr

DEAD: Final = "SG607"
NEEDLESS: Final = "SG608"


@dataclass(frozen=True)
class _Part:
    """A part of a condition: whether it is one of several that have to be true, or one of which any will do."""

    expr: Expr
    beside: tuple[Expr, ...]
    is_needed: bool


def idle(worlds: Worlds) -> Iterator[Diagnostic]:
    """A warning for each rule that never applies, and for each part of a condition that makes no difference."""
    program = worlds.engine.program
    acts = [act for action in program.actions if (act := program.act(action)) is not None]
    for rule in program.rules:
        about = [act for act in acts if rule in (*act.denies, *act.allows, *act.advises)]
        found = next(_idle(worlds, rule, about), None)
        if found is not None:
            yield found


def _idle(worlds: Worlds, rule: Rule, acts: Sequence[ActionRules]) -> Iterator[Diagnostic]:
    cases = [(worlds.of(kind), act) for act in acts for kind in KINDS if _may_concern(worlds, rule, act, kind)]
    whole = (rule.condition,)
    if not any(_may_be(rule, *case, whole, ()) for case in cases):
        yield _finding(rule, DEAD, f"rule {quoted(rule.id)} never applies", "fix its target or its condition")
        return
    undecided = forestalled(rule, cases, DEAD)
    if undecided is not None:
        yield undecided
        return
    if rule.gate is not None:
        return
    for clause in rule.clauses:
        others = tuple(each.expr for each in rule.clauses if each is not clause)
        for part in _parts(clause.expr):
            if _is_guard(part.expr):
                continue
            true = (*others, *(each for each in part.beside if part.is_needed))
            false = () if part.is_needed else part.beside
            differs = (true, (*false, part.expr)) if part.is_needed else ((*true, part.expr), false)
            if clause.says is None and part.beside and not any(_may_be(rule, *case, *differs) for case in cases):
                what = "always true" if part.is_needed else "never what decides"
                text = f"rule {quoted(rule.id)}: {quoted(source_text(part.expr))} is {what}"
                yield _finding(rule, NEEDLESS, text, "leave it out, or fix it")


def _may_concern(worlds: Worlds, rule: Rule, act: ActionRules, kind: str) -> bool:
    surface = worlds.engine.program.catalog.surfaces[act.question.surface]
    return rule.effect != "allow" or kind in surface.holdable_by


def _is_guard(expr: Expr) -> bool:
    """Whether a part only asks whether something is given: it is there for whoever reads what follows."""
    match expr:
        case Call(function=ex.NOT, args=(inner,)):
            return _is_guard(inner)
    return isinstance(expr, Call) and expr.function == ex.PRESENT


def _may_be(rule: Rule, requests: Requests, act: ActionRules, on: Sequence[Expr], off: Sequence[Expr]) -> bool:
    """Whether in one request some conditions may let a rule apply, and others keep it from that."""
    answers: Answers = requests.answers(act)
    # What has no value lets a denial apply, and nothing else.
    found = map(answers.condition, (*on, *off))
    speaks = [neg(truth.false) if rule.effect == "deny" or rule.failing else truth.true for truth in found]
    return requests.asking.may_be(conj([*speaks[: len(on)], *map(neg, speaks[len(on) :])]))


def _parts(expr: Expr) -> Iterator[_Part]:
    match expr:
        case Call(function=ex.AND | ex.OR as function, args=args):
            for part in args:
                yield _Part(part, tuple(each for each in args if each is not part), function == ex.AND)
        case Call(function=ex.NOT, args=(Call(function=ex.AND | ex.OR as function, args=args),)):
            # An exception of several parts has to be false as a whole.
            for part in args:
                beside = tuple(Call(ex.NOT, (each,)) for each in args if each is not part)
                yield _Part(Call(ex.NOT, (part,)), beside, function == ex.OR)


def _finding(rule: Rule, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic.at(rule.location, code, message, hint, Severity.WARNING)
