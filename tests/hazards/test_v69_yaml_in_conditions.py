"""V69: a condition that YAML reads as something else. The hint says how to keep it, never to leave a part of it out."""

import pytest

from scopeguard.documents.loading import read_source
from scopeguard.documents.yaml import FAST_LOADER, PureLoader, read
from scopeguard.source import Source

KEEP = "write the whole of it in quotes"
CONDITIONS = (
    "!has(principal.team)",
    "!principal.sso",
    "!(principal.sso || context.frozen)",
    "! has(principal.team)",
    "!!has(principal.team)",
    "!has(principal.team) && context.frozen",
    '!has(principal.team) && principal.team == "a: b"',
    "*principal.team",
    "* > 3",
    "&principal.team",
    "&& principal.sso",
    "|| principal.sso",
    "| principal.sso",
    "> 5",
    ">= 5",
    ">5",
    "@principal.sso",
    "`principal.sso`",
    "%principal.sso",
    "? principal.sso : context.frozen",
    "- principal.level > 0",
    '"owner" in principal.roles',
    "'owner' in principal.roles",
    '{"a": 1}.a == 1',
    "{a: 1}",
    "[1, 2].exists(x, x == principal.level)",
    "[principal.sso]",
    "# principal.sso",
)
PLACES = {
    "when": 'rules:\n  - id: a.b\n    effect: deny\n    on: ["*:*"]\n    code: not_permitted\n    when: {}\n',
    "unless": 'rules:\n  - id: a.b\n    effect: allow\n    on: ["*:*"]\n    unless: {}\n',
    "variable": "variables:\n  mine: {}\n",
    "gate": "gates:\n  - id: a.b\n    on: [notes.create]\n    payment: required\n    unless: {}\n",
    "remedy": "recovery:\n  mine:\n    remedies:\n      - when: {}\n        text: Do it.\n",
    "invariant": "invariants:\n  - id: a.b\n    never:\n      when: {}\n",
}


def hints(text: str) -> list[str]:
    """What is said about a policy file."""
    return [str(each) for each in read_source(Source("p.yaml", text)).findings]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_v69_a_condition_is_kept(condition: str, place: str) -> None:
    """It does not load, and what is said of it tells to keep all of it."""
    said = hints("scopeguard: 1\n" + PLACES[place].replace("{}", condition, 1))
    assert said
    assert all("remove" not in each for each in said)
    assert any(KEEP in each for each in said), said


@pytest.mark.parametrize("condition", [each for each in CONDITIONS if each[0] != "#"])
def test_v69_in_a_mapping_on_one_line(condition: str) -> None:
    """The same between braces."""
    said = hints(f'scopeguard: 1\nrules:\n  - {{id: a.b, effect: allow, on: ["*:*"], when: {condition}}}\n')
    assert said
    assert all("remove" not in each for each in said)
    assert any(KEEP in each for each in said), said


@pytest.mark.parametrize("loader", [FAST_LOADER, PureLoader], ids=["fast", "pure"])
@pytest.mark.parametrize("condition", [each for each in CONDITIONS if each[0] == "!"])
def test_v69_a_negation_is_told_where_it_stands(condition: str, loader: type) -> None:
    """By both parsers: at the exclamation mark, whatever comes after it."""
    found = read(Source("p.yaml", f"when: {condition}\n"), loader).findings
    assert [(each.code, each.line, each.column) for each in found] == [("SG105", 1, 7)]


def test_v69_a_type_is_still_no_condition() -> None:
    """Of a tag that only names a type nothing is lost."""
    (found,) = read(Source("p.yaml", "rank: !!int 5\n")).findings
    assert found.hint == "remove it; values are typed by how they are written"
