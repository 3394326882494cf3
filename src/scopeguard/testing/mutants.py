"""Edits of a pack that let somebody do more, or less: the mistakes that tests of access have to notice.

Each operator is a function from a pack to its mutants, one edit each. Only the uppermost layer is edited.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from scopeguard.documents.editing import LEFT_OUT, edited
from scopeguard.documents.entries import Document, Entry
from scopeguard.documents.pack import Pack
from scopeguard.documents.tree import Path
from scopeguard.semantics.timestamps import duration_text, parse_duration
from scopeguard.source import Location
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, rebuilt, walk
from scopeguard.syntax.parser import parse_condition, parse_pattern
from scopeguard.syntax.printer import print_expression

_LISTS: Final = ("kinds", "roles", "channels", "environments")
"""What narrows a rule, beside its condition."""
_CONDITIONS: Final = ("when", "unless")
_COMPARISONS: Final[Mapping[str, str]] = MappingProxyType({
    ex.EQUAL: ex.NOT_EQUAL, ex.NOT_EQUAL: ex.EQUAL, ex.LESS: ex.LESS_EQUAL, ex.LESS_EQUAL: ex.LESS,
    ex.GREATER: ex.GREATER_EQUAL, ex.GREATER_EQUAL: ex.GREATER,
})  # fmt: skip
_JUNCTIONS: Final[Mapping[str, str]] = MappingProxyType({ex.AND: ex.OR, ex.OR: ex.AND})
_AGE_FACTOR: Final = 60
_SHOWN: Final = 160


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit: *what* of *subject* it changes, where that is written, and from what to what."""

    operator: str
    subject: str
    location: Location
    what: str
    document: Document
    path: Path
    value: object

    def pack(self, pack: Pack) -> Pack:
        """The pack with the edit, which *pack* was made a mutant of."""
        return edited(pack, self.document, self.path, self.value)

    def __str__(self) -> str:
        return f"{self.location}: {self.subject}: {self.what}"


def mutants(pack: Pack) -> Iterator[Mutant]:
    """Every mutant of the uppermost layer of *pack*, operator by operator, in the order of its files."""
    for name, operator in OPERATORS.items():
        for entry, what, path, value in operator(_Layer(pack)):
            place = (*entry.path, *path)
            section = str(entry.path[1] if entry.path[0] == "catalog" else entry.path[0])
            subject = f"{_KINDS[section]} {entry.name}" if section in _KINDS else section
            at = entry.document.locate(place, key=isinstance(place[-1], str))
            yield Mutant(name, subject, at, what, entry.document, place, value)


_KINDS: Final[Mapping[str, str]] = MappingProxyType({
    "rules": "rule", "gates": "gate", "roles": "role", "scopes": "scope", "surfaces": "surface",
    "operations": "operation", "permissions": "member permission", "variables": "variable",
})  # fmt: skip

_Edit = tuple[Entry, str, Path, object]
"""What is edited, in words how, and the value at a path below it."""


