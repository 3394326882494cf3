"""V53: where a security setting is missing, its check is skipped (OpenFGA CVE-2026-55689)."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal
from tests.hazards.packs import load

MISSING = {
    "a deny without a code": "{id: a, effect: deny, on: ['notes:read']}",
    "a rule without a target": "{id: a, effect: deny, code: not_permitted}",
    "a rule without an effect": "{id: a, on: ['notes:read'], code: not_permitted}",
    "a rule without an id": "{effect: deny, on: ['notes:read'], code: not_permitted}",
}


@pytest.mark.parametrize("rule", MISSING.values(), ids=MISSING.keys())
def test_v53_incomplete_settings(tmp_path: Path, rule: str) -> None:
    """An incomplete rule does not load."""
    with pytest.raises(PolicyError):
        load(tmp_path, rule)


def test_v53_a_guard_needs_a_pack(tmp_path: Path) -> None:
    """There is no guard without policies."""
    with pytest.raises(PolicyError):
        Guard.load([])
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(PolicyError):
            Guard.load(path)


def test_v53_what_the_host_did_not_say_is_not_assumed() -> None:
    """Without a channel, a time or the facts that a rule asks for, the shipped pack denies."""
    guard = Guard.default()
    key = Principal.api_key("k", workspace="w", scopes="agents:read")
    assert guard.check(key, "agents:read").code == "credential_channel_forbidden"
    limited = Principal.api_key("k", workspace="w", scopes="agents:read", ip_allow=["10.0.0.0/8"])
    assert guard.check(limited, "agents:read", context=Context(channel="server")).code == "ip_not_allowed"
    owner = Principal.member("m", workspace="w", roles=["owner"])
    assert guard.check(owner, "sso:configure", context=Context(channel="dashboard")).code in {
        "feature_not_available",
        "unmapped_action",
    }
