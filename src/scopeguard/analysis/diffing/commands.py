"""What asks for a change at a prompt, of both packs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from scopeguard.analysis.commands import command
from scopeguard.analysis.diffing.people import Who
from scopeguard.analysis.diffing.replaying import Answered, answered, projected
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.values import Change
from scopeguard.analysis.requests import HOME, IDS
from scopeguard.analysis.witnesses import Witness
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context

_NOW: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
_OF_WHOLE_ANSWERS: Final = frozenset({"audit", "remedy"})
"""Aspects of what is said by the whole of an answer alone."""


def commands(change: Change, sides: tuple[Side, Side]) -> tuple[str, str]:
    """What asks for a change, of the first pack and of the second."""
    if change.aspect == "reach" and change.actions:
        (who,) = change.who
        asked = _from_somewhere(sides, _holder(who), change.actions[0])
        old, new = (command(projected(side, asked), side.program, "explain") for side in sides)
        return old, new
    if change.witness is None:
        return "", ""
    more = ("--format", "json") if change.aspect in _OF_WHOLE_ANSWERS else ()
    old, new = (command(projected(side, change.witness), side.program, more=more) for side in sides)
    return old, new


def _holder(who: Who) -> Principal:
    if who.kind == "session":
        return Principal.session(
            IDS[who.kind], workspace=HOME, scopes=who.holding, expires_at=_NOW + timedelta(hours=1)
        )
    return Principal.api_key(IDS[who.kind], workspace=HOME, scopes=who.holding)


def _from_somewhere(sides: tuple[Side, Side], principal: Principal, action: str) -> Witness:
    """A request from where the two packs answer it in two ways; of several the first where one of them allows."""
    now = _NOW if principal.kind == "session" else None
    channels = dict.fromkeys((None, *(name for side in sides for name in side.program.catalog.channels)))
    requests = [Witness(principal, action, None, Context(channel=each, now=now)) for each in channels]
    return min(requests, key=lambda each: _likeness([answered(side, each) for side in sides]))


def _likeness(answers: Sequence[Answered]) -> tuple[bool, bool]:
    """How little two answers show, least for those that show the most."""
    return len({each.allowed for each in answers}) == 1, len({str(each) for each in answers}) == 1
