"""Files that are written as a whole."""

import secrets
import shutil
from pathlib import Path


def replace(path: Path, data: bytes) -> None:
    """Put a whole new file in the place of *path*, so that nobody ever reads half of one. Its mode stays as it was.

    Raises OSError with the name of *path*.
    """
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.write(data)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as error:
        # Nobody named the file that is written first.
        error.filename = path.as_posix()
        raise
    finally:
        beside.unlink(missing_ok=True)
