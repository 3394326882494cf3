"""From two packs to what they answer in another way."""

from msgspec.structs import replace

from scopeguard.analysis.diffing.causes import Causes
from scopeguard.analysis.diffing.commands import commands
from scopeguard.analysis.diffing.edits import Edit, edits_of
from scopeguard.analysis.diffing.elements import edits_of_programs
from scopeguard.analysis.diffing.grouping import changes_of
from scopeguard.analysis.diffing.programs import Comparison
from scopeguard.analysis.diffing.semantics import Pass
from scopeguard.analysis.diffing.sides import Packs, Side
from scopeguard.analysis.diffing.tables import table_changes
from scopeguard.analysis.diffing.values import ASPECTS, Diff


def compare(old: Packs, new: Packs) -> Diff:
    """As :func:`scopeguard.analysis.diff`."""
    sides = (Side.of(old), Side.of(new))
    comparison = Comparison(sides)
    edits = _edits(comparison)
    findings = Pass(comparison).findings()
    changes = [*changes_of(sides, findings, Causes(edits, sides)), *table_changes(sides, edits)]
    order = list(ASPECTS)
    told = (replace(change, commands=commands(change, sides)) for change in changes)
    return Diff(
        tuple(sorted(told, key=lambda change: order.index(change.aspect))),
        edits,
        (sides[0].program.digest, sides[1].program.digest),
    )


def _edits(comparison: Comparison) -> tuple[Edit, ...]:
    old, new = (side.pack for side in comparison.sides)
    return edits_of_programs(comparison) if old is None or new is None else edits_of(old, new)
