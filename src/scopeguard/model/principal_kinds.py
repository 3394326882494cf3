"""Principals out of plain parts, for those who write them down: what each kind has, and how it is made."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from scopeguard.model.principal import Principal


class PrincipalKind(Struct, frozen=True):
    """How a principal of a kind is made: the parts that it has, and the attributes that are states of it."""

    make: Callable[..., Principal]
    parts: frozenset[str]
    states: frozenset[str] = frozenset()


PRINCIPAL_KINDS: Final[Mapping[str, PrincipalKind]] = MappingProxyType(
    {
        "api_key": PrincipalKind(
            Principal.api_key,
            frozenset({"id", "workspace", "scopes", "ceiling", "attributes"}),
            frozenset({"expires_at", "not_before", "revoked", "leaked", "ip_allow"}),
        ),
        "member": PrincipalKind(
            Principal.member, frozenset({"id", "workspace", "roles", "attributes"}), frozenset({"suspended", "sso"})
        ),
        "session": PrincipalKind(
            Principal.session, frozenset({"id", "workspace", "scopes", "attributes"}), frozenset({"expires_at"})
        ),
        "system": PrincipalKind(Principal.system, frozenset({"id", "workspace", "attributes"})),
        "anonymous": PrincipalKind(Principal.anonymous, frozenset()),
        "unrecognized": PrincipalKind(Principal.unrecognized, frozenset()),
    }
)
"""By constructor, whose names are those of the kinds, and ``unrecognized``; the parts are its arguments."""


def make_principal(kind: str, parts: Mapping[str, object], attributes: Mapping[str, object]) -> Principal:
    """A principal of *kind* with those of *parts* that it has; states of the kind are among its *attributes*.

    A part that is None is left to its default. Raises RequestError for malformed values.
    """
    making = PRINCIPAL_KINDS[kind]
    given: dict[str, Any] = {name: value for name, value in parts.items() if name in making.parts and value is not None}
    if "attributes" in making.parts:
        given |= {name: value for name, value in attributes.items() if name in making.states}
        given["attributes"] = {name: value for name, value in attributes.items() if name not in making.states}
    return making.make(**given)
