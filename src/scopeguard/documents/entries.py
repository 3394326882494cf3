"""A policy file as it was read, and the entries of its sections."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from scopeguard.documents.schema import PolicyDoc
from scopeguard.documents.tree import Path, Tree
from scopeguard.source import Location


class Layer(IntEnum):
    """The layer that a policy file is part of, the lowest first."""

    BASE = 0
    """The rules beneath every pack."""
    DEFAULT = 1
    """The pack that comes with the library."""
    OWN = 2
    """Everything else."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One policy file: *file* is its path as the user would type it, *content* what it says."""

    file: str
    content: PolicyDoc
    tree: Tree = field(repr=False)
    layer: Layer = Layer.OWN

    def locate(self, path: Path, *, key: bool = False, offset: int | None = None) -> Location:
        """The position of the value at *path*, or with *key* of the key that names it.

        *path* is spelled as in the file (``("recovery", "not_found", "class")``). *offset* is a
        character offset inside the text of that value or key. A path that is not there gives the
        place of its nearest parent.
        """
        return self.tree.locate(path, key=key, offset=offset)

    def locate_items(self, path: Path) -> list[Location]:
        """The position of each item of the list at *path*."""
        return self.tree.locate_items(path)


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One entry of a section, such as a role: its *path* in *document*, its *name* and its *content* of the schema.

    The name of what has an id is that, the name of a channel, environment or stage is itself.
    """

    document: Document
    path: Path
    name: str
    content: Any
