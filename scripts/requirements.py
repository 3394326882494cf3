"""What pyproject.toml asks for, as the legs of the suite install it.

``lowest EXTRA ...`` prints the requirements of the library and of some extras, each at the lowest version declared.
``core`` prints what the core of the suite needs beside.
``wasm FOLDER PACKAGE`` installs what the core of the suite needs into FOLDER, for the Pyodide in PACKAGE.
"""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_OF_THE_CORE = frozenset({"hypothesis", "interegular", "pytest"})
"""What of the extra "dev" the core of the suite imports."""

_BY_COPY = "pyyaml"
"""It has no wheel for WebAssembly; its part in Python is enough."""


def declared(extras: Iterable[str]) -> list[Requirement]:
    """The requirements of the library and of *extras*."""
    listed = [*_PROJECT["dependencies"], *(each for name in extras for each in _PROJECT["optional-dependencies"][name])]
    # An extra may bring along another one, which is named beside it.
    return [each for each in map(Requirement, listed) if each.name != _PROJECT["name"]]


def of_the_core() -> list[Requirement]:
    """What the core of the suite needs beside the library."""
    return [each for each in declared(["dev"]) if each.name in _OF_THE_CORE]


def lowest(requirement: Requirement) -> str:
    """A requirement at its lower bound."""
    (bound,) = (each.version for each in requirement.specifier if each.operator in {">=", "~=", "=="})
    return f"{requirement.name}=={bound}" + (f" ; {requirement.marker}" if requirement.marker else "")


def install(folder: Path, pyodide: Path) -> None:
    """Put the core's requirements into *folder*, built for the interpreter of *pyodide*."""
    about = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]
    version = ".".join(about["python"].split(".")[:2])
    there = {"sys_platform": "emscripten", "platform_system": "Emscripten", "python_version": version}
    wanted = [
        each for each in (*declared(["cli"]), *of_the_core()) if each.marker is None or each.marker.evaluate(there)
    ]
    shutil.rmtree(folder, ignore_errors=True)
    command = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--target", str(folder)),
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", version),
        *("--abi", f"cp{version.replace('.', '')}", "--abi", "none"),
        *("--platform", f"pyemscripten_{about['abi_version']}_wasm32"),
        *(f"{each.name}{each.specifier}" for each in wanted if each.name != _BY_COPY),
    ]
    subprocess.run(command, check=True)  # noqa: S603  # pip of this interpreter, with what the project declares
    found = find_spec("yaml")
    assert found is not None
    assert found.submodule_search_locations
    (source,) = found.submodule_search_locations
    shutil.copytree(source, folder / "yaml", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["lowest", *extras]:
            print(*map(lowest, declared(extras)), sep="\n")
        case ["core"]:
            print(*(str(each).replace(" ", "") for each in of_the_core()), "pytest-xdist")
        case ["wasm", folder, pyodide]:
            install(Path(folder), Path(pyodide))
        case _:
            sys.exit(__doc__)
