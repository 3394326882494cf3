"""Each sentence of the description that the account came from, through HTTP; the number is the sentence's."""

import re
from datetime import timedelta

import pytest
from account.models import Allowance, Membership, ProviderCredential, Wallet, Workspace, now
from account.resources import RESOURCES

from scopeguard import UsageEvent
from tests.account.service import PANELS, ROLES, TABS, House, in_minutes, text_of

COARSE = [
    "agents", "knowledge", "integrations", "tests", "phone_numbers", "schedules", "voice", "profile_fields", "memory",
    "users", "conversations", "sessions", "observability", "audit_logs", "workspace_settings",
]  # fmt: skip
WRITTEN = [surface for surface in COARSE if surface not in {"observability", "audit_logs"}]
EXPLICIT = {
    "sensitive_memory": "sensitive_memory:read",
    "collected_data": "collected_data:read",
    "post_session_records": "post_session_records:read",
    "webhooks": "webhooks:admin",
}
KEY_MANAGEMENT = [
    ("GET", "/api/api_keys"),
    ("POST", "/api/api_keys"),
    ("POST", "/api/api_keys/some/rotate"),
    ("POST", "/api/api_keys/some/revoke"),
]
MANAGERS = {
    "general": {"owner", "admin"},
    "members": {"owner", "admin"},
    "api_keys": {"owner", "admin", "developer"},
    "providers": {"owner", "admin"},
    "sso": {"owner"},
    "privacy": {"owner", "admin", "compliance"},
    "compliance": {"owner", "compliance"},
    "audit": set[str](),
}
READERS = {
    "general": {"developer", "billing", "compliance", "viewer"},
    "members": {"compliance"},
    "api_keys": set[str](),
    "providers": {"developer"},
    "sso": {"admin", "compliance"},
    "privacy": set[str](),
    "compliance": {"admin"},
    "audit": {"owner", "admin", "compliance"},
}
HOLDERS = {tab: MANAGERS[tab] | READERS[tab] for tab in TABS}


def with_sso(house: House, **values: bool) -> None:
    """Let a workspace have single sign-on."""
    with house.db() as db:
        row = db.get_one(Workspace, house.id)
        row.sso_available = values.get("available", True)
        row.sso_required = values.get("required", False)


