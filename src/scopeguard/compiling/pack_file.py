"""The compiled form of a pack: a Program in one file, read without the libraries that read policies.

A file is a line with the version of the format and the digest of all that follows, and then JSON. The digest tells
damage, and says nothing of who wrote the file: whoever may write it decides what is allowed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from msgspec import DecodeError, json

from scopeguard.compiling.expressions import NODES
from scopeguard.compiling.layout import PROGRAM
from scopeguard.compiling.program import Program, Rule
from scopeguard.compiling.shapes import WORDS, MalformedError, Reading
from scopeguard.errors import Diagnostic, PolicyError, ScopeguardError, pass_on_limit
from scopeguard.limits import MAX_COMPILED_BYTES, MAX_READINGS
from scopeguard.semantics.functions.regex import MISSING
from scopeguard.semantics.functions.times import NO_ZONES
from scopeguard.semantics.needs import unmet
from scopeguard.shipped import archived_file, archived_names, base_pack, default_pack
from scopeguard.syntax.expression import Call

if TYPE_CHECKING:
    from hashlib import sha256
else:
    # hashlib brings OpenSSL along, which takes longer to load than the shipped pack. Python has the same function
    # without it, by a name that depends on its version; builds that leave it out have that of OpenSSL.
    try:
        from _sha2 import sha256
    except ImportError:
        try:
            from _sha256 import sha256
        except ImportError:
            from hashlib import sha256

Paths: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""A folder, a file, or several of them."""

SUFFIX: Final = ".sgpack"
"""How the names of compiled packs end."""

MAGIC: Final = b"scopeguard-pack"
FORMAT: Final = b"3"
LANGUAGE: Final = 1
"""The version of the policy language: what the expressions of a compiled pack mean."""

_POLICIES: Final = (".yaml", ".yml")
_TESTS: Final = ("_test.yaml", "_test.yml")

_EXTRA: Final = "pip install 'scopeguard-authz[re2]'"

_AGAIN: Final = "compile the pack again with this version of the library"


def unpack(data: bytes, name: str, *, base: str = "", sources: str | None = None) -> Program:
    """The program of a compiled pack that is called *name*, with *base* before the names of its files.

    Raises PolicyError for what is damaged, malformed or of another version, and where *sources* are others.
    """
    head, _, payload = data.partition(b"\n")
    magic, _, versioned = head.partition(b" ")
    version, _, digest = versioned.partition(b" ")
    if magic != MAGIC:
        raise _refused(name, "not a compiled pack", "`scopeguard compile` writes one")
    if version != FORMAT:
        raise _refused(name, "a compiled pack of another format", _AGAIN)
    if digest != f"sha256:{sha256(payload).hexdigest()}".encode():
        raise _refused(name, "a damaged compiled pack: its digest is another one", "copy or compile it again")
    try:
        content = json.decode(payload)
        return _program(content, name, base, sources)
    except (DecodeError, ValueError, OverflowError, RecursionError) as error:
        raise _refused(name, f"a malformed compiled pack: {error}", _AGAIN) from None


def load_packed(path: str | os.PathLike[str], *, here: str = "", base: str = "", sources: str | None = None) -> Program:
    """The program of the compiled pack at a path, which is looked up in the folder *here* where it is relative.

    Raises PolicyError as :func:`unpack`, and where there is none.
    """
    name = os.fspath(path)
    for _ in range(MAX_READINGS):
        data, is_settled = _read(os.path.join(here, name), name)
        if len(data) > MAX_COMPILED_BYTES:
            raise _refused(name, f"larger than {MAX_COMPILED_BYTES} bytes", "split the pack")
        try:
            return unpack(data, name, base=base, sources=sources)
        except PolicyError:
            # What is half written has another digest.
            if is_settled:
                raise
    raise _refused(name, "changed while it was read", "write it elsewhere and put it in place by renaming it", "SG117")


