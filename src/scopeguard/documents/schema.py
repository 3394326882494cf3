"""The schema of a policy file: the shape that reviewers write, and the JSON Schema that editors read.

Facts (gates, usage), tests and invariants have modules of their own. Field descriptions are what an editor shows on
hover. Names inside texts (surfaces, scopes, codes …) are checked across files in ``scopeguard.checking``; here only the
shape is.
"""

from typing import Annotated, Literal

from pydantic import Field

from scopeguard.documents.facts import GateDoc, UsageDoc
from scopeguard.documents.invariants import InvariantDoc
from scopeguard.documents.shapes import (
    Action,
    Aliases,
    AllOrSome,
    Attributes,
    Because,
    Challenge,
    Condition,
    Dotted,
    Loosens,
    Model,
    Name,
    OneOrMore,
    Origin,
    Permissions,
    Replaces,
    Text,
    non_empty,
)
from scopeguard.documents.suites import TestsDoc
from scopeguard.model.principal import Kind


class ParentDoc(Model):
    """What resources of a surface lie below."""

    surface: Name = Field(description="The surface of what they lie below; the surface itself for folders in folders.")
    attribute: Name = Field(
        description="The attribute that has its id, or a list of the ids of all that they lie below."
    )


class SurfaceDefaults(Model):
    """What the surfaces of a file have in common, as far as they do not say it themselves."""

    actions: Annotated[list[Action], non_empty("The verbs on this surface, such as read and write.")] = Field(
        default_factory=list
    )
    coarse: bool | None = Field(None, description="Whether coarse scopes and wildcards reach this surface. Write it.")
    explicit_only: bool | None = Field(
        None, description="The opposite of coarse: only a scope that spells it reaches it."
    )
    holdable_by: Annotated[list[Kind], non_empty("The kinds of principal that may hold it. Default: all.")] | None = (
        None
    )
    qualifiable: bool = Field(False, description="Whether a scope may be narrowed to one resource: agents:write/agt_1.")
    implies: dict[Action, Annotated[list[Action], non_empty("Actions that come with it.")]] | None = Field(
        None, description="Actions that come with another, such as write: [read]."
    )
    group: OneOrMore | None = Field(
        None,
        description="The heading under which reviewers find it, by which patterns name all of a group: @account:read; "
        "of several the first is the heading.",
    )
    internal: AllOrSome | None = Field(
        None,
        description="Actions, or true for all of them, that no scope and no role names: only what scopes include, and "
        "rules, reach them.",
    )
    audited: (
        Annotated[list[Action], non_empty("Actions whose every decision obliges the host to write an audit record.")]
        | None
    ) = None
    attributes: Attributes | None = Field(
        None, description="What conditions may read as resource.name on this surface, with its type or its fields."
    )
    embeds: dict[Action, Annotated[list[Name], non_empty("Surfaces whose records may come along.")]] | None = Field(
        None, description="Surfaces whose records an action may bring along; what the caller may not read is redacted."
    )
    parent: ParentDoc | None = Field(
        None, description="What its resources lie below, so that conversations:read/agents:agt_1 is a scope."
    )
    inherits: bool = Field(
        False, description="Whether a grant on what its resources lie below reaches them too, by the same action."
    )
    assigns: Annotated[list[Name], non_empty("Attributes of the type list(role).")] | None = Field(
        None,
        description="The attributes that say which roles a question is about: a role on one resource reaches a "
        "question in which all roles are on that resource.",
    )
    source: Origin = None


class SurfaceDoc(SurfaceDefaults):
    """A type of resource and the actions on it; or, of a surface of the layer below, more of its attributes alone."""

    alias: dict[Action, Aliases] | None = Field(
        None, description="By action, what tokens, stored keys and other systems call that permission: read: Mail.Read."
    )
    loosens: Loosens = None
    because: Because = None


class OperationDoc(Model):
    """A finer act under one permission."""

    needs: Permissions = Field(description="The permission it falls under, such as agents:write.")
    meter: Name | None = Field(None, description="The meter that it counts on.")
    fair_use: Name | None = Field(None, description="The fair-use bucket that it counts on, beside a meter or alone.")
    instead: dict[Name, Name] | None = Field(
        None,
        description="By environment, the bucket that it counts on there and nothing else: preview: fair_use_preview.",
    )
    quantity: Literal["one", "requested"] = Field(
        "one", description="one: it counts one where the host does not say how much; requested: the host has to say."
    )
    audited: bool = Field(False, description="Every decision obliges the host to write an audit record.")
    alias: Aliases | None = Field(None, description="What other systems call it; the first of several is written.")
    loosens: Loosens = None
    because: Because = None
    source: Origin = None


