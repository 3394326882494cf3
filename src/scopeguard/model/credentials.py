"""What a host says of a credential beside who it is: its state, its networks, and scopes of other services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal, TypeAlias

from scopeguard.errors import RequestError, quoted
from scopeguard.model import addresses
from scopeguard.model.addresses import parse_network
from scopeguard.model.grant import Scopes, recognized
from scopeguard.model.input_validation import Value, address_text, attributes, bounded, identifier, name

Network: TypeAlias = IPv4Address | IPv6Address | IPv4Network | IPv6Network

Unknown: TypeAlias = Literal["refuse", "ignore"]
"""What becomes of scopes that are not of our grammar, but may be another service's."""


def credential_state(extra: Mapping[str, object] | None, **said: Value) -> Mapping[str, object]:
    """The attributes of a credential: the host's own, and what is the matter with it."""
    more = attributes(extra, "a principal's attributes")
    for key in more:
        name(key, "an attribute")
        if key in said:
            raise RequestError(f'"{key}" is an argument of its own, not an attribute')
    # False states are left out as absent ones are, so that the class of an ordinary credential says
    # that nothing is the matter with it and the rules about it fold away.
    present = {key: value for key, value in said.items() if value is not False}
    return {**more, **present}


def scopes_to_hold(scopes: Scopes, unknown: object) -> tuple[Scopes, tuple[str, ...] | None]:
    """The scopes of a token to hold, and those to ignore, where there are any."""
    if unknown == "refuse":
        return scopes, None
    if unknown != "ignore":
        raise RequestError('unknown must be "refuse" or "ignore"')
    found, others = recognized(scopes)
    return found, others or None


def flag(value: object, what: str) -> bool:
    """*value*, which is true or false. Raises RequestError otherwise."""
    if type(value) is not bool:
        raise RequestError(f"{what} must be a bool, not {type(value).__name__}")
    return value


def allowed_networks(value: object) -> tuple[str, ...] | None:
    """The networks that a key is for, as canonical texts, sorted. Raises RequestError for what is none."""
    if value is None:
        return None
    # A network is iterable too: one in the place of a list would be gone through address by address.
    if isinstance(value, (str, bytes, Mapping, *addresses.OBJECTS)) or not isinstance(value, Iterable):
        raise RequestError(f"ip_allow must be an iterable of str, not {type(value).__name__}")
    return tuple(sorted({_network(item) for item in bounded(value, "network")}))


def _network(value: object) -> str:
    what = "a network of ip_allow"
    text = address_text(value, what) if isinstance(value, addresses.OBJECTS) else identifier(value, what)
    try:
        found = parse_network(text)
    except ValueError:
        raise RequestError(f"{quoted(text)} in ip_allow is neither an address nor a network") from None
    if found.interface.ip != found.interface.network.network_address:
        # A slip of the keyboard, or one address where a whole network would be let in.
        raise RequestError(f"{quoted(text)} in ip_allow is neither an address nor a network: bits follow the prefix")
    return str(found)
