"""The frozen answer."""

from __future__ import annotations

from datetime import datetime
from sys import intern
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict, force_setattr

from scopeguard.model.rendering import Disclosure, challenge, headers, problem

Effect: TypeAlias = Literal["allow", "deny"]


class Remedy(Struct, frozen=True, gc=False):
    """How a person recovers from a denial: a sentence, and where in the dashboard."""

    text: str
    action: str | None = None
    target: str | None = None

    def __str__(self) -> str:
        return self.text


class Obligation(Struct, frozen=True, gc=False):
    """Something the host must do because of this decision, such as writing an audit record or metering usage.

    ``audit`` has no details. ``meter`` has *meter*, *quantity* and *reserve* (always true: the host reserves the
    quantity before it acts, and commits or releases it after).
    """

    kind: str
    details: tuple[tuple[str, str | int | bool], ...] = ()

    @property
    def meter(self) -> str | None:
        """The meter or bucket to count on."""
        return next((value for name, value in self.details if name == "meter" and isinstance(value, str)), None)

    @property
    def quantity(self) -> int | None:
        """How much to reserve; None where the host said nothing that is a quantity."""
        return next((value for name, value in self.details if name == "quantity" and type(value) is int), None)

    @property
    def reserve(self) -> bool:
        """Whether to reserve the quantity before acting."""
        return ("reserve", True) in self.details


class Advice(Struct, frozen=True, gc=False):
    """What an allowed caller should know or do: a code of the registry and what it says."""

    code: str
    text: str | None = None
    action: str | None = None
    target: str | None = None


class Decision(Struct, frozen=True, gc=False):
    """Why a request is allowed or denied. Its truth is *allowed*; *effect* is ``allow`` or ``deny``.

    *permission* and *operation* are what was asked for, *stage* is where it was denied, *reason* says why in words,
    *remedy* how to recover, *provided* which scopes were there, *obligations* what the host has to do, and
    *policy_digest* by which policies.

    *code* is None on an allow and a registered code on a deny. *needed* is the least set of scopes (or, for a
    member, of member permissions) that would have helped. *rules* are the ids that decided, sorted. *also* holds
    the codes of what else denies at that stage and later, and only once the permission itself was granted. *errors*
    are the rules whose condition could not be evaluated and that shaped this answer. *status* is the HTTP status of the
    code's entry in the recovery registry, *category* its class, *title* and *challenge* are from there too.

    Of a denial by a gate, *meter* is the meter or bucket, *providers* are the kinds of credentials that are not ready
    and *retry_at* is when the host says that it resets. Of an allow, *advice* is what the caller should know, and
    *redact* names the surfaces whose records have to be left out of what is returned.
    """

    effect: Effect
    permission: str
    code: str | None
    reason: str
    policy_digest: str
    rules: tuple[str, ...] = ()
    operation: str | None = None
    stage: str | None = None
    remedy: Remedy | None = None
    needed: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    status: int = 200
    category: str | None = None
    title: str | None = None
    challenge: str | None = None
    meter: str | None = None
    providers: tuple[str, ...] = ()
    retry_at: datetime | None = None
    advice: tuple[Advice, ...] = ()
    redact: tuple[str, ...] = ()
    _surface: str = ""
    """The surface of *permission*, as the one text that all resources of it share."""

    def __post_init__(self) -> None:
        force_setattr(self, "_surface", intern(self.permission.partition(":")[0]))

    def __repr__(self) -> str:
        return f"Decision({', '.join(f'{name}={getattr(self, name)!r}' for name in FIELDS)})"

    @property
    def allowed(self) -> bool:
        """Whether the effect is ``allow``."""
        return self.effect == "allow"

    def __bool__(self) -> bool:
        return self.effect == "allow"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: every field, tuples as lists."""
        return {
            **{name: _plain(getattr(self, name)) for name in FIELDS},
            "remedy": None if self.remedy is None else asdict(self.remedy),
            "obligations": [{"kind": each.kind, "details": dict(each.details)} for each in self.obligations],
            "retry_at": None if self.retry_at is None else self.retry_at.isoformat(),
            "advice": [asdict(each) for each in self.advice],
        }

    def to_problem(
        self, *, disclosure: Disclosure = "scopes", type_base: str | None = None, instance: str | None = None
    ) -> dict[str, Any]:
        """The body of an ``application/problem+json`` response (RFC 9457): plain data for JSON, without empty members.

        *type_base* is put before the code to make ``type``, unchanged (``https://example.com/problems/``);
        without it ``type`` is ``about:blank``. *instance* is a URI reference to this occurrence. A denial of the
        status 404 is rendered as 404 and nothing else, whatever *disclosure* below ``full``.

        Raises RequestError for an allowed decision and for malformed arguments.
        """
        return problem(self, disclosure, type_base=type_base, instance=instance)

    def www_authenticate(self, *, disclosure: Disclosure = "scopes", realm: str | None = None) -> str | None:
        """The value of the header ``WWW-Authenticate`` (RFC 6750 section 3); None where no other credential helps.

        *disclosure* is how much the caller learns. The scopes of an ``insufficient_scope`` are *needed*.
        *realm* is printable ASCII; RFC 6750 wants one where
        the challenge says nothing else. Raises RequestError for malformed arguments.
        """
        return challenge(self, disclosure, realm=realm)

    def headers(
        self, *, disclosure: Disclosure = "scopes", realm: str | None = None, now: datetime | None = None
    ) -> dict[str, str]:
        """The headers of a response to this denial: ``WWW-Authenticate``, ``Retry-After`` and ``Cache-Control``.

        *disclosure* and *realm* as in :meth:`www_authenticate`. ``Retry-After`` is in whole seconds
        from *now* until *retry_at*, where both are there. Empty on an allow.
        Raises RequestError for malformed arguments.
        """
        return headers(self, disclosure, realm=realm, now=now)

    def __str__(self) -> str:
        head = f"{self.effect} {self.operation or self.permission}"
        lines = [f"{head}: {self.reason}" if self.code is None else f"{head} [{self.code}]: {self.reason}"]
        if self.needed:
            lines.append(f"  needed: {' '.join(self.needed)}")
        if self.remedy is not None:
            lines.append(f"  remedy: {self.remedy.text}")
        if self.retry_at is not None:
            lines.append(f"  retry: at {self.retry_at.isoformat().replace('+00:00', 'Z')}")
        if self.also:
            lines.append(f"  also: {', '.join(self.also)}")
        lines += [f"  advice: {each.text or each.code}" for each in self.advice]
        if self.redact:
            lines.append(f"  redact: {', '.join(self.redact)}")
        lines += [f"  must {each.kind}{_listed(each)}" for each in self.obligations if each.details]
        return "\n".join(lines)


FIELDS: Final = tuple(name for name in Decision.__struct_fields__ if not name.startswith("_"))
"""What a decision says, in the order in which it is made; what is kept beside it follows from it."""


def _listed(obligation: Obligation) -> str:
    return ": " + ", ".join(f"{name} {value}" for name, value in obligation.details)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
