"""Views of Flask as careless hosts write them: nothing of it is open without a word."""

import json
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, abort, g, jsonify, redirect, request, stream_with_context
from flask.views import MethodView, View
from sqlalchemy import String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from scopeguard import AccessDenied, Context, Principal, RequestError
from scopeguard.http import OpenRoutesError
from scopeguard.integrations.flask import Scopeguard
from scopeguard.integrations.sqlalchemy import map_columns
from tests.integrations import flask_service as service

READER, WRITER, TESTER, NARROW, OTHER = (
    {"Authorization": f"Bearer {word}"} for word in ("reader", "writer", "tester", "narrow", "other")
)


def made(**options: Any) -> tuple[Flask, Scopeguard]:
    """An application that answers nothing yet."""
    app = Flask("service", static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    needed = {
        "guard": service.GUARD, "principal": service.principal, "context": service.context, "channel": "server",
        "facts": service.facts,
    }  # fmt: skip
    return app, Scopeguard(app, **{**needed, **options})


def ask(app: Flask, address: str, headers: Any = None, method: str = "GET") -> Any:
    """The response to one request."""
    return app.test_client().open(address, method=method, headers=headers)


def answer(**_: Any) -> Response:
    """Something that nobody was asked about."""
    return jsonify({"secret": True})


# Closure.


def test_all_open_views_are_named_at_once() -> None:
    """Of nested blueprints and classes, functions whose mark is above the route, and endpoints of others."""
    app, authz = made()
    outer, inner = (
        Blueprint("outer", __name__, url_prefix="/outer"),
        Blueprint("inner", __name__, static_folder=".", static_url_path="/files"),
    )
    inner.add_url_rule("/open", "open", answer)

    class Half(MethodView):
        get = authz.on("agents:read", ungated=True)(lambda _: answer())

        def post(self) -> Response:
            return answer()

    @authz.on("agents:read")
    @app.route("/above")
    def above() -> Response:
        return answer()

    app.add_url_rule("/half", view_func=Half.as_view("half"))
    app.add_url_rule("/<path:rest>", "rest", answer)
    app.add_url_rule("/gated", "gated", authz.on("agents:write")(answer), methods=["POST"])
    app.add_url_rule("/fine", "fine", authz.public(answer))
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    with pytest.raises(OpenRoutesError) as error:
        authz.verify(app)
    assert {(finding.kind, str(finding.route).partition(" (")[0]) for finding in error.value.findings} == {
        ("unmarked", "GET|HEAD /outer/open"),
        ("unmarked", "GET|HEAD /outer/files/<path:filename>"),
        ("unmarked", "POST /half"),
        ("unmarked", "GET|HEAD /above"),
        ("unmarked", "GET|HEAD /<path:rest>"),
        ("gates_passed_by", "POST /gated"),
    }
    assert ask(app, "/fine").status_code == 500
    app.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(OpenRoutesError, match=r"outer\.inner\.open"):
        ask(app, "/fine")


def test_an_open_view_is_not_called_whatever_handles_errors() -> None:
    """An error handler that makes an answer of everything does not open it."""
    app, authz = made()
    called: list[str] = []

    @app.route("/open")
    def unasked() -> str:
        called.append("unasked")
        return "secret"

    app.register_error_handler(Exception, lambda error: (str(error), 200))
    assert [ask(app, "/open", READER).status_code for _ in range(2)] == [500, 500]
    assert called == []
    assert authz.guard is service.GUARD


def test_a_rule_that_comes_later_is_refused() -> None:
    """What nobody looked at is not served."""
    app, authz = made()
    app.add_url_rule("/fine", "fine", authz.public(answer))
    assert ask(app, "/fine").status_code == 200
    called: list[str] = []
    app.view_functions["late"] = lambda: str(called.append("late"))  # type: ignore[func-returns-value]  # that is its answer
    app.url_map.add(app.url_rule_class("/late", endpoint="late"))
    assert ask(app, "/late", READER).status_code == 500
    assert called == []


def test_static_files_are_public_by_name() -> None:
    """And an endpoint that is not there is no name."""
    app = Flask(__name__, static_folder="../golden")
    authz = Scopeguard(guard=service.GUARD, principal=service.principal, context=service.context)
    authz.init_app(app)
    with pytest.raises(OpenRoutesError, match="static"):
        authz.verify(app)
    named: Any = {"guard": service.GUARD, "principal": service.principal, "context": service.context}
    app = Flask(__name__, static_folder="../golden")
    authz = Scopeguard(app, **named, public_endpoints=["static"])
    assert ask(app, "/static/nothing.txt").status_code == 404
    with pytest.raises(RequestError, match="statics"):
        Scopeguard(**named, public_endpoints=["statics"]).verify(app)


def test_what_marks_refuse() -> None:
    """Unknown actions, with the nearest; unknown channels; a view that is public and asks; the extension twice."""
    app, authz = made()
    with pytest.raises(RequestError, match="did you mean"):
        authz.on("agents:reed")
    with pytest.raises(RequestError, match="channel"):
        made(channel="severs")
    with pytest.raises(RequestError, match="disclosure"):
        made(disclosure="everything")
    wrong: dict[str, Any] = {
        "principal": None,
        "context": Context("server"),
        "facts": {},
        "respond": 3,
        "channel": 3,
        "realm": "a\nb",
        "guard": "policies",
        "public_endpoints": "static",
    }
    for name, value in wrong.items():
        with pytest.raises(RequestError, match=rf"{name}.* (must be|holds a control)"):
            made(**{name: value})
    nothing: Any = None
    with pytest.raises(RequestError, match="load must be a function, not NoneType"):
        authz.one("agents:read", nothing)
    with pytest.raises(RequestError, match="propose must be a function, not NoneType"):
        authz.new("agents.create", nothing)
    with pytest.raises(RequestError, match="takes an application"):
        authz.init_app(nothing)
    with pytest.raises(RequestError, match="must be a Principal"), authz.as_(nothing):
        pass
    for first, second in ((authz.public, authz.on("agents:read")), (authz.on("agents:read"), authz.public)):
        with pytest.raises(RequestError, match="public"):
            second(first(answer))
    with pytest.raises(RequestError, match="already"):
        authz.init_app(app)


# What views do.


def remembering(view: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that keeps the first answer."""
    kept: list[Any] = []

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not kept:
            kept.append(view(*args, **kwargs))
        return kept[0].get_data(as_text=True) if isinstance(kept[0], Response) else kept[0]

    return wrapped


def leading_away(view: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that sends whoever is not logged in to the login."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if "Authorization" in request.headers else redirect("/login")

    return wrapped


def test_the_order_of_decorators_opens_nothing() -> None:
    """What is kept above a mark is given to nobody; below one no list is."""
    app, authz = made()

    def workspace() -> Response:
        return jsonify({"workspace": authz.access.principal.workspace})

    def rows() -> Response:
        found = authz.access.filter()
        return jsonify([key for key, row in service.ROWS.items() if found.matches(row)])

    app.add_url_rule("/kept-above", "kept-above", remembering(authz.on("agents:read")(workspace)))
    app.add_url_rule("/kept-below", "kept-below", authz.many("agents:read")(remembering(rows)))
    app.add_url_rule("/login-above", "login-above", leading_away(authz.on("agents:read")(workspace)))
    app.add_url_rule("/login-below", "login-below", authz.on("agents:read")(leading_away(workspace)))
    assert [ask(app, "/kept-above", each).status_code for each in (READER, OTHER, TESTER, None)] == [200, 500, 500, 500]
    assert [ask(app, "/kept-below", each).status_code for each in (READER, OTHER, TESTER, None)] == [200, 500, 403, 401]
    assert [ask(app, "/login-above", each).status_code for each in (READER, TESTER, None)] == [200, 403, 302]
    assert [ask(app, "/login-below", each).status_code for each in (READER, TESTER, None)] == [200, 403, 401]


def test_what_a_view_does() -> None:
    """Nothing is sent without an allow, and no 404 says more than another."""
    app, authz = made()

    def late() -> Response:
        def pieces() -> Iterator[str]:
            authz.access.filter()
            yield "secret"

        return Response(stream_with_context(pieces()))

    def swallowing() -> str:
        try:
            authz.access.authorize("agents:write")
        except AccessDenied:
            return "secret"
        return "secret"

    def hidden() -> str:
        authz.access.authorize("agents:read", service.ROWS["agt_9"])
        return "secret"

    def failing() -> str:
        raise ValueError("secret")

    views: dict[str, tuple[Callable[[], Any], Any, int]] = {
        "late": (late, authz.many, 500),
        "swallowing": (swallowing, authz.many, 500),
        "redirecting": (lambda: redirect("/secret"), authz.many, 500),
        "hidden": (hidden, authz.on, 404),
        "aborting": (lambda: abort(404, "secret agt_9"), authz.on, 404),
        "a-page": (lambda: ("secret agt_9", 404, {"X-Row": "agt_9"}), authz.on, 404),
        "failing": (failing, authz.on, 500),
        "forbidding": (lambda: abort(403), authz.on, 403),
    }
    for name, (view, mark, _) in views.items():
        app.add_url_rule(f"/{name}", name, mark("agents:read")(view))
    nothing = ask(app, "/nothing", READER)
    for name, (_, _, status) in views.items():
        response = ask(app, f"/{name}", READER)
        assert (name, response.status_code) == (name, status)
        assert "secret" not in response.get_data(as_text=True)
        if status == 404:
            assert (response.data, [*response.headers]) == (nothing.data, [*nothing.headers])


def test_handlers_of_errors_of_the_application() -> None:
    """Of the application, of its blueprints, of codes and of classes: none is given a denial, and none writes a 404."""
    app, authz = made()
    rows = Blueprint("rows", __name__)
    rows.add_url_rule("/rows/<id>", "row", authz.one("agents:read", service.load_or_abort)(answer))
    seen = []

    def ours(error: Exception) -> Any:
        seen.append(error)
        return f"ours: {error}", 404

    for place in (app, rows):
        for kind in (Exception, 404, 403, 401, AccessDenied if place is rows else 405):
            place.register_error_handler(kind, ours)
    app.register_blueprint(rows)
    app.after_request(lambda response: (response.headers.add("X-Ours", "1"), response)[1])
    found = [ask(app, f"/{name}", READER) for name in ("rows/agt_7", "rows/agt_9", "nothing")]
    assert len({(each.status_code, each.data, tuple(each.headers)) for each in found}) == 1
    assert found[0].headers["X-Ours"] == "1"
    assert [ask(app, "/rows/agt_1", each).status_code for each in (TESTER, None, READER)] == [403, 401, 200]
    assert not any(isinstance(error, AccessDenied) for error in seen)


def test_each_method() -> None:
    """HEAD asks as GET; what the framework answers by itself has nothing of a row; a class may have one mark."""
    app, authz = made()

    class Rows(MethodView):
        get = authz.one("agents:read", service.load)(lambda _, **__: answer())
        delete = authz.one("agents:write", service.load, ungated=True)(lambda _, **__: answer())

    class Whole(View):
        methods = ("GET", "POST")
        decorators = [authz.on("agents:read", ungated=True)]  # noqa: RUF012  # as hosts write it

        def dispatch_request(self) -> Response:
            return answer()

    class OwnOptions(MethodView):
        get = authz.public(lambda _: answer())

        def options(self) -> Response:
            return answer()

    app.add_url_rule("/rows/<id>", view_func=Rows.as_view("rows"))
    app.add_url_rule("/whole/", view_func=Whole.as_view("whole"))
    statuses = [ask(app, "/rows/agt_1", each, "HEAD").status_code for each in (READER, TESTER, None)]
    assert statuses == [200, 403, 401]
    assert ask(app, "/rows/agt_9", READER, "HEAD").status_code == 404
    assert (ask(app, "/rows/agt_9", None, "OPTIONS").status_code, ask(app, "/rows/agt_9", None, "OPTIONS").data) == (
        200,
        b"",
    )
    assert [ask(app, "/rows/agt_1", each, "POST").status_code for each in (READER, None)] == [405, 405]
    assert [ask(app, "/whole/", each, "POST").status_code for each in (READER, TESTER, None)] == [200, 403, 401]
    assert ask(app, "/whole", None).status_code == 308
    app, authz = made()
    app.add_url_rule("/own", view_func=OwnOptions.as_view("own"))
    with pytest.raises(OpenRoutesError, match="OPTIONS /own"):
        authz.verify(app)


def test_what_comes_before_a_view() -> None:
    """Who asks may be known by then; an answer that comes before is none that was decided; a way elsewhere is."""
    app, authz = made(principal=lambda _: g.who)
    rows = Blueprint("rows", __name__)

    @rows.before_request
    def log_in() -> Any:
        g.who = service.principal(request)
        if "early" in request.args:
            return "secret" if request.args["early"] == "page" else redirect("/login")
        return None

    rows.add_url_rule("/rows/<id>", "row", authz.one("agents:read", service.load)(answer))
    app.register_blueprint(rows)
    assert [ask(app, "/rows/agt_1", each).status_code for each in (READER, TESTER, None)] == [200, 403, 401]
    assert ask(app, "/rows/agt_1?early=page", READER).status_code == 500
    assert ask(app, "/rows/agt_1?early=login").status_code == 302


@pytest.mark.parametrize("place", ["before_request", "after_request"])
def test_what_comes_in_the_place_of_a_list_of_methods(place: str) -> None:
    """The list, which the framework makes, is for everybody, and nothing that a hook answers instead."""
    app, authz = made()
    app.get("/agents")(authz.on("agents:read")(answer))
    assert ask(app, "/agents", method="OPTIONS").status_code == 200
    app, authz = made()
    app.get("/agents")(authz.on("agents:read")(answer))
    getattr(app, place)(lambda *_: answer())
    assert ask(app, "/agents", method="OPTIONS").status_code == 500


def test_what_comes_after_a_view_changes_no_answer_to_an_allow() -> None:
    """An error becomes no answer."""
    app, authz = made()
    app.add_url_rule("/late", "late", authz.many("agents:read")(lambda: "secret"))
    app.after_request(lambda _: Response("secret", 200))
    assert ask(app, "/late", READER).status_code == 500
    assert ask(app, "/nothing", READER).status_code == 500


def test_a_hook_that_raises_after_a_view() -> None:
    """Those behind it do not run, and a handler of errors answers: as any other answer, by what was decided."""
    app, authz = made()

    @app.after_request
    def broken(_: Response) -> Response:
        raise ValueError

    app.register_error_handler(500, lambda _: ("an excuse", 200))
    app.add_url_rule("/late", "late", authz.many("agents:read")(lambda: "secret"))
    app.add_url_rule("/fine", "fine", authz.on("agents:read")(lambda: "secret"))
    assert [ask(app, "/late", each).status_code for each in (READER, TESTER, None)] == [500, 500, 500]
    assert (ask(app, "/fine", READER).status_code, ask(app, "/fine", READER).data) == (200, b"an excuse")


def test_what_an_application_had_before() -> None:
    """Hooks of before the extension come neither before its question nor after its look at the answer."""
    app = Flask("service", static_folder=None)
    app.before_request(lambda: "secret" if "early" in request.args else None)
    app.after_request(lambda response: Response("secret", 200) if "late" in request.args else response)
    app.url_value_preprocessor(lambda *_: abort(404, "secret") if "lost" in request.args else None)
    authz = Scopeguard(app, guard=service.GUARD, principal=service.principal, context=service.context, channel="server")
    app.add_url_rule("/", "root", authz.many("agents:read")(lambda: "secret"))
    assert [ask(app, f"/?{word}", READER).status_code for word in ("early", "late", "lost")] == [500, 500, 404]
    assert ask(app, "/?lost", READER).data == ask(app, "/nothing", READER).data


def test_a_principal_that_fails() -> None:
    """The view does not run."""

    def down(_: Any) -> Principal:
        raise ConnectionError

    for principal in (down, lambda _: None, lambda _: "usr_ann"):
        app, authz = made(principal=principal)
        app.add_url_rule("/", "root", authz.on("agents:read")(answer))
        assert ask(app, "/", READER).status_code == 500


def test_as_somebody() -> None:
    """Tests say who asks, and only within the context; requests share nothing, within one context of the application too."""
    app, authz = made()
    app.add_url_rule("/", "root", authz.on("agents:read")(lambda: jsonify(authz.access.principal.id)))
    with authz.as_(Principal.api_key("key_3", workspace="ws_3", scopes="agents:read")):
        assert ask(app, "/", TESTER).json == "key_3"
    with app.app_context():
        assert [ask(app, "/", each).status_code for each in (READER, TESTER, None, READER)] == [200, 403, 401, 200]


def test_views_that_wait() -> None:
    """Their names stay, and what they await is asked before; below another decorator that waits, too."""
    app, authz = made(principal=service.principal_async)

    @authz.one("agents:read", service.load_async)
    async def row(id: str) -> Response:
        """Its words."""
        return jsonify({"id": id, "row": authz.access.row.id})

    @wraps(row)
    async def above(**named: str) -> Any:
        return await row(**named)

    app.add_url_rule("/rows/<id>", "row", above)
    assert (row.__name__, row.__doc__) == ("row", "Its words.")
    assert ask(app, "/rows/agt_1", READER).json == {"id": "agt_1", "row": "agt_1"}
    assert [ask(app, f"/rows/{key}", READER).status_code for key in ("agt_7", "agt_9")] == [404, 404]
    assert ask(app, "/rows/agt_1", TESTER).status_code == 403


def test_answers_in_the_words_of_the_application() -> None:
    """A function makes pages of answers; it cannot tell what is hidden from what is missing."""
    app, authz = made(respond=lambda found: Response(f"<h1>{found.status}</h1>", found.status))
    app.add_url_rule("/rows/<id>", "row", authz.one("agents:read", service.load)(answer))
    assert [ask(app, f"/rows/{key}", READER).data for key in ("agt_7", "agt_9")] == [b"<h1>404</h1>"] * 2
    assert ask(app, "/rows/agt_1", TESTER).data == b"<h1>403</h1>"
    app, authz = made(disclosure="none")
    app.add_url_rule("/", "root", authz.on("agents:read")(answer))
    assert set(json.loads(ask(app, "/", TESTER).data)) == {"type", "title", "status"}


# Lists of a database.


class Base(DeclarativeBase):
    """The tables."""


class Agent(Base):
    """A row."""

    __tablename__ = "agents"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    workspace: Mapped[str] = mapped_column(String)


COLUMNS = map_columns(service.GUARD, Agent, surface="agents", workspace=Agent.workspace, attributes={})


def test_a_list_of_a_database() -> None:
    """The expression is that of the mark; columns of another guard are refused."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Agent(id=row.id, workspace=row.workspace) for row in service.ROWS.values()])
        session.flush()
        app, authz = made()

        @app.get("/agents")
        @authz.many("agents:read")
        def agents() -> Response:
            rows = select(Agent.id).where(authz.access.permitted(COLUMNS).where).order_by(Agent.id)
            return jsonify([*session.scalars(rows)])

        assert ask(app, "/agents", READER).json == ["agt_1", "agt_2"]
        assert ask(app, "/agents", NARROW).json == ["agt_1"]
        assert ask(app, "/agents", OTHER).json == ["agt_9"]
        assert ask(app, "/agents", TESTER).status_code == 403
        app, authz = made(guard=type(service.GUARD).default())
        app.add_url_rule("/", "root", authz.many("agents:read")(lambda: str(authz.access.permitted(COLUMNS).where)))
        app.config["PROPAGATE_EXCEPTIONS"] = True
        with pytest.raises(RequestError, match="another guard"):
            ask(app, "/", READER)
    engine.dispose()


def test_preflights_that_a_decorator_answers() -> None:
    """They pass above the mark, and say nothing but what is in their headers."""
    app, authz = made()
    answers = {"empty": Response(), "secret": Response("secret"), "streamed": Response(iter(["secret"]))}

    def crossing(view: Any) -> Any:
        @wraps(view)
        def crossed(**named: Any) -> Any:
            return answers[named["which"]] if request.method == "OPTIONS" else view(**named)

        return crossed

    app.add_url_rule(
        "/<which>", "crossed", crossing(authz.on("agents:read")(answer)), methods=["GET", "OPTIONS"],
        provide_automatic_options=False,
    )  # fmt: skip
    preflight = {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}
    assert [ask(app, f"/{each}", preflight, "OPTIONS").status_code for each in answers] == [200, 500, 500]
    assert ask(app, "/empty", None, "OPTIONS").status_code == 500
    assert ask(app, "/empty", {**preflight, **TESTER}).status_code == 403
    assert ask(app, "/empty", {**preflight, **READER}).json == {"secret": True}
