"""Usage: what happened, what it counts on, and the table in which that is looked up. Frozen, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from msgspec import Struct, field
from msgspec.structs import asdict

from scopeguard.errors import RequestError, did_you_mean, quoted
from scopeguard.model.input_validation import identifier, name
from scopeguard.model.structs import Carried

Modality: TypeAlias = Literal["text", "audio"]
Sender: TypeAlias = Literal["user", "agent"]

MODALITIES: Final[tuple[Modality, ...]] = ("text", "audio")
SENDERS: Final[tuple[Sender, ...]] = ("user", "agent")

PRODUCTION: Final = "production"
"""What an environment counts as that the pack does not have, so that no made-up name is free of charge."""

OTHER_CHANNEL: Final = None
"""Any channel that the pack does not have."""

UsageCell: TypeAlias = tuple[str, str | None, str, str]
"""What rows distinguish of an event: environment, channel, modality and sender."""


class UsageEvent(Struct, frozen=True, gc=False):
    """One thing that may count: a text or audio, on a channel, from the user or the agent.

    *modality* is ``text`` or ``audio``, *sender* ``user`` or ``agent``; *channel* and *environment* come from the host,
    never from the caller. Raises RequestError for malformed values.
    """

    channel: str
    modality: Modality
    sender: Sender
    environment: str = PRODUCTION

    def __post_init__(self) -> None:
        name(self.channel, "a channel")
        _one_of(self.modality, MODALITIES, "a modality")
        _one_of(self.sender, SENDERS, "a sender")
        name(self.environment, "an environment")


class Usage(Struct, frozen=True, gc=False):
    """What an event counts on: *meter*, or None, of the *kind* ``consumption``, ``allocation`` or ``fair_use``.

    *row* is the id of the row that decided, *because* its reason; both are None where no row applies to the event.
    """

    meter: str | None = None
    kind: str | None = None
    row: str | None = None
    because: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """Plain data for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        counted = "not counted" if self.meter is None else f"{self.meter} ({self.kind})"
        why = "no row applies to it" if self.row is None else self.row
        return f"{counted}: {why}" if self.because is None else f"{counted}: {why}, {self.because}"


_NO_ROW: Final = Usage()


class UsageTable(Carried, frozen=True, gc=False):
    """What each cell counts on; *environments* and *channels* are those of the pack. Build it from a checked pack."""

    environments: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    cells: Mapping[UsageCell, Usage] = field(default_factory=lambda: MappingProxyType({}))

    def classify(self, event: UsageEvent) -> Usage:
        """What *event* counts on. Raises RequestError where it is no UsageEvent."""
        if type(event) is not UsageEvent:
            raise RequestError(f"a usage event must be a UsageEvent, not {type(event).__name__}")
        cell = (
            event.environment if event.environment in self.environments else PRODUCTION,
            event.channel if event.channel in self.channels else OTHER_CHANNEL,
            event.modality,
            event.sender,
        )
        return self.cells.get(cell, _NO_ROW)


def _one_of(value: object, known: Sequence[str], what: str) -> None:
    text = identifier(value, what)
    if text not in known:
        hint = did_you_mean(text, known) or f"it is {' or '.join(known)}"
        raise RequestError(f"{what} {quoted(text)} is unknown; {hint}")
