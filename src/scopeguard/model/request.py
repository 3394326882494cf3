"""What is asked about, and under which circumstances."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from sys import intern
from types import MappingProxyType
from typing import Any, Final, Self

from scopeguard.limits import MAX_IDENTIFIER, MAX_INTERNED
from scopeguard.model.facts import FACTS_OF_GATES, misspelt_fields
from scopeguard.model.input_validation import EMPTY, identifier, name, named_attributes, thaw, utc_datetime
from scopeguard.model.input_validation import attributes as frozen
from scopeguard.model.memo import Memo
from scopeguard.model.structs import Frozen

RESOURCE_FIELDS: Final = frozenset({"surface", "id", "workspace"})
CONTEXT_FIELDS: Final = frozenset({"channel", "environment", "facts", "now"})
_FACTS: Final = "\1"
"""Separates the names of facts, as a null character does the other parts of a context's class."""


class _LeftOut:
    __slots__ = ()

    def __repr__(self) -> str:
        return "<left out>"


LEFT_OUT: Final = _LeftOut()
"""The default for a resource that is left out: the question is about the surface in the principal's workspace.

It is not None, which is what a query gives that found no row.
"""


def or_left_out(resource: Resource | None) -> object:
    """*resource*, or what leaves it out where there is none: for those who know that none means the surface."""
    return LEFT_OUT if resource is None else resource


_NOTHING: Final[dict[str, Any]] = {}
"""The attributes of what has none."""

_surfaces: Final = Memo[str, str](lambda text: intern(name(text, "a resource's surface")), MAX_INTERNED)


class _MutableResource:
    """A resource in the making: its slots take values until it becomes a Resource."""

    __slots__ = ("_given", "id", "interned_surface", "surface", "workspace")


