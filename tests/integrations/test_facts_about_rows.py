"""What loads facts is told of the row that a route asks about, and of what it proposes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from scopeguard import Context, FactsNeeded, Guard, Principal, Resource
from scopeguard.integrations.fastapi import Access, Authz

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ROW = Resource("members", "usr_2", "ws_1", {"roles": ["owner"]})


def test_facts_are_loaded_about_a_row() -> None:
    """How many other owners there are depends on which member is asked about; of a surface there is no row."""
    told: list[Any] = []

    def facts(needed: FactsNeeded, access: Access, about: Any) -> Mapping[str, Any]:
        told.append((access.principal.id, needed.names, about))
        return {"other_active_owners": 0 if about == ROW else 1}

    def load(key: str) -> Resource | None:
        return ROW if key == ROW.id else None

    owner = Principal.member("usr_1", workspace="ws_1", roles=["owner"])
    authz = Authz(
        Guard.default(), principal=lambda: owner, context=lambda: Context(now=NOW), channel="dashboard", facts=facts
    )
    app = FastAPI()

    @app.delete("/members/{key}")
    def remove(key: str, row: Annotated[Resource, authz.one("members.remove", load)]) -> None:
        raise AssertionError(key, row)

    @app.get("/sso")
    def sso(access: Annotated[Access, authz.on("sso:view")]) -> None:
        raise AssertionError(access)

    authz.install(app)
    client = TestClient(app)
    denied = client.delete("/members/usr_2")
    assert (denied.status_code, denied.json()["code"]) == (409, "last_owner")
    assert client.delete("/members/nobody").status_code == 404
    assert client.get("/sso").json()["code"] == "feature_not_available"
    names = ("other_active_owners", "owner_count")
    assert told == [("usr_1", names, ROW), ("usr_1", names, None), ("usr_1", ("sso_available",), None)]
