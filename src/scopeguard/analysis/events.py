"""Usage events: whether one of those that an invariant is about counts on a meter that it must not."""

from collections.abc import Iterator
from itertools import count, product

from scopeguard.compiling.program import Invariant
from scopeguard.model.usage import MODALITIES, SENDERS, Usage, UsageEvent, UsageTable


def counted_event(invariant: Invariant, usage: UsageTable) -> tuple[UsageEvent, Usage] | None:
    """The first event that is counted as it must not be, and what it counts on."""
    if not invariant.of_events or invariant.meters is None:
        return None
    found = ((event, usage.classify(event)) for event in _events(invariant, usage))
    return next(((event, counted) for event, counted in found if counted.meter in invariant.meters), None)


def _events(invariant: Invariant, usage: UsageTable) -> Iterator[UsageEvent]:
    """An event of each kind that the table can tell apart."""
    channels = sorted(usage.channels if invariant.channels is None else invariant.channels)
    environments = sorted(usage.environments if invariant.environments is None else invariant.environments)
    # A channel that the pack does not have, and an environment that it does not have, which counts as production.
    channels += [_stranger(usage.channels)] if invariant.channels is None else []
    environments += [_stranger(usage.environments)] if invariant.environments is None else []
    for environment, channel, modality, sender in product(environments, channels, MODALITIES, SENDERS):
        yield UsageEvent(channel, modality, sender, environment)


def _stranger(known: frozenset[str]) -> str:
    """A name that is none of those known."""
    return next(name for number in count(1) if (name := f"elsewhere_{number}") not in known)
