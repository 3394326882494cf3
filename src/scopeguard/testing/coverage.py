"""Coverage of policies: which rules, gates, clauses and lines of roles and scopes the tests of a pack decide by.

A rule that is looked at and never decides is not covered, and neither is a condition that was never false. Each *point*
is one thing that a test has to show: that a rule decides, that it does not apply, that a part of its condition is true,
that it is false, that a line of a role or scope is what lets somebody do something.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.loading import program_of
from scopeguard.compiling.partial_evaluation import KnownInputs, WorkspaceRelation, simplify
from scopeguard.compiling.program import ActionRules, Clause, Program, Rule
from scopeguard.documents.loading import read_pack
from scopeguard.documents.pack import Pack
from scopeguard.guard import Guard
from scopeguard.limits import MAX_KEPT
from scopeguard.model.decision import Decision
from scopeguard.runtime.engine import Engine
from scopeguard.semantics.source_form import source_text
from scopeguard.source import Location
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr
from scopeguard.testing.collecting import Packs, PathLike, collect
from scopeguard.testing.granting_lines import GrantingLine, granting_lines
from scopeguard.testing.running import run_cell
from scopeguard.testing.suites import Cell

_WRITTEN: Final = frozenset({"when", "unless"})
"""Clauses with conditions that somebody wrote, which have parts."""
_JUNCTIONS: Final = frozenset({ex.AND, ex.OR})


@dataclass(slots=True)
class PartCoverage:
    """One part of a rule's target: *label* is the word it is under; how often it came to what."""

    label: str
    text: str
    true: int = 0
    false: int = 0
    error: int = 0

    @property
    def never(self) -> tuple[str, ...]:
        """What it never came to: ``true``, ``false``."""
        return tuple(word for word, times in (("true", self.true), ("false", self.false)) if not times)


@dataclass(slots=True)
class RuleCoverage:
    """A rule or gate: how often it decided, did not apply, and could not be evaluated; and its parts."""

    id: str
    effect: str
    location: Location
    parts: tuple[PartCoverage, ...]
    decided: int = 0
    passed: int = 0
    error: int = 0

    @property
    def never(self) -> tuple[str, ...]:
        """What no test shows, in words."""
        # Without a condition it applies to all that it is about.
        whole = (("decides", self.decided), *((("does not apply", self.passed),) if self.parts else ()))
        return (
            *(word for word, times in whole if not times),
            *(f"{part.label} {part.text} is {word}" for part in self.parts for word in part.never),
        )

    @property
    def points(self) -> int:
        """How many things a test has to show of it."""
        return 1 + (1 if self.parts else 0) + 2 * len(self.parts)


