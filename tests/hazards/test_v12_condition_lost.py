"""V12: a condition is lost when a wildcard matches too (OpenFGA CVE-2025-64751, SpiceDB CVE-2026-55866)."""

from pathlib import Path

import pytest

from scopeguard import Context, Principal
from tests.hazards.packs import load


@pytest.mark.parametrize("on", ["notes:read", "notes:*", "*:read", "*:*", "*:{read,write}", "notes:{read}"])
def test_v12_condition_lost(tmp_path: Path, on: str) -> None:
    """In whatever form a rule names its target, it allows when its condition is true and not when it is false."""
    guard = load(tmp_path, f'{{id: job, effect: allow, on: ["{on}"], kinds: [system], when: context.facts.ready}}')
    job = Principal.system("job", workspace="ws_1")
    assert guard.check(job, "notes:read", context=Context(facts={"ready": True})).rules == ("job",)
    for facts in ({"ready": False}, {}):
        assert guard.check(job, "notes:read", context=Context(facts=facts)).code == "not_permitted"
