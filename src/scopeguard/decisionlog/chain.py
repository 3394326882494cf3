"""Hashes of lines: each line names the one before it, and a tree head stands for all of a segment (RFC 6962)."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

START: Final = "0" * 64
"""What the first line of all names."""
_EMPTY: Final = sha256(b"").digest()


def leaf_hash(line: bytes) -> bytes:
    """The hash of a line, without its line feed: as a leaf of the tree too (RFC 6962 section 2.1)."""
    return sha256(b"\0" + line).digest()


def line_values(line: bytes) -> dict[str, Any] | None:
    """What a line of a log says; None for what is no such line, however it was damaged."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and type(found.get("n")) is int and isinstance(found.get("prev"), str):
        return found
    return None


class Tree:
    """A Merkle tree that grows at its end, of which only the heads of its full parts are kept."""

    __slots__ = ("_parts", "size")

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._parts: list[bytes] = []
        self.size = 0
        for leaf in leaves:
            self.add(leaf)

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        self.size += 1
        self._parts.append(leaf)
        # A part is as large as the lowest one in the size: those of one size are joined.
        for _ in range((self.size & -self.size).bit_length() - 1):
            right = self._parts.pop()
            self._parts[-1] = _node(self._parts[-1], right)

    def root(self) -> bytes:
        """The Merkle tree hash of the leaves so far."""
        if not self._parts:
            return _EMPTY
        root = self._parts[-1]
        for part in reversed(self._parts[:-1]):
            root = _node(part, root)
        return root


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
