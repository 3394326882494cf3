"""The cases of the public corpus for query planners: a condition over one table, and the rows that it selects."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from scopeguard import Context, Guard, PolicyError, Principal
from tests.conformance.data import FOLDER

CORPUS: Final = json.loads((FOLDER / "filters" / "filters.json").read_text(encoding="utf-8"))
TYPES: Final[Mapping[str, str]] = CORPUS["types"]
CASES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    case["id"]: (case["condition"], frozenset(case["rows"])) for case in CORPUS["cases"]
}
CONTEXT: Final = Context("server", now=datetime.fromisoformat("2026-01-01T00:00:00Z"))
PRINCIPAL: Final = Principal.api_key("u1", workspace="w", attributes=CORPUS["principal"])


@cache
def rows() -> tuple[dict[str, Any], ...]:
    """The table, its times as moments."""
    return tuple(
        {
            name: datetime.fromisoformat(value) if TYPES.get(name) == "timestamp" and value is not None else value
            for name, value in row.items()
        }
        | {"workspace": "w"}
        for row in CORPUS["rows"]
    )


def guard_of(condition: str, folder: Path) -> Guard:
    """A guard with one rule that allows. A case that no pack may hold is skipped."""
    attributes = {
        name: "list(string)" if isinstance(value, list) else "string" for name, value in CORPUS["principal"].items()
    }
    pack = {
        "scopeguard": 1,
        "catalog": {
            "attributes": {"principal": attributes},
            "surfaces": {"docs": {"actions": ["read"], "coarse": True, "attributes": dict(TYPES)}},
        },
        "rules": [
            {"id": "case", "effect": "allow", "kinds": ["api_key"], "on": ["docs:read"], "when": condition}
        ],
    }  # fmt: skip
    file = folder / "pack.yaml"
    file.write_text(json.dumps(pack, ensure_ascii=False), encoding="utf-8")
    try:
        return Guard.load(file)
    except PolicyError as error:
        if [each.code for each in error.diagnostics if each.severity == "error"] != ["SG512"]:
            raise
        pytest.skip(f"refused where it is loaded: {error}")
