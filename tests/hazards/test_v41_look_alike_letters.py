"""V41: letters of other scripts and invisible marks pass for a name, or fold into one when it is compared (an audit of PyPI)."""

import unicodedata
from pathlib import Path

import pytest

from scopeguard import Context, Grant, Guard, PolicyError, Principal, RequestError, Resource
from tests.hazards.packs import editor, key, load

LOOK_ALIKES = {
    "Kelvin sign": "\u212aeys", "long s": "agent\u017f", "Cyrillic e": "ag\u0435nts", "fullwidth": "\uff41gents",
    "zero width space": "agents\u200b", "soft hyphen": "agen\u00adts", "right to left override": "\u202eagents",
    "combining": "age\u0301nts", "ligature": "o\ufb03ce", "Greek omicron": "n\u03bftes", "Arabic digit": "notes_\u0661",
    "upper case": "Notes", "title case": "\u01c5notes", "no-break space": "notes\u00a0", "byte order mark": "\ufeffnotes",
}  # fmt: skip

PLACES = {
    "surface": "catalog: {surfaces: {NAME: {actions: [read], coarse: true}}}",
    "action": "catalog: {surfaces: {notes: {actions: [read, NAME], coarse: true}}}",
    "attribute": "catalog: {surfaces: {notes: {actions: [read], coarse: true, attributes: {NAME: string}}}}",
    "operation": "catalog: {surfaces: {notes: {actions: [read], coarse: true}}, operations: {NAME.publish: {needs: 'notes:read'}}}",
    "member permission": "catalog: {surfaces: {notes: {actions: [read], coarse: true}}, permissions: {NAME.view: {grants: ['notes:read']}}}",
    "channel": "catalog: {channels: [server, NAME]}",
    "environment": "catalog: {environments: [production, NAME]}",
    "stage": "catalog: {stages: [permission, NAME]}",
    "fact": "catalog: {attributes: {facts: {NAME: string}}}",
    "scope": "scopes: {'NAME:read': {inert: true}}",
    "role": "catalog: {surfaces: {notes: {actions: [read], coarse: true}}}\nroles: {NAME: {holds: ['notes:read']}}",
    "rule": "catalog: {surfaces: {notes: {actions: [read], coarse: true}}}\nrules: [{id: NAME, effect: allow, on: ['notes:read']}]",
    "code": "recovery: {NAME: {class: denial}}",
    "meter": "meters: {NAME: {kind: consumption}}",
}  # fmt: skip


@pytest.mark.parametrize("name", LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_v41_look_alike_letters(name: str) -> None:
    """No name of a scope, surface, role, channel or attribute holds anything but lower-case ASCII."""
    for make in (
        lambda: Grant.parse(f"{name}:read"),
        lambda: Grant.parse(f"notes:{name}"),
        lambda: Principal.api_key("k", workspace="w", scopes=[f"{name}:read"]),
        lambda: Principal.api_key("k", workspace="w", scopes="notes:read", ceiling=[f"{name}:read"]),
        lambda: Principal.member("m", workspace="w", roles=[name]),
        lambda: Resource(name),
        lambda: Resource("notes", attributes={name: 1}),
        lambda: Context(channel=name),
        lambda: Context(environment=name),
        lambda: Context(attributes={name: 1}),
        lambda: Principal.system("s", attributes={name: 1}),
    ):
        with pytest.raises(RequestError):
            make()


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_v41_names_of_a_pack(tmp_path: Path, place: str) -> None:
    """A pack loads with an ASCII name in each place, and with none of the look-alikes."""
    file = tmp_path / "pack.yaml"
    file.write_text("scopeguard: 1\n" + place.replace("NAME", "agents") + "\n", encoding="utf-8")
    Guard.load(file)
    for name in LOOK_ALIKES.values():
        file.write_text("scopeguard: 1\n" + place.replace("NAME", name) + "\n", encoding="utf-8")
        with pytest.raises(PolicyError):
            Guard.load(file)


def test_v41_nothing_is_folded_when_it_is_compared(tmp_path: Path) -> None:
    """Ids and attributes may be of any script, and equal only their very selves: no folding, no normal forms."""
    guard = load(
        tmp_path,
        """{id: mine, effect: deny, on: ["notes:write"], unless: resource.owner == principal.id, code: not_permitted}""",
    )
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert unicodedata.normalize("NFC", decomposed) == composed
    pairs = [(composed, decomposed), ("k", "\u212a"), ("K", "\u212a"), ("s", "\u017f"), ("a", "\uff41"), ("ss", "\u00df"),
             ("o", "\u043e"), ("ffi", "\ufb03")]  # fmt: skip
    for left, right in (*pairs, *((right, left) for left, right in pairs)):
        who = Principal.member(left, workspace=left, roles=["editor"])
        assert guard.check(who, "notes:write", Resource("notes", "n", left, {"owner": left})).allowed
        assert guard.check(who, "notes:write", Resource("notes", "n", left, {"owner": right})).rules == ("mine",)
        assert guard.check(who, "notes:read", Resource("notes", "n", right)).rules == ("workspace.own-only",)


def test_v41_ids_of_scopes_are_ascii(tmp_path: Path) -> None:
    """A scope is narrowed to an ASCII id only, and a resource that looks like it is another one."""
    guard = load(tmp_path)
    with pytest.raises(RequestError):
        key("notes:read/\u212a1")
    assert guard.check(key("notes:read/K1"), "notes:read", Resource("notes", "K1", "ws_1")).allowed
    assert not guard.check(key("notes:read/K1"), "notes:read", Resource("notes", "\u212a1", "ws_1"))
    assert guard.check(editor(), "n\u03bftes:read").code == "unmapped_action"
