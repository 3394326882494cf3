"""What ``Guard.authorize`` raises."""

from __future__ import annotations

from scopeguard.errors import ScopeguardError
from scopeguard.model.access_request import AccessRequest
from scopeguard.model.decision import Decision


class AccessDenied(ScopeguardError):
    """A denial raised by ``Guard.authorize``; *decision* says why and how to recover, *asked* what was asked.

    *asked* is None where the host raises it without.
    """

    def __init__(self, decision: Decision, asked: AccessRequest | None = None) -> None:
        self.decision = decision
        self.asked = asked
        super().__init__(f"{decision.code}: {decision.reason}")
