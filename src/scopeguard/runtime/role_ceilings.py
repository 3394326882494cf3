"""The ceiling over the keys of somebody who has some roles: what the rules let them do, as scopes."""

from collections.abc import Iterable, Iterator

from scopeguard.limits import MAX_CEILINGS
from scopeguard.model.narrowing import ASSIGNED
from scopeguard.model.principal import Principal
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.residuals import is_open
from scopeguard.syntax.expression import TRUE


def ceiling_of_roles(engine: Engine, roles: Iterable[str]) -> frozenset[str]:
    """What members with these roles may do, as scopes: on every resource, or on some. Rules count as grants do.

    What some circumstance denies is in it, for the key meets that circumstance itself; what a rule allows in some
    circumstances only is not.
    """
    member = Principal("member", "of the roles", "of the roles", roles=roles)
    found = engine.ceilings.get(member.roles)
    if found is None:
        held = EffectiveGrants.of(engine.program.catalog, member)
        found = frozenset(text for each in engine.permissions for text in _let_through(engine, member, held, each))
        if len(engine.ceilings) >= MAX_CEILINGS:
            engine.ceilings.clear()
        engine.ceilings[member.roles] = found
    return found


def _let_through(engine: Engine, member: Principal, held: EffectiveGrants, permission: str) -> Iterator[str]:
    key = Principal("api_key", member.id, member.workspace, scopes=[permission])
    operations = (each.name for each in engine.program.catalog.operations.values() if each.permission == permission)
    # A scope cannot leave out an operation. What a rule denies to everybody it denies to the key, too.
    if _denied(engine, member, permission) or any(
        _denied(engine, member, each) - _denied(engine, key, each) for each in operations
    ):
        return
    rest = engine.residual(member, permission)
    if any(permit.residual == TRUE for permit in rest.permits):
        yield permission
    else:
        names = {name for _, ids, _ in held.holding(permission) if ids for name in ids}
        # Questions about roles on one resource are reached by no scope.
        yield from (f"{permission}/{name}" for name in names if not name.startswith(ASSIGNED))


def _denied(engine: Engine, principal: Principal, action: str) -> frozenset[tuple[int, str, str]]:
    """The rules that deny an action to a principal in all circumstances."""
    rest = engine.residual(principal, action)
    return frozenset(each.rule.order for each in rest.denials if not is_open(each.residual))
