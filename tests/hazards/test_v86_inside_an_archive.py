"""V86: a package in an archive, or a frozen program, finds neither its grammars nor its policies."""

import os
import subprocess
import sys
import zipapp
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path
from shutil import copytree, ignore_patterns

import pytest

from scopeguard import Guard, shipped

ROOT = Path(__file__).resolve().parents[2]
ALL_BUT_BYTECODE = ignore_patterns("__pycache__")

DECIDE = """
import sys
from scopeguard import Context, Guard, Principal, shipped
assert ".pyz" in shipped.__file__, shipped.__file__
guard = Guard.default()
key = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:read")
assert guard.check(key, "agents:read", context=Context(channel="server")).allowed
assert guard.check(key, "api_keys:create", context=Context(channel="server")).code == "dashboard_only"
guard.reload()
assert not {"lark", "yaml", "pydantic"} & sys.modules.keys(), "the compiled pack was not used"
assert "grant" in shipped.grammar("scope.lark")
print(guard.digest)
"""
READ = """
import sys
from pathlib import Path
from scopeguard import Guard, PolicyError, shipped, testing
from scopeguard.compiling.loading import load_program
assert ".pyz" in shipped.__file__, shipped.__file__
Path("mine.yaml").write_text("scopeguard: 1\\ncatalog: {surfaces: {notes: {actions: [read], coarse: true}}}\\n")
Path("more.yaml").write_text("scopeguard: 1\\npack: {extends: default}\\ncatalog: {channels: [kiosk]}\\n")
guard = Guard.load("mine.yaml")
assert str(guard.place("credential.revoked")).startswith("base/"), guard.place("credential.revoked")
more = Guard.load("more.yaml")
more.reload()
assert "kiosk" in more.catalog.channels
assert more.digest == Guard.default("more.yaml").digest
assert testing.collect()
for path in (shipped.default_pack() + "/none.yaml", shipped.default_pack() + "/../../../none"):
    try:
        Guard.load(path)
        raise SystemExit("loaded")
    except PolicyError as error:
        assert [each.code for each in error.diagnostics] == ["SG111"], error
print(load_program(shipped.default_pack()).digest)
"""


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a wheel puts into a folder."""
    folder = tmp_path_factory.mktemp("zip")
    copytree(ROOT / "src" / "scopeguard", folder / "scopeguard", ignore=ALL_BUT_BYTECODE)
    for name in ("grammar", "policies"):
        copytree(ROOT / name, folder / "scopeguard" / "_shipped" / name)
    return folder


def folder_of(package: str) -> Path:
    """Where a package of this environment is."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def run(folder: Path, content: Path, program: str, *options: str, beside: Path | None = None) -> str:
    """What an archive with a program prints, with the folder *beside* to import from."""
    (content / "__main__.py").write_text(program, encoding="utf-8")
    zipapp.create_archive(content, folder / "app.pyz", compressed=True)
    done = subprocess.run(
        [sys.executable, *options, "app.pyz"], cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": str(beside or "")},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.slow
def test_v86_the_shipped_pack_decides(tmp_path: Path, content: Path) -> None:
    """``Guard.default()`` takes the compiled pack out of the archive, with nothing else to import from but msgspec.

    It has machine code, which is not imported from an archive.
    """
    copytree(folder_of("msgspec"), tmp_path / "beside" / "msgspec", ignore=ALL_BUT_BYTECODE)
    assert run(tmp_path, content, DECIDE, "-S", beside=tmp_path / "beside") == Guard.default().digest


@pytest.mark.slow
def test_v86_policies_are_read(tmp_path: Path, content: Path) -> None:
    """With the reading libraries outside, packs on disk stand on the layers in the archive, as anywhere."""
    assert run(tmp_path, content, READ, "-I") == Guard.default().digest


@pytest.mark.slow
def test_v86_an_archive_whose_compiled_pack_is_of_other_files(tmp_path: Path, content: Path) -> None:
    """There too the policy files count where the compiled pack is not of them."""
    twin = tmp_path / "twin"
    copytree(content, twin)
    scopes = twin / "scopeguard" / "_shipped" / "policies" / "workspace" / "channels.yaml"
    scopes.write_text(f"{scopes.read_text(encoding='utf-8')}\n# changed\n", encoding="utf-8")
    program = "import sys\nfrom scopeguard import Guard\nGuard.default()\nprint('yaml' in sys.modules)"
    assert run(tmp_path, twin, program, "-I") == "True"


def test_v86_pyinstaller_finds_its_hook() -> None:
    """The hook is found by its entry point, and names both folders under the names that a wheel has for them."""
    (found,) = (each for each in entry_points(group="pyinstaller40") if each.value.startswith("scopeguard"))
    (folder,) = found.load()()
    datas = run_path(str(Path(folder) / "hook-scopeguard.py"))["datas"]
    assert dict(map(reversed, datas)) == {
        "scopeguard/_shipped/grammar": str(shipped.policies().parent / "grammar"),
        "scopeguard/_shipped/policies": str(shipped.policies()),
    }
    assert all(Path(source).is_dir() for source, _ in datas)
