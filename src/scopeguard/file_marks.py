"""Files as they look from outside: whether any of them was changed, without reading it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeAlias

from scopeguard.errors import pass_on_limit
from scopeguard.limits import MAX_MARKED_FILES

FileMarks: TypeAlias = dict[str, tuple[int, ...]]
"""Of each file: the device, the inode, the size, and the times at which its content and its inode changed last."""


def _files(paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112  # as os.walk has it
            for folder, folders, names in os.walk(path):
                below = (os.path.join(folder, name) for name in folders)  # noqa: PTH118  # as above
                # A link to a folder is a part of no pack, so that it is not followed: it may lead in a circle.
                yield from (each for each in below if os.path.islink(each))  # noqa: PTH114  # as above
                yield from (os.path.join(folder, name) for name in names)  # noqa: PTH118  # as above
        else:
            yield path


def marks_of(paths: Iterable[str]) -> FileMarks:
    """The marks of the files at *paths*, and of all below those that are folders; of no more than a bound."""
    found: FileMarks = {}
    for path in islice(_files(paths), MAX_MARKED_FILES):
        # What is not there has no mark, and may be there the next time; what no system takes never is.
        try:
            stat = os.stat(path)  # noqa: PTH116  # as above
        except ValueError:
            continue
        except OSError as error:
            pass_on_limit(error)
        else:
            found[path] = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    return found
