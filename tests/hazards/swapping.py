"""Packs of two releases, A and B, of which no mixture ever stood on disk, and what is decided where one is read."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, pairwise
from pathlib import Path

from scopeguard import Guard, PolicyError, Principal, Resource

FILES = 6
JOB = Principal.system("job", workspace="w")
SURFACES = ", ".join(f"s{number}: {{actions: [read], coarse: true}}" for number in range(FILES))
CATALOG = f"scopeguard: 1\ncatalog: {{surfaces: {{{SURFACES}}}}}\n"


def texts(release: str) -> dict[str, str]:
    """The files of a release. Rules name it, and every file is as long as that of the other release."""
    rules = (
        f'scopeguard: 1\nrules:\n  - {{id: r{number}.{release}, effect: allow, on: ["s{number}:read"]}}\n'
        for number in range(FILES)
    )
    return {"catalog.yaml": CATALOG, **{f"r{number}.yaml": text for number, text in enumerate(rules)}}


def write(folder: Path, release: str) -> None:
    """A release in a folder, file by file, each in its place."""
    folder.mkdir(exist_ok=True)
    for name, text in texts(release).items():
        (folder / name).write_text(text, encoding="utf-8")


def seen(guard: Guard) -> str:
    """The release that answers for each file, in their order: ``aaaaaa`` for all of the first."""
    decisions = guard.check_many(
        JOB, [(f"s{number}:read", Resource(f"s{number}", workspace="w")) for number in range(FILES)]
    )
    return "".join(".".join(decision.rules).rpartition(".")[2] or "?" for decision in decisions)


def replace_link(link: Path, target: str) -> None:
    """Turn a link in one step."""
    new = link.with_name(f"{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)


class Swap:
    """A way to turn what stands in a folder from one release into the other: *path* is what is loaded."""

    is_atomic = True
    """Whether nothing but whole releases ever stands on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path: Path | list[Path] = folder / "pack"
        self.prepare()

    def prepare(self) -> None:
        """Bring release A in place."""
        raise NotImplementedError

    def turn(self, release: str) -> None:
        """Bring a release in place of the other."""
        raise NotImplementedError

    def stood(self, seen: str) -> bool:
        """Whether that ever stood on disk: a release, or where files are written in their order, the first few of one."""
        turns = sum(one != other for one, other in pairwise(seen))
        return "?" not in seen and turns <= (not self.is_atomic)


class Mounted(Swap):
    """As Kubernetes does: links to ``..data/x.yaml``, and ``..data`` turned to a new folder; the old one is removed."""

    def prepare(self) -> None:
        """Bring release A in place."""
        self.pack = self.folder / "pack"
        self.pack.mkdir()
        self._numbers = count()
        self.turn("a")
        for name in texts("a"):
            (self.pack / name).symlink_to(f"..data/{name}")

    def turn(self, release: str) -> None:
        """Bring a release in place of the other."""
        data = self.pack / "..data"
        old = data.readlink() if data.is_symlink() else None
        new = f"..2026_{next(self._numbers)}"
        write(self.pack / new, release)
        replace_link(data, new)
        if old is not None:
            shutil.rmtree(self.pack / old)


class MountedBelow(Mounted):
    """The same in a folder of the pack's folder."""

    def prepare(self) -> None:
        """Bring release A in place."""
        (self.folder / "pack").mkdir()
        self.folder = self.folder / "pack"
        super().prepare()
        self.path = self.folder


class Kept(Swap):
    """The same under another name, with both releases kept."""

    link = ".current"

    def prepare(self) -> None:
        """Bring release A in place."""
        pack = self.folder / "pack"
        pack.mkdir()
        write(pack / ".a", "a")
        write(pack / ".b", "b")
        self.turn("a")
        for name in texts("a"):
            (pack / name).symlink_to(f"{self.link}/{name}")

    def turn(self, release: str) -> None:
        """Bring a release in place of the other."""
        replace_link(self.folder / "pack" / self.link, f".{release}")


