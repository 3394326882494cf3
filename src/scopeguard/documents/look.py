"""One look at files: which are where, behind which links, and whether that has changed."""

import os
import stat
import time
from collections.abc import Mapping
from errno import ELOOP
from typing import Final

from scopeguard.errors import pass_on_limit

TICK: Final = 0.016
"""In seconds: changes that follow each other faster may carry the same time."""

_MAX_LINKS: Final = 40
"""Links on the way to one path, as Linux has it."""

_Mark = tuple[int, ...]


class Look:
    """One look at files, folders and the links on the way to them."""

    __slots__ = ("_files", "_folders", "_links")

    def __init__(self) -> None:
        self._links: dict[str, tuple[_Mark, str] | None] = {}
        """Every step of a path: how a link looks and where it leads, None for what is none."""
        self._folders: dict[str, _Mark] = {}
        self._files: dict[str, _Mark] = {}

    def resolve(self, path: str) -> str:
        """The absolute path behind *path*, through its links, each as it was when this look first came by.

        Raises OSError where there is none, and ValueError for a path that no system takes.
        """
        if os.name != "posix":
            return os.path.realpath(path, strict=True)
        steps = (path if os.path.isabs(path) else f"{os.getcwd()}/{path}").split("/")[::-1]
        done, links = "", 0
        while steps:
            step = steps.pop()
            if step in {"", "."}:
                continue
            if step == "..":
                done = os.path.dirname(done)
                continue
            target = self._target(f"{done}/{step}")
            if target is None:
                done = f"{done}/{step}"
                continue
            links += 1
            if links > _MAX_LINKS:
                raise OSError(ELOOP, os.strerror(ELOOP))
            if target.startswith("/"):
                done = ""
            steps.extend(reversed(target.split("/")))
        return done or "/"

    def file(self, path: str) -> None:
        """Take note of the file at a resolved *path*. Raises OSError where there is none."""
        self._files[path] = _mark(os.lstat(path))

    def folder(self, path: str) -> list["os.DirEntry[str]"]:
        """The entries of a folder, by name. Raises OSError where it cannot be read."""
        self._folders[path] = _mark(os.lstat(path))
        with os.scandir(path) as entries:
            return sorted(entries, key=lambda entry: entry.name)

    def saw(self, path: str, found: os.stat_result) -> bool:
        """Whether the file at a resolved *path* was the one that is open now, and unchanged since."""
        return self._files.get(path) == _mark(found)

    def forget(self, folder: str) -> None:
        """A folder of which nothing is read may change."""
        self._folders.pop(folder, None)

    @property
    def marks(self) -> object:
        """All that was seen, to compare."""
        return self._links, self._folders, self._files

    def is_settled(self) -> bool:
        """Whether links and folders are as they were: all that was seen was so at one moment."""
        links = {path: found[0] for path, found in self._links.items() if found is not None}
        return _are_same(links) and _are_same(self._folders)

    def is_unchanged(self) -> bool:
        """Whether the files are as they were: what was read of them since is what they held at that moment."""
        return _are_same(self._files)

    def is_fresh(self) -> bool:
        """Whether something changed so lately that another change might not be seen by its time."""
        # One link that was turned just now is well: what it leads to is one release, and all the rest is older.
        links = sorted(_youngest(found[0]) for found in self._links.values() if found is not None)[:-1]
        times = [*links, *map(_youngest, self._folders.values()), *map(_youngest, self._files.values())]
        return max(times, default=0) > time.time_ns() - TICK * 1e9

    def _target(self, path: str) -> str | None:
        if path not in self._links:
            found = os.lstat(path)
            self._links[path] = (_mark(found), os.readlink(path)) if stat.S_ISLNK(found.st_mode) else None
        link = self._links[path]
        return None if link is None else link[1]


def _mark(found: os.stat_result) -> _Mark:
    return found.st_mode, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _youngest(mark: _Mark) -> int:
    return max(mark[-2:])


def _are_same(marks: Mapping[str, _Mark]) -> bool:
    try:
        return all(_mark(os.lstat(path)) == mark for path, mark in marks.items())
    except OSError as error:
        pass_on_limit(error)
        return False
