"""What is left of the rules for one principal: what a question names settles as much as it can."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.compiling.partial_evaluation import WorkspaceRelation
from scopeguard.compiling.truth import negated
from scopeguard.runtime.engine import ANY, OWN
from scopeguard.runtime.residuals import (
    Residual,
    ResidualGrant,
    ResidualRule,
    is_denied,
    is_never,
    remaining,
    specialised,
)
from scopeguard.syntax.expression import FALSE, TRUE, Expr, Failure, Ident, Literal, conjunction, disjunction

PACK = """
scopeguard: 1
catalog:
  channels: [server, dashboard]
  surfaces:
    folders: {actions: [read], coarse: true, qualifiable: true}
    docs:
      actions: [read, write, share, move, copy]
      coarse: true
      holdable_by: [api_key, system]
      attributes: {owner: string, folder: string}
      parent: {surface: folders, attribute: folder}
rules:
  - {id: there, effect: allow, on: ["docs:read"], when: has(resource.workspace) && resource.workspace == "ws_2"}
  - {id: own, effect: allow, on: ["docs:write"], when: resource.owner == "x"}
  - {id: shut, effect: deny, on: ["docs:share"], code: shut, because: It is shut}
  - {id: shut.too, effect: deny, on: ["docs:share"], code: shut_too, because: It is shut}
  - {id: move.own, effect: allow, on: ["docs:move"], kinds: [api_key], when: resource.owner == "x"}
  - {id: move.shut, effect: deny, on: ["docs:move"], code: not_permitted, because: It is shut}
  - {id: move.there, effect: deny, on: ["docs:move"], when: resource.folder == "f", code: not_permitted}
  - {id: copy.own, effect: allow, on: ["docs:copy"], kinds: [api_key], when: resource.owner == "x"}
  - {id: copy.shut, effect: deny, on: ["docs:copy"], stage: standing, code: not_permitted, because: It is shut}
recovery:
  shut_too: {class: denial, status: 403, title: Shut, remedy: {text: "Wait"}}
  shut:
    class: denial
    status: 403
    title: Shut
    remedy: {text: "Call us"}
    remedies: [{when: 'has(context.channel) && context.channel == "server"', text: "Write to us"}]
