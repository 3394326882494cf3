"""The JSON Schema of policy files, for editors and other tools."""

import json
from typing import Any, Final

from scopeguard.documents.schema import PolicyDoc

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def policy_schema() -> dict[str, Any]:
    """The schema of a policy file as JSON Schema 2020-12; a new dict on each call."""
    schema = PolicyDoc.model_json_schema(by_alias=True)
    _tidy(schema)
    return {"$schema": _DIALECT, **schema, "title": "scopeguard policy file"}


def schema_text() -> str:
    """The schema as JSON text, the same on each call, with a final line feed."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> None:
    # A schema is as deep as the models are, so recursion is safe here.
    if isinstance(node, list):
        for item in node:
            _tidy(item)
    if not isinstance(node, dict):
        return
    for value in node.values():
        _tidy(value)
    _drop_null(node)
    if "patternProperties" in node:
        # pydantic says nothing about keys that match no pattern, so every misspelling would pass.
        node["additionalProperties"] = False
    if isinstance(node.get("title"), str):
        # Titles made from names of classes and keys say nothing to an editor's user.
        del node["title"]


def _drop_null(node: dict[str, Any]) -> None:
    """Leave out ``null``: a key that says nothing is left out in a policy file."""
    arms = node.get("anyOf")
    if not isinstance(arms, list) or {"type": "null"} not in arms:
        return
    rest = [arm for arm in arms if arm != {"type": "null"}]
    del node["anyOf"]
    if node.get("default", ...) is None:
        del node["default"]
    if len(rest) == 1:
        node.update({**rest[0], **node})
    else:
        node["anyOf"] = rest
