"""Denials as whole HTTP responses: a status, headers, and a body of ``application/problem+json``."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from msgspec import Struct

from scopeguard import AccessDenied, Decision, Disclosure, Guard, Principal, RequestError
from scopeguard.http.given import require_at_once, require_guard

DisclosureFor: TypeAlias = Callable[[Principal], Disclosure]
"""How much a caller learns, by who it is."""

PROBLEM: Final = "application/problem+json"
_LEVELS: Final = frozenset({"none", "scopes", "full"})
_TRIAL: Final = Decision("deny", "trial:trial", "trial", "", "", status=403)
"""A denial that is rendered where answers are made, and never sent."""


class Answer(Struct, frozen=True):
    """A response: *headers*, read-only, name the type of *body*, and leave its length to the framework."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # Python neither pickles nor copies a read-only mapping by itself.
        return _answer, (self.status, dict(self.headers), self.body)


def disclosure_by_kind(principal: Principal) -> Disclosure:
    """``none`` where *principal* is a session, which belongs to a visitor of somebody else's page; ``scopes`` else."""
    return "none" if principal.kind == "session" else "scopes"


class Answers:
    """Makes the responses to denials of *guard*.

    *realm* is that of the challenge (RFC 6750 section 3), *type_base* is put before a code to make the ``type`` of a
    problem (RFC 9457 section 3.1.1), *disclosure* is a level for everybody or says the level by who asks. Raises
    RequestError for an unknown level, and for a realm that no header can have.
    """

    __slots__ = ("_disclosure", "_guard", "_realm", "_type_base", "not_found", "undecided")

    def __init__(
        self,
        guard: Guard,
        *,
        realm: str | None = None,
        type_base: str | None = None,
        disclosure: Disclosure | DisclosureFor = disclosure_by_kind,
    ) -> None:
        if not callable(disclosure) and disclosure not in _LEVELS:
            raise RequestError(f"disclosure must be one of {', '.join(sorted(_LEVELS))}, or a function of a principal")
        require_at_once(disclosure=disclosure)
        require_guard(guard)
        # Otherwise the first denial would be an error 500.
        _TRIAL.headers(realm=realm)
        _TRIAL.to_problem(type_base=type_base)
        self._guard: Final = guard
        self._realm: Final = realm
        self._type_base: Final = type_base
        self._disclosure: Final = disclosure
        self.not_found: Final = _plain(HTTPStatus.NOT_FOUND)
        """The answer for what is not there, and for what the caller may not know of: the same bytes for both."""
        self.undecided: Final = _plain(HTTPStatus.INTERNAL_SERVER_ERROR)
        """The answer in the place of one that no decision allowed."""

    def denied(self, denied: AccessDenied, principal: Principal | None = None) -> Answer:
        """The response to a denial; *principal* is who asked, where *denied* does not say it.

        Whoever is unknown learns the status alone. A denial of the status 404 is :attr:`not_found` at every level.
        """
        decision = denied.decision
        if decision.status == HTTPStatus.NOT_FOUND:
            return self.not_found
        asked = denied.asked
        level = self._level(principal if asked is None else asked.principal)
        now = None if asked is None else asked.context.now
        written = self._guard.outside(decision)
        sent = written.headers(disclosure=level, realm=self._realm, now=now or datetime.now(UTC))
        problem = written.to_problem(disclosure=level, type_base=self._type_base)
        return _answer(decision.status, {"Content-Type": PROBLEM, **sent}, _body(problem))

    def _level(self, principal: Principal | None) -> Disclosure:
        if not callable(self._disclosure):
            return self._disclosure
        return "none" if principal is None else self._disclosure(principal)


def _plain(status: HTTPStatus) -> Answer:
    problem = {"type": "about:blank", "title": status.phrase, "status": status.value}
    return _answer(status.value, {"Content-Type": PROBLEM, "Cache-Control": "no-store"}, _body(problem))


def _answer(status: int, headers: dict[str, str], body: bytes) -> Answer:
    return Answer(status, MappingProxyType(headers), body)


def _body(problem: Mapping[str, Any]) -> bytes:
    return json.dumps(problem, ensure_ascii=False, separators=(",", ":")).encode()
