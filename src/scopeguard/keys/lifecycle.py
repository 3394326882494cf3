"""What happens to keys, without waiting for anything: each step yields what it needs of the store, and is sent it.

So one account of the rules serves threads and tasks alike. No frame holds a key while it waits: what a store raises
has the frames of its callers with it, and reporters of errors show what is in them.
"""

from collections.abc import Callable, Generator, Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from msgspec.structs import replace

from scopeguard import (
    AccessDenied,
    AccessRequest,
    Context,
    Decision,
    Guard,
    Principal,
    RequestError,
    Resource,
    ScopeguardError,
)
from scopeguard.keys.caching import CachedRecords
from scopeguard.keys.hashing import Candidate, Peppers
from scopeguard.keys.key_format import generate_key, is_key_id, key_marker, match_key
from scopeguard.keys.last_uses import LastUses
from scopeguard.keys.records import Issued, StoredKey, aware, span
from scopeguard.keys.stores import AsyncKeyStore, KeyStore

T = TypeVar("T")
Steps: TypeAlias = Generator[tuple[Any, ...], Any, T]
"""Yields functions of a store with their arguments, and is sent what each of them gives."""

Scopes: TypeAlias = str | Iterable[str]
Ceiling: TypeAlias = Callable[[StoredKey], Scopes]

ROTATE: Final = "api_keys:rotate"
REVOKE: Final = "api_keys:revoke"
CREATE: Final = "api_keys:create"
_SURFACE: Final = "api_keys"
MAX_NAME: Final = 200
"""The name that people give a key, in characters."""
_TRIES: Final = 8
"""How often a change is tried that others get in the way of."""


class Details(NamedTuple):
    """What is said of a new key, beside what it may do."""

    name: str | None
    expires_at: datetime | None
    not_before: datetime | None
    ip_allow: Iterable[str] | None


class KeyRotatedError(ScopeguardError):
    """A key that was rotated before, to the key *successor*. *code* and *status* are for the answer to a caller."""

    code: Final = "key_rotated_already"
    status: Final = 409

    def __init__(self, successor: str) -> None:
        self.successor = successor
        super().__init__("the key was rotated already; rotate the key that took its place")


class KeyChangedError(ScopeguardError):
    """A key that others changed each time that a change was tried: try again."""


class UnknownKeyError(ScopeguardError):
    """There is no key of this id, said to somebody who may manage the keys of every workspace."""


