"""What the kinds of gates mean, as conditions like those that reviewers write.

Each kind is one row of a table: which fact it reads, when that fact is sound, and what of it denies or advises.
Sources: the seed's recovery states, and ``used + reserved + requested <= limit`` for limits.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from scopeguard.model import codes


class Advising(Struct, frozen=True, gc=False):
    """What of a fact advises and does not deny, how that reads, and the code of the advice."""

    when: str
    says: str
    code: str


class GateKind(Struct, frozen=True, gc=False):
    """One kind of gate. In conditions ``FACT`` is the fact, ``QUANTITY`` how much is asked for.

    *record* is the path below ``context.facts`` of the fact and its time; *fact* is what of it the gate reads.
    """

    stage: str
    code: str
    record: str
    fact: str
    sound: str
    denies: str
    says: str
    advice: Advising | None = None


_UNLIMITED: Final = "(has(FACT.unlimited) && FACT.unlimited)"
_OVER: Final = f"!{_UNLIMITED} && FACT.used + FACT.reserved + QUANTITY > FACT.limit"
_IS_SOFT: Final = '(has(FACT.kind) && FACT.kind == "soft")'
_IS_OFF: Final = "(has(FACT.enabled) && !FACT.enabled)"
_IS_CURRENT: Final = "(has(FACT.resets_at) ? context.now <= FACT.resets_at : true)"
"""What was counted before a reset says nothing of what is left after it."""
_IS_OVERDUE: Final = '(FACT.status == "grace" && has(FACT.grace_until) && context.now > FACT.grace_until)'
"""A grace period without an end lasts as long as the host says so, in facts that are fresh."""

GATE_KINDS: Final[Mapping[str, GateKind]] = MappingProxyType({
    "provider": GateKind(
        stage="provider",
        code=codes.PROVIDER_KEYS_MISSING,
        record="providers",
        fact="providers.NAME",
        sound='FACT in ["ready", "missing", "invalid"]',
        denies='FACT != "ready"',
        says="some of NAMES is not ready",
    ),
    "payment": GateKind(
        stage="payment",
        code=codes.PAYMENT_INTERRUPTED,
        record="payment",
        fact="payment",
        sound='FACT.status in ["ok", "grace", "interrupted"]',
        denies=f'FACT.status == "interrupted" || {_IS_OVERDUE}',
        says="payment is interrupted",
        advice=Advising(
            when=f'FACT.status == "grace" && !{_IS_OVERDUE}',
            says="payment is in its grace period",
            code=codes.PAYMENT_GRACE,
        ),
    ),
    "wallet": GateKind(
        stage="entitlement",
        code=codes.WALLET_EMPTY,
        record="wallet",
        fact="wallet",
        sound='FACT.status in ["ok", "low", "empty"]',
        denies='FACT.status == "empty"',
        says="the wallet is empty",
    ),
    "entitlement": GateKind(
        stage="entitlement",
        code=codes.ENTITLEMENT_LIMIT_REACHED,
        record="entitlements.NAME",
        fact="entitlements.NAME",
        sound=f'QUANTITY >= 1 '
              f'&& ({_UNLIMITED} ? true : {_IS_CURRENT} && FACT.limit >= 0 && FACT.used >= 0 && FACT.reserved >= 0) '
              '&& (has(FACT.kind) ? FACT.kind in ["soft", "hard"] : true)',
        denies=f"{_IS_OFF} || !{_IS_SOFT} && {_OVER}",
        says="used + reserved + requested > limit of NAMES",
        advice=Advising(
            when=f"{_IS_SOFT} && {_OVER}",
            says="used + reserved + requested > soft limit of NAMES",
            code=codes.LIMIT_EXCEEDED_SOFT,
        ),
    ),
    "fair_use": GateKind(
        stage="fair_use",
        code=codes.FAIR_USE_EXHAUSTED,
        record="fair_use.NAME",
        fact="fair_use.NAME",
        sound=f"QUANTITY >= 1 && {_IS_CURRENT} && FACT.limit >= 0 && FACT.used >= 0",
        denies="FACT.used + QUANTITY > FACT.limit",
        says="used + requested > limit of NAMES",
    ),
})  # fmt: skip
"""What the kinds of gates mean, by the key of a gate that names them."""


def kinds_of(gate: object) -> tuple[str, ...]:
    """The kinds that a gate of a policy file names: one, where it is well-formed."""
    return tuple(name for name in GATE_KINDS if getattr(gate, name) is not None)
