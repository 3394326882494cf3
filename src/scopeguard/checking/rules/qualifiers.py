"""SG306: an id is written only where a surface can be narrowed to it, and never in a pattern."""

from collections.abc import Iterator

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.narrowed import wrong_binding, wrong_grant
from scopeguard.checking.parsed_pack import ParsedPack, PatternUse
from scopeguard.checking.texts import offset_of
from scopeguard.checking.vocabulary import Vocabulary
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
    """A finding where *grant*, *offset* characters into a text, is narrowed as none of its surface may be."""
    problem = wrong_grant(grant, catalog)
    if problem is not None:
        yield finding(entry, path, problem.code, problem.message, problem.hint, offset=offset)


def misplaced_role(entry: Entry, path: Path, role: str, names: Vocabulary, catalog: Catalog) -> Iterator[Diagnostic]:
    """What is wrong with a role, held everywhere or on one resource."""
    yield from names.check_known(entry, path, "roles", role.partition("/")[0])
    problem = wrong_binding(role, names, catalog)
    if problem is not None:
        yield finding(entry, path, problem.code, problem.message, problem.hint, offset=problem.offset)


def _in_pattern(place: PatternUse, grant: Grant) -> Iterator[Diagnostic]:
    message = f"{quoted(place.text)} names one resource"
    hint = f"write {quoted(grant.permission)}; only held scopes and requirements name one resource"
    yield finding(place.entry, place.path, "SG301", message, hint, offset=place.text.index("/"))
