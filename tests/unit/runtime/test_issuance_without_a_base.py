"""Keys of a pack that does without the base: what is handed out, and whose."""

from pathlib import Path

import pytest

from scopeguard import Guard, Principal

PACK = """
scopeguard: 1
pack: {base: none, because: Its host looks at workspaces and credentials itself}
catalog:
  surfaces:
    notes: {actions: [read], coarse: true}
    api_keys: {actions: [create, rotate, grant_sensitive], holdable_by: [member, system]}
rules:
  - {id: jobs, effect: allow, on: ["api_keys:*", "notes:read"], kinds: [system]}
"""


@pytest.fixture(name="guard")
def _guard(tmp_path: Path) -> Guard:
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


@pytest.mark.parametrize(("workspace", "code"), [("w", None), ("x", "workspace_mismatch")])
def test_a_key_of_another_workspace_is_not_rotated(guard: Guard, workspace: str, code: str | None) -> None:
    """Whatever rules say of resources of other workspaces."""
    key = Principal.api_key("k", workspace=workspace, scopes="notes:read")
    assert guard.rotate(Principal.system("job", workspace="w"), key).code == code


@pytest.mark.parametrize("workspace", ["w", None])
def test_who_has_no_workspace_hands_out_keys_too(guard: Guard, workspace: str | None) -> None:
    """Those that it may use itself."""
    job = Principal.system("job", workspace=workspace)
    assert guard.mint(job, "notes:read").provided == ("notes:read",)
