"""Account pages of small packs: what a tab's state is made of, and how it is told."""

import json
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Remedy, RequestError, TabState
from scopeguard.runtime.engine import Engine

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write, purge], explicit_only: true, implies: {write: [read]}, attributes: {owner: string}}
    plans: {actions: [read], holdable_by: [member]}
    vaults: {actions: [open], holdable_by: [member]}
  permissions:
    notes.view: {grants: ["notes:read"]}
    notes.all: {grants: ["plans:read", "vaults:open"]}
    plans.view: {grants: ["plans:read"]}
    notes.view_a: {grants: ["notes:read", "plans:read"]}
    notes.manage: {grants: ["notes:write"], implies: [notes.view]}
    notes.purge: {grants: ["notes:purge"], implies: [notes.view]}
    vaults.view: {grants: ["vaults:open"]}
  attributes:
    facts: {vaults: bool}
  channels: [desk, street]
roles:
  reader: {holds: [notes.view]}
  writer: {holds: [notes.manage]}
  purger: {holds: [notes.purge, notes.manage]}
  keeper: {holds: [vaults.view, notes.view_a]}
recovery:
  not_built: {class: state, status: 403, remedy: {text: "{surface} are not built yet."}}
rules:
  - {id: notes.own, effect: deny, on: ["notes:write"], unless: resource.owner == principal.id, code: not_permitted}
  - {id: notes.kept, effect: deny, on: ["notes:purge"], code: not_permitted, because: Notes are kept}
  - {id: vaults.there, effect: deny, stage: feature, on: ["vaults:*"], unless: context.facts.vaults, code: not_built}
  - {id: desk.only, effect: deny, stage: channel, on: ["*:*"], channels: [street], code: credential_channel_forbidden}
settings:
  settings:
    - {id: notes, title: Notes, view: notes.view, manage: notes.manage}
    - {id: bin, title: Bin, view: notes.view, manage: notes.purge}
    - {id: both, title: Both, view: notes.view_a}
    - {id: vaults, title: Vaults, view: vaults.view, manage: notes.all}
    - {id: spare, title: Spare, view: notes.all}
"""
DESK = Context(channel="desk", facts={"vaults": True})


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A pack of one page."""
    folder: Path = tmp_path_factory.mktemp("pages")
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(folder)


def member(*roles: str) -> Principal:
    """A member with some roles."""
    return Principal.member("usr_1", workspace="ws_1", roles=roles)


def tabs(guard: Guard, who: Principal, context: Context = DESK) -> dict[str, TabState]:
    """The page by id."""
    return {tab.id: tab for tab in guard.settings_tabs(who, context)}


def test_what_depends_on_the_resource_counts_as_held(guard: Guard) -> None:
    """Writing one's own notes is managing notes, though the question about all of them is denied."""
    assert not guard.check(member("writer"), "notes:write", context=DESK)
    assert tabs(guard, member("writer"))["notes"].state == "manage"


def test_what_is_denied_everywhere_does_not(guard: Guard) -> None:
    """The permission is held and a rule denies all of it: the entry is there to read."""
    assert {name: tab.state for name, tab in tabs(guard, member("purger")).items()} == {
        "notes": "manage",
        "bin": "read_only",
        "both": "unavailable",
        "vaults": "unavailable",
        "spare": "unavailable",
    }


def test_an_entry_takes_all_that_its_permission_stands_for(guard: Guard) -> None:
    """Half of it is not enough, and what is needed is the permission of the entry, not the least that grants the rest."""
    both = tabs(guard, member("reader"))["both"]
    assert guard.check(member("reader"), "plans:read", context=DESK).needed == ("plans.view",)
    assert both == TabState(
        "both",
        "Both",
        "unavailable",
        "member_permission_missing",
        "nothing grants plans:read",
        ("notes.view_a",),
        ("keeper",),
        Remedy("Ask a member who holds notes.view_a (keeper).", "ask"),
    )
    assert tabs(guard, member("keeper"))["both"].state == "read_only"


def test_a_permission_that_no_role_holds_is_told_as_such(guard: Guard) -> None:
    """No role is made up, though a role may hold all that the permission stands for."""
    spare = tabs(guard, member("reader"))["spare"]
    assert (spare.needed, spare.roles) == (("notes.all",), ())
    assert spare.remedy == Remedy("Ask a member who holds notes.all (none yet).", "ask")
    assert tabs(guard, member("keeper"))["spare"].state == "read_only"


def test_what_is_not_offered_is_a_matter_of_the_registry(guard: Guard) -> None:
    """Any code of class state, with the permission and without it; not knowing is not having."""
    for context in (Context(channel="desk"), Context(channel="desk", facts={"vaults": False})):
        for who in (member("keeper"), member()):
            shown = tabs(guard, who, context)["vaults"]
            assert (shown.state, shown.code) == ("not_offered", "not_built")
            assert shown.remedy == Remedy("vaults are not built yet.")
            assert (shown.needed, shown.roles) == ((), ())
    assert tabs(guard, member("keeper"))["vaults"].state == "manage"


def test_an_earlier_stage_comes_before_what_is_not_offered(guard: Guard) -> None:
    """On the street nobody learns whether there are vaults."""
    for facts in ({"vaults": True}, {"vaults": False}, {}):
        for who in (member("keeper"), member()):
            shown = tabs(guard, who, Context(channel="street", facts=facts))
            assert {tab.code for tab in shown.values()} == {"credential_channel_forbidden"}
            assert {tab.state for tab in shown.values()} == {"unavailable"}


