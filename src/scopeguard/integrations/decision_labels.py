"""What metrics tell decisions apart by: as many series as the pack has names, whoever asks."""

from typing import Final

from scopeguard import Decision

NONE: Final = "none"
UNMAPPED: Final = "unmapped_action"


def labels(decision: Decision) -> dict[str, str]:
    """The effect, the code and the permission of a decision; of an action that the pack does not have, not its text."""
    code = decision.code or NONE
    return {
        "effect": decision.effect,
        "code": code,
        "permission": UNMAPPED if code == UNMAPPED else decision.permission,
    }
