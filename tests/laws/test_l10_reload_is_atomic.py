"""Law 10, reload_is_atomic: a check sees one whole generation; a pack that does not load changes nothing."""

import sys
import threading
from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {{actions: [read, write], coarse: true}}
  channels: [server]
rules:
  - {{id: {name}.first, effect: {first}, on: ["notes:read"]{first_code}}}
  - {{id: {name}.second, effect: {second}, on: ["notes:write"]{second_code}}}
"""
CODE = ", code: not_permitted"
OLD = PACK.format(name="old", first="allow", first_code="", second="deny", second_code=CODE)
NEW = PACK.format(name="new", first="deny", first_code=CODE, second="allow", second_code="")
BROKEN = NEW.replace("effect: deny", "efect: deny")


def test_reload_is_atomic(tmp_path: Path) -> None:
    """Threads that ask two questions at once, through check_many, always see both answers of one pack."""
    file = tmp_path / "pack.yaml"
    file.write_text(OLD, encoding="utf-8")
    guard = Guard.load(file)
    job = Principal.system("job", workspace="w")
    note = Resource("notes", "n", "w")
    stop = threading.Event()
    seen: set[tuple[tuple[str, ...], ...]] = set()
    mixed: list[object] = []

    def ask() -> None:
        while not stop.is_set():
            decisions = guard.check_many(job, [("notes:read", note), ("notes:write", note)], Context(channel="server"))
            seen.add(tuple(decision.rules for decision in decisions))
            if len({decision.policy_digest for decision in decisions}) != 1:
                mixed.append(decisions)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    try:
        for thread in threads:
            thread.start()
        for number in range(12):
            file.write_text((NEW, BROKEN, OLD, BROKEN)[number % 4], encoding="utf-8")
            if number % 2:
                with pytest.raises(PolicyError):
                    guard.reload()
            else:
                guard.reload()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert mixed == []
    assert seen <= {(("old.first",), ("old.second",)), (("new.first",), ("new.second",))}
    assert seen


def test_the_last_good_pack_stays(tmp_path: Path) -> None:
    """After a failed reload, digest, generation, catalog and answers are those of before; a later good one counts."""
    file = tmp_path / "pack.yaml"
    file.write_text(OLD, encoding="utf-8")
    guard = Guard.load(file)
    job = Principal.system("job", workspace="w")
    before = (guard.digest, guard.generation, guard.catalog, guard.check(job, "notes:read"))
    for broken in (BROKEN, "", "scopeguard: 1\nrules: [", "scopeguard: 2\n"):
        file.write_text(broken, encoding="utf-8")
        with pytest.raises(PolicyError):
            guard.reload()
        assert (guard.digest, guard.generation, guard.catalog, guard.check(job, "notes:read")) == before
    file.unlink()
    with pytest.raises(PolicyError):
        guard.reload()
    assert guard.check(job, "notes:read") == before[3]
    file.write_text(NEW, encoding="utf-8")
    guard.reload()
    assert (guard.generation, guard.check(job, "notes:read").rules) == (2, ("new.first",))
