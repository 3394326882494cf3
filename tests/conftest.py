"""What all tests share: golden files, rewritten with ``--regen``, and what they need of a platform."""

import errno
import sys
from collections.abc import Callable, Generator, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

from scopeguard.runtime.decision_functions import cell
from tests import postgres

# How long one example takes says nothing about the library on a machine that others use too. The same examples
# each time keep a change from being refused for what it did not touch; new ones are what `make night` is for.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("night", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("suite")

GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, str], None]
"""``golden("checking/sg203.txt", text)``: the text is what the file holds."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--regen``."""
    parser.addoption("--regen", action="store_true", help="rewrite the golden files with what comes out now")


NEEDS = {
    "re2": ("sg505_unsupported", "told_why[types]", ".matches(", "/matches/", "matches-"),
    # The parser of PyYAML that is written in Python reads plain text within brackets otherwise; either way it is refused.
    "yaml._yaml": ("sg109_ambiguous", "sg406_prices", "has_no_finding[flags]"),
}
"""What tests need that not every platform has, by parts of their names."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a module that is not there."""
    for module, names in NEEDS.items():
        if find_spec(module) is not None:
            continue
        for item in items:
            if any(name in item.nodeid for name in names):
                item.add_marker(pytest.mark.skip(reason=f"{module} is not there"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Skip what starts a process or a thread where there are none."""
    try:
        return (yield)
    except (OSError, RuntimeError) as error:
        if sys.platform == "emscripten" and (
            getattr(error, "errno", None) == errno.ENOTSUP or "new thread" in str(error)
        ):
            pytest.skip("there are no processes and no threads in WebAssembly")
        raise


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a text with a golden file, or rewrites the file with ``--regen``."""
    regen = bool(request.config.getoption("--regen"))

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if regen:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        assert text == file.read_text(encoding="utf-8"), f"{name} differs; --regen rewrites it"

    return compare


@pytest.fixture
def code_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated code answers from the first request on, and the evaluator only where the code gives up."""
    monkeypatch.setattr("scopeguard.runtime.engine.cell", partial(cell, calls=0))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server, one for each process of the suite; what needs it is skipped where it is not installed."""
    if absent := postgres.absent():
        pytest.skip(f"PostgreSQL is not installed: no {absent[0]}")
    with postgres.running() as server:
        yield server
