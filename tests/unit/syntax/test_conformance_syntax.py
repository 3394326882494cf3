"""Expressions that nobody here wrote: all of them parse, and print as text that means the same."""

import json
import os
from pathlib import Path

import pytest

from scopeguard.syntax.parser import ExpressionError, parse_condition
from scopeguard.syntax.printer import print_expression

_SHARED = Path(__file__).parents[3].parent / "shared" / "conformance"
_CASES = Path(os.environ.get("SCOPEGUARD_CONFORMANCE", _SHARED)) / "cel" / "cel.json"

REFUSED: dict[str, str] = {}
"""By id, the expressions that are not taken, with their codes. There is none: what conditions lack is told by checks."""


@pytest.fixture(scope="module")
def expressions() -> dict[str, str]:
    """The texts of the conformance tests by their ids."""
    if not _CASES.is_file():
        pytest.skip("the conformance data is not here; SCOPEGUARD_CONFORMANCE names its folder")
    return {test["id"]: test["expr"] for test in json.loads(_CASES.read_text(encoding="utf-8"))["tests"]}


def test_every_expression_parses_and_comes_back(expressions: dict[str, str]) -> None:
    """parse(print(parse(text))) == parse(text), the printed text is stable, and what is refused is known by its code."""
    assert len(expressions) > 1000
    refused: dict[str, str] = {}
    for identifier, text in expressions.items():
        try:
            tree = parse_condition(text)
        except ExpressionError as error:
            refused[identifier] = error.code
            continue
        printed = print_expression(tree)
        assert parse_condition(printed) == tree, identifier
        assert print_expression(parse_condition(printed)) == printed, identifier
    assert refused == REFUSED
