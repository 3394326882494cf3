"""V28: a request that began before a change writes its old answer into the cleared cache (OpenFGA #3155)."""

import threading
from pathlib import Path

from scopeguard import Context, Guard
from tests.hazards.packs import key, load


def test_v28_a_late_request_writes_nothing_back(tmp_path: Path) -> None:
    """A request that began before a reload and ends after it leaves its row with the old pack alone."""
    guard = load(tmp_path)
    who = key("notes:read")
    old = guard._generation
    (tmp_path / "more.yaml").write_text(
        "scopeguard: 1\nrules:\n  - {id: closed, effect: deny, on: ['notes:read'], code: not_permitted}\n",
        encoding="utf-8",
    )
    guard.reload()
    # The late request makes the principal remember the old pack's answers.
    for _ in range(3):
        assert old.check(who, "notes:read", None, Context()).allowed
    assert guard.check(who, "notes:read").rules == ("closed",)


def test_v28_under_load(tmp_path: Path) -> None:
    """Threads that ask without a pause while the pack closes: after reload() returns, nobody new is let in."""
    guard = load(tmp_path)
    stop = threading.Event()

    def ask(guard: Guard) -> None:
        while not stop.is_set():
            guard.check(key("notes:read"), "notes:read")

    threads = [threading.Thread(target=ask, args=(guard,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        (tmp_path / "more.yaml").write_text(
            "scopeguard: 1\nrules:\n  - {id: closed, effect: deny, on: ['notes:read'], code: not_permitted}\n", "utf-8"
        )
        guard.reload()
        assert [guard.check(key("notes:read"), "notes:read").allowed for _ in range(200)] == [False] * 200
    finally:
        stop.set()
        for thread in threads:
            thread.join()