def refused(answer: object, code: str, status: int = 403) -> None:
    """An answer is a problem with this code."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text  # type: ignore[attr-defined]


def test_s1_settings_and_billing_are_the_two_pages_of_the_account(house: House) -> None:
    """There are two, and both open."""
    assert tuple(house.account.guard.catalog.settings) == ("settings", "billing")
    for path in ("/settings", "/billing"):
        assert house.member("owner").get(path).status_code == 200


def test_s2_both_are_for_one_workspace(house: House, other: House) -> None:
    """An owner changes nothing of another workspace, and Billing is no tab of Settings."""
    owner = house.member("owner")
    stranger = other.seeded.user("viewer")
    answer = owner.post(f"/settings/members/{stranger}/role", role="owner")

    assert answer.status_code == 404
    with other.db() as db:
        assert db.get_one(Membership, (other.id, stranger)).role == "viewer"
    assert "billing" not in owner.states()
    key = other.key("workspace:read")
    assert house.api("GET", f"/api/agents/{house.records['agent']}", key).status_code == 404
    assert [row["id"] for row in house.api("GET", "/api/agents", key).json()["items"]] == [other.records["agent"]]


def test_s3_tabs_have_one_order(house: House) -> None:
    """Every member sees them in the same one."""
    assert {tuple(house.member(role).states()) for role in ROLES} == {TABS}


def test_s4_the_eight_tabs_each_have_a_state(house: House) -> None:
    """For each role."""
    for role in ROLES:
        states = house.member(role).states()
        assert tuple(states) == TABS
        assert set(states.values()) <= {"manage", "read_only", "unavailable", "not_offered"}


@pytest.mark.parametrize(
    ("tab", "form"),
    [
        pytest.param("general", ("/settings/general", {"value": "New"}), id="s5_general"),
        pytest.param(
            "members", ("/settings/members", {"email": "{role}@b.example", "role": "viewer"}), id="s6_members"
        ),
        pytest.param("api_keys", ("/settings/api_keys", {"name": "k", "scopes": "agents:read"}), id="s7_api_keys"),
        pytest.param("providers", ("/settings/providers/other", {"secret": "s"}), id="s8_providers"),
        pytest.param("sso", ("/settings/sso", {"value": "false"}), id="s9_sso"),
        pytest.param("privacy", ("/settings/privacy", {"value": "7"}), id="s10_privacy"),
        pytest.param("compliance", ("/settings/compliance/exports", {}), id="s11_compliance"),
        pytest.param("audit", None, id="s12_audit"),
    ],
)
def test_s5_to_s12_a_tab_is_what_its_operations_do(
    house: House, tab: str, form: tuple[str, dict[str, str]] | None
) -> None:
    """Who manages a tab may do what stands in it, who reads it may open it, and the others neither."""
    with_sso(house)
    for role in ROLES:
        member = house.member(role)
        expected = "manage" if role in MANAGERS[tab] else "read_only" if role in READERS[tab] else "unavailable"

        assert member.states()[tab] == expected, role
        assert member.get(f"/settings/{tab}").status_code == (200 if role in HOLDERS[tab] else 403), role
        if form is not None:
            answer = member.post(form[0], **{name: value.format(role=role) for name, value in form[1].items()})
            assert answer.status_code in ({200, 303} if role in MANAGERS[tab] else {403}), answer.text


def test_s8_kinds_of_credentials_each_have_a_readiness(house: House) -> None:
    """Model, speech, telephony, and others."""
    page = house.member("owner").get("/settings/providers").text

    found = dict(re.findall(r'data-kind="(\w+)"><td>\w+</td><td>(\w+)</td>', page))
    assert found == {
        "model": "ready", "speech": "ready", "telephony": "ready", "messaging": "ready", "other": "missing",
    }  # fmt: skip


def test_s9_sso_is_not_offered_where_it_is_not_available(house: House) -> None:
    """Not to an owner either, and nobody is told to ask for a permission."""
    for role in ROLES:
        assert house.member(role).states()["sso"] == "not_offered"
    refused(house.member("owner").get("/settings/sso", "application/json"), "feature_not_available")
    refused(house.member("viewer").get("/settings/sso", "application/json"), "member_permission_missing")

    with_sso(house, required=True)
    refused(house.member("admin").get("/settings/general", "application/json"), "sso_required")
    assert house.member("admin", sso=True).get("/settings/general").status_code == 200
    # The way back: without single sign-on an owner reaches its settings, and nothing else.
    answer = house.member("owner").post("/settings/sso", "text/html", value="false")
    assert answer.status_code == 303
    with house.db() as db:
        assert not db.get_one(Workspace, house.id).sso_required


def test_s12_privileged_activity_is_reviewed_in_audit(house: House) -> None:
    """Who did what, with the code of a denial, and that nothing was changed since; nobody writes there."""
    house.member("owner").post("/settings/members", email="new@w.example", role="viewer")
    house.member("viewer").post("/settings/members", email="more@w.example", role="owner")
    page = house.member("compliance").get("/settings/audit")

    said = text_of(page.text)
    assert "The record is as it was written" in said
    assert f"{house.seeded.user('owner')} members.invite" in said
    assert "deny member_permission_missing" in said
    assert house.api("POST", "/api/audit_logs", house.key("workspace:write")).status_code == 405


def test_s13_the_tab_of_keys_is_there(house: House) -> None:
    """Its sentences follow."""
    assert "API keys" in text_of(house.member("owner").get("/settings/api_keys").text)


def test_s14_keys_are_for_servers_and_for_one_workspace(house: House, other: House) -> None:
    """A key works from a server, and on nothing of another workspace."""
    key = house.key("agents:read")

    assert house.api("GET", "/api/agents", key).status_code == 200
    assert house.api("GET", f"/api/agents/{other.records['agent']}", key).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://shop.example"},
        {"sec-fetch-site": "cross-site"},
        {"user-agent": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120 Safari/537.36"},
    ],
)
def test_s15_no_key_is_used_from_a_browser(house: House, headers: dict[str, str]) -> None:
    """Whatever its scopes, and its tab says so afterwards."""
    key = house.key("workspace:write collected_data:read")

    refused(house.api("GET", "/api/agents", key, headers=headers), "credential_channel_forbidden")
    assert "used where no key belongs" in house.member("owner").get("/settings/api_keys").text


def test_s15_no_key_is_used_in_a_widget_or_a_mobile_app(house: House) -> None:
    """Where a User's page sends messages, a key sends none."""
    key = house.key("workspace:write")
    for prefix in ("/widget", "/mobile"):
        path = f"{prefix}/sessions/{house.records['session']}/messages"
        refused(house.api("POST", path, key, json={"text": "hi"}), "credential_channel_forbidden")


