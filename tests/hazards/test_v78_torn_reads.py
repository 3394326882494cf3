"""V78: files change while a pack is read, and a mixture of two releases comes into force that never stood on disk."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scopeguard import Guard, PolicyError, Severity, testing
from scopeguard.compiling import pack_file
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_writing import pack
from scopeguard.documents import look, snapshot
from scopeguard.documents.files import PolicyFile, list_files, read_file
from scopeguard.limits import MAX_READINGS
from scopeguard.source import Source
from tests.hazards.swapping import SWAPS, Mounted, Swap, reloads, seen, swapping, texts, write

RELOADS = int(os.environ.get("SCOPEGUARD_RELOADS", "270"))
"""For all ways together; 20,000 take a quarter of an hour."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", SWAPS.values(), ids=SWAPS.keys())
def test_v78_no_mixture(tmp_path: Path, kind: type[Swap]) -> None:
    """While releases are turned now fast, now slowly, nothing but what stood on disk is ever in force."""
    swap = kind(tmp_path)
    guard = Guard.load(swap.path)
    chance = random.Random(78)
    with swapping(swap, lambda: chance.choice((0.0, 0.002, 0.02, 0.1))) as turns:
        good, mixtures = reloads(guard, swap, RELOADS // len(SWAPS))
    print(f"{kind.__name__}: {turns[0]} turns, {good} reloads succeeded, {len(mixtures)} mixtures")  # noqa: T201

    assert mixtures == []
    assert turns[0]
    guard.reload()
    assert seen(guard) == ("ab"[turns[0] % 2]) * 6


def during(monkeypatch: pytest.MonkeyPatch, change: Callable[[int], None]) -> list[str]:
    """Call *change* before each file is read, with how many were so far; gives the names of all that are read."""
    names: list[str] = []

    def read(file: PolicyFile, *look: object) -> object:
        if not file.name.startswith("base/"):
            change(len(names))
            names.append(Path(file.name).name)
        return read_file(file, *look)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(snapshot, "read_file", read)
    return names


@pytest.mark.parametrize("kind", SWAPS.values(), ids=SWAPS.keys())
@pytest.mark.parametrize("moment", [0, 1, 3, 6])
def test_v78_a_turn_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Swap], moment: int
) -> None:
    """However many files are read when the other release comes, one whole release is loaded."""
    swap = kind(tmp_path)
    guard = Guard.load(swap.path)
    during(monkeypatch, lambda done: swap.turn("b") if done == moment else None)
    guard.reload()
    assert seen(guard) in {"aaaaaa", "bbbbbb"}
    guard.reload()
    assert seen(guard) == "bbbbbb"


@pytest.mark.parametrize("kind", SWAPS.values(), ids=SWAPS.keys())
@pytest.mark.parametrize("moment", [0, 1, 3, 6])
def test_v78_there_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Swap], moment: int) -> None:
    """Two files are read while the other release is in place, between two looks that see the first one."""
    swap = kind(tmp_path)
    guard = Guard.load(swap.path)
    turns = {moment: "b", moment + 2: "a"}
    during(monkeypatch, lambda done: swap.turn(turns.pop(done)) if done in turns else None)
    guard.reload()
    assert seen(guard) in {"aaaaaa", "bbbbbb"}


def test_v78_a_turn_after_listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that only the next release has is not left out where the names were listed of the one before."""
    write(tmp_path / "pack", "a")
    write(tmp_path / "next", "a")
    (tmp_path / "next" / "deny.yaml").write_text(
        'scopeguard: 1\nrules: [{id: no.z, effect: deny, on: ["*:*"], code: not_permitted}]\n', encoding="utf-8"
    )
    guard = Guard.load(tmp_path / "pack")
    listed = look.Look.folder

    def folder(self: look.Look, path: str) -> object:
        found = listed(self, path)
        if (tmp_path / "next").exists() and path.endswith("pack"):
            (tmp_path / "pack").rename(tmp_path / "before")
            (tmp_path / "next").rename(tmp_path / "pack")
        return found

    monkeypatch.setattr(look.Look, "folder", folder)
    guard.reload()
    assert seen(guard) == "zzzzzz"


def test_v78_each_link_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that is kept is read to its end, although ``..data`` leads to the next one by then."""
    swap = Mounted(tmp_path)
    monkeypatch.setattr("shutil.rmtree", lambda _: None)
    guard = Guard.load(swap.path)
    names = during(monkeypatch, lambda done: swap.turn("b") if done == 3 else None)
    guard.reload()
    assert seen(guard) == "aaaaaa"
    assert names[:7] == sorted(texts("a"))


