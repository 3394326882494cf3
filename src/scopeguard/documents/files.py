"""Which files make up a pack, and reading each of them once."""

import os
import re
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final

from scopeguard.documents.look import Look
from scopeguard.documents.text import INVISIBLE, decode
from scopeguard.errors import Diagnostic, pass_on_limit
from scopeguard.limits import MAX_FILE_BYTES, MAX_PACK_FILES
from scopeguard.shipped import archived_file, archived_names
from scopeguard.source import Source

SUFFIXES: Final = (".yaml", ".yml")
"""How the names of policy files end."""

TEST_SUFFIXES: Final = ("_test.yaml", "_test.yml")
"""How the names of files of tests end, which are no policy files."""

COMPILED: Final = ".sgpack"
"""How the name of a compiled pack ends."""

RELEASE: Final = "..data"
"""The link by which Kubernetes switches a mounted folder from one release of its files to the next."""

CHANGED: Final = "changed while it was read"

_REMOTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|file:|//|\\\\", re.IGNORECASE)
# A named pipe must not block the opening, and the last step must not have become a link since it was looked at.
_OPEN_FLAGS: Final = (
    os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True, order=True)
class PolicyFile:
    """A file to read: its *name* as the user would type it, and the resolved *path* behind it."""

    name: str
    path: str


@dataclass(slots=True)
class Listing:
    """Files of a pack in order, and why others were refused; *tests* in place of policy files, or policy files.

    *look* is what they are found by; relative paths are looked up in *here*.
    """

    tests: bool = False
    look: Look = field(default_factory=Look)
    here: str = ""
    files: list[PolicyFile] = field(default_factory=list)
    others: list[PolicyFile] = field(default_factory=list)
    """Files of the other sort that a folder has."""
    findings: list[Diagnostic] = field(default_factory=list)

    def refuse(self, name: str, message: str, hint: str | None = None, code: str = "SG111") -> None:
        """Add a finding about a path as a whole."""
        self.findings.append(_finding(name, message, hint, code))


def list_files(paths: object, look: Look | None = None, *, tests: bool = False, here: str = "") -> Listing:
    """The policy files of a folder (with its folders inside), a file, or a sequence of them.

    They come in the order of the paths, and within a folder sorted by name: what is defined twice is then
    reported at the path that came later, which is layered on the others. Files reached twice are listed once.
    Hidden files, tests (``*_test.yaml``) and names that do not end in ``.yaml`` or ``.yml`` are not policy files.
    With *tests* those are listed, and policy files are not; a folder without any is no mistake then.
    Relative paths are looked up in the folder *here*, the working one where it is empty. A folder with a link
    ``..data``, as Kubernetes mounts them, has the files that this leads to.
    """
    listing = Listing(tests, Look() if look is None else look, here)
    unique: dict[str, PolicyFile] = {}
    for path in _each(paths):
        _add(path, listing)
        for file in sorted(listing.files):
            unique.setdefault(file.path, file)
        listing.files.clear()
    listing.files = list(unique.values())
    for found, what in ((listing.files, "policy files"), (listing.others, "files of tests")):
        if len(found) > MAX_PACK_FILES:
            listing.refuse(found[MAX_PACK_FILES].name, f"more than {MAX_PACK_FILES} {what}")
            del found[MAX_PACK_FILES:]
    if not listing.files and not listing.findings and not tests:
        listing.refuse("<pack>", "no policy file given", "name a folder or a file", "SG112")
    return listing


def read_file(file: PolicyFile, look: Look | None = None) -> Source | Diagnostic:
    """The text of a policy file, read once and never more than the limit; or why it is refused.

    With a *look*, only of the very file that it saw: another one may be there by now, and be gone again afterwards.
    """
    try:
        descriptor = os.open(file.path, _OPEN_FLAGS)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return _finding(file.name, "not a file")
            if look is not None and not look.saw(file.path, os.fstat(descriptor)):
                return _finding(file.name, CHANGED, code="SG117")
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        pass_on_limit(error)
        archived = archived_file(file.path)
        if archived is None:
            return _finding(file.name, _reason(error))
        data = archived
    if len(data) > MAX_FILE_BYTES:
        return _finding(file.name, f"larger than {MAX_FILE_BYTES} bytes", "split it into several files", "SG108")
    return decode(file.name, data)


def _each(paths: object) -> Iterable[object]:
    if isinstance(paths, Sequence) and not isinstance(paths, str | bytes | bytearray):
        return paths
    return (paths,)


