"""The usage classifier of some policy documents, row by row, with nothing remembered."""

from collections.abc import Sequence
from itertools import product

from scopeguard import UsageEvent
from scopeguard.documents.facts import UsageDoc
from scopeguard.documents.schema import PolicyDoc


def speaking(documents: Sequence[PolicyDoc], event: UsageEvent) -> list[UsageDoc]:
    """The rows that speak of an event, by id."""
    environment = event.environment if event.environment in environments(documents) else "production"
    rows = [row for document in documents for row in document.usage or ()]
    return sorted(
        (
            row
            for row in rows
            if environment in (row.environments or [environment])
            and event.channel in (row.channels or [event.channel])
            and event.channel not in (row.other_channels or [])
            and (row.modality or event.modality) == event.modality
            and (row.sender or event.sender) == event.sender
        ),
        key=lambda row: row.id,
    )


def environments(documents: Sequence[PolicyDoc]) -> list[str]:
    """The environments of a pack."""
    return [name for document in documents if document.catalog for name in document.catalog.environments or ()]


def channels(documents: Sequence[PolicyDoc]) -> list[str]:
    """The channels of a pack."""
    return [name for document in documents if document.catalog for name in document.catalog.channels or ()]


def every_event(documents: Sequence[PolicyDoc]) -> list[UsageEvent]:
    """Every event that rows can tell apart, and those of an unknown channel and of an unknown environment."""
    where = (*channels(documents), "smoke_signal")
    how = [("text", "user"), ("text", "agent"), ("audio", "user"), ("audio", "agent")]
    return [
        UsageEvent(channel, modality, sender, environment)  # type: ignore[arg-type]  # one of the known words
        for environment, channel, (modality, sender) in product(
            (*environments(documents), "production", "moon"), where, how
        )
    ]
