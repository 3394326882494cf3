"""The grants that a requirement names."""

from collections.abc import Iterator

from scopeguard.model.grant import Grant
from scopeguard.syntax.scope import AllOf, AnyOf, Needs, Requirement


def grants(requirement: Requirement) -> Iterator[Grant]:
    """Every grant in *requirement*, as written from left to right."""
    stack = [requirement]
    while stack:
        match stack.pop():
            case Needs(grant=grant):
                yield grant
            case AllOf(items=items) | AnyOf(items=items):
                stack.extend(reversed(items))
