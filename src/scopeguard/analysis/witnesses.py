"""Witnesses: whole requests, printed as the Python that asks them again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scopeguard.model.principal import Principal
from scopeguard.model.principal_kinds import PRINCIPAL_KINDS
from scopeguard.model.request import Context, Resource


@dataclass(frozen=True, slots=True)
class Witness:
    """One whole request. ``str()`` is the call of a guard that asks it."""

    principal: Principal
    action: str
    resource: Resource | None
    context: Context

    def __str__(self) -> str:
        parts = [_principal(self.principal), repr(self.action)]
        if self.resource is not None:
            parts.append(_call("Resource", [repr(self.resource.surface)], {
                "id": self.resource.id, "workspace": self.resource.workspace,
                "attributes": _plain(self.resource.attributes) or None,
            }))  # fmt: skip
        context = _call("Context", [], {
            "channel": self.context.channel,
            "environment": None if self.context.environment == "production" else self.context.environment,
            "facts": _plain(self.context.facts) or None, "now": self.context.now,
            "attributes": _plain(self.context.attributes) or None,
        })  # fmt: skip
        return f"guard.check({', '.join([*parts, f'context={context}'])})"


def _principal(who: Principal) -> str:
    if who.kind == "anonymous":
        return "Principal.unrecognized()" if who.is_unrecognized else "Principal.anonymous()"
    states = PRINCIPAL_KINDS[who.kind].states & who.attributes.keys()
    held = {
        "workspace": who.workspace,
        "scopes": " ".join(sorted(who.scopes)) or None,
        "roles": sorted(who.roles) or None,
        "ceiling": None if who.ceiling is None else " ".join(sorted(who.ceiling)),
        **{name: _plain(who.attributes[name]) for name in sorted(states)},
        "attributes": {name: _plain(value) for name, value in who.attributes.items() if name not in states} or None,
    }
    return _call(f"Principal.{who.kind}", [repr(who.id)], held)


def _call(name: str, given: list[str], named: Mapping[str, object]) -> str:
    more = [f"{key}={value!r}" for key, value in named.items() if value is not None]
    return f"{name}({', '.join([*given, *more])})"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return list(map(_plain, value)) if isinstance(value, tuple) else value
