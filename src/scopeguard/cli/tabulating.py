"""Which columns and lines a matrix has, and the matrix of them."""

from collections.abc import Iterable, Sequence

from scopeguard.errors import RequestError, quoted
from scopeguard.guard import Guard
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.model.structs import replaced
from scopeguard.runtime.declared import require
from scopeguard.runtime.listing import Matrix

_WORKSPACE = "ws_1"


def chosen_actions(guard: Guard, surfaces: Iterable[str], actions: Iterable[str]) -> list[str]:
    """*actions* and all of *surfaces*; every permission without either. Raises RequestError for a misspelling."""
    catalog = guard.catalog
    chosen = [*actions]
    for name in surfaces:
        require(name, catalog.surfaces, "surface")
        chosen.extend(catalog.surfaces[name].permissions)
    return list(dict.fromkeys(chosen)) or list(catalog.permissions)


def tabulate(
    guard: Guard,
    roles: Sequence[str],
    keys: Sequence[str],
    actions: Sequence[str],
    context: Context,
    *,
    everybody: bool = False,
) -> Matrix:
    """Members of *roles* and *keys* (``name=scopes``, or scopes alone) against *actions*.

    Without either, or before them with *everybody*: every role and every coarse scope. Where *context* names no
    channel, keys come from the server and members from the dashboard. Raises RequestError for an unknown role or scope
    and for two columns of one name.
    """
    catalog = guard.catalog
    if everybody or not (roles or keys):
        roles = [*catalog.roles, *roles]
        keys = [*(scope for scope in catalog.scopes if scope not in catalog.permissions), *keys]
    members = [_member(guard, role) for role in dict.fromkeys(roles)]
    holders = [_holder(guard, text) for text in dict.fromkeys(keys)]
    _refuse_twins([name for name, _ in (*members, *holders)])
    return Matrix.joined(
        [
            guard.matrix(dict(group), actions, _usual(context, usual if usual in catalog.channels else None))
            for group, usual in ((members, "dashboard"), (holders, "server"))
        ]
    )


def _member(guard: Guard, role: str) -> tuple[str, Principal]:
    require(role, guard.catalog.roles, "role")
    return role, Principal.member(f"member.{role}", workspace=_WORKSPACE, roles=[role])


def _holder(guard: Guard, text: str) -> tuple[str, Principal]:
    name, equals, scopes = text.partition("=")
    if not name:
        raise RequestError(f"{quoted(text)} is not name=scopes")
    held = scopes if equals else name
    for scope in guard.grants(held).unknown:
        require(scope, guard.catalog.scopes, "scope")
    return name, Principal.api_key("key", workspace=_WORKSPACE, scopes=held)


def _refuse_twins(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise RequestError(f"two columns have the name {quoted(name)}; name a key as name=scopes")


def _usual(context: Context, channel: str | None) -> Context:
    return replaced(context, channel=context.channel or channel)
