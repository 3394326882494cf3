"""The verb that writes the compiled form of a pack."""

from pathlib import Path

from scopeguard.cli import rendering
from scopeguard.cli.looking import Looked
from scopeguard.cli.writing import replace
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_file import SUFFIX
from scopeguard.compiling.pack_writing import pack
from scopeguard.errors import PolicyError, RequestError, ScopeguardError, counted, quoted
from scopeguard.guard import Guard


def compile_pack(looked: Looked, output: Path) -> None:
    """Write the compiled form of the pack that is looked at to *output* and print its digest.

    Raises RequestError for a name that guards do not take for a compiled pack, and PolicyError where the pack does
    not load or breaks an invariant; then nothing is written.
    """
    if not output.name.endswith(SUFFIX):
        raise RequestError(f"the name {quoted(output.name)} does not end in {SUFFIX}; guards know compiled packs by it")
    program = load_program(looked.whole)
    # A service that loads the file verifies nothing at start, so that it is done here.
    try:
        broken = Guard.load(looked.whole).verify() if program.invariants else ()
    except ModuleNotFoundError as error:
        raise ScopeguardError(str(error)) from None
    if broken:
        raise PolicyError(violation.of(looked.whole).diagnostic for violation in broken)
    data = pack(program)
    replace(output, data)
    rendering.print_styled(f"{output.as_posix()}: {counted(len(program.rules), 'rule')}, {program.digest}")
