"""Lists by SQLAlchemy, on SQLite and PostgreSQL. Needs the extra ``sqlalchemy``.

Once ``map_columns(guard, Agent, surface="agents", workspace=Agent.workspace_id, attributes={"owner": Agent.owner})``,
and for each list ``select(Agent).where(permitted(columns, who, "agents:read", context).where)``.
"""

try:
    from scopeguard.integrations.sqlalchemy.columns import Columns, map_columns, permitted
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "sqlalchemy":
        raise
    needed = "scopeguard.integrations.sqlalchemy needs its extra: pip install 'scopeguard-authz[sqlalchemy]'"
    raise ModuleNotFoundError(needed, name="sqlalchemy") from None

from scopeguard.integrations.cannot_filter import CannotFilter
from scopeguard.integrations.row_columns import Permitted

__all__ = ["CannotFilter", "Columns", "Permitted", "map_columns", "permitted"]
