"""The schema of a policy file: the shape that reviewers write, and the JSON Schema that editors read.

Field descriptions are what an editor shows on hover. Names inside texts (surfaces, scopes, codes …)
are checked across files in ``scopeguard.checking``; here only the shape is.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Action = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Dotted = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$", max_length=128)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Kind = Literal["api_key", "member", "session", "system", "anonymous"]
Condition = Annotated[str, StringConstraints(min_length=1)]
AttributeType = Literal[
    "bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration",
    "list(bool)", "list(int)", "list(double)", "list(string)", "list(timestamp)", "list(dyn)",
    "map(string, bool)", "map(string, int)", "map(string, double)", "map(string, string)", "map(string, timestamp)",
    "map(string, dyn)", "dyn",
]  # fmt: skip


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def _some(description: str) -> object:
    return Field(min_length=1, description=description)


class SurfaceDoc(_Model):
    """A type of resource and the actions on it."""

    actions: Annotated[list[Action], _some("The verbs on this surface, such as read and write.")]
    coarse: bool | None = Field(None, description="Whether coarse scopes and wildcards reach this surface. Write it.")
    explicit_only: bool | None = Field(
        None, description="The opposite of coarse: only a scope that spells it reaches it."
    )
    holdable_by: Annotated[list[Kind], _some("The kinds of principal that may hold it. Default: all.")] | None = None
    qualifiable: bool = Field(False, description="Whether a scope may be narrowed to one resource: agents:write/agt_1.")
    implies: dict[Action, Annotated[list[Action], _some("Actions that come with it.")]] | None = Field(
        None, description="Actions that come with another, such as write: [read]."
    )
    group: Name | None = Field(None, description="A heading under which reviewers find it.")
    audited: (
        Annotated[list[Action], _some("Actions whose every decision obliges the host to write an audit record.")] | None
    ) = None
    attributes: dict[Name, AttributeType] | None = Field(
        None, description="What conditions may read as resource.name on this surface, with its type."
    )
    because: Text | None = Field(None, description="Why, in plain words, with its source.")
    source: Literal["seed", "assumed"] | None = Field(None, description="Where the choice comes from.")


class OperationDoc(_Model):
    """A finer act under one permission."""

    needs: Text = Field(description="The permission it falls under, such as agents:write.")
    meter: Name | None = Field(None, description="The meter that it counts on.")
    audited: bool = Field(False, description="Every decision obliges the host to write an audit record.")
    because: Text | None = None
    source: Literal["seed", "assumed"] | None = None


class MemberPermissionDoc(_Model):
    """What a role holds, and the permissions it stands for."""

    grants: Annotated[list[Text], _some("Permissions or patterns, such as agents:read.")]
    implies: Annotated[list[Dotted], _some("Member permissions that come with it.")] | None = None
    because: Text | None = None
    source: Literal["seed", "assumed"] | None = None


class AttributesDoc(_Model):
    """Attributes that conditions may read, with their types."""

    principal: dict[Name, AttributeType] | None = None
    resource: dict[Name, AttributeType] | None = Field(None, description="On every surface.")
    context: dict[Name, AttributeType] | None = None
    facts: dict[Name, AttributeType] | None = Field(None, description="Read as context.facts.name.")


class CatalogDoc(_Model):
    """The vocabulary: what exists."""

    surfaces: dict[Name, SurfaceDoc] | None = None
    operations: dict[Dotted, OperationDoc] | None = None
    permissions: dict[Dotted, MemberPermissionDoc] | None = Field(None, description="Member permissions.")
    attributes: AttributesDoc | None = None
    channels: Annotated[list[Name], _some("Where requests come from.")] | None = None
    environments: Annotated[list[Name], _some("Such as production, preview and test.")] | None = None
    stages: Annotated[list[Name], _some("The order of denials; must contain permission.")] | None = None


class ScopeDoc(_Model):
    """A scope of its own: coarse, an alias, or known without effect."""

    includes: Annotated[list[Text], _some("Scopes and patterns that it stands for.")] | None = None
    inert: bool = Field(False, description="Known, mintable by nobody, and without effect.")
    because: Text | None = None
    source: Literal["seed", "assumed"] | None = None


class RoleDoc(_Model):
    """A set of member permissions."""

    holds: Annotated[list[Text], _some("Member permissions, or permission patterns such as agents:read.")]
    rank: int = Field(0, ge=0, le=1_000_000, description="Higher ranks are not managed by lower ones.")
    because: Text | None = None
    source: Literal["seed", "assumed"] | None = None


class RuleDoc(_Model):
    """One rule. All parts of its target must match; ``when`` narrows, ``unless`` excepts."""

    id: Dotted = Field(description="Stable, unique and dotted.")
    effect: Literal["allow", "deny"]
    on: Annotated[list[Text], _some("Permissions, patterns or operations.")]
    kinds: Annotated[list[Kind], _some("Kinds of principal. Default: all.")] | None = None
    roles: Annotated[list[Name], _some("Any of these roles.")] | None = None
    channels: Annotated[list[Name], _some("Any of these channels.")] | None = None
    environments: Annotated[list[Name], _some("Any of these environments.")] | None = None
    requires: Text | None = Field(None, description="Permissions the principal holds: agents:read, all(…) or any(…).")
    when: Condition | None = Field(None, description="A CEL condition that must be true.")
    unless: Condition | None = Field(None, description="A CEL condition that must be false.")
    stage: Name | None = Field(None, description="When a denial is reported. Default: permission.")
    code: Name | None = Field(None, description="The denial's code; every deny has one.")
    because: Text | None = None
    owner: Text | None = Field(None, description="Who answers for this rule.")
    source: Literal["seed", "assumed"] | None = None


class MeterDoc(_Model):
    """A usage meter. Packs ship no limits: numbers come from the host."""

    kind: Literal["consumption", "allocation", "fair_use"]
    title: Text | None = None
    because: Text | None = None
    source: Literal["seed", "assumed"] | None = None


class RemedyDoc(_Model):
    """How a person recovers."""

    text: Text
    action: Name | None = None
    target: Text | None = None


class CodeDoc(_Model):
    """A denial code."""

    kind: Literal["recovery", "state", "denial"] = Field("denial", alias="class")
    status: int = Field(403, ge=400, le=599, description="The HTTP status.")
    remedy: RemedyDoc | None = None
    because: Text | None = None
    source: Literal["seed", "assumed"] | None = None


class TabDoc(_Model):
    """One entry of an account page."""

    id: Name
    title: Text
    view: Dotted
    manage: Dotted | None = None
    because: Text | None = None
    source: Literal["seed", "assumed"] | None = None


class PolicyDoc(_Model):
    """A policy file. A pack is the union of its files."""

    scopeguard: Literal[1] = Field(description="The version of the policy language.")
    catalog: CatalogDoc | None = None
    scopes: dict[Text, ScopeDoc] | None = None
    roles: dict[Name, RoleDoc] | None = None
    variables: dict[Name, Condition] | None = Field(
        None, description="CEL expressions with a name; conditions read them as variables.name."
    )
    rules: Annotated[list[RuleDoc], _some("Rules; their order has no meaning.")] | None = None
    meters: dict[Name, MeterDoc] | None = None
    recovery: dict[Name, CodeDoc] | None = None
    settings: dict[Name, Annotated[list[TabDoc], _some("Entries in the order they are shown.")]] | None = Field(
        None, description="Account pages: settings and billing."
    )
