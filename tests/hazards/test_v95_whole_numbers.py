"""V95: a whole number for a declared double: tests allow what the product denies. One typing for all who give values."""

import json
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.testing.collecting import collect, find_problems
from scopeguard.testing.running import run_cell

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true, attributes: {amount: double, amounts: list(double), by_name: "map(string, double)"}}
  attributes:
    principal: {budget: double}
    context: {ratio: double}
    facts: {level: double}
rules:
  - {id: a.rule, effect: allow, on: ["notes:read"], kinds: [system], when: CONDITION}
"""
CONDITIONS = (
    "resource.amount * 2.0 <= 6.0",
    "resource.amount == 3.0 && type(dyn(resource.amount)) == double",
    "resource.amounts.all(each, each / 2.0 == 1.5)",
    "3.0 in resource.amounts",
    'resource.by_name["x"] + 0.5 == 3.5',
    "principal.budget - 0.5 == 2.5",
    "context.ratio * 1.5 == 4.5",
    "context.facts.level * resource.amount == resource.amount * resource.amount",
    "type(dyn(-context.facts.level)) == double",
)


def given(value: Any) -> dict[str, Any]:
    """The parts of a request, in which one number stands everywhere."""
    return {
        "principal": {"budget": value},
        "resource": {"amount": value, "amounts": [value, value], "by_name": {"x": value}},
        "context": {"ratio": value},
        "facts": {"level": value},
    }


def asked(guard: Guard, value: Any) -> bool:
    """What the product answers."""
    parts = given(value)
    return guard.check(
        Principal.system("job", workspace="ws_1", attributes=parts["principal"]),
        "notes:read",
        Resource("notes", "n1", "ws_1", parts["resource"]),
        Context(facts=parts["facts"], attributes=parts["context"]),
    ).allowed


def by_tests(folder: Path, value: Any) -> bool | str:
    """What tests of the pack say: whether they allow, or the code of what is wrong with the value."""
    parts = given(value)
    suite = {
        "principals": {"job": {"kind": "system", "attributes": parts["principal"]}},
        "resources": {"note": {"surface": "notes", "id": "n1", "attributes": parts["resource"]}},
        "facts": {"usual": parts["facts"]},
        "contexts": {"usual": {"facts": "usual", "attributes": parts["context"]}},
        "matrices": [
            {
                "id": "m",
                "principals": ["job"],
                "context": "usual",
                "resources": ["note"],
                "table": {"notes:read": {"job": "allow"}},
            }
        ],
    }
    (folder / "pack_test.yaml").write_text(json.dumps({"scopeguard": 1, "tests": suite}), encoding="utf-8")
    wrong = {each.code for each in find_problems([folder])}
    return (
        wrong.pop()
        if wrong
        else all(run_cell(each.guard, cell).passed for each in collect([folder]) for cell in each.cells)
    )


@pytest.mark.usefixtures("code_at_once")
@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("value", [3, 3.0])
def test_v95_a_whole_number_is_a_double(condition: str, value: float, tmp_path: Path) -> None:
    """In the product, in generated code and in the evaluator, and in tests of the pack."""
    (tmp_path / "pack.yaml").write_text(PACK.replace("CONDITION", f"'{condition}'"), encoding="utf-8")
    guard = Guard.load(tmp_path)
    assert [asked(guard, value) for _ in range(3)] == [True, True, True]
    assert by_tests(tmp_path, value) is True


@pytest.mark.parametrize("value", [2**53 + 1, True, "3"])
@pytest.mark.parametrize(
    "condition", ["resource.amount > 0.5", "resource.amounts.exists(each, each > 0.5)", "context.ratio > 0.5"]
)
def test_v95_what_no_double_stands_for(condition: str, value: Any, tmp_path: Path) -> None:
    """What is no double is none, to either of them."""
    (tmp_path / "pack.yaml").write_text(PACK.replace("CONDITION", f"'{condition}'"), encoding="utf-8")
    assert asked(Guard.load(tmp_path), value) is False
    assert by_tests(tmp_path, value) == "SG704"


@pytest.mark.parametrize("value", [2**53, -(2**53), 0, 2**62])
def test_v95_large_numbers(value: int, tmp_path: Path) -> None:
    """However large, as long as a double stands for it exactly."""
    (tmp_path / "pack.yaml").write_text(
        PACK.replace("CONDITION", "'resource.amount == context.ratio && type(dyn(context.ratio)) == double'"),
        encoding="utf-8",
    )
    assert asked(Guard.load(tmp_path), value)
