"""What a condition says about one name at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal


@dataclass(slots=True)
class Constraint:
    """The texts that one name may have: *allowed* (None: any) without *excluded*."""

    allowed: frozenset[str] | None = None
    excluded: frozenset[str] = field(default_factory=frozenset)

    def narrow(self, values: frozenset[str]) -> None:
        """Only *values* remain."""
        self.allowed = values if self.allowed is None else self.allowed & values

    @property
    def empty(self) -> bool:
        """Whether no text is left."""
        return self.allowed is not None and self.allowed <= self.excluded


def constrain(expr: Expr, constraints: dict[str, Constraint]) -> None:
    """Add to *constraints*, by dotted name, what *expr* demands where it is true."""
    for part in _parts(expr, ex.AND):
        for name, values, equal in _demand(part):
            _add(constraints, name, values, equal=equal)


def constrain_not(expr: Expr, constraints: dict[str, Constraint]) -> None:
    """Add to *constraints* what must hold where *expr* is false."""
    for part in _parts(expr, ex.OR):
        for name, values, equal in _demand(part):
            _add(constraints, name, values, equal=not equal)


def _add(constraints: dict[str, Constraint], name: str, values: frozenset[str], *, equal: bool) -> None:
    constraint = constraints.setdefault(name, Constraint())
    if equal:
        constraint.narrow(values)
    else:
        constraint.excluded |= values


def _parts(expr: Expr, operator: str) -> Iterator[Expr]:
    stack = [expr]
    while stack:
        part = stack.pop()
        if isinstance(part, Call) and part.function == operator:
            stack.extend(part.args)
        else:
            yield part


def _demand(expr: Expr) -> Iterator[tuple[str, frozenset[str], bool]]:
    match expr:
        case Call(function=ex.NOT, args=(operand,)):
            for name, values, equal in _comparison(operand):
                yield name, values, not equal
        case _:
            yield from _comparison(expr)


def _comparison(expr: Expr) -> Iterator[tuple[str, frozenset[str], bool]]:
    match expr:
        case Call(function=ex.EQUAL | ex.NOT_EQUAL as function, args=(left, right)):
            for name, literal in ((_name(left), right), (_name(right), left)):
                if name is not None and isinstance(literal, Literal) and isinstance(literal.value, str):
                    yield name, frozenset((literal.value,)), function == ex.EQUAL
        case Call(function=ex.IN, args=(left, ListExpr(items=items))):
            name = _name(left)
            values = [item.value for item in items if isinstance(item, Literal) and isinstance(item.value, str)]
            if name is not None and len(values) == len(items):
                yield name, frozenset(values), True


def _name(expr: Expr) -> str | None:
    """``principal.kind`` or ``action`` where *expr*, with its names resolved, reads just that."""
    return expr.name if isinstance(expr, Ident) and expr.absolute else None
