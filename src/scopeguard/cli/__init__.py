"""The command ``scopeguard``: check, explain, matrix, lint, test, fmt, compile and schema. Needs the extra ``cli``."""

import sys
from collections.abc import Callable
from typing import Final

from scopeguard.cli.ownership import find_stranger

_EXTRA: Final = frozenset({"typer", "click", "rich"})

run: Callable[[], None] | None
try:
    from scopeguard.cli.app import run
except ModuleNotFoundError as error:
    if error.name not in _EXTRA:
        raise
    run = None


def main() -> None:
    """The entry point of the installed command."""
    stranger = find_stranger()
    if stranger is not None:
        sys.stderr.write(f"{stranger}\n")
        raise SystemExit(2)
    if run is None:
        sys.stderr.write("the command needs its extra: pip install 'scopeguard-authz[cli]'\n")
        raise SystemExit(2)
    run()
