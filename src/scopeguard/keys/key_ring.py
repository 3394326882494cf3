"""``Keys`` and ``AsyncKeys``: what a host holds."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import Any, Final, NoReturn, TypeVar, cast

from scopeguard import Context, Guard, Principal, RequestError
from scopeguard.keys.caching import AsyncKeyCache, CachedRecords, KeyCache
from scopeguard.keys.hashing import Candidate, Peppers
from scopeguard.keys.key_format import check_environment, key_marker
from scopeguard.keys.last_uses import LastUses
from scopeguard.keys.lifecycle import Ceiling, Details, Lifecycle, Scopes, Steps
from scopeguard.keys.records import Issued, StoredKey, aware, span
from scopeguard.keys.stores import AsyncKeyStore, KeyStore

T = TypeVar("T")


class _Keys:
    """What both have in common. The repr says nothing of peppers, and neither is pickled."""

    __slots__ = ("_cached", "_lifecycle")

    def __init__(
        self,
        store: KeyStore | AsyncKeyStore,
        *,
        prefix: str,
        pepper: Sequence[bytes],
        environment: str | None,
        cache: KeyCache | AsyncKeyCache | None,
        cache_bound: timedelta,
        last_used_every: timedelta,
    ) -> None:
        key_marker(prefix)
        if environment is not None:
            check_environment(environment)
        if not timedelta(0) < span(cache_bound, "cache_bound") <= timedelta(minutes=1):
            raise RequestError("cache_bound must be more than nothing and at most a minute")
        span(last_used_every, "last_used_every")
        peppers = Peppers(pepper)
        self._cached: Final = None if cache is None else CachedRecords(cache, peppers, cache_bound)
        self._lifecycle: Final = Lifecycle(store, prefix, peppers, environment, self._cached, LastUses(last_used_every))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._lifecycle!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys stay in their process, with their peppers: make them in each")

    def refresh(self) -> None:
        """With a cache: look at the store before the next answer, as after an announcement that keys changed."""
        if self._cached is not None:
            self._cached.refresh()


class Keys(_Keys):
    """The keys of a service: issued, rotated and revoked where the guard says so, and recognised in requests.

    *prefix* and *environment* begin every key; a key of another environment is nobody's. *pepper* is a list of secrets
    of the service, of at least 16 bytes each and not in the store: new digests are made with the first one, and a key
    under another is stored anew when it is used. With a *cache* a revocation is in force after *cache_bound* at the
    latest; without one, at once. Safe to share between threads. Raises RequestError.
    """

    __slots__ = ("_store",)

    def __init__(
        self,
        store: KeyStore,
        *,
        prefix: str,
        pepper: Sequence[bytes],
        environment: str | None = None,
        cache: KeyCache | None = None,
        cache_bound: timedelta = timedelta(milliseconds=500),
        last_used_every: timedelta = timedelta(minutes=1),
    ) -> None:
        super().__init__(
            store,
            prefix=prefix,
            pepper=pepper,
            environment=environment,
            cache=cache,
            cache_bound=cache_bound,
            last_used_every=last_used_every,
        )
        self._store: Final = store

    def issue(
        self,
        guard: Guard,
        actor: Principal,
        scopes: Scopes,
        context: Context,
        *,
        name: str | None = None,
        expires_at: datetime | None = None,
        not_before: datetime | None = None,
        ip_allow: Iterable[str] | None = None,
    ) -> Issued:
        """A new key of the actor's workspace, where ``guard.mint`` lets *actor* hand out *scopes*.

        *name* is for people; *not_before* and *expires_at* are aware times, *ip_allow* addresses and networks. Raises
        AccessDenied, and RequestError where *context* has no time.
        """
        details = Details(name, expires_at, not_before, ip_allow)
        return _run(self._lifecycle.issued(guard, actor, scopes, context, details))

    def rotate(
        self,
        guard: Guard,
        actor: Principal,
        key_id: str,
        context: Context,
        *,
        overlap: timedelta,
        expires_at: datetime | None = None,
    ) -> Issued:
        """A key with the scopes of *key_id*, where *guard* lets *actor* rotate it; that one ends after *overlap*.

        The new one ends when the old one would have, or at *expires_at*. *context* has the time. Raises AccessDenied,
        for a key that is not there as for one of another workspace, and KeyRotatedError for one that was rotated
        before.
        """
        return _run(self._lifecycle.rotated(guard, actor, key_id, context, overlap, expires_at))

    def revoke(self, guard: Guard, actor: Principal, key_id: str, context: Context) -> None:
        """End *key_id* now, where *guard* lets *actor* do ``api_keys:revoke`` on it in *context*.

        Every predecessor that is not over yet ends with it.
        One that is revoked already stays so. Raises AccessDenied as :meth:`rotate` does.
        """
        _run(self._lifecycle.revoked(guard, actor, key_id, context))

    def report_leak(self, text: str, *, now: datetime) -> StoredKey | None:
        """Mark the key *text* that was found, at the aware time *now*, where it must not be; None where it is nobody's.

        No guard is asked: who holds the whole key could use it, and so may end it. It answers ``credential_leaked``
        from then on; the record given says whom to tell.
        """
        candidate = self._lifecycle.candidate(text)
        del text  # no frame that waits for the store holds the key
        return _run(self._lifecycle.leaked(candidate, now))

    def verify(self, text: str, *, now: datetime) -> StoredKey | None:
        """The key that *text* is, where it is in force at *now*; None for every other text."""
        candidate = self._lifecycle.candidate(text)
        del text  # as above
        found = self._recognized(candidate, now)
        return found if found is not None and found.is_in_force(now) else None

    def principal(self, text: str | None, *, now: datetime, ceiling: Ceiling | None = None) -> Principal:
        """Who asks with *text* at the aware time *now*: nobody in particular for None, unrecognized for nobody's key.

        A key that is revoked, leaked or out of its time is a principal too, so that the policies say what is wrong with
        it. *ceiling* gives what its owner may do now, such as ``guard.ceiling(roles)``; an empty list for nothing.
        """
        if text is None:
            return Principal.anonymous()
        candidate = self._lifecycle.candidate(text)
        del text  # as above
        return _principal(self._recognized(candidate, now), ceiling)

    def _recognized(self, candidate: Candidate | None, now: datetime) -> StoredKey | None:
        """As the lifecycle says; in the common case without its steps, which take as long as the rest."""
        rules = self._lifecycle
        if candidate is None or self._cached is not None:
            return _run(rules.recognized(candidate, now))
        aware(now, "now")
        found = self._store.get(candidate.id)
        if not rules.is_same(candidate, found) or found is None:
            return None
        return _run(rules.written(candidate, found, now)) if rules.is_to_write(found, now) else found

    def write_uses(self) -> None:
        """Write the last uses that wait, as before a process ends."""
        _run(self._lifecycle.written_uses())


class AsyncKeys(_Keys):
    """As :class:`Keys`, for a store and a cache to await; a store that gives its answers at once serves too."""

    __slots__ = ()

    def __init__(
        self,
        store: AsyncKeyStore | KeyStore,
        *,
        prefix: str,
        pepper: Sequence[bytes],
        environment: str | None = None,
        cache: AsyncKeyCache | None = None,
        cache_bound: timedelta = timedelta(milliseconds=500),
        last_used_every: timedelta = timedelta(minutes=1),
    ) -> None:
        super().__init__(
            store,
            prefix=prefix,
            pepper=pepper,
            environment=environment,
            cache=cache,
            cache_bound=cache_bound,
            last_used_every=last_used_every,
        )

    async def issue(
        self,
        guard: Guard,
        actor: Principal,
        scopes: Scopes,
        context: Context,
        *,
        name: str | None = None,
        expires_at: datetime | None = None,
        not_before: datetime | None = None,
        ip_allow: Iterable[str] | None = None,
    ) -> Issued:
        """As ``Keys.issue``."""
        details = Details(name, expires_at, not_before, ip_allow)
        return await _await(self._lifecycle.issued(guard, actor, scopes, context, details))

    async def rotate(
        self,
        guard: Guard,
        actor: Principal,
        key_id: str,
        context: Context,
        *,
        overlap: timedelta,
        expires_at: datetime | None = None,
    ) -> Issued:
        """As ``Keys.rotate``."""
        return await _await(self._lifecycle.rotated(guard, actor, key_id, context, overlap, expires_at))

    async def revoke(self, guard: Guard, actor: Principal, key_id: str, context: Context) -> None:
        """As ``Keys.revoke``."""
        await _await(self._lifecycle.revoked(guard, actor, key_id, context))

    async def report_leak(self, text: str, *, now: datetime) -> StoredKey | None:
        """As ``Keys.report_leak``."""
        candidate = self._lifecycle.candidate(text)
        del text  # as in Keys
        return await _await(self._lifecycle.leaked(candidate, now))

    async def verify(self, text: str, *, now: datetime) -> StoredKey | None:
        """As ``Keys.verify``."""
        candidate = self._lifecycle.candidate(text)
        del text  # as in Keys
        found = await _await(self._lifecycle.recognized(candidate, now))
        return found if found is not None and found.is_in_force(now) else None

    async def principal(
        self,
        text: str | None,
        *,
        now: datetime,
        ceiling: Ceiling | Callable[[StoredKey], Awaitable[Scopes]] | None = None,
    ) -> Principal:
        """As ``Keys.principal``; *ceiling* may be a coroutine function."""
        if text is None:
            return Principal.anonymous()
        candidate = self._lifecycle.candidate(text)
        del text  # as in Keys
        found = await _await(self._lifecycle.recognized(candidate, now))
        if found is None or ceiling is None:
            return _principal(found, None)
        limit = ceiling(found)
        allowed = await limit if isawaitable(limit) else limit
        return _principal(found, lambda _: allowed)

    async def write_uses(self) -> None:
        """As ``Keys.write_uses``."""
        await _await(self._lifecycle.written_uses())


def _principal(found: StoredKey | None, ceiling: Ceiling | None) -> Principal:
    if found is None:
        return Principal.unrecognized()
    if ceiling is None:
        return found.principal()
    limit: Any = ceiling(found)
    if limit is None:
        # None would be no ceiling at all.
        raise RequestError("the ceiling of a key must be scopes: an empty list where its owner may do nothing")
    return found.principal(limit)


def _run(steps: Steps[T]) -> T:
    """Take each step, asking the store when it says so."""
    try:
        function, *arguments = next(steps)
        while True:
            try:
                answer: Any = function(*arguments)
            except Exception as error:  # noqa: BLE001  # the step says what becomes of it
                function, *arguments = steps.throw(error)
            else:
                function, *arguments = steps.send(answer)
    except StopIteration as stop:
        return cast("T", stop.value)


async def _await(steps: Steps[T]) -> T:
    """As :func:`_run`, awaiting the store."""
    try:
        function, *arguments = next(steps)
        while True:
            try:
                answer: Any = function(*arguments)
                if isawaitable(answer):
                    answer = await answer
            except Exception as error:  # noqa: BLE001  # as above
                function, *arguments = steps.throw(error)
            else:
                function, *arguments = steps.send(answer)
    except StopIteration as stop:
        return cast("T", stop.value)
