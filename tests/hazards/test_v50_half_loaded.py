"""V50: one broken file of many leaves a pack half loaded; readers see a mixture; a file is another one when it is read."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from scopeguard import Context, Diagnostic, Guard, PolicyError, Principal, Resource
from scopeguard.documents.files import list_files, read_file
from scopeguard.limits import MAX_FILE_BYTES

SURFACES = "scopeguard: 1\ncatalog: {surfaces: {%s}}\n"


def many(folder: Path, *, effect: str) -> None:
    """Fifty files with a rule each."""
    names = ", ".join(f"s{number}: {{actions: [read], coarse: true}}" for number in range(50))
    (folder / "catalog.yaml").write_text(SURFACES % names, encoding="utf-8")
    code = ", code: not_permitted" if effect == "deny" else ", kinds: [system]"
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


def test_v50_an_empty_folder_among_others_is_told(tmp_path: Path) -> None:
    """A folder without policies is refused beside one that has some: what was to stand on top is not left out."""
    good, empty = tmp_path / "good", tmp_path / "empty"
    good.mkdir()
    empty.mkdir()
    many(good, effect="allow")
    with pytest.raises(PolicyError) as caught:
        Guard.load([good, empty])
    assert [(each.code, each.file) for each in caught.value.diagnostics] == [("SG112", empty.as_posix())]


def test_v50_readers_see_one_pack(tmp_path: Path) -> None:
    """While a pack of fifty files is read again and again, four threads never see rules of two readings at once."""
    many(tmp_path, effect="allow")
    guard = Guard.load(tmp_path)
    job = Principal.system("job", workspace="w")
    asked = [(f"s{number}:read", Resource(f"s{number}", None, "w")) for number in range(50)]
    stop = threading.Event()
    seen: set[frozenset[tuple[bool, str]]] = set()

    def ask() -> None:
        while not stop.is_set():
            seen.add(frozenset((each.allowed, each.policy_digest) for each in guard.check_many(job, asked)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    digests = {True: guard.digest}
    try:
        for thread in threads:
            thread.start()
        for effect in ("deny", "allow", "deny", "allow"):
            many(tmp_path, effect=effect)
            guard.reload()
            digests[effect == "allow"] = guard.digest
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert guard.generation == 5
    assert len(digests) == 2
    assert seen
    assert seen <= {frozenset({(allowed, digest)}) for allowed, digest in digests.items()}


def to_a_link(file: Path) -> None:
    """Put a link in its place, to a file elsewhere that would load."""
    outside = file.parent.parent / "outside.yaml"
    outside.write_text("scopeguard: 1\n", encoding="utf-8")
    file.symlink_to(outside)


REPLACED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link": (to_a_link, "SG111"),
    "a folder": (Path.mkdir, "SG111"),
    "a pipe": (os.mkfifo, "SG111"),
    "nothing": (lambda _: None, "SG111"),
    "a larger file": (lambda file: file.write_bytes(b"#" * (MAX_FILE_BYTES + 1)), "SG108"),
    "other bytes": (lambda file: file.write_bytes(b"scopeguard: 1 # \xff"), "SG110"),
}


@pytest.mark.parametrize(("replace", "code"), REPLACED.values(), ids=REPLACED.keys())
def test_v50_replaced_between_listing_and_reading(tmp_path: Path, replace: Callable[[Path], object], code: str) -> None:
    """What a file has become by the time it is read counts: it is refused for that, at once, and never followed."""
    folder = tmp_path / "pack"
    folder.mkdir()
    file = folder / "a.yaml"
    file.write_text("scopeguard: 1\n", encoding="utf-8")
    listing = list_files(folder)
    assert [each.name for each in listing.files] == [file.as_posix()]
    file.unlink()
    replace(file)
    found = read_file(listing.files[0])
    assert isinstance(found, Diagnostic)
    assert (found.code, found.file) == (code, file.as_posix())
