"""V03: a negation over missing data is true, so that "not blocked" lets in who was never looked up."""

from itertools import product

import pytest

from scopeguard import Context, Principal
from scopeguard.compiling.evaluate import outcome
from scopeguard.compiling.names import Environment, Question, Standing, Types
from scopeguard.syntax.parsing import parse_condition

ENV = Environment(Principal.anonymous(), None, Context(), Question("a:b", "a:b", "a", "b", ""), Standing(), Types())
WORDS = {True: "true", False: "false", None: "context.facts.unknown == 1"}
VALUES = (True, False, None)


def both(left: bool | None, right: bool | None) -> bool | None:
    """Kleene's and."""
    return False if False in (left, right) else None if None in (left, right) else True


@pytest.mark.parametrize(("left", "right"), list(product(VALUES, VALUES)))
def test_v03_negation_of_unknown(left: bool | None, right: bool | None) -> None:
    """And, or and not over true, false and unknown are Kleene's; not unknown is unknown."""
    negated = {True: False, False: True, None: None}
    either = negated[both(negated[left], negated[right])]
    assert outcome(parse_condition(f"({WORDS[left]}) && ({WORDS[right]})"), ENV) is both(left, right)
    assert outcome(parse_condition(f"({WORDS[left]}) || ({WORDS[right]})"), ENV) is either
    assert outcome(parse_condition(f"!({WORDS[left]})"), ENV) is negated[left]
    assert outcome(parse_condition(f"!!({WORDS[left]})"), ENV) is left
