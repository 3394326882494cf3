"""JupyterHub's own tables about scopes: every row that our algebra can express passes; the others are named, with the reason."""

from typing import Any, NamedTuple

import pytest

from scopeguard import Guard, Principal, Resource
from scopeguard.model.request import LEFT_OUT
from tests.conformance import jupyterhub
from tests.conformance.data import read

GROUPS = "who is in a group is knowledge of the hub, not of a scope"
SERVERS = "whose server it is stands in the name of the server, and ids are compared as a whole"
OWNER = "what it stands for depends on who owns the token"
Row = dict[str, Any]


class Hub(NamedTuple):
    """The tables, a guard that knows what scopes contain, and one that takes them as they stand."""

    tables: dict[str, list[Row]]
    guard: Guard
    literal: Guard


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """The data as guards."""
    data = read("scopes/jupyterhub-scopes.json")
    tables = {table["test"]: table["rows"] for table in data["tables"] if table["file"].endswith("test_scopes.py")}
    definitions = data["scope_definitions"]
    return Hub(
        tables,
        jupyterhub.load(tmp_path_factory.mktemp("contained"), definitions, implications=True),
        jupyterhub.load(tmp_path_factory.mktemp("literal"), definitions, implications=False),
    )


def texts(scopes: str | list[str]) -> list[str]:
    """One scope or several as a list."""
    return [scopes] if isinstance(scopes, str) else scopes


# Rows by their place in the table.
HAS_SCOPE_BEYOND = {6: GROUPS, 10: SERVERS, 11: GROUPS}


def test_has_scope(hub: Hub) -> None:
    """Whether held scopes cover another one."""
    rows = hub.tables["test_has_scope"]
    wrong = []
    for number, row in enumerate(rows):
        held = hub.guard.grants(jupyterhub.grants(texts(row["have_scopes"]), {}))
        if held.covers(jupyterhub.grant(row["scope"], {})) is not row["ok"]:
            wrong.append(number)
    assert wrong == sorted(HAS_SCOPE_BEYOND)
    assert len(rows) == 20


METHODS = {
    "user_thing": ("users", "user"),
    "server_thing": ("servers", "server"),
    "service_thing": ("read:services", "service"),
    "group_thing": ("read:groups", "group"),
    "other_thing": ("users", None),
    "post_filter": ("users", "user"),
}
"""What each handler of the table asks for, and which filter its arguments are."""


def test_scope_method_access(hub: Hub) -> None:
    """Whether a token may call a handler, with the arguments as the resource, scopes taken as they stand: every row."""
    rows = hub.tables["test_scope_method_access"]
    for row in rows:
        scope, kind = METHODS[row["method"]]
        # The one handler that filters afterwards lets in who may see "gob".
        arguments = row["arguments"] or ["gob"]
        about: object = LEFT_OUT
        if kind is not None and None not in arguments:
            about = Resource(jupyterhub.SURFACE, jupyterhub.resource_id(kind, "/".join(arguments)), "hub")
        token = Principal.api_key("token", workspace="hub", scopes=jupyterhub.grants(row["scopes"], {}))
        decision = hub.literal.check(token, f"{jupyterhub.SURFACE}:{jupyterhub.action(scope)}", about)
        assert decision.allowed is row["is_allowed"], row
    assert len(rows) == 24


def test_resolve_token_permissions(hub: Hub) -> None:
    """What a token holds is what both it and its owner hold: every row."""
    owner = {"user": "temp_user_1"}
    rows = hub.tables["test_resolve_token_permissions"]
    for row in rows:
        user, token = (
            hub.guard.grants(jupyterhub.grants(row[name], owner)) for name in ("user_scopes", "token_scopes")
        )
        expected = sorted(jupyterhub.grants(row["intersection_scopes"], owner))
        assert list(user & token) == expected, row
        key = Principal.api_key("token", workspace="hub", scopes=jupyterhub.grants(row["token_scopes"], owner),
                                ceiling=jupyterhub.grants(row["user_scopes"], owner))  # fmt: skip
        for text in expected:
            permission, _, item = text.partition("/")
            about = Resource(jupyterhub.SURFACE, item or "user.anybody", "hub")
            assert hub.guard.check(key, permission, about).allowed, (row, text)
        assert len(hub.guard.permissions(key)) + len(hub.guard.permissions(key).conditional) == len(
            {text.partition("/")[0] for text in expected}
        )
    assert len(rows) == 12


INTERSECTION_BEYOND = {7: SERVERS, 8: SERVERS}


def test_intersect_expanded_scopes(hub: Hub) -> None:
    """What two sets of scopes, taken as they stand, have in common."""
    rows = hub.tables["test_intersect_expanded_scopes"]
    wrong = []
    for number, row in enumerate(rows):
        left, right = (hub.literal.grants(jupyterhub.grants(row[side], {})) for side in ("left", "right"))
        assert left & right == right & left
        if list(left & right) != sorted(jupyterhub.grants(row["expected"], {})):
            wrong.append(number)
    assert wrong == sorted(INTERSECTION_BEYOND)
    assert len(rows) == 10


EXPANSION_BEYOND = {2: OWNER}


def test_expand_scopes(hub: Hub) -> None:
    """What scopes stand for: contained ones are added, and a filtered one falls to the same without a filter."""
    owner = {"user": "owner", "service": "owner", "server": "owner/main"}
    rows = hub.tables["test_expand_scopes"]
    for number, row in enumerate(rows):
        if number in EXPANSION_BEYOND:
            assert row["expected"] == ["*"]
            continue
        found = hub.guard.grants(jupyterhub.grants(texts(row["scopes"]), owner))
        expected = [text.format(**owner) for text in row["expected"]]
        assert list(found) == sorted(jupyterhub.grants(expected, owner)), row
    assert len(rows) == 6
