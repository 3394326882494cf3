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
OF_KEEPING: Final = (
    "test_v33_ids_are_no_part_of_what_is_kept",
    "test_v33_what_is_kept_grows_with_the_catalog_alone",
    "test_v44_generated_code_has_no_builtins",
    "test_v58_a_check_writes_nothing_shared",
    "test_v98_costs_nothing_after_the_first",
)
"""Tests that look at what is kept."""

# Whoever imports a limit has it for good.
assert "scopeguard.guard" not in sys.modules, "the plugin comes before what it is about"
vars(limits).update(LIMITS[os.environ["SCOPEGUARD_KEEPING"]])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what looks at what is kept where nothing is."""
    if limits.MAX_KEPT:
        return
    for item in items:
        if item.name.startswith(OF_KEEPING):
            item.add_marker(pytest.mark.skip(reason="it looks at what is kept"))
