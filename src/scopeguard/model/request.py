"""What is asked about, and under which circumstances."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from scopeguard.errors import RequestError
from scopeguard.model.values import EMPTY, Value, attributes, moment, name, optional_identifier, thaw

RESOURCE_FIELDS: Final = frozenset({"surface", "id", "workspace"})
CONTEXT_FIELDS: Final = frozenset({"channel", "environment", "facts", "now"})


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing of a surface, or with no *id* the surface of a workspace.

    *attributes* may be any mapping; conditions read them as ``resource.name``. The repr leaves them
    out, for it ends up in logs. Raises RequestError for malformed values.
    """

    surface: str
    id: str | None = None
    workspace: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=lambda: EMPTY, repr=False)

    def __post_init__(self) -> None:
        fill = object.__setattr__
        fill(self, "surface", name(self.surface, "a resource's surface"))
        fill(self, "id", optional_identifier(self.id, "a resource's id"))
        fill(self, "workspace", optional_identifier(self.workspace, "a resource's workspace"))
        fill(self, "attributes", _named(self.attributes, "a resource's attributes", RESOURCE_FIELDS))

    def __hash__(self) -> int:
        return hash((self.surface, self.id, self.workspace))

    def __reduce__(self) -> tuple[type["Resource"], tuple[object, ...]]:
        return Resource, (self.surface, self.id, self.workspace, thaw(self.attributes))


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of a request, as the host verified them.

    *channel* and *environment* come from the host, never from the caller; *facts* are host-supplied state;
    *now* is an aware datetime, for no check reads a clock. The repr leaves facts and attributes out, for it ends up
    in logs. Raises RequestError for malformed values.
    """

    channel: str | None = None
    environment: str = "production"
    facts: Mapping[str, Any] = field(default_factory=lambda: EMPTY, repr=False)
    now: datetime | None = None
    attributes: Mapping[str, Any] = field(default_factory=lambda: EMPTY, repr=False)

    def __post_init__(self) -> None:
        fill = object.__setattr__
        if self.channel is not None:
            fill(self, "channel", name(self.channel, "a channel"))
        fill(self, "environment", name(self.environment, "an environment"))
        fill(self, "facts", attributes(self.facts, "facts"))
        fill(self, "now", moment(self.now, "now"))
        fill(self, "attributes", _named(self.attributes, "a context's attributes", CONTEXT_FIELDS))

    def __hash__(self) -> int:
        return hash((self.channel, self.environment, self.now))

    def __reduce__(self) -> tuple[type["Context"], tuple[object, ...]]:
        parts = (self.channel, self.environment, thaw(self.facts), self.now, thaw(self.attributes))
        return Context, parts


def _named(value: object, what: str, taken: frozenset[str]) -> Mapping[str, Value]:
    frozen = attributes(value, what)
    for key in frozen:
        if name(key, "an attribute") in taken:
            raise RequestError(f'"{key}" is a field of its own, not an attribute')
    return frozen
