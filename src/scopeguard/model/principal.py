"""Who asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_network
from typing import Any, Final, Literal, TypeAlias

from scopeguard.errors import RequestError, quoted
from scopeguard.model.grant import parse_scopes
from scopeguard.model.values import EMPTY, Value, attributes, identifier, moment, name, names, optional_identifier, thaw

Kind: TypeAlias = Literal["api_key", "member", "session", "system", "anonymous"]
KINDS: Final[tuple[Kind, ...]] = ("api_key", "member", "session", "system", "anonymous")

WORKSPACE_BOUND: Final = frozenset({"api_key", "member", "session"})
"""Kinds that always act within one workspace."""

SCOPED: Final = frozenset({"api_key", "session"})
"""Kinds that hold scopes."""

HOLDERS: Final = SCOPED | {"member"}
"""Kinds that hold anything: scopes or roles."""

Scopes: TypeAlias = str | Iterable[str] | None

PrincipalClass: TypeAlias = tuple[str, frozenset[str], frozenset[str], frozenset[str] | None, frozenset[str]]
"""What partial evaluation may know of a principal: kind, scopes, roles, ceiling and which attributes are present."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Principal:
    """Who asks: a credential or a person, as the host verified it.

    Build one with :meth:`api_key`, :meth:`member`, :meth:`session`, :meth:`system` or :meth:`anonymous`.
    *scopes* are canonical texts; *ceiling*, where set, holds the permissions of the credential's owner, and
    the principal then holds only what both allow. Every value is checked and frozen here: RequestError.
    """

    kind: Kind
    id: str | None
    workspace: str | None = None
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    ceiling: frozenset[str] | None = None
    attributes: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    group: PrincipalClass = field(init=False)
    """The principal's class: principals of one class share a row of compiled decisions."""
    bound: Any = field(init=False, default=(None, None))
    """The row last bound and its generation: a memo of a pure function, never part of the value."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise RequestError(f"a principal's kind must be one of {', '.join(KINDS)}")
        fill = object.__setattr__
        # Ours instead of the caller's: an enumeration's member is equal to the text, and is no text to a condition.
        fill(self, "kind", KINDS[KINDS.index(self.kind)])
        fill(self, "id", optional_identifier(self.id, "a principal's id"))
        fill(self, "workspace", optional_identifier(self.workspace, "a principal's workspace"))
        if self.workspace is None and self.kind in WORKSPACE_BOUND:
            raise RequestError(f"a principal of the kind {self.kind} needs a workspace")
        fill(self, "scopes", parse_scopes(self.scopes))
        fill(self, "roles", names(self.roles, "role"))
        fill(self, "ceiling", None if self.ceiling is None else parse_scopes(self.ceiling))
        fill(self, "attributes", attributes(self.attributes, "a principal's attributes"))
        fill(self, "group", (self.kind, self.scopes, self.roles, self.ceiling, frozenset(self.attributes)))

    @classmethod
    def api_key(
        cls,
        id: str,
        *,
        workspace: str,
        scopes: Scopes = None,
        ceiling: Scopes = None,
        expires_at: datetime | None = None,
        not_before: datetime | None = None,
        revoked: bool = False,
        leaked: bool = False,
        ip_allow: Iterable[str] | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> "Principal":
        """A workspace API key. No scopes, or an empty list of them, allow nothing.

        *ceiling* limits the key to its owner's live permissions; *ip_allow* holds addresses or CIDR networks.
        """
        state = {
            "expires_at": moment(expires_at, "expires_at"),
            "not_before": moment(not_before, "not_before"),
            "revoked": _flag(revoked, "revoked"),
            "leaked": _flag(leaked, "leaked"),
            "ip_allow": _networks(ip_allow),
        }
        return _build(cls, "api_key", id, workspace, state, attributes, scopes=scopes, ceiling=ceiling)

    @classmethod
    def member(
        cls,
        id: str,
        *,
        workspace: str,
        roles: Iterable[str] | None = None,
        suspended: bool = False,
        sso: bool = False,
        attributes: Mapping[str, object] | None = None,
    ) -> "Principal":
        """A person of a workspace. No roles allow nothing. *sso* tells that the session came through single sign-on."""
        state = {"suspended": _flag(suspended, "suspended"), "sso": _flag(sso, "sso")}
        return _build(cls, "member", id, workspace, state, attributes, roles=roles)

    @classmethod
    def session(
        cls,
        id: str,
        *,
        workspace: str,
        expires_at: datetime | None = None,
        scopes: Scopes = None,
        attributes: Mapping[str, object] | None = None,
    ) -> "Principal":
        """A signed end-user session: short-lived, and confined to itself by the policies."""
        state = {"expires_at": moment(expires_at, "expires_at")}
        return _build(cls, "session", id, workspace, state, attributes, scopes=scopes)

    @classmethod
    def system(
        cls, id: str, *, workspace: str | None = None, attributes: Mapping[str, object] | None = None
    ) -> "Principal":
        """A job of the host. It may do what a rule of the pack lists, and nothing else."""
        return _build(cls, "system", id, workspace, {}, attributes)

    @classmethod
    def anonymous(cls) -> "Principal":
        """Nobody in particular."""
        return cls("anonymous", None)

    def __repr__(self) -> str:
        return f"Principal({self.kind} {self.id!r} of {self.workspace!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Principal) and self._value() == other._value()

    def __hash__(self) -> int:
        return hash((self.kind, self.id, self.workspace, self.scopes, self.roles))

    def __reduce__(self) -> tuple[type["Principal"], tuple[object, ...]]:
        # A copy is checked anew, and the row that this one is bound to stays behind.
        parts = (self.kind, self.id, self.workspace, self.scopes, self.roles, self.ceiling, thaw(self.attributes))
        return Principal, parts

    def _value(self) -> tuple[object, ...]:
        return (self.id, self.workspace, self.group, self.attributes)


def _build(
    cls: type[Principal],
    kind: Kind,
    id: object,
    workspace: str | None,
    state: Mapping[str, Value],
    extra: Mapping[str, object] | None,
    **held: Any,
) -> Principal:
    more = attributes(extra, "a principal's attributes")
    for key in more:
        name(key, "an attribute")
        if key in state:
            raise RequestError(f'"{key}" is an argument of its own, not an attribute')
    # Absent and false states are left out, so that the class of an ordinary credential says that
    # nothing is the matter with it and the rules about it fold away.
    present = {key: value for key, value in state.items() if value is not None and value is not False}
    return cls(
        kind,
        identifier(id, "a principal's id"),
        workspace,
        attributes={**more, **present},
        **held,
    )


def _flag(value: object, what: str) -> bool:
    if type(value) is not bool:
        raise RequestError(f"{what} must be a bool, not {type(value).__name__}")
    return value


def _networks(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise RequestError(f"ip_allow must be an iterable of str, not {type(value).__name__}")
    return tuple(sorted({_network(identifier(item, "a network of ip_allow")) for item in value}))


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise RequestError(f"{quoted(text)} in ip_allow is neither an address nor a network") from None
