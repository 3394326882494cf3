"""What a store cannot say of its rows, and says so."""

from collections.abc import Iterable, Iterator

from scopeguard import Guard, Location, ScopeguardError
from scopeguard.conditions import (
    Compare,
    Function,
    Has,
    In,
    Includes,
    Opaque,
    Operand,
    Test,
    Text,
    attributes,
)
from scopeguard.inspection import actions_of, tests_of_rows


class CannotFilter(ScopeguardError):
    """A list cannot be made by a query: *attribute* and *operator* are what is not sayable, *rule* what asks for it.

    *place* is where the rule is written. ``Filter.matches`` says what no query can.
    """

    def __init__(self, why: str, test: Test | None = None) -> None:
        """*test* is what cannot be said; None where nothing can be."""
        origin = None if test is None else test.origin
        self.attribute: str | None = None if test is None else next(_names(test), None)
        self.operator: str | None = None if test is None else operator_of(test)
        self.rule: str | None = None if origin is None else origin.rule
        self.place: Location | None = None if origin is None else origin.place
        by = "" if test is None else f" by {test}"
        rule = "" if self.rule is None else f" of {self.rule}"
        place = "" if self.place is None else f" ({self.place})"
        super().__init__(f"cannot filter{by}{rule}{place}: {why}")


def operator_of(test: Test) -> str:
    """What a test does, as a condition spells it."""
    match test:
        case Compare(operator=operator):
            return operator
        case Text(test=name):
            return name
        case In() | Includes():
            return "in"
        case Has():
            return "has"
    return test.text


def operands(test: Test) -> tuple[Operand, ...]:
    """What a test looks at."""
    match test:
        case Compare(left=left, right=right):
            return (left, right)
        case Text(subject=subject, argument=argument):
            return (subject, argument)
        case In(attribute=attribute) | Includes(attribute=attribute) | Has(attribute=attribute):
            return (attribute,)
    return ()


def functions(test: Test) -> Iterator[Function]:
    """The functions in a test."""
    left = list(operands(test))
    while left:
        operand = left.pop()
        if isinstance(operand, Function):
            yield operand
            left.extend(operand.args)


def refuse_opaque(test: Test) -> None:
    """Raise CannotFilter for a test that only a check can do."""
    if isinstance(test, Opaque):
        raise CannotFilter("only a check of each row can say it", test)


def tests_to_say(guard: Guard, surface: str, actions: Iterable[str]) -> tuple[Test, ...]:
    """Every test that a rule about *actions*, or any action of the surface, may ask of a row."""
    return tests_of_rows(guard, tuple(actions) or actions_of(guard, surface))


def _names(test: Test) -> Iterator[str]:
    for operand in operands(test):
        for attribute in attributes(operand):
            yield attribute.name
