"""What asks for a change at a prompt, of both packs."""

import shlex

from scopeguard.analysis.commands import command
from scopeguard.analysis.diffing.replaying import projected
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.values import Change


def commands(change: Change, sides: tuple[Side, Side]) -> tuple[str, str]:
    """What asks for a change, of the first pack and of the second."""
    if change.aspect == "reach" and change.actions:
        (who,) = change.who
        kind = [] if who.kind == "api_key" else ["--as", who.kind]
        text = shlex.join(["scopeguard", "explain", change.actions[0], *kind, "--scopes", who.holding[0]])
        return text, text
    if change.witness is None:
        return "", ""
    more = ("--format", "json") if change.aspect == "audit" else ()
    old, new = (command(projected(side, change.witness), side.program.catalog.roles, more=more) for side in sides)
    return old, new
