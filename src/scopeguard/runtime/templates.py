"""Decisions that are the same for many principals but for what each of them holds."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from msgspec.structs import force_setattr

from scopeguard.limits import MAX_NAMED
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import Resource
from scopeguard.runtime.effective_grants import HELD

_NOTHING: Final[frozenset[str]] = frozenset()
_HELD: Final = frozenset(HELD.values())


class DecisionTemplate:
    """A decision without what is filled in for each principal.

    Of an allow that is which of *granting* the principal holds, and the id of each narrowed scope that grants; its name
    in ``rules`` ends where the id goes. Of a denial for want of a grant it is what the principal holds instead.
    """

    __slots__ = ("_copy", "_named", "decision", "granting", "is_named")

    def __init__(self, decision: Decision, granting: frozenset[str] = _NOTHING) -> None:
        self.decision = decision
        self.granting = granting
        self.is_named: Final = decision.allowed and not any(map(is_open_rule, decision.rules))
        """Whether it is the same decision for all who hold the same of *granting*."""
        self._copy: Final[Callable[[], Decision]] = decision.__copy__  # type: ignore[attr-defined]  # every struct has it
        self._named: dict[frozenset[str], Decision] = {}

    def fill(self, principal: Principal, resource: Resource | None) -> Decision:
        """The decision for one principal and one resource."""
        if self.is_named:
            held = principal.held & self.granting
            found = self._named.get(held)
            if found is None:
                if len(self._named) >= MAX_NAMED:
                    self._named.clear()
                found = self._named[held] = self._allow(principal, resource)
            return found
        if self.decision.code is None:
            return self._allow(principal, resource)
        made = self._copy()
        # A copy that nobody has seen yet may be changed.
        force_setattr(made, "provided", tuple(sorted(principal.scopes)))
        return made

    def _allow(self, principal: Principal, resource: Resource | None) -> Decision:
        made = self._copy()
        rules = tuple(sorted(self._rules(principal, resource)))
        force_setattr(made, "rules", rules)
        force_setattr(made, "reason", granted_by(rules))
        return made

    def _rules(self, principal: Principal, resource: Resource | None) -> Iterator[str]:
        for rule in self.decision.rules:
            if is_held(rule):
                yield from held_names(rule, principal, self.granting)
            else:
                yield rule + ((resource and resource.id) or "") if is_open_rule(rule) else rule


Answer: TypeAlias = Decision | DecisionTemplate
"""What is kept: a decision for everybody, or one to fill in."""


def filled(answer: Answer, principal: Principal, resource: Resource | None) -> Decision:
    """The decision for one principal and one resource."""
    return answer if answer.__class__ is Decision else answer.fill(principal, resource)  # type: ignore[union-attr]  # a template


def granted_by(rules: tuple[str, ...]) -> str:
    """The reason of an allow."""
    return f"granted by {', '.join(rules)}"


def held_names(rule: str, principal: Principal, granting: frozenset[str]) -> Iterator[str]:
    """What stands for *rule* in a decision: each of *granting* that a principal holds for every resource."""
    return (rule + name for name in principal.held & granting)


def is_held(rule: str) -> bool:
    """Whether what allows are all scopes or roles that are held for every resource, whatever they are."""
    return rule in _HELD


def is_open_rule(rule: str) -> bool:
    """Whether the id of a resource is missing from what allows."""
    return rule.endswith("/")
