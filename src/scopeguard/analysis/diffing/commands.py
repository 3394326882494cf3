"""What asks for a change at a prompt, of both packs."""

import shlex
from typing import Final

from scopeguard.analysis.commands import command
from scopeguard.analysis.diffing.replaying import projected
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.values import Change

_OF_WHOLE_ANSWERS: Final = frozenset({"audit", "remedy"})
"""Aspects of what is said by the whole of an answer alone."""


def commands(change: Change, sides: tuple[Side, Side]) -> tuple[str, str]:
    """What asks for a change, of the first pack and of the second."""
    if change.aspect == "reach" and change.actions:
        (who,) = change.who
        kind = [] if who.kind == "api_key" else ["--as", who.kind]
        text = shlex.join(["scopeguard", "explain", change.actions[0], *kind, "--scopes", who.holding[0]])
        return text, text
    if change.witness is None:
        return "", ""
    more = ("--format", "json") if change.aspect in _OF_WHOLE_ANSWERS else ()
    old, new = (command(projected(side, change.witness), side.program, more=more) for side in sides)
    return old, new
