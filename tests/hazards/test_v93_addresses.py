"""V93: an IPv4 address written as IPv6 is the IPv4 address, for lists that let in and for rules that keep out."""

import copy
import pickle
from collections.abc import Sequence
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from typing import Final

import pytest

from scopeguard import Context, Decision, Guard, PolicyError, Principal, RequestError, Resource

PACK = """
scopeguard: 1
catalog:
  channels: [server]
  surfaces:
    notes: {actions: [read, write, list], coarse: true, attributes: {peer: ip, nets: "list(cidr)", own: cidr, hops: "list(ip)"}}
rules:
  - {id: notes.inside, effect: deny, on: ["notes:read"], when: 'cidr("DENIED").containsIP(context.ip)', code: not_permitted}
  - {id: notes.peers, effect: deny, on: ["notes:write"], unless: 'resource.peer == context.ip', code: not_permitted}
  - {id: notes.nets, effect: deny, on: ["notes:list"], code: not_permitted,
     unless: 'resource.nets.exists(n, n.containsIP(context.ip)) || resource.own.containsIP(context.ip) || context.ip in resource.hops'}
"""
OWN_ADDRESS: Final = """
scopeguard: 1
catalog:
  surfaces: {notes: {actions: [read], coarse: true}}
  attributes: {context: {ip: TYPE}}
"""
MAPPED = ("::ffff:192.0.2.7", "::FFFF:c000:207", "0:0:0:0:0:ffff:c000:0207", "::ffff:c000:207")
SPELLED = ("192.0.2.7", *MAPPED)


def loaded(tmp_path: Path, denied: str = "192.0.2.0/24") -> Guard:
    """The pack, with a rule that denies a network."""
    (tmp_path / "pack.yaml").write_text(PACK.replace("DENIED", denied), encoding="utf-8")
    return Guard.load(tmp_path)


def asked(guard: Guard, ip: object, action: str = "read", **attributes: object) -> Decision:
    """The answer to a key that calls from an address."""
    note = Resource("notes", "n", workspace="w", attributes=attributes)
    key = Principal.api_key("k", workspace="w", scopes="notes:read notes:write notes:list")
    return guard.check(key, f"notes:{action}", note, Context("server", attributes={"ip": ip}))


@pytest.mark.parametrize("text", SPELLED)
@pytest.mark.parametrize("denied", ["192.0.2.0/24", "::ffff:c000:200/120", "::ffff:192.0.2.0/120", "::ffff:0:0/96"])
def test_v93_a_denial_meets_every_spelling(tmp_path: Path, denied: str, text: str) -> None:
    """A network that is kept out is kept out in every spelling of network and caller, and no other is."""
    guard = loaded(tmp_path, denied)
    assert asked(guard, text).rules == ("notes.inside",)
    assert asked(guard, ip_address(text)).rules == ("notes.inside",)
    assert asked(guard, "2001:db8::7").allowed
    assert asked(guard, "198.51.100.7").allowed is (denied != "::ffff:0:0/96")


@pytest.mark.parametrize("text", SPELLED)
@pytest.mark.parametrize(
    "listed",
    [["192.0.2.7"], ["192.0.2.0/24"], ["::ffff:192.0.2.7"], ["::ffff:c000:200/120"], [ip_network("192.0.2.0/24")], [ip_address("192.0.2.7")]],
    ids=str,
)  # fmt: skip
def test_v93_a_list_lets_in_every_spelling(listed: Sequence[str], text: str) -> None:
    """A key's list lets in the address that it names, however it and the caller's are spelled."""
    limited = Principal.api_key("k", workspace="ws_1", scopes="agents:read", ip_allow=listed)
    guard = Guard.default()

    def came(ip: object) -> Decision:
        return guard.check(limited, "agents:read", context=Context("server", attributes={"ip": ip}))

    assert came(text).allowed
    assert came("198.51.100.7").code == "ip_not_allowed"
    assert came("::ffff:198.51.100.7").code == "ip_not_allowed"
    # An address that the host did not tell is no address on the list; the key is not to blame.
    untold = guard.check(limited, "agents:read", context=Context("server"))
    assert (untold.code, untold.status, untold.rules) == ("context_incomplete", 500, ("sign-in.address-known",))


NO_ADDRESSES: Final = (
    "fe80::1%eth0", "192.0.2.007", "192.0.2", "192.0.2.7/32", "192.0.2.7:443", " 192.0.2.7", "192.0.2.7\u00a0",
    "x" * 4096, "", 7, 3.5, None, True, b"192.0.2.7",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESSES, ids=repr)
