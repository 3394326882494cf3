"""Law 9, caching_is_invisible: on, off, cold, warm or full, the answers are the same."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scopeguard import Guard, PolicyError, Principal
from tests.laws.support import answer, folder, guard_of, law
from tests.strategies import Maker, Pack, packs

pytestmark = pytest.mark.usefixtures("code_at_once")


@law()
@given(packs(), st.sampled_from([0, 1, 3]))
def test_caching_is_invisible(made: tuple[Maker, Pack], few: int) -> None:
    """A guard that keeps few rows or none answers as one that keeps all, however often and by which principal object."""
    maker, pack = made
    small, large = guard_of(pack, max_rows=few), guard_of(pack)
    requests = list(maker.requests(15))
    first = [answer(large, request) for request in requests]
    for again in range(2):
        for request, expected in zip(requests, first, strict=True):
            assert answer(small, request) == expected, again
            assert answer(large, request) == expected, again
            who = request.principal
            twin = Principal(who.kind, who.id, who.workspace, who.scopes, who.roles, who.ceiling, who.attributes)
            assert answer(large, type(request)(twin, request.action, request.resource, request.context)) == expected


@law(15)
@given(packs())
def test_a_reload_in_between_is_invisible(made: tuple[Maker, Pack]) -> None:
    """Between any two questions the same pack may be loaded again: no answer changes, and no old row is asked."""
    maker, pack = made
    with folder() as place:
        try:
            guard = Guard.load(pack.write(place / "pack"))
        except PolicyError:
            assume(False)
        requests = list(maker.requests(6))
        expected = [answer(guard, request) for request in requests]
        for request, told in zip(requests, expected, strict=True):
            guard.reload()
            assert answer(guard, request) == told
