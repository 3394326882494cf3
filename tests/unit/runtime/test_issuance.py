"""What an authorization server asks before it hands out a key, and each of its refusals by code."""

from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Decision, Guard, Principal

DASHBOARD = Context(channel="dashboard")
OVERLAY = """
scopeguard: 1
rules:
  - id: overlay.no-agents
    effect: deny
    on: ["agents:write"]
    roles: [admin]
    code: not_permitted
    because: Admins build no agents here
  - id: overlay.unpaid
    effect: deny
    stage: payment
    on: ["schedules:write"]
    code: payment_due
    when: has(context.facts.unpaid) && context.facts.unpaid
catalog:
  attributes:
    facts: {unpaid: bool}
recovery:
  payment_due: {class: recovery, status: 402, remedy: {text: Pay the open invoice.}}
"""


@pytest.fixture(scope="module")
def guard() -> Guard:
    """The shipped pack."""
    return Guard.default()


@pytest.fixture(scope="module")
def owner() -> Principal:
    """A member who may do everything that members may."""
    return Principal.member("usr_1", workspace="ws_1", roles=["owner"])


def mint(guard: Guard, actor: Principal, scopes: object, context: Context = DASHBOARD) -> Decision:
    """Ask with whatever a caller might pass for scopes."""
    return guard.mint(actor, scopes, context)  # type: ignore[arg-type]


def test_an_owner_hands_out_scopes(guard: Guard, owner: Principal) -> None:
    """What is allowed comes back as the canonical list: sorted, each once."""
    decision = mint(guard, owner, "agents:write agents:read agents:write")
    assert decision.allowed
    assert decision.provided == ("agents:read", "agents:write")
    assert mint(guard, owner, ["workspace:read"]).provided == ("workspace:read",)


def test_sensitive_scopes_are_named_one_by_one(guard: Guard, owner: Principal) -> None:
    """Who holds settings.api_keys.grant_sensitive may hand out explicit-only scopes; a coarse scope never has them."""
    assert mint(guard, owner, "collected_data:read").provided == ("collected_data:read",)
    assert not guard.grants("workspace:write").covers("collected_data:read")


MALFORMED = [
    *("agents:*", "*:read", "agents:read,agents:write", "Agents:read", "agents", "agents:read\n", "agents\uff1aread"),
    *("agents:read/../x", ["agents:read agents:write"], ["agents:read", "agents"]),
]


@pytest.mark.parametrize("scopes", MALFORMED, ids=repr)
def test_malformed_scopes(guard: Guard, owner: Principal, scopes: object) -> None:
    """What is no scope is refused whole: nothing of the rest is handed out."""
    decision = mint(guard, owner, scopes)
    assert (decision.effect, decision.code, decision.provided) == ("deny", "scope_malformed", ())


@pytest.mark.parametrize("scopes", [None, "", "  ", [], ()], ids=repr)
def test_a_key_needs_a_scope(guard: Guard, owner: Principal, scopes: object) -> None:
    """An empty list is refused, and never stands for everything."""
    decision = mint(guard, owner, scopes)
    assert (decision.code, decision.reason) == ("scopes_empty", "a key needs at least one scope")


def test_unknown_scopes(guard: Guard, owner: Principal) -> None:
    """A scope the catalog does not have is refused by name, with the nearest one that it has."""
    decision = mint(guard, owner, "agents:read agents:wrte")
    assert decision.code == "scope_unknown"
    assert decision.reason == 'unknown scope "agents:wrte"; did you mean "agents:write"?'
    assert mint(guard, owner, "zzz:zzz").reason == 'unknown scope "zzz:zzz"'


@pytest.mark.parametrize("scope", ["api_keys:create", "members:invite", "billing:view", "api_keys:create/key_1"])
def test_scopes_that_no_key_may_hold(guard: Guard, owner: Principal, scope: str) -> None:
    """Key management and the account pages are for members: no key ever gets them, not even from an owner."""
    decision = mint(guard, owner, ["agents:read", scope])
    assert (decision.code, decision.reason) == ("scope_not_holdable", f'no key may hold "{scope}"')


