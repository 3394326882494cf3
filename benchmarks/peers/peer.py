"""What every other engine is measured through."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from benchmarks.domain import Plain

Answers: TypeAlias = Callable[[], list[bool]]
"""Asks all requests that an engine was prepared for, and gives what is allowed."""


class Unavailable(Exception):
    """An engine that cannot be measured here, and why."""


class Peer(NamedTuple):
    """An engine with the same policy in its own words.

    *prepare* does once what a service does once: it reads the policy and gives requests the engine's own form.
    *most* is how many of the requests it is asked, the first of them, for some are slow; *clock* is as of a Pass.
    """

    name: str
    distribution: str
    prepare: Callable[[Sequence[Plain]], Answers]
    most: int
    clock: Callable[[], int] = time.process_time_ns
