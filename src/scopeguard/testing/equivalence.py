"""Whether two packs decide alike, by proof; if not, a test that tells them apart. Needs the extra ``prove``."""

from typing import Final

from scopeguard.analysis.comparing import BROUGHT, CODE, GAINED, LOST, Change, Comparison
from scopeguard.compiling.program import Program
from scopeguard.limits import MAX_KEPT
from scopeguard.model.principal import KINDS
from scopeguard.runtime.engine import Engine
from scopeguard.testing.cell_text import cell_text
from scopeguard.testing.touched import touched_actions

_ASPECTS: Final = (GAINED, LOST, CODE, BROUGHT)
"""What a test may expect of a decision."""


def first_difference(old: Program, new: Program) -> str | None:
    """A test that *old* passes and *new* fails, None where every request is decided alike.

    Where tests cannot name what has to be asked, or nobody knows, it is a comment that says so.
    """
    comparison = Comparison(Engine(old, number=1, max_rows=MAX_KEPT), Engine(new, number=2, max_rows=MAX_KEPT))
    maybe = None
    for action in _asked(old, new):
        for kind in KINDS:
            for aspect in _ASPECTS:
                found = comparison.ask(action, kind, aspect)
                if found.change is not None:
                    return _text(old, found.change)
                if found.open_because is not None:
                    maybe = f"# nobody knows whether {action} of {kind} is decided alike: {found.open_because}"
    return maybe


def _asked(old: Program, new: Program) -> list[str]:
    """The actions that may be decided otherwise, those that the edit is about first."""
    touched = touched_actions(old, new)
    actions = dict.fromkeys((*sorted(touched), *old.actions.values(), *new.actions.values()))
    if old.catalog.roles == new.catalog.roles and old.catalog.scopes == new.catalog.scopes:
        # Conditions ask about what is held, and answers leave out what may not be read: of actions that are touched.
        return [action for action in actions if action in touched or not touched.isdisjoint(_brought(old, new, action))]
    return list(actions)


def _brought(old: Program, new: Program, action: str) -> set[str]:
    acts = (program.act(action) for program in (old, new))
    return {permission for act in acts if act is not None for permission in act.embeds}


def _text(old: Program, change: Change) -> str:
    asked = change.witness
    if change.before is not None:
        text = cell_text(old.catalog, asked.principal, asked.action, asked.resource, asked.context, change.before)
        if text is not None:
            return text
    return f"# {asked}"
