"""The questions of routes: about a surface, about a row that may not be there, about a proposed one."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from scopeguard import AccessDenied, Context, Decision, Filter, Guard, Principal, ScopeguardError
from scopeguard.http.context import with_facts
from scopeguard.http.ledger import Ledger


class _Surface:
    __slots__ = ()

    def __repr__(self) -> str:
        return "<the surface>"


SURFACE: Final = _Surface()
"""In the place of a resource: the surface in the caller's workspace."""


class NotFound(ScopeguardError):
    """There is no such row, or none that the caller may know of: both are answered alike."""

    def __init__(self) -> None:
        super().__init__("not found")


class Access:
    """Who asks and under which circumstances: what a handler asks further questions with.

    What is allowed is written down in the ledger of the request; what is asked of the guard itself is not.
    """

    __slots__ = ("_ledger", "context", "guard", "principal")

    def __init__(self, guard: Guard, principal: Principal, context: Context, ledger: Ledger) -> None:
        self.guard: Final = guard
        self.principal: Final = principal
        self.context: Final = context
        self._ledger: Final = ledger
        ledger.principal = principal

    def __repr__(self) -> str:
        return f"Access({self.principal!r}, {self.context!r})"

    @property
    def decision(self) -> Decision:
        """The newest decision: what is to be left out, audited or reserved. Raises LookupError where there is none."""
        decision = self._ledger.decision
        if decision is None:
            raise LookupError("nothing was decided for this request yet")
        return decision

    def with_facts(self, facts: Mapping[str, object] | None) -> "Access":
        """The same with further *facts*; itself where there are none. Raises RequestError."""
        if facts is None:
            return self
        return Access(self.guard, self.principal, with_facts(self.context, facts), self._ledger)

    def authorize(
        self, action: str, resource: object = SURFACE, *, facts: Mapping[str, object] | None = None
    ) -> Decision:
        """As ``Guard.authorize``; *facts* are put beside those of the context. Raises AccessDenied and RequestError."""
        context = self.context if facts is None else with_facts(self.context, facts)
        try:
            if resource is SURFACE:
                decision = self.guard.authorize(self.principal, action, context=context)
            else:
                decision = self.guard.authorize(self.principal, action, resource, context)
        except AccessDenied as denied:
            self._ledger.record(denied.decision)
            raise
        self._ledger.record(decision)
        return decision

    def require_row(self, action: str, row: object, *, facts: Mapping[str, object] | None = None) -> Decision:
        """The allow of *action* about *row*, which is None where there is none, with further *facts*.

        Raises AccessDenied where the row may be known of and is denied. A row that is hidden (its denial has the status
        404) and one that is missing are one case: what the caller is denied on the whole surface is denied then too,
        so that nobody who reads nothing learns what exists; for anybody else it raises NotFound.
        """
        if row is not None:
            try:
                return self.authorize(action, row, facts=facts)
            except AccessDenied as denied:
                if denied.decision.status != HTTPStatus.NOT_FOUND:
                    raise
        try:
            # An allow of the surface is no allow of an answer, and is not written down.
            self.guard.authorize(self.principal, action, context=self.with_facts(facts).context)
        except AccessDenied as denied:
            # With errors the denial depends on attributes, which only a row has: it would be no answer about all rows.
            if not denied.decision.errors:
                self._ledger.record(denied.decision)
                raise
        raise NotFound

    def require_proposed(self, action: str, proposed: object, *, facts: Mapping[str, object] | None = None) -> Decision:
        """The allow of *action* about what is *proposed*, with further *facts*, as :meth:`require_row` has it of a row.

        What is proposed beside a hidden row, such as in the workspace of somebody else, is hidden too. Raises
        RequestError where nothing is proposed.
        """
        ask = self.authorize if proposed is None else self.require_row
        return ask(action, proposed, facts=facts)

    def filter(self, action: str, *, facts: Mapping[str, object] | None = None) -> Filter:
        """Which rows it may do *action* to, with *facts* beside those of the context.

        Raises AccessDenied where there are none, whatever is stored.
        """
        return self.record(self.guard.filter(self.principal, action, self.with_facts(facts).context))

    def record(self, found: Filter) -> Filter:
        """*found*, as a decision of this request. Raises AccessDenied where no row passes."""
        self._ledger.record(found.decision)
        return found.authorize()
