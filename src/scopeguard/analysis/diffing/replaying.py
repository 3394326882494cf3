"""Requests asked of both packs: what each answers, and what of the two answers is not the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.witnesses import Witness
from scopeguard.errors import RequestError
from scopeguard.model.decision import Decision
from scopeguard.model.facts import FACTS_OF_GATES
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.model.structs import replaced
from scopeguard.semantics.built_in_variables import CREDENTIAL_TYPES

REFUSED: Final = "refused: the pack has no such channel or environment"
UNMAPPED: Final = "unmapped_action"


@dataclass(frozen=True)
class Answered:
    """What one pack answers to a request, which is *request* there; no decision where it refuses it."""

    request: Witness
    decision: Decision | None

    @property
    def allowed(self) -> bool:
        """Whether it is allowed."""
        return self.decision is not None and self.decision.allowed

    @property
    def code(self) -> str | None:
        """The code of a denial."""
        return None if self.decision is None else self.decision.code

    def __str__(self) -> str:
        if self.decision is None:
            return REFUSED
        return self.decision.effect if self.decision.code is None else f"{self.decision.effect} {self.decision.code}"


def answered(side: Side, witness: Witness) -> Answered:
    """What a pack answers; of names that it does not have, and so reads nowhere, the request is without there."""
    request = projected(side, witness)
    try:
        decision = side.engine.check(request.principal, request.action, request.resource, request.context)
    except RequestError:
        return Answered(request, None)
    return Answered(request, decision)


def projected(side: Side, witness: Witness) -> Witness:
    """A request without what a pack does not have a name for."""
    types = side.program.types
    principal, context, resource = witness.principal, witness.context, witness.resource
    # What has its name from a constructor is of every pack.
    own = _known(principal.attributes, {**types.principal, **CREDENTIAL_TYPES})
    asking = _with_attributes(principal, own)
    facts = _known(context.facts, dict.fromkeys(FACTS_OF_GATES, "") | dict(types.facts))
    about = replaced(context, facts=facts, attributes=_known(context.attributes, types.context))
    if resource is not None:
        known = _known(resource.attributes, types.resource.get(resource.surface, {}))
        resource = replaced(resource, attributes=known)
    return Witness(asking, witness.action, resource, about)


def held_by(witness: Witness, principal: Principal) -> Witness:
    """A request of somebody who holds what *principal* does, and is otherwise who asks in *witness*."""
    asking = witness.principal
    who = Principal(
        asking.kind,
        asking.id,
        asking.workspace,
        scopes=principal.scopes,
        roles=principal.roles,
        ceiling=asking.ceiling,
        attributes=asking.attributes,
    )
    return Witness(who, witness.action, witness.resource, witness.context)


def in_context(witness: Witness, channel: str | None, environment: str) -> Witness:
    """The same request from elsewhere."""
    context: Context = replaced(witness.context, channel=channel, environment=environment)
    return Witness(witness.principal, witness.action, witness.resource, context)


def _with_attributes(principal: Principal, attributes: Mapping[str, Any]) -> Principal:
    if len(attributes) == len(principal.attributes):
        return principal
    return Principal(
        principal.kind,
        principal.id,
        principal.workspace,
        scopes=principal.scopes,
        roles=principal.roles,
        ceiling=principal.ceiling,
        attributes=attributes,
    )


def _known(values: Mapping[str, Any], declared: Mapping[str, str]) -> Mapping[str, Any]:
    names = {path.partition(".")[0] for path in declared}
    return values if names.issuperset(values) else {name: each for name, each in values.items() if name in names}
