"""The schema of invariants: what holds of the whole pack."""

from typing import Annotated

from pydantic import Field

from scopeguard.documents.shapes import Because, Condition, Dotted, Model, Name, Origin, Permissions, Text, non_empty
from scopeguard.model.principal import Kind


class WhoDoc(Model):
    """The principals that an invariant is about; what is not named may be anything."""

    kinds: Annotated[list[Kind], non_empty("Kinds of principal. Default: all.")] | None = None
    scopes: (
        Annotated[list[Permissions], non_empty("Keys that hold these scopes and no others, in every combination.")]
        | None
    ) = None
    roles: Annotated[list[Name], non_empty("Members with these roles and no others, in every combination.")] | None = (
        None
    )


class ClaimDoc(Model):
    """The requests, or with ``meters`` the usage events too, that an invariant is about."""

    principal: WhoDoc | None = Field(None, description="Who asks. Default: anyone.")
    action: Annotated[list[Permissions], non_empty("Permissions, patterns or operations.")] | None = None
    channels: Annotated[list[Name], non_empty("Any of these channels.")] | None = None
    environments: Annotated[list[Name], non_empty("Any of these environments.")] | None = None
    when: Condition | None = Field(None, description="A CEL condition on the request.")
    meters: (
        Annotated[list[Name], non_empty("What is counted on one of these meters: usage events and operations.")] | None
    ) = None


class InvariantDoc(Model):
    """What holds of the whole pack: requests that are never allowed, or always, or files that are whole."""

    id: Dotted = Field(description="Stable, unique and dotted.")
    never: ClaimDoc | None = Field(None, description="Requests of which none may be allowed.")
    always: ClaimDoc | None = Field(None, description="Requests of which none may be denied.")
    files: (
        Annotated[
            list[Text],
            non_empty("Files of the pack, by their paths from this one: each is there and ends with a line ..."),
        ]
        | None
    ) = None
    because: Because = None
    source: Origin = None
