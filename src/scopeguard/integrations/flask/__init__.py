"""Views of Flask ask before they answer. Needs the extra ``flask``.

``authz = Scopeguard(guard=guard, principal=…, context=…)``, ``authz.init_app(app)``, and a mark on each view, below
its route: ``@authz.on("conversations:read")``, ``@authz.one("agents:read", load)``, ``@authz.many("agents:read")``,
``@authz.new("agents.create", propose)`` or ``@authz.public``. What a mark found is ``authz.access.row``.
"""

try:
    from scopeguard.integrations.flask.access import FlaskAccess
    from scopeguard.integrations.flask.extension import Scopeguard
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"flask", "werkzeug"}:
        raise
    needed = "scopeguard.integrations.flask needs its extra: pip install 'scopeguard-authz[flask]'"
    raise ModuleNotFoundError(needed, name="flask") from None

__all__ = ["FlaskAccess", "Scopeguard"]
