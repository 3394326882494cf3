"""SG403: a role grants only permissions that a surface has."""

from collections.abc import Iterator

from scopeguard.checking.findings import finding
from scopeguard.checking.places import Use, offset_of, patterns
from scopeguard.checking.vocabulary import Vocabulary
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, quoted
from scopeguard.model.catalog import Catalog


def check_roles(pack: Pack, catalog: Catalog) -> Iterator[Diagnostic]:
    """Permissions in roles whose surface is known and does not have the action."""
    names = Vocabulary.of(pack, catalog)
    for place in patterns(pack):
        pattern = place.pattern
        if place.use is not Use.ROLE or pattern is None or pattern.surface not in names.actions:
            continue
        for action in sorted(pattern.actions or ()):
            if pack.complete and action not in names.actions[pattern.surface]:
                message = (
                    f"role {quoted(place.entry.name)} grants {quoted(f'{pattern.surface}:{action}')}, "
                    "which no surface has"
                )
                hint = names.hints.near(action, names.actions[pattern.surface], pattern.surface)
                offset = offset_of(place.text, action, place.text.index(":"))
                yield finding(place.entry, place.path, "SG403", message, hint, offset=offset)
