"""Addresses and networks (the functions that Kubernetes adds to CEL), by Python's ``ipaddress``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import ip_interface
from types import MappingProxyType
from typing import Any, Final

from scopeguard.errors import EvaluationError
from scopeguard.model import addresses
from scopeguard.model.addresses import Address, Cidr
from scopeguard.semantics.functions.declarations import Declaration, function, method

_BROADCAST: Final = b"\xff\xff\xff\xff"


def parse_address(text: str, *, dotted: bool = False) -> Address:
    """The address that *text* spells; one of IPv4 within IPv6 is one of IPv4.

    Raises EvaluationError for any other text and for a zone. ``::ffff:192.0.2.1`` is no address to the
    specification's conformance suite, and one with *dotted*.
    """
    try:
        found = addresses.parse_address(text)
    except ValueError:
        raise EvaluationError("not an ip address") from None
    if _is_dotted(text) and not dotted:
        raise EvaluationError("an ipv4 address written as ipv6")
    return found


def parse_cidr(text: str, *, dotted: bool = False) -> Cidr:
    """The network that ``address/length`` spells; one of IPv4 within IPv6 is one of IPv4.

    Raises EvaluationError for any other text, and as ``parse_address`` does.
    """
    if "/" not in text or (_is_dotted(text) and not dotted):
        raise EvaluationError("not a cidr")
    try:
        return addresses.parse_network(text)
    except ValueError:
        raise EvaluationError("not a cidr") from None


def _is_dotted(text: str) -> bool:
    return "." in text and ":" in text


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            parse(text)
        except EvaluationError:
            return False
        return True

    return test


def _is_canonical(parse: Callable[[str], Address], text: str) -> bool:
    return str(parse(text)) == text


def is_global_unicast(address: Address) -> bool:
    """Whether *address* names one host and is neither loopback nor link-local; private ones are included."""
    return not (
        address.packed == _BROADCAST
        or address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
    )


def is_local_multicast(address: Address) -> bool:
    """Whether *address* is of a multicast group that no router forwards: 224.0.0.0/24, and ff02::/16 by whatever flags.

    Sources: RFC 5771 section 4, RFC 4291 section 2.7.
    """
    first = address.packed
    return first[:3] == b"\xe0\0\0" if address.version == 4 else first[0] == 0xFF and first[1] & 0xF == 2


def contains_address(cidr: Cidr, address: Address) -> bool:
    """Whether *address* is in the network."""
    return address in cidr.interface.network


def contains_cidr(cidr: Cidr, other: Cidr) -> bool:
    """Whether the whole of *other* is in the network."""
    length = other.interface.network.prefixlen >= cidr.interface.network.prefixlen
    return length and other.interface.ip in cidr.interface.network


def masked(cidr: Cidr) -> Cidr:
    """The network with the bits after its prefix cleared."""
    return Cidr(ip_interface(str(cidr.interface.network)))


def _parsed(apply: Callable[[Cidr, Any], bool], parse: Callable[[str], Any]) -> Callable[[Cidr, str], bool]:
    return lambda cidr, text: apply(cidr, parse(text))


def _itself(value: Any) -> Any:
    return value


def _of_texts(*, dotted: bool) -> tuple[Declaration, ...]:
    address, network = partial(parse_address, dotted=dotted), partial(parse_cidr, dotted=dotted)
    return (
        function("ip", "string -> ip", address),
        function("cidr", "string -> cidr", network),
        function("isIP", "string -> bool", _parses(address)),
        function("isCIDR", "string -> bool", _parses(network)),
        # Whether an address is written as it would be printed (RFC 5952).
        function("ip.isCanonical", "string -> bool", partial(_is_canonical, address)),
        method("containsIP", "cidr, string -> bool", _parsed(contains_address, address)),
        method("containsCIDR", "cidr, string -> bool", _parsed(contains_cidr, network)),
    )


IN_POLICIES: Final[Mapping[tuple[str, str], Callable[..., Any]]] = MappingProxyType({
    (each.name, each.types): each.apply for each in _of_texts(dotted=True)
})  # fmt: skip
"""What reads texts in a policy: a caller's address is one however a server spells it."""

DECLARATIONS: Final[tuple[Declaration, ...]] = (
    *_of_texts(dotted=False),
    # What is declared an address or a network is one already.
    function("ip", "ip -> ip", _itself),
    function("cidr", "cidr -> cidr", _itself),
    function("string", "ip -> string", str),
    function("string", "cidr -> string", str),
    method("family", "ip -> int", lambda address: address.version),
    method("isUnspecified", "ip -> bool", lambda address: address.is_unspecified),
    method("isLoopback", "ip -> bool", lambda address: address.is_loopback),
    method("isGlobalUnicast", "ip -> bool", is_global_unicast),
    method("isLinkLocalMulticast", "ip -> bool", is_local_multicast),
    method("isLinkLocalUnicast", "ip -> bool", lambda address: address.is_link_local),
    method("containsIP", "cidr, ip -> bool", contains_address),
    method("containsCIDR", "cidr, cidr -> bool", contains_cidr),
    method("ip", "cidr -> ip", lambda cidr: cidr.interface.ip),
    method("masked", "cidr -> cidr", masked),
    method("prefixLength", "cidr -> int", lambda cidr: cidr.interface.network.prefixlen),
)
