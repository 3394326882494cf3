"""Tests of policies: matrices of who may do what, in files and in Python.

``*_test.yaml`` files are run by ``scopeguard test`` and by pytest (the plugin comes with the package);
``assert_allowed``, ``assert_denied`` and ``assert_matrix`` are for tests written in Python.
"""

from scopeguard.testing.asserting import assert_allowed, assert_denied, assert_matrix
from scopeguard.testing.collecting import collect, pinned_cells
from scopeguard.testing.running import Difference, Result, run_cell
from scopeguard.testing.suites import Cell, Suite

__all__ = [
    "Cell",
    "Difference",
    "Result",
    "Suite",
    "assert_allowed",
    "assert_denied",
    "assert_matrix",
    "collect",
    "pinned_cells",
    "run_cell",
]
