"""What is left of the rules for one principal: what a question names settles as much as it can."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.runtime.engine import ANY
from scopeguard.syntax.expression import TRUE

PACK = """
scopeguard: 1
catalog:
  channels: [server, dashboard]
  surfaces:
    docs: {actions: [read, write, share], coarse: true, holdable_by: [api_key, system], attributes: {owner: string}}
rules:
  - {id: there, effect: allow, on: ["docs:read"], when: has(resource.workspace) && resource.workspace == "ws_2"}
  - {id: own, effect: allow, on: ["docs:write"], when: resource.owner == "x"}
  - {id: shut, effect: deny, on: ["docs:share"], code: shut, because: It is shut}
  - {id: shut.too, effect: deny, on: ["docs:share"], code: shut_too, because: It is shut}
recovery:
  shut_too: {class: denial, status: 403, title: Shut, remedy: {text: "Wait"}}
  shut:
    class: denial
    status: 403
    title: Shut
    remedy: {text: "Call us"}
    remedies: [{when: 'has(context.channel) && context.channel == "server"', text: "Write to us"}]
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


@pytest.mark.parametrize(("channel", "remedy"), [("server", "Write to us"), ("dashboard", "Call us")])
def test_a_denial_of_everybody_says_what_fits_the_request(guard: Guard, channel: str, remedy: str) -> None:
    """Though it is a denial whatever is asked, its words are not always the same."""
    key = Principal.api_key("key_1", workspace="ws_1", scopes="docs:share")
    found = guard.check(key, "docs:share", Resource("docs", "d_1", "ws_1"), Context(channel))
    assert found.code == "shut"
    assert found.remedy is not None
    assert found.remedy.text == remedy
