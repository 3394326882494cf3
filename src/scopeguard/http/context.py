"""The circumstances of a request, completed: by the channel that a router has, and by facts where gates read them."""

from collections.abc import Mapping

from scopeguard import Context, Guard, RequestError
from scopeguard.inspection import nearest


def on_channel(context: Context, channel: str | None) -> Context:
    """*context* on *channel*. Raises RequestError for one that is on another already."""
    if channel is None or context.channel == channel:
        return context
    if context.channel is not None:
        raise RequestError(f'the route is on the channel "{channel}", and the context on "{context.channel}"')
    return Context(channel, context.environment, context.facts or None, context.now, context.attributes or None)


def with_facts(context: Context, facts: Mapping[str, object]) -> Context:
    """*context* with further *facts*; of two of one name the new one counts."""
    merged = {**context.facts, **facts}
    return Context(context.channel, context.environment, merged, context.now, context.attributes or None)


def require_channel(guard: Guard, channel: str) -> None:
    """Raise RequestError, with the nearest name, for a *channel* that the pack of *guard* lacks."""
    if not isinstance(channel, str):
        raise RequestError(f"a channel must be a str, not {type(channel).__name__}")
    channels = guard.catalog.channels
    if channel not in channels:
        raise RequestError(f'no channel "{channel}" in the catalog{nearest(channel, channels)}')
