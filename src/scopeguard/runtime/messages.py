"""What decisions say: the texts of codes with the words of one request put in, and when to try again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from scopeguard.compiling.environment import Environment
from scopeguard.compiling.evaluation import evaluate, outcome, settled
from scopeguard.compiling.program import ActionRules, Gate, Program, Rule
from scopeguard.errors import EvaluationError
from scopeguard.model.catalog import DenialCode
from scopeguard.model.codes import PLACEHOLDERS
from scopeguard.model.decision import Advice, Remedy
from scopeguard.runtime.role_rules import is_barred, looks_at_roles
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.semantics.timestamps import timestamp_text
from scopeguard.syntax.expression import Ident

_PLACEHOLDER: Final = "{(" + "|".join(PLACEHOLDERS) + ")}"
_READY: Final = "ready"
_UNTOLD: Final[Mapping[str, str]] = MappingProxyType({
    "resets_at": "the next reset",
    "grace_until": "further notice",
})  # fmt: skip
"""What stands for a time that the host did not give."""


_MAX_NAMED: Final = 3
"""As many holders of a permission as a text names."""


class RuleOutcome(Struct, frozen=True, gc=False):
    """A rule that decided. *failed* says that its condition could not be evaluated."""

    rule: Rule
    failed: bool

    @property
    def code(self) -> str | None:
        """The code that it gives."""
        return self.rule.failing if self.failed and self.rule.failing is not None else self.rule.code

    @property
    def order(self) -> tuple[int, bool, tuple[int, str, str]]:
        """Where it is among others: within a stage, what is known comes before what is not."""
        return (self.rule.stage, self.failed and self.rule.failing is not None, self.rule.order)

    @property
    def advises(self) -> bool:
        """Whether a rule that advises has something to say: one that could not be evaluated may have nothing."""
        return not self.failed or self.rule.failing is not None

    @property
    def gate(self) -> Gate | None:
        """The gate that tells something beside its code; one that could not be evaluated knows nothing."""
        return None if self.failed else self.rule.gate


def depends_on_request(program: Program, rule: Rule) -> bool:
    """Whether what a rule says differs from one request to the next."""
    return rule.gate is not None or rule.code in program.circumstances


def facts_told(gate: Gate) -> Iterator[str]:
    """The facts, below ``context.facts``, that a denial by *gate* may tell of."""
    yield from (f"providers.{kind}" for kind in gate.providers)
    if gate.meter is not None:
        yield f"{gate.record}.resets_at"
    if gate.kind == "payment":
        yield f"{gate.record}.grace_until"


class MessageContext(Struct, frozen=True):
    """The words of one request, or with no *env* of every request that gets the same answer."""

    program: Program
    act: ActionRules
    needed: tuple[str, ...] = ()
    gates: Sequence[Gate] = ()
    env: Environment | None = None

    @property
    def providers(self) -> tuple[str, ...]:
        """The kinds of credentials that gates ask for and that are not ready."""
        kinds = dict.fromkeys(kind for gate in self.gates for kind in gate.providers)
        return tuple(kind for kind in kinds if self.fact(f"providers.{kind}") != _READY)

    @property
    def meter(self) -> str | None:
        """The meter or bucket of the first gate that has one."""
        return next((gate.meter for gate in self.gates if gate.meter is not None), None)

    @property
    def resets_at(self) -> datetime | None:
        """When the host says that the meter resets."""
        gate = next((gate for gate in self.gates if gate.meter is not None), None)
        return None if gate is None else self.time(f"{gate.record}.resets_at")

    @property
    def grace_until(self) -> datetime | None:
        """Until when the host says that payment is in its grace period."""
        gate = next((gate for gate in self.gates if gate.kind == "payment"), None)
        return None if gate is None else self.time(f"{gate.record}.grace_until")

    @property
    def holders(self) -> tuple[str, ...]:
        """The roles that hold all that is needed, but for those that a rule denies the action all the same, sorted."""
        program, action = self.program, self.act.question.action
        key = (action, *self.needed)
        found = program.memos.holders.get(key)
        if found is None:
            # The rules as they are written: what is known of who asks says nothing of whom to ask.
            whole = program.act(action)
            denies = () if whole is None else tuple(filter(self._looks_at_roles, whole.denies))
            roles = program.catalog.roles
            holding = program.roles_holding(self.needed)
            found = tuple(name for name in holding if not is_barred(roles[name], denies))
            # Of several permissions there are too many sets.
            if len(self.needed) == 1:
                program.memos.holders[key] = found
        return found

    def _looks_at_roles(self, rule: Rule) -> bool:
        known = self.program.memos.by_roles.get(rule)
        if known is None:
            known = self.program.memos.by_roles[rule] = looks_at_roles(rule)
        return known

    def fact(self, path: str) -> object:
        """What the host says of a fact; None where it says nothing that is one."""
        if self.env is None:
            return None
        try:
            return evaluate(Ident(f"{FACTS}.{path}", absolute=True), self.env)
        except EvaluationError:
            return None

    def time(self, path: str) -> datetime | None:
        """A fact that is a time."""
        found = self.fact(path)
        return found if isinstance(found, datetime) else None

    def filled(self, template: str) -> str:
        """*template* with its placeholders filled."""
        # Only these names are replaced: str.format would reach attributes of its arguments.
        return re.sub(_PLACEHOLDER, lambda found: self.word(found.group(1)), template)

    def word(self, placeholder: str) -> str:
        """What stands for one placeholder."""
        catalog, question = self.program.catalog, self.act.question
        match placeholder:
            case "needed":
                return " ".join(self.needed) or self.nameable
            case "surface":
                return question.surface
            case "permission":
                return question.permission
            case "roles":
                return _some(self.holders)
            case "meter":
                meter = catalog.meters.get(self.meter or "")
                return (meter and meter.title) or self.meter or "usage"
            case "kinds":
                return ", ".join(self.providers) or "provider"
        when = self.resets_at if placeholder == "resets_at" else self.grace_until
        return _UNTOLD[placeholder] if when is None else timestamp_text(when)

    @property
    def nameable(self) -> str:
        """What to ask for, where it is not known what is needed: of what is internal a scope that includes it."""
        catalog, question = self.program.catalog, self.act.question
        if question.surface not in catalog.surfaces or not catalog.is_internal(question.permission):
            return question.permission
        return catalog.least_scope(question.permission) or question.surface

    def remedy(self, code: DenialCode) -> Remedy | None:
        """How a person recovers, in these circumstances."""
        found = None if code.remedy is None else Remedy(code.remedy, code.action, code.target)
        if self.env is not None:
            for circumstance in self.program.circumstances.get(code.name, ()):
                if outcome(settled(circumstance.condition, self.env.holds), self.env):
                    found = circumstance.remedy
                    break
        return None if found is None else Remedy(self.filled(found.text), found.action, found.target)

    def advice(self, code: DenialCode) -> Advice:
        """A code as advice."""
        remedy = self.remedy(code)
        if remedy is None:
            return Advice(code.name)
        return Advice(code.name, remedy.text, remedy.action, remedy.target)


def _some(names: Sequence[str]) -> str:
    """A few of *names*, and how many more there are."""
    more = len(names) - _MAX_NAMED
    listed = ", ".join(names[:_MAX_NAMED]) or "none yet"
    return f"{listed} and {more} more" if more > 0 else listed
