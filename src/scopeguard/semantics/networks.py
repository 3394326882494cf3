"""Addresses and networks (the functions that Kubernetes adds to CEL), by Python's ``ipaddress``."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network
from typing import Any, Final, TypeAlias

from scopeguard.errors import EvaluationError
from scopeguard.semantics.declarations import Declaration, function, method
from scopeguard.semantics.values import Cidr

_Address: TypeAlias = IPv4Address | IPv6Address

_BROADCAST: Final = IPv4Address("255.255.255.255")
_LOCAL_MULTICAST: Final[tuple[IPv4Network | IPv6Network, ...]] = (
    *(IPv6Network(f"ff{flags:x}2::/16") for flags in range(16)),
    IPv4Network("224.0.0.0/24"),
)


def parse_address(text: str) -> _Address:
    """The address that *text* spells; one of IPv4 within IPv6 is one of IPv4.

    Raises EvaluationError for any other text, for a zone, and for ``::ffff:192.0.2.1``, which reads as both.
    """
    try:
        found = None if "%" in text else ip_address(text)
    except ValueError:
        found = None
    if found is None:
        raise EvaluationError("not an ip address")
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    if mapped is None:
        return found
    if "." in text:
        raise EvaluationError("an ipv4 address written as ipv6")
    return mapped


def parse_cidr(text: str) -> Cidr:
    """The network that ``address/length`` spells. Raises EvaluationError for any other text."""
    address, slash, length = text.partition("/")
    plain = length.isascii() and length.isdigit() and (length == "0" or length[0] != "0")
    if not slash or not plain or "%" in address or ("." in address and ":" in address):
        raise EvaluationError("not a cidr")
    try:
        return Cidr(ip_interface(text))
    except ValueError as error:
        raise EvaluationError("not a cidr") from error


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            parse(text)
        except EvaluationError:
            return False
        return True

    return test


def is_canonical(text: str) -> bool:
    """Whether an address is written as it would be printed (RFC 5952). Raises EvaluationError for no address."""
    return str(parse_address(text)) == text


def is_global_unicast(address: _Address) -> bool:
    """Whether *address* names one host and is neither loopback nor link-local; private ones are included."""
    return not (
        address == _BROADCAST
        or address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
    )


def is_local_multicast(address: _Address) -> bool:
    """Whether *address* is of a multicast group that no router forwards."""
    return any(address in network for network in _LOCAL_MULTICAST)


def contains_address(cidr: Cidr, address: _Address) -> bool:
    """Whether *address* is in the network."""
    return address in cidr.interface.network


def contains_cidr(cidr: Cidr, other: Cidr) -> bool:
    """Whether the whole of *other* is in the network."""
    length = other.interface.network.prefixlen >= cidr.interface.network.prefixlen
    return length and other.interface.ip in cidr.interface.network


def masked(cidr: Cidr) -> Cidr:
    """The network with the bits after its prefix cleared."""
    return Cidr(ip_interface(str(ip_network(str(cidr), strict=False))))


def _parsed(apply: Callable[[Cidr, Any], bool], parse: Callable[[str], Any]) -> Callable[[Cidr, str], bool]:
    return lambda cidr, text: apply(cidr, parse(text))


DECLARATIONS: Final[tuple[Declaration, ...]] = (
    function("ip", "string -> ip", parse_address),
    function("cidr", "string -> cidr", parse_cidr),
    function("isIP", "string -> bool", _parses(parse_address)),
    function("isCIDR", "string -> bool", _parses(parse_cidr)),
    function("ip.isCanonical", "string -> bool", is_canonical),
    function("string", "ip -> string", str),
    function("string", "cidr -> string", str),
    method("family", "ip -> int", lambda address: address.version),
    method("isUnspecified", "ip -> bool", lambda address: address.is_unspecified),
    method("isLoopback", "ip -> bool", lambda address: address.is_loopback),
    method("isGlobalUnicast", "ip -> bool", is_global_unicast),
    method("isLinkLocalMulticast", "ip -> bool", is_local_multicast),
    method("isLinkLocalUnicast", "ip -> bool", lambda address: address.is_link_local),
    method("containsIP", "cidr, ip -> bool", contains_address),
    method("containsIP", "cidr, string -> bool", _parsed(contains_address, parse_address)),
    method("containsCIDR", "cidr, cidr -> bool", contains_cidr),
    method("containsCIDR", "cidr, string -> bool", _parsed(contains_cidr, parse_cidr)),
    method("ip", "cidr -> ip", lambda cidr: cidr.interface.ip),
    method("masked", "cidr -> cidr", masked),
    method("prefixLength", "cidr -> int", lambda cidr: cidr.interface.network.prefixlen),
)