class Linked(Swap):
    """The path itself is a link to a release."""

    def prepare(self) -> None:
        """Bring release A in place."""
        write(self.folder / "a", "a")
        write(self.folder / "b", "b")
        self.turn("a")

    def turn(self, release: str) -> None:
        """Bring a release in place of the other."""
        replace_link(self.folder / "pack", release)


class Listed(Linked):
    """Files are named one by one, all by way of a link to a release."""

    def prepare(self) -> None:
        """Bring release A in place."""
        super().prepare()
        self.path = [self.folder / "pack" / name for name in texts("a")]


class Moved(Swap):
    """The folder is moved away, and the other one comes in its place."""

    def prepare(self) -> None:
        """Bring release A in place."""
        write(self.folder / "pack", "a")
        write(self.folder / "b", "b")

    def turn(self, release: str) -> None:
        """Bring a release in place of the other."""
        pack = self.folder / "pack"
        pack.replace(self.folder / ("a" if release == "b" else "b"))
        (self.folder / release).replace(pack)


class MovedAndListed(Moved):
    """The same, where files are named one by one."""

    def prepare(self) -> None:
        """Bring release A in place."""
        super().prepare()
        self.path = [self.folder / "pack" / name for name in texts("a")]


class Renamed(Swap):
    """Files are replaced one after the other."""

    is_atomic = False

    def prepare(self) -> None:
        """Bring release A in place."""
        write(self.folder / "pack", "a")

    def turn(self, release: str) -> None:
        """Bring a release in place of the other."""
        write(self.folder / "new", release)
        for name in texts(release):
            (self.folder / "new" / name).replace(self.folder / "pack" / name)


class Overwritten(Swap):
    """Files are written in place, as long as they were."""

    is_atomic = False

    def prepare(self) -> None:
        """Bring release A in place."""
        write(self.folder / "pack", "a")

    def turn(self, release: str) -> None:
        """Bring a release in place of the other."""
        write(self.folder / "pack", release)


class Folders(Swap):
    """Half of the files stand in a folder inside, and both are overwritten."""

    is_atomic = False

    def prepare(self) -> None:
        """Bring release A in place."""
        self.turn("a")

    def turn(self, release: str) -> None:
        """Bring a release in place of the other."""
        inside = self.folder / "pack" / "inside"
        inside.mkdir(parents=True, exist_ok=True)
        for number, (name, text) in enumerate(texts(release).items()):
            ((self.folder / "pack") if number % 2 else inside).joinpath(name).write_text(text, encoding="utf-8")


SWAPS: dict[str, type[Swap]] = {
    each.__name__: each
    for each in (Mounted, MountedBelow, Kept, Linked, Listed, Moved, MovedAndListed, Renamed, Overwritten, Folders)
}


@contextmanager
def swapping(swap: Swap, pause: Callable[[], float]) -> Iterator[list[int]]:
    """Turn releases in another thread, with a pause in seconds after each. Gives the number of turns so far."""
    stop = threading.Event()
    turns = [0]

    def run() -> None:
        while not stop.is_set():
            swap.turn("b" if turns[0] % 2 == 0 else "a")
            turns[0] += 1
            time.sleep(pause())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield turns
    finally:
        stop.set()
        thread.join()


def reloads(guard: Guard, swap: Swap, number: int) -> tuple[int, list[str]]:
    """Reload so often: how often that succeeded, and what was seen that never stood on disk."""
    good, mixtures = 0, []
    for _ in range(number):
        codes = _reload(guard)
        good += not codes
        # A file that is written in place stands there empty for a moment, which may be long on a busy machine.
        assert not swap.is_atomic or codes in ([], ["SG117"])
        found = seen(guard)
        if not swap.stood(found):
            mixtures.append(found)
    return good, mixtures


def _reload(guard: Guard) -> list[str]:
    """The codes of what stops a reload, none where nothing does."""
    try:
        guard.reload()
    except PolicyError as error:
        return [each.code for each in error.diagnostics]
    return []
