"""From what stands on a command line to a pack, a principal, a resource and a context."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from scopeguard.errors import RequestError, quoted
from scopeguard.guard import Guard
from scopeguard.model.principal import Kind, Principal
from scopeguard.model.request import Context, Resource


@dataclass(frozen=True, slots=True)
class Question:
    """A request as the options of a command spell it: attributes as ``name=value`` texts."""

    kind: str
    id: str | None
    workspace: str | None
    scopes: str
    roles: Sequence[str]
    ceiling: str | None
    attributes: Sequence[str]
    channel: str | None
    environment: str
    now: str | None
    facts: Sequence[str]
    context_attributes: Sequence[str]
    resource_id: str | None
    resource_workspace: str | None
    resource_attributes: Sequence[str]

    def principal(self) -> Principal:
        """Who asks. Raises RequestError for malformed values."""
        anonymous = self.kind == "anonymous"
        return Principal(
            cast("Kind", self.kind),
            None if anonymous else self.id or "someone",
            None if anonymous else self.workspace,
            scopes=frozenset(self.scopes.split(" ")) - {""},
            roles=frozenset(self.roles),
            ceiling=None if self.ceiling is None else frozenset(self.ceiling.split(" ")) - {""},
            attributes=assignments(self.attributes),
        )

    def context(self) -> Context:
        """The circumstances. Raises RequestError for malformed values."""
        return Context(
            channel=self.channel,
            environment=self.environment,
            facts=assignments(self.facts),
            now=None if self.now is None else instant(self.now),
            attributes=assignments(self.context_attributes),
        )

    def resource(self, surface: str | None) -> Resource | None:
        """What is asked about: None where no option names a resource. Raises RequestError for malformed values."""
        named = self.resource_id is not None or self.resource_workspace is not None or self.resource_attributes
        if not named or surface is None:
            return None
        return Resource(
            surface,
            self.resource_id,
            self.resource_workspace or self.workspace,
            assignments(self.resource_attributes),
        )


def load(paths: Iterable[Path], *, with_default: bool) -> Guard:
    """The guard for some paths; without any, or *with_default*, the shipped pack (and them)."""
    given = list(paths)
    return Guard.default(*given) if with_default or not given else Guard.load(given)


def surface_of(guard: Guard, action: str) -> str | None:
    """The surface that a permission or an operation is about; None where the catalog does not have it."""
    operation = guard.catalog.operations.get(action)
    surface = (action if operation is None else operation.permission).partition(":")[0]
    return surface if surface in guard.catalog.surfaces else None


def assignments(texts: Sequence[str]) -> dict[str, Any]:
    """``name=value`` texts as a mapping; raises RequestError for anything else.

    A value is JSON where it parses as JSON, an instant where it opens with ``@``, and text otherwise.
    """
    result: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise RequestError(f"{quoted(text)} is not name=value")
        if name in result:
            raise RequestError(f"{quoted(name)} is given twice")
        result[name] = instant(value[1:]) if value.startswith("@") else _value(value)
    return result


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def instant(text: str) -> datetime:
    """An ISO 8601 instant with its zone. Raises RequestError for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RequestError(f"{quoted(text)} is not an instant such as 2026-01-31T12:00:00Z") from None
    return found
