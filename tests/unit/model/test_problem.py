"""Denials for HTTP: what each level of disclosure tells, challenges that parse back, headers that no text can split."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scopeguard import Context, Decision, Disclosure, Guard, Obligation, Principal, Remedy, RequestError, Resource
from scopeguard.model.codes import STANDARD_CODES
from scopeguard.model.decision import FIELDS, Advice
from tests.laws.support import answer, guard_of, law
from tests.strategies import Pack, Request, cases

LEVELS: tuple[Disclosure, ...] = get_args(Disclosure)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def deny(code: str = "scope_missing", status: int = 403, **more: Any) -> Decision:
    """A denial, made by hand."""
    return Decision("deny", "agents:write", code, "nothing grants agents:write", "sha256:0", status=status, **more)


LIMIT = deny(
    "entitlement_limit_reached",
    402,
    operation="agents.create",
    stage="entitlement",
    rules=("gates.agents",),
    errors=("gates.agents",),
    provided=("agents:write",),
    needed=("agents:write",),
    also=("payment_interrupted",),
    category="recovery",
    title="Limit reached",
    remedy=Remedy("The limit of agents is reached.", "open", "billing/usage"),
    meter="agents",
    providers=("model", "speech"),
    retry_at=NOON,
    obligations=(Obligation("audit"), Obligation("meter", (("meter", "agents"), ("quantity", 2), ("reserve", True)))),
)
"""A denial that has something in every field."""

TOLD_AT_SCOPES = {
    "type": "about:blank",
    "title": "Payment Required",
    "status": 402,
    "detail": "The limit of agents is reached.",
    "code": "entitlement_limit_reached",
    "category": "recovery",
    "needed": ["agents:write"],
    "meter": "agents",
    "providers": ["model", "speech"],
    "retry_at": "2026-03-01T12:00:00+00:00",
    "also": ["payment_interrupted"],
    "remedy": {"text": "The limit of agents is reached.", "action": "open", "target": "billing/usage"},
}

TOLD_IN_FULL = {
    **TOLD_AT_SCOPES,
    "permission": "agents:write",
    "operation": "agents.create",
    "stage": "entitlement",
    "reason": "nothing grants agents:write",
    "rules": ["gates.agents"],
    "errors": ["gates.agents"],
    "provided": ["agents:write"],
    "obligations": [
        {"kind": "audit", "details": {}},
        {"kind": "meter", "details": {"meter": "agents", "quantity": 2, "reserve": True}},
    ],
    "policy_digest": "sha256:0",
}


def test_nothing_but_the_status_is_told_at_none() -> None:
    """The phrase of the status, not the title of the code, and no code, not even in the type."""
    expected = {"type": "about:blank", "title": "Payment Required", "status": 402}
    assert LIMIT.to_problem(disclosure="none") == expected
    assert LIMIT.to_problem(disclosure="none", type_base="https://example.com/") == expected


def test_how_to_recover_is_told_at_scopes() -> None:
    """The default: the code, what is needed and where it is mended; no rule, no reason, no digest."""
    assert LIMIT.to_problem() == LIMIT.to_problem(disclosure="scopes") == TOLD_AT_SCOPES


def test_how_it_was_decided_is_told_in_full() -> None:
    """What a host's own people see, with nothing left out."""
    assert LIMIT.to_problem(disclosure="full") == TOLD_IN_FULL


def test_every_field_of_a_decision_has_its_level() -> None:
    """A new field is told to nobody until somebody says to whom; these are told otherwise, or speak of an allow. What is worked out from others is none."""
    elsewhere = {"effect", "title", "status", "challenge", "advice", "redact"}
    told = set(LIMIT.to_problem(disclosure="full")) - {"type", "detail"}
    assert {*FIELDS} == told | elsewhere