"""


KEY = Principal.api_key("key_1", workspace="ws_1", scopes="docs:write/folders:f")


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A pack that reads the workspace of a resource."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


@pytest.mark.parametrize(("workspace", "left"), [("ws_2", [TRUE]), ("ws_1", [])])
def test_a_workspace_that_is_named_settles_what_reads_it(tmp_path: Path, workspace: str, left: list[object]) -> None:
    """Of a page about a workspace nothing else of a resource is known. No base denies what is of another workspace."""
    (tmp_path / "pack.yaml").write_text(
        f"{PACK}pack: {{base: none, because: One rule is looked at}}\n", encoding="utf-8"
    )
    guard = Guard.load(tmp_path)
    job, about, where = Principal.system("job_1"), Resource("docs", None, workspace), Context("server")
    found, other = (
        specialised(guard._generation.residual(job, action, where, at=ANY), job, where, WorkspaceRelation.GIVEN, about)
        for action in ("docs:read", "docs:write")
    )
    assert [permit.residual for permit in found.permits] == left
    assert len(other.permits) == 1


@pytest.mark.parametrize(("channel", "remedy"), [("server", "Write to us"), ("dashboard", "Call us")])
def test_a_denial_of_everybody_says_what_fits_the_request(guard: Guard, channel: str, remedy: str) -> None:
    """Though it is a denial whatever is asked, its words are not always the same."""
    key = Principal.api_key("key_1", workspace="ws_1", scopes="docs:share")
    found = guard.check(key, "docs:share", Resource("docs", "d_1", "ws_1"), Context(channel))
    assert found.code == "shut"
    assert found.remedy is not None
    assert found.remedy.text == remedy


@pytest.mark.parametrize(
    ("attributes", "errors"),
    [({"folder": 7, "owner": "y"}, ()), ({"folder": 7}, ("own",)), ({"folder": "g"}, ("own",)), ({"owner": "y"}, ())],
)
def test_only_rules_are_told_of_as_errors(
    guard: Guard, attributes: Mapping[str, object], errors: tuple[str, ...]
) -> None:
    """What a scope is compared with may be malformed: it then grants nothing, and is no rule that anybody could mend."""
    found = guard.check(KEY, "docs:write", Resource("docs", "d_1", "ws_1", attributes), Context("server"))
    assert (found.allowed, found.errors) == (False, errors)


@pytest.mark.parametrize(
    ("action", "attributes", "code", "rules"),
    [
        ("docs:move", {"owner": "x", "folder": "g"}, "not_permitted", ("move.shut",)),
        ("docs:move", {"owner": "x", "folder": "f"}, "not_permitted", ("move.shut", "move.there")),
        ("docs:copy", {"owner": "x"}, "not_permitted", ("copy.shut",)),
        ("docs:copy", {"owner": "y"}, "scope_missing", ()),
    ],
)
def test_what_denies_everybody_is_told_beside_what_denies_some(
    guard: Guard, action: str, attributes: Mapping[str, object], code: str, rules: tuple[str, ...]
) -> None:
    """A rule that always denies settles the answer only where no other one of its stage, and no grant, is in it."""
    found = guard.check(KEY, action, Resource("docs", "d_1", "ws_1", attributes), Context("server"))
    assert (found.code, found.rules) == (code, rules)


@pytest.mark.parametrize(
    ("scopes", "action", "is_settled"),
    [
        ("folders:read", "folders:read", True),
        ("folders:read/f", "folders:read", False),
        ("docs:read", "folders:read", True),
        ("docs:read", "docs:write", False),
        ("docs:read", "docs:move", False),
        ("docs:read", "docs:share", False),
    ],
)
def test_what_every_request_gets_is_made_once(guard: Guard, scopes: str, action: str, is_settled: bool) -> None:
    """What is allowed outright, and what nothing grants; not what is open, or told in other words to some."""
    key = Principal.api_key("key_1", workspace="ws_1", scopes=scopes)
    kept = guard._generation.find(key, action, OWN, Context("server"))
    assert kept is not None
    assert kept.residual.is_settled is is_settled


OPEN, OTHER = Ident("resource.owner", absolute=True), Ident("resource.id", absolute=True)
BROKEN = Failure("broken")


def left_over(guard: Guard, denials: Sequence[Expr], permits: Sequence[Expr]) -> Residual:
    """A residual with these conditions left."""
    key = Principal.api_key("key_1", workspace="ws_1", scopes="docs:write")
    found = guard._generation.residual(key, "docs:share")
    rule = found.denials[0].rule
    return replace(
        found,
        denials=tuple(ResidualRule(rule, each) for each in denials),
        permits=tuple(ResidualGrant("by.rule", each, True) for each in permits),
    )


@pytest.mark.parametrize(
    ("denials", "permits", "whole"),
    [
        ([], [TRUE], TRUE),
        ([], [OPEN, TRUE], TRUE),
        ([], [OPEN], OPEN),
        ([], [OPEN, OTHER, BROKEN], disjunction((OPEN, OTHER))),
        ([OPEN], [TRUE], negated(OPEN)),
        ([OPEN], [OTHER], conjunction((negated(OPEN), OTHER))),
        ([OPEN, OTHER], [TRUE], conjunction((negated(OPEN), negated(OTHER)))),
        ([TRUE], [TRUE], Failure("denied")),
        ([OPEN, BROKEN], [TRUE], Failure("denied")),
        ([], [BROKEN], Failure("denied")),
        ([], [], Failure("denied")),
    ],
)
def test_the_whole_of_what_is_left(guard: Guard, denials: list[Expr], permits: list[Expr], whole: Expr) -> None:
    """Nothing denies and something allows; where it cannot be so, it is denied."""
    rest = left_over(guard, denials, permits)
    assert remaining(rest) == whole
    assert is_denied(rest) is isinstance(whole, Failure)


def test_what_is_never_true() -> None:
    """No, what has no value, and what is no truth value; of what is open nobody knows."""
    assert [is_never(each) for each in (FALSE, BROKEN, Literal("x"), TRUE, OPEN)] == [True, True, True, False, False]
