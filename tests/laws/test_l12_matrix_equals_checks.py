"""Law 12, list_equals_check: a cell of a symbolic matrix says what checks say of every request that completes its column."""

from typing import Any

from hypothesis import given

from scopeguard import Context, Guard, Principal, RequestError, Resource
from scopeguard.compiling.evaluation import outcome
from scopeguard.model.input_validation import thaw
from scopeguard.model.request import or_left_out
from scopeguard.runtime.matrix import MatrixCell
from scopeguard.semantics.built_in_variables import CREDENTIAL_TYPES
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.syntax.parser import parse_condition
from tests.laws.support import guard_of, law
from tests.strategies import Maker, Pack, Request, packs

IN_FORCE = CREDENTIAL_TYPES.keys() - {"sso"}


def less(maker: Maker, values: Any, *, keep: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Some of what there is."""
    return {name: thaw(value) for name, value in values.items() if name in keep or maker.chance(50)}


def column_of(maker: Maker, who: Principal, context: Context) -> tuple[Principal, Context, list[str]]:
    """A column that a principal and a context complete: less is given, and some of what they lack is told absent."""
    settled = IN_FORCE - {"expires_at"} if who.kind == "session" else IN_FORCE
    given = less(maker, who.attributes, keep=frozenset(settled))
    anybody = None if who.workspace is None else "ws_of_the_column"
    asker = Principal(
        who.kind,
        None if who.id is None else "id_of_the_column",
        anybody,
        who.scopes,
        who.roles,
        who.ceiling,
        given,
    )
    told = Context(
        channel=context.channel if maker.chance(50) else None,
        environment=context.environment,
        facts=less(maker, context.facts),
        now=context.now if maker.chance(50) else None,
        attributes=less(maker, context.attributes),
    )
    absent = [f"principal.{name}" for name in ("team", "level") if name not in who.attributes]
    absent += [f"context.facts.{name}" for name in ("wallet", "payment") if name not in context.facts]
    absent += [] if context.now else ["context.now"]
    return asker, told, [name for name in absent if maker.chance(50)]


def holds(
    guard: Guard, cell: MatrixCell, who: Principal, action: str, about: Resource | None, context: Context
) -> bool:
    """Whether a cell lets a request through: by its condition where it has one."""
    if cell.state != "conditional":
        return cell.state == "allow"
    engine = guard._generation
    act = engine.program.act(action)
    assert act is not None
    assert cell.note is not None
    assert "error(" not in cell.note
    condition = Resolver(engine.program.types.names).resolve(parse_condition(cell.note))
    return outcome(condition, engine.environment(who, about, context, act)) is True


@law(40)
@given(packs())
def test_a_cell_holds_for_every_request_that_completes_its_column(made: tuple[Maker, Pack]) -> None:
    """Where it allows all are allowed, where it denies none is, and its condition is true where checks allow."""
    maker, pack = made
    guard = guard_of(pack)
    for request in maker.requests(12):
        who, context = request.principal, request.context
        asker, told, absent = column_of(maker, who, context)
        try:
            guard.check(who, request.action, context=context)
            asked = [request.action, *guard.catalog.permissions]
            column = guard.matrix({"column": asker, "other": who}, asked, told, symbolic=True, absent=absent)
        except RequestError:
            # A name that the pack lacks is refused here as there.
            continue
        for action in column.columns:
            cell = column["column", action]
            about: list[Resource | None] = [None]
            surface = guard.catalog.surface_of(action)
            if surface is not None:
                about += [replaced_home(maker.resource(surface), who) for _ in range(3)]
            for resource in about:
                decision = guard.check(who, action, or_left_out(resource), context)
                assert decision.allowed == holds(guard, cell, who, action, resource, context), (
                    str(Request(who, action, resource, context)),
                    str(column.askers["column"]),
                    str(cell),
                    decision,
                )


def replaced_home(resource: Resource, who: Principal) -> Resource:
    """A resource of the principal's own workspace, where it has one."""
    if who.workspace is None:
        return resource
    attributes = {name: thaw(value) for name, value in resource.attributes.items()}
    return Resource(resource.surface, resource.id, who.workspace, attributes)