class Lifecycle:
    """The rules of one service about its keys."""

    __slots__ = ("_cached", "_environment", "_marker", "_peppers", "_prefix", "_store", "uses")

    def __init__(
        self,
        store: KeyStore | AsyncKeyStore,
        prefix: str,
        peppers: Peppers,
        environment: str | None,
        cached: CachedRecords | None,
        uses: LastUses,
    ) -> None:
        self._store: Final = store
        self._prefix: Final = prefix
        self._marker: Final = key_marker(prefix)
        self._peppers: Final = peppers
        self._environment: Final = environment
        self._cached: Final = cached
        self.uses: Final = uses

    def __repr__(self) -> str:
        return f"Lifecycle({self._prefix!r})"

    def candidate(self, text: str) -> Candidate | None:
        """What somebody sent, where it has the form of our keys. Nothing is looked up before that is known."""
        if not isinstance(text, str):
            raise RequestError(f"a key must be a str, not {type(text).__name__}")
        parsed = match_key(text, self._marker)
        if parsed is None or parsed[1] != self._environment:
            return None
        return self._peppers.candidate(parsed[2], text)

    def recognized(self, candidate: Candidate | None, now: datetime) -> Steps[StoredKey | None]:
        """The key that was sent, in whichever state; None where it is nobody's."""
        aware(now, "now")
        if candidate is None:
            return None
        if self._cached is None:
            found = yield (self._store.get, candidate.id)
        else:
            found = yield from self._cached.read(candidate, self._store)
        if not self.is_same(candidate, found):
            return None
        if self.is_to_write(found, now):
            found = yield from self.written(candidate, found, now)
        return found  # type: ignore[no-any-return]  # a StoredKey, as a store gives

    def is_same(self, candidate: Candidate, found: StoredKey | None) -> bool:
        """Whether what the store has is the very key that was sent."""
        return self._peppers.is_same(candidate, None if found is None else found.digest)

    def is_to_write(self, found: StoredKey, now: datetime) -> bool:
        """Note that a key was used; whether that, or its digest, is to be written now."""
        return (found.is_in_force(now) and self.uses.note(found, now)) or not self._peppers.is_current(found.digest)

    def written(self, candidate: Candidate, found: StoredKey, now: datetime) -> Steps[StoredKey]:
        """A key that was recognised, once its digest is under the first pepper and the uses are written."""
        if not self._peppers.is_current(found.digest):
            yield (self._store.rehash, found.id, found.digest, candidate.first)
            found = replace(found, digest=candidate.first)
        if self.uses.is_due(now):
            yield from self.written_uses(now)
        return found

    def written_uses(self, now: datetime | None = None) -> Steps[None]:
        """Write the uses that were noted. A store that cannot now gets them the next time."""
        taken = self.uses.take(now)
        if taken:
            try:
                yield (self._store.touch, taken)
            except Exception as error:  # noqa: BLE001  # no request fails because a last use was not written
                self.uses.put_back(taken, error)

    def issued(
        self,
        guard: Guard,
        actor: Principal,
        scopes: Scopes,
        context: Context,
        details: Details,
    ) -> Steps[Issued]:
        """A new key, where *actor* may make it. Raises AccessDenied."""
        decision = guard.mint(actor, scopes, context)
        _require(decision, actor, CREATE, None, context)
        now = _now(context)
        if actor.workspace is None:
            raise RequestError("a key belongs to a workspace, and the actor has none")
        if details.expires_at is not None and aware(details.expires_at, "expires_at") <= now:
            raise RequestError("expires_at is past")
        if (
            details.not_before is not None
            and details.expires_at is not None
            and (aware(details.not_before, "not_before") >= details.expires_at)
        ):
            raise RequestError("not_before must be before expires_at")
        # What no principal could be made of is refused now, and not with the first request.
        likeness = Principal.api_key(
            "new", workspace=actor.workspace, scopes=decision.provided, ip_allow=details.ip_allow,
            expires_at=details.expires_at, not_before=details.not_before,
        ).attributes  # fmt: skip
        blank = StoredKey(
            id="", digest="", workspace=actor.workspace, scopes=" ".join(decision.provided), created_at=now,
            owner=actor.id, name=_label(details.name), environment=self._environment,
            expires_at=likeness.get("expires_at"), not_before=likeness.get("not_before"),
            ip_allow=likeness.get("ip_allow"),
        )  # fmt: skip
        for _ in range(_TRIES):
            made = self._made(blank)
            if (yield (self._store.add, made.key)):
                return made
        raise KeyChangedError("the ids of new keys are taken, again and again")

    def rotated(
        self, guard: Guard, actor: Principal, id: str, context: Context, overlap: Any, expires_at: datetime | None
    ) -> Steps[Issued]:
        """A new key in the place of another, which goes on for *overlap*. Raises AccessDenied and KeyRotatedError."""
        span(overlap, "overlap")
        if expires_at is not None and aware(expires_at, "expires_at") <= _now(context):
            raise RequestError("expires_at is past")
        for _ in range(_TRIES):
            found = yield from self._found(id)
            about = _missing(actor, id) if found is None else found.principal()
            decision = guard.rotate(actor, about, context)
            _require(decision, actor, ROTATE, id, context)
            now = _now(context)
            if found is None:
                raise UnknownKeyError("there is no such key")
            if found.rotated_to is not None:
                raise KeyRotatedError(found.rotated_to)
            blank = replace(
                found, created_at=now, owner=actor.id, rotated_from=found.id, last_used_at=None, version=1,
                expires_at=found.expires_at if expires_at is None else expires_at,
            )  # fmt: skip
            made = self._made(blank)
            try:
                end = now + overlap
            except OverflowError:
                raise RequestError("overlap must end before the year 10000") from None
            old = _next(
                found,
                rotated_to=made.key.id,
                expires_at=end if found.expires_at is None else min(end, found.expires_at),
            )
            if (yield (self._store.update, old, made.key)):
                yield from self._announced()
                return made
        raise KeyChangedError("the key is being changed by others; try again")

    def revoked(self, guard: Guard, actor: Principal, id: str, context: Context) -> Steps[None]:
        """Revoke a key, and whatever of its predecessors is not over. Raises AccessDenied."""
        found = yield from self._found(id)
        workspace = _elsewhere(actor) if found is None else found.workspace
        decision = guard.check(actor, REVOKE, Resource(_SURFACE, id, workspace), context)
        _require(decision, actor, REVOKE, id, context)
        if found is None:
            raise UnknownKeyError("there is no such key")
        now = _now(context)
        yield from self._marked(id, "revoked_at", now)
        seen = {id}
        while found is not None and (before := found.rotated_from) is not None and before not in seen:
            seen.add(before)
            # Each has an overlap of its own: one that is over says nothing of those before it.
            found = yield (self._store.get, before)
            if found is not None and not found.is_over(now):
                yield from self._marked(before, "revoked_at", now)
        yield from self._announced()

    def leaked(self, candidate: Candidate | None, now: datetime) -> Steps[StoredKey | None]:
        """Mark a key as leaked; None where it is nobody's."""
        aware(now, "now")
        found = None if candidate is None else (yield (self._store.get, candidate.id))
        if candidate is None or not self._peppers.is_same(candidate, None if found is None else found.digest):
            return None
        marked = yield from self._marked(candidate.id, "leaked_at", now)
        yield from self._announced()
        return marked

    def _found(self, id: str) -> Steps[StoredKey | None]:
        """The key of an id, where it is one of this environment. What is no id of a key reaches no store."""
        if not isinstance(id, str):
            raise RequestError(f"the id of a key must be a str, not {type(id).__name__}")
        found = (yield (self._store.get, id)) if is_key_id(id) else None
        return None if found is None or found.environment != self._environment else found

    def _marked(self, id: str, field: str, now: datetime) -> Steps[StoredKey | None]:
        """The key once *field* says when; one that says so already stays as it is."""
        for _ in range(_TRIES):
            found = yield (self._store.get, id)
            if found is None or getattr(found, field) is not None:
                return found  # type: ignore[no-any-return]  # as above
            changed = _next(found, **{field: now})
            if (yield (self._store.update, changed)):
                return changed
        raise KeyChangedError("the key is being changed by others; try again")

    def _announced(self) -> Steps[None]:
        if self._cached is not None:
            yield from self._cached.announce()

    def _made(self, blank: StoredKey) -> Issued:
        key_id, text = generate_key(self._prefix, self._environment)
        candidate = self.candidate(text)
        if candidate is None:
            raise ScopeguardError("a new key has not the form of keys")
        return Issued(replace(blank, id=key_id, digest=candidate.first), text)


def _next(key: StoredKey, **changes: Any) -> StoredKey:
    return replace(key, version=key.version + 1, **changes)


def _label(name: object) -> str | None:
    if name is not None and not (isinstance(name, str) and len(name) <= MAX_NAME and name.isprintable()):
        raise RequestError(f"the name of a key must be a printable str of at most {MAX_NAME} characters")
    return name


def _now(context: Context) -> datetime:
    if context.now is None:
        raise RequestError("what happens to a key has a time: give the context now")
    return context.now


def _require(decision: Decision, actor: Principal, action: str, id: str | None, context: Context) -> None:
    if not decision:
        # A key of another workspace and one that is not there are denied alike, in what was asked too.
        about = None if id is None else Resource(_SURFACE, id)
        raise AccessDenied(decision, AccessRequest(actor, action, about, context))


def _missing(actor: Principal, id: str) -> Principal:
    """A key that is not there, to be answered as one of another workspace."""
    return Principal.api_key(id, workspace=_elsewhere(actor))


def _elsewhere(actor: Principal) -> str:
    return f"not {actor.workspace}"