def _read(path: str, name: str) -> tuple[bytes, bool]:
    """What a file holds, and whether it was the same file, unchanged, from before to after."""
    try:
        with os.fdopen(
            os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb"
        ) as file:
            before = os.fstat(file.fileno())
            if not S_ISREG(before.st_mode):
                raise _refused(name, "not a file", None)
            data = file.read(MAX_COMPILED_BYTES + 1)
            after = os.fstat(file.fileno())
    except OSError as error:
        pass_on_limit(error)
        archived = archived_file(path)
        if archived is not None:
            return archived, True
        raise _refused(name, f"cannot be read: {(error.strerror or 'no file').lower()}", None) from None
    return data, (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


def anchored(paths: Paths) -> tuple[Paths, str]:
    """Paths as they are now, and the folder in which relative ones are looked up.

    What is read again is the same again, whatever becomes of a list or of the working directory.
    """
    try:
        here = os.getcwd()
    except OSError as error:
        pass_on_limit(error)
        # The folder is gone; whoever names absolute paths does not need it.
        here = ""
    if isinstance(paths, Sequence) and not isinstance(paths, str | bytes | bytearray):
        return tuple(os.fspath(path) if isinstance(path, os.PathLike) else path for path in paths), here
    return os.fspath(paths) if isinstance(paths, os.PathLike) else paths, here


def rooted(paths: object, here: str) -> tuple[str, ...]:
    """The paths that :func:`anchored` gives, from the root on; what is no path is left for reading to refuse."""
    named = paths if isinstance(paths, tuple) else (paths,)
    return tuple(os.path.join(here, path) for path in named if isinstance(path, str))


def chosen(paths: object, here: str, read: Callable[[], Program]) -> Program:
    """The program of what *paths* name: a compiled pack where its name says so, or else what *read* reads.

    Relative paths are looked up in the folder *here*. For the shipped pack its compiled form is taken, as long as it
    was made of the very files that are there. Raises PolicyError where neither can be used.
    """
    path = paths[0] if isinstance(paths, list | tuple) and len(paths) == 1 else paths
    name = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
    if isinstance(name, str) and name.endswith(SUFFIX):
        return load_packed(name, here=here)
    try:
        if name == default_pack():
            return load_packed(name + SUFFIX, base=name.replace(os.sep, "/"), sources=sources_of(name, base_pack()))
    except (ScopeguardError, OSError) as error:
        pass_on_limit(error)
        # It is a copy of what is in the policy files: where it cannot be used, these are read as any others.
        return read()
    return read()


def sources_of(*folders: str) -> str:
    """``sha256:`` and a digest of all that may be a policy file in some folders, by name and by bytes.

    Raises OSError where one cannot be read.
    """
    found = sha256()
    for folder in folders:
        found.update(_source_of(folder))
    return f"sha256:{found.hexdigest()}"


def _source_of(folder: str) -> bytes:
    found = sha256()
    archived = archived_names(folder)
    if archived is not None:
        for name in archived:
            if name.lower().endswith(_POLICIES) and not name.endswith(_TESTS):
                content = sha256(archived_file(os.path.join(folder, name)) or b"").digest()
                found.update(b"%s\0%s" % (os.fsencode(name), content))
        return found.digest()
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_file(follow_symlinks=False):
                if not entry.name.lower().endswith(_POLICIES) or entry.name.endswith(_TESTS):
                    continue
                with open(entry.path, "rb") as file:
                    content = sha256(file.read()).digest()
            else:
                # The shipped pack has neither folders nor links: with one it is another pack.
                content = bytes(32)
            found.update(b"%s\0%s" % (os.fsencode(entry.name), content))
    return found.digest()


def _program(content: Any, name: str, base: str, sources: str | None) -> Program:
    if type(content) is not dict or content.get("language") != LANGUAGE:
        raise _refused(name, "a compiled pack of another version of the policy language", _AGAIN)
    if set(content) != {"language", "sources", "files", "program", "nodes"}:
        raise MalformedError("language, sources, files, program and nodes were expected")
    if sources is not None and content["sources"] != sources:
        raise _refused(name, "a compiled pack of other policy files", _AGAIN)
    files = WORDS.read(content["files"], Reading([]))
    # The files beneath every pack have one name wherever they are installed, and the shipped pack has no folders.
    tables = Reading([f"{base}/{file}" if base and not file.startswith("base/") else file for file in files])
    tables.read_nodes(content["nodes"], NODES)
    program: Program = PROGRAM.read(content["program"], tables)
    _check_needs(tables, name)
    for rule in program.rules:
        if not 0 <= rule.stage < len(program.catalog.stages):
            raise MalformedError("a stage that the pack does not have")
        if any(code not in program.catalog.codes for code in _codes(rule)):
            raise MalformedError("a code that the pack does not have")
    return program


def _check_needs(tables: Reading, name: str) -> None:
    missing = unmet(node for node in tables.nodes if node.__class__ is Call)
    if missing is not None:
        no_zone = None if missing == NO_ZONES else "install the package tzdata where the system has no such zone"
        hint = _EXTRA if missing == MISSING else no_zone
        raise _refused(name, f"the pack cannot be evaluated here: {missing}", hint, "SG118")


def _codes(rule: Rule) -> tuple[str | None, ...]:
    given = () if rule.effect == "allow" else (rule.code,)
    return given if rule.failing is None else (*given, rule.failing)


def _refused(name: str, message: str, hint: str | None, code: str = "SG114") -> PolicyError:
    return PolicyError([Diagnostic(code, name, 1, 1, message, hint)])
