"""What conditions may ask of rows in whatever request."""

from pathlib import Path

import pytest

from scopeguard import Guard
from scopeguard.conditions import Attribute, Compare, Function, In, Opaque, Test, Text, Value
from scopeguard.runtime.generations import program_in_force
from scopeguard.runtime.row_inspection import row_tests

PACK = """\
scopeguard: 1
catalog:
  attributes: {principal: {team: string, level: int, part: double, teams: list(string)}}
  surfaces:
    docs:
      actions: [read]
      coarse: true
      attributes: {owner: string, team: string, size: int, ratio: double, tags: list(string)}
rules:
  - {id: r, effect: allow, on: ["docs:read"], when: 'WHEN'}
"""


OWNER, SIZE, RATIO = Attribute("owner", "string"), Attribute("size", "int"), Attribute("ratio", "double")
SUM = Function("+", (RATIO, Value(1.0)), "double")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ('resource.owner == "ann"', [Compare("==", OWNER, Value("ann")), Compare("!=", OWNER, Value("ann"))]),
        ("resource.owner == principal.team", [Compare("==", OWNER, Value("x")), Compare("!=", OWNER, Value("x"))]),
        ("resource.size < principal.level", [Compare("<", SIZE, Value(1)), Compare(">=", SIZE, Value(1))]),
        ("principal.level < resource.size", [Compare(">", SIZE, Value(1)), Compare("<=", SIZE, Value(1))]),
        (
            "resource.owner.size() < principal.level",
            [
                Compare("<", Function("size", (OWNER,), "int"), Value(1)),
                Compare(">=", Function("size", (OWNER,), "int"), Value(1)),
            ],
        ),
        (
            "resource.ratio + principal.part < principal.part",
            [Compare("<", SUM, Value(1.0)), Compare(">=", SUM, Value(1.0))],
        ),
        ("resource.owner in principal.teams", [In(OWNER, ("x",))]),
        ("principal.teams.exists(each, each.startsWith(resource.owner))", [Text("startsWith", Value("x"), OWNER)]),
        (
            "principal.teams.exists(i, each, each == resource.owner)",
            [Opaque("principal.teams.exists(i, each, each == resource.owner)")],
        ),
        (
            "principal.level > 1 && resource.owner == 'ann'",
            [Compare("==", OWNER, Value("ann")), Compare("!=", OWNER, Value("ann"))],
        ),
    ],
)
def test_samples_stand_for_what_a_request_gives(tmp_path: Path, when: str, expected: list[Test]) -> None:
    """Of the type that is asked about, and for nothing that a rule says itself."""
    (tmp_path / "pack.yaml").write_text(PACK.replace("WHEN", when.replace("'", "''")), encoding="utf-8")
    found = row_tests(program_in_force(Guard.load(tmp_path)), "docs:read")
    assert [each for each in found if each.origin is not None and each.origin.rule == "r"] == expected
