"""Whole packs: generated ones, broken ones and hostile ones."""

import json
from pathlib import Path
from random import Random

import pytest

from scopeguard import shipped
from scopeguard.checking import check_pack
from scopeguard.checking.findings import Hints
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.spelling import misspelt
from scopeguard.documents.loading import read_pack
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic, Severity, Suggestion
from scopeguard.semantics.built_in_variables import names_of
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.semantics.type_checker import Checker
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Failure, walk
from scopeguard.syntax.printer import print_expression
from tests.strategies import Maker

SEEN_BY_CHANCE = {"SG204", "SG206", "SG207", "SG303", "SG401", "SG420"}
"""What generated packs do get wrong: names that they lack, parts that exclude each other, conditions that say nothing."""


def findings(*files: object, folder: Path) -> list[Diagnostic]:
    """What the checks find in a pack of these files, each well-formed."""
    for number, file in enumerate(files):
        (folder / f"p{number}.yaml").write_text(json.dumps(file), encoding="utf-8")
    pack, found = read_pack(folder)
    assert found == []
    return check_pack(pack)


def test_generated_packs_are_not_wrongly_refused(tmp_path: Path) -> None:
    """Of many packs with conditions of every form only those are refused that name what they do not define."""
    refused = 0
    for seed in range(80):
        pack, found = read_pack(Maker(Random(seed)).pack().write(tmp_path / "pack"))
        assert found == []
        errors = {each.code for each in check_pack(pack) if each.severity is Severity.ERROR}
        assert errors <= SEEN_BY_CHANCE, seed
        refused += bool(errors)
    assert refused < 25


def test_the_order_of_rules_changes_no_finding(tmp_path: Path) -> None:
    """Rules are a set: shuffled, they have the same faults."""
    for seed in range(20):
        maker = Maker(Random(seed))
        pack = maker.pack()
        shuffled = list(pack.rules)
        Random(seed).shuffle(shuffled)
        told = []
        for each in (pack.with_rules(pack.rules), pack.with_rules(shuffled)):
            read, _ = read_pack(each.write(tmp_path / "pack"))
            told.append(sorted((one.code, one.message) for one in check_pack(read) if one.severity is Severity.ERROR))
        assert told[0] == told[1]


def test_findings_are_sorted_by_place(tmp_path: Path) -> None:
    """Findings of different checks come in the order of the text."""
    surfaces = {"agents": {"actions": ["read"], "coarse": True, "explicit_only": True}}
    rules = [
        {"id": "b.b", "effect": "deny", "on": ["agent:read"]},
        {"id": "a.a", "effect": "allow", "on": ["agents:read"], "kinds": ["member"], "code": "nothing", "when": "x"},
    ]
    found = findings(
        {"scopeguard": 1, "rules": rules}, {"scopeguard": 1, "catalog": {"surfaces": surfaces}}, folder=tmp_path
    )
    assert [each.code for each in found] == ["SG404", "SG203", "SG407", "SG209", "SG211", "SG307"]
    places = [(each.file, each.line, each.column) for each in found]
    assert places == sorted(places)


def test_the_shipped_pack_is_right() -> None:
    """The default pack loads without an error or a warning."""
    pack, found = read_pack(shipped.policies() / "workspace")
    assert (found, check_pack(pack)) == ([], [])


def test_a_pack_with_nothing_in_it_has_no_fault(tmp_path: Path) -> None:
    """An empty file grants nothing and is right."""
    assert findings({"scopeguard": 1}, folder=tmp_path) == []


def test_names_are_not_unknown_where_a_file_is_missing(tmp_path: Path) -> None:
    """With a file that cannot be read, what the others refer to may well stand in it."""
    (tmp_path / "broken.yaml").write_text("a: [", encoding="utf-8")
    rules = [
        {"id": "a.a", "effect": "allow", "on": ["agents:read", "agents.open"], "roles": ["viewer"],
         "requires": "agents:read", "when": "resource.owner == principal.team && context.facts.ready"},
        {"id": "a.b", "effect": "deny", "on": ["*:wipe"], "channels": ["server"], "stage": "late", "code": "not_now"},
    ]  # fmt: skip
    roles = {"keeper": {"holds": ["agents:read", "product.view"]}}
    (tmp_path / "p.yaml").write_text(json.dumps({"scopeguard": 1, "rules": rules, "roles": roles}), encoding="utf-8")
    pack, found = read_pack(tmp_path)
    assert [each.code for each in found] == ["SG101"]
    assert check_pack(pack) == []


