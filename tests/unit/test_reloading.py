"""Policies that change while a service runs: put in force once they are whole, and the former ones kept until then."""

import asyncio
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Guard, PolicyError, Principal, RequestError
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_writing import pack
from scopeguard.compiling.program import Program
from scopeguard.reloading import Reloader

PACK = """scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
scopes:
  workspace:read: {includes: [%s]}
"""
READS = PACK % '"*:read"'
WRITES = PACK % '"*:read", "*:write"'
BROKEN = PACK.replace("actions", "acts") % '"*:read"'
MORE = """scopeguard: 1
scopes:
  workspace:some: {includes: [notes:read]}
"""
KEY = Principal.api_key("k", workspace="w", scopes="workspace:read")


class Clock:
    """Seconds that pass by hand."""

    now = 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    """The clock of reloaders."""
    Clock.now = 0.0
    monkeypatch.setattr("scopeguard.reloading.monotonic", lambda: Clock.now)
    return Clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A policy file in a folder."""
    made = tmp_path / "pack" / "notes.yaml"
    made.parent.mkdir()
    made.write_text(READS, encoding="utf-8")
    return made


def may_write(guard: Guard) -> bool:
    """Whether the key may write notes."""
    return guard.check(KEY, "notes:write").allowed


def test_a_change_is_in_force_once_nothing_changes(path: Path, clock: type[Clock]) -> None:
    """Half of a release is waited out; then on_reload hears of it, once."""
    guard = Guard.load(path.parent)
    heard: list[str] = []
    reloader = Reloader(guard, settle=1, on_reload=lambda guard: heard.append(guard.digest))
    assert not reloader.check()
    path.write_text(BROKEN, encoding="utf-8")
    assert not reloader.check()
    clock.now += 0.9
    assert not reloader.check()
    path.write_text(WRITES, encoding="utf-8")
    clock.now += 0.9
    assert not reloader.check()
    assert not may_write(guard)
    clock.now += 1.1
    assert reloader.check()
    assert may_write(guard)
    assert heard == [guard.digest]
    clock.now += 9
    assert not reloader.check()
    assert (reloader.status.generation, reloader.status.error) == (2, None)


@pytest.mark.parametrize(
    "change", ["added", "removed", "of the same size and time", "written over, with its time put back"]
)
def test_what_counts_as_a_change(tmp_path: Path, path: Path, clock: type[Clock], change: str) -> None:
    """A file more or less, and another file in the place of one."""
    aside, more = tmp_path / "aside.yaml", path.with_name("more.yaml")
    aside.write_text(MORE, encoding="utf-8")
    if change != "added":
        aside.rename(more)
    guard = Guard.load(path.parent)
    reloader = Reloader(guard, settle=0)
    if change == "added":
        aside.rename(more)
    elif change == "removed":
        more.unlink()
    else:
        stat = more.stat()
        is_other = change == "of the same size and time"
        written = aside if is_other else more
        written.write_text(MORE.replace("[notes:read]", '["notes:*"] '), encoding="utf-8")
        os.utime(written, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        if is_other:
            aside.rename(more)
        assert (more.stat().st_size, more.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    assert reloader.check()
    assert guard.generation == 2


def test_what_is_written_again_without_a_change_is_no_change(path: Path, clock: type[Clock]) -> None:
    """No reload, and nothing that is kept is lost."""
    guard = Guard.load(path)
    reloader = Reloader(guard, settle=0)
    path.write_text(READS, encoding="utf-8")
    os.utime(path, (1, 1))
    assert not reloader.check()
    assert guard.generation == 1


def test_an_error_is_told_once_for_each_content(path: Path, clock: type[Clock]) -> None:
    """The former policies stay in force; the status says why, since when, and no more once all is well."""
    guard = Guard.load(path.parent)
    heard: list[Exception] = []
    reloader = Reloader(guard, settle=0, on_error=heard.append)
    path.write_text(BROKEN, encoding="utf-8")
    for number in range(3):
        os.utime(path, (number, number))
        assert not reloader.check()
    assert [type(error) for error in heard] == [PolicyError]
    status = reloader.status
    assert status.error is not None
    assert "did you mean" in status.error
    assert status.error_since is not None
    assert guard.check(KEY, "notes:read").allowed
    path.write_text(BROKEN + "# still", encoding="utf-8")
    assert not reloader.check()
    assert len(heard) == 2
    path.write_text(WRITES, encoding="utf-8")
    assert reloader.check()
    assert (reloader.status.error, reloader.status.error_since) == (None, None)
    path.write_text(BROKEN, encoding="utf-8")
    reloader.check()
    assert len(heard) == 3


def test_errors_go_to_the_log_by_themselves(path: Path, clock: type[Clock], caplog: pytest.LogCaptureFixture) -> None:
    """Nobody has to ask for them."""
    caplog.set_level(logging.INFO)
    reloader = Reloader(Guard.load(path), settle=0)
    path.write_text(BROKEN, encoding="utf-8")
    reloader.check()
    reloader.check()
    path.write_text(WRITES, encoding="utf-8")
    reloader.check()
    told = [(record.name, record.levelname, record.getMessage().partition(":")[0]) for record in caplog.records]
    assert told == [
        ("scopeguard.reloading", "ERROR", "the policies do not load, those before stay in force"),
        ("scopeguard.reloading", "INFO", "policies in force"),
    ]


def test_the_last_good_policies_come_back(path: Path, clock: type[Clock]) -> None:
    """Who takes a bad change back is well again, without a reload."""
    guard = Guard.load(path)
    reloader = Reloader(guard, settle=0, on_error=lambda _: None)
    path.write_text(BROKEN, encoding="utf-8")
    reloader.check()
    assert reloader.status.error is not None
    path.write_text(READS, encoding="utf-8")
    reloader.check()
    status = reloader.status
    assert (status.error, status.generation) == (None, 1)


def compiled(folder: Path, text: str) -> bytes:
    """A compiled pack."""
    source = folder / "source.yaml"
    source.write_text(text, encoding="utf-8")
    return pack(load_program(source))


def test_a_compiled_pack_that_was_renamed_is_taken_at_once(tmp_path: Path, clock: type[Clock]) -> None:
    """One that is written where it stands is waited for, and one that is gone too."""
    place, beside = tmp_path / "pack.sgpack", tmp_path / "new"
    place.write_bytes(compiled(tmp_path, READS))
    guard = Guard.load(place)
    reloader = Reloader(guard, settle=60, on_error=lambda _: None)
    beside.write_bytes(compiled(tmp_path, WRITES))
    beside.rename(place)
    assert reloader.check()
    assert may_write(guard)
    place.write_bytes(compiled(tmp_path, READS))
    assert not reloader.check()
    place.unlink()
    assert not reloader.check()
    clock.now += 61
    assert not reloader.check()
    assert may_write(guard)


def test_a_folder_as_kubernetes_mounts_it(tmp_path: Path, clock: type[Clock]) -> None:
    """The link ``..data`` is turned, and what the names lead to is looked at."""
    mount = tmp_path / "mount"
    for name, text in (("..1", READS), ("..2", WRITES)):
        (mount / name).mkdir(parents=True)
        (mount / name / "notes.yaml").write_text(text, encoding="utf-8")
    (mount / "..data").symlink_to("..1")
    (mount / "notes.yaml").symlink_to("..data/notes.yaml")
    guard = Guard.load(mount)
    reloader = Reloader(guard, settle=0)
    assert not reloader.check()
    (mount / "new").symlink_to("..2")
    (mount / "new").rename(mount / "..data")
    assert reloader.check()
    assert may_write(guard)


def wait(until: Callable[[], bool]) -> None:
    """Wait for another thread."""
    for _ in range(1000):
        if until():
            return
        time.sleep(0.01)
    pytest.fail("it never came to that")


def test_in_a_thread(path: Path) -> None:
    """It looks by itself until it is told to stop, whatever a callback raises."""
    guard = Guard.load(path)

    def fail(_: object) -> None:
        raise ValueError("of the host")

    with Reloader(guard, every=0.01, settle=0.02, on_reload=fail) as reloader:
        assert reloader.status.is_running
        path.write_text(WRITES, encoding="utf-8")
        wait(lambda: may_write(guard))
        path.write_text(READS, encoding="utf-8")
        wait(lambda: not may_write(guard))
    assert not reloader.status.is_running


def test_as_a_task(path: Path) -> None:
    """The same, in an event loop that goes on meanwhile, whatever a callback raises."""
    guard = Guard.load(path)

    def fail(_: object) -> None:
        raise ValueError("of the host")

    reloader = Reloader(guard, every=0.01, settle=0.02, on_reload=fail)

    async def main() -> None:
        task = asyncio.create_task(reloader.run())
        for text in (WRITES, READS):
            path.write_text(text, encoding="utf-8")  # noqa: ASYNC240  # a moment
            for _ in range(1000):
                if may_write(guard) == (text == WRITES):
                    break
                await asyncio.sleep(0.01)
            assert may_write(guard) == (text == WRITES)
        assert reloader.status.is_running
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert not reloader.status.is_running


@pytest.mark.slow
def test_after_a_fork(path: Path) -> None:
    """A worker that was forked from a process with a reloader looks by itself."""
    program = """
