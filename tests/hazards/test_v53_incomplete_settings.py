"""V53: where a security setting is missing, its check is skipped (OpenFGA CVE-2026-55689)."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal
from tests.hazards.packs import PACK, load

MISSING = {
    "a deny without a code": ("{id: a, effect: deny, on: ['notes:read']}", "SG404"),
    "a rule without a target": ("{id: a, effect: deny, code: not_permitted}", "SG122"),
    "a rule without an effect": ("{id: a, on: ['notes:read'], code: not_permitted}", "SG122"),
    "a rule without an id": ("{effect: deny, on: ['notes:read'], code: not_permitted}", "SG122"),
    "an empty condition": ("{id: a, effect: deny, on: ['notes:read'], unless: '', code: not_permitted}", "SG124"),
    "a condition left out": ("{id: a, effect: deny, on: ['notes:read'], unless: null, code: not_permitted}", "SG121"),
    "an empty list of channels": ("{id: a, effect: deny, on: ['notes:read'], channels: [], code: not_permitted}", "SG123"),
    "an empty target": ("{id: a, effect: deny, on: [], code: not_permitted}", "SG123"),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "code"), MISSING.values(), ids=MISSING.keys())
def test_v53_incomplete_settings(tmp_path: Path, rule: str, code: str) -> None:
    """An incomplete rule does not load, and the finding says what it lacks."""
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, rule)
    assert [each.code for each in caught.value.diagnostics] == [code]


def test_v53_the_pack_says_its_version(tmp_path: Path) -> None:
    """A file without the version of the language is no policy file."""
    with pytest.raises(PolicyError, match="SG122"):
        load(tmp_path, pack=PACK.replace("scopeguard: 1\n", ""))


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
    assert guard.check(limited, "agents:read", context=Context(channel="server")).code == "context_incomplete"
    owner = Principal.member("m", workspace="w", roles=["owner"])
    decision = guard.check(owner, "sso:manage", context=Context(channel="dashboard"))
    assert (decision.code, decision.errors) == ("feature_not_available", ("sso.available",))