def test_inert_scopes_grant_nothing(guard: Guard, owner: Principal, tmp_path: Path) -> None:
    """A scope that is known only as without effect is not handed out."""
    (tmp_path / "old.yaml").write_text(
        "scopeguard: 1\nscopes:\n  legacy:read: {inert: true, because: it was retired}\n", encoding="utf-8"
    )
    decision = mint(Guard.default(tmp_path), owner, "legacy:read")
    assert (decision.code, decision.reason) == ("scope_unknown", 'the scope "legacy:read" grants nothing')


@pytest.mark.parametrize("role", ["billing", "viewer", "analyst"])
def test_who_may_create_no_key(guard: Guard, role: str) -> None:
    """Minting is first of all creating a key: without that permission the answer is the ordinary denial."""
    actor = Principal.member("usr_2", workspace="ws_1", roles=[role] if role in guard.catalog.roles else [])
    decision = mint(guard, actor, "agents:read")
    assert (decision.permission, decision.code) == ("api_keys:create", "member_permission_missing")


def test_a_key_mints_no_key(guard: Guard) -> None:
    """A key never manages keys, whatever it holds."""
    key = Principal.api_key("key_1", workspace="ws_1", scopes=sorted(guard.catalog.scopes))
    assert mint(guard, key, "agents:read", Context(channel="server")).code == "dashboard_only"
    assert guard.rotate(key, "agents:read", Context(channel="server")).code == "dashboard_only"


def test_only_in_the_dashboard(guard: Guard, owner: Principal) -> None:
    """Keys are managed in the dashboard; the same owner through another channel is refused."""
    assert mint(guard, owner, "agents:read", Context(channel="server")).code == "dashboard_only"
    assert mint(guard, owner, "agents:read", Context()).code == "dashboard_only"


def pack_with_role(folder: Path, holds: list[str]) -> Guard:
    """The shipped pack with one more role."""
    listed = ", ".join(f'"{text}"' for text in holds)
    (folder / "role.yaml").write_text(
        f"scopeguard: 1\nroles:\n  keeper: {{holds: [{listed}], rank: 5, loosens: It keeps keys}}\n", "utf-8"
    )
    return Guard.default(folder)


def test_no_grant_exceeds_the_actor(tmp_path: Path) -> None:
    """A member hands out only what it holds itself, and is told what it lacks."""
    guard = pack_with_role(tmp_path, ["settings.api_keys.manage", "agents:read"])
    keeper = Principal.member("usr_3", workspace="ws_1", roles=["keeper"])
    assert mint(guard, keeper, "agents:read").allowed
    decision = mint(guard, keeper, "agents:read agents:write")
    assert decision.code == "grant_exceeds_actor"
    assert decision.reason == '"agents:write" grants more than the actor holds: agents:write'
    assert mint(guard, keeper, "agents:write/agt_1").code == "grant_exceeds_actor"
    assert mint(guard, keeper, "workspace:read").code == "grant_exceeds_actor"


def test_sensitive_scopes_need_a_permission_of_their_own(tmp_path: Path) -> None:
    """Holding collected data and managing keys is not enough to hand collected data out."""
    guard = pack_with_role(tmp_path, ["settings.api_keys.manage", "collected_data:read"])
    decision = mint(guard, Principal.member("usr_3", workspace="ws_1", roles=["keeper"]), "collected_data:read")
    assert decision.code == "sensitive_grant_forbidden"
    assert decision.needed == ("settings.api_keys.grant_sensitive",)
    assert decision.reason == '"collected_data:read" is explicit-only, and the actor may not hand out such scopes'


