"""The dashboard as a browser has it, without one: sessions, forms, headers, and what people are told."""

from datetime import timedelta
from pathlib import Path

import pytest
from account import drafts
from account.answers import denied
from account.guarding import COOKIE, DASHBOARD
from account.models import SignIn, User, now
from account.seed import PASSWORD
from sqlalchemy import update
from starlette.requests import Request

from scopeguard import AccessDenied, AccessRequest, Context, Principal, Resource
from tests.account.service import ROLES, TABS, House, text_of

SAME_ON_EACH = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""What asks a database nothing that another one could answer in another way."""

STATIC = Path(__file__).resolve().parents[2] / "examples/account/account/static"
MOST = 100_000
"""Bytes of a page, with all that it loads."""


@SAME_ON_EACH
def test_the_cookie_is_for_this_host_alone(house: House) -> None:
    """No script reads it, no plain connection carries it, no other host has it."""
    form = {"email": house.seeded.email("viewer"), "password": PASSWORD}
    answer = house.client.post("/sign-in", data=form, follow_redirects=False)
    house.client.cookies.clear()

    said = answer.headers["set-cookie"].lower()
    assert said.startswith(f"{COOKIE.lower()}=")
    for part in ("secure", "httponly", "samesite=lax", "path=/"):
        assert part in said
    assert "domain" not in said


@SAME_ON_EACH
def test_every_page_says_what_a_browser_may_do(house: House) -> None:
    """Nothing from elsewhere, no inline script, no frame, and no cache."""
    for path in ("/settings", "/sign-in", "/billing"):
        headers = house.member("owner").get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_a_form_is_of_its_session(house: House) -> None:
    """Without its token, with another's, or from another site it does nothing."""
    owner, admin = house.member("owner"), house.member("admin")
    for token in ("", "made up", admin.csrf):
        assert owner.post("/settings/general", csrf=token, value="Stolen").status_code == 403
    answer = house.client.post(
        "/settings/general",
        data={"csrf": owner.csrf, "value": "Stolen"},
        headers={"cookie": owner.cookie, "sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 403
    assert "Stolen" not in owner.get("/settings/general").text


def test_passwords_are_not_guessed(house: House) -> None:
    """After some wrong ones even the right one waits; an unknown address is answered as a wrong password."""
    form = {"email": house.seeded.email("viewer"), "password": "wrong"}
    wrong = [house.client.post("/sign-in", data=form) for _ in range(5)]
    unknown = house.client.post("/sign-in", data={**form, "email": "nobody@example.com"})
    right = house.client.post("/sign-in", data={**form, "password": PASSWORD})

    assert {each.status_code for each in [*wrong, unknown, right]} == {401}
    assert len({each.text for each in [*wrong, unknown, right]}) == 1
    with house.db() as db:
        db.execute(update(User).where(User.email == form["email"]).values(locked_until=now()))
    assert house.client.post("/sign-in", data={**form, "password": PASSWORD}, follow_redirects=False).status_code == 303
    house.client.cookies.clear()


def test_sessions_end(house: House) -> None:
    """By signing out, and by themselves."""
    owner, admin = house.member("owner"), house.member("admin")
    assert owner.post("/sign-out").status_code == 303
    assert owner.get("/settings").status_code == 401
    with house.db() as db:
        db.execute(
            update(SignIn).where(SignIn.workspace_id == house.id).values(expires_at=now() - timedelta(seconds=1))
        )
    answer = admin.get("/settings")
    assert answer.status_code == 401
    assert "Sign in" in text_of(answer.text)


def test_a_suspended_member_has_no_permissions(house: House) -> None:
    """From the next request on, and again once reinstated."""
    developer, owner = house.member("developer"), house.member("owner")
    path = f"/settings/members/{house.seeded.user('developer')}/suspension"
    assert developer.get("/agents").status_code == 200
    assert owner.post(path).status_code == 303
    answer = developer.get("/agents", "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "member_suspended")
    assert owner.post(path).status_code == 303
    assert developer.get("/agents").status_code == 200


def test_roles_change_with_the_next_request(house: House) -> None:
    """And a seat is free again once somebody is removed."""
    owner, viewer = house.member("owner"), house.member("viewer")
    user = house.seeded.user("viewer")
    assert viewer.states()["members"] == "unavailable"
    assert owner.post(f"/settings/members/{user}/role", role="admin").status_code == 303
    assert viewer.states()["members"] == "manage"
    assert viewer.post(f"/settings/members/{user}/role", role="owner").json()["code"] == "grant_exceeds_actor"
    assert viewer.post(f"/settings/members/{house.seeded.user('owner')}/removal").json()["code"] == "rank_too_low"

    assert owner.post(f"/settings/members/{house.seeded.user('owner')}/removal").json()["code"] == "last_owner"
    assert owner.post(f"/settings/members/{user}/removal").status_code == 303
    assert viewer.get("/settings").status_code == 401
    assert house.used("seats") == 6
    assert owner.post(f"/settings/members/{user}/removal").status_code == 404
    assert owner.post("/settings/members", email=house.seeded.email("owner"), role="viewer").status_code == 409
    assert house.used("seats") == 6


@SAME_ON_EACH
def test_people_are_told_whom_to_ask(house: House) -> None:
    """A denial is a page with the remedy, and with a way there for those who may go it."""
    said = text_of(house.member("developer").get("/settings/members").text)
    assert "Your membership lacks settings.members.view. Ask a member who holds it (admin, compliance, owner)." in said
    owner = house.member("owner")
    owner.post("/recovery/provider-keys")
    page = owner.post(f"/agents/{house.records['agent']}/previews/text", "text/html").text
    assert '<a href="/settings/providers">Go to Providers</a>' in page


def test_what_is_hidden_is_answered_as_what_is_missing(house: House, other: House) -> None:
    """To programs and to people."""
    owner = house.member("owner")
    for accept in ("text/html", "application/json"):
        for path in ("/agents/{}/publications", "/settings/members/{}/removal"):
            stranger = other.records["agent"] if "agents" in path else other.seeded.user("viewer")
            hidden, missing = (owner.post(path.format(each), accept) for each in (stranger, "nobody"))
            assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
            assert hidden.status_code == 404


@SAME_ON_EACH
def test_a_denial_that_hides_is_no_page(house: House, other: House) -> None:
    """Wherever it comes from: people too are answered as if there were nothing."""
    account = house.account
    owner = Principal.member(house.seeded.user("owner"), workspace=house.id, roles=["owner"])
    hidden, context = Resource("agents", other.records["agent"], other.id), Context(DASHBOARD)
    decision = account.guard.check(owner, "agents:read", hidden, context)
    scope = {
        "type": "http",
        "app": house.client.app,
        "headers": [(b"accept", b"text/html")],
        "path": "/",
        "method": "GET",
    }
    answer = denied(Request(scope), AccessDenied(decision, AccessRequest(owner, "agents:read", hidden, context)))

    assert (answer.status_code, answer.body) == (404, account.authz.answers.not_found.body)


@SAME_ON_EACH
@pytest.mark.parametrize("role", ROLES)
def test_pages_are_small(house: House, role: str) -> None:
    """With all that they load."""
    loaded = sum((STATIC / name).stat().st_size for name in ("htmx.min.js", "account.css", "account.svg"))
    member = house.member(role)
    for path in ("/settings", *(f"/settings/{tab}" for tab in TABS), "/billing", "/agents", "/recovery", "/review"):
        assert len(member.get(path).content) + loaded < MOST, path


@SAME_ON_EACH
def test_reviewers_see_what_the_policies_say(house: House) -> None:
    """The matrix of roles, and why one of them may not do something."""
    page = house.member("compliance").get("/review?role=viewer&action=agents:write").text
    assert "scopeguard" not in text_of(page)[:10]
    assert 'id="explained"' in page
    assert "member_permission_missing" in page
    assert house.member("viewer").get("/review").status_code == 403


DRAFT = """\
scopeguard: 1
roles:
  viewer:
    replaces: default
    because: "Viewers look after <b>keys</b> too."
    loosens: "Keys are looked after by everybody."
    holds: [settings.general.view, product.view, settings.api_keys.manage]
rules:
  - {id: audit.nobody, effect: deny, on: ["audit_logs:read"], code: not_permitted, because: "<b>Nobody</b> reviews."}
"""


@SAME_ON_EACH
def test_reviewers_see_what_a_draft_would_change(house: House) -> None:
    """Who gains and who loses, by which lines; nothing of it is in force."""
    reviewer = house.member("compliance")
    page = reviewer.post("/review", "text/html", draft=DRAFT.replace("\n", "\r\n")).text
    gains, loses = text_of(page).split("Gains (1)")[1].split("Loses (2)")

    assert (
        "members with role viewer : api_keys:view, api_keys:create, api_keys:rotate, api_keys:revoke on dash" in gains
    )
    assert "was deny member_permission_missing , would be allow" in gains
    assert "because draft.yaml:7:50 viewer holds: [settings.general.view, product.view] -> " in gains
    assert "was allow , would be deny not_permitted" in loses
    assert "because draft.yaml:9:5 + rule audit.nobody" in loses
    assert "<b>Nobody" not in page
    assert reviewer.get("/review").status_code == 200


@SAME_ON_EACH
def test_a_draft_that_does_not_load_is_answered_with_places_and_hints(house: House) -> None:
    """As a layer, and in the place of all; with nothing of where the service is installed."""
    draft = "scopeguard: 1\nroles:\n  viewer: {holds: [product.view]}\nrulez: []\n"
    layer, whole = (
        text_of(house.member("compliance").post("/review", "text/html", draft=draft, **more).text)
        for more in ({}, {"whole": "true"})
    )

    for page in (layer, whole):
        assert 'SG120 draft.yaml:4:1 unknown key "rulez" did you mean "rules"?' in page
        assert "/policies/" not in page
    assert "first defined at default/roles.yaml" in layer
    assert "first defined" not in whole


@SAME_ON_EACH
def test_drafts_are_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """By length, by time, to one at a time, and to those who may review."""
    reviewer, fields = house.member("compliance"), {"draft": DRAFT}
    assert "at most 20,000 characters" in reviewer.post("/review", "text/html", draft="#" * 20_001).text
    assert reviewer.post("/review", draft="#" * 1_100_000).status_code == 413
    assert house.member("viewer").post("/review", **fields).json()["code"] == "member_permission_missing"
    assert reviewer.post("/review", **{**fields, "csrf": "another"}).status_code == 403
    monkeypatch.setattr(drafts, "MOST_SECONDS", 0.01)
    assert "No answer within 0.01 seconds" in reviewer.post("/review", "text/html", **fields).text
    with drafts._ONE_AT_A_TIME:
        assert "Another draft is being compared" in reviewer.post("/review", "text/html", **fields).text


def test_recovery_states_are_left_by_their_remedies(house: House) -> None:
    """The limit by a top-up; the permission by somebody who may give it."""
    owner, developer, key = house.member("owner"), house.member("developer"), house.key("agents:write")

    owner.post("/recovery/limit")
    assert owner.post("/agents", name="one more").json()["code"] == "entitlement_limit_reached"
    assert house.api("POST", "/api/agents", key, json={"name": "x"}).json()["remedy"]["target"] == "billing/usage"
    owner.post("/billing/top_ups", cents="1000")
    assert owner.post("/agents", name="one more").status_code == 303

    owner.post("/recovery/permission")
    assert developer.states()["api_keys"] == "unavailable"
    assert "Who can help: members with the role admin or developer or owner" in text_of(developer.get("/settings").text)
    assert (
        developer.post("/settings/api_keys", name="k", scopes="agents:read").json()["code"]
        == "member_permission_missing"
    )
    owner.post(f"/settings/members/{house.seeded.user('developer')}/role", role="developer")
    assert developer.states()["api_keys"] == "manage"


def test_a_member_of_two_workspaces_is_in_one_at_a_time(house: House, other: House) -> None:
    """And in no third one."""
    owner = house.member("owner")
    other.member("owner").post("/settings/members", email=house.seeded.email("owner"), role="viewer")
    assert f"Switch to {other.id.title()}" in text_of(owner.get("/settings").text)
    answer = owner.post("/workspace", workspace=other.id)
    assert answer.status_code == 303
    house.client.cookies.clear()
    assert owner.post("/workspace", workspace="w0").status_code == 403
