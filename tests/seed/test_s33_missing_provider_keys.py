"""Missing provider keys can block previews or channel setup."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from scopeguard import Guard
from tests.seed import tables, world

CASES = [(*row, who) for row in tables.PROVIDERS_NEEDED for who in world.askers(row[0])]
NONE_READY = {f"providers.{kind}": "missing" for kind in tables.PROVIDERS}

# Each gate, with an operation that only it denies, the circumstances, and the kinds that are then missing.
SWITCHES: Mapping[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "gates.model": ("preview.start", {"modality": "text"}, ("model",)),
    "gates.speech": ("voice.connect", {"distribution": "widget"}, ("speech",)),
    "gates.speech-for-audio": ("preview.start", {"modality": "audio"}, ("speech",)),
    "gates.phone": ("channel.setup", {"distribution": "phone"}, ("speech", "telephony")),
    "gates.telephony": ("phone_numbers.purchase", {}, ("telephony",)),
    "gates.whatsapp": ("whatsapp.reply", {}, ("messaging",)),
    "gates.whatsapp-setup": ("channel.setup", {"distribution": "whatsapp"}, ("messaging",)),
}


@pytest.mark.parametrize(("operation", "attributes", "kinds", "who"), CASES)
@pytest.mark.parametrize("status", ["missing", "invalid"])
def test_s33_a_missing_kind_denies_and_is_named(
    guard: Guard, operation: str, attributes: dict[str, str], kinds: tuple[str, ...], who: str, status: str
) -> None:
    """Kind by kind: the code, the kind, the remedy. After adding it the same question is allowed."""
    for kind in kinds:
        decision = world.ask(guard, operation, {f"providers.{kind}": status}, who=who, attributes=attributes)
        assert (decision.code, decision.status, decision.stage) == ("provider_keys_missing", 409, "provider")
        assert (decision.providers, decision.also, decision.errors) == ((kind,), (), ())
        assert decision.remedy is not None
        assert decision.remedy.text == (
            f"Add or fix the {kind} credentials in Settings → Providers, then check provider readiness."
        )
        assert world.ask(guard, operation, {f"providers.{kind}": "ready"}, who=who, attributes=attributes)


@pytest.mark.parametrize("operation", ["preview.start", "channel.setup"])
def test_s33_previews_and_channel_setup_are_the_ones_that_are_blocked(guard: Guard, operation: str) -> None:
    """With no credential at all, for whatever is previewed or set up, and for everybody."""
    for name, attributes, _ in tables.PROVIDERS_NEEDED:
        if name == operation:
            for who in world.askers(operation):
                decision = world.ask(guard, operation, NONE_READY, who=who, attributes=attributes)
                assert decision.code == "provider_keys_missing"


@pytest.mark.parametrize(
    "changes", [NONE_READY, {"providers": world.GONE}, {"providers": None}], ids=["missing", "gone", "null"]
)
def test_s33_reads_and_settings_are_unaffected(guard: Guard, changes: dict[str, object]) -> None:
    """Every permission of the catalog, for each role and for a key with every scope, is as in a healthy workspace."""
    everybody = [*((world.member(role), "dashboard") for role in tables.ROLES), (world.key(*tables.SCOPES), "server")]
    for who, channel in everybody:
        assert world.allowed(guard, who, world.context(channel, changes)) == world.allowed(
            guard, who, world.context(channel)
        )
    needing = {row[0] for row in tables.PROVIDERS_NEEDED}
    for operation, name in world.ASKED:
        if operation not in needing:
            assert world.ask(guard, operation, changes, who=name) == world.ask(guard, operation, who=name)


@pytest.mark.parametrize("gate", tables.GATES["provider"])
def test_s33_each_gate_has_a_switch(guard: Guard, tmp_path: Path, gate: str) -> None:
    """Off, the operation is allowed without a word; advised, it is allowed, and says which kinds are missing."""
    operation, attributes, kinds = SWITCHES[gate]
    missing = {f"providers.{kind}": "missing" for kind in kinds}
    denied = world.ask(guard, operation, missing, attributes=attributes)
    assert denied.rules == (gate,)
    off = world.switched(tmp_path / "off", [gate], "off")
    decision = world.ask(off, operation, missing, attributes=attributes)
    assert decision.allowed
    assert decision.advice == ()
    advised = world.switched(tmp_path / "advise", [gate], "advise")
    decision = world.ask(advised, operation, missing, attributes=attributes)
    assert decision.allowed
    (told,) = decision.advice
    assert told.code == "provider_keys_missing"
    assert denied.remedy is not None
    assert (told.text, told.action, told.target) == (denied.remedy.text, denied.remedy.action, denied.remedy.target)
    unread = world.ask(advised, operation, {f"providers.{kinds[0]}": world.GONE}, attributes=attributes)
    assert unread.allowed
    assert [each.code for each in unread.advice] == ["facts_unavailable"]


def test_s33_with_all_switches_off_no_credential_is_looked_at(tmp_path: Path) -> None:
    """Every operation, with none told."""
    guard = world.switched(tmp_path / "off", tables.GATES["provider"], "off")
    for operation, attributes, _, who in CASES:
        assert world.ask(guard, operation, {"providers": world.GONE}, who=who, attributes=attributes)