def test_s15_a_key_from_a_public_repository_ends(house: House) -> None:
    """Whoever found it reports it, and it is dead; its tab says what to do."""
    key = house.key("agents:read")

    assert house.api("POST", "/api/leaks", json={"key": key}).status_code == 202
    assert house.api("POST", "/api/leaks", json={"key": key[:-1]}).status_code == 202
    refused(house.api("GET", "/api/agents", key), "credential_leaked", 401)
    assert "leaked: revoke it" in house.member("owner").get("/settings/api_keys").text


def test_s16_keys_are_made_rotated_and_revoked_in_the_dashboard(house: House) -> None:
    """By those who may, and by nobody over the API."""
    developer = house.member("developer")
    made = developer.post("/settings/api_keys", name="mine", scopes="agents:read")
    secret = secret_of(made.text)
    assert house.api("GET", "/api/agents", secret).status_code == 200

    path = f"/settings/api_keys/{id_of(secret)}"
    new = secret_of(developer.post(f"{path}/rotation", hours="24").text)
    assert [house.api("GET", "/api/agents", each).status_code for each in (secret, new)] == [200, 200]
    assert developer.post(f"{path}/rotation", hours="24").status_code == 409
    assert developer.post(f"/settings/api_keys/{id_of(new)}/revocation").status_code == 303
    for each in (secret, new):
        assert house.api("GET", "/api/agents", each).status_code == 401

    for method, over_api in KEY_MANAGEMENT:
        answer = house.client.request(method, over_api, headers={"cookie": developer.cookie})
        refused(answer, "dashboard_only")
    refused(
        house.member("viewer").post("/settings/api_keys", name="k", scopes="agents:read"), "member_permission_missing"
    )


def test_s17_keys_are_scoped_broadly_or_by_surface(house: House) -> None:
    """One coarse scope, several granular ones, or both; order and doubles make no difference, and none is no key."""
    for scopes in ("workspace:read", "knowledge:read agents:read", "agents:read agents:read workspace:read"):
        assert house.api("GET", "/api/agents", house.key(scopes)).status_code == 200
    refused(house.api("GET", "/api/tests", house.key("agents:read knowledge:read")), "scope_missing")
    refused(house.member("owner").post("/settings/api_keys", name="none"), "scopes_empty", 400)


@pytest.mark.parametrize("surface", COARSE)
def test_s18_a_granular_scope_covers_its_surface(house: House, surface: str) -> None:
    """Reading it and no other surface; the coarse scope reads it too; reading writes nothing."""
    key = house.key(f"{surface}:read")

    allowed = {each for each in COARSE if house.api("GET", f"/api/{each}", key).status_code == 200}
    assert allowed == {surface}
    assert house.api("GET", f"/api/{surface}", house.key("workspace:read")).status_code == 200
    if surface in WRITTEN:
        path = f"/api/{surface}/{row_of(house, surface)}"
        refused(house.api("PATCH", path, key, json={"name": "x"}), "scope_missing")
        for scope in (f"{surface}:write", "workspace:write"):
            assert house.api("PATCH", path, house.key(scope), json={"name": "x"}).status_code == 200


@pytest.mark.parametrize("surface", EXPLICIT)
def test_s19_four_surfaces_need_explicit_grants(house: House, surface: str) -> None:
    """Neither the coarse scopes nor all granular ones together open one of them; its own opens nothing else."""
    others = " ".join(["workspace:read", "workspace:write", *(f"{each}:read" for each in COARSE)])

    refused(house.api("GET", f"/api/{surface}", house.key(others)), "explicit_grant_required")
    own = house.key(EXPLICIT[surface])
    allowed = [each for each in [*COARSE, *EXPLICIT] if house.api("GET", f"/api/{each}", own).status_code == 200]
    assert allowed == [surface]