def test_a_denied_right_is_no_right(tmp_path: Path) -> None:
    """A role may hold what a rule denies: then its member cannot hand it out either. An open invoice takes no right."""
    (tmp_path / "overlay.yaml").write_text(OVERLAY, encoding="utf-8")
    guard = Guard.default(tmp_path)
    admin = Principal.member("usr_4", workspace="ws_1", roles=["admin"])
    assert mint(guard, admin, "agents:write").code == "grant_exceeds_actor"
    assert mint(guard, admin, "agents:write/agt_1").code == "grant_exceeds_actor"
    assert mint(guard, admin, "agents:read").allowed
    unpaid = Context(channel="dashboard", facts={"unpaid": True})
    assert guard.check(admin, "schedules:write", context=unpaid).code == "payment_due"
    assert mint(guard, admin, "schedules:write", unpaid).allowed


def test_rotation_keeps_the_grants(guard: Guard, owner: Principal) -> None:
    """A rotated key has the very same scopes: asking for the same in other words is fine, for any other is not."""
    held = "agents:read schedules:write"
    assert guard.rotate(owner, held, DASHBOARD).provided == ("agents:read", "schedules:write")
    assert guard.rotate(owner, held, DASHBOARD, scopes=["schedules:write", "agents:read"]).allowed
    for other in ("agents:read", "agents:write schedules:write", held + " notes:read", ""):
        decision = guard.rotate(owner, held, DASHBOARD, scopes=other)
        assert (decision.code, decision.provided) == ("rotation_changes_grants", ())


def test_rotation_of_malformed_scopes(guard: Guard, owner: Principal) -> None:
    """What is stored or asked for and is no list of scopes is refused."""
    assert guard.rotate(owner, "agents:*", DASHBOARD).code == "scope_malformed"
    assert guard.rotate(owner, "agents:read", DASHBOARD, scopes="agents:*").code == "scope_malformed"


def test_a_refusal_is_a_whole_decision(guard: Guard, owner: Principal) -> None:
    """It names the permission that was asked for, a stage, a status and a remedy, and is false."""
    decision = mint(guard, owner, "agents:wrte")
    assert not decision
    assert (decision.permission, decision.stage, decision.status) == ("api_keys:create", "permission", 400)
    assert decision.remedy is not None
    assert decision.policy_digest == guard.digest


@pytest.mark.parametrize("held", [None, "", []])
@pytest.mark.parametrize("scopes", [None, "", []])
def test_a_key_without_scopes_is_not_rotated(guard: Guard, owner: Principal, held: Any, scopes: Any) -> None:
    """However a host writes that there are none; that is no change of its grants."""
    assert guard.rotate(owner, held, DASHBOARD, scopes=scopes).code == "scopes_empty"


@pytest.mark.parametrize("role", ["owner", "admin", "developer", "billing", "viewer"])
@pytest.mark.parametrize("channel", ["dashboard", "server"])
def test_what_may_be_handed_out_is_what_mint_lets_out(guard: Guard, role: str, channel: str) -> None:
    """Each scope by itself, in the order of the catalog; and no observer hears of it."""
    actor, context = Principal.member("usr_1", workspace="ws_1", roles=[role]), Context(channel=channel)
    heard: list[Decision] = []
    stop = guard.observe(lambda decision, _: heard.append(decision))
    found = guard.mintable(actor, context)
    stop()

    assert heard == []
    assert list(found) == [scope for scope in guard.catalog.scopes if guard.mint(actor, scope, context)]


def test_who_hands_out_explicit_scopes(guard: Guard) -> None:
    """An owner; an admin has the coarse ones, a developer neither."""
    offered = {
        role: guard.mintable(Principal.member("usr_1", workspace="ws_1", roles=[role]), DASHBOARD)
        for role in ("owner", "admin", "developer", "viewer")
    }
    telling = ["workspace:write", "webhooks:admin", "webhooks:read", "agents:write"]
    assert {role: [scope for scope in telling if scope in found] for role, found in offered.items()} == {
        "owner": ["workspace:write", "webhooks:admin", "agents:write"],
        "admin": ["workspace:write", "agents:write"],
        "developer": ["agents:write"],
        "viewer": [],
    }
