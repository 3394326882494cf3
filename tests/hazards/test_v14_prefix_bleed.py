"""V14: names are compared by prefix, so that one reaches another that opens like it (SciTokens CVE-2026-32716, casbin)."""

from pathlib import Path

import pytest

from scopeguard import Resource
from tests.hazards.packs import key, load


@pytest.mark.parametrize(("scope", "resource"), [
    ("notes:read/n1", Resource("notes", "n11", "ws_1")), ("notes:read/n11", Resource("notes", "n1", "ws_1")),
    ("notes:read/n1", Resource("notes", "N1", "ws_1")), ("notes:read/n1", Resource("notes", "n1/", "ws_1")),
    ("notes:read/n1", Resource("notes", "n1 ", "ws_1")), ("notes:read/n1", Resource("notes", None, "ws_1")),
    ("notes:read", Resource("notes_x", "n1", "ws_1")), ("notes_x:read", Resource("notes", "n1", "ws_1")),
])  # fmt: skip
def test_v14_prefix_bleed(tmp_path: Path, scope: str, resource: Resource) -> None:
    """Neither a longer nor a shorter name is the same name."""
    guard = load(tmp_path)
    assert not guard.check(key(scope), f"{resource.surface}:read", resource)


def test_v14_the_same_name_is(tmp_path: Path) -> None:
    """The very same name is reached, and one whose workspace opens alike is not taken for the own one."""
    guard = load(
        tmp_path,
        '{id: own, effect: deny, stage: workspace, on: ["*:*"], unless: principal.workspace == resource.workspace, code: workspace_mismatch}',
    )
    assert guard.check(key("notes:read/n1"), "notes:read", Resource("notes", "n1", "ws_1")).allowed
    assert guard.check(key("notes:read"), "notes:read", Resource("notes", "n1", "ws_11")).code == "workspace_mismatch"
