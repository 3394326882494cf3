"""SG306: an id is written only where a surface can be narrowed to it, and never in a pattern."""

from collections.abc import Iterator

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack, PatternUse
from scopeguard.checking.texts import offset_of
from scopeguard.checking.vocabulary import Vocabulary
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, did_you_mean, quoted
from scopeguard.model.catalog import Catalog, Surface
from scopeguard.model.grant import Grant, start_of
from scopeguard.model.narrowing import is_nameable, named_in


def check_qualifiers(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Qualified grants in patterns."""
    for place in parsed.places:
        grant = place.qualified
        if grant is not None:
            offset = offset_of(place.text, str(grant))
            found = list(misplaced(place.entry, place.path, grant, parsed.catalog, offset=offset))
            yield from found or _in_pattern(place, grant)


def misplaced(entry: Entry, path: Path, grant: Grant, catalog: Catalog, *, offset: int) -> Iterator[Diagnostic]:
    """A finding where *grant*, *offset* characters into a text, is narrowed as none of its surface may be."""
    if grant.resource_id is None:
        return
    surface = catalog.surfaces.get(grant.surface)
    if surface is not None and grant.parent is not None:
        yield from _below(entry, path, grant, surface, offset=offset)
    elif surface is not None and not surface.qualifiable:
        message = f"surface {quoted(grant.surface)} cannot be narrowed to one resource"
        hint = f"write {quoted(grant.permission)}, or mark the surface qualifiable"
        yield finding(entry, path, "SG306", message, hint, offset=offset)


def _below(entry: Entry, path: Path, grant: Grant, surface: Surface, *, offset: int) -> Iterator[Diagnostic]:
    if grant.parent in surface.parents:
        return
    message = f"surface {quoted(surface.name)} does not lie below {quoted(grant.parent or '')}"
    own = f"{grant.permission}/{grant.resource_id}"
    hint = (
        f"write {quoted(own)}"
        if grant.parent == surface.name and surface.qualifiable
        else did_you_mean(grant.parent or "", surface.parents)
        or (f"it lies below {' and '.join(map(quoted, surface.parents))}" if surface.parents else "give it a parent")
    )
    yield finding(entry, path, "SG306", message, hint, offset=offset)


def misplaced_role(entry: Entry, path: Path, role: str, names: Vocabulary, catalog: Catalog) -> Iterator[Diagnostic]:
    """What is wrong with a role, held everywhere or on one resource."""
    start = start_of(role)
    yield from names.check_known(entry, path, "roles", role.partition("/")[0])
    named = named_in(start)
    if named is None:
        return
    offset = len(start) - len(named) - 1
    yield from names.check_known(entry, path, "surfaces", named, offset=offset)
    if named in catalog.surfaces and not is_nameable(catalog, named):
        message = f"no role is held on one resource of the surface {quoted(named)}"
        hint = "mark the surface qualifiable, or name it as the parent of what lies below"
        yield finding(entry, path, "SG306", message, hint, offset=offset)


def _in_pattern(place: PatternUse, grant: Grant) -> Iterator[Diagnostic]:
    message = f"{quoted(place.text)} names one resource"
    hint = f"write {quoted(grant.permission)}; only held scopes and requirements name one resource"
    yield finding(place.entry, place.path, "SG301", message, hint, offset=place.text.index("/"))
