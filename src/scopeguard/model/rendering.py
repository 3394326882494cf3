"""A denial for HTTP, without a framework: the members of RFC 9457, the challenge of RFC 6750, the headers to send.

How much a caller learns is one table, by level. A denial with the status 404 stays a plain 404 below ``full``: that
there is something to be denied is what it hides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol, TypeAlias

from scopeguard.errors import RequestError, quoted
from scopeguard.limits import MAX_ERROR_DESCRIPTION
from scopeguard.model.codes import BEARER, INSUFFICIENT_SCOPE, INVALID_TOKEN
from scopeguard.model.input_validation import identifier, utc_datetime
from scopeguard.model.input_validation import text as written

Disclosure: TypeAlias = Literal["none", "scopes", "full"]
"""How much is disclosed to a caller: ``none``, the status; ``scopes``, how to recover; ``full``, how it was decided."""


class _Text(Protocol):
    @property
    def text(self) -> str: ...


class Denial(Protocol):
    """What is read of a decision; disclosed fields are looked up by their names in ``to_dict()``."""

    @property
    def allowed(self) -> bool: ...  # noqa: D102  # as of a decision, and so on
    @property
    def code(self) -> str | None: ...  # noqa: D102
    @property
    def status(self) -> int: ...  # noqa: D102
    @property
    def title(self) -> str | None: ...  # noqa: D102
    @property
    def challenge(self) -> str | None: ...  # noqa: D102
    @property
    def needed(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def remedy(self) -> _Text | None: ...  # noqa: D102
    @property
    def retry_at(self) -> datetime | None: ...  # noqa: D102
    def to_dict(self) -> dict[str, Any]: ...  # noqa: D102


_SCOPES: Final = ("code", "category", "needed", "meter", "providers", "retry_at", "also", "remedy")
_FULL: Final = ("permission", "operation", "stage", "reason", "rules", "errors", "provided", "obligations")

_DISCLOSED_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "none": (),
    "scopes": _SCOPES,
    "full": (*_SCOPES, *_FULL, "policy_digest"),
})  # fmt: skip
"""The fields of a denial that are disclosed to a caller, by level. A field that is not named here never is."""

_CHALLENGES: Final = frozenset({BEARER, INVALID_TOKEN, INSUFFICIENT_SCOPE})

_UNDISCLOSED_CHALLENGE: Final[Mapping[str | None, str]] = MappingProxyType({BEARER: BEARER, INVALID_TOKEN: BEARER})
"""What a challenge becomes where nothing is disclosed: a 401 has to have one (RFC 9110 section 15.5.2)."""

_NOT_FOUND: Final = 404

_NOT_DESCRIBING: Final = r"[^\x20-\x21\x23-\x5b\x5d-\x7e]"
"""What an error_description may not hold (RFC 6750 section 3)."""

_SCOPE: Final = r"[\x21\x23-\x5b\x5d-\x7e]+"
"""One scope of a challenge (RFC 6749 section 3.3); always used with ``fullmatch``."""


def problem(
    decision: Denial, disclosure: Disclosure, *, type_base: str | None = None, instance: str | None = None
) -> dict[str, Any]:
    """The members of ``application/problem+json`` (RFC 9457): what ``Decision.to_problem`` answers."""
    disclosed = _disclosed(decision, disclosure)
    if decision.allowed:
        raise RequestError("an allowed decision is no problem")
    phrase = _phrase(decision.status)
    members: dict[str, Any] = {"type": "about:blank", "title": phrase, "status": decision.status}
    if type_base is not None and "code" in disclosed:
        members |= {"type": f"{written(type_base, 'type_base')}{decision.code}", "title": decision.title or phrase}
    if instance is not None:
        instance = written(instance, "instance")
    plain = decision.to_dict()
    rest = {"detail": _detail(decision, disclosed), "instance": instance, **{name: plain[name] for name in disclosed}}
    return members | {name: _without_gaps(value) for name, value in rest.items() if value not in (None, [])}


def challenge(decision: Denial, disclosure: Disclosure, *, realm: str | None = None) -> str | None:
    """The value of ``WWW-Authenticate`` (RFC 6750 section 3): what ``Decision.www_authenticate`` answers."""
    disclosed = _disclosed(decision, disclosure)
    parameters = {"realm": None if realm is None else _realm(realm)}
    kind = decision.challenge if disclosed else _UNDISCLOSED_CHALLENGE.get(decision.challenge)
    if decision.allowed or kind not in _CHALLENGES or (not disclosed and decision.status == _NOT_FOUND):
        return None
    if kind != BEARER:
        parameters |= {"error": kind, "error_description": _description(_detail(decision, disclosed))}
    if kind == INSUFFICIENT_SCOPE:
        parameters["scope"] = _scope(decision.needed)
    spelled = ", ".join(f"{name}={_quoted_string(value)}" for name, value in parameters.items() if value)
    return f"Bearer {spelled}".rstrip()


def headers(
    decision: Denial, disclosure: Disclosure, *, realm: str | None = None, now: datetime | None = None
) -> dict[str, str]:
    """The headers of the response to a denial: what ``Decision.headers`` answers."""
    found = challenge(decision, disclosure, realm=realm)
    asked, ready = utc_datetime(now, "now"), utc_datetime(decision.retry_at, "retry_at")
    if decision.allowed:
        return {}
    made = {} if found is None else {"WWW-Authenticate": found}
    if asked is not None and ready is not None and "retry_at" in _disclosed(decision, disclosure):
        # Rounded up, for whoever comes back a moment too early is refused again.
        made["Retry-After"] = str(max(0, -((asked - ready) // timedelta(seconds=1))))
    # A 404 may be stored without being asked to (RFC 9110 section 15.1), and what is denied to one is not to another.
    return made | {"Cache-Control": "no-store"}


def _disclosed(decision: Denial, disclosure: object) -> tuple[str, ...]:
    """The fields of this decision that are disclosed at a level."""
    names = _DISCLOSED_FIELDS.get(disclosure) if isinstance(disclosure, str) else None
    if names is None:
        raise RequestError(f"disclosure must be one of {', '.join(_DISCLOSED_FIELDS)}")
    return () if decision.status == _NOT_FOUND and disclosure != "full" else names


def _detail(decision: Denial, disclosed: tuple[str, ...]) -> str | None:
    # RFC 9457 section 3.1.4: a detail helps to correct the problem, rather than to debug it.
    return decision.remedy.text if decision.remedy is not None and "remedy" in disclosed else None


def _phrase(status: int) -> str:
    phrases = _phrases()
    # RFC 9110 section 15: a status that is not known means what the first of its class means.
    return phrases.get(status) or phrases.get(status // 100 * 100, "Unknown")


@lru_cache(maxsize=1)
def _phrases() -> dict[int, str]:
    # The enumeration takes long to make, and most decisions are never rendered.
    from http import HTTPStatus  # noqa: PLC0415  # see above

    return {each.value: each.phrase for each in HTTPStatus}


def _without_gaps(value: Any) -> Any:
    return {name: part for name, part in value.items() if part is not None} if isinstance(value, dict) else value


def _realm(value: object) -> str:
    text = identifier(value, "a realm")
    if not text.isascii():
        raise RequestError(f"a realm {quoted(text)} is not ASCII, as a header has to be")
    return text


def _description(text: str | None) -> str:
    one_line = " ".join((text or "").split()).replace('"', "'")
    spelled = re.sub(_NOT_DESCRIBING, "?", one_line)
    return spelled if len(spelled) <= MAX_ERROR_DESCRIPTION else f"{spelled[: MAX_ERROR_DESCRIPTION - 3]}..."


def _scope(needed: tuple[str, ...]) -> str | None:
    # All or none: a part of what is needed would be taken for the whole.
    return " ".join(needed) if all(re.fullmatch(_SCOPE, each) for each in needed) else None


def _quoted_string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