def test_what_is_not_there_is_no_member() -> None:
    """No member is null or empty, also inside of the remedy."""
    assert deny(remedy=Remedy("Ask.")).to_problem() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": "Ask.",
        "code": "scope_missing",
        "remedy": {"text": "Ask."},
    }


def test_types_are_the_base_and_the_code() -> None:
    """With a base of the host's the type is a URI, and the title is that of the code (RFC 9457 section 3.1)."""
    problem = LIMIT.to_problem(type_base="https://example.com/problems/", instance="/v1/agents?page=2")
    assert problem["type"] == "https://example.com/problems/entitlement_limit_reached"
    assert problem["title"] == "Limit reached"
    assert problem["instance"] == "/v1/agents?page=2"
    assert deny().to_problem(type_base="urn:problem:")["type"] == "urn:problem:scope_missing"
    assert deny().to_problem(type_base="urn:problem:")["title"] == "Forbidden"


@pytest.mark.parametrize(
    ("status", "phrase"),
    [(400, "Bad Request"), (401, "Unauthorized"), (404, "Not Found"), (409, "Conflict"), (429, "Too Many Requests"),
     (503, "Service Unavailable"), (420, "Bad Request"), (599, "Internal Server Error"), (999, "Unknown")],
)  # fmt: skip
def test_a_status_has_a_phrase(status: int, phrase: str) -> None:
    """Of the registry of HTTP; one that it does not have goes by its class."""
    assert deny(status=status).to_problem()["title"] == phrase


HIDDEN = deny(
    "workspace_mismatch",
    404,
    stage="workspace",
    title="Not found",
    category="denial",
    also=("payment_interrupted",),
    needed=("agents:write",),
    remedy=Remedy("It is in ws_2."),
    challenge="insufficient_scope",
    retry_at=NOON,
)


@pytest.mark.parametrize("level", ["none", "scopes"])
def test_a_404_is_a_404(level: Disclosure) -> None:
    """Whatever the decision holds, the answer is the one about a thing that is not there."""
    problem = HIDDEN.to_problem(disclosure=level, type_base="https://example.com/", instance="/v1/agents/agt_9")
    assert problem == {"type": "about:blank", "title": "Not Found", "status": 404, "instance": "/v1/agents/agt_9"}
    for kind in ("bearer", "invalid_token", "insufficient_scope", None):
        hidden = replace(HIDDEN, challenge=kind)
        assert hidden.www_authenticate(disclosure=level, realm="api") is None
        assert hidden.headers(disclosure=level, realm="api", now=NOON) == {"Cache-Control": "no-store"}


def test_a_404_is_explained_in_full_only() -> None:
    """Who may see everything sees why nothing is found."""
    assert HIDDEN.to_problem(disclosure="full")["code"] == "workspace_mismatch"


ALLOWED = Decision("allow", "agents:read", None, "granted by scope:agents:read", "sha256:0")


def test_an_allowed_decision_is_no_problem() -> None:
    """It has no problem to render, at no level, and neither challenge nor headers."""
    for level in LEVELS:
        with pytest.raises(RequestError, match="an allowed decision is no problem"):
            ALLOWED.to_problem(disclosure=level)
        for allowed in (ALLOWED, replace(ALLOWED, challenge="bearer", retry_at=NOON)):
            assert allowed.www_authenticate(disclosure=level) is None
            assert allowed.headers(disclosure=level, now=NOON) == {}


RENDERERS: list[Callable[..., object]] = [Decision.to_problem, Decision.www_authenticate, Decision.headers]


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize("level", ["all", "FULL", "", None, 1, ["full"]])
@pytest.mark.parametrize("decision", [LIMIT, HIDDEN, ALLOWED])
def test_a_level_that_is_none_is_refused(decision: Decision, level: object, render: Callable[..., object]) -> None:
    """A typo tells nothing, rather than everything."""
    with pytest.raises(RequestError, match="disclosure must be one of none, scopes, full"):
        render(decision, disclosure=level)


