"""SG305: nothing includes or implies itself, directly or through others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.scope_includes import includes_for
from scopeguard.checking.variables import Variables
from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic
from scopeguard.model.principal import SCOPED
from scopeguard.semantics.variable_inlining import referred


class _Edge(NamedTuple):
    target: str
    entry: Entry
    path: Path
    offset: int | None = None


_SHOWN = 6
"""Names of a cycle that a message spells out."""
_MEANS = {"scope": "includes", "surface": "lies below", "variable": "reads"}


def check_cycles(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Cycles of included scopes, of implied member permissions and actions, of parents and of variables."""
    pack = parsed.pack
    for kind in sorted(SCOPED):
        yield from _cycles("scope", _scopes(pack, kind))
    yield from _cycles("member permission", _graph(pack, "permissions", "implies"))
    for entry in pack.entries("surfaces"):
        implies = entry.content.implies or {}
        edges = {
            action: [_Edge(other, entry, ("implies", action, index)) for index, other in enumerate(others)]
            for action, others in implies.items()
        }
        yield from _cycles("action", edges)
    yield from _cycles("surface", _parents(pack))
    yield from _cycles("variable", _named(parsed.variables))


def _named(variables: Variables) -> dict[str, list[_Edge]]:
    return {
        name: [_Edge(found.name, variables.by_name[name].entry, (), found.span.start) for found in referred(tree)]
        for name, tree in variables.resolved.items()
    }


def _scopes(pack: Pack, kind: str) -> dict[str, list[_Edge]]:
    return {
        entry.name: [_Edge(text, entry, path) for path, text in includes_for(entry.content, kind)]
        for entry in pack.entries("scopes")
    }


def _graph(pack: Pack, kind: str, field: str) -> dict[str, list[_Edge]]:
    return {
        entry.name: [
            _Edge(name, entry, (field, index)) for index, name in enumerate(getattr(entry.content, field) or ())
        ]
        for entry in pack.entries(kind)
    }


def _parents(pack: Pack) -> dict[str, list[_Edge]]:
    above = {entry.name: (entry, entry.content.parent) for entry in pack.entries("surfaces")}
    return {
        # Folders lie in folders: that is no circle of surfaces.
        name: [_Edge(parent.surface, entry, ("parent", "surface"))] if parent and parent.surface != name else []
        for name, (entry, parent) in above.items()
    }


def _cycles(word: str, graph: Mapping[str, Sequence[_Edge]]) -> Iterator[Diagnostic]:
    done: set[str] = set()
    for start in graph:
        if start in done:
            continue
        trail = {start: 0}
        stack = [(start, iter(graph[start]))]
        while stack:
            name, edges = stack[-1]
            for edge in edges:
                if edge.target in trail:
                    yield _finding(word, [step for step, _ in stack[trail[edge.target] :][: _SHOWN + 1]], edge)
                elif edge.target in graph and edge.target not in done:
                    trail[edge.target] = len(trail)
                    stack.append((edge.target, iter(graph[edge.target])))
                    break
            else:
                stack.pop()
                del trail[name]
                done.add(name)


def _finding(word: str, names: list[str], edge: _Edge) -> Diagnostic:
    shown = names if len(names) <= _SHOWN else [*names[: _SHOWN - 1], "…"]
    around = " → ".join([*shown, edge.target])
    means = _MEANS.get(word, "implies")
    hint = "take one step out of the circle"
    message = f'{word} "{edge.target}" {means} itself: {around}'
    return finding(edge.entry, edge.path, "SG305", message, hint, offset=edge.offset)
