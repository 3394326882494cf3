"""V73: YAML joins lines, and a comment of CEL then swallows the next ones: a clause is lost, and nothing is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scopeguard.documents.shapes import Model
from tests.hazards.findings import codes, findings

JOINED = {
    "folded": ">-\n      principal.sso // signed in\n      && context.facts.ready\n",
    "folded and kept": ">+\n      principal.sso // signed in\n      && context.facts.ready\n",
    "plain": "principal.sso // signed in\n      && context.facts.ready\n",
    "double quotes": '"principal.sso // signed in\n      && context.facts.ready"\n',
    "single quotes": "'principal.sso // signed in\n      && context.facts.ready'\n",
    "an escaped line end": '"principal.sso // signed in\\\n      && context.facts.ready"\n',
    "after a text": "'principal.id == \"a//b\" // mine\n      && context.facts.ready'\n",
    "after a raw text": "'principal.id == r\"\\\" // mine\n      && context.facts.ready'\n",
    "three lines": ">-\n      principal.sso\n      // signed in\n      && context.facts.ready\n",
}
APART = {
    "literal": "|\n      principal.sso // signed in\n      && context.facts.ready\n",
    "an empty line": ">-\n      principal.sso // signed in\n\n      && context.facts.ready\n",
    "an escape": '"principal.sso // signed in\\n && context.facts.ready"\n',
    "at the end": ">-\n      principal.sso\n      && context.facts.ready // of the team\n",
    "in a text": '>-\n      principal.id == "https://example.com"\n      && context.facts.ready\n',
    "in a long text": ">-\n      principal.id == '''a \" // b'''\n      && context.facts.ready\n",
}
PLACES = {
    "when": 'rules:\n  - id: a.rule\n    effect: deny\n    on: ["notes:read"]\n    code: not_permitted\n    when: ',
    "unless": 'rules:\n  - id: a.rule\n    effect: deny\n    on: ["notes:read"]\n    code: not_permitted\n    unless: ',
    "variable": "variables:\n    mine: ",
    "gate": "gates:\n  - id: a.gate\n    on: [notes.create]\n    payment: required\n    when: ",
    "remedy": "recovery:\n  sso_required:\n    remedy: {text: Wait.}\n    remedies:\n    - text: Wait.\n      when: ",
    "role": 'roles:\n  mine:\n    holds: ["notes:read"]\n    when: ',
    "invariant": "invariants:\n  - id: a.claim\n    never:\n     when: ",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("written", JOINED)
def test_v73_joined(written: str, place: str, tmp_path: Path) -> None:
    """Refused wherever a condition stands, at the two slashes; under another key it would mean the opposite."""
    told = [
        each
        for each in findings(tmp_path, PLACES[place] + JOINED[written].replace("      ", "        "))
        if each.code == "SG510"
    ]
    assert len(told) == 1
    key = PLACES[place].split()[-1]
    assert told[0].hint == f"write the condition as a literal block, {key} |, or leave the comment out"
    line = (tmp_path / "more.yaml").read_text(encoding="utf-8").splitlines()[told[0].line - 1]
    assert line[told[0].column - 1 :].startswith("// ")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("written", APART)
def test_v73_not_joined(written: str, place: str, tmp_path: Path) -> None:
    """Where the line ends in the condition too, or nothing follows, all is well."""
    assert codes(tmp_path, PLACES[place] + APART[written].replace("      ", "        ")) == []


def test_v73_every_place() -> None:
    """No part of a policy file has a condition and is left out above."""
    with_conditions = {each.__name__ for each in _models(Model) if {"when", "unless"} & each.model_fields.keys()}
    assert with_conditions == {"CircumstanceDoc", "ClaimDoc", "GateDoc", "RoleDoc", "RuleDoc"}


def _models(base: type[Model]) -> Iterator[type[Model]]:
    for each in base.__subclasses__():
        yield each
        yield from _models(each)
