"""What conditions may ask of rows in whatever request."""

from pathlib import Path

from scopeguard import Guard
from scopeguard.conditions import Attribute, Compare, Value
from scopeguard.runtime.generations import program_in_force
from scopeguard.runtime.row_inspection import row_tests

PACK = """\
scopeguard: 1
catalog:
  attributes: {principal: {team: string}}
  surfaces:
    docs: {actions: [read], coarse: true, attributes: {owner: string, team: string}}
rules:
  - {id: r, effect: allow, on: ["docs:read"], when: 'resource.owner == "ann" && resource.team == principal.team'}
"""


def test_samples_stand_for_what_a_request_gives(tmp_path: Path) -> None:
    """And for nothing that a rule says itself."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    owner, team = Attribute("owner", "string"), Attribute("team", "string")
    found = row_tests(program_in_force(Guard.load(tmp_path)), "docs:read")
    assert [each for each in found if isinstance(each, Compare) and each.left in (owner, team)] == [
        Compare(operator, attribute, Value(value))
        for operator in ("==", "!=")
        for attribute, value in ((owner, "ann"), (team, "x"))
    ]
