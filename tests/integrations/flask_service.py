"""The service of the table of requests by Flask: nested blueprints, functions and classes, which wait and which do not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Flask, Request, Response, abort, jsonify, request
from flask.views import MethodView

from scopeguard import Context, FactsNeeded, Guard, Principal, Resource
from scopeguard.integrations.flask import FlaskAccess, Scopeguard
from tests.integrations.http_cases import AGENTS, CONTEXT, facts_of, who

GUARD = Guard.default()
ROWS = {key: Resource("agents", key, workspace) for key, workspace, _ in AGENTS}
NAMES = {key: name for key, _, name in AGENTS}


def principal(asking: Request) -> Principal:
    """Who asks."""
    return who(asking.headers.get("Authorization"))


async def principal_async(asking: Request) -> Principal:
    """Who asks, awaited."""
    return principal(asking)


def context(_: Request) -> Context:
    """The circumstances, but for the channel."""
    return CONTEXT


def channel(asking: Request) -> str:
    """The channel, by the blueprint."""
    return "dashboard" if asking.blueprint == "dashboard" else "server"


def facts(needed: FactsNeeded, access: Any, _: object) -> Mapping[str, object]:
    """The facts of the table."""
    assert isinstance(access, FlaskAccess)
    assert needed
    return facts_of(access.principal)


async def facts_async(needed: FactsNeeded, access: Any, about: object) -> Mapping[str, object]:
    """The same, awaited."""
    return facts(needed, access, about)


def load(id: str) -> Resource | None:
    """A row, or none."""
    return ROWS.get(id)


def load_or_abort(id: str) -> Resource:
    """A row, or an error of Flask's."""
    return ROWS.get(id) or abort(404, f"no {id}")


async def load_async(id: str) -> Resource | None:
    """A row, awaited."""
    return ROWS.get(id)


def broken(id: str) -> Resource:
    """A load that raises."""
    raise LookupError(id)


def as_it_is(view: Any) -> Any:
    """A view that does not wait."""
    return view


def awaited(view: Callable[..., Any]) -> Any:
    """The same as a view that waits."""

    async def waiting(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return waiting


def service(*, is_async: bool) -> Flask:
    """The routes of the table."""
    form = awaited if is_async else as_it_is
    found: Callable[..., object] = load_async if is_async else load_or_abort
    authz = Scopeguard(
        guard=GUARD,
        principal=principal_async if is_async else principal,
        context=context,
        channel=channel,
        facts=facts_async if is_async else facts,
        realm="api",
        public_endpoints=["static"],
    )
    app = Flask(__name__)
    api = Blueprint("api", __name__)
    nested = Blueprint("nested", __name__)
    dashboard = Blueprint("dashboard", __name__, url_prefix="/dashboard")

    def row(**_: str) -> Response:
        return jsonify({"id": authz.access.row.id, "name": NAMES[authz.access.row.id]})

    def listed() -> Response:
        rows = authz.access.filter()
        return jsonify([key for key, each in ROWS.items() if rows.matches(each)])

    def propose() -> Resource:
        assert request.get_json()["name"]
        return Resource("agents", workspace=authz.access.principal.workspace)

    class Agent(MethodView):
        get = authz.one("agents:read", found)(form(lambda _, **named: row(**named)))
        patch = authz.one("agents:write", found, ungated=True)(form(lambda _, **named: row(**named)))
        delete = authz.one("agents:write", found, ungated=True)(form(lambda *_, **__: ("", 204)))

    def invited() -> Response:
        authz.access.authorize("agents:write")
        return jsonify({"invited": True})

    def made() -> Any:
        return request.get_json(), 201

    def pieces() -> Iterator[str]:
        yield "secret"

    def view(place: Any, path: str, mark: Any, handler: Callable[..., Any], method: str = "GET") -> None:
        place.add_url_rule(path, f"{method}-{path[1:4]}", mark(form(handler)), methods=[method])

    view(app, "/health", authz.public, lambda: {"status": "up"})
    view(nested, "/agents", authz.many("agents:read"), listed)
    view(nested, "/agents", authz.new("agents.create", propose), made, "POST")
    nested.add_url_rule("/agents/<id>", view_func=Agent.as_view("agent"))
    view(api, "/calls", authz.on("voice.connect"), lambda: {"connected": True}, "POST")
    view(api, "/previews", authz.on("preview.start"), lambda: {"started": True}, "POST")
    view(api, "/conversations", authz.on("conversations:read"), lambda: jsonify(authz.access.decision.redact))
    view(dashboard, "/keys", authz.on("api_keys:view"), lambda: {"keys": []})
    view(api, "/invitations", authz.on("agents:read", ungated=True), invited, "POST")
    view(api, "/undecided", authz.many("agents:read"), lambda: {"secret": True})
    view(api, "/streamed", authz.many("agents:read"), lambda: Response(pieces()))
    view(api, "/broken/<id>", authz.one("agents:read", broken), row)
    view(app, "/own-404", authz.public, lambda: abort(404, "no such thing"))
    api.register_blueprint(nested)
    app.register_blueprint(api)
    app.register_blueprint(dashboard)
    authz.init_app(app)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app
