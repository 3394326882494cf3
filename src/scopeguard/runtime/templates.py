"""Decisions that are the same for many principals but for what each of them holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec.structs import force_setattr

from scopeguard.compiling.environment import ids_asked
from scopeguard.compiling.grants import ID, ROLES, SCOPES, Narrowed, questions
from scopeguard.errors import EvaluationError
from scopeguard.limits import MAX_NAMED
from scopeguard.model.catalog import Catalog
from scopeguard.model.decision import Decision
from scopeguard.model.input_validation import EMPTY
from scopeguard.model.principal import Principal
from scopeguard.model.request import Resource
from scopeguard.runtime.effective_grants import HELD

_NOTHING: Final[frozenset[str]] = frozenset()
_NONE: Final[Mapping[str, tuple[Narrowed, ...]]] = MappingProxyType({})
_HELD: Final = frozenset(HELD.values())


class DecisionTemplate:
    """A decision without what is filled in for each principal.

    Of an allow that is which of *granting* the principal holds, and the ids of each narrowed scope or role that grants;
    its name in ``rules`` ends where the id goes, and *narrowed* has what it asks. Of a denial for want of a grant it is
    what the principal holds instead, and which of *parents*, attributes of the resource by which the permission is
    held, the question does not give.
    """

    __slots__ = (
        *("_alone", "_always", "_copy", "_named", "_narrowed", "_parents", "_words", "decision", "granting"),
        "is_named",
    )

    def __init__(
        self,
        decision: Decision,
        granting: frozenset[str] = _NOTHING,
        narrowed: Mapping[str, tuple[Narrowed, ...]] = _NONE,
        parents: tuple[str, ...] = (),
    ) -> None:
        self.decision = decision
        self.granting = granting
        self.is_named: Final = decision.allowed and not any(map(is_open_rule, decision.rules))
        """Whether it is the same decision for all who hold the same of *granting*."""
        self._narrowed = narrowed
        self._words = tuple(filter(is_held, decision.rules))
        """``scope:`` or ``role:``, where names follow that grant on every resource."""
        self._always = tuple(rule for rule in decision.rules if not is_held(rule) and rule not in narrowed)
        self._alone = _alone(narrowed) if len(decision.rules) == 1 else None
        """What alone grants, and the attribute of the resource that has its one id; None for the id of its own."""
        self._parents = parents
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
                found = self._named[held] = self._granted(self._names(held))
            return found
        if self.decision.code is None:
            return self._allow(principal, resource)
        made = self._copy()
        force_setattr(made, "provided", tuple(sorted(principal.scopes)))
        if self._parents:
            missing = _missing(self._parents, EMPTY if resource is None else resource.attributes)
            if missing:
                force_setattr(made, "reason", made.reason + _untold(missing))
        return made

    def _allow(self, principal: Principal, resource: Resource | None) -> Decision:
        if self._alone is not None:
            rule, attribute = self._alone
            # It has granted, so that a resource is there, and the id.
            reached = resource.id if attribute is None else resource._given[attribute]  # type: ignore[union-attr]  # noqa: SLF001  # looked up
            return self._granted([f"{rule}{reached}"])
        names = self._names(principal.held & self.granting)
        for rule, narrowed in self._narrowed.items():
            names += _reaching(rule, narrowed, principal, resource)
        return self._granted(names)

    def _names(self, held: frozenset[str]) -> list[str]:
        """What allows, but for what is narrowed, for who holds these."""
        return [*self._always, *[word + name for word in self._words for name in held]]

    def _granted(self, names: list[str]) -> Decision:
        names.sort()
        made = self._copy()
        # A copy that nobody has seen yet may be changed.
        force_setattr(made, "rules", tuple(names))
        force_setattr(made, "reason", granted_by(names))
        return made


def _alone(narrowed: Mapping[str, tuple[Narrowed, ...]]) -> tuple[str, str | None] | None:
    for rule, asked in narrowed.items():
        if len(asked) == 1 and asked[0].kind == "string":
            return rule, None if asked[0].attribute == ID else asked[0].attribute
    return None


def _missing(names: Iterable[str], given: Mapping[str, object]) -> list[str]:
    return [name for name in names if name not in given]


def _untold(missing: Iterable[str]) -> str:
    return (
        f": it is held by {' and by '.join(f'resource.{name}' for name in missing)}, which the question does not give"
    )


def _reaching(
    rule: str, narrowed: tuple[Narrowed, ...], principal: Principal, resource: Resource | None
) -> Iterable[str]:
    """What stands for a narrowed *rule* in a decision: with each of the ids by which it reaches the resource."""
    # A folder is reached by itself and by what it lies in, perhaps at once; and a host may name an id twice.
    return {rule + each for one in narrowed for each in _ids(one, principal, resource)}


def _ids(narrowed: Narrowed, principal: Principal, resource: Resource | None) -> Iterable[str]:
    try:
        return narrowed.among(principal, ids_asked(narrowed, resource))
    except EvaluationError:
        # What is malformed grants nothing: something else has.
        return ()


Answer: TypeAlias = Decision | DecisionTemplate
"""What is kept: a decision for everybody, or one to fill in."""


def filled(answer: Answer, principal: Principal, resource: Resource | None) -> Decision:
    """The decision for one principal and one resource."""
    return answer if answer.__class__ is Decision else answer.fill(principal, resource)  # type: ignore[union-attr]  # a template


def granted_by(rules: Iterable[str]) -> str:
    """The reason of an allow."""
    return f"granted by {', '.join(rules)}"


def held_names(rule: str, principal: Principal, granting: frozenset[str]) -> Iterator[str]:
    """What stands for *rule* in a decision: each of *granting* that a principal holds for every resource."""
    return (rule + name for name in principal.held & granting)


def all_names(catalog: Catalog, rule: str, permission: str, principal: Principal) -> Iterator[str]:
    """A narrowed *rule* with each id that a principal has there, whichever resource is asked about."""
    found = {each for one in asked_by(catalog, rule, permission) for each in one.ids(principal)}
    return (rule + each for each in sorted(found))


def is_held(rule: str) -> bool:
    """Whether what allow are all scopes or roles that are held for every resource, whatever they are."""
    return rule in _HELD


def is_open_rule(rule: str) -> bool:
    """Whether the ids of resources are missing from the name of what allows."""
    return rule.endswith(("/", ":")) and rule not in _HELD


def asked_by(catalog: Catalog, rule: str, permission: str) -> tuple[Narrowed, ...]:
    """What is asked where something allows whose name ends where an id goes."""
    word, _, start = rule.partition(":")
    return questions(catalog, ROLES if word == "role" else SCOPES, start, permission)
