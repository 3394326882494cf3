"""What was decided for one request: without an allow nothing is answered."""

from http import HTTPStatus

from scopeguard import Decision, Principal


class Ledger:
    """The decisions of one request. Made by a framework's integration for each, and shared by whatever serves it."""

    __slots__ = ("decisions", "is_public", "principal")

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.is_public = False
        """Whether a public route was reached."""
        self.principal: Principal | None = None
        """Who asks, once that is known."""

    def lets_pass(self, status: int) -> bool:
        """Whether a response of *status* may be sent: an error always, anything else where a decision allowed it."""
        if status >= HTTPStatus.BAD_REQUEST or self.is_public:
            return True
        return any(decision.allowed for decision in self.decisions)
