"""The schema of what is about facts: gates on operations, and the classifier of usage events."""

from typing import Annotated, Literal

from pydantic import Field

from scopeguard.documents.shapes import Condition, Dotted, Model, Name, Text, some


class GateDoc(Model):
    """A denial about facts: it names operations and one of provider, payment, wallet, entitlement or fair_use."""

    id: Dotted = Field(description="Stable, unique and dotted, among the ids of rules too.")
    on: Annotated[list[Dotted], some("Operations.")]
    mode: Literal["block", "advise", "off"] = Field("block", description="advise: say it and allow; off: not at all.")
    provider: Annotated[list[Name], some("Kinds of provider credentials that have to be ready.")] | None = None
    payment: Literal["required"] | None = Field(None, description="Payment must not be interrupted.")
    wallet: Literal["required"] | None = Field(None, description="The wallet must not be empty.")
    entitlement: Name | None = Field(None, description="used + reserved + requested stays within the meter's limit.")
    fair_use: Name | None = Field(None, description="used + requested stays within the bucket's limit.")
    when: Condition | None = Field(None, description="A CEL condition that must be true for the gate to be there.")
    unless: Condition | None = Field(None, description="A CEL condition that must be false for the gate to be there.")
    because: Text | None = None
    owner: Text | None = Field(None, description="Who answers for this gate.")
    source: Literal["seed", "assumed"] | None = None


class UsageDoc(Model):
    """One row of the usage classifier: events that match count on its meter. Rows have no order and do not overlap."""

    id: Dotted = Field(description="Stable, unique and dotted.")
    environments: Annotated[list[Name], some("Any of these environments.")] | None = None
    channels: Annotated[list[Name], some("Any of these channels.")] | None = None
    other_channels: Annotated[list[Name], some("Any channel but these.")] | None = None
    modality: Literal["text", "audio"] | None = None
    sender: Literal["user", "agent"] | None = None
    meter: Name | None = Field(None, description="The meter or fair-use bucket; none: the event is not counted.")
    because: Text | None = None
    source: Literal["seed", "assumed"] | None = None
