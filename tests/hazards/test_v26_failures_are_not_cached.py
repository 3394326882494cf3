"""V26: a result that came of a failure or a cancellation is kept (OpenFGA CVE-2025-46331, SpiceDB)."""

from pathlib import Path

import pytest

from scopeguard import RequestError, Resource
from scopeguard.runtime.cache import RowCache
from tests.hazards.packs import key, load

pytestmark = pytest.mark.usefixtures("code_at_once")


def test_v26_failures_are_not_cached() -> None:
    """What raises while a row is made leaves nothing behind; the next time it is made anew."""
    cache: RowCache[str] = RowCache(2)

    def fails() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.get("k", fails)
    assert len(cache) == 0
    assert cache.get("k", lambda: "made") == "made"
    assert cache.get("k", fails) == "made"


def test_v26_a_refused_question_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption while a cell is made, and malformed questions in between, change no later answer."""
    guard = load(tmp_path)
    who = key("notes:read")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("scopeguard.runtime.rows.cell", interrupted)
        with pytest.raises(KeyboardInterrupt):
            guard.check(who, "notes:read")
    with pytest.raises(RequestError):
        guard.check(who, "notes:read", Resource("secrets", "s"))
    assert guard.check(who, "notes:read").allowed
    assert not guard.check(who, "notes:write")
