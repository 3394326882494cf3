"""What an OpenAPI document says of routes that ask, with nothing that a host writes."""

from typing import Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.security import APIKeyHeader
from starlette.requests import HTTPConnection

from scopeguard import Guard, Principal
from scopeguard.integrations.fastapi import Authz

GUARD = Guard.default()
HEADER = APIKeyHeader(name="X-Key", auto_error=False)


def by_header(text: str | None = Depends(HEADER)) -> Principal:
    """Who asks, by a scheme of the host's own."""
    raise HTTPException(401, text)


def by_connection(connection: HTTPConnection) -> Principal:
    """Who asks, without one."""
    raise HTTPException(401, str(connection.url))


def nothing() -> None:
    """A handler."""


def documented(principal: Any) -> dict[str, Any]:
    """The document of a small service."""
    authz = Authz(GUARD, principal=principal, channel="server")
    app, router = FastAPI(), APIRouter(prefix="/v1")
    router.get("/agents", dependencies=[authz.on("agents:read")])(nothing)
    router.get(
        "/agents/{key}", dependencies=[authz.one("agents:read", lambda: None)], responses={404: {"description": "Own"}}
    )(nothing)
    router.post("/previews", dependencies=[authz.on("preview.start")])(nothing)
    router.post("/messages", dependencies=[authz.on("messages.send")])(nothing)
    router.get("/keys", dependencies=[authz.on("api_keys:view")])(nothing)
    router.get("/health", dependencies=[authz.public])(nothing)
    app.include_router(router)
    authz.install(app)
    found = app.openapi()
    assert app.openapi() is found
    return found


def test_scopes_and_denials() -> None:
    """The statuses are those of the codes that the pack has for the action; what the host wrote stays."""
    found = documented(by_connection)
    paths = found["paths"]

    def errors(path: str, method: str) -> list[str]:
        return [status for status in paths[path][method]["responses"] if status not in {"200", "422"}]

    assert errors("/v1/agents", "get") == ["401", "403", "404"]
    assert set(errors("/v1/messages", "post")) == {"401", "402", "403", "404", "409", "429", "503"}
    assert "429" in errors("/v1/previews", "post")
    assert errors("/v1/health", "get") == []
    assert paths["/v1/agents/{key}"]["get"]["responses"]["404"] == {"description": "Own"}
    assert paths["/v1/messages"]["post"]["security"] == [{"scopeguard": ["sessions:write"]}]
    assert paths["/v1/messages"]["post"]["x-scopeguard-asks"] == ["messages.send"]
    # No key holds it: a member is asked for, by the same scheme.
    assert paths["/v1/keys"]["get"]["security"] == [{"scopeguard": []}]
    assert "security" not in paths["/v1/health"]["get"]
    assert found["components"]["securitySchemes"] == {"scopeguard": {"type": "http", "scheme": "bearer"}}
    reference = paths["/v1/agents"]["get"]["responses"]["403"]["content"]["application/problem+json"]["schema"]["$ref"]
    assert reference.rpartition("/")[2] in found["components"]["schemas"]


def test_a_scheme_of_the_host() -> None:
    """Has the scopes, and none of ours is beside it."""
    found = documented(by_header)
    assert found["paths"]["/v1/agents"]["get"]["security"] == [{"APIKeyHeader": ["agents:read"]}]
    assert set(found["components"]["securitySchemes"]) == {"APIKeyHeader"}
