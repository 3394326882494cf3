"""The JSON Schema of policy files: what ships is what is generated, and says of a file what the library says."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scopeguard.documents.jsonschema import policy_schema, schema_text
from scopeguard.documents.loading import read_source
from scopeguard.shipped import policies
from scopeguard.source import Source
from tests.yaml_trees import compose

SHIPPED = policies() / "schema.json"
FILES = sorted(policies().rglob("*.yaml"))


def validator() -> jsonschema.Draft202012Validator:
    """A validator for policy files."""
    return jsonschema.Draft202012Validator(policy_schema())


def test_the_shipped_schema_is_the_generated_one(request: pytest.FixtureRequest) -> None:
    """policies/schema.json is what ``scopeguard schema`` prints, and a valid schema."""
    if request.config.getoption("--regen"):
        SHIPPED.write_text(schema_text(), encoding="utf-8")
    assert SHIPPED.read_text(encoding="utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(policies())))
def test_shipped_files_validate_and_say_where_the_schema_is(file: Path) -> None:
    """Each shipped file fits the schema, and its first line leads an editor to it."""
    text = file.read_text(encoding="utf-8")
    assert list(validator().iter_errors(compose(Source(str(file), text)).value())) == []
    found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert found is not None
    assert (file.parent / found[1]).resolve() == SHIPPED.resolve()


RIGHT: list[dict[str, Any]] = [
    {"scopeguard": 1},
    {"scopeguard": 1, "roles": {"x": {"holds": ["a:b"], "rank": 3}}},
    {"scopeguard": 1, "roles": {"x": {"when": "true", "holds": ["a:b"]}, "y": {"marker": True, "holds": []}}},
    {"scopeguard": 1, "scopes": {"a:b": {"kinds": {"session": ["@a:@b"], "api_key": ["a:b"]}}}},
    {"scopeguard": 1, "rules": [{"id": "a.b", "effect": "allow", "on": ["a:b"], "kinds": ["api_key"]}]},
    {"scopeguard": 1, "catalog": {"surfaces": {"a": {"actions": ["b"], "attributes": {"x": "list(string)"}}}}},
    {"scopeguard": 1, "catalog": {"surfaces": {"a": {"group": "b", "internal": True}}}},
    {"scopeguard": 1, "catalog": {"surfaces": {"a": {"group": ["b", "c"], "internal": ["d"]}}}},
    {"scopeguard": 1, "catalog": {"defaults": {"actions": ["b"], "coarse": True}, "action_groups": {"c": ["b"]}}},
    {
        "scopeguard": 1,
        "catalog": {"surfaces": {"a": {"actions": ["b"], "attributes": {"x": {"y": "int", "z": {"w": "role"}}}}}},
    },
]
WRONG: list[dict[str, Any]] = [
    {},
    {"scopeguard": 2},
    {"scopeguard": 1, "rulez": []},
    {"scopeguard": 1, "scopes": {"a:b": {"includes": []}}},
    {"scopeguard": 1, "roles": {"X": {"holds": ["a:b"]}}},
    {"scopeguard": 1, "roles": {"x": {"when": ["true"], "holds": ["a:b"]}}},
    {"scopeguard": 1, "roles": {"x": {"marker": "yes"}}},
    {"scopeguard": 1, "scopes": {"a:b": {"kinds": {"member": ["a:b"]}}}},
    {"scopeguard": 1, "scopes": {"a:b": {"kinds": {"session": []}}}},
    {"scopeguard": 1, "catalog": {"surfaces": {"a": {"group": []}}}},
    {"scopeguard": 1, "catalog": {"surfaces": {"a": {"group": "B"}}}},
    {"scopeguard": 1, "catalog": {"surfaces": {"a": {"internal": False}}}},
    {"scopeguard": 1, "catalog": {"surfaces": {"a": {"internal": ["*"]}}}},
    {"scopeguard": 1, "catalog": {"defaults": {"because": "so"}}},
    {"scopeguard": 1, "catalog": {"action_groups": {"c": []}}},
    {"scopeguard": 1, "roles": {"x": {"holds": "a:b"}}},
    {"scopeguard": 1, "roles": {"x": {"holds": ["a:b"], "rank": "3"}}},
    {"scopeguard": 1, "rules": [{"id": "a.b", "effect": "alow", "on": ["a:b"]}]},
    {"scopeguard": 1, "rules": [{"id": "a.b", "effect": "allow", "on": ["a:b"], "whn": "true"}]},
    {"scopeguard": 1, "catalog": {"surfaces": {"a": {"actions": ["b"], "attributes": {"x": "strng"}}}}},
    {"scopeguard": 1, "catalog": {"attributes": {"context": {"x": {"y": "strng"}}}}},
    {"scopeguard": 1, "catalog": {"attributes": {"context": {"x": {}}}}},
    {"scopeguard": 1, "catalog": {"attributes": {"context": {"x": {"Y": "int"}}}}},
    {"scopeguard": 1, "catalog": {"attributes": {"context": {"x": ["int"]}}}},
]


@pytest.mark.parametrize("content", [*RIGHT, *WRONG], ids=repr)
def test_the_schema_agrees_with_the_library(content: dict[str, Any]) -> None:
    """An editor complains about exactly the shapes that the library refuses."""
    fits = not list(validator().iter_errors(content))
    findings = read_source(Source("p.yaml", json.dumps(content))).findings
    assert fits is (content in RIGHT)
    assert (not findings) is fits


def test_every_key_has_a_description() -> None:
    """What an editor shows on hover says what each section and each key is for, and shows no name of a class."""
    schema = policy_schema()
    shapes = schema["$defs"]
    described = {f"{name}.{key}": shapes[value["$ref"].rpartition("/")[2]] if "$ref" in value else value
                 for name, shape in [*shapes.items(), ("file", schema)] for key, value in shape.get("properties", {}).items()}  # fmt: skip
    assert [name for name, value in described.items() if "description" not in value] == []
    assert [name for name, shape in shapes.items() if "description" not in shape or "title" in shape] == []
