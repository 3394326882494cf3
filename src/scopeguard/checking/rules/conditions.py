"""SG211, SG212, SG504, SG505, SG512 and the names of the pack in conditions: what a condition reads exists and fits."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.rules.requirements import check_holds
from scopeguard.checking.spelling import misspelt
from scopeguard.checking.vocabulary import WORDS
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, quoted
from scopeguard.limits import MAX_CONDITION_DEPTH, MAX_CONDITION_NODES
from scopeguard.semantics.constant_folding import valueless_parts
from scopeguard.semantics.functions.regex import MISSING
from scopeguard.semantics.functions.times import NO_ZONES, ZONED
from scopeguard.semantics.name_resolution import Resolution
from scopeguard.semantics.names import Names, Problem
from scopeguard.semantics.needs import unmet
from scopeguard.semantics.type_checker import Checker, KnownCalls
from scopeguard.semantics.types import BOOL, DYN
from scopeguard.semantics.variable_inlining import is_oversized, is_variable, referred, unbound
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal

_TOO_LARGE: Final = "with its variables put in, the condition is too large or too deep"
_MISSPELT: Final = frozenset(code for code, _ in WORDS.values())
_LACKING: Final = frozenset({MISSING, NO_ZONES})
"""Why a constant has no value on this machine, which is no fault of the constant."""
_SMALLER: Final = f"a condition has at most {MAX_CONDITION_NODES} parts and {MAX_CONDITION_DEPTH} levels"


class Checked(NamedTuple):
    """What there is to say about a condition."""

    problems: tuple[Problem, ...]
    holds: tuple[Call, ...]
    variables: tuple[Ident, ...]
    tree: Expr


def check_conditions(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """The types and names of every variable and every condition."""
    checker = _Checker(parsed)
    everywhere = parsed.variables.declared.everywhere()
    for name, variable in parsed.variables.by_name.items():
        if variable.tree is not None:
            found = checker.checked(
                variable.entry.content, parsed.variables.resolve(variable.tree), everywhere, is_condition=False
            )
            checker.reported.update((problem.code, problem.message) for problem in found.problems)
            yield from _findings(parsed, variable.entry, (), found)
            if name in parsed.variables.meanings.oversized:
                yield finding(variable.entry, (), "SG503", _TOO_LARGE, _SMALLER)
    # Packs repeat conditions; each is looked at once for each set of resource attributes.
    known: dict[tuple[str, int], Checked] = {}
    for rule in parsed.conditional:
        for part, tree in (("when", rule.when), ("unless", rule.unless)):
            if tree is None:
                continue
            text = getattr(rule.entry.content, part)
            names = parsed.variables.declared.for_surfaces(rule.surfaces(parsed.catalog))
            key = (text, id(names))
            if key not in known:
                written = rule.written[part] if names is everywhere else Resolution.of(tree, names)
                known[key] = checker.checked(text, written, names)
            yield from _findings(parsed, rule.entry, (part,), known[key])
            yield from _variables(parsed, rule.entry, (part,), names, known[key])
    for each in parsed.circumstances:
        found = checker.checked(each.text, parsed.variables.resolve(each.tree), everywhere)
        yield from _findings(parsed, each.entry, each.path, found)


def check_condition(
    parsed: ParsedPack, entry: Entry, path: Path, text: str, tree: Expr, surfaces: Iterable[str]
) -> Iterator[Diagnostic]:
    """The types and names of one condition about *surfaces*, parsed as *tree*."""
    names = parsed.variables.declared.for_surfaces(surfaces)
    found = _Checker(parsed).checked(text, Resolution.of(tree, names), names)
    yield from _findings(parsed, entry, path, found)
    yield from _variables(parsed, entry, path, names, found)


def if_spelt(
    parsed: ParsedPack, entry: Entry, surfaces: Iterable[str], texts: Mapping[Path, str], found: Iterable[Diagnostic]
) -> Iterator[Diagnostic]:
    """*found*, which follows from conditions, *texts* by their places; nothing of what a misspelt name brings about."""
    told = tuple(found)
    if told and not any(_is_misspelt(parsed, entry, path, text, surfaces) for path, text in texts.items()):
        yield from told


def _is_misspelt(parsed: ParsedPack, entry: Entry, path: Path, text: str, surfaces: Iterable[str]) -> bool:
    problems = check_condition(parsed, entry, path, text, parsed.parsed[text], surfaces)
    return any(each.code in _MISSPELT for each in problems)


def valueless_at(parsed: ParsedPack, text: str, surfaces: Iterable[str]) -> tuple[int, ...]:
    """Where an expression about *surfaces* has what can never be evaluated: by its types, or as a constant."""
    names = parsed.variables.declared.for_surfaces(surfaces)
    found = _Checker(parsed).checked(text, Resolution.of(parsed.parsed[text], names), names, is_condition=False)
    return tuple(problem.offset for problem in found.problems if problem.code in ("SG504", "SG512"))


def _findings(parsed: ParsedPack, entry: Entry, path: Path, found: Checked) -> Iterator[Diagnostic]:
    for problem in found.problems:
        yield finding(entry, path, problem.code, problem.message, problem.hint, offset=problem.offset)
    for call in found.holds:
        yield from check_holds(parsed, entry, path, call)


def _variables(parsed: ParsedPack, entry: Entry, path: Path, names: Names, found: Checked) -> Iterator[Diagnostic]:
    """What variables of the whole pack read that there is not in this rule, and what they make of its size."""
    variables = parsed.variables
    # What is declared nowhere is reported of the variable itself.
    elsewhere = (variables.declared.everywhere().variables or {}).keys() - (names.variables or {}).keys()
    for variable in found.variables:
        for name in sorted(variables.read_by(variable.name) & elsewhere):
            message = f"{quoted(variable.name)} reads {quoted(name)}, which is not declared for what this rule is about"
            yield finding(entry, path, "SG211", message, None, offset=variable.span.start)
    if found.variables and is_oversized(found.tree, variables.meanings.trees):
        yield finding(entry, path, "SG503", _TOO_LARGE, _SMALLER)


@dataclass(slots=True)
class _Checker:
    """Checks conditions of one pack."""

    parsed: ParsedPack
    calls: KnownCalls = field(default_factory=dict)
    reported: set[tuple[str, str]] = field(default_factory=set)
    """Findings that were reported of variables where they are declared."""

    def checked(self, text: str, written: Resolution, names: Names, *, is_condition: bool = True) -> Checked:
        """Check the expression *text*, as *written*, that may name *names*."""
        resolved = written.tree
        checker = self.types(text, names)
        found = checker.check(resolved)
        problems = [*written.problems, *checker.problems]
        nodes = list(ex.walk(resolved))
        for variable in _asked_for(nodes):
            hint = "ask for what it reads"
            problems.append(Problem("SG504", f"{quoted(variable.name)} is always there", hint, variable.span.start))
        if is_condition and found not in (BOOL, DYN):
            message = f"the condition is of the type {found}, not bool"
            problems.append(Problem("SG504", message, "compare it with something", resolved.span.start))
        variables = tuple(node for node in nodes if is_variable(node))
        holds = tuple(node for node in nodes if isinstance(node, Call) and node.function == ex.HOLDS)
        # Fields that are written out after their attribute are found with the types of both already.
        told = {(problem.message, problem.offset) for problem in problems}
        more = self.constants(text, resolved, names, checker, variables, is_sound=not problems)
        problems += [problem for problem in more if (problem.message, problem.offset) not in told]
        return Checked(tuple(problems), holds, variables, resolved)

    def constants(
        self, text: str, resolved: Expr, names: Names, checker: Checker, variables: tuple[Ident, ...], *, is_sound: bool
    ) -> Iterator[Problem]:
        """Constants without a value, and texts that are no names of the pack, with what variables bring along."""
        variables_of_pack = self.parsed.variables
        # What a group has is known by the name of the group: its surfaces written out could be any texts.
        spelled = variables_of_pack.without_groups(resolved) if variables else resolved
        if spelled is not resolved:
            checker = self.types(text, names)
            checker.check(spelled)
        inlined = {variable.span.start for variable in variables}
        without_value = _valueless(variables_of_pack.whole(resolved), names) if is_sound else ()
        spelt_wrongly = misspelt(spelled, names, checker, self.parsed.names, self.parsed.catalog)
        for problem in (*without_value, *spelt_wrongly):
            if problem.offset not in inlined or (problem.code, problem.message) not in self.reported:
                yield problem

    def types(self, text: str, names: Names) -> Checker:
        """A checker of types."""
        return Checker(text, names, near=self.parsed.names.hints.nearest, calls=self.calls)


def _valueless(resolved: Expr, names: Names) -> Iterator[Problem]:
    """Constants that can never be evaluated, also in branches that are never taken."""
    for part, why in valueless_parts(unbound(resolved), names):
        if why in _LACKING:
            yield Problem("SG512", f"this has no value here: {why}", None, part.span.start)
        else:
            yield Problem("SG512", f"this constant has no value: {why}", "write one that has", part.span.start)
    for node in ex.walk(resolved):
        if isinstance(node, Call) and node.function in ZONED and not any(isinstance(arg, Literal) for arg in node.args):
            missing = unmet([node])
            if missing is not None:
                yield Problem("SG512", f"this has no value here: {missing}", None, node.span.start)


def _asked_for(nodes: Iterable[Expr]) -> Iterator[Ident]:
    """The variables in ``has(variables.x)`` and ``variables.?x``."""
    for node in nodes:
        if isinstance(node, Call) and node.function == ex.PRESENT:
            yield from referred(node)
