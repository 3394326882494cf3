"""The service of the table of requests by Django: functions and classes, which wait and which do not."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections, models
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views import View

from scopeguard import Context, FactsNeeded, Guard, Principal, Resource
from tests.django_project import configured
from tests.integrations.http_cases import AGENTS, CONTEXT, facts_of, who

configured()

from scopeguard.integrations.django import (  # once there are settings
    DjangoAccess,
    access,
    channel,
    decorated,
    many,
    map_columns,
    new,
    on,
    one,
    public,
)

GUARD = Guard.default()
ALIAS = "http_service"


class Agent(models.Model):
    """A row of the service."""

    id: "models.CharField[str, str]" = models.CharField(max_length=40, primary_key=True)
    workspace: "models.CharField[str, str]" = models.CharField(max_length=40)
    name: "models.CharField[str, str]" = models.CharField(max_length=40)

    class Meta:
        """It has no migrations."""

        app_label = "tests"

    def __str__(self) -> str:
        return self.name


map_columns(GUARD, Agent, surface="agents", workspace="workspace", attributes={})


def make_database(file: object) -> None:
    """The rows of the table, in a file: other threads see it too."""
    if ALIAS in connections.databases:
        del connections[ALIAS]
    configured(**{ALIAS: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}})
    with connections[ALIAS].schema_editor() as editor:
        editor.create_model(Agent)
    for key, workspace, name in AGENTS:
        agents().create(id=key, workspace=workspace, name=name)


def agents() -> "models.QuerySet[Agent]":
    """All rows."""
    return Agent.objects.using(ALIAS)


def principal(request: Any) -> Principal:
    """Who asks."""
    return who(request.headers.get("Authorization"))


def context(_: Any) -> Context:
    """The circumstances, but for the channel."""
    return CONTEXT


def facts(needed: FactsNeeded, asking: DjangoAccess, _: object) -> Mapping[str, object]:
    """The facts of the table."""
    assert needed
    return facts_of(asking.principal)


async def facts_async(needed: FactsNeeded, asking: DjangoAccess, about: object) -> Mapping[str, object]:
    """The same, awaited."""
    return facts(needed, asking, about)


async def principal_async(request: Any) -> Principal:
    """Who asks, awaited."""
    return principal(request)


def load(_: HttpRequest, id: str) -> Agent | None:
    """A row, or none."""
    return agents().filter(pk=id).first()


def load_or_raise(_: HttpRequest, id: str) -> Agent:
    """A row, or an error of Django's."""
    return agents().get(pk=id)


async def load_async(_: HttpRequest, id: str) -> Agent | None:
    """A row, awaited."""
    return await agents().filter(pk=id).afirst()


def propose(request: HttpRequest) -> Resource:
    """The row that a request asks to make."""
    sent = json.loads(request.body)
    assert sent["name"]
    return Resource("agents", workspace=access(request).principal.workspace)


def broken(_: HttpRequest, id: str) -> Agent:
    """A load that raises."""
    raise LookupError(id)


def shown(agent: Agent) -> JsonResponse:
    """A row as it is answered."""
    return JsonResponse({"id": agent.pk, "name": agent.name})


def health(_: HttpRequest) -> HttpResponse:
    """Answer everybody."""
    return JsonResponse({"status": "up"})


def listed(request: HttpRequest) -> HttpResponse:
    """The ids of the rows."""
    rows = access(request).permitted(agents().order_by("pk"))
    return JsonResponse([row.pk for row in rows], safe=False)


def made(request: HttpRequest) -> HttpResponse:
    """Make a row."""
    return JsonResponse(json.loads(request.body), status=201)


def row(request: HttpRequest, id: str) -> HttpResponse:
    """The row that a mark found."""
    assert access(request).row.pk == id
    return shown(access(request).row)


def removed(_: HttpRequest, id: str) -> HttpResponse:
    """Remove a row."""
    return HttpResponse(status=204)


def connected(_: HttpRequest) -> HttpResponse:
    """A call."""
    return JsonResponse({"connected": True})


def started(_: HttpRequest) -> HttpResponse:
    """A preview."""
    return JsonResponse({"started": True})


def conversations(request: HttpRequest) -> HttpResponse:
    """What is to be left out."""
    return JsonResponse(list(access(request).decision.redact), safe=False)


def keys(_: HttpRequest) -> HttpResponse:
    """The keys in the dashboard."""
    return JsonResponse({"keys": []})


def invited(request: HttpRequest) -> HttpResponse:
    """A question of its own."""
    access(request).authorize("agents:write")
    return JsonResponse({"invited": True})


def undecided(_: HttpRequest) -> HttpResponse:
    """An answer that nothing decided."""
    return JsonResponse({"secret": True})


def streamed(_: HttpRequest) -> HttpResponse:
    """The same, in pieces."""
    return StreamingHttpResponse(iter(["secret"]))  # type: ignore[return-value]  # a response without a body of its own


def own_404(_: HttpRequest) -> HttpResponse:
    """What the framework says where nothing is found."""
    raise Http404("no such thing")


def as_it_is(view: Any) -> Any:
    """A view that does not wait."""
    return view


def awaited(view: Callable[..., HttpResponse]) -> Any:
    """The same as a view that waits."""

    async def waiting(*args: Any, **kwargs: Any) -> HttpResponse:
        return await sync_to_async(view)(*args, **kwargs)

    return waiting


def routes(form: Callable[[Any], Any], found: Callable[..., object]) -> tuple[Any, ...]:
    """The routes of the table, whose views have a form; *found* loads rows."""

    def of_class(**handlers: Any) -> Any:
        methods = {name: _method(handler) for name, handler in handlers.items()}
        return type("AgentsView", (View,), methods).as_view()  # type: ignore[attr-defined]  # a class of views

    def _method(handler: Any) -> Any:
        mark, view = handler
        return mark(form(lambda _, request, **named: view(request, **named)))

    return (
        path("health", public(form(health))),
        path("agents", of_class(get=(many("agents:read"), listed), post=(new("agents.create", propose), made))),
        path(
            "agents/<id>",
            of_class(
                get=(one("agents:read", found), row),
                patch=(one("agents:write", found, ungated=True), row),
                delete=(one("agents:write", found, ungated=True), removed),
            ),
        ),
        path("calls", on("voice.connect")(form(connected))),
        path("previews", on("preview.start")(form(started))),
        path("conversations", on("conversations:read", ungated=True)(form(conversations))),
        path("invitations", on("agents:read", ungated=True)(form(invited))),
        path("undecided", many("agents:read", ungated=True)(form(undecided))),
        path("streamed", many("agents:read", ungated=True)(form(streamed))),
        path("broken/<id>", one("agents:read", broken, ungated=True)(form(row))),
        path("own-404", public(form(own_404))),
        *decorated(channel("dashboard"), [path("dashboard/keys", on("api_keys:view", ungated=True)(form(keys)))]),
    )
