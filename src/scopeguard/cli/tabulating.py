"""Which columns and lines a matrix has, and the matrix of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from scopeguard.cli.asking import assignments, context
from scopeguard.cli.declared import require_role
from scopeguard.errors import RequestError, quoted
from scopeguard.guard import Guard
from scopeguard.model.principal import Principal
from scopeguard.model.principal_kinds import PRINCIPAL_KINDS, make_principal
from scopeguard.model.structs import replaced
from scopeguard.runtime.declared import require
from scopeguard.runtime.matrix import Matrix

_IDENTITY: Final = "any"
"""Who a column is about by its id, and of which workspace, is open: no cell tells it."""
_USUAL_CHANNELS: Final[Mapping[str, str]] = MappingProxyType({"api_key": "server", "member": "dashboard"})
_HOLDING_NOTHING: Final = ("session", "system", "anonymous")
"""Kinds of principals that act by rules, for the most part."""


def chosen_actions(guard: Guard, surfaces: Iterable[str], actions: Iterable[str]) -> list[str]:
    """*actions* and all of *surfaces*; every permission without either. Raises RequestError for a misspelling."""
    catalog = guard.catalog
    chosen = list(map(catalog.called, actions))
    for name in surfaces:
        require(name, catalog.surfaces, "surface")
        chosen.extend(catalog.surfaces[name].permissions)
    return list(dict.fromkeys(chosen)) or list(catalog.permissions)


@dataclass(frozen=True, slots=True)
class ColumnOptions:
    """Columns as options of a command spell them; *keys* and *sessions* as ``name=scopes``, or scopes alone."""

    roles: Sequence[str] = ()
    keys: Sequence[str] = ()
    sessions: Sequence[str] = ()
    kinds: Sequence[str] = ()
    everybody: bool = False
    configured: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Scopes of keys by name, which have columns wherever every role has one."""

    def principals(self, guard: Guard, attributes: Mapping[str, Any]) -> dict[str, Principal]:
        """Who asks in each column.

        Without any, or before them with *everybody*: every role, every coarse scope, and every kind that holds neither.
        Raises RequestError for an unknown role or scope, and for two columns of one name.
        """
        found: dict[str, Principal] = {}
        for name, kind, parts in self._columns(guard):
            if name in found:
                raise RequestError(f"two columns have the name {quoted(name)}; name a key as name=scopes")
            found[name] = _made(kind, parts, attributes)
        return found

    @property
    def _configured(self) -> list[str]:
        return [f"{name}={scopes}" for name, scopes in self.configured.items()]

    def _columns(self, guard: Guard) -> Iterator[tuple[str, str, dict[str, object]]]:
        catalog = guard.catalog
        roles, keys, kinds = [*self.roles], [*self.keys], [*self.kinds]
        if self.everybody or not (roles or keys or self.sessions or kinds):
            roles = [*catalog.roles, *roles]
            keys = [*(scope for scope in catalog.scopes if scope not in catalog.permissions), *self._configured, *keys]
            kinds = [*_HOLDING_NOTHING, *kinds]
        for role in dict.fromkeys(guard.roles(roles)):
            require_role(catalog, role)
            yield role, "member", {"roles": [role]}
        for kind, texts in (("api_key", keys), ("session", self.sessions)):
            for text in dict.fromkeys(texts):
                name, held = _named_scopes(guard, text)
                yield name, kind, {"scopes": held}
        for kind in dict.fromkeys(kinds):
            # A role may be called as a kind is.
            yield f"kind:{kind}" if kind in catalog.roles else kind, kind, {}


def tabulate(
    guard: Guard,
    columns: ColumnOptions,
    actions: Sequence[str],
    *,
    channel: str | None = None,
    environment: str = "production",
    now: str | None = None,
    facts: Sequence[str] = (),
    more: Sequence[str] = (),
    attributes: Sequence[str] = (),
) -> Matrix:
    """The matrix of some columns against *actions*; what is given as ``null`` is known to be absent.

    Where no channel is given, keys come from the server and members from the dashboard. Raises RequestError.
    """
    given = {"principal": assignments(attributes), "context": assignments(more), "context.facts": assignments(facts)}
    absent = [f"{root}.{name}" for root, values in given.items() for name, value in values.items() if value is None]
    told = context(channel, environment, facts, now, more)
    by_channel: dict[str | None, dict[str, Principal]] = {}
    principals = columns.principals(guard, given["principal"])
    for name, principal in principals.items():
        usual = _USUAL_CHANNELS.get(principal.kind)
        by_channel.setdefault(usual if usual in guard.catalog.channels else None, {})[name] = principal
    return Matrix.joined(
        [
            guard.matrix(group, actions, replaced(told, channel=told.channel or usual), symbolic=True, absent=absent)
            for usual, group in by_channel.items()
        ],
        tuple(principals),
    )


def _made(kind: str, parts: Mapping[str, object], attributes: Mapping[str, Any]) -> Principal:
    others = frozenset[str]().union(*(each.states for each in PRINCIPAL_KINDS.values())) - PRINCIPAL_KINDS[kind].states
    own = {name: value for name, value in attributes.items() if name not in others}
    return make_principal(kind, {**parts, "id": _IDENTITY, "workspace": _IDENTITY}, own)


def _named_scopes(guard: Guard, text: str) -> tuple[str, str]:
    name, equals, scopes = text.partition("=")
    if not name:
        raise RequestError(f"{quoted(text)} is not name=scopes")
    held = guard.scopes(scopes if equals else name)
    for scope in guard.grants(held).unknown:
        require(scope, guard.catalog.scopes, "scope")
    return name if equals else held, held