class MemberPermissionDoc(Model):
    """What a role holds, and the permissions it stands for."""

    grants: Annotated[list[Permissions], non_empty("Permissions or patterns, such as agents:read.")]
    implies: Annotated[list[Dotted], non_empty("Member permissions that come with it.")] | None = None
    because: Because = None
    source: Origin = None


class AttributesDoc(Model):
    """Attributes that conditions may read, with their types."""

    principal: Attributes | None = Field(None, description="Read as principal.name.")
    resource: Attributes | None = Field(None, description="Read as resource.name, on every surface.")
    context: Attributes | None = Field(None, description="Read as context.name.")
    facts: Attributes | None = Field(None, description="Read as context.facts.name.")


class CatalogDoc(Model):
    """The vocabulary: what exists."""

    surfaces: dict[Name, SurfaceDoc] | None = Field(None, description="Types of resources.")
    defaults: SurfaceDefaults | None = Field(
        None, description="What the surfaces of this file say where they do not say otherwise."
    )
    action_groups: dict[Name, Annotated[list[Action], non_empty("Actions.")]] | None = Field(
        None, description="Groups of actions, by which patterns name those that a surface has: agents:@reading."
    )
    operations: dict[Dotted, OperationDoc] | None = Field(None, description="Finer acts, which gates can name.")
    permissions: dict[Dotted, MemberPermissionDoc] | None = Field(None, description="Member permissions.")
    attributes: AttributesDoc | None = None
    channels: Annotated[list[Name], non_empty("Where requests come from.")] | None = None
    environments: Annotated[list[Name], non_empty("Such as production, preview and test.")] | None = None
    stages: Annotated[list[Name], non_empty("The order of denials; must contain permission.")] | None = None
    providers: Annotated[list[Name], non_empty("Kinds of provider credentials, such as model and speech.")] | None = (
        None
    )
    facts_max_age: Text | None = Field(
        None, description="How old the facts that gates read may be, such as 5m; older ones count as missing."
    )
    loosens: Loosens = None


class ScopeKindsDoc(Model):
    """What a scope stands for where a principal of a kind holds it."""

    api_key: Annotated[list[Permissions], non_empty("What it stands for in an API key.")] | None = None
    session: Annotated[list[Permissions], non_empty("What it stands for in a session.")] | None = None


class ScopeDoc(Model):
    """A scope of its own: coarse, an alias, or known without effect."""

    includes: Annotated[list[Permissions], non_empty("Scopes and patterns that it stands for.")] | None = None
    kinds: ScopeKindsDoc | None = Field(
        None, description="By the kind of who holds it, what it stands for in the place of includes."
    )
    inert: bool = Field(False, description="Known, mintable by nobody, and without effect.")
    alias: Aliases | None = Field(
        None, description="What tokens and stored keys call it, such as Mail.Read; the first of several is written."
    )
    loosens: Loosens = None
    because: Because = None
    source: Origin = None


class RoleDoc(Model):
    """A set of member permissions, of those who are assigned it or, with ``when``, of whoever meets a condition."""

    holds: list[Permissions] = Field(
        default_factory=list, description="Member permissions, or permission patterns such as agents:read."
    )
    when: Condition | None = Field(
        None,
        description="A CEL condition: nobody is assigned the role, and a member holds it for the requests in which it "
        "is true.",
    )
    marker: bool = Field(False, description="It holds nothing: only rules name it.")
    rank: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="For conditions to compare, as principal.rank; alone it decides nothing. Default: 0.",
    )
    alias: Aliases | None = Field(None, description="What other systems call it, such as Administrator.")
    replaces: Replaces = None
    loosens: Loosens = None
    because: Because = None
    source: Origin = None


class RuleDoc(Model):
    """One rule. All parts of its target must match; ``when`` narrows, ``unless`` excepts. To advise decides nothing."""

    id: Dotted = Field(description="Stable, unique and dotted.")
    effect: Literal["allow", "deny", "advise"] = Field(
        description="A deny trumps every allow; advise says something with an allow and decides nothing."
    )
    on: Annotated[list[Permissions], non_empty("Permissions, patterns or operations.")]
    kinds: Annotated[list[Kind], non_empty("Kinds of principal. Default: all.")] | None = None
    roles: Annotated[list[Name], non_empty("Any of these roles.")] | None = None
    channels: Annotated[list[Name], non_empty("Any of these channels.")] | None = None
    environments: Annotated[list[Name], non_empty("Any of these environments.")] | None = None
    requires: Permissions | None = Field(
        None,
        description="In an allow: what the principal holds, agents:read, all(…) or any(…). Elsewhere write holds(…).",
    )
    when: Condition | None = Field(None, description="A CEL condition that must be true.")
    unless: Condition | None = Field(None, description="A CEL condition that must be false.")
    stage: Name | None = Field(None, description="When a denial is reported. Default: permission.")
    code: Name | None = Field(None, description="The code of the denial or advice; every one has one.")
    loosens: Loosens = None
    because: Because = None
    owner: Text | None = Field(None, description="Who answers for this rule.")
    source: Origin = None


