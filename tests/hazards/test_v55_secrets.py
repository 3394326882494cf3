"""V55: a secret shows up in a log, a message or a page (SpiceDB CVE-2023-46255, OpenFGA CVE-2026-40293)."""

from pathlib import Path

import pytest

from scopeguard import AccessDenied, Context, Guard, Principal, RequestError, Resource
from tests.hazards.packs import load

CANARY = "sk_live_canary"


def test_v55_secrets(tmp_path: Path) -> None:
    """What a host put into attributes shows in no repr, decision, message or list; explain shows what a rule read, only."""
    guard = load(
        tmp_path, "{id: a, effect: deny, on: ['notes:write'], when: 'context.facts.count > 1', code: not_permitted}"
    )
    who = Principal.api_key("k", workspace="w", scopes="notes:read", attributes={"level": CANARY, "token": CANARY})
    about = Resource("notes", "n", "w", {"owner": CANARY, "body": CANARY})
    context = Context(attributes={"ip": CANARY, "token": CANARY}, facts={"plan": CANARY, "any": {"k": CANARY}})
    decisions = [guard.check(who, action, about, context) for action in ("notes:read", "notes:write")]
    shown = [repr(who), str(who), *map(repr, decisions), *map(str, decisions), *(str(each.to_dict()) for each in decisions),
             str(guard.explain(who, "notes:write", about, context)), repr(guard.permissions(who, context)),
             str(guard.matrix([who], None, context)), repr(guard), guard.digest]  # fmt: skip
    with pytest.raises(AccessDenied) as denied:
        guard.authorize(who, "notes:write", about, context)
    shown += [str(denied.value), repr(denied.value)]
    assert [text for text in shown if CANARY in text] == []


@pytest.mark.parametrize("facts", [{"x": {"y": object()}}, {"x": float("nan")}, {"x": [2**70]}])
def test_v55_messages_name_the_place_and_not_the_value(facts: dict[str, object]) -> None:
    """A refused value is told by where it stands."""
    with pytest.raises(RequestError) as caught:
        Context(facts={CANARY[:2]: CANARY, **facts})
    assert CANARY not in str(caught.value)
    assert "facts.x" in str(caught.value)


def test_v55_an_unknown_scope_is_told_by_name_only() -> None:
    """An attribute never ends up in the reason of a denial."""
    guard = Guard.default()
    who = Principal.member("m", workspace="w", attributes={"note": CANARY})
    assert CANARY not in str(guard.check(who, "agents:read", context=Context(channel="dashboard")))
