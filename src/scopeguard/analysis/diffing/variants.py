"""Variants of a request that showed a change: the same from elsewhere, or about the resource of another role."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from scopeguard.analysis.diffing.holders import Holder
from scopeguard.analysis.diffing.replaying import in_context
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.witnesses import Witness
from scopeguard.model.principal import Principal
from scopeguard.model.request import Resource

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


def on_the_same(witness: Witness, holder: Holder) -> Witness:
    """The request with roles on the one resource on which *holder* has its role, where they were on that of another."""
    old, new = (_on_one(each) for each in (witness.principal, holder.principal))
    resource = witness.resource
    if resource is None or not old or not new or old == new:
        return witness
    told = {name: _renamed(value, old, new) for name, value in resource.attributes.items()}
    about = Resource(resource.surface, resource.id, resource.workspace, told)
    return Witness(witness.principal, witness.action, about, witness.context)


def _on_one(principal: Principal) -> str:
    """What is behind the name of the only role of a principal."""
    slash = next(iter(principal.roles), "").partition("/")[1:] if len(principal.roles) == 1 else ()
    return "".join(slash)


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_renamed(each, old, new) for each in value)
    return value.removesuffix(old) + new if isinstance(value, str) and value.endswith(old) else value


def elsewhere(witness: Witness) -> Iterator[Witness]:
    """A request about a resource of no workspace, as one of another: a command always names one."""
    resource = witness.resource
    if resource is not None and resource.workspace is None:
        about = Resource(resource.surface, resource.id, _OTHER, resource.attributes)
        yield Witness(witness.principal, witness.action, about, witness.context)
