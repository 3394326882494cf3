"""V106: of two rules that deny reading what comes along, one that is quiet lets it come along."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard
from tests.hazards.packs import PACK, key, load

EMBEDS = PACK.replace(
    "implies: {write: [read]}, attributes", "implies: {write: [read]}, embeds: {read: [secrets]}, attributes"
)
RULES = """
    {id: one, effect: deny, on: ["secrets:read"], when: "context.facts.count > 1", code: not_permitted}
    {id: two, effect: deny, on: ["secrets:read"], when: "context.facts.ready", code: not_permitted}
"""
CASES = [(0, False, ()), (2, False, ("secrets",)), (0, True, ("secrets",)), (2, True, ("secrets",)),
         (None, False, ("secrets",)), (0, None, ("secrets",))]  # fmt: skip


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard for notes that bring secrets along."""
    return load(tmp_path, RULES, EMBEDS)


@pytest.mark.parametrize(("count", "ready", "redact"), CASES)
@pytest.mark.usefixtures("code_at_once")
def test_v106_redaction_under_two_denials(
    guard: Guard, count: int | None, ready: bool | None, redact: tuple[str, ...]
) -> None:
    """Secrets come along where neither rule denies reading them, and what cannot be told denies."""
    facts = {name: value for name, value in (("count", count), ("ready", ready)) if value is not None}
    holder = key("notes:read", "secrets:read")
    for _ in range(2):
        decision = guard.check(holder, "notes:read", context=Context(channel="server", facts=facts))
        assert (decision.allowed, decision.redact) == (True, redact)
