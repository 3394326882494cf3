"""From paths to a Program and to what is found out about it. Importing this module imports the reading side."""

from msgspec.structs import replace

from scopeguard.compiling.loading import Paths, load_program
from scopeguard.errors import Diagnostic
from scopeguard.runtime.engine import Engine
from scopeguard.verifying.invariants import verify
from scopeguard.verifying.violations import Violation

__all__ = ["broken_invariants", "load_program", "verify"]


def broken_invariants(paths: Paths) -> tuple[Diagnostic, ...]:
    """A finding for each invariant of a pack that does not hold, or that cannot be checked whole, by place.

    Raises PolicyError where the pack does not load.
    """
    generation = Engine(load_program(paths), number=1, max_rows=0)
    found = (_beside(each, generation) for each in verify(generation))
    return tuple(sorted(found, key=lambda each: each.sort_key))


def _beside(violation: Violation, generation: Engine) -> Diagnostic:
    """The finding about an invariant, with the places of the rules and grants that decide what breaks it."""
    rules = () if violation.decision is None else violation.decision.rules
    places = ((generation.program.place(rule), rule) for rule in rules)
    related = tuple((place, f"decided by {rule}") for place, rule in places if place is not None)
    return replace(violation.diagnostic, related=related)