MALFORMED: list[tuple[Callable[[], object], str]] = [
    (lambda: LIMIT.to_problem(instance=7), "instance must be a str, not int"),  # type: ignore[arg-type]
    (lambda: LIMIT.to_problem(type_base=b"urn:"), "type_base must be a str, not bytes"),  # type: ignore[arg-type]
    (lambda: LIMIT.www_authenticate(realm=7), "a realm must be a str, not int"),  # type: ignore[arg-type]
    (lambda: LIMIT.www_authenticate(realm=""), "a realm is empty"),
    (lambda: LIMIT.www_authenticate(realm="a\r\nSet-Cookie: x"), "a realm .* holds a control character"),
    (lambda: LIMIT.www_authenticate(realm="é"), "a realm .* is not ASCII"),
    (lambda: ALLOWED.headers(realm="é"), "a realm .* is not ASCII"),
    (lambda: LIMIT.headers(now=NOON.replace(tzinfo=None)), "now must carry a time zone"),
    (lambda: LIMIT.headers(now=1), "now must be a datetime, not int"),  # type: ignore[arg-type]
    (lambda: deny(retry_at=NOON.replace(tzinfo=None)).headers(now=NOON), "retry_at must carry a time zone"),
]  # fmt: skip


@pytest.mark.parametrize(("render", "message"), MALFORMED)
def test_malformed_arguments_are_refused(render: Callable[[], object], message: str) -> None:
    """Typed errors, before anything is made of them."""
    with pytest.raises(RequestError, match=message):
        render()


# Challenges.

SCOPE_MISSING = deny(
    needed=("agents:write", "schedules:read"),
    challenge="insufficient_scope",
    remedy=Remedy('Use a key that holds "agents:write" → Settings\\API\nkeys.'),
)
ESCAPED = (
    r"""Bearer realm="the \"API\"\\", error="insufficient_scope", """
    '''error_description="Use a key that holds 'agents:write' ? Settings?API keys.", scope="agents:write schedules:read"'''
)
CHALLENGES = [
    (deny("credential_invalid", 401, challenge="bearer", remedy=Remedy("Send one.")), "scopes", None, "Bearer"),
    (deny("credential_invalid", 401, challenge="bearer", remedy=Remedy("Send one.")), "full", "api", 'Bearer realm="api"'),
    (deny("credential_invalid", 401, challenge="bearer"), "none", "api", 'Bearer realm="api"'),
    (deny("credential_expired", 401, challenge="invalid_token"), "scopes", None, 'Bearer error="invalid_token"'),
    (deny("credential_expired", 401, challenge="invalid_token", needed=("a:b",)), "full", None, 'Bearer error="invalid_token"'),
    (deny("credential_expired", 401, challenge="invalid_token", remedy=Remedy("Use another.")), "scopes", "api",
     'Bearer realm="api", error="invalid_token", error_description="Use another."'),
    (deny("credential_expired", 401, challenge="invalid_token", remedy=Remedy("Use another.")), "none", None, "Bearer"),
    (SCOPE_MISSING, "scopes", 'the "API"\\', ESCAPED),
    (SCOPE_MISSING, "none", "api", None),
    (deny(challenge="insufficient_scope"), "scopes", None, 'Bearer error="insufficient_scope"'),
    (deny(challenge="insufficient_scope", needed=("agents:write", "no scope")), "scopes", None, 'Bearer error="insufficient_scope"'),
    (deny("payment_interrupted", 402), "full", "api", None),
    (deny("member_permission_missing", needed=("settings.privacy.view",)), "scopes", "api", None),
    (deny("dashboard_only", challenge="none"), "full", "api", None),
    (deny("dashboard_only", challenge="insufficient\r\nX: 1"), "full", "api", None),
]  # fmt: skip


@pytest.mark.parametrize(("decision", "level", "realm", "expected"), CHALLENGES)
def test_challenges(decision: Decision, level: Disclosure, realm: str | None, expected: str | None) -> None:
    """By RFC 6750 section 3: no error where there was no credential, the least scopes, and nothing where none helps."""
    assert decision.www_authenticate(disclosure=level, realm=realm) == expected


