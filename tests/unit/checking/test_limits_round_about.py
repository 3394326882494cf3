"""A fact is compared with no number, whichever way the number comes to the comparison (SG406)."""

from pathlib import Path

import pytest

from tests.hazards.findings import codes, rule

LIMITS = [
    "context.facts.count in [1, 2]",
    "!(context.facts.count in [7])",
    "cel.bind(x, 5, context.facts.count > x)",
    "cel.bind(c, context.facts.count, c > 5)",
    "[context.facts.count].exists(c, c > 5)",
    "[principal.level, context.facts.count].all(c, c > 5)",
    "[5, 7].exists(n, context.facts.count > n)",
    "[2, 3].exists(n, n in [context.facts.count])",
    'context.facts.count > int("5")',
    'double("2.5") < double(context.facts.count)',
]
NONE = [
    "context.facts.count in [0, 1]",
    "context.facts.count in [principal.level]",
    "cel.bind(x, principal.level, context.facts.count > x)",
    "[context.facts.count].exists(c, c > 0)",
    "[principal.level].exists(n, n > 5) && context.facts.ready",
    'context.facts.count > int("1")',
]


@pytest.mark.parametrize("condition", LIMITS)
def test_a_limit(condition: str, tmp_path: Path) -> None:
    """Through lists, macros, names and texts."""
    assert codes(tmp_path, rule("deny", f"when: '{condition}'")) == ["SG406"]


@pytest.mark.parametrize("condition", NONE)
def test_no_limit(condition: str, tmp_path: Path) -> None:
    """None and the last one are no limits, and what is compared with something else is none of a fact."""
    assert codes(tmp_path, rule("deny", f"when: '{condition}'")) == []


def test_what_grows_is_not_written_out(tmp_path: Path) -> None:
    """Macros in macros cost what they cost to read."""
    names = [f"n{index}" for index in range(12)]
    inner = " && ".join(f"{name} != context.facts.count" for name in names)
    for name in names:
        inner = f"[2, 3, 4, 5, 6, 7, 8, 9].exists({name}, {inner})"
    assert "SG406" in codes(tmp_path, rule("deny", f"when: '{inner}'"))
