"""Internal permissions: nobody names them, and whoever lacks one is told what to ask for."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal

PACK = """
scopeguard: 1
catalog:
  surfaces:
    mail:
      actions: [read, write, purge, index]
      coarse: true
      qualifiable: true
      internal: [purge, index]
      implies: {write: [read], purge: [index]}
    jobs: {actions: [run], explicit_only: true, internal: true, because: rules alone start them}
    api_keys: {actions: [create], holdable_by: [member]}
  permissions:
    mail.manage: {grants: ["mail:*", "api_keys:create"]}
  channels: [server]
  environments: [production, test]
scopes:
  mail:clean: {includes: ["mail:write", "mail:purge"]}
  mail:sweep: {includes: ["mail:read", "mail:purge"]}
  mail:all: {includes: ["mail:*"]}
roles:
  editor: {holds: [mail.manage, "*:*"]}
  chief: {holds: [mail.manage], rank: 5}
rules:
  - {id: chief.purges, effect: allow, on: ["mail:purge"], roles: [chief]}
  - {id: nightly, effect: allow, on: ["jobs:run"], kinds: [system]}
  - {id: no.test, effect: deny, on: ["mail:purge"], when: 'context.channel == "server" && context.environment == "test"', code: swept}
recovery:
  swept: {remedy: {text: "Ask for {needed}."}}
"""


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """The pack above."""
    folder: Path = tmp_path_factory.mktemp("pack")
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(folder)


def key(scopes: str) -> Principal:
    """A key."""
    return Principal.api_key("k", workspace="w", scopes=scopes)


def member(*roles: str) -> Principal:
    """A member."""
    return Principal.member("m", workspace="w", roles=roles)


@pytest.mark.parametrize(
    ("who", "held"),
    [
        (key("mail:purge mail:purge/m_1 mail:index jobs:run"), set()),
        (key("mail:write"), {"mail:read", "mail:write"}),
        (key("mail:sweep"), {"mail:read", "mail:purge", "mail:index"}),
        (key("mail:all"), {"mail:read", "mail:write", "mail:purge", "mail:index"}),
        (member("editor"), {"mail:read", "mail:write", "api_keys:create"}),
        (member("chief"), {"mail:read", "mail:write", "mail:purge", "api_keys:create"}),
        (Principal.system("s", workspace="w"), {"jobs:run"}),
    ],
)
def test_only_what_scopes_include_and_rules_reach_them(guard: Guard, who: Principal, held: set[str]) -> None:
    """Neither a token that spells one, nor a star in a role, nor what another action implies."""
    assert set(guard.permissions(who)) == held


@pytest.mark.parametrize("held", ["*:purge", "files.purge"])
def test_a_pattern_of_a_role_passes_by_what_they_imply(tmp_path: Path, held: str) -> None:
    """What a star of a role does not reach brings nothing along either, here or on what lies below."""
    (tmp_path / "pack.yaml").write_text(
        f"""
scopeguard: 1
catalog:
  surfaces:
    mail: {{actions: [purge, write], coarse: true, internal: [purge], implies: {{purge: [write]}}}}
    parts: {{actions: [write], coarse: true, inherits: true, parent: {{surface: mail, attribute: mail}}, attributes: {{mail: string}}}}
    files: {{actions: [purge, write], coarse: true, implies: {{purge: [write]}}}}
  permissions:
    files.purge: {{grants: ["*:purge"]}}
roles:
  cleaner: {{holds: ["{held}"]}}
""",
        encoding="utf-8",
    )
    assert set(Guard.load(tmp_path).permissions(member("cleaner"))) == {"files:purge", "files:write"}


@pytest.mark.parametrize(
    ("who", "action", "code", "needed", "challenge"),
    [
        (key("mail:write"), "mail:purge", "scope_missing", ("mail:sweep",), 'scope="mail:sweep"'),
        (key("mail:purge"), "mail:index", "scope_missing", ("mail:sweep",), 'scope="mail:sweep"'),
        (key("mail:all"), "jobs:run", "not_permitted", (), None),
        (member("editor"), "mail:purge", "not_permitted", (), None),
        (member("editor"), "jobs:run", "not_permitted", (), None),
    ],
)
def test_a_denial_names_the_least_scope_that_would_help(
    guard: Guard, who: Principal, action: str, code: str, needed: tuple[str, ...], challenge: str | None
) -> None:
    """In what is needed, in the remedy and in the challenge; and none where no scope would."""
    decision = guard.check(who, action)
    said = f"{decision.remedy and decision.remedy.text} {decision.www_authenticate()}"
    assert (decision.code, decision.needed) == (code, needed)
    assert all(each in said for each in needed)
    assert challenge is None or challenge in said
    assert action not in said


def test_a_remedy_of_a_rule_names_no_internal_permission(guard: Guard) -> None:
    """Where a rule denies, nothing is known to be needed, and its text may still ask for it."""
    decision = guard.check(key("mail:all"), "mail:purge", context=Context(channel="server", environment="test"))
    assert decision.remedy is not None
    assert decision.remedy.text == "Ask for mail:sweep."


def test_minting_hands_out_the_scopes_that_include_them(guard: Guard) -> None:
    """By who may do all that is included; and never the internal permission itself."""
    assert guard.mint(member("chief"), "mail:read").allowed
    assert guard.mint(member("editor"), "mail:sweep").code == "grant_exceeds_actor"
    assert guard.mint(member("chief"), "mail:purge").code == "scope_unknown"


def test_explanations_propose_a_scope_that_includes_it(guard: Guard) -> None:
    """The nearest change is one that can be made."""
    assert "nearest change: grant the scope mail:sweep" in str(guard.explain(key("mail:write"), "mail:purge"))


def test_a_ceiling_lets_them_through_by_name(guard: Guard) -> None:
    """It hands nothing out: it is what the owner of a key may do."""
    limited = Principal.api_key("k", workspace="w", scopes="mail:all", ceiling="mail:purge")
    assert set(guard.permissions(limited)) == {"mail:purge", "mail:index"}


def test_a_ceiling_by_name_reaches_what_lies_below(tmp_path: Path) -> None:
    """A surface that inherits from one whose permissions no scope names is within a ceiling that names them."""
    surfaces = """
    boxes: {actions: [open], coarse: true, internal: true}
    parcels: {actions: [open], coarse: true, inherits: true, parent: {surface: boxes, attribute: box}, attributes: {box: string}}
    letters: {actions: [open], coarse: true, inherits: true, parent: {surface: parcels, attribute: parcel}, attributes: {parcel: string}}
"""
    (tmp_path / "pack.yaml").write_text(PACK.replace("\n    mail:\n", surfaces + "    mail:\n", 1), encoding="utf-8")
    below = Guard.load(tmp_path)
    scopes = "parcels:open letters:open mail:read"
    limited = Principal.api_key("k", workspace="w", scopes=scopes, ceiling="boxes:open")
    assert set(below.permissions(limited)) == {"parcels:open", "letters:open"}
    assert below.check(limited, "letters:open").allowed
    assert not below.check(limited, "mail:read").allowed
