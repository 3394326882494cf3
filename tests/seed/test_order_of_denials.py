"""Several things wrong at once: which is told first, what is told besides, and to whom nothing is told."""

from itertools import chain, combinations

import pytest

from scopeguard import Context, Guard, Principal, Resource
from tests.seed import tables, world

ADDRESS = {"ip_allow": ("192.0.2.0/24",)}

# What can be wrong with a message that a key sends: stage by stage, the change of facts and the code.
WRONG: dict[str, tuple[dict[str, object], str]] = {
    "provider": ({"providers.model": "missing"}, "provider_keys_missing"),
    "payment": ({"payment.status": "interrupted"}, "payment_interrupted"),
    "entitlement": ({"entitlements.text_chat_messages.used": 10}, "entitlement_limit_reached"),
}
BEFORE = {
    "credential": "credential_revoked",
    "workspace": "workspace_mismatch",
    "channel": "credential_channel_forbidden",
    "permission": "scope_missing",
    "sign_in": "ip_not_allowed",
}
"""What is wrong before any gate is looked at."""
STAGES = (*BEFORE, *WRONG)
SETS = list(chain.from_iterable(combinations(STAGES, size) for size in range(len(STAGES) + 1)))


def sent(guard: Guard, wrong: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """A message of a key with all this wrong about it: its code, and what is told besides."""
    who = Principal.api_key(
        "key_1",
        workspace=world.WORKSPACE,
        scopes="agents:read" if "permission" in wrong else "sessions:write",
        revoked="credential" in wrong,
        ip_allow=["192.0.2.0/24"],
    )
    changes = dict(chain.from_iterable(WRONG[stage][0].items() for stage in wrong if stage in WRONG))
    about = Resource("sessions", "ses_1", world.ELSEWHERE if "workspace" in wrong else world.WORKSPACE)
    context = Context(
        channel="browser" if "channel" in wrong else "server",
        facts=world.healthy(changes),
        now=world.NOW,
        attributes={"ip": "198.51.100.7" if "sign_in" in wrong else "192.0.2.7"},
    )
    decision = guard.check(who, "messages.send", about, context)
    return decision.code, decision.also


@pytest.mark.parametrize("wrong", SETS, ids=lambda wrong: "+".join(wrong) or "nothing")
def test_order_the_earliest_stage_is_told_and_the_later_ones_besides(guard: Guard, wrong: tuple[str, ...]) -> None:
    """Every set of what can be wrong: until the permission is passed nothing is told besides."""
    told = [BEFORE[stage] if stage in BEFORE else WRONG[stage][1] for stage in STAGES if stage in wrong]
    first, besides = (told[0], tuple(told[1:])) if told else (None, ())
    if set(wrong) & {"credential", "workspace", "channel", "permission"}:
        besides = ()
    assert sent(guard, wrong) == (first, besides)


@pytest.mark.parametrize("operation", [name for name in tables.OPERATIONS if not name.startswith("members.")])
def test_order_what_cannot_be_evaluated_is_as_early(guard: Guard, operation: str) -> None:
    """A resource of no workspace, or a credential that may have expired: what lies behind is not told either."""
    surface = guard.catalog.operations[operation].permission.partition(":")[0]
    broken = world.context("server", world.BROKEN)
    nowhere = guard.check(world.key("workspace:write"), operation, Resource(surface, "res_1"), broken)
    assert (nowhere.code, nowhere.errors, nowhere.also) == ("workspace_mismatch", ("workspace.own-only",), ())
    timeless = Context("server", facts=world.healthy(world.BROKEN))
    expires = Principal.api_key("k", workspace=world.WORKSPACE, scopes="workspace:write", expires_at=world.NOW)
    late = guard.check(expires, operation, context=timeless)
    assert (late.code, late.errors, late.also) == ("context_incomplete", (), ())


def test_order_of_a_preview(guard: Guard) -> None:
    """Provider before fair use, the feature of single sign-on before neither of them: a gate has its own operations."""
    broken = world.ask(guard, "preview.start", world.BROKEN, attributes={"modality": "audio"})
    assert (broken.code, broken.also) == ("provider_keys_missing", ("fair_use_exhausted",))
    assert broken.rules == ("gates.model", "gates.speech-for-audio")
    assert broken.providers == ("model", "speech")
    assert (broken.meter, broken.retry_at) == (None, None)


def test_order_of_a_test_run(guard: Guard) -> None:
    """Provider, entitlement, fair use, in that order."""
    broken = world.ask(guard, "tests.run", world.BROKEN, attributes={"modality": "text"})
    assert (broken.code, broken.also) == (
        "provider_keys_missing",
        ("entitlement_limit_reached", "fair_use_exhausted"),
    )


@pytest.mark.parametrize("operation", tables.TRAFFIC)
def test_order_wallet_and_limit_stand_at_one_stage(guard: Guard, operation: str) -> None:
    """One visit mends all: where something earlier denies both are told besides; where they are first one is, and the other besides."""
    meter = tables.LIMITED[operation]
    both = {"wallet.status": "empty", f"entitlements.{meter}.used": 10}
    interrupted = world.ask(guard, operation, {**both, "payment.status": "interrupted"})
    assert interrupted.code == "payment_interrupted"
    assert set(interrupted.also) == {"wallet_empty", "entitlement_limit_reached"}
    first = world.ask(guard, operation, both)
    assert set(first.rules) == {"gates.wallet", tables.LIMIT_GATES[operation]}
    assert {first.code, *first.also} == {"wallet_empty", "entitlement_limit_reached"}
    assert len(first.also) == 1


@pytest.mark.parametrize("operation", tables.TRAFFIC)
def test_order_what_is_known_comes_before_what_is_not(guard: Guard, operation: str) -> None:
    """At one stage: an empty wallet is told first, and a meter that could not be read besides; the other way round too."""
    meter = f"entitlements.{tables.LIMITED[operation]}"
    empty = world.ask(guard, operation, {"wallet.status": "empty", meter: world.GONE})
    assert (empty.code, empty.also) == ("wallet_empty", ("facts_unavailable",))
    full = world.ask(guard, operation, {"wallet": world.GONE, f"{meter}.used": 10})
    assert (full.code, full.also) == ("entitlement_limit_reached", ("facts_unavailable",))


def test_order_what_cannot_be_read_is_told_besides(guard: Guard) -> None:
    """A payment that is interrupted is told, and so is that the meter could not be read."""
    changes = {"payment.status": "interrupted", "entitlements": world.GONE}
    decision = world.ask(guard, "messages.send", changes)
    assert (decision.code, decision.also, decision.errors) == ("payment_interrupted", ("facts_unavailable",), ())


def test_order_all_facts_gone_is_one_answer(guard: Guard) -> None:
    """The earliest gate says that it cannot read; the same code is not told again."""
    everything = dict.fromkeys(["providers", "payment", "wallet", "entitlements", "fair_use"], world.GONE)
    for operation in tables.PAID:
        decision = world.ask(guard, operation, everything)
        assert (decision.code, decision.stage, decision.also) == ("facts_unavailable", "provider", ())


STRANGERS = {
    "a key without the scope": (world.key("agents:read"), "server", "scope_missing"),
    "a key with no scope": (world.key(), "server", "scope_missing"),
    "a key in a browser": (world.key(*tables.SCOPES), "browser", "credential_channel_forbidden"),
    "a viewer": (world.member("viewer"), "dashboard", "member_permission_missing"),
    "a member elsewhere": (
        Principal.member("m", workspace=world.ELSEWHERE, roles=["owner"]),
        "dashboard",
        "workspace_mismatch",
    ),
    "a session": (
        Principal.session("ses_1", workspace=world.WORKSPACE, expires_at=world.RESETS),
        "widget",
        "not_permitted",
    ),
    "the host's job": (Principal.system("job_1", workspace=world.WORKSPACE), "server", "not_permitted"),
    "nobody": (Principal.anonymous(), "server", "credential_invalid"),
}


GATED = [name for name in tables.OPERATIONS if name not in {*tables.UNGATED, "members.invite"}]
ASKED = [(operation, who) for operation in GATED for who in STRANGERS
         if not (who == "a viewer" and operation == "preview.start")
         and not (who == "a key without the scope" and operation == "preview.start")]  # fmt: skip
"""Operations with strangers: whoever sees agents may preview them."""
STATES = (world.NO_CHANGES, world.BROKEN, {"as_of": world.GONE}, {"entitlements": "?", "payment": None})


@pytest.mark.parametrize(("operation", "who"), ASKED)
def test_order_who_may_not_learns_nothing_of_the_account(guard: Guard, operation: str, who: str) -> None:
    """Whatever the state of the workspace, word by word the same answer: no code, meter, kind or time of a gate in it."""
    principal, channel, code = STRANGERS[who]
    about = Resource(guard.catalog.operations[operation].permission.partition(":")[0], "res_1", world.WORKSPACE)
    answers = [guard.check(principal, operation, about, world.context(channel, changes)) for changes in STATES]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0].code == code
    assert (answers[0].also, answers[0].meter, answers[0].providers, answers[0].retry_at) == ((), None, (), None)
    assert "limit" not in str(answers[0]).lower()


@pytest.mark.parametrize("role", [*tables.ROLES, None])
def test_order_nor_of_seats(guard: Guard, role: str | None) -> None:
    """Whoever may not invite is told that and no more; whoever may is told that no seat is left."""
    who = world.member(*([role] if role else []))
    about = world.about("members:invite")
    codes = {guard.check(who, "members.invite", about, world.context("dashboard", changes)).code for changes in STATES}
    if role in {"owner", "admin"}:
        assert codes == {None, "entitlement_limit_reached", "facts_unavailable"}
    else:
        assert codes == {"member_permission_missing"}


@pytest.mark.parametrize("who", STRANGERS)
def test_order_nor_from_advice_and_obligations(guard: Guard, who: str) -> None:
    """Grace and soft limits are told with an allow only."""
    principal, channel, _ = STRANGERS[who]
    changes = {"payment.status": "grace", "entitlements.agents.kind": "soft", "entitlements.agents.used": 10}
    about = Resource("agents", "agt_1", world.WORKSPACE)
    decision = guard.check(principal, "agents.create", about, world.context(channel, changes))
    assert (decision.allowed, decision.advice, decision.obligations) == (False, (), ())
