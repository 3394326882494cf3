"""What the surfaces of a file have in common is as if each of them said it."""

from pathlib import Path

from scopeguard import Guard
from scopeguard.compiling.loading import load_program

SHORT = """
scopeguard: 1
catalog:
  defaults:
    actions: [read, write, erase]
    coarse: true
    implies: {write: [read], erase: [read, write]}
    audited: [write, erase]
    embeds: {read: [secrets], erase: [secrets]}
    group: files
    source: assumed
  surfaces:
    notes: {}
    logs: {actions: [read, write], qualifiable: true}
    secrets: {explicit_only: true, implies: {}, group: [vault, files], embeds: {}, because: they are private}
    plain: {actions: [move], coarse: false}
"""
LONG = """
scopeguard: 1
catalog:
  surfaces:
    notes:
      actions: [read, write, erase]
      coarse: true
      implies: {write: [read], erase: [read, write]}
      audited: [write, erase]
      embeds: {read: [secrets], erase: [secrets]}
      group: files
      source: assumed
    logs:
      actions: [read, write]
      coarse: true
      qualifiable: true
      implies: {write: [read]}
      audited: [write]
      embeds: {read: [secrets]}
      group: files
      source: assumed
    secrets:
      actions: [read, write, erase]
      explicit_only: true
      implies: {}
      audited: [write, erase]
      embeds: {}
      group: [vault, files]
      source: assumed
      because: they are private
    plain: {actions: [move], coarse: false, group: files, source: assumed}
"""


def load(folder: Path, name: str, *texts: str) -> Guard:
    """A guard of some files."""
    (folder / name).mkdir()
    for number, text in enumerate(texts):
        (folder / name / f"{number}.yaml").write_text(text, encoding="utf-8")
    return Guard.load(folder / name)


def test_defaults_are_as_if_each_surface_said_them(tmp_path: Path) -> None:
    """The catalog is the same, and so is the digest of what the pack means."""
    short, long = load(tmp_path, "short", SHORT), load(tmp_path, "long", LONG)
    assert short.catalog == long.catalog
    assert short.digest == long.digest


def test_defaults_are_those_of_one_file(tmp_path: Path) -> None:
    """Another file of the pack has its own, or none."""
    other = "scopeguard: 1\ncatalog: {surfaces: {jobs: {actions: [run], explicit_only: true, because: they cost}}}\n"
    guard = load(tmp_path, "two", SHORT, other)
    assert guard.catalog.surfaces["jobs"].groups == ()
    assert guard.catalog.surfaces["notes"].groups == ("files",)


def test_a_layer_adds_attributes_whatever_its_defaults_are(tmp_path: Path) -> None:
    """A surface of the layer below stays what it is; one of the layer itself has the defaults of its file."""
    above = """
scopeguard: 1
pack: {name: desk, extends: default}
catalog:
  defaults: {actions: [read], coarse: true, group: desk}
  surfaces:
    agents: {attributes: {team: string}}
    tickets: {attributes: {queue: string}}
"""
    guard = load(tmp_path, "above", above)
    agents, tickets = (guard.catalog.surfaces[name] for name in ("agents", "tickets"))
    assert (agents.actions, agents.group, "team" in agents.attributes) == (("read", "write"), "product", True)
    assert (tickets.actions, tickets.group, "queue" in tickets.attributes) == (("read",), "desk", True)


def test_what_grants_is_found_where_the_defaults_list_it(tmp_path: Path) -> None:
    """The place of a surface's own scope is where its action stands."""
    load(tmp_path, "short", SHORT)
    place = load_program(tmp_path / "short").place("scope:notes:write")
    assert place is not None
    assert (place.line, place.column) == (5, 21)
