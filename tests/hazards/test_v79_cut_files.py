"""V79: a policy file that was cut at the end of a line is a valid one without its last denials."""

from pathlib import Path
from shutil import copytree

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.packed import pack
from scopeguard.shipped import default_pack

CUTS = [
    ("channels.yaml", 8, {"holds.keys-from-servers", "holds.members-in-dashboard", "holds.sessions-with-users"}),
    ("channels.yaml", 23, {"holds.members-in-dashboard", "holds.sessions-with-users"}),
    ("channels.yaml", 26, {"holds.members-in-dashboard", "holds.sessions-with-users"}),
    ("channels.yaml", 38, {"holds.sessions-with-users"}),
    ("account.yaml", 5, {"holds.members-in-dashboard", "holds.sso-where-available"}),
    ("account.yaml", 57, {"holds.sso-where-available"}),
]
"""A file of the shipped pack, the number of lines that are left of it, and the invariants that no longer hold."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "lines", "broken"), CUTS)
def test_v79_verified_packs_are_whole(tmp_path: Path, name: str, lines: int, broken: set[str]) -> None:
    """The shipped pack with a file cut so loads without a finding; verified it does not, for what it lets through."""
    folder = tmp_path / "pack"
    copytree(default_pack(), folder)
    file = folder / name
    file.write_text("".join(file.read_text(encoding="utf-8").splitlines(keepends=True)[:lines]), encoding="utf-8")
    guard = Guard.load(folder)
    assert {each.invariant for each in guard.verify()} == broken
    with pytest.raises(PolicyError, match="SG601"):
        Guard.load(folder, verify=True)


def test_v79_what_a_cut_file_lets_through(tmp_path: Path) -> None:
    """Why it matters: cut before its first rule, the file of channels lets a key into the browser."""
    folder = tmp_path / "pack"
    copytree(default_pack(), folder)
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
