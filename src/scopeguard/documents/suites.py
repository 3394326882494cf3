"""The schema of ``tests``: people, things and circumstances named once, and matrices of who may do what."""

from typing import Annotated, Any, Literal

from pydantic import Field

from scopeguard.documents.shapes import Because, Challenge, Dotted, HeldRole, Model, Name, Text, non_empty
from scopeguard.model.principal import Kind
from scopeguard.model.usage import Modality, Sender


class PrincipalDoc(Model):
    """A principal that tests name."""

    kind: Literal[Kind, "unrecognized"] = Field(
        description="api_key, member, session, system, anonymous, or unrecognized: a credential that is nobody's."
    )
    id: Text | None = Field(None, description="Default: its name here.")
    workspace: Text = Field("ws_1", description="Whose principal it is.")
    scopes: Text | None = Field(None, description="Scopes of a key or session, separated by spaces.")
    roles: (
        Annotated[list[HeldRole], non_empty("Roles of a member; maintainer/agents:agt_1 is on one resource.")] | None
    ) = None
    ceiling: Text | None = Field(None, description="Permissions of the key's owner, separated by spaces.")
    attributes: dict[Name, Any] | None = Field(None, description="States and attributes; times as RFC 3339 texts.")


class ResourceDoc(Model):
    """A resource that tests name."""

    surface: Name = Field(description="What it is.")
    id: Text | None = Field(None, description="Default: none, the surface of the workspace.")
    workspace: Text = Field("ws_1", description="Whose it is.")
    attributes: dict[Name, Any] | None = Field(None, description="What conditions read as resource.name.")


class CircumstancesDoc(Model):
    """A context that tests name."""

    channel: Name | None = Field(None, description="Default: none, as where the host gives none.")
    environment: Name = Field("production", description="Such as production, preview and test.")
    facts: Name | None = Field(None, description="Facts of the section of that name.")
    now: Text | None = Field(None, description="An RFC 3339 time. Default: that of the tests.")
    attributes: dict[Name, Any] | None = Field(None, description="What conditions read as context.name.")


class ObligationDoc(Model):
    """An obligation that a decision is to carry."""

    kind: Name = Field(description="audit or meter.")
    details: dict[Name, Any] | None = Field(None, description="All of its details. Default: not looked at.")


class CountedDoc(Model):
    """What a usage event counts on, which comes of what a cell asks for."""

    modality: Modality = Field(description="What was sent: text or audio.")
    sender: Sender = Field(description="Who sent it: user or agent.")
    meter: Name = Field(description="The meter or bucket that it counts on, or none.")
    channel: Name | None = Field(None, description="Where it was sent. Default: the channel of the circumstances.")
    row: Text | None = Field(None, description="The id of the usage row that says so. Default: not looked at.")


class ExpectationDoc(Model):
    """What more is expected of one cell. What is not named is not looked at."""

    code: Name | None = Field(None, description="The code of the denial.")
    rules: list[Text] | None = Field(None, description="The ids that decided, in any order.")
    errors: list[Text] | None = Field(
        None, description="The ids of rules that decide because they cannot be evaluated. Default: none."
    )
    needed: list[Text] | None = Field(None, description="What would have helped, in any order.")
    also: list[Name] | None = Field(None, description="The codes of what else denies there and later, in their order.")
    advice: list[Name] | None = Field(None, description="The codes of all advice, in any order.")
    redact: list[Name] | None = Field(None, description="The surfaces to be left out, in any order.")
    obligations: list[ObligationDoc] | None = Field(None, description="All obligations, in any order.")
    audited: bool | None = Field(None, description="Whether the host has to write an audit record.")
    events: Annotated[list[CountedDoc], non_empty("Usage events, and what each counts on.")] | None = None
    meter: Name | None = Field(None, description="The meter or bucket of a denial.")
    status: int | None = Field(None, description="The HTTP status.")
    challenge: Challenge | None = Field(None, description="What WWW-Authenticate says.")
    target: Text | None = Field(None, description="Where the remedy leads, such as settings/providers.")
    retry_at: Text | None = Field(None, description="When it resets, as an RFC 3339 time.")


class MatrixDoc(Model):
    """Principals by actions. A cell that is not listed means deny."""

    id: Dotted = Field(description="Its name in reports.")
    principals: Annotated[list[Name], non_empty("The columns.")]
    only: (
        Annotated[list[Text], non_empty("The rows: permissions, patterns, operations. Default: every permission.")]
        | None
    ) = None
    context: Name | None = Field(None, description="The circumstances. Default: none.")
    contexts: dict[Name, Name] | None = Field(None, description="Circumstances of single columns.")
    facts: Name | None = Field(None, description="Facts instead of those of the context.")
    resources: Annotated[list[Name], non_empty("Rows of these surfaces ask about these resources.")] | None = None
    table: dict[Text, dict[Name, Name]] | None = Field(
        None, description="By permission, pattern or operation, then by principal: allow, deny or a code."
    )
    audited: list[Text] | None = Field(
        None,
        description="The rows of which every decision is audited, and of no other: permissions, patterns, operations.",
    )
    expect: dict[Text, dict[Name, ExpectationDoc]] | None = Field(
        None, description="By permission or operation, then by principal: what more the decision says."
    )
    because: Because = None


class AcceptedDoc(Model):
    """A cell of the tests of the layer below that this layer answers in another way."""

    answer: Name = Field(description="What it answers: allow, deny or a code.")
    because: Text = Field(description="Why that is meant.")


class TestsDoc(Model):
    """Who may do what, asserted."""

    pack: Annotated[list[Text], non_empty("default, or paths from this file. Default: its own folder.")] | None = None
    now: Text | None = Field(None, description="The time of every request, as an RFC 3339 text.")
    principals: dict[Name, PrincipalDoc] | None = Field(None, description="Who asks, by a name that the matrices use.")
    resources: dict[Name, ResourceDoc] | None = Field(None, description="What is asked about.")
    facts: dict[Name, dict[Name, Any]] | None = Field(None, description="What the host says, read as context.facts.")
    contexts: dict[Name, CircumstancesDoc] | None = Field(None, description="Where requests come from.")
    accepts: dict[Text, AcceptedDoc] | None = Field(
        None,
        description="Cells of the tests of the layer below that are answered in another way, by their ids in reports.",
    )
    matrices: Annotated[list[MatrixDoc], non_empty("Tables; their order has no meaning.")] | None = None
