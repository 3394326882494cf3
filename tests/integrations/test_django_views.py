"""Views of Django as careless hosts write them: nothing of it is open without a word."""

import asyncio
import json

from tests.django_project import configured

configured()

from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from types import ModuleType
from typing import Any

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.core.checks import WARNING
from django.core.exceptions import ImproperlyConfigured, ObjectDoesNotExist, PermissionDenied
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import include, path, re_path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_page
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.vary import vary_on_headers
from django.views.generic import ListView, TemplateView

from scopeguard import AccessDenied, Principal, RequestError, Resource
from scopeguard.integrations.django import (
    aaccess,
    access,
    as_,
    channel,
    decorated,
    many,
    new,
    on,
    one,
    public,
    routes,
)
from scopeguard.integrations.django.checks import check_views
from tests.integrations import django_service as service
from tests.integrations.http_cases import who

OPTIONS = {"GUARD": service.GUARD, "PRINCIPAL": service.principal, "CONTEXT": service.context, "CHANNEL": "server"}
OURS = "scopeguard.integrations.django.ScopeguardMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
READER = {"Authorization": "Bearer reader"}
TESTER = {"Authorization": "Bearer tester"}
OTHER = {"Authorization": "Bearer other"}


@pytest.fixture(scope="module", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The rows."""
    service.make_database(tmp_path_factory.mktemp("django") / "views.db")
    yield
    connections.close_all()


def project(*urls: Any, options: Any = None, middleware: Any = (COMMON, OURS), **more: Any) -> override_settings:
    """A project with some URLs."""
    return override_settings(
        ROOT_URLCONF=tuple(urls), SCOPEGUARD={**OPTIONS, **(options or {})}, MIDDLEWARE=list(middleware), **more
    )


def ask(address: str, headers: Any = None, method: str = "GET") -> Any:
    """The response to one request."""
    return Client(raise_request_exception=False).generic(method, address, headers=headers or {})


def answer(_: HttpRequest, **named: str) -> HttpResponse:
    """Something that nobody was asked about."""
    return JsonResponse({"secret": True, **named})


def bare(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A decorator that hands nothing on."""

    def handed(request: HttpRequest) -> HttpResponse:
        return view(request)

    return handed


agents_read = on("agents:read", ungated=True)


# Closure.


class Half(View):
    """A class of which one method has a mark."""

    @agents_read
    def get(self, request: HttpRequest) -> HttpResponse:
        """It asks."""
        return answer(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """It does not."""
        return answer(request)


class Forgotten(Half):
    """A class that loses the mark of the method that it overrides."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """It does not ask any more."""
        return answer(request)


OPEN = {
    "a function": path("open", answer),
    "a nested list": path("a/", include([path("b/", include([path("open", answer)]))])),
    "a class": path("open", Half.as_view()),
    "a method that is overridden": path("open", Forgotten.as_view()),
    "a template": path("open", TemplateView.as_view(template_name="x.html")),
    "all that is left": re_path(r"^.*$", answer),
    "a decorator that wraps nothing": path("open", bare(agents_read(answer))),
    "an action that is misspelt": path("open", on("agents:reed")(answer)),
    "a channel that is misspelt": path("open", channel("severs")(agents_read(answer))),
    "a row that nothing finds": path("open", one("agents:read", ungated=True)(answer)),
    "a permission with gates": path("open", on("agents:write")(answer)),
}


@pytest.mark.parametrize("name", OPEN)
def test_no_project_starts_with_an_open_view(name: str) -> None:
    """The handler refuses to load, and the system check says which view it is."""
    with project(path("fine", public(answer)), OPEN[name]):
        with pytest.raises(ImproperlyConfigured):
            Client().get("/fine")
        (found,) = check_views()
    assert found.is_serious()


def test_all_open_views_are_named_at_once() -> None:
    """One error each, with its path, its methods, where it is written, and what to do."""
    with project(OPEN["a nested list"], OPEN["a class"], OPEN["a permission with gates"], path("fine", public(answer))):
        found = check_views()
        with pytest.raises(ImproperlyConfigured) as error:
            Client().get("/fine")
    here = f"{__name__}"
    assert [(each.id, each.msg.partition(":")[0]) for each in found] == [
        ("scopeguard.E001", f"* /a/b/open ({here}.answer)"),
        ("scopeguard.E001", f"POST /open ({here}.Half)"),
        ("scopeguard.E002", f"* /open ({here}.answer)"),
    ]
    assert "admin.site.urls" in str(found[0].hint)
    for each in found:
        assert str(each.msg) in str(error.value)


CALLED: list[str] = []


def unlooked_at(_: HttpRequest) -> HttpResponse:
    """A view of which nobody knew when the project started."""
    CALLED.append("unlooked_at")
    return HttpResponse("secret")


def with_other_urls(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that gives each request a list of its own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        setattr(request, "urlconf", (path("other", unlooked_at),))  # noqa: B010  # its stub knows of names alone
        return get_response(request)

    return middleware


def test_a_view_that_is_reached_by_another_list_is_refused() -> None:
    """It is not called."""
    CALLED.clear()
    with project(path("fine", public(answer)), middleware=[f"{__name__}.with_other_urls", OURS]):
        assert ask("/other", READER).status_code == 500
    assert CALLED == []


# The order of decorators.


def tenant(request: HttpRequest) -> HttpResponse:
    """What is of one workspace alone."""
    return JsonResponse({"workspace": access(request).principal.workspace})


def rows(request: HttpRequest) -> HttpResponse:
    """The rows of one workspace."""
    return JsonResponse([row.pk for row in access(request).permitted(service.agents().order_by("pk"))], safe=False)


REPLACED = on("agents:read", ungated=True)
ORDERS: dict[str, Any] = {
    "csrf_exempt above": csrf_exempt(agents_read(tenant)),
    "csrf_exempt below": agents_read(csrf_exempt(tenant)),
    "cache_page above": cache_page(60)(agents_read(tenant)),
    "cache_page below, by the credential": agents_read(cache_page(60)(vary_on_headers("Authorization")(tenant))),
    "login_required above": login_required(agents_read(tenant)),
    "login_required below": agents_read(login_required(tenant)),
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_of_decorators_opens_nothing(name: str) -> None:
    """Whoever may is answered for its own workspace, and nobody else is, also while something is in a cache."""
    cache.clear()
    logged_in = [*("django.contrib.sessions.middleware.SessionMiddleware",), f"{__name__}.logged_in", OURS]
    with project(path("tenant", ORDERS[name]), middleware=logged_in):
        for _ in range(2):
            assert ask("/tenant", READER).json() == {"workspace": "ws_1"}
            assert ask("/tenant", OTHER).json() == {"workspace": "ws_2"}
            assert ask("/tenant", TESTER).status_code == 403
            assert ask("/tenant").status_code == 401


def logged_in(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Someone is logged in, whoever it is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.user = type("Someone", (), {"is_authenticated": True})()
        return get_response(request)

    return middleware


@pytest.mark.parametrize(
    "view",
    [agents_read(cache_page(60)(tenant)), many("agents:read", ungated=True)(cache_page(60)(rows))],
    ids=["on", "many"],
)
def test_what_is_kept_below_a_mark_is_given_to_nobody_else(view: Any) -> None:
    """Rather an error for all than the rows of another workspace."""
    cache.clear()
    by_header = {"PRINCIPAL": lambda request: who(request.headers.get("X-Key"))}
    with project(path("kept", view), options=by_header):
        assert {ask("/kept", {"X-Key": key}).status_code for key in ("reader", "other", "reader")} == {500}


def test_a_cache_of_the_whole_site_keeps_no_guarded_answer() -> None:
    """Answers are private; and a cache that answers before the marks are asked is reported."""
    cache.clear()
    update, fetch = (f"django.middleware.cache.{name}CacheMiddleware" for name in ("Update", "FetchFrom"))
    with project(path("tenant", agents_read(tenant)), middleware=[update, OURS, fetch]):
        assert check_views() == []
        assert ask("/tenant", READER).json() == {"workspace": "ws_1"}
        assert ask("/tenant", OTHER).json() == {"workspace": "ws_2"}
        assert ask("/tenant", READER).headers["Cache-Control"] == "private"
    with project(path("tenant", agents_read(tenant)), middleware=[update, fetch, OURS]):
        assert [each.id for each in check_views()] == ["scopeguard.E006"]


def test_marks_are_asked_before_any_decorator() -> None:
    """Also one that keeps the first answer for everybody, whatever the answer says of that."""
    kept: list[HttpResponse] = []

    def keeping(view: Any) -> Any:
        @wraps(view)
        def wrapped(request: HttpRequest) -> HttpResponse:
            if not kept:
                kept.append(view(request))
            return kept[0]

        return wrapped

    with project(path("kept", keeping(agents_read(tenant)))):
        assert [ask("/kept", each).status_code for each in (READER, TESTER, {})] == [200, 403, 401]


# What a request may be.


class Rows(View):
    """Two methods, and those of the framework."""

    @one("agents:read", service.load)
    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """A row."""
        return JsonResponse({"id": access(request).row.pk})

    @method_decorator(one("agents:write", service.load, ungated=True))
    def delete(self, request: HttpRequest, id: str) -> HttpResponse:
        """It is gone."""
        return HttpResponse(status=204)


@pytest.mark.parametrize("error", [Http404, ObjectDoesNotExist])
def test_what_a_new_row_needs_and_is_not_found(error: type[Exception]) -> None:
    """It is answered as what is hidden: whoever may propose nothing does not learn whether it exists."""

    def propose(request: HttpRequest, key: str) -> Resource:
        if key == "nowhere":
            raise error
        return Resource("agents", None, "ws_1" if key == "here" else "ws_2")

    with project(path("new/<key>", new("agents:read", propose, ungated=True)(answer))):
        replies = [
            [ask(f"/new/{key}", each) for key in ("here", "elsewhere", "nowhere")] for each in (READER, TESTER, {})
        ]
    assert [[each.status_code for each in of] for of in replies] == [[200, 404, 404], [403] * 3, [401] * 3]
    for _, hidden, absent in replies:
        assert (hidden.content, hidden.headers) == (absent.content, absent.headers)


METHODS = [
    ("GET", READER, 200), ("HEAD", READER, 200), ("HEAD", TESTER, 403), ("HEAD", {}, 401), ("OPTIONS", {}, 200),
    ("POST", READER, 405), ("POST", {}, 405), ("DELETE", READER, 403), ("TRACE", {}, 405), ("BREW", {}, 405),
]  # fmt: skip


@pytest.mark.parametrize(("method", "headers", "status"), METHODS)
def test_each_method_of_a_class(method: str, headers: dict[str, str], status: int) -> None:
    """HEAD asks as GET; what the framework answers by itself has nothing of a row."""
    with project(path("rows/<id>", Rows.as_view())):
        response = ask("/rows/agt_1", headers, method)
    assert response.status_code == status
    assert status != 200 or method != "OPTIONS" or (response.content, response.headers["Allow"]) == (
        b"", "GET, DELETE, HEAD, OPTIONS",
    )  # fmt: skip


@agents_read
class Whole(View):
    """A class with one mark for all of it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """It asks."""
        return answer(request)

    def options(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """It describes more than the framework does."""
        return answer(request)


class OwnOptions(View):
    """A class that describes itself, and forgets that."""

    @agents_read
    def get(self, request: HttpRequest) -> HttpResponse:
        """It asks."""
        return answer(request)

    def options(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """It does not."""
        return answer(request)


def test_a_mark_of_a_class_is_one_of_each_method() -> None:
    """Descriptions too, where they are the project's own."""
    with project(path("whole", Whole.as_view())):
        assert [ask("/whole", READER, method).status_code for method in ("GET", "HEAD", "OPTIONS")] == [200, 200, 200]
        assert [ask("/whole", TESTER, method).status_code for method in ("GET", "HEAD", "OPTIONS")] == [403, 403, 403]
    with project(path("own", OwnOptions.as_view())):
        assert [each.msg.partition(" (")[0] for each in check_views()] == ["OPTIONS /own"]


class Refusing(View):
    """A class that answers what it has no method for."""

    @agents_read
    def get(self, request: HttpRequest) -> HttpResponse:
        """It asks."""
        return answer(request)

    def http_method_not_allowed(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """It does not."""
        return answer(request)


def test_an_answer_to_every_method_is_no_open_one() -> None:
    """Nor is one that another middleware gives before the view."""
    with project(path("refusing", Refusing.as_view())):
        assert [ask("/refusing", READER, method).status_code for method in ("GET", "POST", "BREW")] == [200, 500, 500]
    for given, status in ((HttpResponse("secret"), 500), (HttpResponseRedirect("/login"), 302)):
        EARLY[:] = [given]
        with project(path("tenant", agents_read(tenant)), middleware=[f"{__name__}.Early", OURS]):
            assert ask("/tenant", READER).status_code == status


EARLY: list[HttpResponse] = []


class Early:
    """A middleware that answers in the place of views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response."""
        return self._get_response(request)

    def process_view(self, *_: Any) -> HttpResponse:
        """The answer."""
        return EARLY[0]


def test_middleware_that_answers_unseen() -> None:
    """Each one before ours is told, but for Django's own and what is trusted; behind ours it is closed."""
    early, preflights = f"{__name__}.Early", f"{__name__}.Preflights"
    EARLY[:] = [HttpResponse("secret")]
    of_all = [preflights, COMMON, early, OURS, f"{__name__}.logged_in"]
    with project(path("tenant", agents_read(tenant)), middleware=of_all):
        assert [(each.id, each.level, each.msg.partition(" ")[0]) for each in check_views()] == [
            ("scopeguard.W001", WARNING, preflights), ("scopeguard.W001", WARNING, early),
        ]  # fmt: skip
        assert ask("/tenant").content == b"secret"
    with project(
        path("tenant", agents_read(tenant)), middleware=of_all, options={"TRUSTED_MIDDLEWARE": [early, preflights]}
    ):
        assert check_views() == []
    with project(path("tenant", agents_read(tenant)), middleware=[OURS, preflights]):
        assert check_views() == []
        assert ask("/tenant", READER).status_code == 500


PREFLIGHT = {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}


def test_preflights_that_another_middleware_answers() -> None:
    """They pass, before ours and behind it, and say nothing but what is in their headers."""
    allowed = HttpResponse(headers={"Access-Control-Allow-Origin": "*"})
    streamed: Any = StreamingHttpResponse(["secret"])
    for given, status in ((allowed, 200), (HttpResponse("secret"), 500), (streamed, 500)):
        EARLY[:] = [given]
        with project(path("tenant", agents_read(tenant)), middleware=[COMMON, OURS, f"{__name__}.Preflights"]):
            assert ask("/tenant", PREFLIGHT, "OPTIONS").status_code == status
            assert ask("/tenant", None, "OPTIONS").status_code == ask("/tenant", PREFLIGHT).status_code == 500
    EARLY[:] = [allowed]
    with project(path("tenant", agents_read(tenant)), middleware=[f"{__name__}.Preflights", OURS]):
        assert ask("/tenant", PREFLIGHT, "OPTIONS") is allowed


class Preflights(Early):
    """A middleware that never calls what is behind it, as those for CORS do."""

    def __call__(self, _: HttpRequest) -> HttpResponse:
        """The answer."""
        return EARLY[0]


class Listed(ListView):  # type: ignore[type-arg]  # it takes no argument where it runs
    """A view of the framework that has rows."""

    def get_queryset(self) -> Any:
        """Those that are permitted."""
        return access(self.request).permitted(service.agents().order_by("pk"))

    def render_to_response(self, context: Any, **_: Any) -> HttpResponse:
        """The ids."""
        return JsonResponse([row.pk for row in context["object_list"]], safe=False)


class Unasked(Listed):
    """The same, where it is forgotten."""

    def get_queryset(self) -> Any:
        """All of them."""
        return service.agents()


def test_a_list_of_the_framework() -> None:
    """A view that never asks for the rows has no decision; pages of templates are rendered before that is known."""
    mark = many("agents:read", ungated=True)
    with project(path("listed", mark(Listed.as_view())), path("unasked", mark(Unasked.as_view()))):
        assert ask("/listed", READER).json() == ["agt_1", "agt_2"]
        assert ask("/listed", OTHER).json() == ["agt_9"]
        assert ask("/unasked", READER).status_code == 500
        assert ask("/unasked", TESTER).status_code == 403


def test_addresses_without_a_slash() -> None:
    """The framework leads to the right address, and there it is asked; a row is not found behind it."""
    with project(path("rows/<id>/", one("agents:read", service.load, ungated=True)(service.row)), APPEND_SLASH=True):
        assert [ask(f"/rows/{key}", READER).status_code for key in ("agt_1", "agt_7", "agt_9")] == [301] * 3
        assert ask("/rows/agt_1/", READER).status_code == 200
        assert [ask(f"/rows/{key}/", READER).content for key in ("agt_7", "agt_9")] == [
            ask("/nothing/", READER).content
        ] * 2


# What views do.


def late(request: HttpRequest) -> Any:
    """Ask while the answer is sent already."""

    def pieces() -> Iterator[str]:
        access(request).permitted(service.agents())
        yield "secret"

    return StreamingHttpResponse(pieces())


def early(request: HttpRequest) -> Any:
    """Ask first."""
    found = access(request).permitted(service.agents().order_by("pk"))
    return StreamingHttpResponse(row.pk for row in found)


def swallowing(request: HttpRequest) -> HttpResponse:
    """Ask, and answer whatever is said."""
    try:
        access(request).authorize("agents:write")
    except AccessDenied:
        return answer(request)
    return answer(request)


def denying(request: HttpRequest) -> HttpResponse:
    """Ask about a row of another workspace."""
    access(request).authorize("agents:read", service.agents().get(pk="agt_9"))
    return answer(request)


def failing(_: HttpRequest) -> HttpResponse:
    """Raise."""
    raise ValueError("a secret")


def forbidding(_: HttpRequest) -> HttpResponse:
    """Raise what the framework answers."""
    raise PermissionDenied


def missing(_: HttpRequest) -> HttpResponse:
    """Say what is not there."""
    raise Http404("agt_9 is not yours")


def missing_page(_: HttpRequest) -> HttpResponse:
    """Answer what is not there, at length."""
    return HttpResponse("agt_9 is not yours", status=404, headers={"X-Row": "agt_9"})


def redirecting(_: HttpRequest) -> HttpResponse:
    """Lead elsewhere, unasked."""
    return HttpResponseRedirect("/secret?agt_9")


mark = many("agents:read", ungated=True)
DOING: dict[str, tuple[Any, int]] = {
    "a stream that asks too late": (mark(late), 500),
    "a stream that asked": (mark(early), 200),
    "a denial that is swallowed": (mark(swallowing), 500),
    "a denial of a row that is hidden": (agents_read(denying), 404),
    "an error": (agents_read(failing), 500),
    "an error that forbids": (agents_read(forbidding), 403),
    "an error that finds nothing": (agents_read(missing), 404),
    "a page that finds nothing": (agents_read(missing_page), 404),
    "a way elsewhere": (mark(redirecting), 500),
}


@pytest.mark.parametrize("name", DOING)
def test_what_a_view_does(name: str) -> None:
    """Nothing is sent without an allow, and no 404 says more than another."""
    view, status = DOING[name]
    with project(path("does", view)):
        response = ask("/does", READER)
        assert response.status_code == status
        assert status == 200 or "secret" not in (content := response.content.decode()), content
        if status == 404:
            nothing = ask("/nothing", READER)
            assert (response.content, dict(response.headers)) == (nothing.content, dict(nothing.headers))


def test_handlers_of_errors_of_the_project() -> None:
    """They are called where the framework calls them; what they write for a 404 tells nothing."""
    module = ModuleType("handlers")
    module.urlpatterns = [path("rows/<id>", one("agents:read", service.load, ungated=True)(service.row))]  # type: ignore[attr-defined]
    module.handler404 = lambda _, exception: HttpResponse(f"ours: {exception!r}", status=404)  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=module, SCOPEGUARD=OPTIONS, MIDDLEWARE=[OURS]):
        found = [ask(f"/{name}", READER) for name in ("rows/agt_7", "rows/agt_9", "nothing")]
        assert len({(each.content, tuple(each.headers.items())) for each in found}) == 1


class Waiting(View):
    """A class that waits."""

    @many("agents:read", ungated=True)
    async def get(self, request: HttpRequest) -> HttpResponse:
        """The rows, one by one."""
        found = access(request).permitted(service.agents().order_by("pk"))
        return JsonResponse([row.pk async for row in found], safe=False)

    @one("agents:write", service.load_async, ungated=True)
    async def delete(self, request: HttpRequest) -> HttpResponse:
        """It is gone."""
        return HttpResponse(status=204)


async def late_async(request: HttpRequest) -> Any:
    """Ask while the answer is sent already."""

    async def pieces() -> AsyncIterator[str]:
        access(request).filter()
        yield "secret"

    return StreamingHttpResponse(pieces())


async def denying_async(request: HttpRequest) -> HttpResponse:
    """Ask about a row of another workspace."""
    access(request).authorize("agents:read", await service.agents().aget(pk="agt_9"))
    return answer(request)


async def failing_async(_: HttpRequest) -> HttpResponse:
    """Raise."""
    raise ValueError("a secret")


def test_views_that_wait() -> None:
    """By the asynchronous handler, where nothing blocks what else is served."""

    async def over_asgi(address: str, headers: Any) -> Any:
        return await AsyncClient(raise_request_exception=False).get(address, headers=headers)

    urls = (
        path("rows", Waiting.as_view()),
        path("late", mark(late_async)),
        path("denying", agents_read(denying_async)),
        path("failing", agents_read(failing_async)),
    )
    with project(*urls, options={"PRINCIPAL": service.principal_async}):
        found = {name: async_to_sync(over_asgi)(f"/{name}", READER) for name in ("rows", "late", "denying", "failing")}
        assert async_to_sync(over_asgi)("/rows", TESTER).status_code == 403
    assert {name: response.status_code for name, response in found.items()} == {
        "rows": 200, "late": 500, "denying": 404, "failing": 500,
    }  # fmt: skip
    assert found["rows"].json() == ["agt_1", "agt_2"]
    assert not any(b"secret" in found[name].content for name in ("late", "denying", "failing"))


# Who asks.


def test_a_view_that_is_called_beside_the_framework_asks_all_the_same() -> None:
    """Without the middleware there is nobody to ask for."""
    with pytest.raises(ImproperlyConfigured, match="MIDDLEWARE"):
        agents_read(tenant)(RequestFactory().get("/tenant"))


def test_a_view_that_calls_another_is_asked_twice() -> None:
    """The mark of the other one counts, with its own arguments."""
    shown = one("agents:read", service.load, ungated=True)(service.row)

    @agents_read
    def outer(request: HttpRequest, id: str) -> HttpResponse:
        return shown(request, id="agt_9" if id == "other" else id)

    itself = one("agents:read", service.load, ungated=True)(shown)
    with project(path("itself/<id>", itself)):
        assert ask("/itself/agt_1", READER).status_code == 200
    other = one("agents:read", service.load, ungated=True)(lambda request, **_: shown(request, id="agt_9"))
    with project(path("other/<id>", other)):
        assert ask("/other/agt_1", READER).status_code == 404
    with project(path("outer/<id>", outer)):
        assert ask("/outer/agt_1", READER).status_code == 200
        assert ask("/outer/other", READER).status_code == 404
        assert ask("/outer/agt_1", TESTER).status_code == 403


def test_as_somebody() -> None:
    """Tests say who asks, and only within the context."""
    with project(path("tenant", agents_read(tenant))):
        with (
            as_(Principal.member("usr_ann", workspace="ws_3", roles=["admin"])),
            project(path("tenant", agents_read(tenant)), options={"CHANNEL": "dashboard"}),
        ):
            assert ask("/tenant", TESTER).json() == {"workspace": "ws_3"}
        assert ask("/tenant", TESTER).status_code == 403


def test_access_in_a_public_view() -> None:
    """It is there, also for views that wait."""

    async def waiting(request: HttpRequest) -> HttpResponse:
        asking = await aaccess(request)
        return JsonResponse({"kind": asking.principal.kind})

    with project(path("waiting", public(waiting)), options={"PRINCIPAL": service.principal_async}):
        assert ask("/waiting", READER).json() == {"kind": "api_key"}

        async def over_asgi() -> Any:
            return await AsyncClient().get("/waiting")

        assert async_to_sync(over_asgi)().json() == {"kind": "anonymous"}


def test_a_principal_that_fails() -> None:
    """The view does not run."""

    def down(_: HttpRequest) -> Principal:
        raise ConnectionError

    for principal in (down, lambda _: None, lambda _: "usr_ann"):
        with project(path("tenant", agents_read(tenant)), options={"PRINCIPAL": principal}):
            assert ask("/tenant", READER).status_code == 500


def test_views_stay_what_they_are() -> None:
    """Names, attributes of decorators, and whether they wait."""

    async def waiting(_: HttpRequest) -> HttpResponse:
        """Its words."""
        return HttpResponse()

    setattr(waiting, "csrf_exempt", True)  # noqa: B010  # as the decorator of the framework does
    for decorate in (agents_read, public, channel("server")):
        found: Any = decorate(waiting)
        assert iscoroutinefunction(found)
        assert (found.__name__, found.__doc__, found.csrf_exempt) == ("waiting", "Its words.", True)


def test_what_marks_refuse() -> None:
    """A view is not public and asking at once, and on one channel."""
    for first, second in ((public, agents_read), (agents_read, public)):
        with pytest.raises(RequestError, match="public"):
            second(first(answer))
    with pytest.raises(RequestError, match="channel"):
        channel("server")(channel("dashboard")(answer))
    nothing: Any = None
    with pytest.raises(RequestError, match="propose must be a function, not NoneType"):
        new("agents.create", nothing)
    with pytest.raises(RequestError, match="must be a Principal"), as_(nothing):
        pass
    assert agents_read(answer) is not answer
    assert [
        str(mark) for route in routes((path("x", answer), path("y", agents_read(answer)))) for mark in route.marks
    ] == ["on agents:read"]


def test_a_whole_application_is_decorated() -> None:
    """Views with a mark keep it, and nested lists are looked through."""
    urls = include(([path("open", answer), path("in/", include([path("asks", agents_read(answer))]))], "app"))
    with project(path("app/", decorated(public, urls)), *decorated(public, [path("more", answer)])):
        assert [ask(f"/{name}").status_code for name in ("app/open", "app/in/asks", "more")] == [200, 401, 200]


def test_two_channels() -> None:
    """Each list of URLs has its own, and the row says so in the answer."""
    keys = on("api_keys:view", ungated=True)(tenant)
    dashboard = decorated(channel("dashboard"), [path("dashboard/keys", keys)])
    ann = {"Authorization": "Bearer ann"}
    with project(*dashboard, path("keys", keys)):
        assert ask("/dashboard/keys", ann).status_code == 200
        assert ask("/keys", ann).status_code == 403


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (None, "SCOPEGUARD must be a dict with GUARD, PRINCIPAL, CONTEXT"),
        ({}, "SCOPEGUARD lacks GUARD, PRINCIPAL, CONTEXT"),
        ({**OPTIONS, "DISCLOSURES": "none"}, 'no option "DISCLOSURES"; did you mean "DISCLOSURE"?'),
        ({**OPTIONS, "GUARD": "guard"}, "GUARD of SCOPEGUARD"),
        ({**OPTIONS, "GUARD": "tests.integrations.django_service.nothing"}, "GUARD of SCOPEGUARD"),
        ({**OPTIONS, "GUARD": service}, "must be a Guard"),
        (
            {**OPTIONS, "PRINCIPAL": "tests.integrations.django_service.ALIAS"},
            "PRINCIPAL of SCOPEGUARD must be a function",
        ),
        ({**OPTIONS, "CONTEXT": None}, "CONTEXT of SCOPEGUARD must be a function"),
        ({**OPTIONS, "DISCLOSURE": 3}, "DISCLOSURE of SCOPEGUARD"),
        ({**OPTIONS, "DISCLOSURE": asyncio.sleep}, "disclosure must not be asynchronous"),
        ({**OPTIONS, "RESPOND": asyncio.sleep}, "RESPOND of SCOPEGUARD must not be asynchronous"),
        ({**OPTIONS, "CHANNEL": "severs"}, 'no channel "severs"'),
        ({**OPTIONS, "TRUSTED_MIDDLEWARE": OURS}, "must be a list of paths"),
        ({**OPTIONS, "TRUSTED_MIDDLEWARE": [Early]}, "must be a list of paths"),
    ],
)
def test_settings_that_are_incomplete(options: Any, message: str) -> None:
    """Nothing starts, and the system check says the same."""
    with override_settings(ROOT_URLCONF=(path("fine", public(answer)),), SCOPEGUARD=options, MIDDLEWARE=[OURS]):
        with pytest.raises(ImproperlyConfigured) as error:
            Client().get("/fine")
        (found,) = check_views()
    assert message in str(error.value)
    assert (found.id, found.msg) == ("scopeguard.E004", str(error.value))


def test_settings_by_path() -> None:
    """Each is named, and the middleware has to be there."""
    named = {
        name: f"tests.integrations.django_service.{name if name == 'GUARD' else name.lower()}"
        for name in ("GUARD", "PRINCIPAL", "CONTEXT", "FACTS")
    }
    with project(path("tenant", agents_read(tenant)), options=named):
        assert ask("/tenant", READER).status_code == 200
    with project(path("tenant", agents_read(tenant)), middleware=[COMMON]):
        assert [each.id for each in check_views()] == ["scopeguard.E005"]


def test_answers_in_the_words_of_the_project() -> None:
    """A function makes pages of answers; it cannot tell what is hidden from what is missing."""

    def page(request: HttpRequest, found: Any) -> HttpResponse:
        if found.status == 401:
            return HttpResponseRedirect(f"/login?next={request.path}")
        return HttpResponse(f"<h1>{found.status}</h1>", status=found.status)

    with project(
        path("rows/<id>", one("agents:read", service.load, ungated=True)(service.row)), options={"RESPOND": page}
    ):
        assert ask("/rows/agt_1").headers["Location"] == "/login?next=/rows/agt_1"
        assert [ask(f"/rows/{key}", READER).content for key in ("agt_7", "agt_9")] == [b"<h1>404</h1>"] * 2


def test_how_much_is_disclosed() -> None:
    """By a level, or by who asks."""
    for level in ("none", lambda _: "none"):
        with project(path("tenant", agents_read(tenant)), options={"DISCLOSURE": level}):
            assert set(json.loads(ask("/tenant", TESTER).content)) == {"type", "title", "status"}


class Dispatching(View):
    """A class that answers every method in one place of its own."""

    @on("agents:read", ungated=True)
    def get(self, request: HttpRequest) -> HttpResponse:
        """What a mark guards."""
        return answer(request)

    def dispatch(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """What comes before the methods."""
        return answer(request)


def test_a_class_that_dispatches_by_itself() -> None:
    """The list of its methods is for everybody, and nothing in its place."""
    with project(path("own", Dispatching.as_view())):
        found = {(method, who): ask("/own", headers, method) for method in ("GET", "OPTIONS", "POST")
                 for who, headers in (("reader", READER), ("tester", TESTER))}  # fmt: skip
    assert {of: each.status_code for of, each in found.items()} == {
        ("GET", "reader"): 200, ("GET", "tester"): 403,
        ("OPTIONS", "reader"): 500, ("OPTIONS", "tester"): 500,
        ("POST", "reader"): 500, ("POST", "tester"): 500,
    }  # fmt: skip
