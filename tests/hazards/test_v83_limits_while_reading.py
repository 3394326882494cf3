"""V83: a host's time limit that runs out while files are read is taken for a file that cannot be read."""

import builtins
import errno
import os
import sys
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import scopeguard
from scopeguard import Guard, PolicyError, cel, shipped
from scopeguard.compiling import pack_file
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_writing import pack
from scopeguard.reloading import Reloader
from scopeguard.semantics.functions import times
from tests.hazards.packs import PACK

OURS = str(Path(scopeguard.__file__).parent)
CALLS = [
    (os, "open"), (os, "lstat"), (os, "stat"), (os, "fstat"), (os, "scandir"), (os, "readlink"), (os, "getcwd"),
    (builtins, "open"),
]  # fmt: skip
"""What asks the operating system for files."""


class Limit:
    """Raises an error at one of the calls by which this library asks for files."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.error = TimeoutError("late")
        self.left = 0
        """Calls until it runs out."""
        for module, name in CALLS:
            patch.setattr(module, name, self._limited(getattr(module, name)))

    def _limited(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def limited(*args: Any, **more: Any) -> Any:
            # Within what Python itself does with paths it is Python that gives up.
            if sys._getframe(1).f_code.co_filename.startswith(OURS):
                self.left -= 1
                if self.left == 0:
                    raise self.error
            return call(*args, **more)

        return limited


def the_shipped_pack(folder: Path, patch: pytest.MonkeyPatch) -> Callable[[], object]:
    """A pack that is loaded in its compiled form as long as this was made of its files."""
    name = str(folder)
    made = pack(load_program(name), base=name, sources=pack_file.sources_of(name, shipped.base_pack()))
    Path(name + pack_file.SUFFIX).write_bytes(made)
    patch.setattr(pack_file, "default_pack", lambda: name)
    return lambda: Guard.load(name)


def a_folder(folder: Path, patch: pytest.MonkeyPatch) -> Callable[[], object]:
    """A pack that is read from its policy files, one of them behind a link."""
    patch.chdir(folder)
    if hasattr(os, "O_NOFOLLOW"):
        (folder / "pack.yaml").rename(folder / "pack.txt")
        (folder / "pack.yaml").symlink_to("pack.txt")
    return lambda: Guard.load(".")


def a_look_at_changes(folder: Path, _: pytest.MonkeyPatch) -> Callable[[], object]:
    """What a reloader does now and then: a file was written again, with the same in it."""
    reloader = Reloader(Guard.load(folder), settle=0)
    times_written = count(1)

    def look() -> None:
        os.utime(folder / "pack.yaml", (next(times_written),) * 2)
        reloader.check()
        reloader.check()

    return look


def a_page(_folder: Path, _: pytest.MonkeyPatch) -> Callable[[], object]:
    """What the documentation says about a code."""
    return lambda: shipped.code_entry("SG203")


@pytest.mark.parametrize("reading", [the_shipped_pack, a_folder, a_look_at_changes, a_page])
def test_v83_a_limit_while_files_are_read_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reading: Callable[[Path, pytest.MonkeyPatch], Callable[[], object]]
) -> None:
    """Wherever a host's time limit runs out, it comes out of what was asked for, and the next time all is read."""
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "pack.yaml").write_text(
        PACK.replace("scopeguard: 1\n", "scopeguard: 1\npack: {base: none, because: it is small}\n"), "utf-8"
    )
    ask = reading(folder, monkeypatch)
    with monkeypatch.context() as patch:
        limit = Limit(patch)
        found: list[TimeoutError] = []
        for step in count(1):
            limit.left = step
            try:
                ask()
            except TimeoutError as error:
                found.append(error)
            else:
                assert limit.left > 0, step
                break
    assert len(found) > 1
    assert all(error is limit.error for error in found)


def test_v83_a_limit_while_a_zone_is_read_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time zones are read at the first question about one."""
    clock = cel.compile('at.getHours("Europe/Lisbon")', {"at": "timestamp"})
    raised = TimeoutError("late")

    def late(_: str) -> zoneinfo.ZoneInfo:
        monkeypatch.undo()
        raise raised

    times._zone.cache_clear()
    monkeypatch.setattr(zoneinfo, "ZoneInfo", late)
    with pytest.raises(TimeoutError) as caught:
        clock.evaluate({"at": datetime(2026, 7, 1, tzinfo=UTC)})
    assert caught.value is raised
    assert clock.evaluate({"at": datetime(2026, 7, 1, tzinfo=UTC)}) == 1


def test_v83_what_the_system_says_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that gives up says so by a number: that is a file that cannot be read."""

    def late(*_: object, **__: object) -> None:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))

    (tmp_path / "pack.yaml").write_text(PACK, "utf-8")
    monkeypatch.setattr(os, "open", late)
    with pytest.raises(PolicyError, match="cannot be read: "):
        Guard.load(tmp_path)
