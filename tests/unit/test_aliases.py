"""Names of the outside world: read at the edge, written back where asked, and never taken for one another."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from scopeguard import Context, Guard, PolicyError, Principal, RequestError, Resource
from scopeguard.cli.app import app
from scopeguard.testing import assert_allowed, assert_matrix

PACK = """
scopeguard: 1
catalog:
  surfaces:
    mail:
      actions: [read, send]
      coarse: true
      qualifiable: true
      alias: {read: [Mail.Read, "https://mail.example/auth/readonly"], send: Mail.Send}
    api_keys: {actions: [view, create, rotate], holdable_by: [member], alias: {create: CreateKey}}
  operations:
    mail.forward: {needs: "mail:send", alias: Forward}
scopes:
  workspace:read: {includes: ["*:read"], alias: user_impersonation}
roles:
  admin: {holds: ["mail:*", "api_keys:*"], alias: [Administrator, "Global Admin"]}
  reader: {holds: ["mail:read"]}
"""
PACK = PACK.replace(', "Global Admin"', ", Global_Admin")


def load(folder: Path, pack: str = PACK) -> Guard:
    """A guard for a pack."""
    folder.mkdir(exist_ok=True)
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")
    return Guard.load(folder)


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A guard for a pack whose scopes, roles and actions have other names elsewhere."""
    return load(tmp_path_factory.mktemp("aliases"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Mail.Read", "mail:read"),
        ("Mail.Read Mail.Send", "mail:read mail:send"),
        ("https://mail.example/auth/readonly openid", "mail:read openid"),
        ("user_impersonation", "workspace:read"),
        ("mail:read", "mail:read"),
        ("Mail.Read/m_1", "mail:read/m_1"),
        ("https://mail.example/auth/readonly/m_1", "mail:read/m_1"),
        ("mail.read MAIL.READ Mail.Reader Mail.Rea", "mail.read MAIL.READ Mail.Reader Mail.Rea"),
        ("Mail.Read/", "mail:read/"),
        ("Administrator Forward", "Administrator Forward"),
        ("", ""),
        ("Mail.Read  Mail.Send", "mail:read  mail:send"),
        (["Mail.Read", "mail:send"], "mail:read mail:send"),
        (("user_impersonation",), "workspace:read"),
        ([], ""),
        (None, ""),
    ],
)
def test_scopes_are_read(guard: Guard, given: Any, expected: str) -> None:
    """Each whole scope by itself, letter by letter; everything else stays as it is."""
    assert guard.scopes(given) == expected


def test_the_surface_of_an_alias(guard: Guard) -> None:
    """That of the one action which has it for a name, of an operation too."""
    found = {action: guard.catalog.surface_of(action) for action in ("Mail.Send", "CreateKey", "Forward", "Other")}
    assert found == {"Mail.Send": "mail", "CreateKey": "api_keys", "Forward": "mail", "Other": None}


@pytest.mark.parametrize(
    "given", [7, b"Mail.Read", {"Mail.Read": 1}, ["Mail.Read mail:send"], [""], [7], ["a\nb"], [None]]
)
def test_what_is_no_list_of_scopes(guard: Guard, given: Any) -> None:
    """An item with a space would be two scopes."""
    with pytest.raises(RequestError):
        guard.scopes(given)


def test_roles_are_read(guard: Guard) -> None:
    """As another system names them; a role that nobody knows holds nothing, as ever."""
    assert guard.roles(["Administrator/mail:m_1", "reader/mail:m_1"]) == ["admin/mail:m_1", "reader/mail:m_1"]
    assert guard.roles(["Administrator", "reader", "administrator", "Global_Admin"]) == [
        "admin",
        "reader",
        "administrator",
        "admin",
    ]
    for wrong in ("Administrator", None, 7, {"Administrator": 1}, [7], ["Global Admin"]):
        with pytest.raises(RequestError):
            guard.roles(wrong)  # type: ignore[arg-type]  # what a careless host gives


def test_actions_are_asked_by_either_name(guard: Guard) -> None:
    """The decision speaks of the action by its name in the pack, however it was asked for, and however often."""
    key = Principal.api_key("k", workspace="ws_1", scopes=guard.scopes("Mail.Send"))
    about = Resource("mail", "m_1", "ws_1")
    for _ in range(40):
        for action in ("Mail.Send", "mail:send", "Forward", "mail.forward"):
            decision = guard.check(key, action, about)
            assert (decision.allowed, decision.permission) == (True, "mail:send")
            assert decision.operation == ("mail.forward" if action in ("Forward", "mail.forward") else None)
        assert guard.check(key, "Mail.Read", about).code == "scope_missing"
    assert guard.check(key, "mail.send", about).code == "unmapped_action"
    assert guard.check(key, "user_impersonation", about).code == "unmapped_action"
    assert guard.check_many(key, [("Forward", about)])[0].allowed
    assert guard.explain(key, "Forward", about).decision.allowed
    with pytest.raises(RequestError):
        guard.check(key, "Mail.Send", Resource("api_keys", "m_1", "ws_1"))


