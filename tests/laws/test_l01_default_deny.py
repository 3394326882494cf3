"""Law 1, default_deny: nothing matched means deny."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from scopeguard import Context, Guard, PolicyError, Principal
from tests.laws.support import allowed, guard_of, law
from tests.strategies import Maker, Pack, packs

NOBODY = [
    Principal.api_key("k", workspace="w"),
    Principal.api_key("k", workspace="w", scopes=[]),
    Principal.api_key("k", workspace="w", scopes=""),
    Principal.member("m", workspace="w"),
    Principal.member("m", workspace="w", roles=[]),
    Principal.session("s", workspace="w", expires_at=datetime(2027, 1, 1, tzinfo=UTC)),
    Principal.system("job"),
    Principal.anonymous(),
]


@law()
@given(packs())
def test_default_deny(made: tuple[Maker, Pack]) -> None:
    """Where no allow rule stands, who holds no scope and no role may do nothing, whatever is asked.

    A role by condition that holds something is as an allow rule.
    """
    maker, pack = made
    guard = guard_of(pack.without_gifts().with_rules([rule for rule in pack.rules if rule["effect"] == "deny"]))
    for request in maker.requests(20):
        for principal in NOBODY:
            assert not allowed(guard, replace(request, principal=principal))


@pytest.mark.parametrize("principal", NOBODY, ids=lambda principal: principal.kind)
def test_who_holds_nothing_may_do_nothing_in_the_shipped_pack(principal: Principal) -> None:
    """No permission of the shipped pack is allowed to a principal without scopes and roles, through no channel."""
    guard = Guard.default()
    for channel in (*guard.catalog.channels, None):
        context = Context(channel=channel, now=datetime(2026, 1, 1, tzinfo=UTC))
        for permission in guard.catalog.permissions:
            if principal.kind == "anonymous" or not permission.startswith("sessions:"):
                assert not guard.check(principal, permission, context=context), (channel, permission)


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "{}\n", "[]\n"])
def test_an_empty_file_allows_nothing(tmp_path: Path, text: str) -> None:
    """A file with nothing in it is no pack that allows: it does not load."""
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError):
        Guard.load(tmp_path)
    with pytest.raises(PolicyError):
        Guard.load([])


def test_a_pack_of_nothing_allows_nothing(tmp_path: Path) -> None:
    """The smallest pack that loads knows no action, so that every one is denied."""
    (tmp_path / "pack.yaml").write_text("scopeguard: 1\n", encoding="utf-8")
    decision = Guard.load(tmp_path).check(Principal.member("m", workspace="w", roles=["owner"]), "agents:read")
    assert (decision.effect, decision.code) == ("deny", "unmapped_action")