def test_no_challenge_tells_a_dead_key_from_an_unknown_one_at_none() -> None:
    """All denials of credentials look alike there, so that nobody learns which text once was a key."""
    found = {
        deny(code.name, code.status, challenge=code.challenge, remedy=Remedy("x")).www_authenticate(disclosure="none")
        for code in STANDARD_CODES.values()
        if code.status == 401
    }
    assert found == {"Bearer"}


def test_a_long_description_is_cut() -> None:
    """A header has no room for an essay."""
    told = deny(challenge="invalid_token", remedy=Remedy("x" * 5000)).www_authenticate()
    assert told == f'Bearer error="invalid_token", error_description="{"x" * 253}..."'


def parse(header: str) -> dict[str, str]:
    """The parameters of a Bearer challenge, read as RFC 9110 (11.2, 5.6.4) says; AssertionError for anything else."""
    assert re.fullmatch(r"[\x20-\x7e]*", header)
    scheme, _, rest = header.partition(" ")
    assert scheme == "Bearer"
    found: dict[str, str] = {}
    while rest:
        matched = re.match(r'([A-Za-z_]+)="((?:[ !#-\[\]-~]|\\[ -~])*)"(?:, (?=.)|\Z)', rest)
        assert matched, rest
        name, value = matched.groups()
        assert name not in found
        found[name] = re.sub(r"\\(.)", r"\1", value)
        rest = rest[matched.end() :]
    return found


printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40)
hostile = st.text(st.one_of(st.characters(), st.sampled_from('"\\\r\n\t\x00\x7f,= é→')), max_size=60)
kinds = st.sampled_from(["bearer", "invalid_token", "insufficient_scope"])
tokens = st.lists(hostile | st.from_regex(r"[a-z]{1,8}:[a-z]{1,8}", fullmatch=True), max_size=4).map(tuple)


@given(realm=printable, text=hostile, needed=tokens, kind=kinds, level=st.sampled_from(LEVELS))
def test_every_challenge_parses_back(
    realm: str, text: str, needed: tuple[str, ...], kind: str, level: Disclosure
) -> None:
    """Whatever stands in the realm, the remedy and the scopes: one header, with the parameters that were meant."""
    decision = deny(challenge=kind, status=401, needed=needed, remedy=Remedy(text))
    header = decision.www_authenticate(disclosure=level, realm=realm)
    if level == "none" and kind == "insufficient_scope":
        assert header is None
        return
    assert header is not None
    found = parse(header)
    assert found.pop("realm") == realm
    described = found.pop("error_description", "")
    assert re.fullmatch(r'[^"\\]*', described)
    if level == "none" or kind == "bearer":
        assert (found, described) == ({}, "")
        return
    assert found.pop("error") == kind
    sendable = bool(needed) and all(re.fullmatch(r"[!#-\[\]-~]+", scope) for scope in needed)
    assert found == ({"scope": " ".join(needed)} if sendable and kind == "insufficient_scope" else {})


@given(realm=hostile, kind=kinds)
def test_no_realm_splits_a_header(realm: str, kind: str) -> None:
    """A realm that no header may carry is refused; every other comes back as it was."""
    try:
        header = deny(challenge=kind).www_authenticate(realm=realm)
    except RequestError:
        assert not re.fullmatch(r"[\x20-\x7e]+", realm)
    else:
        assert header is not None
        assert parse(header)["realm"] == realm


# Headers.


def test_headers_of_a_denial() -> None:
    """The challenge, the wait, and that no cache keeps the answer."""
    expired = deny("credential_expired", 401, challenge="invalid_token")
    assert expired.headers(realm="api") == {
        "WWW-Authenticate": 'Bearer realm="api", error="invalid_token"',
        "Cache-Control": "no-store",
    }
    assert LIMIT.headers(now=NOON - timedelta(minutes=2)) == {"Retry-After": "120", "Cache-Control": "no-store"}


