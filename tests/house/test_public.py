"""What the package promises to those who import it."""

import re
import tomllib
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

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


def test_the_root_holds_no_other_public_names() -> None:
    """Besides the promised names only submodules stand in the package."""
    modules = {path.stem for path in (ROOT / "src" / "scopeguard").iterdir()}
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
    """The module and the distribution tell the same version, and the changelog knows it or what comes after."""
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
