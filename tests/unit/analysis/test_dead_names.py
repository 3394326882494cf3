"""Names that nothing reads or grants: each kind beside one that is read, with its place and what to do."""

from pathlib import Path

from scopeguard.analysis.dead_names import dead_names
from scopeguard.analysis.invariants import Worlds
from scopeguard.compiling.loading import program_of
from scopeguard.documents.loading import read_pack
from scopeguard.errors import Diagnostic
from scopeguard.runtime.engine import Engine
from scopeguard.shipped import default_pack

PACK = """
scopeguard: 1
pack: {base: none, because: Small.}
catalog:
  defaults: {attributes: {shared: bool, idle: bool}}
  surfaces:
    notes: {actions: [read, write], coarse: true, attributes: {owner: string, left: int}}
    files: {actions: [read, purge], coarse: true}
    logs: {actions: [read], coarse: true}
  permissions:
    held: {grants: ["notes:read"]}
    forgotten: {grants: ["files:read"]}
  operations:
    notes.send: {needs: "notes:write", meter: counted}
    notes.move: {needs: "notes:write"}
    files.shred: {needs: "files:purge"}
  channels: [desk, web, kiosk]
  attributes:
    principal: {team: string, level: int}
    context: {device: "map(string, bool)", place: string}
    facts: {open: bool, other: bool}
meters:
  counted: {kind: consumption}
  uncounted: {kind: consumption}
scopes:
  old:all: {inert: true}
  purge:all: {includes: ["files:purge"]}
  read:all: {includes: ["files:*"]}
roles:
  reader: {holds: [held]}
  purger: {holds: ["files:purge"]}
  shredder: {holds: ["files:purge"]}
rules:
  - {id: a, effect: deny, on: ["notes:*"], code: not_permitted, unless: context.channel == "desk" && resource.owner == principal.team}
  - {id: b, effect: deny, on: ["logs:*"], code: not_permitted, unless: resource.shared && context.device.trusted && context.facts.open}
  - {id: d, effect: allow, on: ["logs:read"], roles: [shredder]}
  - {id: c, effect: deny, on: ["files:purge"], code: not_permitted}
"""
DEAD = [
    '5:41 nothing reads the attribute "idle" of files, logs',
    '7:79 nothing reads the attribute "left" of notes',
    "8:29 nobody is ever allowed files:purge",
    '12:5 no role holds the member permission "forgotten"',
    '15:5 nothing tells the operation "notes.move" from notes:write',
    '16:5 nobody is ever allowed the operation "files.shred"',
    '17:20 nothing tells the channel "web" from kiosk',
    '17:25 nothing tells the channel "kiosk" from web',
    "19:31 nothing reads principal.level",
    "20:44 nothing reads context.place",
    "21:25 nothing reads context.facts.other",
    '24:3 nothing counts on the meter "uncounted"',
    '27:3 scope "purge:all" lets nobody do anything',
    '31:3 role "purger" lets nobody do anything',
]


def found(*paths: str) -> list[Diagnostic]:
    """The findings about a pack, by place."""
    pack, findings = read_pack(paths)
    worlds = Worlds(Engine(program_of(pack, findings), number=1, max_rows=0))
    return sorted(dead_names(pack, worlds), key=lambda each: each.sort_key)


def test_what_is_dead(tmp_path: Path) -> None:
    """And nothing that is read, counted, held or asked for."""
    file = tmp_path / "small.yaml"
    file.write_text(PACK, encoding="utf-8")
    told = [f"{each.line}:{each.column} {each.message}" for each in found(str(file))]
    assert told == DEAD


def test_the_shipped_pack_has_none() -> None:
    """Everything that it names is there for something."""
    assert found(default_pack()) == []
