"""What a guard keeps, for tests that count it or look into it."""

from collections.abc import Iterator

from scopeguard import Guard
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.specialisation import Action, Kept


def engine_of(guard: Guard) -> Engine:
    """The pack in force with all that is kept for it."""
    return guard._generation


def kept_actions(engine: Engine) -> Iterator[tuple[str, str, Action]]:
    """The class of contexts, the action, and what is kept about it."""
    for (_, context, _), rules in engine._rules.items():
        yield from ((context, name, action) for name, action in rules.actions.items())


def kept_answers(engine: Engine) -> Iterator[Kept]:
    """Every answer that is kept."""
    for _, _, action in kept_actions(engine):
        yield from action.kept.values()
