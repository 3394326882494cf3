"""Builds grants, requirements and patterns, one a reduction, inside the parser."""

from typing import TypeVar

from msgspec import Struct

from scopeguard.limits import MAX_REQUIREMENT_DEPTH
from scopeguard.model.grant import Grant
from scopeguard.syntax.parse_errors import ParseError
from scopeguard.syntax.requirement import AllOf, AnyOf, Needs, Pattern, Requirement
from scopeguard.syntax.sized_nodes import Token

_Element = TypeVar("_Element")


class Needed(Struct, frozen=True, gc=False):
    """A requirement and how many ``all(…)`` and ``any(…)`` are nested in it."""

    requirement: Requirement
    depth: int


class Group(Struct, frozen=True, gc=False):
    """A group of surfaces or of actions that a pattern names."""

    name: str


class ScopeBuilder:
    """One method for each alternative of ``grammar/scope.lark``, called with its symbols in order.

    Raises ParseError for a requirement that is nested too deep.
    """

    def grant(self, surface: Token, action: Token, *narrowed: Token) -> Grant:
        """``surface:action``, ``surface:action/id`` or ``surface:action/parent:id``."""
        texts = [str(each) for each in narrowed]
        resource_id = texts.pop() if texts else None
        return Grant(str(surface), str(action), resource_id, texts[0].removesuffix(":") if texts else None)

    def grants(self, held: list[Grant] | None = None) -> tuple[Grant, ...]:
        """A list of scopes: sorted, each once."""
        return tuple(Grant.parse(text) for text in sorted({str(grant) for grant in held or ()}))

    def first(self, element: _Element) -> list[_Element]:
        """The first element of a list."""
        return [element]

    def more(self, elements: list[_Element], element: _Element) -> list[_Element]:
        """A list and its next element. Grows the list in place: a copy for each would be quadratic."""
        elements.append(element)
        return elements

    def needs_grant(self, grant: Grant) -> Needed:
        """A grant where a requirement is asked for."""
        return Needed(Needs(grant), 0)

    def all_of(self, word: Token, items: list[Needed]) -> Needed:
        """``all(items)``."""
        return Needed(AllOf(tuple(item.requirement for item in items)), _deeper(word, items))

    def any_of(self, word: Token, items: list[Needed]) -> Needed:
        """``any(items)``."""
        return Needed(AnyOf(tuple(item.requirement for item in items)), _deeper(word, items))

    def requirement(self, needed: Needed) -> Requirement:
        """The whole requirement."""
        return needed.requirement

    def pattern(self, reach: str | Group | None, verbs: frozenset[str] | Group | None) -> Pattern:
        """``surface:actions``."""
        surface, group = (None, reach.name) if isinstance(reach, Group) else (reach, None)
        actions, action_group = (None, verbs.name) if isinstance(verbs, Group) else (verbs, None)
        return Pattern(surface, actions, group, action_group)

    def every(self) -> None:
        """``*``."""

    def named_surface(self, surface: Token) -> str:
        """The surface of a pattern."""
        return str(surface)

    def named_group(self, name: Token) -> Group:
        """``@group``."""
        return Group(str(name))

    def named_action(self, action: Token) -> frozenset[str]:
        """The one action of a pattern."""
        return frozenset({str(action)})

    def named_actions(self, actions: list[Token]) -> frozenset[str]:
        """``{read,write}``."""
        return frozenset(map(str, actions))


def _deeper(word: Token, items: list[Needed]) -> int:
    depth = 1 + max(item.depth for item in items)
    if depth > MAX_REQUIREMENT_DEPTH:
        message = f"the requirement is nested deeper than {MAX_REQUIREMENT_DEPTH}"
        raise ParseError("SG301", message, word.start_pos)
    return depth