class _Layer:
    """The entries of the uppermost layer of a pack."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._layer = max((document.layer for document in pack.documents), default=None)

    def entries(self, *kinds: str) -> Iterator[Entry]:
        for kind in kinds:
            yield from (entry for entry in self.pack.written(kind) if entry.document.layer == self._layer)

    def conditions(self) -> Iterator[tuple[Entry, Path, str]]:
        """Every condition that decides, with its path below its entry."""
        for entry in self.entries("rules", "gates", "roles"):
            for name in _CONDITIONS:
                text = getattr(entry.content, name, None)
                if text is not None:
                    yield entry, (name,), text
        for entry in self.entries("variables"):
            yield entry, (), entry.content


def _drop_rules(layer: _Layer) -> Iterator[_Edit]:
    for entry in layer.entries("rules"):
        yield entry, f"the {entry.content.effect} is left out", (), LEFT_OUT


def _switch_gates_off(layer: _Layer) -> Iterator[_Edit]:
    for entry in layer.entries("gates"):
        if entry.content.mode != "off":
            yield entry, f"mode: {entry.content.mode} -> off", ("mode",), "off"


def _swap_conditions(layer: _Layer) -> Iterator[_Edit]:
    for entry in layer.entries("rules", "gates"):
        when, unless = entry.content.when, entry.content.unless
        if when != unless:
            swapped = entry.content.model_copy(update={"when": unless, "unless": when})
            yield entry, "when <-> unless", (), swapped


def _change_junctions(layer: _Layer) -> Iterator[_Edit]:
    yield from _conditions_with(layer, _JUNCTIONS)


def _change_comparisons(layer: _Layer) -> Iterator[_Edit]:
    yield from _conditions_with(layer, _COMPARISONS)


def _conditions_with(layer: _Layer, operators: Mapping[str, str]) -> Iterator[_Edit]:
    for entry, path, text in layer.conditions():
        tree = parse_condition(text)
        for node in walk(tree):
            if isinstance(node, Call) and node.function in operators:
                other = Call(operators[node.function], node.args, node.target)
                new = print_expression(_with(tree, node, other))
                yield entry, f"{_short(print_expression(node))} -> {_short(print_expression(other))}", path, new


def _with(tree: Expr, node: Expr, other: Expr) -> Expr:
    """*tree* with *other* in the place of one of its nodes. Recursion is bounded by the depth of conditions."""
    return other if tree is node else rebuilt(tree, lambda part: _with(part, node, other))


def _drop_list_items(layer: _Layer) -> Iterator[_Edit]:
    for entry in layer.entries("rules"):
        for name in _LISTS:
            yield from _without_each(entry, (name,), getattr(entry.content, name))
    for entry in layer.entries("surfaces"):
        yield from _without_each(entry, ("holdable_by",), entry.content.holdable_by)


def _drop_targets(layer: _Layer) -> Iterator[_Edit]:
    for entry in layer.entries("rules", "gates"):
        if len(entry.content.on) > 1:
            yield from _without_each(entry, ("on",), entry.content.on)


def _widen_patterns(layer: _Layer) -> Iterator[_Edit]:
    for kind, name in (("rules", "on"), ("roles", "holds"), ("permissions", "grants"), ("scopes", "includes")):
        for entry in layer.entries(kind):
            for index, text in enumerate(getattr(entry.content, name) or ()):
                for wider in _wider(text):
                    yield entry, f"{text} -> {wider}", (name, index), wider


def _wider(text: str) -> Iterator[str]:
    if ":" not in text or "/" in text:
        return
    pattern = parse_pattern(text)
    reach, _, _ = text.partition(":")
    if pattern.actions is not None or pattern.action_group is not None:
        yield f"{reach}:*"
    if not pattern.is_wildcard:
        yield f"*:{text.partition(':')[2]}"


def _add_role_lines(layer: _Layer) -> Iterator[_Edit]:
    lines = {line: None for entry in layer.entries("roles") for line in entry.content.holds}
    lines |= {entry.name: None for entry in layer.entries("permissions")}
    for entry in layer.entries("roles"):
        if entry.content.marker:
            continue
        for line in lines:
            if line not in entry.content.holds:
                yield entry, f"holds + {line}", ("holds",), [*entry.content.holds, line]


def _drop_grants(layer: _Layer) -> Iterator[_Edit]:
    for kind, name in (("roles", "holds"), ("permissions", "grants"), ("scopes", "includes")):
        for entry in layer.entries(kind):
            lines = getattr(entry.content, name) or []
            if len(lines) > 1:
                yield from _without_each(entry, (name,), lines)


def _drop_audits(layer: _Layer) -> Iterator[_Edit]:
    for entry in layer.entries("surfaces"):
        yield from _without_each(entry, ("audited",), entry.content.audited)
    for entry in layer.entries("operations"):
        if entry.content.audited:
            yield entry, "audited: true -> false", ("audited",), False


def _drop_inclusions(layer: _Layer) -> Iterator[_Edit]:
    for entry in layer.entries("surfaces"):
        for action, surfaces in (entry.content.embeds or {}).items():
            yield from _without_each(entry, ("embeds", action), surfaces)


def _age_facts(layer: _Layer) -> Iterator[_Edit]:
    for entry in layer.entries("facts_max_age"):
        older = duration_text(parse_duration(entry.content) * _AGE_FACTOR)
        yield entry, f"{entry.content} -> {older}", (), older


def _without_each(entry: Entry, path: Path, items: Any) -> Iterator[_Edit]:
    for index, item in enumerate(items or ()):
        yield entry, f"{'.'.join(map(str, path))} - {item}", (*path, index), LEFT_OUT


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


OPERATORS: Final[Mapping[str, Callable[[_Layer], Iterator[_Edit]]]] = MappingProxyType({
    "drop-rule": _drop_rules,
    "gate-off": _switch_gates_off,
    "swap-when-unless": _swap_conditions,
    "and-or": _change_junctions,
    "comparison": _change_comparisons,
    "drop-narrowing": _drop_list_items,
    "drop-target": _drop_targets,
    "widen-pattern": _widen_patterns,
    "add-role-line": _add_role_lines,
    "drop-grant": _drop_grants,
    "drop-audit": _drop_audits,
    "drop-inclusion": _drop_inclusions,
    "age-facts": _age_facts,
})  # fmt: skip
"""The operators, by the names that reports and options call them."""