def test_s19_nothing_comes_along_that_was_not_granted(house: House) -> None:
    """What was collected in a conversation is left out of it, unless the key may read it."""
    path = f"/api/conversations/{house.records['conversation']}"
    plain = house.api("GET", path, house.key("conversations:read")).json()
    both = house.api("GET", path, house.key("conversations:read collected_data:read")).json()

    assert plain["redacted"] == ["collected_data", "post_session_records", "sensitive_memory"]
    assert "Date of birth" not in str(plain)
    assert [each["name"] for each in both["collected_data"]] == ["Date of birth"]
    assert "Summary of the booking" not in str(both)
    everything = house.api("GET", "/api/users", house.key("users:read sensitive_memory:read")).json()
    assert [each["name"] for each in everything["items"][0]["sensitive_memory"]] == ["Is allergic"]
    # What is not said to be not sensitive is sensitive.
    key = house.key("memory:write")
    assert house.api("POST", "/api/memory", key, json={"name": "m", "sensitive": False}).status_code == 201
    refused(house.api("POST", "/api/memory", key, json={"name": "m"}), "explicit_grant_required")


@pytest.mark.parametrize("scopes", ["workspace:read", "workspace:write", "collected_data:read webhooks:admin"])
def test_s20_no_key_manages_keys(house: House, scopes: str) -> None:
    """From a server or a browser, whatever it holds; and no such scope is handed out."""
    key = house.key(scopes)
    for headers in ({}, {"origin": "https://shop.example"}):
        for method, path in KEY_MANAGEMENT:
            refused(house.api(method, path, key, headers=headers), "dashboard_only")
    answer = house.member("owner").post("/settings/api_keys", name="k", scopes="api_keys:view")
    refused(answer, "scope_not_holdable")


def test_s21_the_tab_of_providers_is_there(house: House) -> None:
    """Its sentences follow."""
    assert "Providers" in text_of(house.member("owner").get("/settings/providers").text)


def test_s22_credentials_power_what_needs_them(house: House) -> None:
    """Without speech a text preview starts, and one by voice does not, nor a call."""
    lose(house, "speech")
    key = house.key("agents:read sessions:write")
    agent, session = house.records["agent"], house.records["session"]

    assert house.api("POST", f"/api/agents/{agent}/previews/text", key).status_code == 200
    for path in (f"/api/agents/{agent}/previews/audio", f"/api/sessions/{session}/calls/widget/5"):
        answer = house.api("POST", path, key)
        refused(answer, "provider_keys_missing", 409)
        assert answer.json()["providers"] == ["speech"]


def test_s23a_credentials_are_stored_in_settings(house: House) -> None:
    """By those who may, never by a key, and what was stored is nowhere to be read."""
    owner = house.member("owner")
    refused(
        house.member("developer").post("/settings/providers/other", secret="canary-23"), "member_permission_missing"
    )
    refused(house.api("POST", "/api/providers", house.key("workspace:write")), "dashboard_only")

    assert owner.post("/settings/providers/other", secret="canary-23").status_code == 303
    assert "canary-23" not in owner.get("/settings/providers").text
    with house.db() as db:
        assert b"canary-23" not in db.get_one(ProviderCredential, (house.id, "other")).ciphertext


def test_s23b_credentials_are_rotated_when_ownership_changes(house: House) -> None:
    """The tab says so until each was rotated."""
    owner = house.member("owner")
    assert owner.post(f"/settings/members/{house.seeded.user('admin')}/role", role="owner").status_code == 303

    assert owner.get("/settings/providers").text.count("ownership changed since: rotate it") == 4
    owner.post("/settings/providers/model/rotation", secret="new")
    assert owner.get("/settings/providers").text.count("ownership changed since: rotate it") == 3


def test_s23c_readiness_is_checked_where_previews_or_channels_are_disabled(house: House) -> None:
    """The denial names the kinds and leads to Settings → Providers."""
    lose(house, "model")
    key = house.key("agents:write")
    for path in ("previews/text", "channels/widget"):
        answer = house.api("POST", f"/api/agents/{house.records['agent']}/{path}", key)
        refused(answer, "provider_keys_missing", 409)
        assert answer.json()["providers"] == ["model"]
        assert answer.json()["remedy"]["target"] == "settings/providers"