import os, pathlib, sys, time
from scopeguard import Guard, Principal
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_writing import pack
from scopeguard.compiling.program import Program
from scopeguard.reloading import Reloader
path, writes = pathlib.Path(sys.argv[1]), sys.argv[2]
guard = Guard.load(path)
reloader = Reloader(guard, every=0.02, settle=0.02)
reloader.start()
child = os.fork()
if child:
    time.sleep(0.2)
    path.write_text(writes)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
until = time.time() + 20
while time.time() < until and not guard.check(Principal.api_key("k", workspace="w", scopes="workspace:read"), "notes:write"):
    time.sleep(0.01)
os._exit(0 if guard.generation == 2 and reloader.status.is_running else 1)
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program, path, WRITES], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "more",
    [
        {"every": 0}, {"settle": -1}, {"every": float("nan")}, {"every": float("inf")}, {"every": "5s"},
        {"settle": None}, {"on_reload": 3}, {"on_error": "log"}, {"guard": "a folder"},
    ],
)  # fmt: skip
def test_reloaders_that_are_refused(path: Path, more: dict[str, Any]) -> None:
    """What would never look, and a guard that was made of no path."""
    with pytest.raises(RequestError):
        Reloader(**{"guard": Guard.load(path), **more})
    loaded = Guard.load(path)
    with pytest.raises(RequestError, match="no path"):
        Reloader(Guard(lambda: loaded._generation.program))


