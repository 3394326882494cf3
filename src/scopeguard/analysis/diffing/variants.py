"""Variants of a request that showed a change: the same from elsewhere, or about what is held by name."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from scopeguard.analysis.diffing.holders import Holder
from scopeguard.analysis.diffing.replaying import in_context
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.requests import HOME, IDS
from scopeguard.analysis.witnesses import Witness
from scopeguard.compiling.program import ActionRules
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource

Sides = tuple[Side, Side]
_OTHER: Final = "ws_2"
"""A workspace that is not the principal's own."""


def known_to_both(sides: Sides, witness: Witness, places: Iterable[tuple[str, str]]) -> Iterator[Witness]:
    """The request from where both packs take it, if one of them refuses it where it comes from.

    *places* are channels, an empty text for none, each with an environment.
    """
    if all(side.knows(witness.context.channel, witness.context.environment) for side in sides):
        return
    for channel, environment in places:
        if all(side.knows(channel or None, environment) for side in sides):
            yield in_context(witness, channel or None, environment)


def about_roles(
    sides: Sides, acts: Iterable[ActionRules | None], holder: Holder, channels: Sequence[str]
) -> Iterator[Witness]:
    """Requests about the very role on one resource that is held: the solver knows such roles as texts alone."""
    question = next(act.question for act in acts if act is not None)
    surfaces = [side.program.catalog.surfaces.get(question.surface) for side in sides]
    assigns = {name: holder.names[:1] for each in surfaces if each is not None for name in each.assigns}
    if assigns and holder.names and "/" in holder.names[0]:
        member = Principal.member(IDS["member"], workspace=HOME)
        for channel in channels:
            about = Resource(question.surface, None, HOME, assigns)
            yield Witness(member, question.action, about, Context(channel=channel or None))


def elsewhere(witness: Witness) -> Iterator[Witness]:
    """A request about a resource of no workspace, as one of another: a command always names one."""
    resource = witness.resource
    if resource is not None and resource.workspace is None:
        about = Resource(resource.surface, resource.id, _OTHER, resource.attributes)
        yield Witness(witness.principal, witness.action, about, witness.context)
