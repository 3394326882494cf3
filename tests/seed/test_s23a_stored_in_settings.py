"""Store them in Settings: provider credentials."""

import logging

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource
from tests.seed import tables, world

WRITES = tables.MANAGES["providers"]
CANARY = "sk_live_canary"


@pytest.mark.parametrize("permission", WRITES)
def test_s23a_writing_one_needs_the_permission_in_the_dashboard(guard: Guard, permission: str) -> None:
    """Every role and none, on every channel: owner and admin in the dashboard, and nobody elsewhere."""
    for role in (*tables.ROLES, None):
        who = world.member(*([role] if role else []))
        for channel in tables.CHANNELS_AND_NONE:
            expected = None if role in {"owner", "admin"} else "member_permission_missing"
            expected = expected if channel == "dashboard" else "dashboard_only"
            decisions = world.both(guard, who, permission, world.at(channel))
            assert {decision.code for decision in decisions} == {expected}
            if expected == "member_permission_missing":
                assert {decision.needed for decision in decisions} == {("settings.providers.manage",)}


@pytest.mark.parametrize("permission", WRITES)
def test_s23a_no_key_writes_one(guard: Guard, permission: str) -> None:
    """Each scope, all of them and none, on every channel."""
    for scopes in ((), *((scope,) for scope in tables.SCOPES), tables.SCOPES):
        for channel in tables.CHANNELS_AND_NONE:
            assert world.codes(guard, world.key(*scopes), (permission,), world.at(channel)) == {"dashboard_only"}


@pytest.mark.parametrize("permission", [*tables.VIEWS["providers"], *WRITES])
def test_s23a_the_secret_is_in_no_answer(guard: Guard, permission: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in a decision nor in an explanation, a body, a header or a log, whoever asks and whatever comes of it."""
    caplog.set_level(logging.DEBUG)
    about = Resource("providers", "prv_1", world.WORKSPACE, {"secret": CANARY, "rotated_at": CANARY})
    callers = (world.member("owner"), world.member("viewer"), world.key(*tables.SCOPES), Principal.anonymous())
    for who in callers:
        for channel in ("dashboard", "server"):
            told = world.healthy({"providers.model": CANARY, "payment.status": CANARY})
            context = Context(channel=channel, facts=told, now=world.NOW, attributes={"distribution": CANARY})
            decision = guard.check(who, permission, about, context)
            shown: list[object] = [repr(decision), str(decision), decision.to_dict(), repr(about), repr(context)]
            if not decision:
                shown += [decision.to_problem(disclosure="full"), decision.headers(disclosure="full")]
            shown.append(
                guard.explain(
                    who, permission, Resource("providers", "prv_1", world.WORKSPACE, {"secret": CANARY}), context
                )
            )
            assert CANARY not in " ".join(map(str, shown))
    assert caplog.records == []


def test_s23a_the_secret_is_in_no_refusal(guard: Guard) -> None:
    """What the catalog has no name for is refused by its name, and its value is not told."""
    for context in (
        Context(channel="dashboard", facts={"secret": CANARY}),
        Context(channel="dashboard", attributes={"secret": CANARY}),
    ):
        for ask in (guard.check, guard.explain):
            with pytest.raises(RequestError, match='"secret" in the catalog') as caught:
                ask(world.member("owner"), "providers:store", context=context)
            assert CANARY not in str(caught.value)