def _add(path: object, listing: Listing) -> None:
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str):
        return listing.refuse("<pack>", "path is not text", "name a folder or a file")
    name = _shown(text)
    if not text or text != name:
        return listing.refuse(name or "<pack>", "path is empty or holds a control character")
    if _REMOTE.match(text):
        return listing.refuse(name, "path is not a local one", "name a folder or a file")
    name = PurePath(text).as_posix()
    archived = archived_names(text)
    if archived is not None:
        return _add_archived(PolicyFile(name, text), archived, listing)
    try:
        resolved = listing.look.resolve(str(PurePath(listing.here, text)))
        mode = Path(resolved).lstat().st_mode
    except (OSError, ValueError) as error:
        pass_on_limit(error)
        return listing.refuse(name, _reason(error))
    if stat.S_ISDIR(mode):
        if text.endswith(SUFFIXES):
            return listing.refuse(name, "a folder named like a policy file", "rename it")
        return _add_folder(PolicyFile(name, resolved), listing)
    if not stat.S_ISREG(mode):
        return listing.refuse(name, "not a file or folder")
    if text.endswith(COMPILED):
        return listing.refuse(
            name, "not a policy file", "a compiled pack is a whole one: load it by itself, without other paths"
        )
    if not text.endswith(SUFFIXES) or text.endswith(TEST_SUFFIXES) is not listing.tests:
        what = "a file of tests" if listing.tests else "a policy file"
        return listing.refuse(name, f"not {what}", "policy files end in .yaml, and tests in _test.yaml")
    return _keep(PolicyFile(name, resolved), listing, listing.files)


def _add_archived(folder: PolicyFile, names: list[str], listing: Listing) -> None:
    """The files of a shipped folder inside an archive, which has neither links nor folders and is read as it is."""
    for name in names:
        if name.endswith(SUFFIXES) and name.endswith(TEST_SUFFIXES) is listing.tests:
            listing.files.append(PolicyFile(_join(folder.name, name), str(PurePath(folder.path, name))))


def _add_folder(root: PolicyFile, listing: Listing) -> None:
    before = len(listing.files) + len(listing.findings)
    folders = [root]
    seen: set[str] = set()
    while folders and len(listing.files) <= MAX_PACK_FILES:
        folder = folders.pop()
        if folder.path in seen:
            continue
        seen.add(folder.path)
        try:
            found = listing.look.folder(folder.path)
            release = next((entry for entry in found if entry.name == RELEASE and entry.is_symlink()), None)
            shown = [entry for entry in found if not entry.name.startswith(".") and not _leads(entry, release)]
        except OSError as error:
            pass_on_limit(error)
            listing.refuse(folder.name, _reason(error))
            continue
        if release is not None:
            _add_entry(release, PolicyFile(folder.name, release.path), root, folders, listing)
            if not shown:
                listing.look.forget(folder.path)
        for entry in shown:
            _add_entry(entry, PolicyFile(_join(folder.name, entry.name), entry.path), root, folders, listing)
    if len(listing.files) + len(listing.findings) == before and not listing.tests:
        listing.refuse(root.name, "no policy file in this folder", "policy files end in .yaml", "SG112")


def _add_entry(
    entry: os.DirEntry[str], file: PolicyFile, root: PolicyFile, folders: list[PolicyFile], listing: Listing
) -> None:
    shown = _shown(file.name)
    is_release = entry.name == RELEASE
    try:
        resolved = listing.look.resolve(entry.path) if entry.is_symlink() else entry.path
        is_folder = stat.S_ISDIR(Path(resolved).lstat().st_mode)
    except OSError as error:
        pass_on_limit(error)
        return listing.refuse(shown, _reason(error))
    if is_release and not is_folder:
        return listing.refuse(shown, f"{RELEASE} does not lead to a folder")
    if entry.name.endswith(TEST_SUFFIXES) is not listing.tests and not is_folder:
        if not listing.tests:
            _keep(PolicyFile(shown, resolved), listing, listing.others)
        return None
    if not is_folder and not entry.name.lower().endswith(SUFFIXES):
        return None
    if shown != file.name:
        return listing.refuse(shown, "name holds a control character", "rename it")
    if os.path.commonpath((root.path, resolved)) != root.path:
        return listing.refuse(shown, "a symbolic link that leaves its folder", "copy the file, or name its folder too")
    if is_folder:
        if entry.name.endswith(SUFFIXES):
            return listing.refuse(shown, "a folder named like a policy file", "rename it")
        if entry.is_symlink() and not is_release:
            return listing.refuse(shown, "a symbolic link to a folder", "name that folder too")
        folders.append(PolicyFile(file.name, resolved))
        return None
    if not entry.name.endswith(SUFFIXES):
        return listing.refuse(shown, "not a policy file", "write its ending in lower case")
    return _keep(PolicyFile(file.name, resolved), listing, listing.files)


def _keep(file: PolicyFile, listing: Listing, kept: list[PolicyFile]) -> None:
    try:
        listing.look.file(file.path)
    except OSError as error:
        pass_on_limit(error)
        return listing.refuse(file.name, _reason(error))
    kept.append(file)
    return None


def _leads(entry: os.DirEntry[str], release: os.DirEntry[str] | None) -> bool:
    """Whether an entry is but the link to what has its name in the release beside it."""
    return release is not None and entry.is_symlink() and Path(entry.path).readlink() == Path(release.name, entry.name)


def _finding(name: str, message: str, hint: str | None = None, code: str = "SG111") -> Diagnostic:
    return Diagnostic(code, name, 1, 1, message, hint)


def _reason(error: OSError | ValueError) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return f"cannot be read: {said.lower()}" if said else "cannot be read"


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder.rstrip('/')}/{name}"


def _shown(path: str) -> str:
    escaped = INVISIBLE.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), path)
    return escaped.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
