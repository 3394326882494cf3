"""The reference pages list what there is: codes, surfaces, scopes, roles and rules."""

from pathlib import Path

from scopeguard import Guard
from scopeguard.model.codes import STANDARD_CODES
from scopeguard.semantics.library import library
from scopeguard.syntax.words import MACROS

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def rows(page: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading, cell by cell, without backquotes."""
    text = (REFERENCE / page).read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_decision_code_is_documented() -> None:
    """Both tables together are the registry of the shipped pack: name, class and status."""
    catalog = Guard.default().catalog
    known, own = rows("decision-codes.md", "Known to every pack"), rows("decision-codes.md", "Of the shipped pack")
    assert [row[0] for row in known] == sorted(STANDARD_CODES)
    assert [row[0] for row in own] == sorted(set(catalog.codes) - set(STANDARD_CODES))
    for name, kind, status, _, means in known + own:
        assert (kind, int(status)) == (catalog.codes[name].kind, catalog.codes[name].status)
        assert len(means) > 10


def test_stages_of_codes_are_those_of_the_rules() -> None:
    """The stage of a code is where the rules of the shipped pack give it."""
    guard = Guard.default()
    stages = guard.catalog.stages
    given = {(rule.code, stages[rule.stage]) for rule in guard._generation.program.rules if rule.code}
    told = {(row[0], stage) for heading in ("Known to every pack", "Of the shipped pack")
            for row in rows("decision-codes.md", heading) for stage in row[3].split(", ")}  # fmt: skip
    assert given <= told


def test_the_shipped_pack_is_documented() -> None:
    """Surfaces with their actions and reach, other scopes, roles with their ranks, and rules."""
    guard = Guard.default()
    catalog = guard.catalog
    surfaces = rows("workspace-pack.md", "Surfaces")
    assert [row[0] for row in surfaces] == list(catalog.surfaces)
    for name, actions, reach, narrowed in surfaces:
        surface = catalog.surfaces[name]
        assert actions.split(", ") == list(surface.actions)
        assert (reach == "coarse") == surface.coarse
        assert (reach == "explicit-only") == (name in catalog.explicit_only)
        assert (narrowed == "yes") == surface.qualifiable
    assert {row[0] for row in rows("workspace-pack.md", "Scopes")} == set(catalog.scopes) - set(catalog.permissions)
    assert {row[0]: int(row[1]) for row in rows("workspace-pack.md", "Roles")} == {
        name: role.rank for name, role in catalog.roles.items()
    }
    assert {row[0] for row in rows("workspace-pack.md", "Rules")} == {
        rule.id for rule in guard._generation.program.rules
    }


def test_meters_and_usage_are_documented() -> None:
    """Each meter with its kind and title, and each row of the classifier with what it counts on."""
    guard = Guard.default()
    meters = [[meter.name, meter.kind, meter.title] for meter in guard.catalog.meters.values()]
    assert rows("workspace-pack.md", "Meters") == meters
    table = guard._generation.program.usage
    counted = {usage.row: usage.meter for usage in table.cells.values()}
    shown = {row[0]: None if row[-1].startswith("none") else row[-1] for row in rows("workspace-pack.md", "Usage")}
    assert shown == counted


def test_conditions_have_the_functions_that_are_documented() -> None:
    """The page of conditions names every function there is."""
    names = (
        {name for name, _ in library(is_strict=True).overloads if name[0].isalpha()} | set(MACROS) | {"bind", "optMap"}
    )
    text = (REFERENCE / "conditions.md").read_text(encoding="utf-8")
    assert len(names) > 80
    assert {name for name in names if f"{name}(" not in text} == set()
