"""The service of the table of requests by Django REST framework: a viewset behind a router, views and functions."""

from tests.django_project import configured

configured()

from typing import Any

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from scopeguard import Resource
from scopeguard.integrations.django import access, channel, many, new, on, one, public
from scopeguard.integrations.drf import ScopeguardFilter, ScopeguardPermission
from tests.integrations import django_service as service
from tests.integrations.django_service import Agent


def propose(request: Any) -> Resource:
    """The row that a request asks to make."""
    assert request.data["name"]
    return Resource("agents", workspace=access(request).principal.workspace)


class AgentSerializer(ModelSerializer):  # type: ignore[type-arg]  # the lowest version takes no argument
    """A row as it is answered."""

    class Meta:
        """Of the model."""

        model = Agent
        fields = ("id", "name")
        read_only_fields = ("id",)


class Agents(ModelViewSet):  # type: ignore[type-arg]  # the lowest version takes no argument
    """The rows."""

    queryset = Agent.objects.all()
    serializer_class = AgentSerializer
    permission_classes = (ScopeguardPermission,)
    filter_backends = (ScopeguardFilter,)
    asks = {  # noqa: RUF012  # as hosts write it
        "list": many("agents:read"),
        "retrieve": one("agents:read"),
        "create": new("agents.create", propose),
        "partial_update": one("agents:write", ungated=True),
        "update": one("agents:write", ungated=True),
        "destroy": one("agents:write", ungated=True),
    }

    def get_queryset(self) -> Any:
        """Those of the table."""
        return service.agents().order_by("pk")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The ids."""
        return Response([row.pk for row in self.filter_queryset(self.get_queryset())])

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make nothing."""
        return Response(request.data, status=201)

    def perform_destroy(self, instance: Agent) -> None:
        """Leave it for the next request."""


class Asking(APIView):
    """A view that asks."""

    permission_classes = (ScopeguardPermission,)


class Calls(Asking):
    """Connect."""

    @on("voice.connect")
    def post(self, request: Request) -> Response:
        """A call."""
        return Response({"connected": True})


class Previews(Asking):
    """Start."""

    asks = {"post": on("preview.start")}  # noqa: RUF012  # as above

    def post(self, request: Request) -> Response:
        """A preview."""
        return Response({"started": True})


class Undecided(Asking):
    """Answer without a row."""

    asks = {"get": one("agents:read")}  # noqa: RUF012  # as above

    def get(self, request: Request) -> HttpResponseBase:
        """Forget the row."""
        return Response({"secret": True})


class Streamed(Undecided):
    """The same, in pieces."""

    def get(self, request: Request) -> HttpResponseBase:
        """Forget the row."""
        return StreamingHttpResponse(iter(["secret"]))


class Broken(Agents):
    """What finds rows raises."""

    def get_object(self) -> Agent:
        """Raise."""
        raise LookupError


@on("conversations:read", ungated=True)
@api_view(["GET"])
def conversations(request: Request) -> Response:
    """What is to be left out."""
    return Response(list(access(request._request).decision.redact))


@api_view(["GET"])
@permission_classes([ScopeguardPermission.asking(on("api_keys:view"))])
def keys(request: Request) -> Response:
    """The keys in the dashboard."""
    return Response({"keys": []})


@api_view(["POST"])
@permission_classes([ScopeguardPermission.asking(on("agents:read", ungated=True))])
def invited(request: Request) -> Response:
    """A question of its own."""
    access(request).authorize("agents:write")
    return Response({"invited": True})


@public
@api_view(["GET"])
def health(_: Request) -> Response:
    """Answer everybody."""
    return Response({"status": "up"})


@public
@api_view(["GET"])
def own_404(_: Request) -> Response:
    """What the framework says where nothing is found."""
    raise Http404("no such thing")


def routes() -> tuple[Any, ...]:
    """The routes of the table."""
    router = SimpleRouter(trailing_slash=False)
    router.register("agents", Agents)
    return (
        *router.urls,
        path("health", health),
        path("calls", Calls.as_view()),
        path("previews", Previews.as_view()),
        path("conversations", conversations),
        path("dashboard/keys", channel("dashboard")(keys)),
        path("invitations", invited),
        path("undecided", Undecided.as_view()),
        path("streamed", Streamed.as_view()),
        path("broken/<pk>", Broken.as_view({"get": "retrieve"})),
        path("own-404", own_404),
    )
