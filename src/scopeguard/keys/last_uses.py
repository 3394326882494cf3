"""When keys were last used: noted with each request, written at most once a minute, many at a time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from logging import getLogger
from threading import Lock
from typing import Final

from scopeguard.forking import in_each_child
from scopeguard.keys.records import StoredKey

MAX_NOTED: Final = 10_000
"""Keys whose uses wait to be written: more are written at once."""


class LastUses:
    """The uses that wait to be written, in one process."""

    __slots__ = ("__weakref__", "_every", "_lock", "_noted", "_written_at")

    def __init__(self, every: timedelta) -> None:
        self._every: Final = every
        self._begin()
        in_each_child(self._begin)

    def _begin(self) -> None:
        """Begin, in this process: what waits in another is written there."""
        self._noted: dict[str, datetime] = {}
        self._written_at: datetime | None = None
        self._lock = Lock()

    def note(self, key: StoredKey, now: datetime) -> bool:
        """Note that *key* was used; whether it is time to write what is noted."""
        last = key.last_used_at
        with self._lock:
            if key.id not in self._noted and (last is None or abs(now - last) >= self._every):
                self._noted[key.id] = now
            return bool(self._noted) and self.is_due(now)

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to write what is noted, if anything is."""
        since = self._written_at
        # A clock that was put back must not keep them for as long as it had been ahead.
        return since is None or abs(now - since) >= self._every or len(self._noted) >= MAX_NOTED

    def take(self, now: datetime | None) -> Mapping[str, datetime]:
        """What is noted, for the one who asks first."""
        with self._lock:
            taken, self._noted = self._noted, {}
            if now is not None:
                self._written_at = now
            return taken

    def put_back(self, uses: Mapping[str, datetime], error: Exception) -> None:
        """Keep what could not be written, as far as there is room, and say so: without the text of the error."""
        getLogger("scopeguard.keys").warning("last uses of keys were not written: %s", type(error).__name__)
        with self._lock:
            if len(self._noted) + len(uses) <= MAX_NOTED:
                self._noted = {**uses, **self._noted}