def test_s24_billing_is_there(house: House) -> None:
    """Its sentences follow."""
    assert "Billing" in text_of(house.member("owner").get("/billing").text)


def test_s25_billing_shows_five_things(house: House) -> None:
    """Each with a state of its own, and none of them to a key."""
    expected = {
        "owner": ["read_only", "read_only", "manage", "manage", "manage"],
        "billing": ["read_only", "read_only", "manage", "manage", "manage"],
        "admin": ["read_only", "read_only", "unavailable", "unavailable", "unavailable"],
        "developer": ["unavailable", "read_only", "unavailable", "unavailable", "unavailable"],
    }
    for role, states in expected.items():
        assert house.member(role).states("/billing") == dict(zip(PANELS, states, strict=True))
    refused(house.member("viewer").get("/billing", "application/json"), "member_permission_missing")
    for path in ("billing", "wallet", "usage", "payment_methods", "auto_recharge"):
        refused(house.api("GET", f"/api/{path}", house.key("workspace:write")), "dashboard_only")


def test_s26_usage_is_shown_by_meter(house: House) -> None:
    """The six that are named, uploads, and the two buckets of fair use."""
    assert set(house.used_of_all()) == {
        "voice_minutes", "text_chat_messages", "whatsapp_messages", "test_runs", "agents", "seats",
        "knowledge_uploads", "fair_use_preview", "fair_use_test",
    }  # fmt: skip


def test_s27_production_typed_text_counts_as_text_chat_messages(house: House) -> None:
    """Over the API, in a widget and in a mobile app; what the agent answers does not."""
    key = house.key("sessions:write")
    made = house.api("POST", "/api/sessions", key, json={"name": "of a User"}).json()
    for prefix, bearer in (("/api", key), ("/widget", made["token"]), ("/mobile", made["token"])):
        answer = house.api("POST", f"{prefix}/sessions/{made['id']}/messages", bearer, json={"text": "hi"})
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["messages"]) == 2

    assert changed(house) == {"text_chat_messages": 3}


def test_s28_audio_counts_as_voice_minutes(house: House) -> None:
    """On any channel: those that it took, of those that were reserved."""
    path = f"sessions/{house.records['session']}/calls/widget/10"
    assert house.api("POST", f"/api/{path}", house.key("sessions:write")).json()["minutes"] == 5
    assert house.api("POST", f"/gateways/voice/{path}", house.account.configuration.gateway_token).status_code == 200

    assert changed(house) == {"voice_minutes": 10}
    assert house.account.guard.classify(UsageEvent("whatsapp", "audio", "user")).meter == "voice_minutes"


def test_s29_whatsapp_text_replies_count_as_whatsapp_messages(house: House) -> None:
    """Whoever delivers them."""
    path = f"sessions/{house.records['session']}/whatsapp-replies"
    for prefix, bearer in (
        ("/api", house.key("sessions:write")),
        ("/gateways/whatsapp", house.account.configuration.gateway_token),
    ):
        assert house.api("POST", f"{prefix}/{path}", bearer, json={"text": "hello"}).status_code == 200

    assert changed(house) == {"whatsapp_messages": 2}


def test_s30_previews_and_tests_have_fair_use_of_their_own(house: House) -> None:
    """They count on nothing that is paid for, and neither runs out because of the other."""
    key = house.key("agents:read tests:write sessions:write")
    preview = house.api("POST", f"/api/agents/{house.records['agent']}/previews/text", key).json()["id"]
    test = house.api("POST", f"/api/tests/{house.records['test']}/runs/text", key).json()["id"]
    for session in (preview, preview, test):
        assert house.api("POST", f"/api/sessions/{session}/messages", key, json={"text": "hi"}).status_code == 200

    # There a reply counts as what was typed does.
    assert changed(house) == {"fair_use_preview": 5, "fair_use_test": 3, "test_runs": 1}
    exhaust(house, "text_chat_messages")
    assert house.api("POST", f"/api/sessions/{preview}/messages", key).status_code == 200
    exhaust(house, "fair_use_preview")
    answer = house.api("POST", f"/api/sessions/{preview}/messages", key)
    refused(answer, "fair_use_exhausted", 429)
    assert int(answer.headers["retry-after"]) > 0
    assert house.api("POST", f"/api/sessions/{test}/messages", key).status_code == 200
    exhaust(house, "text_chat_messages", more=1)
    assert house.api("POST", f"/api/sessions/{house.records['session']}/messages", key).status_code == 200


