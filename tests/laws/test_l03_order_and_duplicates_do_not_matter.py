"""Law 3, order_and_duplicates_do_not_matter: rules are a set; the explanation is the same too."""

from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Guard, RequestError
from scopeguard.model.request import or_left_out
from tests.laws.support import answer, guard_of, law
from tests.strategies import Maker, Pack, Request, packs, randoms


def explained(guard: Guard, request: Request) -> object:
    """What is said about a request, without the places of the rules."""
    try:
        told = guard.explain(request.principal, request.action, or_left_out(request.resource), request.context)
    except RequestError as error:
        return str(error)
    parts = [(item.id, item.effect, item.stage, item.outcome, item.clauses, item.because) for item in told.looked]
    return told.question, parts, told.nearest


@law()
@given(packs(), randoms(), st.data())
def test_order_and_duplicates_do_not_matter(made: tuple[Maker, Pack], random: object, data: st.DataObject) -> None:
    """Rules in any order and any spread over files, with their lists turned around and written twice: one answer."""
    maker, pack = made
    shuffled = data.draw(st.permutations(pack.rules))
    turned = [{**rule, "on": [*reversed(rule["on"])]} for rule in shuffled]
    one, other = guard_of(pack), guard_of(pack.with_rules(turned))
    assert one.digest == other.digest
    for request in maker.requests(12):
        assert answer(one, request) == answer(other, request)
        assert explained(one, request) == explained(other, request)


@law(20)
@given(packs())
def test_a_rule_written_twice_under_two_names_changes_no_effect(made: tuple[Maker, Pack]) -> None:
    """A copy of every rule under another id changes which rules are named, and no effect, code or stage."""
    maker, pack = made
    copies = [{**rule, "id": f"{rule['id']}.again"} for rule in pack.rules]
    one, other = guard_of(pack), guard_of(pack.with_rules([*pack.rules, *copies]))
    for request in maker.requests(15):
        left, right = answer(one, request), answer(other, request)
        if isinstance(left, str) or isinstance(right, str):
            assert left == right
        else:
            assert (left.effect, left.code, left.stage, left.also, left.needed) == (
                right.effect, right.code, right.stage, right.also, right.needed)  # fmt: skip
