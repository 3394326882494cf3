"""Generated invariants, and what they say of a request, told without the search."""

from collections.abc import Iterator, Mapping
from typing import Any

from scopeguard import Context, Guard, Principal, RequestError, Resource
from scopeguard.compiling.environment import conforms
from scopeguard.compiling.evaluation import outcome, settled
from scopeguard.compiling.program import Invariant
from scopeguard.runtime.declared import refuse_undeclared_attributes
from scopeguard.syntax.expression import Ident, walk
from tests.strategies import CHANNELS, ENVIRONMENTS, IDS, KINDS, Maker, Pack, Request, Section

_WORKSPACES = {"principal.workspace", "resource.workspace"}


def with_invariants(maker: Maker, pack: Pack, count: int) -> Pack:
    """*pack* with some invariants more, every fourth of them one of always."""
    made = [{"id": f"i{number}", "never" if number % 4 else "always": claim(maker)} for number in range(count)]
    return Pack((*pack.files, {"scopeguard": 1, "invariants": made}))


def claim(maker: Maker) -> Section:
    """What an invariant speaks of."""
    made: Section = {}
    who = maker.random.randrange(6)
    scopes = [*maker.permissions("api_key"), *maker.scopes]
    if who == 0 and scopes:
        some = maker.some(scopes, least=1, most=3)
        made["principal"] = {"scopes": [narrowed(maker, text) for text in some]}
    elif who == 1 and maker.roles:
        made["principal"] = {"roles": maker.some(list(maker.roles), least=1, most=3)}
    elif who < 4:
        made["principal"] = {"kinds": maker.some(KINDS, least=1, most=2)}
    if maker.chance(80):
        made["action"] = maker.some([*maker.permissions(), *maker.operations], least=1, most=2)
    if maker.chance(30):
        made["channels"] = maker.some(CHANNELS, least=1, most=2)
    if maker.chance(20):
        made["environments"] = maker.some(ENVIRONMENTS, least=1, most=1)
    if maker.chance(60):
        made["when"] = maker.condition(maker.random.randrange(3))
    return made


def narrowed(maker: Maker, scope: str) -> str:
    """A scope, now and then narrowed to one resource."""
    may_be = maker.surfaces.get(scope.partition(":")[0], {}).get("qualifiable")
    return f"{scope}/{maker.one(IDS)}" if may_be and maker.chance(40) else scope


def tamed(maker: Maker, request: Request) -> Request:
    """A request that is more ordinary, since an invariant of always speaks of no other."""

    def some(attributes: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in attributes.items() if maker.chance(30)}

    who, about, context = request.principal, request.resource, request.context
    workspace = None if who.kind == "anonymous" else who.workspace or "ws_1"
    scopes, roles = who.scopes, who.roles
    principal = Principal(who.kind, who.id, workspace, scopes=scopes, roles=roles, attributes=some(who.attributes))
    if about is not None:
        of = about.workspace if maker.chance(30) else workspace
        about = Resource(about.surface, about.id, of, some(about.attributes))
    channel = context.channel if context.channel in CHANNELS else maker.one(CHANNELS)
    now = context.now if maker.chance(30) else None
    environment = maker.one(ENVIRONMENTS)
    calm = Context(channel, environment, some(context.facts), now, some(context.attributes))
    return Request(principal, request.action, about, calm)


def speaks_of(guard: Guard, invariant: Invariant, request: Request) -> bool:
    """Whether a request is one that the invariant is about."""
    who = request.principal
    if request.action not in invariant.actions or who.kind not in invariant.kinds or not _is_made(who):
        return False
    if invariant.scopes is not None and who.kind != "member" and not set() < who.scopes <= invariant.scopes:
        return False
    if invariant.roles is not None and who.kind == "member" and not set() < who.roles <= invariant.roles:
        return False
    engine = guard._generation
    act = engine.program.act(request.action)
    assert act is not None
    try:
        refuse_undeclared_attributes(engine.program, who)
    except RequestError:
        return False
    env = engine.environment(who, request.resource, request.context, act)
    if outcome(settled(invariant.condition, env.holds), env) is not True:
        return False
    return not invariant.always or _is_ordinary(guard, invariant, request)


def _is_made(who: Principal) -> bool:
    """Whether a constructor makes such a principal."""
    if who.kind == "anonymous":
        return not who.attributes
    return who.ceiling is None or who.kind == "api_key"


_OF_SESSIONS = ("principal.expires_at", "context.now")


def _is_ordinary(guard: Guard, invariant: Invariant, request: Request) -> bool:
    """Whether nothing is given that the condition does not read, and all that is given is of its type."""
    who, about, context = request.principal, request.resource, request.context
    # A session has an end, and who asks about one says when.
    read = (node.name for node in walk(invariant.condition) if isinstance(node, Ident) and node.absolute)
    spoken = {*read, *(_OF_SESSIONS if who.kind == "session" else ())}
    if who.ceiling is not None or (who.workspace is None and who.kind != "anonymous"):
        return False
    program = guard._generation.program
    known = program.types.names.variables or {}
    surface = next(iter(request.action.split(":"))) if about is None else about.surface
    given = {
        **_flat("principal", who.attributes, known),
        **_flat("context", context.attributes, known),
        **_flat("context.facts", context.facts, known),
        **_flat("resource", {} if about is None else about.attributes, known),
    }
    if any(name not in spoken or not conforms(value, program.types.of(name, surface)) for name, value in given.items()):
        return False
    if about is not None and spoken.isdisjoint(_WORKSPACES) and about.workspace != who.workspace:
        return False
    return (
        (context.now is None or "context.now" in spoken)
        and (context.channel in CHANNELS or "context.channel" in spoken)
        and (context.environment in ENVIRONMENTS or "context.environment" in spoken)
    )


def _flat(root: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_leaves(root, given, known))


def _leaves(root: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for part, value in given.items():
        name = f"{root}.{part}"
        is_record = any(other.startswith(f"{name}.") for other in known)
        if is_record and isinstance(value, Mapping):
            yield from _leaves(name, value, known)
        else:
            yield name, value
