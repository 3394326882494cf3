"""V79: a policy file that was cut at the end of a line is a valid one without its last denials."""

from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_writing import pack
from scopeguard.shipped import default_pack

WHOLE = "holds.files-are-whole"
CUTS = [
    ("channels.yaml", 8, {"holds.keys-from-servers", "holds.members-in-dashboard", "holds.sessions-with-users"}),
    ("channels.yaml", 23, {"holds.members-in-dashboard", "holds.sessions-with-users"}),
    ("channels.yaml", 36, {"holds.sessions-with-users"}),
    ("account.yaml", 44, {"holds.sso-where-available"}),
    ("gates.yaml", 40, set()),
]
"""A file of the shipped pack, the number of lines that are left of it, and the other invariants that no longer hold."""
FILES = sorted(path.name for path in Path(default_pack()).glob("*.yaml") if not path.name.endswith("_test.yaml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped pack."""
    copy = tmp_path / "pack"
    copytree(default_pack(), copy, ignore=ignore_patterns("*_test.yaml", "*.md"))
    return copy


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lines", "broken"), CUTS)
def test_v79_verified_packs_are_whole(folder: Path, name: str, lines: int, broken: set[str]) -> None:
    """The shipped pack with a file cut so loads; verified it does not, for what it lets through or as it was cut."""
    cut(folder / name, lines)
    guard = Guard.load(folder)
    assert {each.invariant for each in guard.verify()} == broken | {WHOLE}
    with pytest.raises(PolicyError, match="SG601"):
        Guard.load(folder, verify=True)


def cut(file: Path, lines: int) -> None:
    """Leave the first *lines* of a file."""
    file.write_text("".join(file.read_text(encoding="utf-8").splitlines(keepends=True)[:lines]), encoding="utf-8")


def told(folder: Path) -> list[str]:
    """What the pack says of its own files; nothing where it does not load, which tells as much."""
    try:
        program = load_program(folder)
    except PolicyError:
        return []
    return [each.failure for each in program.invariants if each.failure is not None]


@pytest.mark.parametrize("name", FILES)
def test_v79_every_file_of_the_shipped_pack(folder: Path, name: str) -> None:
    """Wherever one is cut at the end of a line, what still loads tells; and so it does without the file at all."""
    lines = len((folder / name).read_text(encoding="utf-8").splitlines())
    assert told(folder) == []
    cut(folder / name, lines - 1)
    # Nothing but its last line is lost, so that the pack loads.
    assert told(folder)
    for left in (lines - 2, lines // 2):
        cut(folder / name, left)
        assert all(f'"{name}" does not end' in text for text in told(folder))
    (folder / name).unlink()
    assert all(f'"{name}" is missing' in text for text in told(folder))


def test_v79_a_pack_of_ones_own(tmp_path: Path) -> None:
    """Any pack may say so, of files in folders too; what else stands in the folder need not end so."""
    (tmp_path / "pack.yaml").write_text(
        "scopeguard: 1\ncatalog: {surfaces: {notes: {actions: [read], coarse: true}}}\n"
        "invariants: [{id: a.whole, files: [pack.yaml, more/rules.yaml]}]\n...\n# The end.\n",
        encoding="utf-8",
    )
    (tmp_path / "more").mkdir()
    rules = tmp_path / "more" / "rules.yaml"
    text = 'scopeguard: 1\nrules: [{id: a, effect: deny, on: ["notes:read"], code: not_permitted}]\n'
    (tmp_path / "more" / "other.yaml").write_text("scopeguard: 1\n", encoding="utf-8")
    rules.write_text(text + "...\n", encoding="utf-8")
    assert Guard.load(tmp_path, verify=True).verify() == ()
    rules.write_text(text, encoding="utf-8")
    (found,) = Guard.load(tmp_path).verify()
    assert (found.code, found.invariant) == ("SG601", "a.whole")
    assert 'invariant "a.whole" does not hold: "more/rules.yaml" does not end with a line "..."' in found.message
    rules.unlink()
    with pytest.raises(PolicyError, match=r'SG601 invariant "a\.whole" does not hold: "more/rules\.yaml" is missing'):
        Guard.load(tmp_path, verify=True)


def test_v79_what_a_cut_file_lets_through(folder: Path) -> None:
    """Why it matters: cut before its first rule, the file of channels lets a key into the browser."""
    file = folder / "channels.yaml"
    key = Principal.api_key("key_1", workspace="ws_1", scopes="agents:read")
    asked = (key, "agents:read", Resource("agents", "agt_1", workspace="ws_1"), Context(channel="browser"))
    assert Guard.load(folder).check(*asked).code == "credential_channel_forbidden"
    file.write_text("scopeguard: 1\n", encoding="utf-8")
    assert Guard.load(folder).check(*asked).allowed


def test_v79_a_compiled_pack_tells(tmp_path: Path) -> None:
    """No prefix of a compiled pack loads, wherever it is cut."""
    file = tmp_path / "pack.sgpack"
    (tmp_path / "pack.yaml").write_text(
        "scopeguard: 1\ncatalog: {surfaces: {notes: {actions: [read], coarse: true}}}\n", encoding="utf-8"
    )
    whole = pack(load_program(tmp_path / "pack.yaml"))
    for length in range(0, len(whole), 97):
        file.write_bytes(whole[:length])
        with pytest.raises(PolicyError, match="SG114"):
            Guard.load(file)
