"""Conditions are written in their canonical form, and nothing else of a file changes."""

import json
from random import Random

import pytest
import yaml

from scopeguard import PolicyError, shipped
from scopeguard.documents.formatting import formatted
from scopeguard.source import Source
from scopeguard.syntax.parser import parse_condition
from tests.conftest import Golden
from tests.strategies import Maker

UNTIDY = """\
# Who may read.
scopeguard: 1

variables:
  own: resource.id==principal.id   # own
  "many" : 'resource.id in ["a","b"]'
  set: has(  resource.id )&&resource.id   in ["a"]
  quoted: "\\"it's\\" != action && action == 'say \\\\'hi\\\\''"
  map: '{"a":1}.a == 1'
rules:
  - {id: a.a, effect: allow, on: ["notes:read"], when: 'principal.kind=="api_key"'} # x
  - { id: a.flow, when: principal.rank>1, unless: variables.own , effect: allow, on: ["notes:read"]}
  - id: b.b
    when: (principal.kind  ==   'member')||variables.own

    # between
    unless: >-   # block
      (principal.kind == "member" && (context.channel=="a" || true))
      && principal.rank>3
    effect: allow
    because: "a  ==  b, and  c"
    on: ["notes:read"]
  - id: c.c
    when: |
      principal.rank > 3 // why
        && true
    unless: "context.channel in ['a',
       'b  //  c']"
    on: ["notes:read"]
    effect: allow
  - id: d.d
    on: ["notes:read"]
    effect: allow
    when: >
      resource.surface in ["api_keys", "members", "providers", "sso", "privacy", "compliance",
      "user_erasure",  "recordings",
        "set  tings", "billing"]


    unless: |2-
        principal.rank>3
"""


def text_of(source: str) -> str:
    """The formatted text."""
    return formatted(Source("pack.yaml", source))


def test_a_file_with_everything(golden: Golden) -> None:
    """Every style of scalar keeps its place, its comments and its neighbours."""
    golden("fmt/pack.yaml", text_of(UNTIDY))


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_formatting_again_changes_nothing(ends: str) -> None:
    """What is canonical stays so, whatever ends its lines."""
    once = text_of(UNTIDY.replace("\n", ends))
    assert text_of(once) == once
    assert once.replace("\r\n", "\n") == text_of(UNTIDY)


def test_the_shipped_packs_are_canonical() -> None:
    """What the library ships is written as it would write it."""
    for file in shipped.policies().rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        assert text_of(text) == text, file


@pytest.mark.parametrize("style", [None, "'", '"', "|", ">"], ids=["plain", "single", "double", "literal", "folded"])
def test_generated_packs_keep_their_meaning(style: str | None) -> None:
    """Whatever the style: the file says the same, and its conditions parse to the same trees."""

    class Dumper(yaml.SafeDumper):
        """Writes every text in one style."""

    tag = "tag:yaml.org,2002:str"
    Dumper.add_representer(str, lambda dumper, value: dumper.represent_scalar(tag, value, style=style))
    for seed in range(40):
        for made in Maker(Random(seed)).pack().files:
            before = yaml.dump(made, Dumper=Dumper, sort_keys=False, width=60 + seed)
            before = before.replace("(", "( ") if seed % 2 else before
            after = text_of(before)
            assert parsed(after) == parsed(before)
            assert text_of(after) == after


def parsed(text: str) -> object:
    """A file as data, its conditions as trees."""
    made = json.loads(json.dumps(yaml.safe_load(text)))
    made["variables"] = {name: parse_condition(found) for name, found in made.get("variables", {}).items()}
    for entry in (*made.get("rules", ()), *made.get("roles", {}).values()):
        entry.update({field: parse_condition(entry[field]) for field in ("when", "unless") if field in entry})
    return made


def test_what_is_malformed_is_told_at_its_place() -> None:
    """Every condition that does not parse, and a text that is no YAML."""
    text = "scopeguard: 1\nvariables: {a: 'x ==', b: '1 = 2'}\nrules: [{when: 'y &&'}, 3, {when: 4}]\n"
    with pytest.raises(PolicyError) as caught:
        text_of(text)
    assert [(each.code, each.line, each.column) for each in caught.value.diagnostics] == [
        ("SG501", 2, 21), ("SG501", 2, 30), ("SG501", 3, 21),
    ]  # fmt: skip
    with pytest.raises(PolicyError, match="SG101"):
        text_of("a: [")


def test_files_without_conditions_stay_as_they_are() -> None:
    """Whatever else they hold."""
    for text in ("scopeguard: 1\n", "- a\n", "variables: 3\nrules: {a: b}\n", ""):
        assert text_of(text) == text