def test_s31_the_dashboard_is_the_source_of_truth(house: House) -> None:
    """No answer has a number that was not read for it; what cannot be read denies; Billing says when it was read."""
    exhaust(house, "agents")
    key = house.key("agents:write")
    answer = house.api("POST", "/api/agents", key, json={"name": "one more"})
    refused(answer, "entitlement_limit_reached", 402)
    assert not re.search(r"\d", answer.json()["detail"].replace("None", ""))
    assert "Billing" in answer.json()["detail"]

    with house.db() as db:
        db.delete(db.get_one(Allowance, (house.id, "agents")))
    refused(house.api("POST", "/api/agents", key, json={"name": "one more"}), "facts_unavailable", 503)
    assert re.search(r"Read at \d{4}-\d\d-\d\d \d\d:\d\d UTC", text_of(house.member("owner").get("/billing").text))


def test_s32_recovery_states_are_four(house: House) -> None:
    """Each stands on the page of recovery states, in the order of the description."""
    page = house.member("owner").get("/recovery").text

    assert re.findall(r'data-code="(\w+)" data-effect', page) == [
        "provider_keys_missing", "payment_interrupted", "entitlement_limit_reached", "member_permission_missing",
    ]  # fmt: skip


def test_s33_missing_provider_keys_block_previews_and_channels(house: House) -> None:
    """Until the credential is stored; reading and settings go on."""
    owner, key = house.member("owner"), house.key("agents:write")
    preview = f"/api/agents/{house.records['agent']}/previews/text"
    owner.post("/recovery/provider-keys")
    refused(house.api("POST", preview, key), "provider_keys_missing", 409)
    refused(owner.post(f"/agents/{house.records['agent']}/previews/text"), "provider_keys_missing", 409)
    assert house.api("GET", "/api/agents", key).status_code == 200

    assert owner.post("/settings/providers/model", secret="good").status_code == 303
    assert house.api("POST", preview, key).status_code == 200


def test_s34_payment_interruptions_block_what_is_paid_for(house: House) -> None:
    """And nothing else, until there is a card that pays. In a grace period everything goes on."""
    owner, key = house.member("owner"), house.key("sessions:write agents:write")
    message = f"/api/sessions/{house.records['session']}/messages"
    owner.post("/recovery/payment")
    refused(house.api("POST", message, key), "payment_interrupted", 402)
    assert house.api("POST", f"/api/agents/{house.records['agent']}/previews/text", key).status_code == 200
    assert owner.post(f"/settings/api_keys/{id_of(key)}/revocation").status_code == 303
    assert owner.post("/billing/top_ups", cents="1000").status_code == 303

    key = house.key("sessions:write")
    refused(house.api("POST", message, key), "payment_interrupted", 402)
    owner.post("/billing/payment_methods", label="A good card")
    assert house.api("POST", message, key).status_code == 200
    with house.db() as db:
        row = db.get_one(Workspace, house.id)
        row.payment_status, row.grace_until = "grace", in_minutes(60)
    assert house.api("POST", message, key).status_code == 200
    with house.db() as db:
        db.get_one(Workspace, house.id).grace_until = in_minutes(-1)
    refused(house.api("POST", message, key), "payment_interrupted", 402)


@pytest.mark.parametrize(
    ("meter", "path", "json"),
    [
        ("agents", "/api/agents", {"name": "one more"}),
        ("knowledge_uploads", "/api/knowledge", {"name": "one more"}),
        ("test_runs", "/api/tests/{test}/runs/text", None),
        ("text_chat_messages", "/api/sessions/{session}/messages", {"text": "hi"}),
        ("whatsapp_messages", "/api/sessions/{session}/whatsapp-replies", {"text": "hi"}),
        ("voice_minutes", "/api/sessions/{session}/calls/widget/2", None),
        ("seats", None, None),
    ],
)
def test_s35_entitlement_limits_block_what_they_are_about(
    house: House, meter: str, path: str | None, json: dict[str, str] | None
) -> None:
    """What just reaches a limit is done, and what goes beyond it is not; nothing else is blocked; a top-up helps."""
    key = house.key("workspace:write")
    fits = 2 if meter == "voice_minutes" else 1

    def ask(number: int) -> object:
        if path is None:
            return house.member("owner").post("/settings/members", email=f"m{number}@{house.id}.example", role="viewer")
        return house.api("POST", path.format(**house.records), key, json=json)

    exhaust(house, meter, more=fits)
    assert ask(1).status_code in {200, 201, 303}  # type: ignore[attr-defined]
    exhaust(house, meter, more=fits - 1)
    answer = ask(2)
    refused(answer, "entitlement_limit_reached", 402)
    assert answer.json()["meter"] == meter  # type: ignore[attr-defined]
    assert house.api("POST", "/api/schedules", key, json={"name": "x"}).status_code == 201

    house.member("owner").post("/billing/top_ups", cents="1000")
    assert ask(3).status_code in {200, 201, 303}  # type: ignore[attr-defined]


