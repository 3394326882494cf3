"""Views of Django REST framework as careless hosts write them: nothing of it is open without a word."""

from tests.django_project import configured

configured()

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import Client, override_settings
from django.urls import path
from rest_framework import generics, mixins
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import action, api_view
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter, SimpleRouter
from rest_framework.schemas.generators import BaseSchemaGenerator
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from scopeguard import Principal
from scopeguard.integrations.django import access, decorated, many, on, one, public
from scopeguard.integrations.django.checks import check_views
from scopeguard.integrations.drf import ScopeguardFilter, ScopeguardPermission
from tests.integrations import django_service as service
from tests.integrations.drf_service import Agents
from tests.integrations.http_cases import who

OURS = "scopeguard.integrations.django.ScopeguardMiddleware"
OPTIONS = {
    "GUARD": service.GUARD, "PRINCIPAL": service.principal, "CONTEXT": service.context, "FACTS": service.facts,
    "CHANNEL": "server",
}  # fmt: skip
READER, TESTER, WRITER, NARROW, OTHER = (
    {"Authorization": f"Bearer {word}"} for word in ("reader", "tester", "writer", "narrow", "other")
)


@pytest.fixture(scope="module", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The rows."""
    service.make_database(tmp_path_factory.mktemp("drf") / "views.db")
    yield
    connections.close_all()


def project(*urls: Any, **options: Any) -> override_settings:
    """A project with some URLs."""
    return override_settings(ROOT_URLCONF=tuple(urls), SCOPEGUARD={**OPTIONS, **options}, MIDDLEWARE=[OURS])


def ask(address: str, headers: Any = None, method: str = "GET", body: str = "", kind: str = "application/json") -> Any:
    """The response to one request."""
    return Client(raise_request_exception=False).generic(method, address, body, kind, headers=headers or {})


def routed(viewset: Any, router: Any = None) -> list[Any]:
    """The URLs of a viewset."""
    router = router or SimpleRouter(trailing_slash=False)
    router.register("agents", viewset, basename="agents")
    return list(router.urls)


class Archiving(Agents):
    """A viewset with actions of its own."""

    @action(detail=True, methods=["post"])
    @one("agents:write", ungated=True)
    def archive(self, request: Request, pk: str) -> Response:
        """It asks about its row."""
        return Response({"archived": self.get_object().pk})

    @action(detail=True, methods=["get"])
    @one("agents:read")
    def forgetful(self, request: Request, pk: str) -> Response:
        """It has a mark, and never looks for the row."""
        return Response({"name": service.agents().get(pk=pk).name})

    @action(detail=False, methods=["get"])
    @many("agents:read")
    def everything(self, request: Request) -> Response:
        """It has a mark, and never filters."""
        return Response([row.pk for row in service.agents()])

    @action(detail=False, methods=["get"])
    @many("agents:read")
    def mine(self, request: Request) -> Response:
        """It filters by itself."""
        return Response([row.pk for row in access(request).permitted(self.get_queryset())])

    @action(detail=True, methods=["get"])
    @one("agents:read")
    def parts(self, request: Request, pk: str) -> Response:
        """The row is there, and something of it is not."""
        self.get_object()
        raise NotFound("no such part of agt_1")


class Unmarked(Agents):
    """A viewset with an action that nobody marked."""

    @action(detail=True, methods=["post", "delete"])
    def archive(self, request: Request, pk: str) -> Response:
        """It does not ask."""
        return Response({"secret": True})


class HalfMapped(Agents):
    """An action whose second method nobody marked; the mark of the first stands above."""

    @one("agents:write", ungated=True)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """It asks about its row."""
        return Response({"archived": self.get_object().pk})

    @archive.mapping.delete
    def restore(self, request: Request, pk: str) -> Response:
        """It does not ask."""
        return Response({"secret": True})


class Loosened(Agents):
    """A viewset with an action that leaves the permission class out."""

    @action(detail=True, methods=["get"], permission_classes=[])
    @one("agents:read")
    def forgetful(self, request: Request, pk: str) -> Response:
        """It has a mark that nothing asks."""
        return Response({"name": service.agents().get(pk=pk).name})


class Bare(APIView):
    """A view without anything."""

    def get(self, request: Request) -> Response:
        """It does not ask."""
        return Response({"secret": True})


def unmarked(_: Request) -> Response:
    """It does not ask."""
    return Response({"secret": True})


class HalfTable(Agents):
    """A table that lacks an entry."""

    asks = {name: mark for name, mark in Agents.asks.items() if name != "destroy"}  # noqa: RUF012  # as hosts write it


@pytest.mark.parametrize(
    ("urls", "names"),
    [
        (routed(Unmarked), ["DELETE|OPTIONS|POST /^agents/(?P<pk>[^/.]+)/archive$"]),
        (routed(HalfMapped), ["DELETE /^agents/(?P<pk>[^/.]+)/archive$"]),
        (routed(Loosened), ["GET|OPTIONS /^agents/(?P<pk>[^/.]+)/forgetful$"]),
        (routed(HalfTable), ["DELETE /^agents/(?P<pk>[^/.]+)$"]),
        ([path("bare", Bare.as_view())], ["GET|OPTIONS /bare"]),
        ([path("function", api_view(["GET"])(unmarked))], ["GET|OPTIONS /function"]),
        (routed(Archiving, DefaultRouter(trailing_slash=False)), ["GET|OPTIONS /", "GET|OPTIONS /"]),
    ],
)
def test_all_open_handlers_are_named(urls: list[Any], names: list[str]) -> None:
    """Actions of viewsets, entries that a table lacks, functions, and the root of a router."""
    with project(*urls):
        found = [each.msg.partition(" (")[0] for each in check_views()]
        with pytest.raises(ImproperlyConfigured):
            Client().get("/")
    # Of the root of a router the lowest version makes a regular expression.
    roots = ("GET|OPTIONS /^$", "GET|OPTIONS /^\\.(?P<format>[a-z0-9]+)/?$", "GET|OPTIONS /<drf_format_suffix:format>")
    assert ["GET|OPTIONS /" if name in roots else name for name in found] == names


def test_actions_of_a_viewset() -> None:
    """A row is asked about where it is looked for; who forgets it answers nothing."""
    with project(*routed(Archiving)):
        assert ask("/agents/agt_1/archive", WRITER, "POST").json() == {"archived": "agt_1"}
        statuses = [ask(f"/agents/{key}/archive", WRITER, "POST").status_code for key in ("agt_9", "agt_7")]
        assert statuses == [404, 404]
        assert ask("/agents/agt_1/archive", READER, "POST").status_code == 403
        assert ask("/agents/agt_1/archive", None, "POST").status_code == 401
        assert [ask(f"/agents/{key}/forgetful", READER).status_code for key in ("agt_1", "agt_9")] == [500, 500]
        assert ask("/agents/everything", READER).status_code == 500
        assert ask("/agents/mine", READER).json() == ["agt_1", "agt_2"]
        assert ask("/agents/mine", NARROW).json() == ["agt_1"]
        assert ask("/agents/agt_1/parts", READER).content == ask("/agents/agt_7", READER).content
        assert ask("/agents/agt_1/parts", NARROW).status_code == 404


def test_what_is_not_found_has_one_answer() -> None:
    """Whatever the framework writes about it; a pattern for formats makes no other one."""
    with project(*decorated(public, routed(Archiving, DefaultRouter(trailing_slash=False)))):
        found = [
            ask(f"/agents/{key}", READER) for key in ("agt_7", "agt_9", "agt_9.json", "agt_1/parts", "agt_1/nothing")
        ]
        assert len({(each.status_code, each.content, each.headers["Content-Type"]) for each in found}) == 1
        assert ask("/").status_code == 200
        assert ask("/agents").status_code == 401


class Browsable(Archiving):
    """Pages with forms, for which the framework asks about other methods."""

    renderer_classes = (BrowsableAPIRenderer, JSONRenderer)

    def get_serializer_context(self) -> dict[str, Any]:
        """As the framework has it."""
        return {"request": self.request, "view": self}


HTML = {"Accept": "text/html"}


def test_pages_with_forms() -> None:
    """Forms that nobody may send are not shown, and an allow of a form is no allow of the page."""
    with project(*routed(Browsable)):
        page = ask("/agents/agt_1", {**READER, **HTML})
        assert page.status_code == 200
        assert "agt_1" in page.content.decode()
        assert {method for method in ("PUT", "DELETE") if f'data-method="{method}"' in page.content.decode()} == set()
        page = ask("/agents/agt_1", {**WRITER, **HTML})
        assert {method for method in ("PUT", "DELETE") if f'data-method="{method}"' in page.content.decode()} == {
            "PUT",
            "DELETE",
        }
        for name in ("agt_1/forgetful", "everything"):
            assert ask(f"/agents/{name}", {**WRITER, **HTML}).status_code == 500
        assert ask("/agents/agt_1", {**TESTER, **HTML}).headers["Content-Type"] == "application/problem+json"


def test_descriptions() -> None:
    """Whoever may do something with a route may have its description; the fields of what nobody may send are left out."""
    with project(*routed(Archiving)):
        assert ask("/agents", None, "OPTIONS").status_code == 401
        assert ask("/agents", TESTER, "OPTIONS").status_code == 403
        assert "actions" not in ask("/agents", READER, "OPTIONS").json()
        assert "PUT" in ask("/agents/agt_1", WRITER, "OPTIONS").json()["actions"]
        assert "actions" not in ask("/agents/agt_9", WRITER, "OPTIONS").json()


@public
@api_view(["GET"])
def described(request: Request) -> Response:
    """What the generator of schemas finds that one may ask for."""
    generator: Any = BaseSchemaGenerator(patterns=routed(Agents))
    generator._initialise_endpoints()
    _, endpoints = generator._get_paths_and_endpoints(request)
    permitted = generator.has_view_permissions
    return Response(sorted(f"{method} {path}" for path, method, view in endpoints if permitted(path, method, view)))


def test_the_schema_has_what_one_may_ask_for() -> None:
    """Denials of what is only described are caught by the framework, and are none of the description."""
    reading = ["GET /agents", "GET /agents/{id}"]
    writing = ["DELETE /agents/{id}", *reading, "PATCH /agents/{id}", "POST /agents", "PUT /agents/{id}"]
    with project(path("described", described)):
        assert ask("/described", READER).json() == reading
        assert ask("/described", WRITER).json() == writing
        assert ask("/described").json() == []


class ByToken(BaseAuthentication):
    """Authentication of the framework."""

    def authenticate(self, request: Request) -> tuple[Any, str] | None:
        """By a header of its own."""
        word = request.headers.get("X-Token")
        return None if word is None else (object(), word)


class Authenticated(Agents):
    """A viewset whose callers the framework knows."""

    authentication_classes = (ByToken,)


def by_auth(request: Any) -> Principal:
    """Who the framework says that asks."""
    word = getattr(request, "auth", None)
    return Principal.anonymous() if word is None else who(f"Bearer {word}")


def test_callers_that_the_framework_knows() -> None:
    """The principal is made of its request, not of the one of Django."""
    with project(*routed(Authenticated), PRINCIPAL=by_auth):
        assert ask("/agents", {"X-Token": "reader"}).json() == ["agt_1", "agt_2"]
        assert ask("/agents/agt_9", {"X-Token": "other"}).json() == {"id": "agt_9", "name": "nine"}
        assert ask("/agents").status_code == 401


class Everybody(BasePermission):
    """A permission that lets everybody pass."""


@pytest.mark.parametrize(
    ("permission", "status"),
    [
        (Everybody | ScopeguardPermission, 500),
        (ScopeguardPermission | Everybody, 403),
        (ScopeguardPermission & Everybody, 403),
        (Everybody & ScopeguardPermission, 403),
        (~ScopeguardPermission, 403),
    ],
    ids=["or after", "or", "and", "and after", "not"],
)
def test_permissions_that_are_joined(permission: Any, status: int) -> None:
    """None of them makes a denial an answer."""
    with project(*routed(type("Joined", (Agents,), {"permission_classes": [permission]}))):
        assert ask("/agents/agt_1", TESTER).status_code == status


class WithoutFilter(mixins.ListModelMixin, GenericViewSet):  # type: ignore[type-arg]  # as in the service
    """A list of the framework whose backend is forgotten."""

    permission_classes = (ScopeguardPermission,)
    serializer_class = Agents.serializer_class
    asks = {"list": many("agents:read")}  # noqa: RUF012  # as above
    filter_backends: tuple[Any, ...] = ()

    def get_queryset(self) -> Any:
        """All rows."""
        return service.agents().order_by("pk")


class OnSurface(WithoutFilter):
    """A list that asks about its surface, and filters."""

    filter_backends = (ScopeguardFilter,)
    asks = {"list": on("agents:read")}  # noqa: RUF012  # as above


def test_lists_of_the_framework() -> None:
    """Without the backend there is no decision; with it even a mark of the surface keeps workspaces apart."""
    with project(*routed(WithoutFilter)):
        assert ask("/agents", READER).status_code == 500
    with project(*routed(OnSurface)):
        assert [row["id"] for row in ask("/agents", OTHER).json()] == ["agt_9"]


class Generic(generics.RetrieveAPIView):  # type: ignore[type-arg]  # as in the service
    """A view with a table of its methods."""

    permission_classes = (ScopeguardPermission,)
    serializer_class = Agents.serializer_class
    asks: dict[str, Any] = {"get": one("agents:read")}  # noqa: RUF012  # as above

    def get_queryset(self) -> Any:
        """All rows."""
        return service.agents()


class Twice(Generic):
    """A view that asks about two surfaces, of which one has the row."""

    asks: dict[str, Any] = {"get": [on("conversations:read"), one("agents:read")]}  # noqa: RUF012  # as above


class Forgetful(Generic):
    """A view that finds its row by itself."""

    def get_object(self) -> Any:
        """Unasked."""
        return service.agents().get(pk=self.kwargs["pk"])


class Spelled(Generic):
    """A table without marks."""

    asks: dict[str, Any] = {"get": "agents:read"}  # noqa: RUF012  # as above


def test_views_of_the_framework() -> None:
    """HEAD asks as GET; a row that a view finds by itself is none that was asked about; a table holds marks."""
    with project(path("a/<pk>", Generic.as_view())):
        for method in ("GET", "HEAD"):
            statuses = [ask("/a/agt_1", headers, method).status_code for headers in (READER, TESTER, None)]
            assert statuses == [200, 403, 401]
            assert [ask(f"/a/{key}", READER, method).status_code for key in ("agt_9", "agt_7")] == [404, 404]
    with project(path("a/<pk>", Twice.as_view())):
        assert [ask(f"/a/{key}", READER).status_code for key in ("agt_1", "agt_9")] == [200, 404]
        assert [ask("/a/agt_1", headers).status_code for headers in (NARROW, TESTER)] == [403, 403]
    with project(path("a/<pk>", Forgetful.as_view())):
        assert [ask(f"/a/{key}", READER).status_code for key in ("agt_1", "agt_9", "agt_7")] == [500] * 3
    with project(path("a/<pk>", Spelled.as_view())):
        assert [each.id for each in check_views()] == ["scopeguard.E004"]
        with pytest.raises(ImproperlyConfigured, match="must be a mark"):
            Client().get("/a/agt_1")


def test_changes_and_writes_by_the_framework() -> None:
    """All handlers of a viewset, over rows of both workspaces."""
    with project(*routed(Agents)):
        body = '{"name": "renamed"}'
        assert ask("/agents/agt_2", WRITER, "PUT", body).json() == {"id": "agt_2", "name": "renamed"}
        assert ask("/agents/agt_9", WRITER, "PUT", body).status_code == 404
        assert service.agents().get(pk="agt_9").name == "nine"
        assert ask("/agents/agt_2", READER, "PUT", body).status_code == 403
        assert ask("/agents", WRITER, "POST", "{").status_code == 400
        assert ask("/agents", WRITER, "BREW").status_code == 405
        assert ask("/agents/agt_1", READER, "HEAD").status_code == 200
        assert ask("/agents/agt_9", READER, "HEAD").status_code == 404


def test_without_the_middleware() -> None:
    """There is nobody to ask for."""
    with override_settings(ROOT_URLCONF=tuple(routed(Agents)), MIDDLEWARE=[]):
        assert ask("/agents/agt_1", READER).status_code == 500


def test_an_error_handler_of_the_project() -> None:
    """It may write another body; the status stays, and what is not found has one answer."""

    class Handled(Agents):
        def get_exception_handler(self) -> Any:
            return lambda exc, _: Response({"error": str(exc)}, status=getattr(exc, "status_code", 404))

    with project(*routed(Handled)):
        assert ask("/agents/agt_1", TESTER).status_code == 403
        assert ask("/agents/agt_9", READER).content == ask("/agents/agt_7", READER).content

    class Swallowing(Agents):
        def get_exception_handler(self) -> Any:
            return lambda exc, _: Response({"error": str(exc)}, status=200)

    with project(*routed(Swallowing)):
        assert [ask(f"/agents/{key}", TESTER).status_code for key in ("agt_1", "agt_7")] == [500, 500]
        assert ask("/agents/agt_9", READER).status_code == 500
