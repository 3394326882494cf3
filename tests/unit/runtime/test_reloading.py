"""One reload at a time: what asks for one from within has it run once more, and nothing asked is forgotten."""

import pytest

from scopeguard.errors import Diagnostic, PolicyError
from scopeguard.limits import MAX_READINGS
from scopeguard.runtime.reloading import Reloading

BROKEN = PolicyError([Diagnostic("SG114", "pack", 1, 1, "broken", None)])


class Reader:
    """Reloads, and asks for another reload so many times from within; *fails* tells which of its times raise."""

    def __init__(self, asks: int = 0, fails: tuple[int, ...] = (), error: Exception = BROKEN) -> None:
        self.reloading = Reloading()
        self.asks, self.fails, self.error = asks, fails, error
        self.times = 0

    def run(self) -> None:
        """Reload."""
        self.reloading.run(self.read)

    def read(self) -> None:
        """What reads the pack."""
        self.times += 1
        if self.times <= self.asks:
            before = self.times
            self.run()
            assert self.times == before  # not within this one
        if self.times in self.fails:
            raise self.error


def test_who_asks_from_within_has_it_run_once_more() -> None:
    """Afterwards; and who asks later has one of his own."""
    reader = Reader(asks=1)
    reader.run()
    assert reader.times == 2
    reader.run()
    assert reader.times == 3


@pytest.mark.parametrize(("fails", "raises"), [((1,), False), ((2,), True), ((1, 2), True)])
def test_what_the_last_time_raised_is_raised(fails: tuple[int, ...], raises: bool) -> None:
    """What did not load and was mended since is no failure."""
    reader = Reader(asks=1, fails=fails)
    if raises:
        with pytest.raises(PolicyError, match="broken"):
            reader.run()
    else:
        reader.run()
    assert reader.times == 2


def test_who_always_asks_for_more_is_not_read_for_ever() -> None:
    """The last of many readings stays in force."""
    reader = Reader(asks=10 * MAX_READINGS)
    reader.run()
    assert reader.times == MAX_READINGS


@pytest.mark.parametrize("error", [BROKEN, RuntimeError("of the host")])
def test_whatever_it_raises_the_turn_is_over(error: Exception) -> None:
    """Also what comes from the host in the middle of it, such as a limit of time: the next one runs."""
    reader = Reader(fails=(1,), error=error)
    with pytest.raises(type(error)):
        reader.run()
    reader.run()
    assert reader.times == 2
