"""What the package promises to those who import it."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import pytest

import scopeguard

ROOT = Path(__file__).resolve().parents[2]

PUBLIC = [
    "AccessDenied",
    "AccessRequest",
    "Advice",
    "Catalog",
    "Context",
    "Decision",
    "Diagnostic",
    "Disclosure",
    "Entitlement",
    "Explanation",
    "Facts",
    "FactsNeeded",
    "FairUse",
    "Filter",
    "Grant",
    "Grants",
    "Guard",
    "Location",
    "Matrix",
    "Obligation",
    "Payment",
    "Permissions",
    "PolicyError",
    "Principal",
    "Remedy",
    "RequestError",
    "Resource",
    "ScopeguardError",
    "Severity",
    "TabState",
    "Usage",
    "UsageEvent",
    "Wallet",
    "__version__",
]


def test_the_public_names_are_pinned() -> None:
    """Adding or removing a public name is a decision, and this list is where it shows."""
    assert scopeguard.__all__ == PUBLIC


def test_every_public_name_is_there() -> None:
    """What ``__all__`` promises can be imported, and a class says its own public home or a part of it."""
    for name in PUBLIC:
        assert getattr(scopeguard, name) is not None


def test_every_public_name_is_one_object() -> None:
    """A name that is read twice, and from several threads at once, is the same object, and is of its module."""
    program = (
        "import scopeguard, sys; from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "with Pool(8) as pool: found = set(pool.map(lambda _: scopeguard.Guard, range(64)))\n"
        "sys.exit(found != {sys.modules['scopeguard.guard'].Guard})"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_type_checkers_see_what_is_imported_by_name() -> None:
    """The table of the front and its imports for type checkers name the same modules and classes."""
    tree = ast.parse(Path(scopeguard.__file__).read_text(encoding="utf-8"))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name))
    homes = {
        alias.name: node.module for node in checked.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert homes == scopeguard._HOME_OF
    assert sorted(homes) == [name for name in PUBLIC if name != "__version__"]


def test_a_name_that_is_not_there() -> None:
    """A misspelt name is an AttributeError or ImportError as of any module, with the nearest name in the traceback."""
    with pytest.raises(AttributeError, match=r"^module 'scopeguard' has no attribute 'Gaurd'$") as raised:
        scopeguard.Gaurd  # type: ignore[attr-defined]  # noqa: B018  # reading it is what is tried
    assert raised.value.obj is scopeguard
    with pytest.raises(ImportError, match=r"^cannot import name 'Gaurd' from 'scopeguard' "):
        from scopeguard import Gaurd  # type: ignore[attr-defined]  # noqa: F401, PLC0415  # as above


def test_the_names_are_listed() -> None:
    """``dir`` and ``help`` know every name before any is read."""
    program = "import scopeguard, sys; sys.exit(not set(scopeguard.__all__) <= set(dir(scopeguard)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
    program = "import pydoc, scopeguard; print(pydoc.plain(pydoc.render_doc(scopeguard)))"
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert "class Guard(" in told
    assert "def __getattr__" not in told


def test_the_root_holds_no_other_public_names() -> None:
    """Besides the promised names only submodules stand in the package, and the mark for type checkers."""
    modules = {path.stem for path in (ROOT / "src" / "scopeguard").iterdir()} | {"TYPE_CHECKING"}
    assert {name for name in vars(scopeguard) if not name.startswith("_")} - modules <= set(PUBLIC)


def test_types_are_shipped() -> None:
    """Type checkers of users find the marker of PEP 561."""
    assert files("scopeguard").joinpath("py.typed").is_file()


def test_the_plugin_is_shipped() -> None:
    """The plugin is found by its entry point, and the wheel holds the package that it names."""
    (plugin,) = entry_points(group="pytest11", name="scopeguard")
    assert plugin.load().__file__ == str(ROOT / "src" / "scopeguard_pytest" / "__init__.py")
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"]["packages"] == [
        "src/scopeguard",
        "src/scopeguard_pytest",
        "src/scopeguard_pyinstaller",
    ]


def test_one_version() -> None:
    """The module and the distribution have the same version, and the changelog knows it or what comes after."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert scopeguard.__version__ == project["version"]
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_where_something_new_goes_is_there() -> None:
    """Each file and folder that CONTRIBUTING.md names for what is new exists, and has the table that it names there."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| an? .*$", text.partition("Where something new goes:")[2].partition("\nOnly ")[0], re.MULTILINE
    )
    named = [(row, path) for row in rows for path in re.findall(r"`([\w/]+(?:\.\w+|/))`", row)]
    assert len(rows) == 8
    for row, path in named:
        assert (ROOT / path).exists() or (ROOT / "src" / "scopeguard" / path).exists(), row
    for table, path in re.findall(r"`([A-Z_]+)` of `([\w/]+\.py)`", "\n".join(rows)):
        assert re.search(
            rf"^{table}\b", (ROOT / "src" / "scopeguard" / path).read_text(encoding="utf-8"), re.MULTILINE
        ), table
