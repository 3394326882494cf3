"""From the ``invariants`` section to claims over the vocabulary: actions expanded, conditions as one expression."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from scopeguard.checking.expansion import expand_pattern
from scopeguard.compiling.program import Invariant
from scopeguard.compiling.rule_lowering import Reader
from scopeguard.documents.invariants import ClaimDoc, InvariantDoc
from scopeguard.documents.loading import Entry, Pack
from scopeguard.errors import quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.principal import KINDS, SCOPED
from scopeguard.syntax.expression import IN, Call, Expr, Ident, ListExpr, Literal, conjunction
from scopeguard.syntax.parser import parse_pattern


def lower_invariants(pack: Pack, catalog: Catalog, reader: Reader) -> tuple[Invariant, ...]:
    """Every invariant of a checked pack that is about requests, and those about files that do not hold, by id."""
    found: list[Invariant] = []
    for entry in pack.entries("invariants"):
        failure = _file_failure(pack, entry, entry.content.files or ())
        if entry.content.files is None or failure is not None:
            found.append(_invariant(entry, entry.content, catalog, reader, failure))
    return tuple(sorted(found, key=lambda invariant: invariant.id))


def _file_failure(pack: Pack, entry: Entry, names: Sequence[str]) -> str | None:
    """What is wrong with the first of some files that is not whole."""
    files = {PurePath(each.file): each for each in pack.documents}
    for name in names:
        document = files.get(PurePath(entry.document.file).parent / name)
        if document is None:
            return f"{quoted(name)} is missing"
        if not document.tree.has_end:
            return f'{quoted(name)} does not end with a line "...", so that it may have been cut'
    return None


def _invariant(
    entry: Entry, doc: InvariantDoc, catalog: Catalog, reader: Reader, failure: str | None = None
) -> Invariant:
    claim = doc.always or doc.never or ClaimDoc()
    who = claim.principal
    scopes = None if who is None or who.scopes is None else frozenset(who.scopes)
    roles = None if who is None or who.roles is None else frozenset(who.roles)
    meters = None if claim.meters is None else frozenset(claim.meters)
    return Invariant(
        id=doc.id,
        always=doc.always is not None,
        kinds=speaks_of(claim),
        scopes=scopes,
        roles=roles,
        actions=tuple(_actions(claim.action, catalog, meters)),
        condition=conjunction(tuple(_conditions(claim, reader))),
        location=entry.document.locate((*entry.path, "id")),
        because=doc.because,
        meters=meters,
        channels=None if claim.channels is None else frozenset(claim.channels),
        environments=None if claim.environments is None else frozenset(claim.environments),
        # An event has no principal, is no action, and no condition can read it.
        of_events=meters is not None and (claim.principal, claim.action, claim.when) == (None, None, None),
        failure=failure,
    )


def speaks_of(claim: ClaimDoc) -> tuple[str, ...]:
    """The kinds of principal that a claim is about: those it names, else those that hold what it names."""
    who = claim.principal
    if who is None:
        return KINDS
    if who.kinds is not None:
        return tuple(kind for kind in KINDS if kind in who.kinds)
    if who.scopes is None and who.roles is None:
        return KINDS
    named = (SCOPED if who.scopes is not None else frozenset()) | ({"member"} if who.roles is not None else frozenset())
    return tuple(kind for kind in KINDS if kind in named)


def _actions(texts: Sequence[str] | None, catalog: Catalog, meters: frozenset[str] | None) -> Iterator[str]:
    """Permissions, then operations, each in the order of the catalog; a permission brings its operations along."""
    named = frozenset(texts or ("*:*",))
    patterns = [parse_pattern(text) for text in named if text not in catalog.operations]
    covered = {
        permission
        for pattern in patterns
        for permission in expand_pattern(pattern, catalog.surfaces, wildcard_reaches_all=True)
    }
    if meters is None:
        yield from (permission for permission in catalog.permissions if permission in covered)
    for operation in catalog.operations.values():
        counted = meters is None or any(map(operation.counts_on, meters))
        if counted and (operation.name in named or operation.permission in covered):
            yield operation.name


def _conditions(claim: ClaimDoc, reader: Reader) -> Iterator[Expr]:
    for name, values in (("context.channel", claim.channels), ("context.environment", claim.environments)):
        if values is not None:
            yield Call(IN, (Ident(name, absolute=True), ListExpr(tuple(map(Literal, values)))))
    if claim.when is not None:
        yield reader.whole(claim.when)
