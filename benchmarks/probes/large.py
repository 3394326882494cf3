"""Prints what a pack takes: the milliseconds to load or to lint it, or the mebibytes that stay once it is loaded."""

import contextlib
import gc
import io
import os
import sys
import time
from pathlib import Path

from scopeguard import Guard, cli

EXAMPLE = Path(__file__).resolve().parents[2] / "policies" / "examples" / "conversion"
what, pack = sys.argv[1:]


def resident() -> float:
    """The mebibytes that the process holds now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def lint() -> None:
    """The command, and no finding."""
    sys.argv = ["scopeguard", "lint", pack]
    said, codes = io.StringIO(), [0]
    with contextlib.redirect_stdout(said):
        try:
            cli.main()
        except SystemExit as end:
            codes = [end.code]
    assert codes in ([0], [None]), said.getvalue()


Guard.load(EXAMPLE)  # so that what reads policies is imported
if what == "memory":
    before = resident()
    guard = Guard.load(pack)
    print(resident() - before)
else:
    started = time.process_time()
    lint() if what == "lint" else Guard.load(pack)
    print((time.process_time() - started) * 1e3)
