"""Generated packs and requests in number: the engine gives what the documents say, reason included."""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from scopeguard import Guard, PolicyError
from tests.reference.comparing import Load, by_engine, by_reference, report
from tests.reference.interpreter import Reference
from tests.strategies import Maker, Pack

pytestmark = pytest.mark.usefixtures("code_at_once")

REQUESTS = int(os.environ.get("SCOPEGUARD_FUZZ_REQUESTS", "2000"))
SHARES = 8
"""The requests are dealt out to so many tests, for as many processors."""
PER_PACK = 20
FIRST_SEED = int(os.environ.get("SCOPEGUARD_FUZZ_SEED", "1"))


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a generated pack."""
    return lambda pack: Guard.load(pack.write(tmp_path / "pack"))


def packs(share: int) -> Iterator[tuple[int, Maker, Pack]]:
    """Packs by seed, without an end; no two shares meet."""
    seed = FIRST_SEED + share
    while True:
        maker = Maker(Random(seed))
        yield seed, maker, maker.pack()
        seed += SHARES


@pytest.mark.fuzz
@pytest.mark.parametrize("share", range(SHARES))
def test_the_engine_gives_what_the_documents_say(share: int, load: Load) -> None:
    """Effect, code, deciding rules, also, needed, provided, errors, stage, status, audit and reason are the same."""
    asked = refused = 0
    for seed, maker, pack in packs(share):
        if asked * SHARES >= REQUESTS:
            break
        try:
            guard = load(pack)
        except PolicyError:
            refused += 1
            continue
        reference = Reference(pack.documents())
        for request in maker.requests(PER_PACK):
            asked += 1
            if by_engine(guard, request) != by_reference(reference, request):
                pytest.fail(f"seed {seed}: {report(load, pack, request)}")
    # A generator whose packs are refused would test nothing.
    assert refused * PER_PACK <= asked
