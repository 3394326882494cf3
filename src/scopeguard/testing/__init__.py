"""Tests of policies: matrices of who may do what, in files and in Python.

``*_test.yaml`` files are run by ``scopeguard test`` and by pytest (the plugin comes with the package);
``assert_allowed``, ``assert_denied`` and ``assert_matrix`` are for tests written in Python.
``compare`` gives the differences between two matrices, or a matrix and its golden file.
"""

from scopeguard.testing.asserting import assert_allowed, assert_denied, assert_matrix
from scopeguard.testing.changes import Change, Decider, compare, summary
from scopeguard.testing.collecting import collect, pinned_cells
from scopeguard.testing.golden import golden_text, read_golden
from scopeguard.testing.golden_parser import Golden, GoldenError
from scopeguard.testing.running import Difference, Result, run_cell
from scopeguard.testing.suites import Cell, Suite
from scopeguard.testing.untested import unpinned

__all__ = [
    "Cell",
    "Change",
    "Decider",
    "Difference",
    "Golden",
    "GoldenError",
    "Result",
    "Suite",
    "assert_allowed",
    "assert_denied",
    "assert_matrix",
    "collect",
    "compare",
    "golden_text",
    "pinned_cells",
    "read_golden",
    "run_cell",
    "summary",
    "unpinned",
]
