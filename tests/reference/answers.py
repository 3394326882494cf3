"""What goes into the reference interpreter and what comes out."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from tests.reference.gates import Gate


@dataclass(frozen=True)
class Answer:
    """What the documents say about one request."""

    effect: str
    code: str | None
    reason: str
    rules: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    stage: str | None = None
    status: int = 200
    remedy: str | None = None
    meter: str | None = None
    providers: tuple[str, ...] = ()
    retry_at: datetime | None = None
    advice: tuple[tuple[str, str | None], ...] = ()
    redact: tuple[str, ...] = ()
    obligations: tuple[tuple[str, str, int | None], ...] = ()


class Spoken(NamedTuple):
    """A rule or gate that was looked at. *match* is None where its target cannot be evaluated."""

    id: str
    stage: int
    code: str
    match: bool | None
    because: str | None = None
    failing: str | None = None
    gate: Gate | None = None

    @property
    def given(self) -> str:
        """The code that it gives."""
        return self.failing if self.match is None and self.failing else self.code


class Question(NamedTuple):
    """One request, read."""

    principal: Principal
    permission: str
    operation: str
    surface: str
    action: str
    resource: Resource | None
    context: Context
