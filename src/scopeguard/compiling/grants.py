"""What a condition asks of the ids that a principal's narrowed scopes name."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from scopeguard.model.grant_set import NO_IDS, Ids
from scopeguard.model.principal import Principal
from scopeguard.model.request import Resource
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import (
    FALSE,
    IN,
    PRESENT,
    TRUE,
    Call,
    Expr,
    Ident,
    ListExpr,
    Literal,
    conjunction,
    rebuilt,
)

SCOPES: Final = "scopes"
CEILING: Final = "ceiling"
RESOURCE_ID: Final = Ident("resource.id", absolute=True)
_HAS_RESOURCE_ID: Final = Call(PRESENT, (RESOURCE_ID,))


Granted: TypeAlias = Callable[[Principal, Resource | None], bool]


class Narrowed(NamedTuple):
    """A scope that a principal holds for single resources, or that its ceiling has so, and the id that is asked about.

    *resource_id* is None where it is that of the question.
    """

    holder: str
    scope: str
    resource_id: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Narrowed":
        """From the text in a condition."""
        return cls(*text.split(" "))

    @property
    def condition(self) -> Expr:
        """That the id is among those of the principal."""
        return Call(ex.GRANTED, (Literal(" ".join(part for part in self if part is not None)),))

    def ids(self, principal: Principal) -> frozenset[str]:
        """The ids that the principal, or its ceiling, has under the scope."""
        start = f"{self.scope}/"
        texts = principal.scopes if self.holder == SCOPES else principal.ceiling or NO_IDS
        return frozenset(text[len(start) :] for text in texts if text.startswith(start))

    def reaches(self, principal: Principal, resource_id: str | None) -> bool:
        """Whether the id, or *resource_id* where there is none, is among them."""
        wanted = resource_id if self.resource_id is None else self.resource_id
        texts = principal.scopes if self.holder == SCOPES else principal.ceiling or NO_IDS
        return wanted is not None and f"{self.scope}/{wanted}" in texts


def granted(expr: Expr) -> Granted | None:
    """Whether a condition holds, as a function of who asks and of which resource; None where it asks anything else."""
    match expr:
        case Call(function=ex.GRANTED, args=(Literal(value=str(text)),)):
            narrowed = Narrowed.parse(text)
            return lambda principal, resource: narrowed.reaches(principal, None if resource is None else resource.id)
        case Call(function=ex.AND | ex.OR as function, args=args):
            parts = [part for part in map(granted, args) if part is not None]
            quantifier = all if function == ex.AND else any
            if len(parts) == len(args):
                return lambda principal, resource: quantifier([part(principal, resource) for part in parts])
    return (lambda *_: True) if expr == TRUE else None


def about(expr: Expr, resource_id: str | None) -> Expr:
    """*expr* about one id in the place of the question's; with None as it is."""
    match expr:
        case Call(function=ex.GRANTED, args=(Literal(value=str(text)),)) if resource_id is not None:
            return Narrowed.parse(text)._replace(resource_id=resource_id).condition
    return rebuilt(expr, lambda part: about(part, resource_id))


def on_resources(ids: Ids) -> Expr:
    """The condition that the resource is one of *ids*."""
    if ids is None:
        return TRUE
    if not ids:
        return FALSE
    listed = ListExpr(tuple(Literal(item) for item in sorted(ids)))
    return conjunction((_HAS_RESOURCE_ID, Call(IN, (RESOURCE_ID, listed))))


def on_all_resources(parts: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The parts of a conjunction, with one list of ids in place of several: what a scope and a ceiling both name."""
    lists = [part for part in parts if _is_on_resources(part)]
    # Without the question whether there is an id, one that is not there fails and is not false.
    if len(lists) < 2 or _HAS_RESOURCE_ID not in parts:  # nothing to join
        return parts
    ids = frozenset.intersection(*map(_ids, lists))
    rest = tuple(part for part in parts if part not in lists and part != _HAS_RESOURCE_ID)
    condition = on_resources(ids)
    return (*rest, *(condition.args if isinstance(condition, Call) else (condition,)))


def _is_on_resources(expr: Expr) -> bool:
    match expr:
        case Call(function=ex.IN, args=(Ident() as name, ListExpr(items=items))):
            return name == RESOURCE_ID and all(isinstance(item, Literal) for item in items)
    return False


def _ids(expr: Expr) -> frozenset[str]:
    match expr:
        case Call(args=(_, ListExpr(items=items))):
            return frozenset(item.value for item in items if isinstance(item, Literal) and isinstance(item.value, str))
    return NO_IDS
