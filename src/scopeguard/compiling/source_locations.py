"""Where the scopes and roles that grant are written."""

from collections.abc import Iterator, Mapping

from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import Pack
from scopeguard.source import Location


def granting_places(pack: Pack) -> Mapping[str, Location]:
    """The place of each role (``role:…``) and scope (``scope:…``) of a checked pack.

    A scope that no section declares is where its surface lists the action.
    """
    listed = {f"scope:{name}": place for entry in pack.entries("surfaces") for name, place in _actions(entry)}
    declared = {
        f"{word}:{entry.name}": entry.document.locate(entry.path, key=True)
        for word, section in (("scope", "scopes"), ("role", "roles"))
        for entry in pack.entries(section)
    }
    return {**listed, **declared}


def _actions(surface: Entry) -> Iterator[tuple[str, Location]]:
    places = surface.document.locate_items((*surface.path, "actions"))
    for action, place in zip(surface.content.actions, places, strict=True):
        yield f"{surface.name}:{action}", place
