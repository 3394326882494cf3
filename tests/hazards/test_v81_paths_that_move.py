"""V81: a relative path is looked up anew by each reload, and means another pack after ``chdir``."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Guard, PolicyError
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_writing import pack
from tests.hazards.swapping import FILES, seen, write

A, B = "a" * FILES, "b" * FILES


class Moving:
    """A path that names another folder each time it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __fspath__(self) -> str:
        self.asked += 1
        return "pack" if self.asked == 1 else "other"


NAMED: dict[str, Callable[[], Any]] = {
    "a folder": lambda: "pack",
    "a path object": lambda: Path("pack"),
    "a folder with dots": lambda: "./pack/../pack",
    "a file and a folder": lambda: ["pack/catalog.yaml", Path("pack")],
    "files": lambda: [f"pack/{name}" for name in sorted(os.listdir("pack"))],  # noqa: PTH208  # names as typed
    "a path that moves": Moving,
    "a compiled pack": lambda: "pack.sgpack",
    "a list of one compiled pack": lambda: [Path("pack.sgpack")],
}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders with a pack each, under the same names; the first of them is where one works."""
    for folder, release in (("first", "a"), ("second", "b")):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "pack", release)
        write(tmp_path / folder / "other", "b")
        (tmp_path / folder / "pack.sgpack").write_bytes(pack(load_program(tmp_path / folder / "pack")))
    monkeypatch.chdir(tmp_path / "first")
    return tmp_path


@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED.keys())
def test_v81_a_path_means_what_it_meant(places: Path, named: Callable[[], Any]) -> None:
    """Whatever the working directory is by then, a reload reads the same place again."""
    guard = Guard.load(named())
    assert seen(guard) == A
    os.chdir(places / "second")
    guard.reload()
    assert (seen(guard), guard.generation) == (A, 2)


def test_v81_on_top_of_the_shipped_pack(places: Path) -> None:
    """So does what stands on top of the shipped pack."""
    Path("mine.yaml").write_text("scopeguard: 1\ncatalog: {channels: [kiosk]}\n", encoding="utf-8")
    guard = Guard.default("mine.yaml")
    os.chdir(places / "second")
    guard.reload()
    assert "kiosk" in guard.catalog.channels


def test_v81_a_list_means_what_it_held(places: Path) -> None:
    """A list that grows after it was given adds nothing to the pack."""
    paths = ["pack"]
    guard = Guard.load(paths)
    paths[:] = ["other"]
    guard.reload()
    assert seen(guard) == A


def test_v81_names_stay_as_they_were_typed(places: Path) -> None:
    """Findings and places name files as the paths that were given do, from wherever they are read."""
    guard = Guard.load(["./pack"])
    os.chdir(places / "second")
    (places / "first" / "pack" / "r1.yaml").write_text("scopeguard: 2\n", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        guard.reload()
    assert "pack/r1.yaml" in {each.file for each in caught.value.diagnostics}
    assert str(guard.place("r0.a")) == "pack/r0.yaml:3:5"


def test_v81_what_is_gone_is_not_looked_for_elsewhere(places: Path) -> None:
    """Where the pack is gone, one of the same name in another folder is not taken for it."""
    guard = Guard.load("pack")
    compiled = Guard.load("pack.sgpack")
    (places / "first").rename(places / "gone")
    os.chdir(places / "second")
    for each in (guard, compiled):
        with pytest.raises(PolicyError, match=r"^pack(\.sgpack)?:1:1: SG11[14] cannot be read: no such file"):
            each.reload()
        assert seen(each) == A


def test_v81_without_a_working_directory(places: Path) -> None:
    """Where the working directory is gone, absolute paths load as ever, and relative ones are refused."""
    here = places / "gone"
    here.mkdir()
    os.chdir(here)
    here.rmdir()
    assert seen(Guard.load(places / "second" / "pack")) == B
    with pytest.raises(PolicyError, match="SG111"):
        Guard.load("pack")
