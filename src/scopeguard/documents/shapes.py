"""What the parts of a policy file are made of: names, texts, conditions, and the strict base of every mapping."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

_NAME: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$"}
Name = Annotated[str, StringConstraints(pattern=_NAME["pattern"])]
Action = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Dotted = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$", max_length=128)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Challenge = Literal["none", "bearer", "invalid_token", "insufficient_scope"]
Condition = Annotated[str, StringConstraints(min_length=1)]
AttributeType = Literal[
    "bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration", "ip", "cidr",
    "list(bool)", "list(int)", "list(double)", "list(string)", "list(timestamp)", "list(ip)", "list(cidr)", "list(dyn)",
    "map(string, bool)", "map(string, int)", "map(string, double)", "map(string, string)", "map(string, timestamp)",
    "map(string, dyn)", "dyn",
    "role", "scope", "channel", "environment", "surface", "action", "permission", "operation", "kind",
    "list(role)", "list(scope)", "list(channel)", "list(environment)", "list(surface)", "list(action)",
    "list(permission)", "list(operation)", "list(kind)",
]  # fmt: skip
Because = Annotated[Text | None, Field(description="Why, in plain words.")]
Origin = Annotated[
    Literal["seed", "assumed"] | None,
    Field(description="Where the choice comes from: what the product says of itself (seed), or an assumption."),
]

Loosens = Annotated[
    Text | None,
    Field(description="Why this layer lets more be done on the layer below than that does by itself."),
]
Replaces = Annotated[
    Literal["default"] | None,
    Field(description="The layer below whose entry of this name it takes the place of; because is said with it."),
]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[
    list[Name],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}),
]
"""A name, or a list of them; read as a list either way."""


class Model(BaseModel):
    """A mapping with known keys and exact types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def non_empty(description: str) -> object:
    """A list that names at least one."""
    return Field(min_length=1, description=description)
