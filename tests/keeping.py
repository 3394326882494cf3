"""Plugin: nothing is kept (``SCOPEGUARD_KEEPING=nothing``), or all is decided by generated code from the first request.

``python -m pytest -p tests.keeping tests/laws tests/hazards`` shows that what is kept changes no answer.
"""

import os
import sys
from collections.abc import Mapping
from typing import Final

import pytest

from scopeguard import limits

LIMITS: Final[Mapping[str, Mapping[str, int]]] = {
    "nothing": {"MAX_KEPT": 0},
    "code": {"CALLS_BEFORE_CODE": 1},
}
OF_KEEPING: Final = ("test_v98_costs_nothing_after_the_first",)
"""Tests of that something is kept."""

# Whoever imports a limit has it for good.
assert "scopeguard.guard" not in sys.modules, "the plugin comes before what it is about"
vars(limits).update(LIMITS[os.environ["SCOPEGUARD_KEEPING"]])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is about keeping where nothing is kept."""
    if limits.MAX_KEPT:
        return
    for item in items:
        if item.name.startswith(OF_KEEPING):
            item.add_marker(pytest.mark.skip(reason="it says that something is kept"))
