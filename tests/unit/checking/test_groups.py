"""Groups of surfaces: what ``@group`` reaches in each place, and the list that conditions have of it."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal

PACK = """
scopeguard: 1
catalog:
  surfaces:
    invoices: {actions: [read, write], coarse: true, group: [account, money]}
    usage:    {actions: [read], coarse: true, group: account}
    vault:    {actions: [read], explicit_only: true, group: [account, money], because: it is private}
    desk:     {actions: [read], holdable_by: [member], group: account}
    notes:    {actions: [read, write], coarse: true}
  permissions:
    account.view: {grants: ["@account:read"]}
  channels: [server, dashboard]
scopes:
  account:read: {includes: ["@account:read"]}
  money:all: {includes: ["@money:*"]}
roles:
  teller: {holds: [account.view]}
  clerk: {holds: ["@money:*"]}
rules:
  - {id: all.system, effect: allow, on: ["@account:*"], kinds: [system]}
  - {id: no.mobile, effect: deny, on: ["*:*"], when: "!(resource.surface in groups.account)", unless: context.channel == "server", code: not_permitted}
"""
DENY = '  - {id: no.money, effect: deny, on: ["@money:{read,write}"], code: not_permitted}\n'
SERVER = Context(channel="server")


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """The pack above."""
    return load(tmp_path, PACK)


def load(folder: Path, text: str) -> Guard:
    """A guard of one file."""
    (folder / "pack.yaml").write_text(text, encoding="utf-8")
    return Guard.load(folder)


@pytest.mark.parametrize(
    ("who", "held"),
    [
        (Principal.api_key("k", workspace="w", scopes="account:read"), {"invoices:read", "usage:read"}),
        (Principal.api_key("k", workspace="w", scopes="money:all"), {"invoices:read", "invoices:write"}),
        (Principal.member("m", workspace="w", roles=["teller"]), {"invoices:read", "usage:read"}),
        (Principal.member("m", workspace="w", roles=["clerk"]), {"invoices:read", "invoices:write"}),
        (Principal.system("s", workspace="w"), {"invoices:read", "invoices:write", "usage:read"}),
    ],
)
def test_what_gives_reaches_the_coarse_surfaces_of_a_group(guard: Guard, who: Principal, held: set[str]) -> None:
    """As ``*`` does: what is explicit-only has to be spelled."""
    assert set(guard.permissions(who, SERVER)) == held


def test_what_denies_reaches_all_surfaces_of_a_group(tmp_path: Path) -> None:
    """The explicit-only one too, whoever asks."""
    guard = load(tmp_path, PACK + DENY)
    key = Principal.api_key("k", workspace="w", scopes="vault:read invoices:write usage:read")
    assert set(guard.permissions(key, SERVER)) == {"usage:read"}
    assert guard.check(key, "vault:read", context=SERVER).rules == ("no.money",)


def test_conditions_have_a_group_as_a_list(guard: Guard) -> None:
    """A surface without a group is in none of them."""
    key = Principal.api_key("k", workspace="w", scopes="usage:read notes:read")
    dashboard = Context(channel="dashboard")
    assert guard.check(key, "usage:read", context=dashboard).allowed
    assert guard.check(key, "notes:read", context=dashboard).rules == ("no.mobile",)
    assert guard.check(key, "notes:read", context=SERVER).allowed


def test_the_catalog_lists_its_groups(guard: Guard) -> None:
    """In the order of the surfaces; the first that a surface names is its heading."""
    assert guard.catalog.groups == {"account": ("invoices", "usage", "vault", "desk"), "money": ("invoices", "vault")}
    assert [surface.group for surface in guard.catalog.surfaces.values()] == [
        "account",
        "account",
        "account",
        "account",
        None,
    ]


def test_a_group_of_actions_is_those_that_a_surface_has(tmp_path: Path) -> None:
    """On a named surface, on a group of surfaces and on all; never what is explicit-only or internal unless spelled."""
    guard = load(
        tmp_path,
        """
scopeguard: 1
catalog:
  action_groups: {reading: [read, view], changing: [write, wipe]}
  surfaces:
    notes: {actions: [read, write, wipe], coarse: true, group: product, internal: [wipe]}
    pages: {actions: [view], coarse: true, group: product}
    vault: {actions: [view, write], explicit_only: true, group: product, because: it is private}
    tasks: {actions: [read, write], coarse: true}
scopes:
  product:look: {includes: ["@product:@reading"]}
  all:change: {includes: ["*:@changing"]}
roles:
  reader: {holds: ["*:@reading"]}
  editor: {holds: ["*:@changing", "vault:@reading"]}
rules:
  - {id: no.jobs, effect: deny, on: ["*:@changing"], kinds: [system], code: not_permitted}
  - {id: jobs, effect: allow, on: ["@product:*"], kinds: [system]}
""",
    )
    held = {
        Principal.api_key("k", workspace="w", scopes="product:look"): {"notes:read", "pages:view"},
        Principal.api_key("k", workspace="w", scopes="all:change"): {"notes:write", "notes:wipe", "tasks:write"},
        Principal.member("m", workspace="w", roles=["reader"]): {"notes:read", "pages:view", "tasks:read"},
        Principal.member("m", workspace="w", roles=["editor"]): {"notes:write", "tasks:write", "vault:view"},
        Principal.system("s", workspace="w"): {"notes:read", "pages:view"},
    }
    for who, permissions in held.items():
        assert set(guard.permissions(who)) == permissions, who
