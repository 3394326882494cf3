"""What is stored of a key, and what its maker is shown once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NoReturn

from msgspec import Struct

from scopeguard import Principal, RequestError


class StoredKey(Struct, frozen=True, gc=False, kw_only=True):
    """A key as it is in a store. What stands for the key itself, *digest*, is not in the repr.

    *scopes* is the canonical list, separated by spaces; *owner* the id of who issued it. A key that was rotated has
    *rotated_to*, and the key that took its place has *rotated_from*. *version* counts the changes of its state.
    """

    id: str
    workspace: str
    scopes: str
    digest: str
    created_at: datetime
    owner: str | None = None
    name: str | None = None
    environment: str | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    leaked_at: datetime | None = None
    ip_allow: tuple[str, ...] | None = None
    rotated_to: str | None = None
    rotated_from: str | None = None
    last_used_at: datetime | None = None
    version: int = 1

    def __repr__(self) -> str:
        return f"StoredKey({self.id!r} of {self.workspace!r}, {self.scopes!r}, version {self.version})"

    def is_in_force(self, now: datetime) -> bool:
        """Whether it is neither revoked nor leaked, and *now* is within its time."""
        begun = self.not_before is None or self.not_before <= now
        return begun and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Whether it is revoked, leaked or past its end at *now*: it will not be in force again."""
        ended = self.expires_at is not None and self.expires_at <= now
        return ended or self.revoked_at is not None or self.leaked_at is not None

    def principal(self, ceiling: str | Iterable[str] | None = None) -> Principal:
        """Who asks with it, with the state that it is in; within *ceiling*, where that is given."""
        return Principal.api_key(
            self.id,
            workspace=self.workspace,
            scopes=self.scopes,
            ceiling=ceiling,
            not_before=self.not_before,
            expires_at=self.expires_at,
            revoked=self.revoked_at is not None,
            leaked=self.leaked_at is not None,
            ip_allow=self.ip_allow,
        )


FIELDS: Final[tuple[str, ...]] = StoredKey.__struct_fields__
"""What a store keeps of each key."""

CHANGED: Final = ("expires_at", "revoked_at", "leaked_at", "rotated_to", "version")
"""What of a key ever changes, but for its digest and its last use."""


class Issued:
    """A new key. *secret* is the whole text to give to whoever asked for it, once: nothing that is stored tells it.

    The repr leaves it out, and a new key is neither pickled nor turned into JSON by accident (TypeError).
    """

    __slots__ = ("_secret", "key")

    def __init__(self, key: StoredKey, secret: str) -> None:
        self.key: Final = key
        self._secret: Final = secret

    @property
    def secret(self) -> str:
        """The key itself."""
        return self._secret

    @property
    def id(self) -> str:
        """The id of the key."""
        return self.key.id

    def __repr__(self) -> str:
        return f"Issued({self.key!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a new key is shown to whoever asked for it, and stays in its process")


def aware(moment: object, what: str) -> datetime:
    """*moment*, where it is a time with an offset. Raises RequestError."""
    if not isinstance(moment, datetime):
        raise RequestError(f"{what} must be a datetime, not {type(moment).__name__}")
    if moment.utcoffset() is None:
        raise RequestError(f"{what} must have an offset, as datetime.now(UTC) has")
    return moment


def span(duration: object, what: str) -> timedelta:
    """*duration*, where it is a time that passes. Raises RequestError."""
    if not isinstance(duration, timedelta) or duration < timedelta(0):
        raise RequestError(f"{what} must be a timedelta that is not negative")
    return duration