@pytest.mark.parametrize("scopes", ["mail:send", "mail:send/m_1", "mail:read"])
@pytest.mark.parametrize("action", ["Mail.Send", "Forward"])
def test_an_answer_by_an_alias_is_remembered(guard: Guard, scopes: str, action: str) -> None:
    """The next question by the same name is one look-up, as by the name of the pack, and the answer is the same."""
    own = {"Mail.Send": "mail:send", "Forward": "mail.forward"}[action]
    key = Principal.api_key("k", workspace="w", scopes=scopes)
    for number in (1, 2, 1, 2):
        mail = Resource("mail", f"m_{number}", workspace="w")
        fresh = Principal.api_key("fresh", workspace="w", scopes=scopes)
        assert guard.check(key, action, mail) == guard.check(key, own, mail) == guard.check(fresh, own, mail)
    assert {action, own} <= key.bound.own[Context().group].keys()


def test_what_is_needed_is_written_where_asked(guard: Guard) -> None:
    """The first alias, in the list, in the body and in the challenge; what has none is written as it is."""
    key = Principal.api_key("k", workspace="ws_1", scopes="mail:send")
    denied = guard.check(key, "mail:read")
    assert denied.needed == ("mail:read",)
    outside = guard.outside(denied)
    assert outside.needed == ("Mail.Read",)
    assert outside.to_problem()["needed"] == ["Mail.Read"]
    assert (denied.remedy is not None, outside.remedy is not None) == (True, True)
    assert "mail:read" in str(denied.remedy)
    assert str(outside.remedy) == str(denied.remedy).replace("mail:read", "Mail.Read")
    assert 'scope="Mail.Read"' in (outside.www_authenticate() or "")
    assert 'scope="mail:read"' in (denied.www_authenticate() or "")
    assert (outside.code, outside.permission, outside.rules) == (denied.code, denied.permission, denied.rules)
    assert guard.outside(replace(denied, remedy=None)).needed == ("Mail.Read",)
    admin = Principal.member("m", workspace="ws_1", roles=guard.roles(["Administrator"]))
    minted = guard.mint(admin, "Mail.Read/m_1 mail:send")
    assert minted.provided == ("mail:read/m_1", "mail:send")
    assert guard.outside(minted).provided == ("Mail.Read/m_1", "Mail.Send")


def test_keys_are_handed_out_by_either_name(guard: Guard) -> None:
    """Minting and rotating read aliases, and hand out no more for them."""
    admin = Principal.member("m", workspace="ws_1", roles=["admin"])
    reader = Principal.member("r", workspace="ws_1", roles=["reader"])
    assert guard.mint(admin, ["Mail.Send"]).allowed
    assert not guard.mint(reader, ["Mail.Send"]).allowed
    assert guard.rotate(admin, "Mail.Send", scopes="mail:send").allowed
    assert guard.rotate(admin, "Mail.Send", scopes="mail:read").code == "rotation_changes_grants"
    assert guard.mint(admin, iter(["Mail.Send"])).provided == ("mail:send",)
    assert guard.mint(admin, "Mail.Sent").code == "scope_malformed"
    others: tuple[Any, ...] = ({"Mail.Send": True}, b"Mail.Send", 7, ["Mail.Send", 7])
    for each in others:
        with pytest.raises(RequestError):
            guard.mint(admin, each)
    assert guard.grants("Mail.Read").covers("mail:read")
    assert not guard.grants("Mail.Read").covers("mail:send")


def test_what_is_printed_is_in_the_names_of_the_pack(guard: Guard, tmp_path: Path) -> None:
    """Whatever it was asked by: an explanation, the lines of a matrix, what somebody may do, and what a test expects."""
    key = Principal.api_key("k", workspace="ws_1", scopes="mail:read")
    assert "asks mail:send\n" in f"{guard.explain(key, 'Mail.Send').question}\n"
    assert "asks Mail.Sent\n" in f"{guard.explain(key, 'Mail.Sent').question}\n"
    load(tmp_path)

    def run(*arguments: str) -> str:
        return CliRunner().invoke(app, arguments).stdout

    pack = str(tmp_path)
    lines = run(
        "matrix", pack, "-r", "Administrator", "-a", "Mail.Read", "-a", "mail:read", "-a", "Forward", "--format", "csv"
    )
    assert lines == "permission,column,answer\nmail:read,admin,allow\nmail.forward,admin,allow\n"
    assert run("what", "role:Administrator", "--pack", pack).startswith("role admin, asking as member; roles admin")
    assert run("what", "scope:Mail.Read/m_1", "--pack", pack).startswith("scope mail:read/m_1, asking as api_key")
    assert run("what", "key:bot=Mail.Read", "--pack", pack).startswith("key bot, asking as api_key")
    (tmp_path / "mail_test.yaml").write_text(
        "scopeguard: 1\ntests:\n  principals: {k: {kind: api_key, scopes: Mail.Read}}\n  matrices:\n    - id: m\n"
        "      principals: [k]\n      only: [Mail.Send]\n      table: {Mail.Send: {k: scope_missing}}\n"
        "      expect: {Mail.Send: {k: {needed: [Mail.Send]}}}\n",
        encoding="utf-8",
    )
    assert "passed: 1 cell, 0 not as expected" in run("test", pack)


