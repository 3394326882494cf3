"""Nothing is answered undecided, what is denied is recorded, and secrets are nowhere."""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from scopeguard.decisionlog import verify_log
from scopeguard.http import RouteDescription, closure_of
from tests.account.service import House
from tests.account.test_sentences import secret_of

SAME_ON_EACH = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""What asks a database nothing that another one could answer in another way."""

PUBLIC = {"/", "/sign-in", "/sign-out", "/workspace", "/api/leaks", "/static", "/api/openapi.json"}


def routes(app: FastAPI) -> tuple[RouteDescription, ...]:
    """Every route of the service."""
    return app.state.account.authz.routes(app)  # type: ignore[no-any-return]  # of the state


@SAME_ON_EACH
def test_every_route_asks(app: FastAPI) -> None:
    """Each has a mark, none asks past a gate, none is for nobody, and every scope is for one."""
    found = closure_of(app.state.account.guard, routes(app))

    assert found.findings == (), "\n".join(map(str, found.findings))
    assert set(found.unused_scopes) <= {"webhooks:read", "webhooks:write"}


@SAME_ON_EACH
def test_what_is_closed_to_keys_is_refused_with_the_reason(house: House) -> None:
    """Every surface that no key may hold, whatever is asked of it."""
    key = house.key("workspace:write collected_data:read webhooks:admin")
    surfaces = [each for each in house.account.guard.catalog.surfaces.values() if "api_key" not in each.holdable_by]
    assert {"api_keys", "members", "providers", "billing"} < {each.name for each in surfaces}
    for surface in surfaces:
        for permission in surface.permissions:
            is_read = permission == surface.reading
            path = f"/api/{surface.name}" if is_read else f"/api/{surface.name}/some/{permission.split(':')[1]}"
            answer = house.api("GET" if is_read else "POST", path, key)
            assert (answer.status_code, answer.json()["code"]) == (403, "dashboard_only"), path


@SAME_ON_EACH
def test_nobody_is_answered_without_a_credential(app: FastAPI, client: TestClient) -> None:
    """By any route that is not public, whatever its method."""
    asked = 0
    for route in routes(app):
        path = re.sub(r"\{minutes(:int)?\}", "5", route.path)
        path = re.sub(r"\{[^}]*\}", "some", path)
        for method in route.methods:
            if route.path not in PUBLIC:
                answer = client.request(method, path, follow_redirects=False)
                # Forms are refused before, for they are of no session.
                assert answer.status_code in {401, 403, 422}, f"{method} {path}: {answer.status_code}"
                asked += 1
    assert asked > 150


def entries(folder: Path) -> Iterator[dict[str, object]]:
    """The decisions in a log."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            if "effect" in found:
                yield found


def test_every_denial_is_in_the_log(house: House) -> None:
    """One line for each, and the log is as it was written."""
    key = house.key("agents:read")
    folder = house.account.configuration.log_folder
    paths = [f"/api/{surface}" for surface in ("tests", "webhooks", "api_keys", "members", "audit_logs")]
    for path in paths:
        assert house.api("GET", path, key).status_code == 403
    assert house.account.log.flush()

    denied = [
        each for each in entries(folder) if each.get("principal.id") == key.split("_")[1] and each["effect"] == "deny"
    ]
    assert [each["code"] for each in denied] == [
        "scope_missing", "explicit_grant_required", "dashboard_only", "dashboard_only", "scope_missing",
    ]  # fmt: skip
    assert verify_log(folder)
    assert house.account.log.status.dropped == 0


def test_secrets_are_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in a page nor an answer after the one that shows a key, nor in a log, nor in the database as they are."""
    caplog.set_level(logging.DEBUG)
    owner = house.member("owner")
    canary = f"canary-of-{house.id}"
    key = secret_of(owner.post("/settings/api_keys", name="k", scopes=["sessions:write", "audit_logs:read"]).text)
    owner.post("/settings/providers/other", secret=canary)
    session = house.api("POST", "/api/sessions", key, json={"name": "of a User"}).json()
    secrets = [key, canary, session["token"], owner.cookie.split("=", 1)[1], "correct horse"]
    house.api("GET", "/api/agents", key)
    house.api("POST", "/api/leaks", json={"key": key[:-1] + "x"})
    house.account.log.flush()

    said = [owner.get(f"/settings/{tab}").text for tab in ("api_keys", "providers", "audit", "general")]
    said += [owner.get(path).text for path in ("/billing", "/agents", "/recovery")]
    said += [house.api("GET", path, key).text for path in ("/api/sessions", "/api/audit_logs")]
    said += [file.read_text(encoding="utf-8") for file in house.account.configuration.log_folder.glob("*.jsonl")]
    said += [record.getMessage() for record in caplog.records]
    with house.db() as db:
        for table in ("api_keys", "provider_credentials", "records", "sign_ins", "users"):
            said += [str(row) for row in db.connection().exec_driver_sql(f"SELECT * FROM {table}")]  # noqa: S608  # ours
    assert len(said) > 20
    for secret in secrets:
        assert not any(secret in each for each in said), secret
