"""Addresses and networks of conditions, written to be read."""

from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address, ip_interface, ip_network
from typing import Any

from tests.reference.values import ADDRESS, NETWORK, NoValue, of, text, type_of

HERE = ("127.0.0.0/8", "::1/128")
LINK = ("169.254.0.0/16", "fe80::/10")
GROUPS = ("224.0.0.0/4", "ff00::/8")
LINK_GROUPS = ("224.0.0.0/24", *(f"ff{flags:x}2::/16" for flags in range(16)))
NOBODY = ("0.0.0.0/32", "::/128")
EVERYBODY = ("255.255.255.255/32",)
"""What addresses are for: RFC 1122, 3927, 4291, 5771."""


def address(value: Any) -> ADDRESS:
    """``ip(text)``: an address without a zone. One of IPv4 that is written as IPv6 is the one of IPv4."""
    if type_of(value) == "ip":
        return value  # type: ignore[no-any-return]  # an address by now
    found = ip_address(text(value))
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        raise NoValue
    return getattr(found, "ipv4_mapped", None) or found


def network(value: Any) -> NETWORK:
    """``cidr(text)``: an address with the length of its prefix; within ``::ffff:0:0/96`` it is one of IPv4."""
    if isinstance(value, NETWORK):
        return value
    base, slash, length = text(value).partition("/")
    if slash and str(int(length)) != length:
        raise NoValue
    first = address(base)
    prefix = int(length) if slash else first.max_prefixlen
    if slash and first.version == 4 and ":" in base:
        prefix -= 96
    return ip_interface((first, prefix))


def spelled(value: Any, declared: str) -> ADDRESS | NETWORK | None:
    """The address or the network that a text spells; None where it spells none."""
    try:
        return address(value) if declared == "ip" else network(value if "/" in value else f"{address(value)}")
    except (NoValue, TypeError, ValueError):
        return None


def cidr(value: Any) -> NETWORK:
    """``cidr(text)``, in which an address alone is no network."""
    if type(value) is str and "/" not in value:
        raise NoValue
    return network(value)


def reads(read: Callable[[Any], Any]) -> Callable[[str], bool]:
    """``isIP(text)`` and ``isCIDR(text)``: whether it is one."""

    def test(value: str) -> bool:
        try:
            read(value)
        except (NoValue, ValueError):
            return False
        return True

    return test


def inside(whole: NETWORK, part: ADDRESS | NETWORK) -> bool:
    """Whether an address, or every address of a network, is of a network."""
    ends = [part.network[0], part.network[-1]] if isinstance(part, NETWORK) else [part]
    return all(end in whole.network for end in ends)


def among(value: ADDRESS, *blocks: str) -> bool:
    """Whether an address is in any of some blocks."""
    return any(value in ip_network(block) for block in blocks)


NETWORKS: Mapping[str, Callable[..., Any]] = {
    "ip": of(address, "string", "ip"),
    "cidr": of(cidr, "string", "cidr"),
    "isIP": of(reads(address), "string"),
    "isCIDR": of(reads(cidr), "string"),
    "ip.isCanonical": of(lambda value: str(address(value)) == value, "string"),
    ".containsIP": of(lambda whole, part: inside(whole, address(part)), "cidr string", "cidr ip"),
    ".containsCIDR": of(lambda whole, part: inside(whole, cidr(part)), "cidr string", "cidr cidr"),
    ".family": of(lambda value: value.version, "ip"),
    ".isLoopback": of(lambda value: among(value, *HERE), "ip"),
    ".isUnspecified": of(lambda value: among(value, *NOBODY), "ip"),
    ".isLinkLocalUnicast": of(lambda value: among(value, *LINK), "ip"),
    ".isLinkLocalMulticast": of(lambda value: among(value, *LINK_GROUPS), "ip"),
    ".isGlobalUnicast": of(lambda value: not among(value, *NOBODY, *EVERYBODY, *HERE, *LINK, *GROUPS), "ip"),
    ".ip": of(lambda value: value.ip, "cidr"),
    ".masked": of(lambda value: ip_interface(str(value.network)), "cidr"),
    ".prefixLength": of(lambda value: value.network.prefixlen, "cidr"),
}