@pytest.mark.parametrize("listed", [[], ["192.0.2.7"], ["0.0.0.0/0", "::/0"]], ids=["none", "one", "all"])
@pytest.mark.parametrize("declared", ["ip", "string"])
def test_v93_an_address_that_is_none_is_the_fault_of_the_host(
    tmp_path: Path, declared: str, listed: list[str], text: object
) -> None:
    """A proxy's address with a port, or an empty text: a key with a list is denied, and nobody is told to replace it."""
    (tmp_path / "pack.yaml").write_text(OWN_ADDRESS.replace("TYPE", declared), encoding="utf-8")
    guard = Guard.load(tmp_path)
    limited = Principal.api_key("k", workspace="ws_1", scopes="notes:read", ip_allow=listed)
    for _ in range(3):
        found = guard.check(limited, "notes:read", context=Context(attributes={"ip": text}))
        assert (found.code, found.status, found.rules[0]) == ("context_incomplete", 500, "sign-in.address-known")
    elsewhere = guard.check(limited, "notes:read", context=Context(attributes={"ip": "198.51.100.7"}))
    assert elsewhere.code == (None if "::/0" in listed else "ip_not_allowed")


@pytest.mark.parametrize("text", [*SPELLED, ip_address("192.0.2.7"), ip_address("::ffff:192.0.2.7")])
def test_v93_declared_addresses(tmp_path: Path, text: object) -> None:
    """Attributes that a pack declares as addresses and networks are read so: equality, lists and single ones."""
    guard = loaded(tmp_path)
    assert asked(guard, text, "write", peer="::ffff:192.0.2.7").allowed
    assert asked(guard, text, "write", peer=ip_address("192.0.2.7")).allowed
    assert not asked(guard, text, "write", peer="192.0.2.8").allowed
    assert asked(guard, text, "list", nets=["2001:db8::/32", "::ffff:c000:0/112"]).allowed
    assert asked(guard, text, "list", nets=[], own=ip_interface("192.0.2.1/24"), hops=[]).allowed
    assert asked(guard, text, "list", nets=[], own="192.0.2.8", hops=["192.0.2.7"]).allowed
    assert not asked(guard, text, "list", nets=["::/0"], own="::/0", hops=["2001:db8::7"]).allowed


@pytest.mark.parametrize(
    "text", ["fe80::1%eth0", "192.0.2.007", "192.0.2", "192.0.2.7/32", " 192.0.2.7", "192.0.2.7\u00a0", "x" * 4096, "", 7, 3.5, None, True]
)  # fmt: skip
def test_v93_what_is_no_address_denies(tmp_path: Path, text: object) -> None:
    """What spells no address has no value: the denial that reads it is given."""
    guard = loaded(tmp_path)
    assert asked(guard, text).rules == ("notes.inside",)
    assert asked(guard, text, "write", peer="192.0.2.7").rules == ("notes.peers",)


@pytest.mark.parametrize(
    "nets", ["192.0.2.0/24", ["192.0.2.0/33"], ["::ffff:0:0/95"], ["192.0.2.0/024"], ["192.0.2.0/255.255.255.0"], [7]]
)
def test_v93_what_is_no_network_denies(tmp_path: Path, nets: object) -> None:
    """So does a list of networks of which one is none, or a text that stands for a list."""
    decision = asked(loaded(tmp_path), "192.0.2.7", "list", nets=nets, own="198.51.100.0/24", hops=[])
    assert decision.rules == ("notes.nets",)


@pytest.mark.parametrize(
    "network", ["::ffff:0:0/95", "::ffff:192.0.2.0/24", "10.0.0.1/8", "::ffff:10.0.0.1/104", "10.0.0.0/255.0.0.0", "fe80::%eth0/64", "x", ""]
)  # fmt: skip
def test_v93_a_list_is_checked_where_it_is_made(network: str) -> None:
    """A network that is none, reaches from IPv4 into IPv6, or has bits after its prefix is refused with the key."""
    with pytest.raises(RequestError, match="ip_allow"):
        Principal.api_key("k", workspace="w", ip_allow=[network])


@pytest.mark.parametrize("network", ["10.0.0.0/8", "2001:db8::/32", "192.0.2.0/24"])
def test_v93_one_network_is_no_list(network: str) -> None:
    """It is refused at once: as an iterable of its addresses it would take hours, and all memory."""
    with pytest.raises(RequestError, match=r"ip_allow must be an iterable of str, not IPv[46]Network"):
        Principal.api_key("k", workspace="w", ip_allow=ip_network(network))


