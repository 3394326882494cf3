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
from scopeguard.model.aliases import by_alias
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context

_NOW: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
_OF_HOLDINGS: Final = frozenset({"gained", "reach"})
"""Aspects that a table may have, of whoever holds one thing."""
_OF_WHOLE_ANSWERS: Final = frozenset({"audit", "remedy"})
"""Aspects of what is said by the whole of an answer alone."""


def commands(change: Change, sides: tuple[Side, Side]) -> tuple[str, str]:
    """What asks for a change, of the first pack and of the second."""
    if change.aspect in _OF_HOLDINGS and change.witness is None and change.actions:
        (who,) = change.who
        asked = _from_somewhere(sides, who, change.actions[0])
        if who.holding == _meant(sides[0], who) == _meant(sides[1], who):
            old, new = (
                command(projected(*each), each[0].program, "explain") for each in zip(sides, asked, strict=True)
            )
            return old, new
        # What is no name of a pack no principal holds: the command reads it.
        named = ("--role" if who.kind == "member" else "--scopes", *who.holding)
        nobody = Witness(_holder(who.kind, ()), asked[0].action, None, asked[0].context)
        old, new = (command(nobody, side.program, more=named) for side in sides)
        return old, new
    if change.witness is None:
        return "", ""
    more = ("--format", "json") if change.aspect in _OF_WHOLE_ANSWERS else ()
    old, new = (command(projected(side, change.witness), side.program, more=more) for side in sides)
    return old, new


def _holder(kind: str, names: tuple[str, ...]) -> Principal:
    if kind == "member":
        return Principal.member(IDS[kind], workspace=HOME, roles=names)
    if kind == "session":
        return Principal.session(IDS[kind], workspace=HOME, scopes=names, expires_at=_NOW + timedelta(hours=1))
    return Principal.api_key(IDS[kind], workspace=HOME, scopes=names)


def _meant(side: Side, who: Who) -> tuple[str, ...]:
    """What a pack takes the names for that somebody holds: none for those that it knows in no way."""
    aliases, catalog = side.program.catalog.aliases, side.program.catalog.of_kind(who.kind)
    known, names = (catalog.roles, aliases.roles) if who.kind == "member" else (catalog.scopes, aliases.scopes)
    found = (by_alias(names).get(name, name) for name in who.holding)
    return tuple(name for name in found if name in known)


def _from_somewhere(sides: tuple[Side, Side], who: Who, action: str) -> tuple[Witness, Witness]:
    """A request, as each pack has it, from where they answer it in two ways; of several the first that is allowed."""
    now = _NOW if who.kind == "session" else None
    old, new = (_holder(who.kind, _meant(side, who)) for side in sides)
    channels = dict.fromkeys((None, *(name for side in sides for name in side.program.catalog.channels)))
    places = [Context(channel=each, now=now) for each in channels]
    requests = [(Witness(old, action, None, where), Witness(new, action, None, where)) for where in places]
    return min(requests, key=lambda each: _likeness([answered(*asked) for asked in zip(sides, each, strict=True)]))


def _likeness(answers: Sequence[Answered]) -> tuple[bool, bool]:
    """How little two answers show, least for those that show the most."""
    return len({each.allowed for each in answers}) == 1, len({str(each) for each in answers}) == 1
