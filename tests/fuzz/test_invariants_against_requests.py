"""The verdict on an invariant against requests: none that random requests break is called good."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import pytest

from scopeguard import Guard, PolicyError, RequestError
from scopeguard.analysis.violations import Violation
from scopeguard.compiling.program import Invariant
from scopeguard.model.request import or_left_out
from tests.strategies import Maker, Pack, Request
from tests.unit.analysis.claims import speaks_of, tamed, with_invariants
from tests.unit.analysis.edges import EdgeMaker

INVARIANTS = 8
REQUESTS = 200
PACKS = int(os.environ.get("SCOPEGUARD_FUZZ_REQUESTS", "18000")) // (2 * REQUESTS)
FIRST_SEED = int(os.environ.get("SCOPEGUARD_FUZZ_SEED", "0"))
SEEDS = range(FIRST_SEED, FIRST_SEED + PACKS)


def made(seeds: range, folder: Path) -> Iterator[tuple[int, Pack, Guard, list[Request]]]:
    """Packs with invariants, and requests about them, half of them ordinary ones; packs that do not load are left out."""
    for seed in seeds:
        maker = Maker(Random(seed))
        pack = with_invariants(maker, maker.pack(), INVARIANTS)
        try:
            guard = Guard.load(pack.write(folder))
        except PolicyError:
            continue
        requests = [*maker.requests(REQUESTS), *(tamed(maker, request) for request in maker.requests(REQUESTS))]
        yield seed, pack, guard, requests


def at_the_edges(seeds: range, folder: Path) -> Iterator[tuple[int, Pack, Guard, list[Request]]]:
    """Packs that compare attributes with constants and each other, and requests right beside these constants."""
    for seed in seeds:
        maker = EdgeMaker(Random(seed))
        pack = maker.pack(INVARIANTS)
        try:
            guard = Guard.load(pack.write(folder))
        except PolicyError:
            # Of what is beside a constant, now and then nothing is left, which is a finding.
            continue
        yield seed, pack, guard, list(maker.requests(2 * REQUESTS))


def breaks(guard: Guard, invariant: Invariant, request: Request) -> bool:
    """Whether a request is answered as the invariant forbids."""
    try:
        if not speaks_of(guard, invariant, request):
            return False
        decision = guard.check(request.principal, request.action, or_left_out(request.resource), request.context)
    except RequestError:
        return False
    return decision.allowed is not invariant.always


def replayed(guard: Guard, invariant: Invariant, violation: Violation) -> bool:
    """Whether the witness of a violation is one."""
    witness = violation.witness
    assert witness is not None
    request = Request(witness.principal, witness.action, witness.resource, witness.context)
    return breaks(guard, invariant, request)


def compared(cases: Iterable[tuple[int, Pack, Guard, list[Request]]]) -> Counter[str]:
    """How often each verdict is given; fails where one is wrong."""
    verdicts: Counter[str] = Counter()
    for seed, pack, guard, requests in cases:
        found = {violation.invariant: violation for violation in guard.verify()}
        for invariant in guard._generation.program.invariants:
            violation = found.get(invariant.id)
            where = f"seed {seed}, {invariant.id}\n{pack}"
            code = "holds" if violation is None else violation.code
            verdicts[code] += 1
            if violation is not None and code == "SG601":
                assert replayed(guard, invariant, violation), f"{where}\n{violation.witness}"
            elif code == "SG603":
                spoken = [request for request in requests if speaks_of(guard, invariant, request)]
                assert not spoken, f"{where}\n{spoken[0]}"
            elif code == "holds":
                broken = [request for request in requests if breaks(guard, invariant, request)]
                assert not broken, f"{where}\n{broken[0]}"
    return verdicts


@pytest.mark.fuzz
def test_no_request_breaks_what_is_said_to_hold(tmp_path: Path) -> None:
    """What verify() passes no request breaks, and each witness breaks what it is said to; few cases are left open."""
    verdicts = compared(made(SEEDS, tmp_path / "pack"))
    assert verdicts["holds"] > 50
    assert verdicts["SG601"] > 100
    assert verdicts["SG602"] < 0.1 * verdicts.total()


@pytest.mark.fuzz
def test_no_request_at_an_edge_breaks_what_is_said_to_hold(tmp_path: Path) -> None:
    """Nor does one whose numbers and times are right beside those of the conditions, or at the ends of their ranges."""
    verdicts = compared(at_the_edges(SEEDS, tmp_path / "pack"))
    assert verdicts["holds"] > 50
    assert verdicts["SG601"] > 100
    assert verdicts["SG602"] < 0.1 * verdicts.total()