@pytest.mark.parametrize(
    ("before", "seconds"),
    [(timedelta(seconds=90), "90"), (timedelta(milliseconds=1), "1"), (timedelta(seconds=1, microseconds=1), "2"),
     (timedelta(0), "0"), (-timedelta(hours=1), "0"), (timedelta(days=400), "34560000")],
)  # fmt: skip
def test_the_wait_is_whole_seconds(before: timedelta, seconds: str) -> None:
    """Rounded up, and never less than none; the time zone of either moment does not matter."""
    now = (NOON - before).astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert LIMIT.headers(now=now)["Retry-After"] == seconds


def test_the_wait_takes_a_clock_and_a_level() -> None:
    """Without now there is nothing to count from; at none, when the limit resets is nobody's business."""
    assert "Retry-After" not in LIMIT.headers()
    assert "Retry-After" not in LIMIT.headers(disclosure="none", now=NOON)
    assert "Retry-After" not in deny().headers(now=NOON)


# The shipped pack, and any other.


def numbers(value: object) -> set[str]:
    """Every number in a piece of JSON, in whatever text it stands."""
    return set(re.findall(r"\d+", json.dumps(value, allow_nan=False, ensure_ascii=False)))


@law(examples=30)
@given(case=cases())
def test_any_denial_can_be_sent(case: tuple[Pack, list[Request]]) -> None:
    """Of any pack: plain JSON, no number that the decision does not hold, and each level tells all of the one before."""
    pack, requests = case
    guard = guard_of(pack)
    for request in requests:
        decision = answer(guard, request)
        if not isinstance(decision, Decision) or decision.allowed:
            continue
        known = numbers(decision.to_dict())
        untold, told, full = (decision.to_problem(disclosure=level) for level in LEVELS)
        assert json.loads(json.dumps(full)) == full
        assert numbers([untold, told, full, decision.headers()]) <= known
        assert untold.items() <= told.items() <= full.items()
        assert not {"reason", "rules", "policy_digest", "errors", "provided"} & set(told)
        if decision.status == 404:
            assert told == untold
        header = decision.www_authenticate(realm="api")
        assert header is None or parse(header)["realm"] == "api"


@pytest.fixture(scope="module")
def guard() -> Guard:
    """The shipped pack."""
    return Guard.default()


KEY = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:read")
SERVER = Context(channel="server")


def test_a_key_learns_the_one_scope_it_lacks(guard: Guard) -> None:
    """The least that helps stands in the body and in the challenge."""
    decision = guard.check(KEY, "agents:write", context=SERVER)
    header = decision.www_authenticate(realm="api")
    assert header is not None
    assert parse(header) | {"error_description": ""} == {
        "realm": "api", "error": "insufficient_scope", "error_description": "", "scope": "agents:write",
    }  # fmt: skip
    problem = decision.to_problem()
    assert (problem["status"], problem["code"], problem["needed"]) == (403, "scope_missing", ["agents:write"])


def test_an_explicit_grant_is_asked_for_by_name(guard: Guard) -> None:
    """No coarse scope is offered for an explicit-only surface."""
    header = guard.check(KEY, "collected_data:read", context=SERVER).www_authenticate()
    assert header is not None
    assert parse(header)["scope"] == "collected_data:read"


def test_no_credential_mends_the_dashboard_only(guard: Guard) -> None:
    """A key that manages keys is told where to go, and is not asked for another key."""
    decision = guard.check(KEY, "api_keys:create", context=SERVER)
    assert decision.www_authenticate(realm="api") is None
    assert decision.to_problem()["remedy"]["target"] == "settings/api_keys"


