"""What pages say of the house itself: layers, places where something new goes, names of the standard ``logging``."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "scopeguard"
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_PATH = re.compile(r"`((?:[\w.-]+/)+(?:[\w-]+\.\w+)?)`")


def test_the_layers_are_those_of_the_contract() -> None:
    """The table of layers has each layer of the import contract, and none that there is not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each["id"] == "layers")
    table = CONTRIBUTING.split("| layer | what |\n", 1)[1].split("\n\n", 1)[0]
    told = [name for row in table.splitlines()[1:] for name in re.findall(r"`(\w+)`", row.split(" | ")[0])]
    assert sorted(told) == sorted(name for layer in layers for name in layer.split(" | "))


def test_the_places_that_are_named_exist() -> None:
    """Each file and folder is there, of the checkout or of the package, and each table that is said to be in one is in it."""
    named = _PATH.findall(CONTRIBUTING)
    assert len(named) > 15
    assert [path for path in named if not ((ROOT / path).exists() or (SOURCE / path).exists())] == []
    tables = re.findall(r"`([A-Z_]+)` of `([\w/]+\.py)`", CONTRIBUTING)
    assert {"FACT_RECORDS", "GATE_KINDS", "PASSES", "SECTIONS"} <= {name for name, _ in tables}
    assert [
        (name, path)
        for name, path in tables
        if not re.search(rf"^{name}\b", (SOURCE / path).read_text(encoding="utf-8"), re.MULTILINE)
    ] == []


def test_the_names_of_logs_are_told() -> None:
    """Whoever runs a service finds every name that the library writes to."""
    written = {
        name
        for path in SOURCE.rglob("*.py")
        for name in re.findall(r"getLogger\(\"([\w.]+)\"\)", path.read_text(encoding="utf-8"))
    }
    page = (ROOT / "docs/how-to/production.md").read_text(encoding="utf-8").split("## Logs\n", 1)[1]
    table = "\n".join(line for line in page.splitlines() if line.startswith("| `"))
    assert {"scopeguard.reloading", "scopeguard.keys"} <= written
    assert set(re.findall(r"`(scopeguard[\w.]+)`", table)) == written
