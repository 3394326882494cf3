"""Conditions about rows joined: what falls away, and what waits for a request."""

from scopeguard.conditions import ALWAYS, NEVER, All, Any, Attribute, Compare, Condition, Has, In, Value
from scopeguard.runtime.known_values import FilledRequest
from scopeguard.runtime.row_parts import all_of, every, some

ID, OWNER = Attribute("id", "string"), Attribute("owner", "string")
IS_ANN = Compare("==", OWNER, Value("ann"))


def waiting(_: FilledRequest) -> Condition:
    """What is known in a request alone."""
    return NEVER


def test_what_settles_does_not_wait() -> None:
    """Whatever else there is."""
    assert every([waiting, NEVER]) == NEVER
    assert some([waiting, ALWAYS]) == ALWAYS
    assert callable(every([waiting, ALWAYS]))
    assert callable(some([waiting, NEVER]))


def test_what_a_row_may_be_by_several_lists() -> None:
    """Ids are those of both lists; of other attributes each list stands for itself."""
    assert all_of([In(ID, ("a", "b")), In(ID, ("b", "c"))]) == In(ID, ("b",))
    assert all_of([In(ID, ("a",)), In(ID, ("b",))]) == NEVER
    owners = In(OWNER, ("a", "b")), In(OWNER, ("b", "c"))
    assert all_of(owners) == All(owners)
    assert all_of([In(ID, ("a",)), In(OWNER, ("a",))]) == All((In(OWNER, ("a",)), In(ID, ("a",))))


def test_what_is_said_twice_is_said_once() -> None:
    """That there is a value is said by every test of it, and stands where nothing else does."""
    assert all_of([IS_ANN, IS_ANN]) == IS_ANN
    assert all_of([Has(OWNER), IS_ANN]) == IS_ANN
    assert all_of([Has(OWNER), Has(OWNER)]) == Has(OWNER)
    assert all_of([Any((IS_ANN, Has(OWNER))), Has(OWNER)]) == All((Any((IS_ANN, Has(OWNER))), Has(OWNER)))