def test_hints_cost_a_bounded_amount_of_work() -> None:
    """After so many comparisons no more near names are looked for; what was found stays."""
    known = [f"name_{number}" for number in range(50_000)]
    hints = Hints()
    assert hints.near("name_7", ["name_1", "name_77"], "few") == Suggestion('did you mean "name_77"?', "name_7")
    hints._left = 49_999
    assert hints.near("name_x", known, "many") is None
    assert ("many", "name_x") not in hints._found
    assert hints.near("name_7", known, "few") == Suggestion('did you mean "name_77"?', "name_7")


def test_thousands_of_typos_are_answered_at_once(tmp_path: Path) -> None:
    """Each of many unknown names is told, though not each with the name that is near."""
    surfaces = {f"surface_{number}": {"actions": ["read"], "coarse": True} for number in range(500)}
    rules = [{"id": f"r.n{number}", "effect": "allow", "on": [f"surfaces_{number}:read"]} for number in range(600)]
    found = findings({"scopeguard": 1, "catalog": {"surfaces": surfaces}, "rules": rules}, folder=tmp_path)
    assert [each.code for each in found] == ["SG203"] * 600
    assert found[0].hint == 'did you mean "surface_0"?'
    assert found[-1].hint == "there are surface_0, surface_1, surface_10, surface_100, surface_101 and 495 more"


def test_a_long_circle_is_told_once_and_briefly(tmp_path: Path) -> None:
    """A circle of many scopes needs no recursion and no long message."""
    count = 600
    scopes = {f"s{number}:all": {"includes": [f"s{(number + 1) % count}:all"]} for number in range(count)}
    (found,) = findings({"scopeguard": 1, "scopes": scopes}, folder=tmp_path)
    assert (found.code, found.message) == (
        "SG305",
        'scope "s0:all" includes itself: s0:all → s1:all → s2:all → s3:all → s4:all → … → s0:all',
    )


@pytest.mark.parametrize(
    "tree",
    [Failure("no value"), Call(ex.EQUAL, (Failure("no value"), ex.Literal(1))), Call(ex.AND, (ex.TRUE,) * 40)],
    ids=["failure", "compared", "flat"],
)
def test_trees_that_no_text_gives_have_types_too(tree: ex.Expr) -> None:
    """What simplifying makes of a condition is no mistake of whoever wrote it."""
    names = names_of({})
    checker = Checker("", names)
    checker.check(tree)
    assert checker.problems == []
    parsed = ParsedPack.of(Pack())
    assert list(misspelt(tree, names, checker, parsed.names, parsed.catalog)) == []


@pytest.mark.parametrize("pack", sorted(path.name for path in shipped.policies().iterdir() if path.is_dir()))
def test_shipped_conditions_have_no_dyn(pack: str) -> None:
    """Every part of every condition and variable of a shipped pack has a type that is known when it is loaded."""
    read, _ = read_pack(shipped.policies() / pack)
    parsed = ParsedPack.of(read)
    declared = parsed.variables.declared
    everywhere = declared.everywhere()
    trees = [(each.entry.content, each.tree, everywhere) for each in parsed.variables.by_name.values()]
    for rule in parsed.rules:
        names = declared.for_surfaces(rule.surfaces(parsed.catalog))
        doc = rule.entry.content
        trees += [(doc.when, rule.when, names), (doc.unless, rule.unless, names)]
    conditions = [(text, tree, names) for text, tree, names in trees if tree is not None]
    assert conditions
    for text, tree, names in conditions:
        resolved = Resolver(names).resolve(tree)
        checker = Checker(text, names)
        checker.check(resolved)
        assert {print_expression(node) for node in walk(resolved) if "dyn" in str(checker.type_at(node))} == set(), text
