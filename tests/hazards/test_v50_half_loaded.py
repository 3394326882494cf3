"""V50: one broken file of many leaves a pack half loaded; readers see a mixture."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal

SURFACES = "scopeguard: 1\ncatalog: {surfaces: {%s}}\n"


def many(folder: Path, *, effect: str) -> None:
    """Fifty files with a rule each."""
    names = ", ".join(f"s{number}: {{actions: [read], coarse: true}}" for number in range(50))
    (folder / "catalog.yaml").write_text(SURFACES % names, encoding="utf-8")
    code = ", code: not_permitted" if effect == "deny" else ""
    for number in range(50):
        text = f'scopeguard: 1\nrules:\n  - {{id: r{number}, effect: {effect}, on: ["s{number}:read"]{code}}}\n'
        (folder / f"r{number}.yaml").write_text(text, encoding="utf-8")


def test_v50_half_loaded(tmp_path: Path) -> None:
    """With one bad file of fifty the pack in force stays whole, its generation too, and the error names the file."""
    many(tmp_path, effect="allow")
    guard = Guard.load(tmp_path)
    job = Principal.system("job", workspace="w")
    many(tmp_path, effect="deny")
    (tmp_path / "r49.yaml").write_text("scopeguard: 1\nrules:\n  - {id: r49, effect: deni}\n", encoding="utf-8")
    before = guard.digest
    with pytest.raises(PolicyError) as caught:
        guard.reload()
    assert {Path(each.file).name for each in caught.value.diagnostics} == {"r49.yaml"}
    assert (guard.generation, guard.digest) == (1, before)
    assert all(guard.check(job, f"s{number}:read", context=Context()).allowed for number in range(50))


def test_v50_an_empty_folder_is_no_pack(tmp_path: Path) -> None:
    """A folder that has become empty, or is gone, is refused, and does not stand for a pack without rules."""
    many(tmp_path, effect="deny")
    guard = Guard.load(tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(PolicyError, match="SG112"):
        guard.reload()
    tmp_path.rmdir()
    with pytest.raises(PolicyError, match="SG111"):
        guard.reload()
    assert guard.check(Principal.system("job", workspace="w"), "s1:read").rules == ("r1",)
