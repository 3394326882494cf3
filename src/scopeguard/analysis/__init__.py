"""Proofs about packs: conditions and decisions as terms of a solver (z3), whose finds the engine replays.

``diff`` tells what two packs answer in another way. Needs the extra ``prove``.
"""

from scopeguard.analysis.diffing.accepting import AcceptanceError, accept
from scopeguard.analysis.diffing.edits import Edit
from scopeguard.analysis.diffing.people import Who
from scopeguard.analysis.diffing.sides import Packs, Side, load_side
from scopeguard.analysis.diffing.values import Change, Diff

__all__ = ["AcceptanceError", "Change", "Diff", "Edit", "Packs", "Side", "Who", "accept", "diff", "load_side"]


def diff(old: Packs, new: Packs) -> Diff:
    """What *new* answers in another way than *old*: who gains and who loses, where, why, and by which line.

    Each is a Guard, or the paths of a pack as Guard.load takes them; of paths it is known what is written where. A
    request that shows a change was asked of both packs. Raises PolicyError where a pack does not load, RequestError
    for what is no pack, and ModuleNotFoundError without the extra.
    """
    from scopeguard.analysis.diffing.comparing import compare  # noqa: PLC0415  # the solver is slow to import

    return compare(old, new)
