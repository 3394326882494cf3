"""Keys over every store."""

from typing import Any

import pytest

from scopeguard import Guard
from scopeguard.keys import AsyncKeys, Keys, MemoryStore
from tests.unit.keys.driving import PEPPER, Counting, Driven

STORES = ["memory", "memory, to await"]


@pytest.fixture(scope="session")
def guard() -> Guard:
    """The shipped pack."""
    return Guard.default()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Counting:
    """A store without keys."""
    made: Any = MemoryStore()
    counting = Counting(made)
    counting.kind = AsyncKeys if request.param.endswith("to await") else Keys  # type: ignore[attr-defined]
    return counting


@pytest.fixture
def keys(store: Any) -> Driven:
    """The keys of a service in it."""
    return Driven(store.kind(store, prefix="hyp", pepper=[PEPPER], environment="live"))
