"""The schema of what is about facts: gates on operations, and the classifier of usage events."""

from typing import Annotated, Literal

from pydantic import Field

from scopeguard.documents.shapes import (
    Because,
    Condition,
    Dotted,
    Loosens,
    Model,
    Name,
    Origin,
    Replaces,
    Text,
    non_empty,
)


class GateDoc(Model):
    """A denial about facts: it names operations and one of provider, payment, wallet, entitlement or fair_use.

    One that replaces a gate of the layer below says its mode alone.
    """

    id: Dotted = Field(description="Stable, unique and dotted, among the ids of rules too.")
    on: Annotated[list[Dotted], non_empty("Operations.")] = Field(default_factory=list)
    mode: Literal["block", "advise", "off"] = Field(
        "block", description='block: deny; advise: allow, and say what would have denied; "off", in quotes: not there.'
    )
    provider: Annotated[list[Name], non_empty("Kinds of provider credentials that have to be ready.")] | None = None
    payment: Literal["required"] | None = Field(None, description="Payment must not be interrupted.")
    wallet: Literal["required"] | None = Field(None, description="The wallet must not be empty.")
    entitlement: Name | None = Field(None, description="A meter: used + reserved + requested is within its limit.")
    fair_use: Name | None = Field(None, description="A fair-use bucket: used + requested is within its limit.")
    when: Condition | None = Field(None, description="A CEL condition that must be true for the gate to be there.")
    unless: Condition | None = Field(None, description="A CEL condition that must be false for the gate to be there.")
    replaces: Replaces = None
    loosens: Loosens = None
    because: Text | None = Field(None, description="Why, in plain words; it is the reason of the denial.")
    owner: Text | None = Field(None, description="Who answers for this gate.")
    source: Origin = None


class UsageDoc(Model):
    """One row of the usage classifier: events that match count on its meter. Rows have no order and do not overlap."""

    id: Dotted = Field(description="Stable, unique and dotted.")
    environments: Annotated[list[Name], non_empty("Any of these environments.")] | None = None
    channels: Annotated[list[Name], non_empty("Any of these channels.")] | None = None
    other_channels: Annotated[list[Name], non_empty("Any channel but these, also one that is not declared.")] | None = (
        None
    )
    modality: Literal["text", "audio"] | None = Field(None, description="What was sent. Default: either.")
    sender: Literal["user", "agent"] | None = Field(None, description="Who sent it. Default: either.")
    meter: Name | None = Field(None, description="The meter or fair-use bucket; none: the event is not counted.")
    loosens: Loosens = None
    because: Because = None
    source: Origin = None
