"""The reference pages list what there is: codes, surfaces, scopes, roles and rules."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from scopeguard import Context, Guard, RequestError, Resource, cel, limits
from scopeguard.documents.facts import GateDoc
from scopeguard.documents.loading import read_pack
from scopeguard.model.catalog import DEFAULT_STAGES, DenialCode
from scopeguard.model.codes import PLACEHOLDERS, STANDARD_CODES
from scopeguard.model.facts import FACTS_OF_GATES
from scopeguard.semantics.built_in_variables import FACTS, standard_facts
from scopeguard.semantics.functions.library import library
from scopeguard.semantics.gate_kinds import GATE_KINDS
from scopeguard.shipped import policies
from scopeguard.syntax.keywords import MACROS

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def rows(page: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading, cell by cell, without backquotes."""
    text = (REFERENCE / page).read_text(encoding="utf-8").split(f"# {heading}\n", 1)[1]
    text = re.split(r"^#+ ", text, maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_decision_code_is_documented() -> None:
    """The tables together are the registry of the shipped pack: name, class and status; advice has a table of its own."""
    catalog = Guard.default().catalog
    known, own = rows("decision-codes.md", "Known to every pack"), rows("decision-codes.md", "Of the shipped pack")
    advice = {code.name for code in catalog.codes.values() if code.kind == "advice"}
    assert [row[0] for row in known] == sorted(set(STANDARD_CODES) - advice)
    assert [row[0] for row in own] == sorted(set(catalog.codes) - set(STANDARD_CODES) - advice)
    assert [row[:2] for row in rows("decision-codes.md", "Advice")] == [
        [name, "every pack" if name in STANDARD_CODES else "the shipped pack"] for name in sorted(advice)
    ]
    for name, kind, status, _, means in known + own:
        assert (kind, int(status)) == (catalog.codes[name].kind, catalog.codes[name].status)
        assert len(means) > 10


def test_stages_of_codes_are_those_of_the_rules() -> None:
    """The stage of a code is where the rules of the shipped pack give it."""
    guard = Guard.default()
    stages = guard.catalog.stages
    denies = [rule for rule in guard._generation.program.rules if rule.effect == "deny"]
    given = {(code, stages[rule.stage]) for rule in denies for code in (rule.code, rule.failing) if code}
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
    rules = [rule for rule in guard._generation.program.rules if rule.gate is None]
    assert sorted(rows("workspace-pack.md", "Rules")) == sorted(
        [rule.id, rule.effect, catalog.stages[rule.stage] if rule.effect == "deny" else "", rule.code or ""]
        for rule in rules
    )


def test_operations_and_redactions_are_documented() -> None:
    """Each operation with what it counts on, and each permission with what it may bring along."""
    catalog = Guard.default().catalog
    assert rows("workspace-pack.md", "Operations") == [
        [
            each.name,
            each.permission,
            ", ".join(each.meters("production")) or "nothing",
            ", ".join(each.instead.values()) or "the same",
            "requested" if each.must_say_quantity else "one",
            "yes" if each.audited else "no",
        ]
        for each in catalog.operations.values()
    ]
    embeds = [(surface, action) for surface in catalog.surfaces.values() for action in surface.embeds]
    assert rows("workspace-pack.md", "Redactions") == [
        [f"{surface.name}:{action}", ", ".join(surface.embeds[action])] for surface, action in embeds
    ]


def needs_of(gate: GateDoc) -> str:
    """What the page says that a gate needs."""
    named = (("limit: ", gate.entitlement), ("fair use: ", gate.fair_use), ("credentials: ", gate.provider))
    told = [head + (name if isinstance(name, str) else ", ".join(name)) for head, name in named if name]
    return "".join(told) or ("payment" if gate.payment else "wallet")


def test_gates_are_documented() -> None:
    """Each gate of the shipped pack with its operations, what it needs and its condition, as the policy file has them."""
    pack, _ = read_pack(policies() / "workspace")
    gates: list[GateDoc] = [entry.content for entry in pack.entries("gates")]
    table = rows("workspace-pack.md", "Gates")
    assert [row[:3] for row in table] == [[gate.id, ", ".join(gate.on), needs_of(gate)] for gate in gates]
    for (*_, where), gate in zip(table, gates, strict=True):
        condition = gate.when or (f"not `{gate.unless}" if gate.unless else None)
        assert where == (condition or ("they count on it" if gate.entitlement or gate.fair_use else "always"))


def test_what_the_host_supplies_is_documented() -> None:
    """Each attribute and fact that the shipped pack declares, with its type; those of gates stand in policy files."""
    types = Guard.default()._generation.program.types
    own = {name: kind for name, kind in types.facts.items() if "." not in name and name not in FACTS_OF_GATES}
    declared = {f"context.{name}": kind for name, kind in types.context.items()}
    declared |= {f"context.facts.{name}": kind for name, kind in own.items()}
    declared |= {f"resource.{name}": kind for each in types.resource.values() for name, kind in each.items()}
    assert {row[0]: row[1] for row in rows("workspace-pack.md", "What the host supplies")} == declared


def test_the_facts_of_gates_are_documented() -> None:
    """Every fact that gates read with its type, by the names that the page uses."""
    declared = standard_facts(meters=["METER"], buckets=["BUCKET"], providers=["KIND"])
    assert {row[0]: row[1] for row in rows("policy-files.md", "Facts")} == declared


def test_the_kinds_of_gates_are_documented() -> None:
    """Each kind with its stage, its code and its fact, and the code that it advises with."""
    table = {row[0]: row for row in rows("decisions.md", "Gates")}
    assert list(table) == list(GATE_KINDS)
    places = {"provider": "KIND", "entitlement": "METER", "fair_use": "BUCKET"}
    for name, kind in GATE_KINDS.items():
        assert table[name][1] == f"{kind.stage}, `{kind.code}"
        assert table[name][2].split("`")[0] == kind.fact.removeprefix(f"{FACTS}.").replace("NAME", places.get(name, ""))
    short = [row for row in rows("policy-files.md", "`gates`") if ":" in row[0]]
    assert [row[0].partition(":")[0] for row in short] == list(GATE_KINDS)
    assert [row[2] for row in short] == [kind.code for kind in GATE_KINDS.values()]
    assert [row[3].partition("`")[0] or None for row in short] == [
        kind.advice and kind.advice.code for kind in GATE_KINDS.values()
    ]


def test_the_placeholders_are_documented() -> None:
    """Everything that the text of a remedy may put in braces, and nothing else."""
    named = [name for row in rows("policy-files.md", "`recovery`") for name in re.findall(r"\{(\w+)\}", row[0])]
    assert sorted(named) == sorted(PLACEHOLDERS)


def test_what_an_entry_of_a_code_leaves_out_is_documented(tmp_path: Path) -> None:
    """Of a standard code the remedy alone is replaced, of a code of one's own nothing stood there: as the table says."""
    words = "remedy: {text: Ask Ann.}"
    named = "".join(f"  {name}: {{{words}}}\n" for name in STANDARD_CODES)
    (tmp_path / "pack.yaml").write_text(f"scopeguard: 1\nrecovery:\n{named}  mine: {{{words}}}\n", encoding="utf-8")
    codes = Guard.load(tmp_path).catalog.codes
    for name, code in STANDARD_CODES.items():
        assert codes[name] == replace(code, remedy="Ask Ann.", action=None, target=None)
    assert codes["mine"] == DenialCode("mine", "denial", 403, "Ask Ann.")
    denial = next(name for name, code in STANDARD_CODES.items() if code.kind == "denial" and code.remedy)
    (tmp_path / "pack.yaml").write_text(f"scopeguard: 1\nrecovery: {{{denial}: {{status: 404}}}}\n", encoding="utf-8")
    assert Guard.load(tmp_path).catalog.codes[denial] == replace(
        STANDARD_CODES[denial], status=404, remedy=None, action=None, target=None
    )
    assert {row[0]: row[1:3] for row in rows("policy-files.md", "`recovery`") if len(row) == 4} == {
        "class": ["stays", "denial"],
        "status": ["stays", "403"],
        "title": ["stays", "none"],
        "challenge": ["stays", "none"],
        "remedy": ["none", "none"],
        "remedies": ["none", "none"],
    }


def test_the_stages_without_a_list_are_documented() -> None:
    """The list of stages that the page shows is the one that stands where a pack has none."""
    text = (REFERENCE / "policy-files.md").read_text(encoding="utf-8")
    assert f"stages: [{', '.join(DEFAULT_STAGES)}]" in text


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
        {name for name, _ in library(is_strict=True).declared if name[0].isalpha()} | set(MACROS) | {"bind", "optMap"}
    )
    text = (REFERENCE / "conditions.md").read_text(encoding="utf-8")
    assert len(names) > 80
    assert {name for name in names if f"{name}(" not in text} == set()


