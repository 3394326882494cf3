"""Addresses and networks: one notion of them, for what a host passes in and for what conditions write.

An IPv4 address written as IPv6 (``::ffff:192.0.2.7``, RFC 4291 section 2.5.5.2) is that IPv4 address, and a network
within ``::ffff:0:0/96`` is that IPv4 network: a server that listens on both families hears IPv4 callers so. Other ways
of carrying IPv4 within IPv6 (6to4, Teredo, NAT64) name another host and stay IPv6.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
)
from typing import Final, TypeAlias

from msgspec import Struct

from scopeguard.errors import RequestError
from scopeguard.limits import MAX_INTERNED

Address: TypeAlias = IPv4Address | IPv6Address
OBJECTS: Final = (IPv4Address, IPv6Address, IPv4Network, IPv6Network)
"""What a host may pass in the place of a text; interfaces are addresses to Python."""

_LONGEST: Final = 64
"""Characters of the longest spelling, with its prefix and some more."""
_MAPPED_BITS: Final = 96
"""The prefix of the block in which IPv4 addresses are written as IPv6."""


class Cidr(Struct, frozen=True, gc=False):
    """An address with the length of its network's prefix; the bits after the prefix are kept.

    Raises RequestError for what is no interface of ``ipaddress``.
    """

    interface: IPv4Interface | IPv6Interface

    def __post_init__(self) -> None:
        if not isinstance(self.interface, IPv4Interface | IPv6Interface):
            raise RequestError(f"a network is made of an interface of ipaddress, not {type(self.interface).__name__}")

    def __str__(self) -> str:
        return self.interface.with_prefixlen

    def __repr__(self) -> str:
        return f'cidr("{self}")'


class AddressObject(Struct, frozen=True, gc=False):
    """What an attribute keeps of an object of ``ipaddress``: its canonical *text*, which is no text to a condition.

    A host's text may be spelled in any way, and is compared as it is; an object has no spelling. So only what a pack
    declares as an address or a network reads it.
    """

    text: str

    @property
    def object(self) -> Address | IPv4Interface | IPv6Interface:
        """The object of ``ipaddress`` that is kept as this one."""
        return parse_network(self.text).interface if "/" in self.text else parse_address(self.text)

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=MAX_INTERNED)
def parse_address(given: str | AddressObject) -> Address:
    """The address that a text spells. Raises ValueError for any other text, and for a zone (``fe80::1%eth0``)."""
    text = str(given)
    _refuse_zone(text)
    found = ip_address(text)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return found if mapped is None else mapped


@lru_cache(maxsize=MAX_INTERNED)
def parse_network(given: str | AddressObject) -> Cidr:
    """The network that ``address/length`` spells, or one address alone; bits after the prefix are kept.

    Raises ValueError for any other text, and for an IPv4 address written as IPv6 with a prefix that reaches beyond
    IPv4: such a network is ambiguous.
    """
    text = str(given)
    _refuse_zone(text)
    _, slash, length = text.partition("/")
    is_plain = length.isdigit() and (length == "0" or length[0] != "0")
    if slash and not is_plain:
        raise ValueError("a prefix is a whole number")
    found = ip_interface(text)
    mapped = found.ip.ipv4_mapped if isinstance(found, IPv6Interface) else None
    if mapped is None:
        return Cidr(found)
    # A prefix that reaches beyond IPv4 is below zero here, which is a ValueError.
    return Cidr(IPv4Interface((mapped, found.network.prefixlen - _MAPPED_BITS)))


def text_of(value: IPv4Address | IPv6Address | IPv4Network | IPv6Network) -> str:
    """The canonical text of an object of ``ipaddress``. Raises ValueError where ``parse_network`` does."""
    if isinstance(value, IPv4Interface | IPv6Interface | IPv4Network | IPv6Network):
        return str(parse_network(str(value)))
    return str(parse_address(str(value)))


def _refuse_zone(text: str) -> None:
    if len(text) > _LONGEST:
        raise ValueError("too long for an address")
    if "%" in text:
        raise ValueError("a zone is of one machine, and no part of an address")
