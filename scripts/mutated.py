"""Puts a change of the library in place, in functions that are there or as a module is imported; and forks for it."""

import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType

from mutants import ROOT, Mutant

BUILD = ROOT / "build" / "mutate"
TREE, SCRATCH = BUILD / "tree", BUILD / "scratch"
MEMORY = 4 << 30


def fork(work: Callable[[], int], seconds: float) -> int | None:
    """What *work* exits with in a process of its own, which says nothing; None where it takes longer."""
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.mkdir(parents=True)
    pid = os.fork()
    if pid == 0:
        status = 1
        with suppress(BaseException):  # whatever it is, the process ends here
            os.setsid()
            os.environ["PYTEST_DEBUG_TEMPROOT"] = str(SCRATCH)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 10,) * 2)
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            status = work()
        os._exit(status)
    until, done, status = time.monotonic() + seconds, 0, 0
    try:
        while not done and time.monotonic() < until:
            done, status = os.waitpid(pid, os.WNOHANG)
            time.sleep(0.002)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        if not done:
            os.waitpid(pid, 0)
    return (os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1) if done else None


def replaced(mutant: Mutant) -> list[tuple[CodeType, CodeType]] | None:
    """The functions that a change is in, as they were and as they are; None where it is in none."""
    file = TREE / mutant.file
    raw = file.read_bytes()
    old, new = (compile(text, str(file), "exec", dont_inherit=True) for text in (raw, mutant.applied(raw)))
    try:
        return list(pairs(old, new))
    except LookupError:
        return None


def pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Functions that differ; LookupError where what is run at import differs."""
    if old.co_flags & CO_OPTIMIZED and old != new:
        yield old, new
    inner = [[each for each in code.co_consts if isinstance(each, CodeType)] for code in (old, new)]
    if not old.co_flags & CO_OPTIMIZED:
        own = [
            code.replace(
                co_linetable=b"", co_consts=tuple(each for each in code.co_consts if not isinstance(each, CodeType))
            )
            for code in (old, new)
        ]
        if own[0] != own[1]:
            raise LookupError
    for before, after in zip(*inner, strict=False):
        yield from pairs(before, after)


class Instead(SourceFileLoader):
    """Finder and loader of a module with a change."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        name = mutant.file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        super().__init__(name, str(TREE / mutant.file))

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Find the one module."""
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        """The module as it is with the change."""
        file = self.get_filename(fullname)
        return compile(self.mutant.applied(Path(file).read_bytes()), file, "exec", dont_inherit=True)
