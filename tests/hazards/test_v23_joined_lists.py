"""V23: a list of two texts and the one text that joins them share a key (OpenFGA CVE-2026-34972)."""

from pathlib import Path

from scopeguard import Context, Principal
from tests.hazards.packs import load


def test_v23_a_list_is_not_its_join(tmp_path: Path) -> None:
    """["a", "b"] and ["a,b"] are other values, nested ones too."""
    guard = load(tmp_path, """
        {id: two, effect: allow, on: ["secrets:read"], kinds: [system], when: 'context.facts.any == ["a", "b"] || context.facts.any == [["a"], ["b"]]'}
    """)  # fmt: skip
    job = Principal.system("job", workspace="ws_1")
    values = [["a", "b"], ["a,b"], ["a", ["b"]], [["a"], ["b"]], [["a", "b"]], ["b", "a"], []]
    allowed = [guard.check(job, "secrets:read", context=Context(facts={"any": value})).allowed for value in values]
    assert allowed == [True, False, False, True, False, False, False]
