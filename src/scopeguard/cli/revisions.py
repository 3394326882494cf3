"""Files as they were at a revision of git, in a folder of their own: the checkout stays as it is.

They are read as git stores them, with neither attributes nor filters applied: what ``.gitattributes`` leaves out of an
archive is part of a pack all the same.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Final

from scopeguard.errors import RequestError, quoted
from scopeguard.limits import MAX_PACK_FILES

_FILES: Final = {"100644", "100755"}
_LINK: Final = "120000"
_PATIENCE: Final = 120
"""Seconds that git may take."""


@contextmanager
def checked_out(revision: str, paths: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """*paths* as they were at *revision*: how they are called in a folder, and that folder, until it is left.

    Raises RequestError where there is no git, no repository, no such revision, or none of it had one of the paths.
    """
    root = _root(paths)
    commit = _commit(revision, root)
    with TemporaryDirectory(prefix="scopeguard-") as name:
        folder = Path(os.path.realpath(name))
        here = Path(os.path.realpath(Path.cwd()))
        # Paths are shown as they were given, below the folder that stands for the working one.
        working = folder / here.relative_to(root) if here.is_relative_to(root) else folder
        working.mkdir(parents=True, exist_ok=True)
        named = []
        for path in paths:
            whole = Path(os.path.realpath(path))
            inside = whole.relative_to(root)
            _write(commit, inside, root, folder, revision)
            named.append(path if not Path(path).is_absolute() and here.is_relative_to(root) else inside.as_posix())
        yield named, str(working if here.is_relative_to(root) else folder)


def _root(paths: Sequence[str]) -> Path:
    """The repository that all paths are in."""
    if which("git") is None:
        raise RequestError("--git needs git, and there is none on the path")
    found = {_repository(path) for path in paths}
    if len(found) != 1:
        raise RequestError("the paths are in several repositories; compare one after the other")
    return found.pop()


def _repository(path: str) -> Path:
    place = Path(os.path.realpath(path))
    folder = next(each for each in (place, *place.parents) if each.is_dir())
    try:
        return Path(os.path.realpath(_git(folder, "rev-parse", "--show-toplevel").decode().rstrip("\n")))
    except RequestError:
        raise RequestError(f"{quoted(path)} is in no repository of git") from None


def _commit(revision: str, root: Path) -> str:
    if not revision or revision.startswith("-"):
        raise RequestError(f"{quoted(revision)} is no revision; write one such as origin/main")
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except RequestError:
        hint = "fetch it first; a shallow clone has the newest revision alone"
        raise RequestError(f"no revision {quoted(revision)} in this repository; {hint}") from None
    return found.decode().strip()


def _write(commit: str, inside: Path, root: Path, folder: Path, revision: str) -> None:
    """Write what a path was at a commit below *folder*."""
    asked = inside.as_posix()
    listing = _git(root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *(() if asked == "." else (asked,)))
    entries = [line.partition(b"\t") for line in listing.split(b"\0") if line]
    if not entries:
        hint = "compare a new pack with what it builds on: --base default"
        raise RequestError(f"no {quoted(asked)} at {quoted(revision)}; {hint}")
    wanted = [(head.decode().split(), os.fsdecode(name)) for head, _, name in entries]
    wanted = [(head, name) for head, name in wanted if head[0] in {*_FILES, _LINK} and _is_policy(name, asked, head[0])]
    if len(wanted) > 2 * MAX_PACK_FILES:
        raise RequestError(f"more than {2 * MAX_PACK_FILES} files in {quoted(asked)} at {quoted(revision)}")
    for (mode, _, blob), name in wanted:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        content = _git(root, "cat-file", "blob", blob)
        if mode == _LINK:
            place.unlink(missing_ok=True)
            place.symlink_to(os.fsdecode(content))
        else:
            place.write_bytes(content)


def _is_policy(name: str, asked: str, mode: str) -> bool:
    """Whether a file may be part of a pack."""
    return mode == _LINK or name == asked or name.lower().endswith((".yaml", ".yml"))


def _git(folder: Path, *arguments: str) -> bytes:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603  # the arguments are ours, and what is a revision is checked
            ["git", "-C", str(folder), *arguments],  # noqa: S607  # the git of whoever asks
            capture_output=True, check=False, timeout=_PATIENCE, env=environment,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RequestError(f"git cannot be asked: {error}") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RequestError(f"git says: {said[0] if said else done.returncode}")
    return done.stdout
