"""From a Program to its compiled form, which :mod:`scopeguard.compiling.pack_file` reads."""

import json
from hashlib import sha256

from scopeguard.compiling.layout import PROGRAM
from scopeguard.compiling.pack_file import FORMAT, LANGUAGE, MAGIC, unpack
from scopeguard.compiling.program import Program
from scopeguard.compiling.shapes import Writing


def pack(program: Program, *, base: str = "", sources: str | None = None) -> bytes:
    """A program as a compiled pack. *base* is a folder that the names of its files are written without.

    *sources* is a digest of what it was compiled from, for those who know these to compare. Raises PolicyError where
    the program is beyond the limits of what is read.
    """
    tables = Writing()
    rows = PROGRAM.write(program, tables)
    head = f"{base}/"
    files = [name.removeprefix(head) if base else name for name in tables.files]
    content = {"language": LANGUAGE, "sources": sources, "files": files, "program": rows, "nodes": tables.rows}
    payload = f"{json.dumps(content, separators=(',', ':'))}\n".encode("ascii")
    data = b"%s %s sha256:%s\n%s" % (MAGIC, FORMAT, sha256(payload).hexdigest().encode(), payload)
    unpack(data, program.digest, base=base)
    return data