class MeterDoc(Model):
    """A usage meter. Packs ship no limits: numbers come from the host."""

    kind: Literal["consumption", "allocation", "fair_use"] = Field(
        description="consumption: used up; allocation: held; fair_use: a bucket apart from both, never paid for."
    )
    title: Text | None = Field(None, description="What texts call it in the place of {meter}.")
    because: Because = None
    source: Origin = None


class RemedyDoc(Model):
    """How a person recovers."""

    text: Text = Field(description="What to do, as a sentence; may use placeholders such as {meter} and {resets_at}.")
    action: Name | None = Field(None, description="What a button would do, such as open, ask, wait or retry.")
    target: Text | None = Field(None, description="Where it is fixed, such as billing/usage.")


class CircumstanceDoc(RemedyDoc):
    """A remedy for some circumstances only."""

    when: Condition = Field(description="A CEL condition on the request that was denied.")


class CodeDoc(Model):
    """A code of denials or of advice. Of a standard code, what is not said here stays as it is, but for the remedy."""

    kind: Literal["recovery", "state", "denial", "advice"] | None = Field(
        None,
        alias="class",
        description="recovery: a person can act on it; state: no permission changes it; advice: said with an allow. "
        "Default: denial.",
    )
    status: int | None = Field(
        None, ge=200, le=599, description="The HTTP status: 400 to 599 of a denial. Default: 403."
    )
    title: Text | None = Field(None, description="A short name for people that never changes.")
    challenge: Challenge | None = Field(
        None, description="What WWW-Authenticate says: nothing, Bearer alone, or Bearer with this error."
    )
    remedy: RemedyDoc | None = None
    remedies: (
        Annotated[list[CircumstanceDoc], non_empty("The first that fits takes the place of the remedy.")] | None
    ) = None
    replaces: Replaces = None
    because: Because = None
    source: Origin = None


class TabDoc(Model):
    """One entry of an account page."""

    id: Name = Field(description="Its name in the page.")
    title: Text = Field(description="What people see.")
    view: Dotted = Field(description="The member permission that shows it.")
    manage: Dotted | None = Field(None, description="The member permission that changes what is in it.")
    because: Because = None
    source: Origin = None


class PackDoc(Model):
    """What a pack is called and what it builds on. It is said once in a pack, in whichever of its files."""

    name: Dotted | None = Field(None, description="What the pack is called.")
    extends: Literal["default"] | None = Field(
        None, description="default: the pack builds on the one that comes with the library."
    )
    base: Literal["none"] | None = Field(
        None,
        description="none: without the rules beneath every pack, which deny invalid credentials and other workspaces. "
        "Say why in because.",
    )
    because: Because = None


class PolicyDoc(Model):
    """A policy file. A pack is the union of its files and of what they build on."""

    scopeguard: Literal[1] = Field(description="The version of the policy language.")
    pack: PackDoc | None = Field(None, description="What the pack is called and what it builds on.")
    catalog: CatalogDoc | None = None
    scopes: dict[Text, ScopeDoc] | None = Field(None, description="Scopes beside those of the surfaces.")
    roles: dict[Name, RoleDoc] | None = Field(None, description="What members hold.")
    variables: dict[Name, Condition] | None = Field(
        None, description="CEL expressions with a name; conditions read them as variables.name."
    )
    rules: Annotated[list[RuleDoc], non_empty("Rules; their order has no meaning.")] | None = None
    gates: Annotated[list[GateDoc], non_empty("Gates; their order has no meaning.")] | None = None
    usage: (
        Annotated[list[UsageDoc], non_empty("The usage classifier; the order of its rows has no meaning.")] | None
    ) = None
    invariants: Annotated[list[InvariantDoc], non_empty("What holds of the whole pack.")] | None = None
    meters: dict[Name, MeterDoc] | None = Field(None, description="What usage counts on.")
    recovery: dict[Name, CodeDoc] | None = Field(None, description="What codes say to people, and how they recover.")
    settings: dict[Name, Annotated[list[TabDoc], non_empty("Entries in the order they are shown.")]] | None = Field(
        None, description="Account pages: settings and billing."
    )
    tests: TestsDoc | None = Field(None, description="Who may do what, asserted; also in files named *_test.yaml.")