def test_another_workspace_is_not_found(guard: Guard) -> None:
    """What is elsewhere looks like what is nowhere."""
    decision = guard.check(KEY, "agents:read", Resource("agents", "agt_9", "ws_2"), SERVER)
    assert decision.code == "workspace_mismatch"
    assert decision.to_problem() == {"type": "about:blank", "title": "Not Found", "status": 404}


def test_a_member_learns_who_can_help(guard: Guard) -> None:
    """A missing member permission is no matter of credentials, and its remedy names the roles that hold it."""
    ann = Principal.member("ann", workspace="ws_1", roles=["viewer"])
    decision = guard.check(ann, "privacy:manage", context=Context(channel="dashboard"))
    problem = decision.to_problem()
    assert (problem["code"], problem["needed"]) == ("member_permission_missing", ["settings.privacy.manage"])
    assert "owner" in problem["remedy"]["text"]
    assert decision.www_authenticate(realm="api") is None


def test_dead_keys_are_invalid_tokens(guard: Guard) -> None:
    """Expired, revoked and leaked keys all answer 401 with one and the same error."""
    dead = [
        Principal.api_key("k", workspace="ws_1", scopes="agents:read", revoked=True),
        Principal.api_key("k", workspace="ws_1", scopes="agents:read", leaked=True),
        Principal.api_key("k", workspace="ws_1", scopes="agents:read", expires_at=NOON),
        Principal.api_key("k", workspace="ws_1", scopes="agents:read", not_before=NOON + timedelta(days=2)),
    ]
    for key in dead:
        decision = guard.check(key, "agents:read", context=Context(channel="server", now=NOON + timedelta(days=1)))
        header = decision.www_authenticate()
        assert decision.status == 401
        assert header is not None
        assert parse(header)["error"] == "invalid_token"


def test_nobody_is_asked_for_a_credential(guard: Guard) -> None:
    """Without credentials the challenge has no error (RFC 6750 section 3.1)."""
    decision = guard.check(Principal.anonymous(), "agents:read", context=SERVER)
    assert decision.code == "credential_invalid"
    assert decision.www_authenticate(realm="api") == 'Bearer realm="api"'


def test_a_limit_tells_its_meter_and_when_it_resets(guard: Guard) -> None:
    """A state to recover from: where to look, how long to wait, and no number that the host did not give."""
    agents = {
        "enabled": True,
        "limit": 3,
        "used": 3,
        "reserved": 0,
        "kind": "hard",
        "resets_at": NOON + timedelta(hours=1),
    }
    context = Context(channel="server", now=NOON, facts={"as_of": NOON, "entitlements": {"agents": agents}})
    key = Principal.api_key("k", workspace="ws_1", scopes="agents:write")
    decision = guard.check(key, "agents.create", context=context)
    problem = decision.to_problem()
    assert (problem["status"], problem["code"], problem["meter"]) == (402, "entitlement_limit_reached", "agents")
    assert (problem["retry_at"], problem["remedy"]["target"]) == ("2026-03-01T13:00:00+00:00", "billing/usage")
    assert decision.headers(realm="api", now=NOON) == {"Retry-After": "3600", "Cache-Control": "no-store"}
    assert numbers(problem) <= numbers([402, "2026-03-01T13:00:00+00:00"])


def test_unknown_limits_are_told_without_a_number(guard: Guard) -> None:
    """Where facts are missing there is nothing to state, and nothing is stated but the status."""
    key = Principal.api_key("k", workspace="ws_1", scopes="agents:write")
    problem = guard.check(key, "agents.create", context=Context(channel="server", now=NOON)).to_problem()
    assert problem["code"] == "facts_unavailable"
    assert numbers(problem) == {"503"}


def test_allowed_advice_is_no_problem() -> None:
    """Advice on an allow does not make a problem of it."""
    allowed = Decision("allow", "a:b", None, "granted by x", "0", advice=(Advice("payment_grace", "Pay."),))
    with pytest.raises(RequestError):
        allowed.to_problem()
