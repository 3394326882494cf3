"""The conformance suite of the CEL specification, in both evaluators."""

import base64
import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from scopeguard import cel
from scopeguard.semantics.values import TypeValue, equal, kind_of, mapping_of
from tests.conformance.data import FOLDER, read

FILE = "cel/cel.json"
FAILING: Mapping[str, str] = {}
"""The cases that do not pass, by their id, each with its reason."""

PRIMITIVES = {
    "BOOL": "bool",
    "INT64": "int",
    "UINT64": "uint",
    "DOUBLE": "double",
    "STRING": "string",
    "BYTES": "bytes",
}
EVALUATORS = ("evaluate", "reference")


def ids() -> list[str]:
    """The ids of all cases; one that is no case where the data is not there, so that a test can say so."""
    file = FOLDER / FILE
    if not file.is_file():
        return ["absent"]
    return [case["id"] for case in json.loads(file.read_text(encoding="utf-8"))["tests"]]


@cache
def cases() -> dict[str, dict[str, Any]]:
    """The cases by id."""
    return {case["id"]: case for case in read(FILE)["tests"]}


def type_text(declared: Mapping[str, Any]) -> str:
    """A protobuf type, as the data spells it, in the words of the library."""
    ((form, content),) = declared.items()
    match form:
        case "primitive":
            return PRIMITIVES[content]
        case "listType":
            return f"list({type_text(content['elemType'])})"
        case "mapType":
            return f"map({type_text(content['keyType'])}, {type_text(content['valueType'])})"
    return str(form)


def value_of(written: Mapping[str, Any]) -> Any:
    """A value of the data as the library has it."""
    ((form, content),) = written.items()
    match form:
        case "uint":
            return cel.UInt(content)
        case "double":
            return float(content)
        case "bytes_base64":
            return base64.b64decode(content)
        case "list":
            return [value_of(item) for item in content]
        case "map":
            return mapping_of([(value_of(key), value_of(item)) for key, item in content])
        case "type":
            return TypeValue(content)
    return int(content) if form == "int" else content


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are of one kind and equal, and NaN is NaN."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return kind_of(one) == kind_of(other) and equal(one, other)


def failure_of(case: Mapping[str, Any], evaluator: str) -> str | None:
    """What is not as the case says, or None."""
    declared = {name: type_text(found) for name, found in case.get("variables", {}).items()}
    bindings = {name: value_of(found) for name, found in case.get("bindings", {}).items()}
    # A case that binds what it does not declare leaves the types open.
    variables = declared if declared or not bindings else None
    try:
        compiled = cel.compile(case["expr"], variables=variables, check=not case.get("dynamic"))
        if case.get("type") and not case.get("dynamic") and compiled.type != case["type"]:
            return f"is of type {compiled.type}, not {case['type']}"
        if case.get("check_only"):
            return None
        value = getattr(compiled, evaluator)(bindings)
    except (cel.CelSyntaxError, cel.CelTypeError, cel.CelEvaluationError) as error:
        return None if "error" in case else f"raises {error}"
    if "error" in case:
        return f"gives {value!r}, not an error"
    return None if is_same(value, value_of(case["value"])) else f"gives {value!r}"


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("name", ids())
def test_a_case_of_the_suite(name: str, evaluator: str) -> None:
    """The value, the error and the type are those of the specification; a case listed as failing does fail."""
    failure = failure_of(cases()[name], evaluator)
    if name in FAILING:
        assert failure is not None, f"{name} passes now; take it out of the table"
    else:
        assert failure is None


def test_every_listed_case_is_there() -> None:
    """A reason for a case that does not exist explains nothing."""
    assert set(FAILING) <= set(cases())
