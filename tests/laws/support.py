"""What the laws share: a generated pack on disk, and how far a test may go."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, assume, settings
from msgspec.structs import replace

from scopeguard import Decision, Guard, PolicyError, RequestError
from scopeguard.model.request import or_left_out
from tests.strategies import Pack, Request, Section

TIMES = float(os.environ.get("SCOPEGUARD_FUZZ_LAWS", "1"))


def law(examples: int = 30) -> Callable[[Any], Any]:
    """The settings of a law: so many packs, by night more and for each mutant fewer, however long the machine takes for one."""
    return settings(
        max_examples=max(1, round(examples * TIMES)), deadline=None, suppress_health_check=list(HealthCheck)
    )


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of its own."""
    with TemporaryDirectory() as name:
        yield Path(name)


def guard_of(pack: Pack, **options: Any) -> Guard:
    """A guard for a generated pack; packs that do not load are no example of the law."""
    with folder() as place:
        try:
            return Guard.load(pack.write(place / "pack"), **options)
        except PolicyError:
            assume(False)
            raise


def answer(guard: Guard, request: Request) -> Decision | str:
    """The decision without what depends on the pack's digest, or that the question was refused."""
    try:
        decision = guard.check(request.principal, request.action, or_left_out(request.resource), request.context)
    except RequestError as error:
        return f"refused: {error}"
    return without_digest(decision)


def without_digest(decision: Decision) -> Decision:
    """A decision to be compared over packs."""
    return replace(decision, policy_digest="")


def added(pack: Pack, extra: Section) -> Pack:
    """The pack with one more file."""
    return Pack((*pack.files, {"scopeguard": 1, **extra}))


def allowed(guard: Guard, request: Request) -> bool:
    """Whether a request is allowed; a refused question is not."""
    found = answer(guard, request)
    return isinstance(found, Decision) and found.allowed
