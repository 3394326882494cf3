"""Every kind of edit of the shipped pack is reported for what it is: who, what, where, and by which line.

Those that touch most answers are taken by ``make fuzz``.
"""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from scopeguard.analysis import Change, diff, load_side
from scopeguard.analysis.diffing.sides import Side
from scopeguard.compiling.pack_writing import pack
from scopeguard.shipped import default_pack
from tests.unit.analysis.edits import EDITS, Case, Said


@cache
def shipped() -> Side:
    """The pack before an edit."""
    return load_side([default_pack()])


def edited(case: Case, folder: Path) -> Path:
    """A copy of the shipped pack with an edit."""
    for file in Path(default_pack()).glob("*.yaml"):
        if not file.name.endswith("_test.yaml"):
            shutil.copy(file, folder)
    place = folder / case.file
    text = place.read_text(encoding="utf-8")
    assert case.find in text
    place.write_text(text.replace(case.find, case.put, 1), encoding="utf-8")
    return folder


def is_said(said: Said, change: Change) -> bool:
    """Whether a change is what was expected."""
    return (
        change.aspect == said.aspect
        and said.who in change.people
        and said.what in change.actions
        and said.where in change.where
        and any(said.because in str(edit) for edit in change.edits)
    )


_ALL = bool(os.environ.get("SCOPEGUARD_FUZZ_EDITS"))
_TAKEN = [case for case in EDITS if _ALL or not case.is_broad]


@pytest.mark.parametrize("case", _TAKEN, ids=[case.name for case in _TAKEN])
def test_an_edit_is_reported(case: Case, tmp_path: Path) -> None:
    """What is expected is among the changes, and they are of no other aspects."""
    found = diff(shipped(), load_side([str(edited(case, tmp_path))]))
    assert list(missing(case, found.changes)) == []
    assert {change.aspect for change in found.changes} <= set(case.aspects.split())
    assert found.loosens is any(change.aspect == "gained" for change in found.changes)


def test_equal_packs_give_nothing(tmp_path: Path) -> None:
    """Nor does a pack whose rules stand in another order, or one that is compiled."""
    folder = tmp_path / "reversed"
    folder.mkdir()
    edited(Case("none", "roles.yaml", "roles:", "roles:"), folder)
    for name in ("traffic.yaml", "members.yaml", "channels.yaml"):
        head, *rules = (folder / name).read_text(encoding="utf-8").removesuffix("...\n").split("  - id: ")
        text = "  - id: ".join([head, *(f"{rule.rstrip()}\n" for rule in reversed(rules))])
        (folder / name).write_text(text, encoding="utf-8")
    compiled = tmp_path / "shipped.sgpack"
    compiled.write_bytes(pack(shipped().program))
    for other in (folder, compiled):
        found = diff(shipped(), load_side([str(other)]))
        assert (found.changes, found.edits) == ((), ())


def missing(case: Case, changes: tuple[Change, ...]) -> Iterator[Said]:
    """What is expected and not among *changes*."""
    return (said for said in case.says if not any(is_said(said, change) for change in changes))


def test_there_is_an_edit_of_every_aspect() -> None:
    """The list speaks of everything that a comparison reports, but for what nobody can tell."""
    said = {said.aspect for case in EDITS for said in case.says}
    assert said == {"gained", "lost", "reason", "remedy", "wording", "audit", "obligation", "redaction", "advice",
                    "usage", "reach", "page"}  # fmt: skip
    assert len(EDITS) >= 40
