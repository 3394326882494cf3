"""Which of several requests is shown: an ordinary one that says little, and what an unknown part suggests."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from scopeguard.analysis.given import ENVIRONMENT
from scopeguard.analysis.logic import Bool, conj, disj, neg
from scopeguard.analysis.questions import Unknown
from scopeguard.analysis.requests import HOME, IDS
from scopeguard.analysis.symbols import Part, Symbol
from scopeguard.analysis.worlds import World
from scopeguard.semantics.timestamps import nanoseconds
from scopeguard.syntax.expression import Ident, walk

_NOW: Final = nanoseconds(datetime(2026, 1, 1, 12, tzinfo=UTC))
_YEAR: Final = 365 * 86400 * 10**9


def preferences(world: World, symbols: dict[str, Symbol]) -> Iterator[Bool]:
    """What of several requests is wished for: what is ordinary, and little."""
    yield from world.numbers.round
    yield world.unlimited
    yield world.held.count_of_others == 0
    yield from map(neg, world.held.narrow)
    # What grants more is left out first.
    catalog = world.programs[0].catalog
    reach = {role: len(found.permissions) for role, found in catalog.roles.items()}
    reach |= {scope: len(found) for scope, found in catalog.scopes.items()}
    yield from (neg(world.held.plain[each]) for each in sorted(world.held.plain, key=lambda text: -reach.get(text, 0)))
    for name, symbol in symbols.items():
        yield neg(symbol.present)
        if symbol.parts:
            yield symbol.parts[0][0]
        for _, part in symbol.parts:
            yield from _usual_items(world, name, part)
    home = symbols.get("principal.workspace")
    where = symbols.get("resource.workspace")
    if home is not None and where is not None:
        yield disj((neg(home.present), same_text(home, where)))
    for name, symbol in symbols.items():
        usual = {"principal.id": IDS.get(world.kind), "principal.workspace": HOME, ENVIRONMENT: "production"}.get(name)
        for _, part in symbol.parts:
            if part.kind == "string" and usual is not None:
                yield part.case.term == world.texts.code(usual)
            elif part.kind == "timestamp":
                yield part.case.term == _NOW
                yield conj((part.case.term > _NOW - _YEAR, part.case.term < _NOW + _YEAR))
            elif part.kind in ("int", "uint", "double"):
                yield conj((part.case.term >= 0, part.case.term <= 100))


def _usual_items(world: World, name: str, part: Part) -> Iterator[Bool]:
    """That a list is short, and has what conditions name."""
    if part.case.kind != "list":
        return
    yield part.case.term.more == 0
    for there, items in reversed(part.case.term.slots):
        yield neg(there)
        for item in items:
            if item.kind == "string":
                known = world.samples.usual(name)
                yield disj(item.term == world.texts.code(each) for each in known)


def hints(world: World, unknown: Unknown) -> Iterator[Bool]:
    """That the names of an unknown are what it suggests."""
    for name in sorted({node.name for node in walk(unknown.expr) if isinstance(node, Ident) and node.absolute}):
        symbol = unknown.view.reads.symbols.get(name)
        for when, part in () if symbol is None else symbol.parts:
            if part.case.kind == "table":
                yield conj((when, part.case.term >= 0))
            elif part.kind == "string":
                yield disj(part.case.term == world.texts.code(each) for each in world.samples.texts(name))


def same_text(one: Symbol, other: Symbol) -> Bool:
    """That two texts are given, and are equal."""
    return conj((one.present, other.present, one.parts[0][1].case.term == other.parts[0][1].case.term))
