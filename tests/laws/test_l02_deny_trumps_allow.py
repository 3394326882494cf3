"""Law 2, deny_trumps_allow, whatever the order."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Guard
from tests.laws.support import answer, guard_of, law
from tests.strategies import Maker, Pack, packs


def of_the_base(guard: Guard, rules: Sequence[str]) -> bool:
    """Whether all that decided stands beneath every pack: what is wrong with a credential is told first."""
    places = [guard.place(rule) for rule in rules]
    return bool(places) and all(place is not None and place.file.startswith("base/") for place in places)


@law()
@given(packs(), st.booleans())
def test_deny_trumps_allow(made: tuple[Maker, Pack], first: bool) -> None:
    """With one denial that always matches, first or last, everything is denied, and nothing else changes a denial."""
    maker, pack = made
    closed = {"id": "always", "effect": "deny", "on": ["*:*"], "stage": maker.stages[0],
              "code": "not_permitted"}  # fmt: skip
    before = guard_of(pack)
    after = guard_of(pack.with_rules([closed, *pack.rules] if first else [*pack.rules, closed]))
    for request in maker.requests(20):
        found = answer(after, request)
        earlier = answer(before, request)
        if isinstance(found, str):
            assert found == earlier
        else:
            assert not found
            assert found.code == "unmapped_action" or "always" in found.rules or of_the_base(after, found.rules)
