"""Lists by Django, on SQLite and PostgreSQL. Needs the extra ``django``.

Once ``map_columns(guard, Agent, surface="agents", workspace="workspace_id", attributes={"owner": "owner_id"})``, and
``permitted(Agent.objects.all(), who, "agents:read", context)`` for each list.
"""

try:
    from scopeguard.integrations.django.columns import Columns, map_columns, permitted
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"django", "asgiref"}:
        raise
    needed = "scopeguard.integrations.django needs its extra: pip install 'scopeguard-authz[django]'"
    raise ModuleNotFoundError(needed, name="django") from None

from scopeguard.integrations.cannot_filter import CannotFilter
from scopeguard.integrations.row_columns import Permitted

__all__ = ["CannotFilter", "Columns", "Permitted", "map_columns", "permitted"]