def test_v93_objects_are_kept_by_what_they_name() -> None:
    """Objects of ``ipaddress`` that name one address are one value, and can be copied; no zone."""
    objects = [ip_network("::ffff:a00:0/104"), ip_address("192.0.2.7"), ip_interface("2001:db8::/32")]
    key = Principal.api_key("k", workspace="w", ip_allow=objects)
    assert key == Principal.api_key("k", workspace="w", ip_allow=["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"])
    assert copy.deepcopy(key) == key
    came = Context(attributes={"ip": ip_address("::ffff:192.0.2.7"), "nets": [ip_network("10.0.0.0/8")]})
    assert came == Context(attributes={"ip": ip_address("192.0.2.7"), "nets": [ip_interface("10.0.0.0/8")]})
    assert copy.deepcopy(came) == pickle.loads(pickle.dumps(came)) == came  # noqa: S301  # our own
    assert Context(attributes=came.attributes) == came
    for bad in (ip_address("fe80::1%eth0"), ip_interface("::ffff:192.0.2.0/64")):
        with pytest.raises(RequestError, match=r"a context.s attributes\.ip is no address"):
            Context(attributes={"ip": bad})


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ('context.ip == "192.0.2.7"', "SG504"),
        ('context.ip.startsWith("10.")', "SG504"),
        ('"10.0.0.0/8" in principal.ip_allow', "SG504"),
    ],
)
def test_v93_an_address_is_no_text(tmp_path: Path, condition: str, code: str) -> None:
    """An address compared with a text is found when the pack is loaded: one text is one spelling of many."""
    text = PACK.replace("""'cidr("DENIED").containsIP(context.ip)'""", f"'{condition}'")
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.load(tmp_path)
    assert [each.code for each in caught.value.diagnostics] == [code]


@pytest.mark.parametrize("declared", ["int", '"list(ip)"', "cidr", "dyn"])
def test_v93_the_caller_s_address_stays_one(tmp_path: Path, declared: str) -> None:
    """A pack may declare ``context.ip`` an ip or, as older ones do, a string; nothing else."""
    attributes = f"catalog:\n  attributes: {{context: {{ip: {declared}}}}}\n"
    (tmp_path / "pack.yaml").write_text(PACK.replace("catalog:\n", attributes), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.load(tmp_path)
    assert {each.code for each in caught.value.diagnostics} >= {"SG201"}


@pytest.mark.parametrize("declared", ["ip", "string"])
@pytest.mark.parametrize("text", SPELLED)
def test_v93_either_declaration_means_the_same(tmp_path: Path, declared: str, text: str) -> None:
    """A pack that declares the address a text is kept in every spelling too."""
    attributes = f"catalog:\n  attributes: {{context: {{ip: {declared}}}}}\n"
    pack = PACK.replace("catalog:\n", attributes).replace("DENIED", "192.0.2.0/24")
    rules = [line for line in pack.splitlines() if "notes.peers" not in line and "resource.nets" not in line]
    rules = [line for line in rules if "notes.nets" not in line]
    (tmp_path / "pack.yaml").write_text("\n".join(rules), encoding="utf-8")
    guard = Guard.load(tmp_path)
    assert asked(guard, text).rules == ("notes.inside",)
    assert asked(guard, "198.51.100.7").allowed


def test_v93_tests_of_policies_know_addresses(tmp_path: Path) -> None:
    """A test that gives what is no address is told at its place; a good one is asked with it."""
    tests = """
tests:
  principals: {near: {kind: api_key, scopes: "notes:read", attributes: {ip_allow: ["::ffff:10.0.0.0/104"]}}}
  contexts: {here: {channel: server, attributes: {ip: IP}}}
  matrices: [{id: one, principals: [near], context: here, only: ["notes:read"], table: {"notes:read": {near: allow}}}]
"""
    pack = tmp_path / "pack.yaml"
    pack.write_text(
        PACK.replace("DENIED", "192.0.2.0/24") + tests.replace("IP}", '"::ffff:10.1.2.3"}'), encoding="utf-8"
    )
    Guard.load(tmp_path)
    pack.write_text(PACK.replace("DENIED", "192.0.2.0/24") + tests.replace("IP}", "here}"), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.load(tmp_path)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("SG704", '"here" is not an address')
