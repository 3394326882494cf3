"""The shipped pack, loaded once."""

import pytest

from scopeguard import Guard


@pytest.fixture(scope="session")
def guard() -> Guard:
    """A guard for the workspace pack."""
    return Guard.default()