def test_s35_no_limit_is_no_bound(house: House) -> None:
    """A soft limit denies nothing either."""
    key = house.key("agents:write")
    for values in ({"limit": None}, {"limit": 0, "kind": "soft"}):
        with house.db() as db:
            for name, value in values.items():
                setattr(db.get_one(Allowance, (house.id, "agents")), name, value)
        assert house.api("POST", "/api/agents", key, json={"name": "x"}).status_code == 201


@pytest.mark.parametrize("role", ROLES)
def test_s36_missing_permissions_make_settings_unavailable(house: House, role: str) -> None:
    """Each tab says which permission is needed, who holds it, and is refused by the service too."""
    with_sso(house)
    member = house.member(role)
    page = member.get("/settings").text
    for tab in TABS:
        if role in HOLDERS[tab]:
            continue
        entry = text_of(page.split(f'<li id="{tab}"')[1].split("</li>")[0])
        assert "Unavailable" in entry
        assert f"settings.{tab}.view" in entry
        for holder in HOLDERS[tab]:
            assert holder in entry.split("Who can help")[1]
        answer = member.get(f"/settings/{tab}", "application/json")
        refused(answer, "member_permission_missing")
        assert answer.json()["needed"] == [f"settings.{tab}.view"]


def lose(house: House, kind: str) -> None:
    """Delete a credential, as its tab does."""
    assert house.member("owner").post(f"/settings/providers/{kind}/deletion").status_code == 303


def exhaust(house: House, meter: str, more: int = 0) -> None:
    """Let only *more* fit within a limit."""
    with house.db() as db:
        row = db.get_one(Allowance, (house.id, meter))
        row.limit = row.used + more


def changed(house: House) -> dict[str, int]:
    """What was counted since the workspace was made: agents and seats were there before."""
    before = {"agents": 1, "seats": 7}
    return {
        meter: used - before.get(meter, 0)
        for meter, used in house.used_of_all().items()
        if used != before.get(meter, 0)
    }


def row_of(house: House, surface: str) -> str:
    """A row of a surface."""
    if surface == "workspace_settings":
        return house.id
    names = {
        "agents": "agent",
        "tests": "test",
        "users": "user",
        "memory": "memory",
        "conversations": "conversation",
        "sessions": "session",
    }
    return house.records[names.get(surface, surface)]


def secret_of(page: str) -> str:
    """The key that a page shows, once."""
    found = re.search(r'<code id="secret">([^<]+)</code>', page)
    assert found is not None, text_of(page)
    return found[1]


def id_of(secret: str) -> str:
    """The id of a key."""
    return secret.split("_")[1]


def test_a_wallet_pays_and_is_recharged(house: House) -> None:
    """What a message costs is taken from the wallet; below its mark it is recharged once, where that is on."""
    key = house.key("sessions:write")
    message = f"/api/sessions/{house.records['session']}/messages"
    with house.db() as db:
        wallet = db.get_one(Wallet, house.id)
        wallet.cents, wallet.low_cents, wallet.auto_recharge = 501, 500, "on"
    assert house.api("POST", message, key).status_code == 200
    with house.db() as db:
        assert db.get_one(Wallet, house.id).cents == 499 + 2000
        db.get_one(Wallet, house.id).cents = 0
    refused(house.api("POST", message, key), "wallet_empty", 402)
    assert len(RESOURCES) == 18
    assert now() + timedelta(0) <= in_minutes(1)
