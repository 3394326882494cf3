"""Rotate them when ownership changes: provider credentials."""

from datetime import timedelta
from itertools import product

import pytest

from scopeguard import Context, Guard, Resource
from tests.seed import tables, world

CREDENTIALS = "rotate_provider_credentials"
KEYS = "rotate_keys_created_by"
SECOND = timedelta(seconds=1)
PROVIDERS = (*tables.VIEWS["providers"], *tables.MANAGES["providers"])


def advice(guard: Guard, action: str, roles: tuple[str, ...], new: tuple[str, ...] | None = None) -> set[str]:
    """What an owner who changes a member is told to do afterwards."""
    attributes = {"roles": roles} if new is None else {"roles": roles, "new_roles": new}
    about = Resource("members", "usr_2", world.WORKSPACE, attributes)
    decision = guard.check(world.member("owner"), action, about, world.context("dashboard"))
    assert decision.allowed, decision
    return {each.code for each in decision.advice}


@pytest.mark.parametrize(("role", "new"), list(product(tables.ROLES, tables.ROLES)))
def test_s23b_a_changed_role(guard: Guard, role: str, new: str) -> None:
    """All pairs of roles: credentials where somebody became an owner or ceased to be one, keys where a role was lost."""
    expected = {CREDENTIALS} if (role == "owner") is not (new == "owner") else set()
    expected |= {KEYS} if role != new else set()
    for action in ("members:change_role", "members.assign_role"):
        assert advice(guard, action, (role,), (new,)) == expected


@pytest.mark.parametrize("role", tables.ROLES)
@pytest.mark.parametrize("action", ["members:remove", "members.remove", "members:suspend", "members.suspend"])
def test_s23b_a_member_who_goes(guard: Guard, role: str, action: str) -> None:
    """An owner's going changes ownership; anybody's going leaves keys behind."""
    assert advice(guard, action, (role,)) == ({KEYS, CREDENTIALS} if role == "owner" else {KEYS})


def test_s23b_a_role_more_is_no_loss(guard: Guard) -> None:
    """Whoever keeps what they had keeps their keys; becoming an owner beside it changes ownership."""
    assert advice(guard, "members:change_role", ("viewer",), ("viewer", "developer")) == set()
    assert advice(guard, "members:change_role", ("viewer",), ("viewer", "owner")) == {CREDENTIALS}
    assert advice(guard, "members:change_role", ("owner", "viewer"), ("owner",)) == {KEYS}


def test_s23b_the_advice_says_where(guard: Guard) -> None:
    """It points to Settings, Providers."""
    about = Resource("members", "usr_2", world.WORKSPACE, {"roles": ("owner",)})
    decision = guard.check(world.member("owner"), "members:remove", about, world.context("dashboard"))
    (told,) = (each for each in decision.advice if each.code == CREDENTIALS)
    assert told.text == "Ownership has changed. Rotate the provider credentials in Settings → Providers."
    assert (told.action, told.target) == ("rotate", "settings/providers")


@pytest.mark.parametrize("permission", PROVIDERS)
@pytest.mark.parametrize(
    ("changed", "rotated", "is_told"),
    [
        (None, None, False),
        (None, world.NOW, False),
        (world.NOW, None, True),
        (world.NOW, world.NOW - SECOND, True),
        (world.NOW, world.NOW, True),
        (world.NOW, world.NOW + SECOND, False),
    ],
    ids=["never", "rotated only", "not rotated", "before", "at that time", "after"],
)
def test_s23b_until_it_is_rotated_after_that(
    guard: Guard, permission: str, changed: object, rotated: object, is_told: bool
) -> None:
    """Whoever looks at a credential, or changes it, is told for as long as it is from before the change."""
    attributes = {} if rotated is None else {"rotated_at": rotated}
    facts = world.healthy({} if changed is None else {"ownership_changed_at": changed})
    context = Context(channel="dashboard", facts=facts, now=world.NOW)
    about = Resource("providers", "prv_1", world.WORKSPACE, attributes)
    decision = guard.check(world.member("owner"), permission, about, context)
    assert decision.allowed
    assert {each.code for each in decision.advice} == ({CREDENTIALS} if is_told else set())


def test_s23b_advice_decides_nothing_and_is_for_those_who_may(guard: Guard) -> None:
    """Who may not see credentials is not told that they are due, nor does it open them to anybody."""
    facts = world.healthy({"ownership_changed_at": world.NOW})
    context = Context(channel="dashboard", facts=facts, now=world.NOW)
    for role in tables.ROLES:
        decision = guard.check(world.member(role), "providers:view", context=context)
        assert decision.allowed is (role in {"owner", "admin", "developer"})
        assert bool(decision.advice) is decision.allowed
