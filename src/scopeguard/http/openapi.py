"""What marks say of routes, written into an OpenAPI document: scopes, and the denials that a caller may meet."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from scopeguard import Guard
from scopeguard.http.answers import PROBLEM
from scopeguard.http.closure import RouteDescription
from scopeguard.http.marks import Mark
from scopeguard.inspection import denial_codes

SCHEME: Final = "scopeguard"
"""The name of the security scheme of routes that have none of the host's."""
_PROBLEM: Final = "ScopeguardProblem"
_OF_ROWS: Final = frozenset({"one", "new"})
_SCHEMA: Final = {
    "title": "Problem",
    "type": "object",
    "description": "A problem of RFC 9457; which members are there is up to how much is disclosed.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "needed": {"type": "array", "items": {"type": "string"}},
        "retry_at": {"type": "string", "format": "date-time"},
    },
}


def document(schema: dict[str, Any], guard: Guard, routes: Iterable[RouteDescription]) -> dict[str, Any]:
    """*schema*, an OpenAPI document of 3.1, with what the marks of *routes* say to *guard*."""
    for route in routes:
        marks = [mark for mark in route.marks if mark.action is not None]
        operations = schema.get("paths", {}).get(route.path, {})
        for method in route.methods:
            operation = operations.get(method.lower())
            if operation is not None and marks:
                _describe(operation, guard, marks)
                components = schema.setdefault("components", {})
                components.setdefault("schemas", {}).setdefault(_PROBLEM, _SCHEMA)
                if any(SCHEME in each for each in operation["security"]):
                    schemes = components.setdefault("securitySchemes", {})
                    schemes.setdefault(SCHEME, {"type": "http", "scheme": "bearer"})
    return schema


def scopes_for(guard: Guard, action: str) -> list[str]:
    """The least scope of *guard* that a key needs for *action*; none where no scope grants it."""
    catalog = guard.catalog
    called = catalog.called(action)
    operation = catalog.operations.get(called)
    scope = catalog.least_scope(called if operation is None else operation.permission)
    return [] if scope is None else [scope]


def _describe(operation: dict[str, Any], guard: Guard, marks: list[Mark]) -> None:
    actions = list(dict.fromkeys(mark.action for mark in marks if mark.action is not None))
    operation["x-scopeguard-asks"] = actions
    scopes = list(dict.fromkeys(scope for action in actions for scope in scopes_for(guard, action)))
    # OpenAPI 3.1 has scopes for every scheme, which not every framework writes.
    security = operation.get("security") or [{SCHEME: []}]
    operation["security"] = [{scheme: named or scopes for scheme, named in each.items()} for each in security]
    responses = operation.setdefault("responses", {})
    statuses = {code.status: code.title for action in actions for code in denial_codes(guard, action)}
    if any(mark.verb in _OF_ROWS for mark in marks):
        statuses[HTTPStatus.NOT_FOUND] = None
    for status in sorted(statuses):
        if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.INTERNAL_SERVER_ERROR:
            responses.setdefault(str(int(status)), {
                "description": HTTPStatus(status).phrase,
                "content": {PROBLEM: {"schema": {"$ref": f"#/components/schemas/{_PROBLEM}"}}},
            })  # fmt: skip
