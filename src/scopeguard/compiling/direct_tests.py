"""Questions about ids as plain functions: neither the evaluator nor code of their own is needed for them."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TypeAlias

from scopeguard.compiling.environment import ids_asked
from scopeguard.compiling.grants import ID, SCOPES, Narrowed, narrowed_in
from scopeguard.errors import EvaluationError
from scopeguard.model.principal import Principal
from scopeguard.model.request import Resource
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import TRUE, Call, Expr

Granted: TypeAlias = Callable[[Principal, Resource | None], bool]


def granted(expr: Expr) -> Granted | None:
    """Whether a condition holds, as a function of who asks and of which resource; None where it asks anything else.

    What cannot be evaluated does not hold.
    """
    narrowed = narrowed_in(expr)
    if narrowed is not None:
        return _own(narrowed) if narrowed.attribute == ID else _of_attribute(narrowed)
    match expr:
        case Call(function=ex.AND | ex.OR as function, args=args):
            parts = [part for part in map(granted, args) if part is not None]
            quantifier = all if function == ex.AND else any
            if len(parts) == len(args):
                return lambda principal, resource: quantifier([part(principal, resource) for part in parts])
    return (lambda *_: True) if expr == TRUE else None


def _own(narrowed: Narrowed) -> Granted:
    start, texts = narrowed.start, attrgetter(narrowed.holder)

    def among(principal: Principal, resource: Resource | None) -> bool:
        found = None if resource is None else resource.id
        return found is not None and start + found in texts(principal) and ":" not in found

    def among_scopes(principal: Principal, resource: Resource | None) -> bool:
        found = None if resource is None else resource.id
        return found is not None and start + found in principal.scopes and ":" not in found

    return among_scopes if narrowed.holder == SCOPES else among


def _of_attribute(narrowed: Narrowed) -> Granted:
    start, texts, name = narrowed.start, attrgetter(narrowed.holder), narrowed.attribute
    if narrowed.kind != "string":
        return lambda principal, resource: _reaches(narrowed, principal, resource)

    def among(principal: Principal, resource: Resource | None) -> bool:
        found = None if resource is None else resource._given.get(name)  # noqa: SLF001  # looked up
        return found.__class__ is str and start + found in texts(principal)

    def among_scopes(principal: Principal, resource: Resource | None) -> bool:
        found = None if resource is None else resource._given.get(name)  # noqa: SLF001  # looked up
        return found.__class__ is str and start + found in principal.scopes

    return among_scopes if narrowed.holder == SCOPES else among


def _reaches(narrowed: Narrowed, principal: Principal, resource: Resource | None) -> bool:
    try:
        return bool(narrowed.among(principal, ids_asked(narrowed, resource)))
    except EvaluationError:
        return False
