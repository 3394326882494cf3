"""V46: paths that lead a loader out of its folder or over the network."""

import os
import socket
from pathlib import Path

import pytest

from scopeguard.documents.loading import Layer, Pack, read_pack

POLICY = "scopeguard: 1\nroles:\n  outsider: {holds: [a:read]}\n"


def own(pack: Pack) -> list[str]:
    """The files of a pack that do not come with the library."""
    return [document.file for document in pack.documents if document.layer is Layer.OWN]


@pytest.mark.parametrize(
    "path",
    [
        "file:///etc/policies",
        "file:policies",
        "FILE:///etc/policies",
        "https://example.org/policy.yaml",
        "smb://server/share",
        "//server/share/policy.yaml",
        "\\\\server\\share\\policy.yaml",
        "policies\0.yaml",
        "policies\n.yaml",
        "policies\ud800.yaml",
        "",
        b"policies",
        None,
        7,
    ],
)
def test_v46_paths_that_are_no_local_path(path: object) -> None:
    """Addresses, network shares, control characters and non-text are refused without being opened."""
    pack, findings = read_pack(path)  # type: ignore[arg-type]

    assert [found.code for found in findings] == ["SG111"]
    assert all(char.isprintable() for char in str(findings[0]))
    assert (own(pack), pack.complete) == ([], False)


@pytest.mark.parametrize("target", ["../outside/secret.yaml", "{outside}/secret.yaml"])
def test_v46_a_link_that_leaves_its_folder(tmp_path: Path, target: str) -> None:
    """A symbolic link to a file outside the folder is refused, and the file is not read."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.yaml").write_text(POLICY)
    (inside / "a.yaml").write_text("scopeguard: 1\n")
    (inside / "b.yaml").symlink_to(target.format(outside=outside))

    pack, findings = read_pack(inside)

    assert [str(found) for found in findings] == [
        f"{inside}/b.yaml:1:1: SG111 a symbolic link that leaves its folder; copy the file, or name its folder too"
    ]
    assert own(pack) == [f"{inside}/a.yaml"]


def test_v46_a_folder_that_begins_alike_is_another(tmp_path: Path) -> None:
    """``pack-secret`` is not inside ``pack``."""
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack-secret").mkdir()
    (tmp_path / "pack-secret" / "s.yaml").write_text(POLICY)
    (tmp_path / "pack" / "a.yaml").symlink_to(tmp_path / "pack-secret" / "s.yaml")

    pack, findings = read_pack(tmp_path / "pack")

    assert [found.code for found in findings] == ["SG111"]
    assert own(pack) == []


def test_v46_a_link_inside_its_folder(tmp_path: Path) -> None:
    """Mounted configuration links files to a hidden folder beside them: that is read, and once."""
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "a.yaml").write_text(POLICY)
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")

    pack, findings = read_pack(tmp_path)

    assert findings == []
    assert [entry.name for entry in pack.entries("roles")] == ["outsider"]


def test_v46_links_to_folders(tmp_path: Path) -> None:
    """A link to a folder is refused, so that no folder can contain itself."""
    (tmp_path / "a.yaml").write_text("scopeguard: 1\n")
    (tmp_path / "again").symlink_to(tmp_path)

    _, findings = read_pack(tmp_path)

    assert [found.code for found in findings] == ["SG111"]


def test_v46_links_to_nothing_and_to_themselves(tmp_path: Path) -> None:
    """A broken link and a link to itself are refused."""
    (tmp_path / "a.yaml").symlink_to(tmp_path / "nowhere.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "b.yaml")

    _, findings = read_pack(tmp_path)

    assert [(Path(found.file).name, found.code) for found in findings] == [("a.yaml", "SG111"), ("b.yaml", "SG111")]


@pytest.mark.parametrize("as_root", [True, False])
def test_v46_what_is_not_a_file(tmp_path: Path, *, as_root: bool) -> None:
    """A pipe, a socket and a device are refused at once; opening the pipe would wait for ever."""
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(tmp_path)  # the name of a socket has little room
    try:
        server.bind("socket.yaml")
    finally:
        os.chdir(here)
        server.close()
    names = ["pipe.yaml", "socket.yaml", "zero.yaml"]

    _, findings = read_pack([tmp_path / name for name in names] if as_root else tmp_path)

    assert [(Path(found.file).name, found.code) for found in findings] == [(name, "SG111") for name in names]
