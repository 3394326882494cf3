"""The layers of a pack: which files are of which layer, and which layers lie below those that were named."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from scopeguard.documents.entries import Document, Layer
from scopeguard.documents.files import Listing, PolicyFile, list_files
from scopeguard.documents.look import Look
from scopeguard.shipped import base_pack, default_pack


class Shipped(NamedTuple):
    """The folders of the layers that come with the library, resolved, each with a separator at its end."""

    base: str
    default: str

    @classmethod
    def found(cls) -> "Shipped":
        """Their folder. Raises ScopeguardError where the installation is without them."""
        return cls(*(f"{os.path.realpath(folder)}{os.sep}" for folder in (base_pack(), default_pack())))

    def layer_of(self, file: PolicyFile) -> Layer:
        """The layer of a policy file: by its real path, whatever path it was named by."""
        if file.path.startswith(self.base):
            return Layer.BASE
        return Layer.DEFAULT if file.path.startswith(self.default) else Layer.OWN


def beneath(documents: Iterable[Document]) -> Iterator[tuple[Layer, Callable[[Look], Listing]]]:
    """The layers below some documents, lowest first, each with what lists its files.

    They may have been named already. Raises ScopeguardError where the installation is without them.
    """
    documents = tuple(documents)
    said = [document.content.pack for document in documents if document.content.pack is not None]
    on_default = any(each.extends is not None for each in said) or any(
        document.layer is Layer.DEFAULT for document in documents
    )
    # A layer above the shipped pack cannot take away the base below it.
    if on_default or all(each.base is None for each in said):
        yield Layer.BASE, partial(_listed, base_pack(), "base")
    if any(each.extends is not None for each in said):
        yield Layer.DEFAULT, partial(_listed, default_pack(), None)


def _listed(folder: str, name: str | None, look: Look) -> Listing:
    """The policy files of a shipped folder; with *name*, under that name in the place of where it is installed."""
    listing = list_files(folder, look)
    if name is not None:
        listing.files = [
            replace(file, name=f"{name}/{os.path.relpath(file.path, os.path.realpath(folder)).replace(os.sep, '/')}")
            for file in listing.files
        ]
    return listing
