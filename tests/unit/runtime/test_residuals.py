"""What is left of the rules for one principal: what a question names settles as much as it can."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.runtime.engine import ANY
from scopeguard.syntax.expression import TRUE

PACK = """
scopeguard: 1
catalog:
  surfaces:
    docs: {actions: [read, write], coarse: true, holdable_by: [api_key, system], attributes: {owner: string}}
rules:
  - {id: there, effect: allow, on: ["docs:read"], when: has(resource.workspace) && resource.workspace == "ws_2"}
  - {id: own, effect: allow, on: ["docs:write"], when: resource.owner == "x"}
"""


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A pack that reads the workspace of a resource."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


@pytest.mark.parametrize(("workspace", "left"), [("ws_2", [TRUE]), ("ws_1", [])])
def test_a_workspace_that_is_named_settles_what_reads_it(guard: Guard, workspace: str, left: list[object]) -> None:
    """Of a page about a workspace nothing else of a resource is known."""
    job, about = Principal.system("job_1"), Resource("docs", None, workspace)
    found = guard._generation.residual(job, "docs:read", ANY, Context("server"), about)
    assert found is not None
    assert [permit.residual for permit in found.permits] == left
    other = guard._generation.residual(job, "docs:write", ANY, Context("server"), about)
    assert other is not None
    assert other.is_of_resource
    assert len(other.permits) == 1
