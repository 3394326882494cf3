"""V26: a result that came of a failure or a cancellation is kept (OpenFGA CVE-2025-46331, SpiceDB)."""

from pathlib import Path

import pytest

from scopeguard import RequestError, Resource
from tests.hazards.packs import key, load

pytestmark = pytest.mark.usefixtures("code_at_once")


@pytest.mark.parametrize("part", ["Specialisation.action", "residual", "cell", "Bounded.keep"])
def test_v26_failures_are_not_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """An interruption while an answer is made, and malformed questions in between, change no later answer."""
    guard = load(tmp_path)
    who = key("notes:read")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"scopeguard.runtime.engine.{part}", interrupted)
        with pytest.raises(KeyboardInterrupt):
            guard.check(who, "notes:read")
    with pytest.raises(RequestError):
        guard.check(who, "notes:read", Resource("secrets", "s"))
    assert guard.check(who, "notes:read").allowed
    assert not guard.check(who, "notes:write")
