"""A small pack with a gate of each kind, and facts by which none of them denies; hazards about facts start from it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from scopeguard import Context, Guard, Principal
from tests import facts as shared

NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
GONE: Final = shared.GONE
NO_CHANGES: Final = shared.NO_CHANGES

PACK: Final = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, qualifiable: true}
  operations:
    notes.ask: {needs: "notes:write"}
    notes.pay: {needs: "notes:write"}
    notes.spend: {needs: "notes:write"}
    notes.add: {needs: "notes:write", meter: sheets}
    notes.try: {needs: "notes:write", fair_use: trials}
  channels: [server]
  providers: [model, speech]
  facts_max_age: 5m
meters:
  sheets: {kind: consumption, title: Sheets}
  trials: {kind: fair_use, title: Trials}
gates:
  - {id: g.provider, mode: MODE, on: [notes.ask], provider: [model]}
  - {id: g.payment, mode: MODE, on: [notes.pay], payment: required}
  - {id: g.wallet, mode: MODE, on: [notes.spend], wallet: required}
  - {id: g.entitlement, mode: MODE, on: [notes.add], entitlement: sheets}
  - {id: g.fair-use, mode: MODE, on: [notes.try], fair_use: trials}
"""

WRITER: Final = Principal.api_key("key_1", workspace="ws_1", scopes="notes:write")

GATES: Final = {
    "notes.ask": ("g.provider", "provider_keys_missing"),
    "notes.pay": ("g.payment", "payment_interrupted"),
    "notes.spend": ("g.wallet", "wallet_empty"),
    "notes.add": ("g.entitlement", "entitlement_limit_reached"),
    "notes.try": ("g.fair-use", "fair_use_exhausted"),
}
"""Each operation with the gate it has, and its code."""

DENYING: Final[Mapping[str, Mapping[str, object]]] = {
    "notes.ask": {"providers.model": "missing"},
    "notes.pay": {"payment.status": "interrupted"},
    "notes.spend": {"wallet.status": "empty"},
    "notes.add": {"entitlements.sheets.used": 3},
    "notes.try": {"fair_use.trials.used": 3},
}
"""What makes each gate deny."""


def load(folder: Path, mode: str = "block", pack: str = PACK, **options: Any) -> Guard:
    """A guard for the pack."""
    (folder / "pack.yaml").write_text(pack.replace("MODE", mode), encoding="utf-8")
    return Guard.load(folder, **options)


def facts(changes: Mapping[str, object] = NO_CHANGES) -> dict[str, Any]:
    """Facts by which no gate denies, with *changes* by path."""
    made: dict[str, Any] = {
        "as_of": NOW,
        "providers": {"model": "ready", "speech": "ready"},
        "payment": {"status": "ok"},
        "wallet": {"status": "ok"},
        "entitlements": {"sheets": {"limit": 3, "used": 1, "reserved": 1}},
        "fair_use": {"trials": {"limit": 3, "used": 1}},
    }
    return shared.changed(made, changes)


def context(changes: Mapping[str, object] = NO_CHANGES) -> Context:
    """A request with those facts."""
    return Context(channel="server", facts=facts(changes), now=NOW)