class Resource(_MutableResource, Frozen, init=False):
    """One thing of a *surface*, or with no *id* the surface itself, in *workspace*.

    *attributes* may be any mapping; conditions read them as ``resource.name``. The repr leaves them
    out, for it ends up in logs. Raises RequestError for malformed values.
    """

    __slots__ = ()

    surface: str
    id: str | None
    workspace: str | None
    interned_surface: str
    """The surface as the one text that all resources of it share, so that it is compared by identity."""
    _given: dict[str, Any]
    """The attributes, which nobody else has: a dict is looked up sooner than what keeps others from changing it."""

    __match_args__ = ("surface", "id", "workspace", "attributes")

    def __new__(
        cls,
        surface: str,
        id: str | None = None,
        workspace: str | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Self:
        """Check and freeze. Raises RequestError."""
        made: Any = _MutableResource()
        # Only of str itself is what is equal to it the same; a proxy has its class, too.
        known = _surfaces[surface] if type(surface) is str else intern(name(surface, "a resource's surface"))
        made.surface = made.interned_surface = known
        # As identifier(), without a call.
        made.id = (
            id
            if id is None or (type(id) is str and id and len(id) <= MAX_IDENTIFIER and id.isprintable())
            else identifier(id, "a resource's id")
        )
        made.workspace = (
            workspace
            if workspace is None
            or (type(workspace) is str and workspace and len(workspace) <= MAX_IDENTIFIER and workspace.isprintable())
            else identifier(workspace, "a resource's workspace")
        )
        made._given = (  # noqa: SLF001  # of what becomes a Resource
            _NOTHING if attributes is None else named_attributes(attributes, "a resource's attributes", RESOURCE_FIELDS)
        )
        made.__class__ = cls
        return made  # type: ignore[no-any-return]  # a Resource by now

    def __init_subclass__(cls) -> None:
        raise TypeError("Resource is final: what a check reads of it must be what was checked")

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What else conditions may read of it, frozen."""
        return MappingProxyType(self._given)

    def __repr__(self) -> str:
        return f"Resource(surface={self.surface!r}, id={self.id!r}, workspace={self.workspace!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and self._value() == other._value()

    def __hash__(self) -> int:
        return hash((self.surface, self.id, self.workspace))

    def _value(self) -> tuple[object, ...]:
        return (self.surface, self.id, self.workspace, self.attributes)

    def __reduce__(self) -> tuple[type[Resource], tuple[object, ...]]:
        return Resource, (self.surface, self.id, self.workspace, thaw(self.attributes))


def _group(names: tuple[str | None, str]) -> str:
    channel, environment = names
    start = "" if channel is None else name(channel, "a channel")
    return intern(f"\0{start}\0{name(environment, 'an environment')}")


_groups: Final = Memo(_group, MAX_INTERNED)
"""The classes of contexts without attributes and facts, by channel and environment."""


class _MutableContext:
    """A context in the making: its slots take values until it becomes a Context."""

    __slots__ = ("attributes", "channel", "environment", "facts", "group", "now")


class Context(_MutableContext, Frozen, init=False):
    """The circumstances of a request, as the host verified them.

    *channel* and *environment* come from the host, never from the caller; *facts* are host-supplied state, with the
    time at which they were read; *attributes* are those that the pack declares for the context;
    *now* is an aware datetime, for no check reads a clock. The repr leaves facts and attributes out, for it ends up
    in logs. Raises RequestError for malformed values.
    """

    __slots__ = ()

    channel: str | None
    environment: str
    facts: Mapping[str, Any]
    now: datetime | None
    attributes: Mapping[str, Any]
    group: str
    """The context's class: channel, environment, which attributes are present, and which of them are true or false.

    It is one text, and interned. The names of the facts follow it, see :func:`class_of`.
    """

    __match_args__ = ("channel", "environment", "facts", "now", "attributes")

    def __new__(
        cls,
        channel: str | None = None,
        environment: str = "production",
        facts: Mapping[str, object] | None = None,
        now: datetime | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Self:
        """Check and freeze. Raises RequestError."""
        made: Any = _MutableContext()
        # Only of str itself is what is equal to it the same; a proxy has its class, too.
        is_usual = type(environment) is str and (channel is None or type(channel) is str)
        group = _groups[channel, environment] if is_usual else _group((channel, environment))
        made.channel = channel
        made.environment = environment
        # As utc_datetime(), without a call.
        made.now = now if now is None or (type(now) is datetime and now.tzinfo is UTC) else utc_datetime(now, "now")
        if facts is None and attributes is None:
            made.facts = made.attributes = EMPTY
            made.group = group
        else:
            made.facts = EMPTY if facts is None else frozen(facts, "facts", FACTS_OF_GATES)
            more = (
                _NOTHING
                if attributes is None
                else named_attributes(attributes, "a context's attributes", CONTEXT_FIELDS)
            )
            made.attributes = MappingProxyType(more) if more else EMPTY
            made.group = _completed(group, made.facts, more)
        made.__class__ = cls
        return made  # type: ignore[no-any-return]  # a Context by now

    def __init_subclass__(cls) -> None:
        raise TypeError("Context is final: what a check reads of it must be what was checked")

    def __repr__(self) -> str:
        return f"Context(channel={self.channel!r}, environment={self.environment!r}, now={self.now!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Context) and self._value() == other._value()

    def __hash__(self) -> int:
        return hash((self.channel, self.environment, self.now))

    def _value(self) -> tuple[object, ...]:
        return (self.channel, self.environment, self.facts, self.now, self.attributes)

    def __reduce__(self) -> tuple[type[Context], tuple[object, ...]]:
        parts = (self.channel, self.environment, thaw(self.facts), self.now, thaw(self.attributes))
        return Context, parts


def _completed(group: str, facts: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    """The class of contexts with *facts* and *attributes*, by that of those without."""
    # No text of a host's holds the separator, for a name has no control character, nor the marks of a flag.
    for key in sorted(attributes):
        value = attributes[key]
        group += f"\0{key}{'+' if value is True else '-' if value is False else ''}"
    if facts:
        names = sorted(facts)
        misspelt = misspelt_fields(facts)
        if misspelt:
            # They make a class of their own, whose every request is refused.
            names = sorted((*names, *map(".".join, misspelt)))
        group += f"{_FACTS}{_FACTS.join(names)}"
    return intern(group)


def class_of(group: str) -> str:
    """What of a context's ``group`` decides: without the names of its facts, which are only looked up."""
    return group.partition(_FACTS)[0]
