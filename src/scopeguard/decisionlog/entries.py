"""What is written of a decision: one flat object, named as conditions name things."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from scopeguard import AccessRequest, Decision

VERSION: Final = 1
MAX_LINE: Final = 16_384
"""Bytes of a line; of a longer one, the longest values are left out and named."""
REDACTED: Final = "[redacted]"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_LEFT_OUT: Final = frozenset({"v", "id", "at", "effect", "code", "permission", "policy", "principal.id"})


def entry(
    number: str,
    at: int,
    decision: Decision,
    asked: AccessRequest,
    read: Mapping[str, Any],
    redact: Collection[str],
) -> dict[str, Any]:
    """The object for a decision. What is absent or empty is left out; *redact* names what is never written.

    *at* is in nanoseconds since 1970; *read* are the values that the rules read.
    """
    principal, resource, context = asked.principal, asked.resource, asked.context
    found: dict[str, Any] = {
        "v": VERSION,
        "id": number,
        "at": instant(at),
        "effect": decision.effect,
        "code": decision.code,
        "permission": decision.permission,
        "operation": decision.operation,
        "rules": decision.rules,
        "also": decision.also,
        "errors": decision.errors,
        "obligations": [each.kind for each in decision.obligations],
        # Of a key that is handed out, what it holds; of a denial it would be what the principal holds already.
        "provided": decision.provided if decision.allowed else (),
        "policy": decision.policy_digest,
        "principal.kind": principal.kind,
        "principal.id": principal.id,
        "principal.workspace": principal.workspace,
        "principal.scopes": sorted(principal.scopes),
        "principal.roles": sorted(principal.roles),
        "principal.ceiling": None if principal.ceiling is None else sorted(principal.ceiling),
        "resource.id": None if resource is None else resource.id,
        "resource.workspace": None if resource is None else resource.workspace,
        "context.channel": context.channel,
        "context.environment": context.environment,
        **read,
    }
    if principal.is_unrecognized:
        found["principal.unrecognized"] = True
    for name, value in found.items():
        if value is not None and redact and _is_below(name, redact):
            found[name] = REDACTED
    # An empty ceiling says something, and so may any value that was read.
    return {
        name: value
        for name, value in found.items()
        if value is not None and (name in read or name == "principal.ceiling" or value not in ([], ()))
    }


def _is_below(name: str, redact: Collection[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") or each.startswith(f"{name}.") for each in redact)


def instant(at: int) -> datetime:
    """A time in nanoseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at // 1000)


def encoded(values: dict[str, Any]) -> tuple[bytes, bool]:
    """An object as a line of JSON, and whether nothing had to be left out of it."""
    line = _JSON.encode(values)
    if len(line) <= MAX_LINE:
        return line, True
    sizes = {name: len(_JSON.encode(value)) for name, value in values.items() if name not in _NEVER_LEFT_OUT}
    left_out: list[str] = []
    kept = dict(values)
    for name in sorted(sizes, key=lambda name: -sizes[name]):
        left_out.append(name)
        del kept[name]
        line = _JSON.encode({**kept, "left_out": sorted(left_out)})
        if len(line) <= MAX_LINE:
            break
    return line, False


def _plain(value: Any) -> Any:
    """What msgspec does not know by itself: read-only mappings, numbers of our own, and anything else by its text."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, int):
        return int(value)
    return str(value)


_JSON: Final = msgspec.json.Encoder(enc_hook=_plain)
