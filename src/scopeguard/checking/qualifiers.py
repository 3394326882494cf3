"""SG306: a resource id stands only where a surface can be qualified, and never in a pattern."""

from collections.abc import Iterator

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.places import offset_of, patterns, qualified
from scopeguard.checking.requirements import grants
from scopeguard.documents.pack import Entry, Pack
from scopeguard.errors import Diagnostic, PolicyError, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant
from scopeguard.syntax.parsing import parse_requirement


def check_qualifiers(pack: Pack, catalog: Catalog) -> Iterator[Diagnostic]:
    """Qualified grants in requirements and patterns."""
    for place in patterns(pack):
        grant = qualified(place.text)
        if grant is not None:
            misplaced = list(_misplaced(place.entry, place.path, place.text, grant, catalog))
            yield from misplaced or _in_pattern(place.entry, place.path, place.text, grant)
    for entry in pack.entries("rules"):
        if entry.content.requires is None:
            continue
        try:
            requirement = parse_requirement(entry.content.requires)
        except PolicyError:
            continue
        for grant in grants(requirement):
            if grant.resource_id is not None:
                yield from _misplaced(entry, ("requires",), entry.content.requires, grant, catalog)


def _misplaced(entry: Entry, path: Path, text: str, grant: Grant, catalog: Catalog) -> Iterator[Diagnostic]:
    surface = catalog.surfaces.get(grant.surface)
    if surface is not None and not surface.qualifiable:
        message = f"surface {quoted(grant.surface)} cannot be narrowed to one resource"
        hint = f"write {quoted(grant.permission)}, or mark the surface qualifiable"
        yield finding(entry, path, "SG306", message, hint, offset=offset_of(text, str(grant)))


def _in_pattern(entry: Entry, path: Path, text: str, grant: Grant) -> Iterator[Diagnostic]:
    hint = f"write {quoted(grant.permission)}; only held scopes and requirements name one resource"
    yield finding(entry, path, "SG301", f"{quoted(text)} names one resource", hint, offset=text.index("/"))
