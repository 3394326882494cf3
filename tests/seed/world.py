"""Principals and circumstances that the seed tests share."""

from typing import Final

from hypothesis import strategies as st

from scopeguard import Context, Decision, Guard, Principal, Resource, UsageEvent
from tests.seed import tables

WORKSPACE: Final = "ws_1"
ELSEWHERE: Final = "ws_2"

SERVER: Final = Context(channel="server")
DASHBOARD: Final = Context(channel="dashboard", facts={"sso_available": True})


def key(*scopes: str) -> Principal:
    """A key in force of the one workspace."""
    return Principal.api_key("key_1", workspace=WORKSPACE, scopes=scopes)


def member(*roles: str) -> Principal:
    """A member of the one workspace."""
    return Principal.member("usr_1", workspace=WORKSPACE, roles=roles)


def at(channel: str | None) -> Context:
    """A request by a channel, where everything else is as it should be."""
    return Context(channel=channel, facts={"sso_available": True})


def about(permission: str, workspace: str = WORKSPACE) -> Resource:
    """One resource of a permission's surface, with what rules about members want to know of it."""
    surface = permission.partition(":")[0]
    attributes = {"roles": ("viewer",), "new_roles": ("viewer",)} if surface == "members" else {}
    return Resource(surface, "res_1", workspace, attributes)


def allowed(guard: Guard, principal: Principal, context: Context) -> frozenset[str]:
    """The permissions of the whole catalog that are allowed, asked one by one."""
    return frozenset(
        permission
        for permission in tables.PERMISSIONS
        if guard.check(principal, permission, about(permission), context)
    )


def codes(guard: Guard, principal: Principal, permissions: tuple[str, ...], context: Context) -> set[str | None]:
    """The codes of all these permissions, each asked about a resource and about the surface."""
    return {
        decision.code
        for permission in permissions
        for decision in both(guard, principal, permission, context)
    }  # fmt: skip


def events(*environments: str) -> st.SearchStrategy[UsageEvent]:
    """Usage events of some environments, on known channels and on others."""
    return st.builds(
        UsageEvent,
        channel=st.sampled_from((*tables.CHANNELS, "kiosk")),
        modality=st.sampled_from(("text", "audio")),
        sender=st.sampled_from(("user", "agent")),
        environment=st.sampled_from(environments),
    )


def both(guard: Guard, principal: Principal, permission: str, context: Context) -> tuple[Decision, Decision]:
    """The decisions about one resource and about the surface as a whole."""
    return (
        guard.check(principal, permission, about(permission), context),
        guard.check(principal, permission, None, context),
    )
