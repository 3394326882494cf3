"""Views that ask before they answer, and lists, by Django. Needs the extra ``django``.

``SCOPEGUARD = {"GUARD": …, "PRINCIPAL": …, "CONTEXT": …}`` in the settings, :class:`ScopeguardMiddleware` last in
MIDDLEWARE, this package in INSTALLED_APPS for its checks, and a mark on each view: ``@on("conversations:read")``,
``@one("agents:read", load)``, ``@new("agents.create", propose)``, ``@many("agents:read")``, ``@public``.

Lists: once ``map_columns(guard, Agent, surface="agents", workspace="workspace_id", attributes={"owner": "owner_id"})``,
and ``access(request).permitted(Agent.objects.all())``, or, without a request,
``permitted(Agent.objects.all(), who, "agents:read", context)``. On SQLite and PostgreSQL.
"""

try:
    from scopeguard.integrations.django.access import DjangoAccess, aaccess, access, as_
    from scopeguard.integrations.django.columns import Columns, map_columns, permitted
    from scopeguard.integrations.django.decorators import DjangoMark, channel, many, new, on, one, public
    from scopeguard.integrations.django.middleware import ScopeguardMiddleware
    from scopeguard.integrations.django.project import project
    from scopeguard.integrations.django.routes import routes
    from scopeguard.integrations.django.urls import decorated
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"django", "asgiref"}:
        raise
    needed = "scopeguard.integrations.django needs its extra: pip install 'scopeguard-authz[django]'"
    raise ModuleNotFoundError(needed, name="django") from None

from scopeguard.integrations.cannot_filter import CannotFilter
from scopeguard.integrations.row_columns import Permitted

__all__ = [
    "CannotFilter",
    "Columns",
    "DjangoAccess",
    "DjangoMark",
    "Permitted",
    "ScopeguardMiddleware",
    "aaccess",
    "access",
    "as_",
    "channel",
    "decorated",
    "many",
    "map_columns",
    "new",
    "on",
    "one",
    "permitted",
    "project",
    "public",
    "routes",
]
