"""A policy file as it was read, and the entries of its sections."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from msgspec import Struct

from scopeguard.documents.schema import PolicyDoc
from scopeguard.documents.tree import Path, Tree
from scopeguard.errors import Correction, Hint
from scopeguard.source import Location

SURFACES: Final = ("catalog", "surfaces")
DEFAULTS: Final = ("catalog", "defaults")
"""The path of what the surfaces of a file have in common."""


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
        character offset inside the text of that value or key. What a surface does not say itself is
        where the defaults of the file say it. A path that is not there gives the place of its nearest
        parent.
        """
        return self.tree.locate(self._written(path), key=key, offset=offset)

    def has(self, path: Path) -> bool:
        """Whether something is written at a path, by the defaults of the file too."""
        return self.tree.find(self._written(path)) is not None

    def correction(self, path: Path, hint: Hint, *, key: bool = False, offset: int | None = None) -> Correction | None:
        """The edit that *hint* comes to at such a place, as :meth:`Tree.correction` has it."""
        return self.tree.correction(self._written(path), hint, key=key, offset=offset)

    def locate_items(self, path: Path) -> list[Location]:
        """The position of each item of the list at *path*."""
        return self.tree.locate_items(self._written(path))

    def _written(self, path: Path) -> Path:
        """The path at which it is written what a surface says."""
        section, of_surface = path[: len(SURFACES)], path[len(SURFACES) + 1 :]
        if section != SURFACES or not of_surface or self.tree.find((*path[: len(SURFACES) + 1], of_surface[0])):
            return path
        return (*DEFAULTS, *of_surface) if self.tree.find((*DEFAULTS, of_surface[0])) else path


class Entry(Struct, frozen=True, eq=False, gc=False):
    """One entry of a section, such as a role: its *path* in *document*, its *name* and its *content* of the schema.

    The name of what has an id is that, the name of a channel, environment or stage is itself.
    """

    document: Document
    path: Path
    name: str
    content: Any
    others: "tuple[Entry, ...]" = ()
    """The entries of other layers that say a part of it."""

    def saying(self, path: Path) -> "Entry | None":
        """The entry where something below it is written, or is by the defaults of its file; None where it is not."""
        return next((each for each in (self, *self.others) if each.document.has((*each.path, *path))), None)

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """The position of what is below it, in whichever layer that is written; its own where it is nowhere."""
        said = self.saying(path) or self
        return said.document.locate((*said.path, *path), key=key)
