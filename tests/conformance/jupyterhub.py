"""JupyterHub's scopes in our words, as far as they can be said in them.

Every scope becomes an action of one surface: ``read:users:name`` is ``hub:read_users_name``, and what it contains there is what
the action implies here. A filter becomes the id of a resource: ``!user=x`` is ``/user.x``. What has no counterpart is a filter that stands for
others by knowledge about the world (who is in a group, whose server it is) and a scope that depends on who owns it.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scopeguard import Guard

SURFACE = "hub"


def action(scope: str) -> str:
    """The action of a scope without its filter."""
    return scope.strip("()").replace(":", "_").replace("-", "_")


def resource_id(kind: str, name: str) -> str:
    """The id that stands for a filter."""
    return f"{kind}.{name.replace('/', '.')}"


def grant(scope: str, owner: Mapping[str, str]) -> str:
    """A scope with its filter as a grant; a filter without a name is the owner's own."""
    name, _, narrowed = scope.partition("!")
    text = f"{SURFACE}:{action(name)}"
    if not narrowed:
        return text
    kind, _, value = narrowed.partition("=")
    return f"{text}/{resource_id(kind, value or owner[kind])}"


def grants(scopes: Iterable[str], owner: Mapping[str, str]) -> list[str]:
    """Scopes as grants; an empty text is no scope."""
    return [grant(scope, owner) for scope in scopes if scope]


def load(folder: Path, definitions: Mapping[str, Any], *, implications: bool) -> Guard:
    """A guard whose one surface has an action for each scope, with or without what they contain."""
    contained = {action(name): [action(other) for other in definition.get("subscopes") or []]
                 for name, definition in definitions.items()}  # fmt: skip
    surface: dict[str, Any] = {"actions": sorted(contained), "coarse": True, "qualifiable": True}
    if implications:
        surface["implies"] = {name: inner for name, inner in contained.items() if inner}
    file = folder / "pack.yaml"
    file.write_text(json.dumps({"scopeguard": 1, "catalog": {"surfaces": {SURFACE: surface}}}), encoding="utf-8")
    return Guard.load(file)
