"""Files that are written as a whole."""

import secrets
import shutil
from pathlib import Path


def replace(path: Path, data: bytes) -> None:
    """Put a whole new file in the place of *path*, so that nobody ever reads half of one. Its mode stays as it was."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as file:
            file.write(data)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
