"""The code that is generated for rules of the shipped pack, as it stands: a change of it is seen in review."""

import ast
import re
from datetime import UTC, datetime

import pytest

from scopeguard import Context, Guard, Principal
from scopeguard.runtime.decision_functions import cell
from scopeguard.semantics.codegen.ast_nodes import refuse_open_names
from tests.conftest import Golden
from tests.kept import engine_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GUARD = Guard.default()
SCOPES = sorted(engine_of(GUARD).program.catalog.scopes)
KEY = Principal.api_key("key_1", workspace="ws_1", scopes=SCOPES)
OWNER = Principal.member("usr_1", workspace="ws_1", roles=["owner"])
SESSION = Principal.session("ses_1", workspace="ws_1", scopes=["agents:read"], expires_at=NOW)

ASKED = {
    "a gate": (KEY, "agents.create", "server"),
    "several gates": (KEY, "voice.connect", "server"),
    "roles that are handed out": (OWNER, "members:change_role", "dashboard"),
    "a last owner": (OWNER, "members:remove", "dashboard"),
    "a freshly proven member": (OWNER, "providers:view", "dashboard"),
    "a session": (SESSION, "agents:read", "widget"),
}


@pytest.mark.parametrize("name", ASKED)
def test_code(name: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is computed twice, what most requests need comes first, and what raises is left to the evaluator."""
    principal, action, channel = ASKED[name]
    kept = engine_of(GUARD).find(principal, action, 0, Context(channel, now=NOW))
    assert kept is not None
    written: list[str] = []

    def noted(module: ast.Module, known: frozenset[str], fields: frozenset[str]) -> None:
        written.append(ast.unparse(module) + "\n")
        refuse_open_names(module, known, fields)

    monkeypatch.setattr("scopeguard.compiling.codegen.refuse_open_names", noted)
    cell(kept.residual, calls=0)
    golden(f"generated/{name.replace(' ', '_')}.txt", numbered(written[-1]))


def numbered(source: str) -> str:
    """*source* with its names counted anew, each by where it is first."""
    numbers: dict[str, int] = {}
    return re.sub(
        r"\b([kmsax])\d+\b", lambda found: f"{found[1]}{numbers.setdefault(found[0], len(numbers) + 1)}", source
    )
