"""The shapes of the facts that gates read, for those who check types.

At run time they are plain mappings, and each is read as the pack declares it. What of them the library reads is listed
in ``model.facts``. See ``docs/reference/policy-files.md``, Facts.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NotRequired, TypedDict


class Entitlement(TypedDict):
    """What a workspace may use of one meter: ``used + reserved + requested`` stays within *limit*."""

    limit: NotRequired[int]
    unlimited: NotRequired[bool]
    used: NotRequired[int]
    reserved: NotRequired[int]
    kind: NotRequired[Literal["soft", "hard"]]
    enabled: NotRequired[bool]
    resets_at: NotRequired[datetime]
    as_of: NotRequired[datetime]


class FairUse(TypedDict):
    """How much of one fair-use bucket is used."""

    limit: int
    used: int
    resets_at: NotRequired[datetime]
    as_of: NotRequired[datetime]


class Payment(TypedDict):
    """Whether the workspace pays."""

    status: Literal["ok", "grace", "interrupted"]
    grace_until: NotRequired[datetime]
    since: NotRequired[datetime]
    as_of: NotRequired[datetime]


class Wallet(TypedDict):
    """What is in the wallet, and what becomes of it."""

    status: Literal["ok", "low", "empty"]
    auto_recharge: NotRequired[Literal["on", "off", "failed", "pending"]]
    as_of: NotRequired[datetime]


class Facts(TypedDict, total=False):
    """What gates read of ``Context(facts=…)``. *quantity* is how much this request asks for.

    *providers* has for each kind of credentials ``ready``, ``missing`` or ``invalid``, and may hold an ``as_of``.
    Facts that a pack declares are added beside these; a host with such facts extends this type.
    """

    as_of: datetime
    quantity: int
    entitlements: Mapping[str, Entitlement]
    fair_use: Mapping[str, FairUse]
    payment: Payment
    wallet: Wallet
    providers: Mapping[str, str | datetime]
