"""What the parts of a policy file are made of: names, texts, conditions, and the strict base of every mapping."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    RootModel,
    StringConstraints,
    Tag,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

_NAME: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$"}
Name = Annotated[str, StringConstraints(pattern=_NAME["pattern"])]
_ACTION: Final = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"}
Action = Annotated[str, StringConstraints(pattern=_ACTION["pattern"])]
HeldRole = Annotated[
    str,
    StringConstraints(
        pattern=r"^[\x21\x23-\x2e\x30-\x5b\x5d-\x7e]{1,128}(/[a-z][a-z0-9_]{0,47}:[A-Za-z0-9._~-]{1,128})?$"
    ),
]
"""A role by its name or an alias, perhaps on one resource."""
Dotted = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$", max_length=128)]


def _said(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("string_too_short", "a text of spaces says nothing")
    return value


Text = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_said)]
Challenge = Literal["none", "bearer", "invalid_token", "insufficient_scope"]
EXPRESSION: Final = "has a grammar"
"""Marks the types of conditions, and of texts about permissions."""
Condition = Annotated[str, StringConstraints(min_length=1), EXPRESSION]
Permissions = Annotated[Text, EXPRESSION]
"""A requirement, a pattern, a permission or an operation."""
AttributeType = Literal[
    "bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration", "ip", "cidr",
    "list(bool)", "list(int)", "list(double)", "list(string)", "list(timestamp)", "list(ip)", "list(cidr)", "list(dyn)",
    "map(string, bool)", "map(string, int)", "map(string, double)", "map(string, string)", "map(string, timestamp)",
    "map(string, dyn)", "dyn",
    "role", "scope", "channel", "environment", "surface", "action", "permission", "operation", "kind",
    "list(role)", "list(scope)", "list(channel)", "list(environment)", "list(surface)", "list(action)",
    "list(permission)", "list(operation)", "list(kind)",
]  # fmt: skip
_ALIAS: Final = {"type": "string", "pattern": r"^[\x21\x23-\x5b\x5d-\x7e]{1,128}$"}
Alias = Annotated[str, StringConstraints(pattern=_ALIAS["pattern"])]
"""A name of the outside world: what RFC 6749 (section 3.3) lets a scope be, so that no letter looks like another."""
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

Aliases = Annotated[
    list[Alias],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_ALIAS, {"type": "array", "items": _ALIAS, "minItems": 1}]}),
]
"""An alias, or a list of them, of which the first is written; read as a list either way."""


def _all_or(value: object, listed: ValidatorFunctionWrapHandler) -> object:
    return [ALL] if value is True else listed(value)


ALL: Final = "*"
"""Stands for every action in what is read as AllOrSome."""

AllOrSome = Annotated[
    list[Action],
    Field(min_length=1),
    WrapValidator(_all_or),
    WithJsonSchema({"anyOf": [{"const": True}, {"type": "array", "items": _ACTION, "minItems": 1}]}),
]
"""``true``, or a list of actions; read as a list either way."""


class Model(BaseModel):
    """A mapping with known keys and exact types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def non_empty(description: str) -> object:
    """A list that names at least one."""
    return Field(min_length=1, description=description)


_RECORD: Final = "[record]"
_SCALAR: Final = "[type]"
BRANCHES: Final = frozenset({_RECORD, _SCALAR})
"""What pydantic puts into the path of an error, and no file has."""
RECORD: Final = "map(string, dyn)"
"""The type of a record as a whole."""


class RecordDoc(RootModel[dict[Name, "Attribute"]]):
    """The fields of a record, each with its type; a field may be a record in turn."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)

    root: Annotated[dict[Name, "Attribute"], Field(min_length=1)]


def _branch(value: object) -> str:
    return _RECORD if isinstance(value, Mapping | RecordDoc) else _SCALAR


Attribute: TypeAlias = Annotated[
    Annotated[AttributeType, Tag(_SCALAR)] | Annotated[RecordDoc, Tag(_RECORD)], Discriminator(_branch)
]
"""The type of an attribute: of one value, or of each field of a record."""


def _flat(types: Mapping[str, Any], below: str = "") -> Iterator[tuple[str, str]]:
    for name, kind in types.items():
        if isinstance(kind, RecordDoc):
            yield f"{below}{name}", RECORD
            yield from _flat(kind.root, f"{below}{name}.")
        else:
            yield f"{below}{name}", kind


def _by_path(types: dict[str, Any]) -> dict[str, str]:
    return dict(_flat(types))


if TYPE_CHECKING:
    Attributes: TypeAlias = dict[str, str]
else:
    Attributes = Annotated[dict[Name, Attribute], AfterValidator(_by_path)]
"""Types of attributes by name; of a record each field too, by its path: ``owner.blocked``."""
