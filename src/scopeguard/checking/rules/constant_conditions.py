"""SG401 and SG420: every condition can be true and can be false, and so can each clause of it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Final

from scopeguard.checking.assumptions import assuming
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.normal_form import written_out
from scopeguard.checking.parsed_pack import ParsedInvariant, ParsedPack, ParsedRemedy, ParsedRule
from scopeguard.checking.rules.conditions import if_spelt
from scopeguard.checking.rules.unsatisfiable_rules import always, never, not_asked
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, Severity, quoted
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Literal

_CONNECTIVES: Final = frozenset({ex.AND, ex.OR, ex.NOT, ex.CONDITIONAL})
_NOTHING: Final = "fix it, or leave it out: it says nothing"
_WORDS: Final[Mapping[str, tuple[str, bool]]] = {"when": ("condition", True), "unless": ("exception", False)}
"""What each is called, and the truth that is the same as leaving it out."""


def check_constant_conditions(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Conditions that are always true or always false. Rules that can never match are reported elsewhere."""
    for rule in parsed.rules:
        yield from _told(parsed, rule, ())
    for role in parsed.conditional_roles:
        yield from _told(parsed, role, _held_by_nobody(parsed, role))
    for gate in parsed.gates:
        yield from _told(parsed, gate, _never_there(parsed, gate))
    others: tuple[ParsedRemedy | ParsedInvariant, ...] = (*parsed.circumstances, *parsed.claims)
    for each in others:
        about = parsed.catalog.surfaces
        yield from if_spelt(parsed, each.entry, about, {each.path: each.text}, _of_another(parsed, each))


def _told(parsed: ParsedPack, rule: ParsedRule, first: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    found = chain(first, _conditions(parsed, rule.entry, rule.conditions))
    return if_spelt(parsed, rule.entry, rule.surfaces(parsed.catalog), rule.texts, found)


def _held_by_nobody(parsed: ParsedPack, role: ParsedRule) -> Iterator[Diagnostic]:
    who = f"role {quoted(role.entry.name)} is held by nobody"
    when = role.conditions.get("when")
    for path, why, hint in never(when, None, parsed.truths, "role"):
        yield finding(role.entry, path, "SG401", f"{who}: {why}", hint)
    if when is not None and parsed.truths.settled(when) is None:
        of_members = assuming(when, {"principal.kind": Literal("member")}, ())
        if of_members is not when and parsed.truths.settled(of_members) is False:
            hint = "a role is for members; an allow rule reaches other kinds"
            yield finding(role.entry, ("when",), "SG401", f"{who}: members do not meet its condition", hint)


def _never_there(parsed: ParsedPack, gate: ParsedRule) -> Iterator[Diagnostic]:
    contradictions = never(gate.conditions.get("when"), gate.conditions.get("unless"), parsed.truths, "gate")
    for path, why, hint in islice(chain(contradictions, not_asked(gate, parsed)), 1):
        yield finding(gate.entry, path, "SG401", f"gate {quoted(gate.entry.name)} is never there: {why}", hint)


def _of_another(parsed: ParsedPack, each: ParsedRemedy | ParsedInvariant) -> Iterator[Diagnostic]:
    tree = each.tree
    if isinstance(each, ParsedRemedy):
        tree = parsed.variables.whole(parsed.variables.resolve(tree).tree)
        if parsed.truths.settled(tree) is False:
            message = f"this remedy is never given: its condition {always(tree, truth=False)}"
            yield finding(each.entry, each.path, "SG401", message, "fix the condition, or leave the remedy out")
    yield from _condition(parsed, each.entry, each.path, tree, "condition", idle=True)


def _conditions(parsed: ParsedPack, entry: Entry, conditions: Mapping[str, Expr]) -> Iterator[Diagnostic]:
    for field, tree in conditions.items():
        word, idle = _WORDS[field]
        yield from _condition(parsed, entry, (field,), tree, word, idle=idle)


def _condition(
    parsed: ParsedPack, entry: Entry, path: Path, tree: Expr, word: str, *, idle: bool
) -> Iterator[Diagnostic]:
    """A condition that might be left out; where it may have either truth, the clauses that have one only."""
    settled = parsed.truths.settled(tree)
    if settled is idle:
        yield finding(entry, path, "SG420", f"the {word} {always(tree, truth=settled)}", _NOTHING)
    if settled is not None:
        return
    for clause, truth in _settled_clauses(parsed, tree):
        message = f"a part of the {word} {always(clause, truth=truth)}"
        offset, severity = clause.span.start, Severity.WARNING
        yield finding(entry, path, "SG420", message, _NOTHING, offset=offset, severity=severity)


def _settled_clauses(parsed: ParsedPack, tree: Expr) -> Iterator[tuple[Expr, bool]]:
    """The largest clauses with one truth, but for plain ``true`` and ``false``, which say what they are.

    ``x in [a, b]`` has the clauses ``x == a`` and ``x == b``.
    """
    stack = [tree]
    while stack:
        part = stack.pop()
        settled = None if isinstance(part, Literal) else parsed.truths.settled(part)
        if settled is not None:
            yield part, settled
        elif isinstance(part, Call) and part.function in _CONNECTIVES:
            stack.extend(reversed(part.args))
        elif isinstance(part, Call) and part.function == ex.IN:
            element, listed = part.args
            equal = (Call(ex.EQUAL, (element, each), span=each.span) for each in written_out(listed) or ())
            stack.extend(reversed(tuple(equal)))
