"""Reading packs: from paths to documents, with every finding of every file."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from scopeguard.documents.defaults import find_needless, with_defaults
from scopeguard.documents.entries import Document, Entry, Layer
from scopeguard.documents.files import Listing, list_files
from scopeguard.documents.layers import Shipped, beneath
from scopeguard.documents.look import Look
from scopeguard.documents.pack import SECTIONS, Pack
from scopeguard.documents.schema import PolicyDoc
from scopeguard.documents.schema_errors import settled
from scopeguard.documents.snapshot import take
from scopeguard.documents.strays import find_strays
from scopeguard.documents.validation import Shaped, shape
from scopeguard.documents.yaml import read
from scopeguard.errors import Diagnostic
from scopeguard.source import Source

__all__ = ["Document", "Entry", "Layer", "Pack", "read_pack", "read_source"]

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""A folder, a file, or several of them."""


def read_pack(paths: Paths, here: str = "") -> tuple[Pack, list[Diagnostic]]:
    """Read the policy files of a folder, a file, or a sequence of both, and those of the layers beneath them.

    Relative paths are looked up in the folder *here*, the working one where it is empty. Each layer is read as it was
    at one moment, or SG117 is the only finding about its files.

    Never raises for what paths or files hold. Returns the pack, with everything that could be read,
    and the findings of all files, sorted by place. A pack with an error among its findings must not
    be used to decide anything. Raises ScopeguardError where the installation is without the files of a layer.
    """
    reading = _Reading(Shipped.found())
    reading.add(lambda look: list_files(paths, look, here=here))
    for layer, listed in tuple(beneath(reading.documents)):
        reading.add(listed, layer)
    reading.findings.sort(key=lambda finding: finding.sort_key)
    names = MappingProxyType({kind: frozenset(found) for kind, found in reading.broken.items()})
    documents = sorted(reading.documents, key=lambda document: document.layer)
    return Pack(tuple(with_defaults(documents)), names, reading.complete), reading.findings


@dataclass(slots=True)
class _Reading:
    """What has been read so far; no file is read twice."""

    shipped: Shipped
    documents: list[Document] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    broken: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in SECTIONS})
    complete: bool = True
    known: set[str] = field(default_factory=set)

    def add(self, listed: Callable[[Look], Listing], layer: Layer | None = None) -> None:
        """Read the files that are listed, each of its own layer where none is named."""
        taken = take(listed)
        self.findings.extend(taken.findings)
        self.complete = self.complete and not taken.findings
        for file, source in taken.texts:
            if file.path in self.known:
                continue
            self.known.add(file.path)
            if isinstance(source, Diagnostic):
                self.findings.append(source)
                self.complete = False
                continue
            shaped = read_source(source, self.shipped.layer_of(file) if layer is None else layer)
            self.findings.extend(shaped.findings)
            self.complete = self.complete and shaped.complete
            for kind, name in shaped.broken:
                self.broken[kind].add(name)
            if shaped.document is not None:
                self.documents.append(shaped.document)
                self.findings.extend(find_needless(shaped.document))
        for source in taken.others:
            self.findings.extend([source] if isinstance(source, Diagnostic) else find_strays(source))


def read_source(source: Source, layer: Layer = Layer.OWN) -> Shaped:
    """Read one policy text of a *layer*. Never raises for what it holds."""
    reading = read(source)
    if reading.tree is None:
        return Shaped(findings=reading.findings, complete=False)
    unclear = settled(reading.findings, reading.tree, PolicyDoc)
    shaped = shape(source.name, reading.tree, layer)
    shaped.findings[:0] = unclear
    return shaped
