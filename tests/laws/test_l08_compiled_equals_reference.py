"""Law 8, compiled_equals_reference: the fast path and the reference interpreter agree, reason included."""

import pytest
from hypothesis import assume, given

from scopeguard import Guard, PolicyError
from tests.laws.support import law
from tests.reference.comparing import by_engine, by_reference, report
from tests.reference.interpreter import Reference
from tests.strategies import Pack, Request, cases

pytestmark = pytest.mark.usefixtures("code_at_once")

PACKS = 70
REQUESTS = 20


@law(PACKS)
@given(cases(REQUESTS))
def test_compiled_equals_reference(tmp_path_factory: pytest.TempPathFactory, case: tuple[Pack, list[Request]]) -> None:
    """Every request gets the same answer from both, whatever was asked before."""
    pack, requests = case
    folder = tmp_path_factory.mktemp("pack")

    def load(pack: Pack) -> Guard:
        return Guard.load(pack.write(folder))

    try:
        guard = load(pack)
    except PolicyError:
        assume(False)
    reference = Reference(pack.documents())
    for request in requests:
        assert by_engine(guard, request) == by_reference(reference, request), report(load, pack, request)
