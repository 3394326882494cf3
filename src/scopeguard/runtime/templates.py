"""Decisions that are the same for many principals but for what each of them holds."""

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec.structs import force_setattr

from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import Resource


class DecisionTemplate:
    """A decision without what is filled in for each principal.

    Of an allow that is the id of each narrowed scope that grants; its name in ``rules`` ends where the id goes. Of a
    denial for want of a grant it is what the principal holds instead.
    """

    __slots__ = ("_copy", "decision")

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self._copy: Final[Callable[[], Decision]] = decision.__copy__  # type: ignore[attr-defined]  # every struct has it

    def fill(self, principal: Principal, resource: Resource | None) -> Decision:
        """The decision for one principal and one resource."""
        made = self._copy()
        # A copy that nobody has seen yet may be changed.
        if made.code is None:
            rules = with_id(made.rules, resource)
            force_setattr(made, "rules", rules)
            force_setattr(made, "reason", granted_by(rules))
        else:
            force_setattr(made, "provided", tuple(sorted(principal.scopes)))
        return made


Answer: TypeAlias = Decision | DecisionTemplate
"""What is kept: a decision for everybody, or one to fill in."""


def filled(answer: Answer, principal: Principal, resource: Resource | None) -> Decision:
    """The decision for one principal and one resource."""
    return answer if answer.__class__ is Decision else answer.fill(principal, resource)  # type: ignore[union-attr]  # a template


def granted_by(rules: tuple[str, ...]) -> str:
    """The reason of an allow."""
    return f"granted by {', '.join(rules)}"


def with_id(rules: tuple[str, ...], resource: Resource | None) -> tuple[str, ...]:
    """Ids of what allows, with that of the resource where a narrowed scope does; sorted."""
    resource_id = (resource and resource.id) or ""
    if len(rules) == 1:
        return (rules[0] + resource_id,)
    return tuple(sorted([rule + resource_id if is_open_rule(rule) else rule for rule in rules]))


def is_open_rule(rule: str) -> bool:
    """Whether the id of a resource is missing from what allows."""
    return rule.endswith("/")