def test_v78_what_is_mounted_is_the_release(tmp_path: Path) -> None:
    """Links that lag behind ``..data`` drop no file and keep none: the release alone says which there are."""
    swap = Mounted(tmp_path)
    (swap.pack / "r5.yaml").unlink()
    (swap.pack / "gone.yaml").symlink_to("..data/gone.yaml")
    assert [Path(file.name).name for file in list_files(swap.pack).files] == sorted(texts("a"))
    assert [file.name for file in list_files(swap.pack).files][-1] == f"{swap.pack.as_posix()}/r5.yaml"
    assert seen(Guard.load(swap.pack)) == "aaaaaa"
    # What is no link into it counts beside it, and is refused where it is wrong.
    (swap.pack / "more.yaml").write_text("scopeguard: 2\n", encoding="utf-8")
    (swap.pack / "other.yaml").symlink_to("..data/gone.yaml")
    with pytest.raises(PolicyError) as caught:
        Guard.load(swap.pack)
    errors = [each for each in caught.value.diagnostics if each.severity is Severity.ERROR]
    assert [(each.code, Path(each.file).name) for each in errors] == [
        ("SG125", "more.yaml"),
        ("SG111", "other.yaml"),
    ]


@pytest.mark.parametrize(
    ("target", "said"),
    [("catalog.yaml", "does not lead to a folder"), ("../b", "leaves its folder"), ("nowhere", "cannot be read")],
)
def test_v78_a_release_elsewhere_is_refused(tmp_path: Path, target: str, said: str) -> None:
    """``..data`` leads to a folder within its folder, or the pack does not load."""
    write(tmp_path / "a", "a")
    write(tmp_path / "b", "b")
    (tmp_path / "a" / "..data").symlink_to(target)
    with pytest.raises(PolicyError, match=said):
        Guard.load(tmp_path / "a")


def test_v78_a_release_within_itself_ends(tmp_path: Path) -> None:
    """A ``..data`` that leads in a circle is read once."""
    write(tmp_path, "a")
    (tmp_path / "..data").symlink_to(".")
    assert seen(Guard.load(tmp_path)) == "aaaaaa"


def test_v78_what_never_holds_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few tries the pack before stays in force, with the error told."""
    write(tmp_path, "a")
    guard = Guard.load(tmp_path)
    before = (guard.generation, guard.digest)
    names = during(monkeypatch, lambda done: write(tmp_path, "ab"[done // 4 % 2]))
    with pytest.raises(PolicyError) as caught:
        guard.reload()
    message = "SG117 changed while it was read; write the files elsewhere and put them in place by one rename"
    assert [str(each) for each in caught.value.diagnostics] == [f"{tmp_path.as_posix()}/catalog.yaml:1:1: {message}"]
    assert len(names) == 7 * MAX_READINGS
    assert ((guard.generation, guard.digest), seen(guard)) == (before, "aaaaaa")


def test_v78_a_second_write_in_the_same_tick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where times tell nothing, a pack is believed when it reads the same twice, a tick apart."""
    write(tmp_path, "a")
    monkeypatch.setattr(look, "_mark", lambda found: (found.st_mode, found.st_size, 2**63, 2**63))
    guard = Guard.load(tmp_path)
    assert seen(guard) == "aaaaaa"
    # Of the first release r0 and r1 are read, then all is overwritten: no size and no time has changed.
    names = during(monkeypatch, lambda done: write(tmp_path, "b") if done == 3 else None)
    guard.reload()
    assert (seen(guard), len(names)) == ("bbbbbb", 21)


