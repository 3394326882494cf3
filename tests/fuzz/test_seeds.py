"""Texts that coverage-guided fuzzing kept, one for each way through parser, checker, compiler and evaluators."""

import json
from pathlib import Path

from tests.fuzz.coverage_guided import goes_right, outcome

SEEDS = json.loads(Path(__file__).with_name("seeds.json").read_text(encoding="utf-8"))


def test_every_seed_goes_right() -> None:
    """Nothing but the library's errors comes out, printing is stable, and both evaluators agree."""
    assert len(SEEDS) > 300
    for text in SEEDS:
        goes_right(text)


def test_an_outcome_is_a_value_or_an_error() -> None:
    """What the fuzzing compares tells values of different types apart."""
    assert outcome(lambda _: 1.0) != outcome(lambda _: 1)
