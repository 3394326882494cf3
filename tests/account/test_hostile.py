"""Careless and hostile requests: each is answered, none by an error of the service, and nothing is counted for them."""

from typing import Any

import pytest

from tests.account.service import House

JSON = {"content-type": "application/json"}
REQUESTS: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/api/agents/%00", {}, 404),
    ("GET", "/api/agents/a%0Ab", {}, 404),
    ("GET", "/api/agents?after=%00", {}, 400),
    ("GET", "/api/agents?limit=0", {}, 422),
    ("POST", "/api/schedules", {"json": {"name": "a\0b"}}, 422),
    ("POST", "/api/schedules", {"content": b'{"name": "\\ud800"}', "headers": JSON}, 400),
    ("POST", "/api/schedules", {"content": b'{"name": "x", "body": ' + b"[" * 100_000, "headers": JSON}, 400),
    ("POST", "/api/schedules", {"json": {"name": "x", "workspace_id": "w1"}}, 422),
    ("POST", "/api/tests", {"json": {"name": "x", "agent": "nobody"}}, 404),
    ("POST", "/api/sessions/{session}/calls/widget/-1", {}, 404),
    ("POST", "/api/sessions/{session}/calls/widget/0", {}, 503),
    ("POST", "/api/sessions/{session}/calls/widget/99999999999999999999", {}, 400),
    ("POST", "/api/sessions/{session}/messages", {"json": {"text": "x" * 20_000}}, 422),
    ("POST", "/api/agents/{agent}/channels/a%0Ab", {}, 404),
    ("POST", "/api/agents/{agent}/channels/" + "x" * 3_000, {}, 404),
    ("POST", "/gateways/voice/sessions/{session}/calls/widget/5", {}, 403),
    ("GET", "/static/../models.py", {}, 404),
    ("GET", "/docs", {}, 404),
]


def test_requests_that_nobody_sends_in_earnest(house: House) -> None:
    """Over the API, with a key that may do much."""
    key = house.key("workspace:write")
    # SQLite takes any text, PostgreSQL none with a null character.
    either = {"/api/agents?after=%00": {200, 400}, "/api/agents/%00": {400, 404}}
    for method, path, more, status in REQUESTS:
        answer = house.api(method, path.format(**house.records), key, **more)
        assert answer.status_code in either.get(path, {status}), (
            f"{method} {path[:60]}: {answer.status_code} {answer.text}"
        )
    assert house.used_of_all()["voice_minutes"] == 0


@pytest.mark.parametrize(
    "credential", ["", "Basic abc", "Bearer", "Bearer ", "Bearer acct_x", "Bearer session_x", "Bearer \xff"]
)
def test_credentials_that_are_none(house: House, credential: str) -> None:
    """Whatever somebody sends is nobody's."""
    answer = house.api("GET", "/api/agents", headers={"authorization": credential.encode("latin-1")})
    assert answer.status_code == 401


def test_a_session_of_a_user_is_for_itself_alone(house: House) -> None:
    """Where its page is, and for an hour; a gateway's token reaches what it delivers."""
    made = house.api("POST", "/api/sessions", house.key("sessions:write"), json={"name": "of a User"}).json()
    asked = {
        f"/widget/sessions/{house.records['session']}/messages": 403,
        f"/api/sessions/{made['id']}/messages": 403,
        f"/widget/sessions/{made['id']}/messages": 200,
    }
    for path, status in asked.items():
        assert house.api("POST", path, made["token"], json={"text": "hi"}).status_code == status
    gateway = house.account.configuration.gateway_token
    assert house.api("GET", "/api/agents", gateway).status_code == 404
    assert house.api("POST", "/gateways/voice/sessions/nobody/calls/widget/5", gateway).status_code == 404


def test_forms_that_nobody_fills_in_so(house: House) -> None:
    """In the dashboard, by its owner."""
    owner, user = house.member("owner"), house.seeded.user("viewer")
    forms: list[tuple[str, dict[str, Any], int]] = [
        (f"/settings/members/{user}/role", {"role": "superuser"}, 403),
        (f"/settings/members/{user}/role", {}, 403),
        ("/settings/members", {"email": "nobody", "role": "viewer"}, 422),
        ("/settings/api_keys", {"name": "k", "scopes": "*:*"}, 400),
        ("/settings/api_keys", {"name": "a\nb", "scopes": "agents:read"}, 422),
        ("/settings/api_keys/nobody/rotation", {"hours": "1"}, 404),
        ("/settings/providers/evil", {"secret": "x"}, 404),
        ("/settings/privacy", {"value": "0"}, 422),
        ("/billing/top_ups", {"cents": "-5"}, 422),
        ("/billing/top_ups", {"cents": "9" * 20}, 422),
        ("/workspace", {"workspace": "nobody"}, 404),
    ]
    for path, fields, status in forms:
        assert owner.post(path, **fields).status_code == status, path
    owner.post("/settings/api_keys", name="<script>alert(1)</script>", scopes="agents:read")
    assert "<script>alert" not in owner.get("/settings/api_keys").text