@dataclass(slots=True)
class LineCoverage:
    """A line of a role or scope: how often it was what let somebody do something."""

    line: GrantingLine
    decided: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the tests of a pack show of it, by *cells* questions; *failing* are not as expected, and show nothing."""

    rules: tuple[RuleCoverage, ...]
    lines: tuple[LineCoverage, ...]
    cells: int
    failing: int = 0

    @property
    def points(self) -> int:
        """How many things tests have to show."""
        return sum(rule.points for rule in self.rules) + len(self.lines)

    @property
    def missing(self) -> int:
        """How many of them no test shows."""
        return sum(len(rule.never) for rule in self.rules) + sum(not each.decided for each in self.lines)

    @property
    def percent(self) -> float:
        """The part that is shown; 100 where there is nothing to show."""
        return 100.0 * (self.points - self.missing) / self.points if self.points else 100.0

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "percent": int(self.percent * 100) / 100,
            "points": self.points,
            "missing": self.missing,
            "cells": self.cells,
            "failing": self.failing,
            "rules": [
                {
                    "id": rule.id,
                    "effect": rule.effect,
                    "place": str(rule.location),
                    "decided": rule.decided,
                    "not_applying": rule.passed,
                    "error": rule.error,
                    "parts": [
                        {name: getattr(part, name) for name in ("label", "text", "true", "false", "error")}
                        for part in rule.parts
                    ],
                    "never": list(rule.never),
                }
                for rule in self.rules
            ],
            "lines": [
                {
                    "source": each.line.source,
                    "text": each.line.text,
                    "place": str(each.line.location),
                    "decided": each.decided,
                }
                for each in self.lines
            ],
        }


def cover(paths: Iterable[PathLike] = (), packs: Packs | None = None) -> Coverage:
    """What the tests of *paths* show of the pack there. Raises PolicyError as :func:`collect` does."""
    packs = Packs() if packs is None else packs
    named = [str(path) for path in paths]
    whole = tuple(dict.fromkeys(path for each in named for path in packs.of(each)))
    pack, findings = read_pack(whole)
    program = program_of(pack, findings)
    suites = collect(named, packs)
    return measure(
        pack, program, [cell for each in suites if each.guard.digest == program.digest for cell in each.cells]
    )


def measure(pack: Pack, program: Program, cells: Iterable[Cell]) -> Coverage:
    """What some cells show of a pack and its program: of the rules of its uppermost layer, and of its lines."""
    engine = Engine(program, number=1, max_rows=MAX_KEPT)
    layer = max((document.layer for document in pack.documents), default=None)
    own = {document.file for document in pack.documents if document.layer == layer}
    seen = {id(rule): _Seen.of(rule) for rule in program.rules if rule.location.file in own}
    lines = tuple(LineCoverage(each) for each in granting_lines(pack, program.catalog) if each.location.file in own)
    guard = Guard(lambda: program)
    count = failing = 0
    for cell in cells:
        count += 1
        act = program.act(cell.action)
        result = run_cell(guard, cell)
        failing += not result.passed
        if act is not None and result.passed:
            decision = result.decision
            _look(engine, act, cell, decision, seen)
            for each in lines:
                each.decided += decision.allowed and _decides(each.line, decision)
    # A gate is several rules: what it denies, and what it advises.
    return Coverage(tuple(each.found for each in seen.values()), lines, count, failing)


def _decides(line: GrantingLine, decision: Decision) -> bool:
    return decision.rules == (line.source,) and decision.permission in line.alone


@dataclass(slots=True)
class _Seen:
    """A rule with its parts as expressions."""

    found: RuleCoverage
    parts: tuple[Expr, ...]

    @classmethod
    def of(cls, rule: Rule) -> "_Seen":
        parts = [(part, *each) for part in rule.clauses for each in _parts(part)]
        found = tuple(PartCoverage(part.label, text) for part, text, _ in parts)
        return cls(RuleCoverage(rule.id, rule.effect, rule.location, found), tuple(expr for _, _, expr in parts))


def _parts(clause: Clause) -> Iterator[tuple[str, Expr]]:
    """The operands of a condition's outermost ``&&`` or ``||``; of what nobody wrote as one, the whole."""
    expr = clause.expr
    # "unless c" is kept as its negation; a reader counts the values of what was written.
    if clause.label == "unless" and isinstance(expr, Call) and expr.function == ex.NOT:
        (expr,) = expr.args
    if clause.label not in _WRITTEN or clause.says is not None:
        yield clause.says or source_text(clause.written), clause.expr
        return
    operands, written = list(_operands(expr)), list(_operands(clause.written))
    # Variables are put in: where they have operands of their own, what is written has fewer.
    texts = map(source_text, written if len(written) == len(operands) else operands)
    yield from zip(texts, operands, strict=True)


def _operands(expr: Expr) -> Iterator[Expr]:
    """Recursion is bounded by the depth of conditions."""
    if not isinstance(expr, Call) or expr.function not in _JUNCTIONS:
        yield expr
        return
    for part in expr.args:
        yield from _operands(part) if _is(part, expr.function) else (part,)


def _is(expr: Expr, function: str) -> bool:
    return isinstance(expr, Call) and expr.function == function


def _look(engine: Engine, act: ActionRules, cell: Cell, decision: Decision, seen: dict[int, _Seen]) -> None:
    env = engine.environment(cell.principal, cell.resource, cell.context, act)
    known = KnownInputs(env, env.holds, WorkspaceRelation.ANY)
    advised = {each.code for each in decision.advice}
    for rule in (*act.denies, *act.allows, *act.advises):
        about = seen.get(id(rule))
        if about is None:
            continue
        found = about.found
        answer = outcome(simplify(rule.condition, known), env)
        told = rule.code in advised if rule.effect == "advise" else rule.id in decision.rules
        found.decided += told and answer is True
        found.passed += answer is False
        found.error += answer is None
        for part, expr in zip(found.parts, about.parts, strict=True):
            value = outcome(simplify(expr, known), env)
            part.true += value is True
            part.false += value is False
            part.error += value is None
