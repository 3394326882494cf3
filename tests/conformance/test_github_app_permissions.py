"""The permissions of GitHub Apps as a pack: every endpoint against every single scope, both answers."""

from typing import NamedTuple

import pytest

from scopeguard import Guard, Principal
from tests.conformance.data import read

LEVELS = ("read", "write")


class Endpoint(NamedTuple):
    """One endpoint with what it needs, as the data says."""

    operation: str
    permission: str
    access: str


class GitHub(NamedTuple):
    """The data and a guard that was made of it."""

    guard: Guard
    endpoints: list[Endpoint]
    permissions: list[str]


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> GitHub:
    """Twenty surfaces, two levels each of which write comes with read, and an operation per endpoint."""
    data = read("scopes/github-app-permissions.json")
    needs = [(path, method, need) for path, methods in data["paths"].items() for method, need in methods.items()]
    endpoints = [
        Endpoint(f"{need['permission']}.endpoint_{number}", need["permission"], need["access"])
        for number, (_, _, need) in enumerate(needs)
    ]
    permissions = sorted(data["permissions"])
    surfaces = "".join(f"    {name}: {{actions: [read, write], coarse: true, implies: {{write: [read]}}}}\n"
                       for name in permissions)  # fmt: skip
    operations = "".join(f'    {each.operation}: {{needs: "{each.permission}:{each.access}"}}\n' for each in endpoints)
    file = tmp_path_factory.mktemp("github") / "pack.yaml"
    file.write_text(f"scopeguard: 1\ncatalog:\n  surfaces:\n{surfaces}  operations:\n{operations}", encoding="utf-8")
    return GitHub(Guard.load(file), endpoints, permissions)


def test_the_data_is_what_it_was(github: GitHub) -> None:
    """440 endpoints, 20 permissions, two levels."""
    assert len(github.endpoints) == 440
    assert len(github.permissions) == 20
    assert {each.access for each in github.endpoints} == set(LEVELS)


def test_every_endpoint_against_every_scope(github: GitHub) -> None:
    """A scope opens the endpoints of its permission, at its level and below, and no others: 17,600 answers."""
    asked = 0
    for name in github.permissions:
        for level in LEVELS:
            app = Principal.api_key("app", workspace="org", scopes=[f"{name}:{level}"])
            for endpoint in github.endpoints:
                expected = endpoint.permission == name and (endpoint.access == "read" or level == "write")
                decision = github.guard.check(app, endpoint.operation)
                assert decision.allowed is expected, (name, level, endpoint)
                assert expected or decision.needed == (f"{endpoint.permission}:{endpoint.access}",)
                asked += 1
    assert asked == 440 * 20 * 2


def test_an_app_without_permissions_reaches_nothing(github: GitHub) -> None:
    """No endpoint is open to nobody."""
    app = Principal.api_key("app", workspace="org")
    assert not any(github.guard.check(app, each.operation) for each in github.endpoints)


def test_all_permissions_at_once_open_all(github: GitHub) -> None:
    """Write on everything opens every endpoint, and read on everything those that read."""
    for level in LEVELS:
        app = Principal.api_key("app", workspace="org", scopes=[f"{name}:{level}" for name in github.permissions])
        opened = [each.operation for each in github.endpoints if github.guard.check(app, each.operation)]
        assert opened == [each.operation for each in github.endpoints if level == "write" or each.access == "read"]


SEVERAL_PERMISSIONS = 97
"""Lines of the table by permissions that open an endpoint besides the permission which the table by paths names."""

BLOCKING = "organization_user_blocking"
NOT_IN_THE_OTHER = {
    ("GET", "/user/blocks", BLOCKING, "read"),
    ("GET", "/user/blocks/{username}", BLOCKING, "read"),
    ("PUT", "/user/blocks/{username}", BLOCKING, "write"),
    ("DELETE", "/user/blocks/{username}", BLOCKING, "write"),
}
"""Endpoints that the table by paths has alone."""


def test_the_other_table_agrees() -> None:
    """The table by permissions lists the same endpoints at the same levels as the table by paths, and few others."""
    data = read("scopes/github-app-permissions.json")
    by_path = {(method, path, need["permission"], need["access"])
               for path, methods in data["paths"].items() for method, need in methods.items()}  # fmt: skip
    by_permission = {(*line.split(" ", 1), name, level)
                     for name, levels in data["permissions"].items() for level in LEVELS for line in levels[level]}  # fmt: skip
    assert by_path - by_permission == NOT_IN_THE_OTHER
    others = by_permission - by_path
    assert len(others) == SEVERAL_PERMISSIONS
    assert {(method, path) for method, path, *_ in others} <= {(method, path) for method, path, *_ in by_path}
