"""Where keys are kept: what every store does, and one in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Protocol

from msgspec.structs import replace

from scopeguard.keys.records import CHANGED, StoredKey


class KeyStore(Protocol):
    """A store of keys. What goes wrong in it is raised: a key that cannot be looked up is not an unknown key."""

    def get(self, id: str) -> StoredKey | None:
        """The key *id*; None where there is none. As it is now: no store answers from memory of its own."""

    def add(self, key: StoredKey) -> bool:
        """Add *key*; False where its id is taken."""

    def update(self, key: StoredKey, successor: StoredKey | None = None) -> bool:
        """Write the state of *key* over the version before, and add *successor*: both, or neither.

        False where the key stored is of another version. The generation goes up in the same step.
        """

    def rehash(self, id: str, old: str, new: str) -> None:
        """Write *new* as the digest of the key *id* where it is still *old*."""

    def of_workspace(self, workspace: str) -> Sequence[StoredKey]:
        """The keys of *workspace*, the oldest first."""

    def touch(self, uses: Mapping[str, datetime]) -> None:
        """Write when keys were last used: *uses* has the times by id."""

    def generation(self) -> int:
        """A number that has gone up with every update. Only a cache asks for it."""


class AsyncKeyStore(Protocol):
    """As :class:`KeyStore`, to await."""

    async def get(self, id: str) -> StoredKey | None:
        """As ``KeyStore.get``."""

    async def add(self, key: StoredKey) -> bool:
        """As ``KeyStore.add``."""

    async def update(self, key: StoredKey, successor: StoredKey | None = None) -> bool:
        """As ``KeyStore.update``."""

    async def rehash(self, id: str, old: str, new: str) -> None:
        """As ``KeyStore.rehash``."""

    async def of_workspace(self, workspace: str) -> Sequence[StoredKey]:
        """As ``KeyStore.of_workspace``."""

    async def touch(self, uses: Mapping[str, datetime]) -> None:
        """As ``KeyStore.touch``."""

    async def generation(self) -> int:
        """As ``KeyStore.generation``."""


class MemoryStore:
    """Keys in the memory of one process, for tests and trials. Safe to share between threads."""

    def __init__(self) -> None:
        self._keys: dict[str, StoredKey] = {}
        self._generation = 0
        self._lock = Lock()

    def get(self, id: str) -> StoredKey | None:
        """As ``KeyStore.get``."""
        return self._keys.get(id)

    def add(self, key: StoredKey) -> bool:
        """As ``KeyStore.add``."""
        return self._keys.setdefault(key.id, key) is key

    def update(self, key: StoredKey, successor: StoredKey | None = None) -> bool:
        """As ``KeyStore.update``."""
        with self._lock:
            found = self._keys.get(key.id)
            if found is None or found.version != key.version - 1 or (successor and successor.id in self._keys):
                return False
            self._keys[key.id] = replace(found, **{name: getattr(key, name) for name in CHANGED})
            if successor is not None:
                self._keys[successor.id] = successor
            self._generation += 1
            return True

    def rehash(self, id: str, old: str, new: str) -> None:
        """As ``KeyStore.rehash``."""
        with self._lock:
            found = self._keys.get(id)
            if found is not None and found.digest == old:
                self._keys[id] = replace(found, digest=new)

    def of_workspace(self, workspace: str) -> Sequence[StoredKey]:
        """As ``KeyStore.of_workspace``."""
        found = [key for key in list(self._keys.values()) if key.workspace == workspace]
        return sorted(found, key=lambda key: (key.created_at, key.id))

    def touch(self, uses: Mapping[str, datetime]) -> None:
        """As ``KeyStore.touch``."""
        with self._lock:
            for key_id, used_at in uses.items():
                found = self._keys.get(key_id)
                if found is not None:
                    self._keys[key_id] = replace(found, last_used_at=used_at)

    def generation(self) -> int:
        """As ``KeyStore.generation``."""
        return self._generation
