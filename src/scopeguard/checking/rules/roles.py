"""SG403: a role grants only permissions that a surface has."""

from collections.abc import Iterator

from scopeguard.checking.findings import finding
from scopeguard.checking.parsed_pack import ParsedPack, Use
from scopeguard.checking.texts import offset_of
from scopeguard.errors import Diagnostic, quoted


def check_roles(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Permissions in roles whose surface is known and does not have the action."""
    names = parsed.names
    for place in parsed.places:
        if place.use is not Use.ROLE or place.pattern is None or place.pattern.surface is None:
            continue
        surface = place.pattern.surface
        for action in sorted(place.pattern.actions or ()):
            if not names.complete or surface not in names.actions or action in names.actions[surface]:
                continue
            permission = quoted(f"{surface}:{action}")
            message = f"role {quoted(place.entry.name)} grants {permission}, which no surface has"
            hint = names.hints.near(action, names.actions[surface], surface)
            offset = offset_of(place.text, action, place.text.index(":"))
            yield finding(place.entry, place.path, "SG403", message, hint, offset=offset)