def test_the_limits_are_documented() -> None:
    """The page of limits has the value of every bound that a user can meet, and the codes of those that diagnostics report."""
    text = (REFERENCE / "limits.md").read_text(encoding="utf-8")
    shown = {int(value.replace(",", "")) for value in re.findall(r"\| ([\d,]+) \|", text)}
    inner = {"CALLS_BEFORE_CODE", "MAX_FACT_SETS", "MAX_TOLD", "MAX_NAMED", "MAX_BY_VALUE"}
    bounds = {name: value for name, value in vars(limits).items() if name.isupper() and name not in inner}
    assert {name for name, value in bounds.items() if value not in shown} == set()
    assert shown <= set(bounds.values())


def test_the_limit_of_integers_is_where_the_page_has_it() -> None:
    """A host's own are refused where they come in, and those of a condition where it is read or where they arise."""
    text = (REFERENCE / "limits.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.*?) \| 9,223,372,036,854,775,807 \| (.*?) \|$", text, re.MULTILINE)
    most = limits.MAX_SAFE_INTEGER
    assert dict(rows) == {
        "an `int` in a condition": "SG501",
        "an integer of an attribute or a fact": "`RequestError`",
        "an `int` that an expression comes to": "cannot be evaluated",
    }
    with pytest.raises(cel.CelSyntaxError, match="SG501"):
        cel.compile(f"{most + 1}")
    for made in (lambda: Context(facts={"seats": most + 1}), lambda: Resource("notes", attributes={"size": most + 1})):
        with pytest.raises(RequestError, match="out of the range of a 64-bit integer"):
            made()
    with pytest.raises(cel.CelEvaluationError, match="int overflow"):
        cel.compile(f"{most} + 1").evaluate({})


def test_questions_have_answers() -> None:
    """Each of the questions of engineers, reviewers and testers has one place that answers it; links are tested with all others."""
    text = (REFERENCE.parent / "start" / "questions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+\?) \| \[[^\]]+\]\(([^)]+)\) \|$", text, re.MULTILINE)
    assert len(rows) >= 40
    assert len({question for question, _ in rows}) == len(rows)
    assert [place for _, place in rows if not (REFERENCE.parent / "start" / place.partition("#")[0]).is_file()] == []
