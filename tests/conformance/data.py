"""Where the data stands that nobody here wrote: beside the project, or where SCOPEGUARD_CONFORMANCE says."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("SCOPEGUARD_CONFORMANCE", Path(__file__).resolve().parents[3] / "shared" / "conformance"))


def read(name: str) -> Any:
    """A file of the data as plain values; where the data is not there the test is skipped, and fails in CI."""
    file = FOLDER / name
    if not file.is_file():
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing(f"no conformance data at {file}; SCOPEGUARD_CONFORMANCE may name its folder")
    return json.loads(file.read_text(encoding="utf-8"))
