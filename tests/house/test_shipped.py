"""The grammars and packs are found, wherever the package stands, and nothing else is taken for them."""

import subprocess
import sys
from pathlib import Path

import pytest

from scopeguard import ScopeguardError, shipped
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_file import SUFFIX, load_packed, sources_of
from scopeguard.compiling.pack_writing import pack

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package folder that stands two folders below a root, as in a checkout or an environment."""
    folder = tmp_path / "lib" / "scopeguard"
    folder.mkdir(parents=True)
    monkeypatch.setattr(shipped, "_PACKAGE", folder)
    return folder


def test_both_grammars_are_shipped() -> None:
    """The one true grammars come with the library."""
    assert "grant" in shipped.grammar("scope.lark")
    assert shipped.grammar("condition.lark").strip()


def test_the_default_pack_is_shipped() -> None:
    """The default pack comes with the library."""
    assert list((shipped.policies() / "workspace").glob("*.yaml"))


def test_a_checkout_reads_its_own_folders(package: Path) -> None:
    """In an editable install the top level of the checkout is read: no copy can grow stale."""
    root = package.parents[1]
    (root / "pyproject.toml").write_text('[project]\nname = "scopeguard-authz"\n', encoding="utf-8")
    (root / "policies").mkdir()
    assert shipped.policies() == root / "policies"


def test_a_wheel_reads_inside_the_package(package: Path) -> None:
    """In a wheel the folders travel inside the package, and come before anything around it."""
    root = package.parents[1]
    (root / "pyproject.toml").write_text('[project]\nname = "scopeguard-authz"\n', encoding="utf-8")
    (root / "policies").mkdir()
    inside = package / "_shipped" / "policies"
    inside.mkdir(parents=True)
    assert shipped.policies() == inside


@pytest.mark.parametrize(
    "project", [None, b"", b'[project]\nname = "other"\n', b"\xff", b'dependencies = ["scopeguard-authz"]\n']
)
def test_a_strangers_folder_is_never_taken(package: Path, project: bytes | None) -> None:
    """A ``policies`` folder that happens to lie two folders above the package is not ours."""
    root = package.parents[1]
    (root / "policies").mkdir()
    if project is not None:
        (root / "pyproject.toml").write_bytes(project)
    with pytest.raises(ScopeguardError, match='the installation is incomplete: "policies" is neither'):
        shipped.policies()


def test_a_missing_grammar_is_named() -> None:
    """An installation without one of its grammars says which."""
    with pytest.raises(ScopeguardError, match=r'the installation is incomplete: no grammar "none\.lark"'):
        shipped.grammar("none.lark")


def test_the_compiled_pack_is_that_of_the_policy_files(request: pytest.FixtureRequest) -> None:
    """The shipped compiled form is what compiling the shipped policy files gives now; ``--regen`` writes it."""
    folder = shipped.default_pack()
    file = Path(folder + SUFFIX)
    data = pack(load_program(folder), base=Path(folder).as_posix(), sources=sources_of(folder, shipped.base_pack()))
    if request.config.getoption("--regen"):
        file.write_bytes(data)
    assert file.read_bytes() == data, f"{file.name} is not of these policy files; --regen writes it"
    assert load_packed(file, sources=sources_of(folder, shipped.base_pack())).digest == load_program(folder).digest


DECIDE = """
import sys
from scopeguard import Context, Guard, Principal
key = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:read")
assert Guard.default().check(key, "agents:read", context=Context(channel="server"))
sys.exit(" ".join({"lark", "yaml", "pydantic"} & sys.modules.keys()) or 0)
"""


def test_the_shipped_pack_decides_without_the_readers() -> None:
    """Neither a parser nor a validator is imported for the first decision of a process, and the compiled pack is used."""
    done = subprocess.run([sys.executable, "-c", DECIDE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
