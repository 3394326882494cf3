"""What was asked, beside its answer."""

from msgspec import Struct

from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource


class AccessRequest(Struct, frozen=True):
    """One question: which *principal* asks for which *action*, about what, and in which *context*.

    *resource* is None where the question was about the surface. The repr holds no attributes, no facts and no scopes.
    """

    principal: Principal
    action: str
    resource: Resource | None
    context: Context
