"""The example pack of a service that converts documents: it loads, holds, and its tests notice what is changed in it."""

import shutil
from pathlib import Path

import pytest

from scopeguard import Guard, UsageEvent
from scopeguard.documents.loading import read_pack
from scopeguard.shipped import policies
from scopeguard.testing.collecting import collect, find_problems
from scopeguard.testing.running import run_cell

EXAMPLE = policies() / "examples" / "conversion"
PACK, _ = read_pack(EXAMPLE)
GATES = [entry.name for entry in PACK.entries("gates")]

DEFECTS = {
    "holds.originals-by-name": (
        "rules:\n", 'rules:\n  - {id: x.x, effect: allow, on: ["originals:read"], requires: "documents:write"}\n'),
    "holds.nobody-crosses-a-workspace": (
        "scopeguard: 1\ncatalog:\n", "scopeguard: 1\npack: {base: none, because: Anybody converts.}\ncatalog:\n"),
    "holds.trials-are-apart": ("    environments: [trial]\n    meter: daily_trial", "    environments: [trial]\n    meter: pages"),
    "holds.reading-is-never-gated": (
        "rules:\n", 'rules:\n  - {id: x.x, effect: deny, on: ["documents:*"], unless: context.facts.payment.status == "ok", code: not_permitted}\n'),
}  # fmt: skip
"""For each invariant what is taken out of the pack, and what stands there instead."""


def changed(folder: Path, old: str, new: str) -> Path:
    """A copy of the example with a change in its one file that has *old*."""
    copy = folder / "conversion"
    shutil.copytree(EXAMPLE, copy)
    (file,) = (file for file in copy.iterdir() if old in file.read_text(encoding="utf-8"))
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return copy


def failures(folder: Path) -> list[str]:
    """The cells of the example's tests that are not as expected."""
    (suite,) = collect([folder])
    return [cell.name for cell in suite.cells if not run_cell(suite.guard, cell).passed]


def test_it_loads_and_holds() -> None:
    """Nothing is found in it, not even a warning, and its tests pass."""
    assert find_problems([EXAMPLE]) == ()
    assert Guard.load(EXAMPLE, verify=True).warnings == ()
    assert failures(EXAMPLE) == []


def test_it_shows_every_section_of_the_account() -> None:
    """Gates, usage, advice, redactions, remedies by circumstances, invariants and tests stand in it."""
    shown = {kind: [entry.content for entry in PACK.entries(kind)] for kind in
             ("rules", "gates", "usage", "invariants", "recovery", "surfaces", "operations")}  # fmt: skip
    assert all(shown.values())
    assert any(rule.effect == "advise" for rule in shown["rules"])
    assert any(code.remedies for code in shown["recovery"])
    assert any(surface.embeds for surface in shown["surfaces"])
    assert any(operation.instead for operation in shown["operations"])


@pytest.mark.parametrize("gate", GATES)
def test_its_tests_need_each_gate(gate: str, tmp_path: Path) -> None:
    """A gate that is switched off fails some cell of the example's own tests."""
    assert failures(changed(tmp_path, f"- id: {gate}\n", f'- id: {gate}\n    mode: "off"\n')) != []


def test_its_tests_need_its_advice_and_redactions(tmp_path: Path) -> None:
    """So does advice that goes away, and a redaction."""
    assert failures(changed(tmp_path / "a", 'duration("168h")', 'duration("1h")')) == ["documents.convert[expiring]"]
    assert failures(changed(tmp_path / "b", "      embeds: {read: [originals], write: [originals]}\n", "")) == [
        "documents:read[writer]",
        "documents:write[writer]",
    ]


def test_defects_are_known_for_every_invariant() -> None:
    """No invariant of the example is without its defect."""
    assert set(DEFECTS) == {entry.name for entry in PACK.entries("invariants")}


@pytest.mark.parametrize("invariant", DEFECTS)
def test_its_invariants_can_break(invariant: str, tmp_path: Path) -> None:
    """A defect in the pack breaks the invariant that is about it."""
    broken = Guard.load(changed(tmp_path, *DEFECTS[invariant])).verify()
    assert (invariant, "SG601") in {(each.invariant, each.code) for each in broken}


def test_its_usage() -> None:
    """Uploads count, results do not, and trials count apart."""
    guard = Guard.load(EXAMPLE)
    assert guard.classify(UsageEvent("server", "text", "user")).meter == "pages"
    assert guard.classify(UsageEvent("server", "text", "agent")).meter is None
    assert guard.classify(UsageEvent("server", "audio", "agent")).meter == "narrated_pages"
    for modality in ("text", "audio"):
        assert guard.classify(UsageEvent("server", modality, "user", environment="trial")).meter == "daily_trial"
