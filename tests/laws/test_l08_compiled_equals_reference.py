"""Law 8: the fast path and the reference interpreter agree on every request, reason included."""

import os
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scopeguard import Guard, PolicyError
from tests.reference.comparing import by_engine, by_reference, report
from tests.reference.interpreter import Reference
from tests.strategies import Maker, Pack, Request, cases

PACKS = 100
REQUESTS = 20


@settings(max_examples=PACKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(REQUESTS))
def test_compiled_equals_reference(tmp_path_factory, case): ...