def test_of_two_denials_the_earlier_stage_is_told(tmp_path: Path) -> None:
    """Also where the other one is of a permission that comes first in the catalog."""
    late = "  - {id: notes.shut, effect: deny, on: ['notes:read'], code: not_permitted}\n"
    early = (
        "  - {id: plans.shut, effect: deny, stage: channel, on: ['plans:read'], code: credential_channel_forbidden}\n"
    )
    (tmp_path / "pack.yaml").write_text(PACK.replace("rules:\n", f"rules:\n{late}{early}"), encoding="utf-8")
    found = {tab.id: tab.code for tab in Guard.load(tmp_path).settings_tabs(member("keeper"), DESK)}
    assert found["both"] == "credential_channel_forbidden"
    assert found["notes"] == "not_permitted"


def test_a_key_is_told_of_scopes_and_not_of_member_permissions(guard: Guard) -> None:
    """What a service says to a key, the page says too; roles are nothing to a key."""
    key = Principal.api_key("key_1", workspace="ws_1")
    shown = tabs(guard, key)
    assert (shown["notes"].code, shown["notes"].needed) == ("explicit_grant_required", ("notes:read",))
    assert shown["notes"].roles == ()
    assert shown["vaults"].needed == ()


def test_a_page_that_the_pack_does_not_have(guard: Guard) -> None:
    """A mistake of the host, told with what to do."""
    with pytest.raises(RequestError, match=r'^the pack has no page "billing"; list its entries under "billing" in the'):
        guard.billing_panels(member("reader"), DESK)


def test_a_page_by_nearly_that_name(tmp_path: Path) -> None:
    """Is told as the likely mistake."""
    (tmp_path / "pack.yaml").write_text(PACK.replace("\n  settings:\n", "\n  setting:\n"), encoding="utf-8")
    with pytest.raises(RequestError, match=r'^the pack has no page "settings"; did you mean "setting"\?$'):
        Guard.load(tmp_path).settings_tabs(member("reader"), DESK)


def test_a_permission_that_no_question_is_kept_for(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told as a check tells it, and never taken for one that may be allowed."""
    monkeypatch.setattr(Engine, "find_for_all", lambda *_: None)
    shown = tabs(guard, member())["notes"]
    assert (shown.state, shown.code) == ("unavailable", "member_permission_missing")


@pytest.mark.parametrize("who", [None, "usr_1", {"id": "usr_1"}])
def test_a_malformed_member_is_refused(guard: Guard, who: object) -> None:
    """As a check refuses it."""
    with pytest.raises(RequestError, match="a principal must be a Principal"):
        guard.settings_tabs(who, DESK)  # type: ignore[arg-type]


@pytest.mark.parametrize("workspace", ["", "ws\n1", 7, b"ws_1"])
def test_a_malformed_workspace_is_refused(guard: Guard, workspace: object) -> None:
    """Never taken for the member's own."""
    with pytest.raises(RequestError, match="workspace"):
        guard.settings_tabs(member("reader"), DESK, workspace=workspace)  # type: ignore[arg-type]
    with pytest.raises(RequestError, match="a context must be a Context"):
        guard.settings_tabs(member("reader"), {})  # type: ignore[arg-type]


def test_a_state_prints_and_is_json(guard: Guard) -> None:
    """One line where the entry is open; code, needed and remedy where it is not."""
    shown = tabs(guard, member("writer"))
    assert str(shown["notes"]) == "Notes: manage"
    assert str(shown["both"]) == (
        "Both: unavailable [member_permission_missing]: nothing grants plans:read\n"
        "  needed: notes.view_a\n"
        "  remedy: Ask a member who holds notes.view_a (keeper)."
    )
    assert json.loads(json.dumps(shown["both"].to_dict())) == {
        "id": "both",
        "title": "Both",
        "state": "unavailable",
        "code": "member_permission_missing",
        "reason": "nothing grants plans:read",
        "needed": ["notes.view_a"],
        "roles": ["keeper"],
        "remedy": {"text": "Ask a member who holds notes.view_a (keeper).", "action": "ask", "target": None},
    }
    assert shown["notes"].to_dict()["remedy"] is None
    with pytest.raises(AttributeError):
        shown["notes"].state = "manage"  # type: ignore[misc]


DENIED = (
    '  - {id: notes.others, effect: deny, on: ["notes:*"], when: resource.owner == principal.id, code: not_permitted}\n'
)


@pytest.mark.parametrize(("rule", "author", "writer"), [("", "manage", "manage"), (DENIED, "unavailable", "read_only")])
def test_what_contradicts_itself_is_never_allowed(tmp_path: Path, rule: str, author: str, writer: str) -> None:
    """What is held on the own notes alone, and denied on just these, is nothing to manage: no list has it."""
    own = "roles:\n  author: {when: resource.owner == principal.id, holds: [notes.manage]}\n"
    pack = PACK.replace("roles:\n", own, 1).replace("rules:\n", f"rules:\n{rule}", 1)
    (tmp_path / "pack.yaml").write_text(pack, encoding="utf-8")
    guard = Guard.load(tmp_path)
    for who, state in (Principal.member("usr_2", workspace="ws_1", roles=[]), author), (member("writer"), writer):
        assert {tab.id: tab.state for tab in guard.settings_tabs(who, DESK)}["notes"] == state
        assert ("notes:write" in guard.permissions(who, DESK).conditional) is (state == "manage")