def test_links_that_lead_in_a_circle(path: Path, clock: type[Clock]) -> None:
    """They are not followed; policies that do not load because of one load once it is gone."""
    guard = Guard.load(path.parent)
    reloader = Reloader(guard, settle=0, on_error=lambda _: None)
    for name in ("one", "two", "three"):
        (path.parent / name).symlink_to(".")
    path.write_text(WRITES, encoding="utf-8")
    assert not reloader.check()
    assert "a symbolic link to a folder" in (reloader.status.error or "")
    for name in ("one", "two", "three"):
        (path.parent / name).unlink()
    assert reloader.check()
    assert may_write(guard)


def test_a_reload_that_another_one_overtook(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a child that is forked by what reads the pack: what a later reload has read stays in force."""
    overtaken: list[str] = []

    def load() -> Program:
        program = load_program([path])
        if overtaken == ["next"]:
            overtaken.clear()
            monkeypatch.setattr("scopeguard.runtime.processes.getpid", lambda: 0)
            path.write_text(WRITES, encoding="utf-8")
            guard.reload()
        return program

    guard = Guard(load)
    overtaken.append("next")
    guard.reload()
    assert overtaken == []
    assert (may_write(guard), guard.generation) == (True, 2)


def test_the_paths_of_a_guard(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the root on, as they were when the guard was made."""
    monkeypatch.chdir(tmp_path)
    assert Guard.load("pack").paths == (str(tmp_path / "pack"),)
    assert Guard.load([path]).paths == (str(path),)
    assert [Path(each).name for each in Guard.default().paths] == ["workspace"]


def test_what_changed_before_there_was_a_reloader(path: Path, clock: type[Clock]) -> None:
    """A service takes a while to start: what changed since its guard was loaded is put in force as any change is."""
    guard = Guard.load(path.parent)
    path.write_text(WRITES, encoding="utf-8")
    reloader = Reloader(guard, settle=1)
    assert not reloader.check()
    clock.now += 1.1
    assert reloader.check()
    assert may_write(guard)
    assert not reloader.check()


def test_what_changed_right_before_it_was_read_and_back_again(
    path: Path, clock: type[Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is gone just while the policies are read, and comes back as it was: half of them do not stay in force."""
    del clock
    guard = Guard.load(path.parent)
    more = path.with_name("more.yaml")
    reloader = Reloader(guard, settle=0)
    path.write_text(WRITES, encoding="utf-8")
    more.write_text(MORE, encoding="utf-8")
    load = guard._load  # the moment before the files are read

    def late() -> Any:
        more.unlink(missing_ok=True)
        return load()

    monkeypatch.setattr(guard, "_load", late)
    assert reloader.check()
    assert "workspace:some" not in guard.catalog.scopes
    monkeypatch.setattr(guard, "_load", load)
    more.write_text(MORE, encoding="utf-8")
    assert reloader.check()
    assert "workspace:some" in guard.catalog.scopes
    assert not reloader.check()
