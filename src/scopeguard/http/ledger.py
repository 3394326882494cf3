"""What was decided for one request: without an allow nothing is answered."""

from typing import Final

from scopeguard import Decision, Principal

_AN_ERROR: Final = 400
"""The least status that says that nothing was done (RFC 9110 section 15)."""


class Ledger:
    """What was decided for one request. Made by a framework's integration for each, and shared by whatever serves it.

    It keeps no history: a connection may ask for days.
    """

    __slots__ = ("decision", "is_allowed", "is_public", "principal")

    def __init__(self) -> None:
        self.decision: Decision | None = None
        """The newest one."""
        self.is_allowed = False
        """Whether any of them was an allow."""
        self.is_public = False
        """Whether a public route was reached."""
        self.principal: Principal | None = None
        """Who asks, once that is known."""

    def record(self, decision: Decision) -> None:
        """Write down a further *decision*."""
        self.decision = decision
        self.is_allowed = self.is_allowed or decision.allowed

    def lets_pass(self, status: int) -> bool:
        """Whether a response of *status* may be sent: an error always, anything else where a decision allowed it."""
        return self.is_allowed or self.is_public or status >= _AN_ERROR
