"""Whether any route is open: routes without a mark, and what marks and scopes say of each other."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from scopeguard import Context, Guard, Principal, RequestError, ScopeguardError
from scopeguard.http.marks import Mark, require_action
from scopeguard.inspection import is_decided_by_facts

Kind: TypeAlias = Literal["http", "websocket", "app"]
"""What a route leads to: a handler, a handler of a websocket, or a mounted application that cannot be looked into."""

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing (RFC 9110 section 9.2.1)."""
_ENVIRONMENTS: Final = ("production",)
"""Those of a pack that names none."""


class RouteDescription(Struct, frozen=True):
    """One route, whatever framework it is of: *endpoint* says where its handler is written."""

    path: str
    methods: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    endpoint: str = ""
    kind: Kind = "http"

    def __str__(self) -> str:
        what = "|".join(self.methods) if self.kind == "http" else self.kind
        return f"{what} {self.path} ({self.endpoint})" if self.endpoint else f"{what} {self.path}"

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that it asks for."""
        return tuple(mark.action for mark in self.marks if mark.action is not None)


class Finding(Struct, frozen=True):
    """Something that is wrong with a route: *kind* is its class, and *text* what to do about it."""

    kind: Literal["unmarked", "unknown_action", "gates_passed_by", "unreachable"]
    route: RouteDescription
    text: str

    def __str__(self) -> str:
        return f"{self.route}: {self.text}"


class Closure(Struct, frozen=True):
    """What is wrong, in both directions: with routes, and scopes of the pack that guard no route."""

    routes: tuple[RouteDescription, ...]
    findings: tuple[Finding, ...]
    unused_scopes: tuple[str, ...]

    @property
    def is_closed(self) -> bool:
        """Whether every route asks what it has to ask."""
        return not any(finding.kind != "unreachable" for finding in self.findings)


class OpenRoutesError(ScopeguardError):
    """Some routes would answer without being asked for: *findings* has each."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        lines = "\n".join(f"  {finding}" for finding in findings)
        super().__init__(f"{len(findings)} of the routes cannot be served as they are:\n{lines}")


def require_closed(guard: Guard, routes: Iterable[RouteDescription]) -> None:
    """Raise OpenRoutesError with each of *routes* that has no mark, or asks past the gates of operations of *guard*."""
    findings = tuple(_open(guard, routes))
    if findings:
        raise OpenRoutesError(findings)


def closure_of(guard: Guard, routes: Iterable[RouteDescription]) -> Closure:
    """All that *routes* and the pack of *guard* say of each other."""
    listed = tuple(routes)
    findings = (*_open(guard, listed), *_unreachable(guard, listed))
    return Closure(listed, findings, _unused_scopes(guard, listed))


def _open(guard: Guard, routes: Iterable[RouteDescription]) -> Iterator[Finding]:
    for route in routes:
        if not route.marks:
            yield Finding("unmarked", route, "it has no mark; let it ask for something, or mark it public")
        unknown = dict(_unknown(guard, route))
        for text in unknown.values():
            yield Finding("unknown_action", route, text)
        if set(route.methods) <= _READING:
            continue
        for mark in route.marks:
            if mark.action in unknown:
                continue
            gated = () if mark.ungated or mark.action is None else _gated_under(guard, mark.action)
            if gated:
                text = (
                    f"{mark.action} is also the permission of {', '.join(gated)}, which have gates; "
                    "ask for the operation, or say ungated=True"
                )
                yield Finding("gates_passed_by", route, text)


def _unknown(guard: Guard, route: RouteDescription) -> Iterator[tuple[str, str]]:
    """The actions of a route that the pack lacks, with what is wrong about each."""
    for action in route.actions:
        try:
            require_action(guard, action)
        except RequestError as error:
            yield action, str(error)


def _gated_under(guard: Guard, action: str) -> tuple[str, ...]:
    """The operations under a permission that facts decide about; none where *action* is an operation itself."""
    catalog = guard.catalog
    environments = catalog.environments or _ENVIRONMENTS
    permission = catalog.called(action)
    return tuple(
        name
        for name, operation in catalog.operations.items()
        if operation.permission == permission
        and any(is_decided_by_facts(guard, name, environment) for environment in environments)
    )


def _permission(guard: Guard, action: str) -> str:
    called = guard.catalog.called(action)
    operation = guard.catalog.operations.get(called)
    return called if operation is None else operation.permission


def _unused_scopes(guard: Guard, routes: Iterable[RouteDescription]) -> tuple[str, ...]:
    catalog = guard.catalog
    asked = {_permission(guard, action) for route in routes for action in route.actions}
    granted: dict[str, set[str]] = {name: set(permissions) for name, permissions in catalog.scopes.items()}
    for by_kind in catalog.scopes_by_kind.values():
        for name, permissions in by_kind.items():
            granted.setdefault(name, set()).update(permissions)
    return tuple(sorted(name for name, permissions in granted.items() if not permissions & asked))


def _unreachable(guard: Guard, routes: Sequence[RouteDescription]) -> Iterator[Finding]:
    actions = sorted(
        {action for route in routes for action in route.actions if action not in dict(_unknown(guard, route))}
    )
    reachable = _reachable(guard, actions)
    for route in routes:
        for action in route.actions:
            if action in actions and action not in reachable:
                yield Finding("unreachable", route, f"nobody is ever allowed {action}")


def _reachable(guard: Guard, actions: Sequence[str]) -> frozenset[str]:
    """The actions that somebody may be allowed: whoever holds all scopes or a role, on whatever channel."""
    catalog = guard.catalog
    everything = sorted(catalog.scopes)
    asking = {
        "key": Principal.api_key("key", workspace="workspace", scopes=everything),
        "session": Principal.session("session", workspace="workspace", scopes=everything),
        "system": Principal.system("system"),
        "anonymous": Principal.anonymous(),
        "member of all roles": Principal.member("member", workspace="workspace", roles=sorted(catalog.roles)),
        **{role: Principal.member("member", workspace="workspace", roles=[role]) for role in catalog.roles},
    }
    found: set[str] = set()
    for environment in catalog.environments or _ENVIRONMENTS:
        for channel in (None, *catalog.channels):
            rest = [action for action in actions if action not in found]
            if not rest:
                return frozenset(found)
            matrix = guard.matrix(asking, rest, Context(channel, environment), symbolic=True)
            found.update(action for action in rest if any(matrix[name, action].state != "deny" for name in asking))
    return frozenset(found)
