"""Law 8, compiled_equals_reference: the fast path and the reference interpreter agree, reason included."""

from pathlib import Path

import pytest
from hypothesis import assume, given

from scopeguard import Guard, PolicyError, Principal, Resource
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


BELOW = Pack(({
    "scopeguard": 1,
    "catalog": {"surfaces": {
        "proj": {"actions": ["read"], "coarse": True, "qualifiable": True},
        "agents": {"actions": ["write"], "coarse": True, "qualifiable": True, "inherits": True,
                   "parent": {"surface": "proj", "attribute": "proj"}, "attributes": {"proj": "string"}},
        "conv": {"actions": ["write"], "coarse": True, "qualifiable": True, "inherits": True,
                 "parent": {"surface": "agents", "attribute": "agent"},
                 "attributes": {"agent": "string", "proj": "string"}},
    }},
    "scopes": {"clean:up": {"includes": ["agents:write"]}},
},))  # fmt: skip


@pytest.mark.parametrize(
    ("ceiling", "told"),
    [("clean:up conv:write/proj:p1", "resource.agent"), ("conv:write/proj:p1", "resource.agent and by resource.proj")],
)
def test_what_a_ceiling_lets_through_whole_is_not_narrowed(tmp_path: Path, ceiling: str, told: str) -> None:
    """Both say the same of what the question does not give: another entry of the ceiling takes nothing away."""
    who = Principal.api_key("k", workspace="w", scopes="agents:write/a1", ceiling=ceiling.split())
    request = Request(who, "conv:write", Resource("conv", "c1", "w"))
    found = by_engine(Guard.load(BELOW.write(tmp_path / "pack")), request)
    assert found["reason"] == f"nothing grants conv:write: it is held by {told}, which the question does not give"
    assert by_reference(Reference(BELOW.documents()), request) == found
