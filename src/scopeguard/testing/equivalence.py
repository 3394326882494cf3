"""Whether two packs decide alike, by proof; if not, a test that tells them apart. Needs the extra ``prove``."""

from typing import Final

from msgspec.structs import replace

from scopeguard.analysis.comparing import BROUGHT, CODE, GAINED, LOST, Change, Comparison
from scopeguard.compiling.program import Program
from scopeguard.limits import MAX_KEPT
from scopeguard.model.principal import KINDS
from scopeguard.runtime.engine import Engine
from scopeguard.syntax.expression import HOLDS, Call, Literal, walk
from scopeguard.testing.cell_text import cell_text
from scopeguard.testing.touched import same_rules, touched_actions

_ASPECTS: Final = (GAINED, LOST, CODE, BROUGHT)
"""What a test may expect of a decision."""


def first_difference(old: Program, new: Program) -> str | None:
    """A test that *old* passes and *new* fails, None where every request is decided alike.

    Where tests cannot name what has to be asked, or nobody knows, it is a comment that says so. Asked are the actions
    that the two packs treat differently, and not those whose conditions read the roles that somebody may hand out.
    """
    comparison = Comparison(Engine(old, number=1, max_rows=MAX_KEPT), Engine(new, number=2, max_rows=MAX_KEPT))
    maybe = None
    for action in _asked(old, new):
        for kind in _kinds(old, new, action):
            for aspect in _ASPECTS:
                found = comparison.ask(action, kind, aspect)
                if found.change is not None:
                    return _text(old, found.change)
                if found.open_because is not None:
                    maybe = f"# nobody knows whether {action} of {kind} is decided alike: {found.open_because}"
    return maybe


def _asked(old: Program, new: Program) -> list[str]:
    """The actions that may be decided otherwise: those that the edit is about, and those that ask about them."""
    touched = touched_actions(old, new)
    return [
        action
        for action in dict.fromkeys((*sorted(touched), *old.actions.values(), *new.actions.values()))
        if action in touched or any(_asks_about(program, action, touched) for program in (old, new))
    ]


def _kinds(old: Program, new: Program, action: str) -> tuple[str, ...]:
    """The kinds of principals that may be answered otherwise: where only who may hold it differs, these alone."""
    surface = old.catalog.surface_of(action) or new.catalog.surface_of(action) or ""
    had, has = (program.catalog.surfaces.get(surface) for program in (old, new))
    if had is None or has is None or had.holdable_by == has.holdable_by or not same_rules(old, new):
        return KINDS
    alike = replace(has, holdable_by=had.holdable_by) == had and old.catalog.roles == new.catalog.roles
    return tuple(kind for kind in KINDS if kind in had.holdable_by ^ has.holdable_by) if alike else KINDS


def _asks_about(program: Program, action: str, touched: frozenset[str]) -> bool:
    """Whether what comes along with an action is touched, or what its conditions ask the principal to hold."""
    act = program.act(action)
    if act is None:
        return False
    rules = (*act.denies, *act.allows, *act.advises)
    held = (
        str(node.args[0].value).partition("/")[0]
        for rule in rules
        for node in walk(rule.condition)
        if isinstance(node, Call) and node.function == HOLDS and isinstance(node.args[0], Literal)
    )
    return not touched.isdisjoint((*act.embeds, *held))


def _text(old: Program, change: Change) -> str:
    asked = change.witness
    if change.before is not None:
        text = cell_text(old.catalog, asked.principal, asked.action, asked.resource, asked.context, change.before)
        if text is not None:
            return text
    return f"# {asked}"
