"""What belongs to one process, in a child of it."""

import pytest

from scopeguard.runtime.processes import PerProcess


def test_what_is_inherited_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child has a thing of its own, and lets go of its parent's."""
    things: PerProcess[list[str]] = PerProcess(list)
    inherited = things.mine()
    assert things.mine() is inherited
    monkeypatch.setattr("scopeguard.runtime.processes.getpid", lambda: 0)
    own = things.mine()
    assert own is not inherited
    assert things.mine() is own
    assert list(things._things.values()) == [own]
