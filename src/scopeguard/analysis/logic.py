"""Booleans of the solver that fold constants, and the three outcomes of a condition as a pair of them.

A boolean is a Python ``bool`` where it is known, so that most of a rule about one kind of principal never becomes a
term at all. A condition is *true*, *false*, or neither: it has no value then (cel-spec, "Logical Operators").
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, TypeAlias

from scopeguard.analysis.solver import z3

Bool: TypeAlias = Any
"""``bool`` or ``z3.BoolRef``: the solver has no types of its own for a checker."""


def conj(parts: Iterable[Bool]) -> Bool:
    """All of *parts*."""
    return _joined(parts, z3.Z3_mk_and, settles=False)


def disj(parts: Iterable[Bool]) -> Bool:
    """Any of *parts*."""
    return _joined(parts, z3.Z3_mk_or, settles=True)


def _joined(parts: Iterable[Bool], join: Any, *, settles: bool) -> Bool:
    kept: dict[int, Bool] = {}
    for part in parts:
        if part is settles:
            return settles
        if part is not (not settles):
            kept.setdefault(part.get_id(), part)
    found = list(kept.values())
    if len(found) < 2:
        return found[0] if found else not settles
    # As z3.And and z3.Or, which look at every operand several times: half of the time would go there.
    context = found[0].ctx
    operands = (z3.Ast * len(found))(*(part.as_ast() for part in found))
    return z3.BoolRef(join(context.ref(), len(found), operands), context)


def neg(part: Bool) -> Bool:
    """The opposite of *part*."""
    if part is True or part is False:
        return not part
    return part.arg(0) if z3.is_not(part) else z3.BoolRef(z3.Z3_mk_not(part.ctx.ref(), part.as_ast()), part.ctx)


def implies(one: Bool, other: Bool) -> Bool:
    """*other*, wherever *one* is true."""
    return disj((neg(one), other))


def same(one: Bool, other: Bool) -> Bool:
    """Whether both are true, or none is."""
    if isinstance(one, bool):
        return other if one else neg(other)
    if isinstance(other, bool):
        return one if other else neg(one)
    # The number of a text that is known is a plain one.
    return True if not isinstance(other, int) and one.eq(other) else one == other


def choice(test: Bool, then: Any, other: Any) -> Any:
    """The one term or, where *test* is false, the other one."""
    if isinstance(test, bool):
        return then if test else other
    return z3.If(test, then, other)


class Truth(NamedTuple):
    """When a condition is true, and when it is false."""

    true: Bool
    false: Bool

    @property
    def known(self) -> Bool:
        """Whether the condition has a value."""
        return disj((self.true, self.false))


TRUE: Final = Truth(True, False)
FALSE: Final = Truth(False, True)
NO_VALUE: Final = Truth(False, False)


def truth(known: Bool) -> Truth:
    """A condition that always has a value."""
    return Truth(known, neg(known))


def negation(part: Truth) -> Truth:
    """``!``."""
    return Truth(part.false, part.true)


def all_of(parts: Iterable[Truth]) -> Truth:
    """``&&``: false where any is false, whatever the others are."""
    found = []
    for part in parts:
        # What comes after it makes no difference, and need not be encoded.
        if part.false is True:
            return FALSE
        found.append(part)
    return Truth(conj(each.true for each in found), disj(each.false for each in found))


def any_of(parts: Iterable[Truth]) -> Truth:
    """``||``: true where any is true, whatever the others are."""
    found = []
    for part in parts:
        if part.true is True:
            return TRUE
        found.append(part)
    return Truth(disj(each.true for each in found), conj(each.false for each in found))


def either(test: Truth, then: Truth, other: Truth) -> Truth:
    """``test ? then : other``."""
    return Truth(
        disj((conj((test.true, then.true)), conj((test.false, other.true)))),
        disj((conj((test.true, then.false)), conj((test.false, other.false)))),
    )
