"""``scopeguard routes``: what the routes of an application ask, and which scopes guard none."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

pytest.importorskip("fastapi", reason="routes are those of a framework")

APPLICATION = """
from fastapi import FastAPI
from scopeguard import Guard, Principal
from scopeguard.integrations.fastapi import Authz

guard = Guard.load("pack")
authz = Authz(guard, principal=Principal.anonymous, channel="server")
app = FastAPI(openapi_url=None)
authz.install(app)
app.get("/notes", dependencies=[authz.on("notes:read")])(lambda: [])
app.get("/health", dependencies=[authz.public])(lambda: [])


def whole():
    app.get("/open")(lambda: [])
    return app
"""


@pytest.fixture
def application(folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with an application, of this test alone: a module is imported once."""
    name = f"service_{abs(hash(request.node.name))}"
    (folder / f"{name}.py").write_text(APPLICATION)
    monkeypatch.syspath_prepend(str(folder))
    return name


def test_every_route_with_what_it_asks(run: Run, application: str) -> None:
    """And the scopes that guard none: they are told, and are no mistake."""
    done = run("routes", f"{application}:app")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"GET /notes ({application}.<lambda>): on notes:read",
        f"GET /health ({application}.<lambda>): public",
        "",
        "scopes that guard no route:",
        "  notes:write secrets:read",
        "",
        "2 routes, 0 findings",
    ]


def test_a_route_without_a_check(run: Run, application: str) -> None:
    """Of what a function makes, too: status 1."""
    done = run("routes", f"{application}:whole", "--format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [(each["kind"], each["route"]["path"]) for each in found["findings"]] == [("unmarked", "/open")]
    assert found["routes"][0]["marks"] == [{"asks": "on", "action": "notes:read", "ungated": False}]
    assert found["unused_scopes"] == ["notes:write", "secrets:read"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nowhere:app", 'there is no module "nowhere" here'),
        ("service", 'an application is written as module:app, not "service"'),
        ("{}:nothing", 'has no "nothing"'),
        ("{}:guard", "no routes are known of this Guard: call install(app) of an Authz"),
    ],
)
def test_what_is_no_application(run: Run, application: str, target: str, said: str) -> None:
    """Status 2, and what to write."""
    done = run("routes", target.format(application))
    assert done.returncode == 2
    assert said in done.stderr
