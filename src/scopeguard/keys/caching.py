"""Keys kept for a moment beside the store, for services that look up very many.

What is kept is found by the digest of the whole key, counts for one generation of the store only, and is sealed under
the pepper: who writes into the cache makes no key. A change of a key raises the generation in the same transaction, and
each process asks for the generation at least every *bound*; so a revocation is in force everywhere by then.
"""

from collections.abc import Callable, Generator
from datetime import timedelta
from hmac import compare_digest, digest
from logging import getLogger
from time import monotonic
from typing import Any, Final, Protocol

import msgspec
from msgspec.structs import replace

from scopeguard.keys.hashing import Candidate, Peppers
from scopeguard.keys.records import StoredKey
from scopeguard.keys.stores import AsyncKeyStore, KeyStore

_SEAL: Final = 32


class KeyCache(Protocol):
    """A place for bytes that may be gone at any time, such as Redis. What fails in it counts as nothing found."""

    def get(self, name: str) -> bytes | None:
        """What was put under *name*."""

    def put(self, name: str, value: bytes) -> None:
        """Keep *value* under *name* for a while."""

    def announce(self) -> None:
        """Tell all processes that keys changed: they would find out by themselves a little later."""


class AsyncKeyCache(Protocol):
    """As :class:`KeyCache`, to await."""

    async def get(self, name: str) -> bytes | None:
        """As ``KeyCache.get``."""

    async def put(self, name: str, value: bytes) -> None:
        """As ``KeyCache.put``."""

    async def announce(self) -> None:
        """As ``KeyCache.announce``."""


class CachedRecords:
    """What one process knows of the generation, and how records are sealed."""

    __slots__ = ("_bound", "_cache", "_generation", "_known_at", "_peppers")

    def __init__(self, cache: KeyCache | AsyncKeyCache, peppers: Peppers, bound: timedelta) -> None:
        self._cache: Final = cache
        self._peppers: Final = peppers
        self._bound: Final = bound.total_seconds()
        self._generation = 0
        self._known_at: float | None = None

    def refresh(self) -> None:
        """Ask for the generation before the next key is looked up."""
        self._known_at = None

    def read(
        self, candidate: Candidate, store: KeyStore | AsyncKeyStore
    ) -> Generator[tuple[Any, ...], Any, StoredKey | None]:
        """The record of a key: what is kept of it under the generation in force, else what the store has."""
        asked_at, known_at = monotonic(), self._known_at
        if known_at is None or asked_at - known_at > self._bound:
            generation = yield (store.generation,)
            # A record read from now on is at least as new as this generation.
            self._generation, self._known_at = generation, asked_at
        generation = self._generation
        sealed = yield from self._asked(self._cache.get, self._name(candidate))
        found = None if sealed is None else self._opened(candidate, generation, sealed)
        if found is None:
            found = yield (store.get, candidate.id)
            if found is not None and self._peppers.is_same(candidate, found.digest):
                record = msgspec.json.encode(replace(found, digest=""))
                value = self._seal(candidate, generation, record) + record
                yield from self._asked(self._cache.put, self._name(candidate), value)
        return found

    def announce(self) -> Generator[tuple[Any, ...], Any, None]:
        """Tell that keys changed."""
        self.refresh()
        yield from self._asked(self._cache.announce)

    def _opened(self, candidate: Candidate, generation: int, value: bytes) -> StoredKey | None:
        seal, record = value[:_SEAL], value[_SEAL:]
        if not compare_digest(seal, self._seal(candidate, generation, record)):
            return None
        try:
            found = msgspec.json.decode(record, type=StoredKey)
        except msgspec.DecodeError:
            # Of another release, whose records have other fields.
            return None
        return replace(found, digest=candidate.first)

    def _seal(self, candidate: Candidate, generation: int, record: bytes) -> bytes:
        text = b"%b\0%d\0%b" % (candidate.first.encode(), generation, record)
        return digest(self._peppers.sealing, text, "sha256")

    def _name(self, candidate: Candidate) -> str:
        return candidate.first.rpartition(":")[2]

    def _asked(self, function: Callable[..., Any], *arguments: object) -> Generator[tuple[Any, ...], Any, Any]:
        try:
            return (yield (function, *arguments))
        except Exception as error:  # noqa: BLE001  # the store has what the cache has not
            getLogger("scopeguard.keys").warning("the cache of keys failed: %s", type(error).__name__)
            return None
