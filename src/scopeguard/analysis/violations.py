"""What may be wrong with an invariant, and the finding that tells it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from scopeguard.analysis.commands import is_sayable, naming
from scopeguard.analysis.witnesses import Witness
from scopeguard.errors import Diagnostic
from scopeguard.model.decision import Decision
from scopeguard.model.usage import UsageEvent
from scopeguard.source import Location

VIOLATED: Final = "SG601"
NOT_WHOLE: Final = "SG602"
VACUOUS: Final = "SG603"


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold, or of which nobody can tell.

    *code* is SG601 where *witness* breaks it, which *decision* answers, or where *event* is counted as it must not be;
    SG602 where it cannot be checked whole, and SG603 where it applies to no request at all.
    """

    invariant: str
    code: str
    location: Location
    message: str
    hint: str | None = None
    witness: Witness | None = None
    decision: Decision | None = None
    event: UsageEvent | None = None

    def of(self, paths: Sequence[str]) -> "Violation":
        """The same, with a command that names the pack at *paths*."""
        if self.witness is None or not is_sayable(self.witness):
            return self
        return replace(self, hint=" ".join((self.hint or "", *naming(paths))))

    @property
    def diagnostic(self) -> Diagnostic:
        """The finding that a report shows."""
        return Diagnostic.at(self.location, self.code, self.message, self.hint)
