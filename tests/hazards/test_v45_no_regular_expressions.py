"""V45: a regular expression of a policy takes exponential time."""

from pathlib import Path

import pytest

from scopeguard import PolicyError
from tests.hazards.packs import load


def test_v45_no_regular_expressions(tmp_path: Path) -> None:
    """Conditions have no operator for regular expressions: using one is refused, with what to write instead."""
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, "{id: a, effect: allow, on: ['notes:read'], when: 'principal.kind.matches(\"(a+)+$\")'}")
    assert [(each.code, each.hint) for each in caught.value.diagnostics] == [
        ("SG505", "use startsWith, endsWith, contains or =="),
    ]
