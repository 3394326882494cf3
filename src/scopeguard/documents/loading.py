"""Reading packs: from paths to documents, with every finding of every file."""

import os
from collections.abc import Sequence
from types import MappingProxyType

from scopeguard.documents.files import list_files, read_file
from scopeguard.documents.pack import SECTIONS, Document, Entry, Pack
from scopeguard.documents.shaping import Shaped, shape
from scopeguard.documents.yaml import read
from scopeguard.errors import Diagnostic
from scopeguard.source import Source

__all__ = ["Document", "Entry", "Pack", "read_pack", "read_source"]

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""A folder, a file, or several of them."""


def read_pack(paths: Paths) -> tuple[Pack, list[Diagnostic]]:
    """Read the policy files of a folder, a file, or a sequence of both.

    Never raises for what paths or files hold. Returns the pack, with everything that could be read,
    and the findings of all files, sorted by place. A pack with an error among its findings must not
    be used to decide anything.
    """
    listing = list_files(paths)
    findings = list(listing.findings)
    complete = not findings
    documents: list[Document] = []
    broken: dict[str, set[str]] = {kind: set() for kind in SECTIONS}
    for file in listing.files:
        source = read_file(file)
        if isinstance(source, Diagnostic):
            findings.append(source)
            complete = False
            continue
        shaped = read_source(source)
        findings.extend(shaped.findings)
        complete = complete and shaped.complete
        for kind, name in shaped.broken:
            broken[kind].add(name)
        if shaped.document is not None:
            documents.append(shaped.document)
    findings.sort(key=lambda finding: finding.sort_key)
    names = MappingProxyType({kind: frozenset(found) for kind, found in broken.items()})
    return Pack(tuple(documents), names, complete), findings


def read_source(source: Source) -> Shaped:
    """Read one policy text. Never raises for what it holds."""
    reading = read(source)
    if reading.tree is None:
        return Shaped(findings=reading.findings, complete=False)
    shaped = shape(source.name, reading.tree)
    shaped.findings[:0] = reading.findings
    return shaped
