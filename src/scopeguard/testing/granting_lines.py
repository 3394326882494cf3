"""The lines by which roles and scopes grant, and which permissions each of them alone gives."""

from collections.abc import Iterator
from dataclasses import dataclass

from scopeguard.checking.expansion import expand_pattern, held_by_members, with_implied
from scopeguard.documents.pack import Pack
from scopeguard.model.catalog import Catalog
from scopeguard.source import Location
from scopeguard.syntax.parser import parse_pattern


@dataclass(frozen=True, slots=True)
class GrantingLine:
    """One line of a role or scope: *source* is what decisions call it, *alone* what no other line of it gives."""

    source: str
    text: str
    location: Location
    alone: frozenset[str]


def granting_lines(pack: Pack, catalog: Catalog) -> Iterator[GrantingLine]:
    """The lines of every role that members are assigned, and of every scope that includes others, as they are in force.

    A line that gives nothing by itself is none of them: without it the pack would decide the same.
    """
    for kind, word, section in (("roles", "role", "holds"), ("scopes", "scope", "includes")):
        for entry in pack.entries(kind):
            texts = getattr(entry.content, section) or []
            given = [_given(text, catalog, is_role=kind == "roles") for text in texts]
            for index, text in enumerate(texts):
                others = frozenset[str]().union(*given[:index], *given[index + 1 :])
                if alone := given[index] - others:
                    place = entry.document.locate((*entry.path, section, index))
                    yield GrantingLine(f"{word}:{entry.name}", text, place, alone)


def _given(text: str, catalog: Catalog, *, is_role: bool) -> frozenset[str]:
    named = catalog.member_permissions if is_role else catalog.scopes
    if text in named:
        return named[text]
    pattern, surfaces = parse_pattern(text), catalog.surfaces
    if is_role:
        return held_by_members((pattern,), surfaces)
    return with_implied(expand_pattern(pattern, surfaces, wildcard_reaches_all=False), surfaces)
