"""What a principal remembers of the decisions about it."""

from scopeguard import Decision, Resource
from scopeguard.limits import MAX_BY_VALUE
from scopeguard.runtime.memory import DecidedByResource


def test_as_many_values_as_are_remembered() -> None:
    """One more has no room, and those that are there stay."""
    decision = Decision(effect="allow", permission="notes:read", operation=None, code=None, reason="", policy_digest="")
    entry = DecidedByResource("notes", "id")
    kept = [entry.keep(Resource("notes", f"n{number}", "w"), decision) for number in range(MAX_BY_VALUE + 1)]
    assert kept == [True] * MAX_BY_VALUE + [False]
    assert len(entry.ready) == MAX_BY_VALUE
