"""The schema of ``tests``: people, things and circumstances named once, and matrices of who may do what."""

from typing import Annotated, Any

from pydantic import Field

from scopeguard.documents.shapes import Dotted, Kind, Model, Name, Text, some


class AskerDoc(Model):
    """A principal that tests speak of."""

    kind: Kind
    id: Text | None = Field(None, description="Default: its name here.")
    workspace: Text = "ws_1"
    scopes: Text | None = Field(None, description="Scopes of a key or session, separated by spaces.")
    roles: Annotated[list[Name], some("Roles of a member.")] | None = None
    ceiling: Text | None = Field(None, description="Permissions of the key's owner, separated by spaces.")
    attributes: dict[Name, Any] | None = Field(None, description="States and attributes; times as RFC 3339 texts.")


class ThingDoc(Model):
    """A resource that tests speak of."""

    surface: Name
    id: Text | None = None
    workspace: Text = "ws_1"
    attributes: dict[Name, Any] | None = None


class CircumstancesDoc(Model):
    """A context that tests speak of."""

    channel: Name | None = None
    environment: Name = "production"
    facts: Name | None = Field(None, description="Facts of the section of that name.")
    now: Text | None = Field(None, description="An RFC 3339 time. Default: that of the tests.")
    attributes: dict[Name, Any] | None = None


class ObligationDoc(Model):
    """An obligation that a decision is to carry."""

    kind: Name
    details: dict[Name, Any] | None = None


class ExpectationDoc(Model):
    """What more is expected of one cell. What is not named is not looked at."""

    code: Name | None = None
    rules: list[Text] | None = None
    needed: list[Text] | None = None
    also: list[Name] | None = None
    advice: list[Name] | None = None
    redact: list[Name] | None = None
    obligations: list[ObligationDoc] | None = None
    meter: Name | None = None
    status: int | None = None
    target: Text | None = Field(None, description="Where the remedy leads, such as settings/providers.")
    retry_at: Text | None = None


class MatrixDoc(Model):
    """Principals by actions. A cell that is not listed means deny."""

    id: Dotted
    principals: Annotated[list[Name], some("The columns.")]
    only: (
        Annotated[list[Text], some("The rows: permissions, patterns, operations. Default: every permission.")] | None
    ) = None
    context: Name | None = Field(None, description="The circumstances. Default: none.")
    contexts: dict[Name, Name] | None = Field(None, description="Circumstances of single columns.")
    facts: Name | None = Field(None, description="Facts instead of those of the context.")
    resources: Annotated[list[Name], some("Rows of these surfaces ask about these resources.")] | None = None
    table: dict[Text, dict[Name, Name]] | None = Field(
        None, description="By permission, pattern or operation, then by principal: allow, deny or a code."
    )
    expect: dict[Text, dict[Name, ExpectationDoc]] | None = Field(
        None, description="By permission or operation, then by principal: what more the decision says."
    )
    because: Text | None = None


class TestsDoc(Model):
    """Who may do what, asserted."""

    pack: Annotated[list[Text], some("default, or paths from this file. Default: its own folder.")] | None = None
    now: Text | None = Field(None, description="The time of every request, as an RFC 3339 text.")
    principals: dict[Name, AskerDoc] | None = None
    resources: dict[Name, ThingDoc] | None = None
    facts: dict[Name, dict[Name, Any]] | None = None
    contexts: dict[Name, CircumstancesDoc] | None = None
    matrices: Annotated[list[MatrixDoc], some("Tables; their order has no meaning.")] | None = None
