"""V55 for facts: what a host tells of an account is in no answer, but for what a text names."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from scopeguard import Context, Decision, Disclosure, Principal, Resource
from tests.hazards.gated import NOW
from tests.hazards.packs import with_secrets

CANARY = "sk_live_canary"
KEY = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:write", attributes={"token": CANARY})
SECRET_NUMBER = 31337
NUMBERS = {"limit": SECRET_NUMBER, "used": SECRET_NUMBER, "reserved": SECRET_NUMBER}
METERS = ("agents", "knowledge_uploads", "test_runs", "text_chat_messages", "whatsapp_messages", "voice_minutes")
OPERATIONS = ("agents.create", "knowledge.upload", "tests.run", "messages.send", "whatsapp.reply", "voice.connect",
              "preview.start", "channel.setup", "phone_numbers.purchase")  # fmt: skip

STATES: dict[str, dict[str, object]] = {
    "numbers": {"entitlements": dict.fromkeys(METERS, NUMBERS), "fair_use": {"fair_use_test": NUMBERS, "fair_use_preview": NUMBERS}},
    "statuses": {"payment": {"status": CANARY}, "wallet": {"status": CANARY, "auto_recharge": CANARY}},
    "credentials": {"providers": {"model": CANARY, "speech": CANARY, "telephony": CANARY, "messaging": CANARY}},
    "credentials besides": {"providers": {"model": "missing", "speech": CANARY, "secret": CANARY}},
    "times": {"as_of": CANARY},
    "times of records": {
        "payment": {"status": "grace", "grace_until": CANARY},
        "entitlements": {name: {**NUMBERS, "resets_at": CANARY} for name in METERS},
    },
    "more than is read": {"token": CANARY, "payment": {"status": "interrupted", "card": CANARY}},
    "quantity": {"quantity": CANARY},
}  # fmt: skip


def contexts(changes: dict[str, object]) -> Iterator[Context]:
    """A healthy workspace but for *changes*, with each kind of preview and each way of distribution."""
    healthy: dict[str, object] = {
        "as_of": NOW, "quantity": 1, "payment": {"status": "ok"}, "wallet": {"status": "ok"},
        "providers": dict.fromkeys(["model", "speech", "telephony", "messaging"], "ready"),
        "entitlements": {name: {"unlimited": True} for name in METERS},
        "fair_use": {name: {"limit": 10, "used": 0} for name in ("fair_use_preview", "fair_use_test")},
    }  # fmt: skip
    for attributes in (
        {"modality": "text", "distribution": "api"},
        {"modality": "audio", "distribution": "phone"},
        {"modality": CANARY},
    ):
        yield Context(
            channel="server", facts={**healthy, **changes}, now=NOW, attributes={"token": CANARY, **attributes}
        )


def shown(decision: Decision) -> Iterator[object]:
    """Every way in which a decision is shown to somebody."""
    yield from (repr(decision), str(decision), decision.to_dict())
    if not decision:
        for level in get_args(Disclosure):
            yield decision.to_problem(disclosure=level)
            yield decision.headers(disclosure=level, now=NOW)


@pytest.mark.parametrize("state", STATES)
def test_v55_facts_are_in_no_answer(tmp_path: Path, state: str) -> None:
    """Statuses, kinds and times that are none, numbers and whatever lies beside: an answer has the words of the pack."""
    guard = with_secrets(tmp_path)
    codes = set()
    for context in contexts(STATES[state]):
        for operation in OPERATIONS:
            decision = guard.check(KEY, operation, context=context)
            codes.add(decision.code)
            text = " ".join(map(str, shown(decision)))
            assert CANARY not in text, operation
            assert str(SECRET_NUMBER) not in text, operation
        assert CANARY not in repr(context)
        assert str(SECRET_NUMBER) not in repr(context)
    assert codes - {None}, "nothing was denied, so that nothing was shown"


def test_v55_facts_are_on_no_page(tmp_path: Path) -> None:
    """Tabs and items are of permissions: the state of the account is in none of their texts."""
    guard = with_secrets(tmp_path)
    owner = Principal.member("usr_1", workspace="ws_1", roles=["owner"], attributes={"token": CANARY})
    for changes in STATES.values():
        told = Context(channel="dashboard", facts={**changes, "sso_available": CANARY}, now=NOW)
        for who in (owner, Principal.member("usr_2", workspace="ws_1")):
            for page in (guard.settings_tabs(who, told), guard.billing_panels(who, told)):
                assert CANARY not in f"{page!r} {page}"


def test_v55_an_explanation_shows_what_a_gate_read_and_nothing_beside(tmp_path: Path) -> None:
    """Of the facts those that the gates of this very operation name; a key of a provider lying among them is not one."""
    guard = with_secrets(tmp_path)
    (context, *_) = contexts({"providers": {"model": "missing", "secret": CANARY}, "payment": {"status": CANARY}})
    text = guard.explain(KEY, "channel.setup", context=context).text(every_clause=True)
    assert 'context.facts.providers.model = "missing"' in text
    assert CANARY not in text


def test_v55_what_texts_name_is_shown(tmp_path: Path) -> None:
    """The meter by its title, and the time that it resets at: an answer without them would be of no use."""
    guard = with_secrets(tmp_path)
    record = {**NUMBERS, "resets_at": NOW}
    (context, *_) = contexts({"entitlements": {"agents": record}})
    decision = guard.check(KEY, "agents.create", Resource("agents", "agt_1", "ws_1"), context)
    assert decision.remedy is not None
    assert "Agents" in decision.remedy.text
    assert "2026-01-31T12:00:00Z" in decision.remedy.text
