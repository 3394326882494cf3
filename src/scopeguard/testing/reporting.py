"""Reports of a run of tests: for people, as data, and as JUnit's XML."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from scopeguard.errors import Diagnostic, counted
from scopeguard.guard import Guard
from scopeguard.testing.running import Result, answered, run_cell, worded
from scopeguard.testing.suites import Cell, Suite
from scopeguard.testing.tables import detail, failed_matrix, headline, matrices

# XML 1.0 has no way to write most control characters, and neither halves of surrogate pairs.
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Run:
    """What came of some tests. A run without a cell has not *passed*: nothing was asked."""

    results: tuple[tuple[Guard, Result], ...]
    problems: tuple[Diagnostic, ...] = ()
    """Why there is nothing to ask: a pack that does not load, or mistakes in tests."""

    @property
    def failed(self) -> tuple[tuple[Guard, Result], ...]:
        """The results that are not as expected."""
        return tuple((guard, result) for guard, result in self.results if not result.passed)

    @property
    def passed(self) -> bool:
        """Whether there was anything to ask and all of it came out as expected."""
        return bool(self.results) and not self.failed and not self.problems


def run(suites: Iterable[Suite], words: Sequence[str] = ()) -> Run:
    """Run the cells whose id holds every one of *words*."""
    return Run(
        tuple(
            (suite.guard, run_cell(suite.guard, cell))
            for suite in suites
            for cell in suite.cells
            if all(word in cell.id for word in words)
        )
    )


def text_report(run: Run) -> Iterator[str]:
    """For people, part by part: each matrix that failed, each file in a line, and how it came out as a whole."""
    for file, found in groupby(run.results, key=lambda each: each[1].cell.file):
        results = list(found)
        failed = sum(not result.passed for _, result in results)
        for matrix in matrices([result for _, result in results]):
            if not all(result.passed for result in matrix):
                yield f"{failed_matrix(results[0][0], matrix)}\n"
        yield f"{file}: {counted(len(results), 'cell')}, {f'{failed} not as expected' if failed else 'all as expected'}"
    yield summary(run)


def summary(run: Run) -> str:
    """How a run came out, in one line."""
    if run.problems:
        return f"not run: {counted(len(run.problems), 'problem')}"
    if not run.results:
        return "no tests found"
    failed = len(run.failed)
    return f"{'failed' if failed else 'passed'}: {counted(len(run.results), 'cell')}, {failed} not as expected"


def to_dict(run: Run) -> dict[str, Any]:
    """A run as plain data for JSON."""
    return {
        "passed": run.passed,
        "cells": len(run.results),
        "failed": len(run.failed),
        "results": [_result(result) for _, result in run.results],
        "problems": [each.to_dict() for each in run.problems],
    }


def _result(result: Result) -> dict[str, Any]:
    cell, decision = result.cell, result.decision
    return {
        "id": cell.id,
        "file": cell.file,
        "line": cell.location and cell.location.line,
        "column": cell.location and cell.location.column,
        "matrix": cell.matrix,
        "principal": cell.column,
        "action": cell.action,
        "expected": worded(cell.expected),
        "actual": answered(decision),
        "passed": result.passed,
        "differences": [
            {"part": each.part, "expected": each.expected, "actual": each.actual} for each in result.differences
        ],
        "reason": decision.reason,
        "rules": list(decision.rules),
    }


def to_junit(run: Run) -> str:
    """A run as JUnit's XML: a suite for each file, a case for each cell; a case for each problem."""
    root = Element("testsuites", _counts(run.results, errors=len(run.problems)))
    for file, problems in groupby(run.problems, key=lambda each: each.file):
        each = tuple(problems)
        suite = SubElement(root, "testsuite", {"name": _written(file), **_counts((), errors=len(each))})
        for problem in each:
            place = {"file": _written(file), "line": str(problem.line)}
            case = SubElement(suite, "testcase", {"classname": _written(file), "name": problem.code, **place})
            error = SubElement(case, "error", {"message": _written(problem.message), "type": problem.code})
            error.text = _written(str(problem))
    for file, found in groupby(run.results, key=lambda each: each[1].cell.file):
        results = tuple(found)
        suite = SubElement(root, "testsuite", {"name": _written(file), **_counts(results)})
        for guard, result in results:
            case = SubElement(suite, "testcase", _case(result.cell))
            if not result.passed:
                attributes = {"message": _written(headline(result)), "type": "difference"}
                SubElement(case, "failure", attributes).text = _written(detail(guard, result))
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _counts(results: Sequence[tuple[Guard, Result]], *, errors: int = 0) -> dict[str, str]:
    failures = sum(not result.passed for _, result in results)
    return {"tests": str(len(results) + errors), "failures": str(failures), "errors": str(errors), "skipped": "0"}


def _case(cell: Cell) -> dict[str, str]:
    place = {} if cell.location is None else {"file": _written(cell.location.file), "line": str(cell.location.line)}
    return {"classname": _written(f"{cell.file}::{cell.matrix}"), "name": _written(cell.name), **place}


def _written(text: str) -> str:
    return _UNWRITABLE.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), text)
