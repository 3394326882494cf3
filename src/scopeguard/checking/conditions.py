"""SG211, SG212, SG504, SG505, SG512 and the names of the pack in conditions: what a condition reads exists and fits."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from scopeguard.checking.findings import Hints, Path, finding
from scopeguard.checking.held import check_holds
from scopeguard.checking.reading import Reading
from scopeguard.documents.pack import Entry
from scopeguard.errors import Diagnostic, quoted
from scopeguard.limits import MAX_CONDITION_DEPTH, MAX_CONDITION_NODES
from scopeguard.semantics.checker import Checker, KnownCalls
from scopeguard.semantics.folding import valueless_parts
from scopeguard.semantics.resolving import Names, Problem, Resolution
from scopeguard.semantics.substituting import is_oversized, is_variable, referred
from scopeguard.semantics.types import BOOL, DYN
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal

_COLLECTIONS: Final = frozenset({"principal.roles", "principal.assignable_roles", "principal.scopes"})

VOCABULARY: Final[Mapping[str, str]] = MappingProxyType({
    "principal.kind": "kinds",
    "principal.roles": "roles",
    "principal.assignable_roles": "roles",
    "principal.scopes": "scopes",
    "resource.surface": "surfaces",
    "context.channel": "channels",
    "context.environment": "environments",
    "action": "actions",
    "permission": "grants",
    "operation": "operations",
})  # fmt: skip
"""Names whose values are names of the pack, so that a literal compared with them can be checked."""


_TOO_LARGE: Final = "with its variables put in, the condition is too large or too deep"
_SMALLER: Final = f"a condition has at most {MAX_CONDITION_NODES} parts and {MAX_CONDITION_DEPTH} levels"


class Named(NamedTuple):
    """A literal of a condition that has to be a name of the pack, *offset* characters into its text."""

    kind: str
    name: str
    offset: int


class Checked(NamedTuple):
    """What there is to say about a condition."""

    problems: tuple[Problem, ...]
    named: tuple[Named, ...]
    holds: tuple[Call, ...]
    variables: tuple[Ident, ...]
    tree: Expr


def check_conditions(reading: Reading) -> Iterator[Diagnostic]:
    """The types and names of every variable and every condition."""
    everywhere = reading.variables.declared.everywhere()
    for name, variable in reading.variables.by_name.items():
        if variable.tree is not None:
            found = checked(variable.entry.content, variable.tree, everywhere, reading.names.hints, is_condition=False)
            yield from _told(reading, variable.entry, (), found)
            if name in reading.variables.meanings.oversized:
                yield finding(variable.entry, (), "SG503", _TOO_LARGE, _SMALLER)
    # Packs repeat conditions; each is looked at once for each set of resource attributes.
    known: dict[tuple[str, int], Checked] = {}
    calls: KnownCalls = {}
    for rule in (*reading.rules, *reading.gates):
        for field, tree in (("when", rule.when), ("unless", rule.unless)):
            if tree is None:
                continue
            text = getattr(rule.entry.content, field)
            names = reading.variables.declared.about(rule.surfaces(reading.catalog))
            key = (text, id(names))
            if key not in known:
                written = rule.written[field] if names is everywhere else Resolution.of(tree, names)
                known[key] = _checked(text, written, names, reading.names.hints, calls)
            yield from _told(reading, rule.entry, (field,), known[key])
            yield from _variables(reading, rule.entry, (field,), names, known[key])
    for each in reading.circumstances:
        found = checked(each.text, each.tree, everywhere, reading.names.hints)
        yield from _told(reading, each.entry, each.path, found)


def check_condition(
    reading: Reading, entry: Entry, path: Path, text: str, tree: Expr, surfaces: Iterable[str]
) -> Iterator[Diagnostic]:
    """The types and names of one condition about *surfaces*, parsed as *tree*."""
    names = reading.variables.declared.about(surfaces)
    found = checked(text, tree, names, reading.names.hints)
    yield from _told(reading, entry, path, found)
    yield from _variables(reading, entry, path, names, found)


def _told(reading: Reading, entry: Entry, path: Path, found: Checked) -> Iterator[Diagnostic]:
    for problem in found.problems:
        yield finding(entry, path, problem.code, problem.message, problem.hint, offset=problem.offset)
    for call in found.holds:
        yield from check_holds(reading, entry, path, call)
    for item in found.named:
        yield from reading.names.unknown(entry, path, item.kind, item.name, offset=item.offset)


def _variables(reading: Reading, entry: Entry, path: Path, names: Names, found: Checked) -> Iterator[Diagnostic]:
    """What variables of the whole pack read that there is not in this rule, and what they make of its size."""
    variables = reading.variables
    for variable in found.variables:
        there = {*(names.variables or ()), *names.library.types}
        for name in sorted(variables.read_by(variable.name) - there):
            message = f"{quoted(variable.name)} reads {quoted(name)}, which is not declared for what this rule is about"
            yield finding(entry, path, "SG211", message, None, offset=variable.span.start)
    if found.variables and is_oversized(found.tree, variables.meanings.trees):
        yield finding(entry, path, "SG503", _TOO_LARGE, _SMALLER)


def checked(text: str, tree: Expr, names: Names, hints: Hints, *, is_condition: bool = True) -> Checked:
    """Check the expression *text*, parsed as *tree*, that may name *names*."""
    return _checked(text, Resolution.of(tree, names), names, hints, {}, is_condition=is_condition)


def _checked(
    text: str, written: Resolution, names: Names, hints: Hints, calls: KnownCalls, *, is_condition: bool = True
) -> Checked:
    resolved = written.tree
    checker = Checker(text, names, near=hints.nearest, calls=calls)
    found = checker.check(resolved)
    problems = [*written.problems, *checker.problems]
    nodes = list(ex.walk(resolved))
    for variable in _asked_for(nodes):
        hint = "ask for what it reads"
        problems.append(Problem("SG504", f"{quoted(variable.name)} is always there", hint, variable.span.start))
    if is_condition and found not in (BOOL, DYN):
        message = f"the condition is of the type {found}, not bool"
        problems.append(Problem("SG504", message, "compare it with something", resolved.span.start))
    if not problems:
        problems.extend(_valueless(resolved, names))
    variables = tuple(node for node in nodes if is_variable(node))
    holds = tuple(node for node in nodes if isinstance(node, Call) and node.function == ex.HOLDS)
    return Checked(tuple(problems), tuple(_named(nodes)), holds, variables, resolved)


def _valueless(resolved: Expr, names: Names) -> Iterator[Problem]:
    """Constants that can never be evaluated, also in branches that are never taken."""
    for part, why in valueless_parts(resolved, names):
        yield Problem("SG512", f"this constant has no value: {why}", "write one that has", part.span.start)


def _asked_for(nodes: Iterable[Expr]) -> Iterator[Ident]:
    """The variables in ``has(variables.x)`` and ``variables.?x``."""
    for node in nodes:
        if isinstance(node, Call) and node.function == ex.PRESENT:
            yield from referred(node)


def _named(nodes: Iterable[Expr]) -> Iterator[Named]:
    """Literals that are compared with a name of the pack's vocabulary, such as a role or a channel."""
    for node in nodes:
        match node:
            case Call(function=ex.EQUAL | ex.NOT_EQUAL, args=(left, right)):
                yield from _literal(left, right)
                yield from _literal(right, left)
            case Call(function=ex.IN, args=(Literal() as item, Ident(name=name) as container)) if name in _COLLECTIONS:
                yield from _literal(container, item)
            case Call(function=ex.IN, args=(item, ListExpr(items=items))):
                for other in items:
                    yield from _literal(item, other)


def _literal(name: Expr, literal: Expr) -> Iterator[Named]:
    kind = VOCABULARY.get(name.name) if isinstance(name, Ident) and name.absolute else None
    if kind is not None and isinstance(literal, Literal) and isinstance(literal.value, str) and literal.value:
        # A held scope may be narrowed to one resource; the scope before the id is what has to be known.
        text = literal.value.partition("/")[0] if kind == "scopes" else literal.value
        yield Named(kind, text, literal.span.start)
