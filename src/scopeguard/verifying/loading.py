"""From paths to a Program and to what is found out about it. Importing this module imports the reading side."""

from scopeguard.compiling.loading import Paths, load_program
from scopeguard.errors import Diagnostic
from scopeguard.runtime.engine import Engine
from scopeguard.verifying.invariants import verify

__all__ = ["broken_invariants", "load_program", "verify"]


def broken_invariants(paths: Paths) -> tuple[Diagnostic, ...]:
    """A finding for each invariant of a pack that does not hold, or that cannot be checked whole, by place.

    Raises PolicyError where the pack does not load.
    """
    generation = Engine(load_program(paths), number=1, max_rows=0)
    return tuple(sorted((each.diagnostic for each in verify(generation)), key=lambda each: each.sort_key))
