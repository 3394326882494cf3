"""The shapes of the facts that gates read, for those who check types.

At run time they are plain mappings, and each is read as the pack declares it: what is missing, too old or of another
type denies, and what reads like a misspelt field is refused. See ``docs/reference/policy-files.md``, Facts.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, NotRequired, TypedDict

from scopeguard.errors import RequestError, Suggestion, did_you_mean, quoted
from scopeguard.limits import MAX_INTERNED
from scopeguard.model.memo import Memo


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


FACTS_OF_GATES: Final = Facts.__optional_keys__
"""The names of these facts. In them None is no value of its type, and not absent: what is not known must not allow."""

_RECORDS: Final = {
    record: shape.__required_keys__ | shape.__optional_keys__
    for record, shape in (
        ("payment", Payment),
        ("wallet", Wallet),
        ("entitlements", Entitlement),
        ("fair_use", FairUse),
    )
}
_OF_SEVERAL: Final = frozenset({"entitlements", "fair_use"})
"""Those that have a record for each meter or bucket."""


def misspelt_fields(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields in records of gates, each with the path of its record, that are none of its own and read like one.

    Most fields may be left out, so that a misspelt one, such as ``enabled`` or ``grace_until``, would let more be done.
    What reads like none of them is more than is asked for, and is left alone.
    """
    found: list[tuple[str, str]] = []
    for name, value in facts.items():
        known = _RECORDS.get(name)
        # What is no mapping has no field, and denies where a gate reads it.
        if known is not None and type(value) is MappingProxyType:
            for key, record in value.items() if name in _OF_SEVERAL else ((None, value),):
                if type(record) is MappingProxyType and not known.issuperset(record):
                    path = name if key is None else f"{name}.{key}"
                    found += [(path, field) for field in record.keys() - known if _likely[name, field]]
    return found


def refuse_misspelt_fields(facts: Mapping[str, Any]) -> None:
    """Raise RequestError for a misspelt field, with the one that was meant."""
    for path, field in sorted(misspelt_fields(facts)):
        meant = str(_likely[path.partition(".")[0], field]).replace('"', f'"{path}.', 1)
        raise RequestError(f"no fact {quoted(f'{path}.{field}')} in the catalog; {meant}")


def _near(place: tuple[str, str]) -> Suggestion | None:
    record, field = place
    return did_you_mean(field, _RECORDS[record])


_likely: Final = Memo(_near, MAX_INTERNED)
"""What each other field may have been meant for: hosts pass the same ones with every request."""