def test_v78_a_file_that_is_missing_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is believed to be missing when it is so a tick later."""
    write(tmp_path, "a")
    names = [tmp_path / name for name in texts("a")]
    (tmp_path / "r3.yaml").unlink()
    sleep, file = time.sleep, tmp_path / "r3.yaml"
    monkeypatch.setattr("time.sleep", lambda _: sleep(0.02) if file.exists() else write(tmp_path, "a"))
    assert seen(Guard.load(names)) == "aaaaaa"
    (tmp_path / "r3.yaml").unlink()
    monkeypatch.undo()
    with pytest.raises(PolicyError, match=r"r3\.yaml:1:1: SG111 cannot be read"):
        Guard.load(names)


TESTS = """
scopeguard: 1
tests:
  pack: [pack]
  principals: {{job: {{kind: system}}}}
  matrices: [{{id: {name}, principals: [job], only: ["s0:read"], table: {{"s0:read": {{job: allow}}}}}}]
"""


def test_v78_files_of_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of tests are those of one moment too."""
    write(tmp_path / "pack", "a")

    def turn(name: str) -> None:
        for file in ("one", "two"):
            (tmp_path / f"{file}_test.yaml").write_text(TESTS.format(name=f"{name}-{file}"), encoding="utf-8")

    turn("first")
    during(monkeypatch, lambda done: turn("other") if done == 1 else None)
    suites = testing.collect([tmp_path / "one_test.yaml", tmp_path])
    assert {cell.matrix for suite in suites for cell in suite.cells} == {"other-one", "other-two"}


def test_v78_compiled_packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiled pack that is overwritten while it is read is read again; one that stays damaged is refused as that."""
    release = {}
    for name in "ab":
        write(tmp_path / name, name)
        release[name] = pack(load_program(tmp_path / name))
    file = tmp_path / "pack.sgpack"
    file.write_bytes(release["a"])
    guard = Guard.load(file)
    file.write_bytes(release["b"][:500])
    with pytest.raises(PolicyError, match="SG114 a damaged compiled pack"):
        guard.reload()
    read, readings = pack_file._read, []

    def slowly(path: str, name: str) -> tuple[bytes, bool]:
        data, _ = read(path, name)
        readings.append(name)
        file.write_bytes(release["b"])
        return data, len(readings) > 1

    monkeypatch.setattr(pack_file, "_read", slowly)
    guard.reload()
    assert (seen(guard), len(readings)) == ("bbbbbb", 2)
    monkeypatch.setattr(pack_file, "_read", lambda *_: (b"scopeguard-pack", False))
    with pytest.raises(PolicyError, match=r"pack\.sgpack:1:1: SG117 changed while it was read; write it elsewhere"):
        guard.reload()
    assert seen(guard) == "bbbbbb"


def test_v78_a_compiled_pack_knows_that_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading tells whether the file was the same from before to after."""
    file = tmp_path / "pack.sgpack"
    file.write_bytes(b"some")
    assert pack_file._read(str(file), "pack.sgpack") == (b"some", True)
    fstat = os.fstat

    def grow(descriptor: int) -> os.stat_result:
        found = fstat(descriptor)
        with file.open("ab") as more:
            more.write(b" more")
        return found

    monkeypatch.setattr(os, "fstat", grow)
    assert pack_file._read(str(file), "pack.sgpack") == (b"some more", False)


def test_v78_reading_gives_texts(tmp_path: Path) -> None:
    """A snapshot holds every file once, under the name that it was found by."""
    write(tmp_path, "a")
    taken = snapshot.take(lambda found: list_files([tmp_path, tmp_path / "r1.yaml"], found))
    assert {Path(file.name).name: text.text for file, text in taken.texts if isinstance(text, Source)} == texts("a")
    assert taken.is_whole
