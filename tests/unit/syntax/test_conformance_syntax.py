"""Expressions that nobody here wrote: all of them parse, and print as text that means the same."""

import json
import os
from pathlib import Path

import pytest

from scopeguard.syntax.parsing import parse_condition
from scopeguard.syntax.printing import print_expression

_SHARED = Path(__file__).parents[3].parent / "shared" / "conformance"
_CASES = Path(os.environ.get("SCOPEGUARD_CONFORMANCE", _SHARED)) / "cel" / "cel.json"

EXCEPTIONS: dict[str, str] = {}
"""By id, the expressions that are not taken, each with its reason. There is none."""


@pytest.fixture(scope="module")
def expressions() -> dict[str, str]:
    """The texts of the conformance tests by their ids."""
    if not _CASES.is_file():
        pytest.skip("the conformance data is not here; SCOPEGUARD_CONFORMANCE names its folder")
    tests = json.loads(_CASES.read_text(encoding="utf-8"))["tests"]
    return {test["id"]: test["expr"] for test in tests if test["id"] not in EXCEPTIONS}


def test_every_expression_parses_and_comes_back(expressions: dict[str, str]) -> None:
    """parse(print(parse(text))) == parse(text), and the printed text is stable."""
    assert len(expressions) > 1000
    for identifier, text in expressions.items():
        tree = parse_condition(text)
        printed = print_expression(tree)
        assert parse_condition(printed) == tree, identifier
        assert print_expression(parse_condition(printed)) == printed, identifier
