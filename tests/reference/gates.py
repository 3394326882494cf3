"""The section on gates of ``docs/reference/decisions.md``, as a program over what the host says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scopeguard.documents.facts import GateDoc
from scopeguard.documents.schema import OperationDoc
from scopeguard.model.request import Context
from scopeguard.semantics.timestamps import parse_duration
from tests.reference.records import conforms
from tests.reference.values import NoValue, decided

CODES = {
    "provider": ("provider", "provider_keys_missing"), "payment": ("payment", "payment_interrupted"),
    "wallet": ("entitlement", "wallet_empty"), "entitlement": ("entitlement", "entitlement_limit_reached"),
    "fair_use": ("fair_use", "fair_use_exhausted"),
}  # fmt: skip
ADVICE = {"payment": "payment_grace", "entitlement": "limit_exceeded_soft"}


def types_of(meters: Mapping[str, Any], providers: Iterable[str]) -> dict[str, Any]:
    """The facts that gates read, with their types."""
    counted = {"limit": "int", "used": "int", "resets_at": "timestamp", "as_of": "timestamp"}
    entitled = counted | {"reserved": "int", "unlimited": "bool", "kind": "string", "enabled": "bool"}
    buckets = [name for name, doc in meters.items() if doc.kind == "fair_use"]
    return {
        "as_of": "timestamp",
        "quantity": "int",
        "wallet": {"status": "string", "auto_recharge": "string", "as_of": "timestamp"},
        "payment": {"status": "string", "grace_until": "timestamp", "since": "timestamp", "as_of": "timestamp"},
        "providers": dict.fromkeys(providers, "string") | {"as_of": "timestamp"},
        "entitlements": {name: entitled for name in meters if name not in buckets},
        "fair_use": dict.fromkeys(buckets, counted),
    }


def kind_of(gate: GateDoc) -> str:
    """Which of the five it is."""
    (kind,) = (name for name in CODES if getattr(gate, name) is not None)
    return kind


@dataclass(frozen=True)
class Facts:
    """What the host says."""

    given: Mapping[str, Any]

    def record(self, path: str) -> Mapping[str, Any]:
        """The facts under a path, none where nothing is said. Raises NoValue where something else stands there."""
        found: Any = self.given
        for step in path.split(".") if path else ():
            found = found.get(step, {})
            if not isinstance(found, Mapping):
                raise NoValue
        return found  # type: ignore[no-any-return]  # a mapping by now

    def has(self, path: str, name: str) -> bool:
        """Whether something is said of a fact."""
        return name in self.record(path)

    def read(self, path: str, name: str, declared: str) -> Any:
        """A fact of its type. Raises NoValue otherwise."""
        record = self.record(path)
        if name not in record or not conforms(record[name], declared):
            raise NoValue
        return record[name]

    def said(self, path: str, name: str, declared: str) -> Any:
        """A fact of its type, or None where nothing is said."""
        return self.read(path, name, declared) if self.has(path, name) else None


@dataclass(frozen=True)
class Gate:
    """One gate in one request."""

    doc: GateDoc
    operation: OperationDoc
    context: Context
    age: timedelta

    @classmethod
    def of(cls, doc: GateDoc, operation: OperationDoc, context: Context, age: str | None) -> "Gate":
        """The gate, with the pack's age of facts."""
        return cls(doc, operation, context, parse_duration(age or "0"))

    @property
    def facts(self) -> Facts:
        """What the host says."""
        return Facts(self.context.facts)

    @property
    def place(self) -> str:
        """Where its fact stands."""
        places = {"provider": "providers", "entitlement": f"entitlements.{self.doc.entitlement}",
                  "fair_use": f"fair_use.{self.doc.fair_use}"}  # fmt: skip
        return places.get(kind_of(self.doc), kind_of(self.doc))

    def counts_here(self) -> bool:
        """Whether the operation counts on its meter or bucket in this environment."""
        meter = self.doc.entitlement or self.doc.fair_use
        instead = self.operation.instead or {}
        if meter is None:
            return True
        if self.context.environment in instead:
            return instead[self.context.environment] == meter
        return meter in (self.operation.meter, self.operation.fair_use)

    def denies(self) -> bool | None:
        """Whether the fact denies; None where nobody can tell."""
        return self.told("denies")

    def advises(self) -> bool | None:
        """Whether the fact advises besides."""
        return self.told("advises")

    def told(self, what: str) -> bool | None:
        """One of the two."""
        try:
            if not self.fresh():
                return None
            return bool(getattr(self, f"{kind_of(self.doc)}_{what}")())
        except NoValue:
            return None

    def fresh(self) -> bool:
        """Whether the fact is near enough to the time of the request."""
        own = self.facts.said(self.place, "as_of", "timestamp")
        as_of: datetime = self.facts.read("", "as_of", "timestamp") if own is None else own
        return self.context.now is not None and abs(self.context.now - as_of) <= self.age

    def requested(self) -> int:
        """How much is asked for."""
        must_say = self.operation.quantity == "requested"
        if not must_say and not self.facts.has("", "quantity"):
            return 1
        quantity: int = self.facts.read("", "quantity", "int")
        if quantity < 1:
            raise NoValue
        return quantity

    def number(self, name: str) -> int:
        """A number of the fact that is 0 or more."""
        found: int = self.facts.read(self.place, name, "int")
        if found < 0:
            raise NoValue
        return found

    def status(self, name: str, *known: str) -> str:
        """A word of the fact that is one of the known ones."""
        found: str = self.facts.read(self.place, name, "string")
        if found not in known:
            raise NoValue
        return found

    def provider_denies(self) -> bool:
        """Any kind is missing or invalid."""

        def ready(kind: str) -> Callable[[], bool]:
            return lambda: self.status(kind, "ready", "missing", "invalid") != "ready"

        return decided([ready(kind) for kind in self.doc.provider or ()], by=True)

    def payment_denies(self) -> bool:
        """Payment is interrupted, or its grace period is over."""
        return self.payment() == "interrupted"

    def payment_advises(self) -> bool:
        """Payment is in its grace period."""
        return self.payment() == "grace"

    def payment(self) -> str:
        """The status of payment: a grace period that is over is an interruption."""
        status = self.status("status", "ok", "grace", "interrupted")
        return "interrupted" if status == "grace" and self.is_past("grace_until") else status

    def is_past(self, name: str) -> bool:
        """Whether the time that the fact names is over; one that it does not name is not. Raises NoValue."""
        time: datetime | None = self.facts.said(self.place, name, "timestamp")
        if time is None:
            return False
        if self.context.now is None:
            raise NoValue
        return self.context.now > time

    def count(self, *names: str) -> list[int]:
        """Numbers of the fact. Raises NoValue where it has been filled again since they were counted."""
        if self.is_past("resets_at"):
            raise NoValue
        return [self.number(name) for name in names]

    def wallet_denies(self) -> bool:
        """The wallet is empty."""
        return self.status("status", "ok", "low", "empty") == "empty"

    def entitlement_denies(self) -> bool:
        """The meter is off, or its hard limit would be exceeded."""
        soft, over = self.entitlement()

        def off() -> bool:
            return self.facts.has(self.place, "enabled") and not self.facts.read(self.place, "enabled", "bool")

        return decided([off, lambda: not soft and over()], by=True)

    def entitlement_advises(self) -> bool:
        """Its soft limit would be exceeded."""
        soft, over = self.entitlement()
        return soft and over()

    def entitlement(self) -> tuple[bool, Callable[[], bool]]:
        """Whether the limit is soft, and whether it would be exceeded. Raises NoValue where the fact is not sound."""
        requested = self.requested()
        soft = self.facts.has(self.place, "kind") and self.status("kind", "soft", "hard") == "soft"
        if self.facts.said(self.place, "unlimited", "bool"):
            return soft, lambda: False
        limit, used, reserved = self.count("limit", "used", "reserved")
        return soft, lambda: summed((used, reserved, requested)) > limit

    def fair_use_denies(self) -> bool:
        """The bucket would be exceeded."""
        requested = self.requested()
        limit, used = self.count("limit", "used")
        return summed((used, requested)) > limit


def summed(numbers: Iterable[int]) -> int:
    """A sum of 64 bits. Raises NoValue beyond."""
    total = sum(numbers)
    if total >= 2**63:
        raise NoValue
    return total
