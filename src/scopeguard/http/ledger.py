"""What was decided for one request: without an allow nothing is answered."""

from typing import Any, Final

from msgspec import Struct

from scopeguard import Decision, Principal

_AN_ERROR: Final = 400
"""The least status that says that nothing was done (RFC 9110 section 15)."""


class Ledger(Struct):
    """What was decided for one request. Made by a framework's integration for each, and shared by whatever serves it.

    It keeps no history: a connection may ask for days.
    """

    decision: Decision | None = None
    """The newest one."""
    is_allowed: bool = False
    """Whether any of them was an allow."""
    is_public: bool = False
    """Whether a public route was reached."""
    principal: Principal | None = None
    """Who asks, once that is known."""
    principals: list[tuple[Principal, Any]] = []
    """Who asks, each with the function of the host that said it."""
    solved: list[tuple[Any, ...]] = []
    """What a framework found out about who asks, each with whoever is to know it where no question came of it."""
    asked: list[Any] = []
    """The questions of the route that were asked, whatever became of them."""
    contexts: list[tuple[Any, ...]] = []
    """How it is asked, each with whatever it depends on.

    Not with the access: that has the ledger, and what has itself costs each request work of the garbage collector.
    """

    def record(self, decision: Decision) -> None:
        """Write down a further *decision*."""
        self.decision = decision
        self.is_allowed = self.is_allowed or decision.effect == "allow"

    def lets_pass(self, status: int) -> bool:
        """Whether a response of *status* may be sent: an error always, anything else where a decision allowed it."""
        return self.is_allowed or self.is_public or status >= _AN_ERROR