def test_without_aliases_nothing_is_read(tmp_path: Path) -> None:
    """A pack of yesterday takes none of it."""
    plain = load(
        tmp_path,
        "scopeguard: 1\ncatalog: {surfaces: {mail: {actions: [read], coarse: true}}}\nroles: {a: {holds: ['mail:read']}}\n",
    )
    assert plain.scopes("Mail.Read mail:read") == "Mail.Read mail:read"
    assert plain.roles(["A", "a"]) == ["A", "a"]
    denied = plain.check(Principal.api_key("k", workspace="w", scopes=""), "mail:read")
    assert plain.outside(denied) == denied


def test_in_tests_and_compiled(tmp_path: Path) -> None:
    """Files of tests, assertions and the command name scopes, roles and actions either way, and so does a compiled pack."""
    tests = """
tests:
  principals:
    key: {kind: api_key, scopes: "Mail.Read Mail.Send/m_1", ceiling: "Mail.Read"}
    boss: {kind: member, roles: [Administrator]}
  matrices:
    - id: mail
      principals: [key, boss]
      only: [Mail.Read, "mail:send", Forward]
      table:
        Mail.Read: {key: allow, boss: allow}
        mail.forward: {boss: allow}
        Mail.Send: {boss: allow}
"""
    guard = load(tmp_path / "pack", PACK + tests)
    result = CliRunner().invoke(app, ["test", str(tmp_path / "pack")])
    assert result.exit_code == 0, result.output
    compiled = tmp_path / "pack.sgpack"
    assert CliRunner().invoke(app, ["compile", str(tmp_path / "pack"), "--output", str(compiled)]).exit_code == 0
    for each in (guard, Guard.load(compiled)):
        assert each.scopes("user_impersonation") == "workspace:read"
        key = Principal.api_key("k", workspace="ws_1", scopes=each.scopes("Mail.Read"))
        assert_allowed(each, key, "Mail.Read", Resource("mail", "m_1", "ws_1"))
        assert_matrix(each, {"key": key}, {"Mail.Read": {"key": "allow"}, "Forward": {}})
        assert each.outside(each.check(key, "Mail.Send")).needed == ("Mail.Send",)
    asked = ["check", "Mail.Read", "--pack", str(tmp_path / "pack"), "-s"]
    assert CliRunner().invoke(app, [*asked, "Mail.Read/m_1", "--resource", "m_1"]).exit_code == 0
    assert CliRunner().invoke(app, [*asked, "Mail.Read/m_1", "--resource", "m_2"]).exit_code == 1
    assert (
        CliRunner()
        .invoke(
            app, ["check", "Forward", "--pack", str(tmp_path / "pack"), "--as", "member", "--role", "Administrator"]
        )
        .exit_code
        == 0
    )


@pytest.mark.parametrize(
    "text",
    [
        "Mail Read",
        "M\u0430il.Read",
        "Mail.Read\u200b",
        "\uff2dailRead",
        'Mail"Read',
        "Mail\\\\Read",
        "",
        "M" * 129,
        "Mail\tRead",
        "Mail.\u017fend",
    ],
)
def test_v41_letters_that_look_alike(text: str, tmp_path: Path) -> None:
    """Aliases are of ASCII without spaces, quotes and backslashes: nothing that is invisible or looks like another letter."""
    written = '"' + text.replace('"', '\\"').replace("\t", "\\t") + '"'
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, PACK.replace("alias: Forward", f"alias: {written}"))
    assert {each.code for each in caught.value.diagnostics} <= {"SG124", "SG110"}


def test_a_ceiling_reads_aliases_of_roles(guard: Guard) -> None:
    """As the guard reads them elsewhere."""
    held = {"mail:read", "mail:send", "api_keys:view", "api_keys:create", "api_keys:rotate"}
    assert guard.ceiling(["Administrator"]) == guard.ceiling(["reader", "Administrator"]) == held


def test_grants_say_where_an_alias_is_read(guard: Guard) -> None:
    """They are apart from the pack that has the aliases."""
    grants = guard.grants("Mail.Read")
    with pytest.raises(RequestError, match=r"where it is an alias, Guard\.scopes gives the scope"):
        grants.covers("Mail.Read")
    assert grants.covers(guard.scopes("Mail.Read"))
