"""SG306: a resource id is written only where a surface can be qualified, and never in a pattern."""

from collections.abc import Iterator

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, PatternUse
from scopeguard.checking.texts import offset_of
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.grant import Grant


def check_qualifiers(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Qualified grants in patterns."""
    for place in parsed.places:
        grant = place.qualified
        if grant is not None:
            offset = offset_of(place.text, str(grant))
            found = list(misplaced(place.entry, place.path, grant, parsed.catalog, offset=offset))
            yield from found or _in_pattern(place, grant)


def misplaced(entry: Entry, path: Path, grant: Grant, catalog: Catalog, *, offset: int) -> Iterator[Diagnostic]:
    """A finding where *grant*, *offset* characters into a text, names a resource and its surface has no such scopes."""
    if grant.resource_id is None:
        return
    surface = catalog.surfaces.get(grant.surface)
    if surface is not None and not surface.qualifiable:
        message = f"surface {quoted(grant.surface)} cannot be narrowed to one resource"
        hint = f"write {quoted(grant.permission)}, or mark the surface qualifiable"
        yield finding(entry, path, "SG306", message, hint, offset=offset)


def _in_pattern(place: PatternUse, grant: Grant) -> Iterator[Diagnostic]:
    message = f"{quoted(place.text)} names one resource"
    hint = f"write {quoted(grant.permission)}; only held scopes and requirements name one resource"
    yield finding(place.entry, place.path, "SG301", message, hint, offset=place.text.index("/"))
