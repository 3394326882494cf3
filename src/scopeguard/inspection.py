"""What is behind a guard, for the extras: read-only, and nothing that a check does not know."""

from collections.abc import Iterable, Mapping

from scopeguard.compiling.program import Invariant
from scopeguard.conditions import Test
from scopeguard.errors import RequestError, did_you_mean, quoted
from scopeguard.file_marks import FileMarks
from scopeguard.guard import Guard
from scopeguard.model.catalog import DenialCode
from scopeguard.model.codes import UNGRANTED
from scopeguard.runtime import facts
from scopeguard.runtime.generations import program_in_force
from scopeguard.runtime.row_inspection import row_tests
from scopeguard.source import Location


def attribute_types(guard: Guard, surface: str) -> Mapping[str, str]:
    """The attributes of a surface with their declared types. Raises RequestError for an unknown surface."""
    program = program_in_force(guard)
    if surface not in program.catalog.surfaces:
        raise RequestError(f"no surface {quoted(surface)} in the catalog{nearest(surface, program.catalog.surfaces)}")
    return {name: program.types.of(f"resource.{name}", surface) for name in program.types.resource.get(surface, ())}


def actions_of(guard: Guard, surface: str) -> tuple[str, ...]:
    """Every permission and operation about a surface."""
    catalog = guard.catalog
    operations = (name for name in catalog.operations if catalog.surface_of(name) == surface)
    return (*catalog.surfaces[surface].permissions, *operations)


def invariants_of(guard: Guard) -> tuple[Invariant, ...]:
    """The invariants of the pack in force, sorted by id."""
    return program_in_force(guard).invariants


def files_in_force(guard: Guard) -> FileMarks:
    """How the files of the pack in force looked when it was read; no file where any of them changed meanwhile."""
    return dict(guard._files_read)  # noqa: SLF001  # no part of what a guard offers


def is_decided_by_facts(guard: Guard, action: str, environment: str) -> bool:
    """Whether what is decided about an action depends on facts; what they choose among remedies is not asked."""
    return facts.is_decided_by_facts(program_in_force(guard), action, environment)


def place_of(guard: Guard, rule: str) -> Location | None:
    """Where something that decided is written, by its id in ``Decision.rules``; None for what the pack has not."""
    return program_in_force(guard).place(rule)


def tests_of_rows(guard: Guard, actions: Iterable[str]) -> tuple[Test, ...]:
    """Every test that a rule about *actions* may ask of a row, whoever asks, each once.

    A value that a request gives is there as a sample of its type. Raises RequestError for an unknown action.
    """
    program = program_in_force(guard)
    found: dict[Test, None] = {}
    for action in actions:
        if action not in program.actions:
            raise RequestError(f"no action {quoted(action)} in the catalog{nearest(action, program.actions)}")
        found.update(dict.fromkeys(row_tests(program, action)))
    return tuple(found)


def denial_codes(guard: Guard, action: str) -> tuple[DenialCode, ...]:
    """Every code that a denial of *action* may have, in the order of their names.

    Raises RequestError for an unknown action.
    """
    program = program_in_force(guard)
    called = program.catalog.called(action)
    if called not in program.actions:
        raise RequestError(f"no action {quoted(action)} in the catalog{nearest(action, program.actions)}")
    denies = program.known(called).denies
    found = {code for rule in denies for code in (rule.code, rule.failing) if code is not None}
    return tuple(program.catalog.codes[code] for code in sorted(found.union(UNGRANTED)))


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean "agents"?``, to put behind a message about an unknown name; nothing where none is near."""
    hint = did_you_mean(name, known)
    return f"; {hint}" if hint else ""
