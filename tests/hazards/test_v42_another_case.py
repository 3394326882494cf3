"""V42: what differs in case alone is taken for the same, by a store or a file system (OpenFGA CVE-2026-55170)."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, RequestError, Resource
from tests.hazards.packs import SERVER, editor, key, load


def test_v42_another_case_is_another_id(tmp_path: Path) -> None:
    """Ids keep their case: one that differs in case alone is another resource, another workspace, another person."""
    guard = load(
        tmp_path,
        """{id: mine, effect: deny, on: ["notes:write"], unless: resource.owner == principal.id, code: not_permitted}""",
    )
    for held, other in (("n1", "N1"), ("N1", "n1")):
        narrowed = key(f"notes:read/{held}")
        assert guard.check(narrowed, "notes:read", Resource("notes", held, "ws_1")).rules == (
            f"scope:notes:read/{held}",
        )
        assert guard.check(narrowed, "notes:read", Resource("notes", other, "ws_1")).code == "scope_missing"
        assert not guard.grants([f"notes:read/{held}"]).covers(f"notes:read/{other}")
    assert guard.check(key("notes:read"), "notes:read", Resource("notes", "n1", "WS_1")).rules == (
        "workspace.own-only",
    )
    assert guard.check(editor(), "notes:write", Resource("notes", "n1", "ws_1", {"owner": "usr_1"})).allowed
    assert guard.check(editor(), "notes:write", Resource("notes", "n1", "ws_1", {"owner": "Usr_1"})).rules == ("mine",)


def test_v42_one_row_for_each_case(tmp_path: Path) -> None:
    """Keys whose scopes differ in case alone share nothing that is remembered of them."""
    guard = load(tmp_path)
    about = {name: Resource("notes", name, "ws_1") for name in ("n1", "N1")}
    keys = {name: key(f"notes:read/{name}") for name in about}
    for _ in range(2):
        assert {(held, asked): guard.check(keys[held], "notes:read", about[asked]).allowed
                for held in keys for asked in about} == {
            ("n1", "n1"): True, ("n1", "N1"): False, ("N1", "n1"): False, ("N1", "N1"): True,
        }  # fmt: skip


def test_v42_names_have_one_case(tmp_path: Path) -> None:
    """A question or a credential with a name in another case never means the name of the catalog."""
    guard = load(tmp_path, '{id: shut, effect: deny, on: ["notes:write"], channels: [server], code: not_permitted}')
    for action in ("Notes:read", "notes:Read", "NOTES:READ"):
        assert guard.check(editor(), action).code == "unmapped_action"
    for make in (
        lambda: key("Notes:read"),
        lambda: key("notes:READ"),
        lambda: Principal.member("m", workspace="w", roles=["Editor"]),
        lambda: Resource("Notes"),
        lambda: Context(channel="Server"),
        lambda: Context(environment="Production"),
    ):
        with pytest.raises(RequestError):
            make()
    assert guard.check(editor(), "notes:write", context=SERVER).rules == ("shut",)


def test_v42_facts_keep_their_case(tmp_path: Path) -> None:
    """A fact under a name in another case is not the fact that a rule asks for, and no fact at all."""
    guard = load(
        tmp_path, '{id: ready, effect: deny, on: ["notes:read"], unless: context.facts.ready, code: not_permitted}'
    )
    assert guard.check(editor(), "notes:read", context=Context(facts={"ready": True})).allowed
    for name in ("Ready", "READY"):
        with pytest.raises(RequestError, match=f'no fact "{name}" in the catalog'):
            guard.check(editor(), "notes:read", context=Context(facts={name: True}))


@pytest.mark.parametrize("name", ["more.YAML", "more.Yaml", "more.YML"])
def test_v42_files_differ_by_their_whole_name(tmp_path: Path, name: str) -> None:
    """A policy file ends in .yaml, in that very case; one that nearly does is refused rather than left out."""
    load(tmp_path)
    (tmp_path / name).write_text("scopeguard: 1\n", encoding="utf-8")
    with pytest.raises(PolicyError, match="SG111 not a policy file; write its ending in lower case"):
        Guard.load(tmp_path)


def test_v42_both_of_two_files_are_read(tmp_path: Path) -> None:
    """Where names of files that differ in case alone are two files, both are of the pack."""
    load(tmp_path)
    for file, name in (("rules.yaml", "first"), ("Rules.yaml", "second")):
        rule = f"{{id: {name}, effect: deny, on: ['notes:read'], code: not_permitted}}"
        (tmp_path / file).write_text(f"scopeguard: 1\nrules: [{rule}]\n", encoding="utf-8")
    if len(list(tmp_path.iterdir())) != 3:
        pytest.skip("the file system takes names that differ in case for the same")
    assert Guard.load(tmp_path).check(editor(), "notes:read").rules == ("first", "second")
