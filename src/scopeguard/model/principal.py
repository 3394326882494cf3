"""Who asks."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from types import MappingProxyType
from typing import Any, Final, Literal, Self, TypeAlias, get_args

from scopeguard.errors import RequestError, quoted
from scopeguard.limits import MAX_INTERNED
from scopeguard.model import addresses
from scopeguard.model.addresses import parse_network
from scopeguard.model.grant import parse_scopes, recognized
from scopeguard.model.input_validation import EMPTY, Value, address_text, identifier, name, names, thaw, utc_datetime
from scopeguard.model.input_validation import attributes as frozen_attributes
from scopeguard.model.structs import Frozen

Kind: TypeAlias = Literal["api_key", "member", "session", "system", "anonymous"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

WORKSPACE_BOUND: Final = frozenset({"api_key", "member", "session"})
"""Kinds that always act within one workspace."""

SCOPED: Final = frozenset({"api_key", "session"})
"""Kinds that hold scopes."""

HOLDERS: Final = SCOPED | {"member"}
"""Kinds that hold anything: scopes or roles."""

_NOTHING: Final[frozenset[str]] = frozenset()
_ID: Final = "a principal's id"
_new = object.__new__

Scopes: TypeAlias = str | Iterable[str] | None
Network: TypeAlias = IPv4Address | IPv6Address | IPv4Network | IPv6Network

Unknown: TypeAlias = Literal["refuse", "ignore"]
"""What becomes of scopes that are not of our grammar, but may be another service's."""
UNRECOGNIZED: Final = "unrecognized"

PrincipalClass: TypeAlias = tuple[str, frozenset[str], frozenset[str], frozenset[str] | None, frozenset[str]]
"""What partial evaluation may know of a principal: kind, scopes, roles, ceiling and which attributes are present."""


class _MutablePrincipal:
    """A principal in the making: its slots take values until it becomes a Principal."""

    __slots__ = ("attributes", "bound", "ceiling", "group", "id", "kind", "roles", "scopes", "workspace")


UNBOUND: Final[tuple[Any, ...]] = (None,) * 6


class Principal(_MutablePrincipal, Frozen, init=False):
    """Who asks: a credential or a person, as the host verified it.

    Build one with :meth:`api_key`, :meth:`member`, :meth:`session`, :meth:`system` or :meth:`anonymous`.
    *scopes* are canonical texts; *ceiling*, where set, holds the permissions of the credential's owner, and
    the principal then holds only what both allow. Every value is checked and frozen here: RequestError.
    """

    __slots__ = ()

    kind: Kind
    id: str | None
    workspace: str | None
    scopes: frozenset[str]
    roles: frozenset[str]
    ceiling: frozenset[str] | None
    attributes: Mapping[str, Any]
    group: PrincipalClass
    """The principal's class: principals of one class share a row of compiled decisions."""
    bound: Any
    """The row last bound with its generation: a memo of a pure function, never part of the value."""

    __match_args__ = ("kind", "id", "workspace", "scopes", "roles", "ceiling", "attributes")

    def __new__(  # noqa: PLR0917  # the fields in their order
        cls,
        kind: Kind,
        id: str | None,
        workspace: str | None = None,
        scopes: Scopes = None,
        roles: Iterable[str] | None = None,
        ceiling: Scopes = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Self:
        """Check and freeze. Raises RequestError."""
        return _frozen(kind, id, workspace, scopes, roles, ceiling, attributes)  # type: ignore[return-value]  # final

    @classmethod
    def api_key(  # noqa: PLR0913  # each is a fact about the credential, and has a name
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
        ip_allow: Iterable[str | Network] | None = None,
        attributes: Mapping[str, object] | None = None,
        unknown: Unknown = "refuse",
    ) -> "Principal":
        """A workspace API key. No scopes, or an empty list of them, allow nothing.

        *ceiling* limits the key to its owner's live permissions; *ip_allow* holds addresses or CIDR
        networks, as texts or objects of ``ipaddress``; an empty list lets no caller in. *unknown* says what becomes of
        scopes of other services, such as ``openid`` in a token: refused, or ignored and listed in *ignored_scopes*.
        """
        state = None
        usual = expires_at is None and not_before is None and ip_allow is None and attributes is None
        if usual and revoked is False and leaked is False and unknown == "refuse":
            # What a host reads from its store for every request is one principal, and is checked once.
            if ceiling is None and _texts((id, workspace, scopes)):
                return _key(id, workspace, scopes)  # type: ignore[arg-type]  # a str
        else:
            scopes, ignored = _ours(scopes, unknown)
            state = _state(
                attributes,
                expires_at=utc_datetime(expires_at, "expires_at"),
                not_before=utc_datetime(not_before, "not_before"),
                revoked=_flag(revoked, "revoked"),
                leaked=_flag(leaked, "leaked"),
                ip_allow=_networks(ip_allow),
                ignored_scopes=ignored,
            )
        return _frozen(
            "api_key", id if id.__class__ is str else identifier(id, _ID), workspace, scopes, None, ceiling, state
        )

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
        """A person of a workspace. No roles allow nothing. *sso* says that the session came through single sign-on."""
        state = None
        if attributes is None and suspended is False and sso is False:
            if roles.__class__ is list:
                held = tuple(roles)
                if _texts((id, workspace, *held)):
                    return _member(id, workspace, held)
        else:
            state = _state(attributes, suspended=_flag(suspended, "suspended"), sso=_flag(sso, "sso"))
        return _frozen(
            "member", id if id.__class__ is str else identifier(id, _ID), workspace, None, roles, None, state
        )

    @classmethod
    def session(
        cls,
        id: str,
        *,
        workspace: str,
        expires_at: datetime | None = None,
        scopes: Scopes = None,
        attributes: Mapping[str, object] | None = None,
        unknown: Unknown = "refuse",
    ) -> "Principal":
        """A signed end-user session: short-lived, and confined to itself by the policies.

        A session without *expires_at* is denied as ``credential_invalid`` by the base beneath every pack, and one with
        an end needs ``Context(now=…)``. How far away the end may be is for whoever signs the session.
        *unknown* as of a key.
        """
        scopes, ignored = _ours(scopes, unknown)
        state = None
        if expires_at is not None or attributes is not None or ignored is not None:
            state = _state(attributes, expires_at=utc_datetime(expires_at, "expires_at"), ignored_scopes=ignored)
        return _frozen(
            "session", id if id.__class__ is str else identifier(id, _ID), workspace, scopes, None, None, state
        )

    @classmethod
    def system(
        cls, id: str, *, workspace: str | None = None, attributes: Mapping[str, object] | None = None
    ) -> "Principal":
        """A job of the host. It may do what a rule of the pack lists, and nothing else."""
        return _frozen(
            "system",
            id if id.__class__ is str else identifier(id, _ID),
            workspace,
            None,
            None,
            None,
            _state(attributes),
        )

    @classmethod
    def anonymous(cls) -> "Principal":
        """Nobody in particular: a request without a credential."""
        return _frozen("anonymous", None, None, None, None, None, None)

    @classmethod
    def unrecognized(cls) -> "Principal":
        """Whoever sent a credential that is nobody's: anonymous too, but denied for the invalid credential."""
        return _frozen("anonymous", None, None, None, None, None, _state(None, unrecognized=True))

    @property
    def is_unrecognized(self) -> bool:
        """Whether there was a credential, and it is nobody's."""
        return UNRECOGNIZED in self.attributes

    @property
    def ignored_scopes(self) -> tuple[str, ...]:
        """The scopes of other services that were ignored, sorted."""
        found: tuple[str, ...] = self.attributes.get("ignored_scopes", ())
        return found

    def __init_subclass__(cls) -> None:
        raise TypeError("Principal is final: what a check reads of it must be what was checked")

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


remember: Final[Callable[[Principal, object], None]] = _MutablePrincipal.__dict__["bound"].__set__
"""Sets the memo ``bound`` of a principal."""


def representative(principal: Principal, *, holding: bool = True) -> Principal:
    """A principal of the same class without identity: attributes keep their names only.

    Without *holding* it has no scopes and no roles either.
    """
    made = Principal(
        principal.kind,
        None,
        None if principal.workspace is None else "representative",
        scopes=principal.scopes if holding else None,
        roles=principal.roles if holding else None,
        ceiling=principal.ceiling if holding else None,
    )
    # The constructor takes an attribute without a value for one that is not there.
    _MutablePrincipal.__dict__["attributes"].__set__(made, MappingProxyType(dict.fromkeys(principal.attributes)))
    _MutablePrincipal.__dict__["group"].__set__(made, (*made.group[:-1], principal.group[-1]))
    return made


def _frozen(  # noqa: PLR0917  # as above, without the cost of keywords
    kind: Kind,
    id: str | None,
    workspace: str | None,
    scopes: Scopes,
    roles: Iterable[str] | None,
    ceiling: Scopes,
    attributes: Mapping[str, object] | None,
) -> Principal:
    if kind not in KINDS:
        raise RequestError(f"a principal's kind must be one of {', '.join(KINDS)}")
    # Plain stores and one change of class cost a fraction of what a frozen class takes to fill itself.
    made: Any = _new(_MutablePrincipal)
    # Ours instead of the caller's: an enumeration's member is equal to the text, and is no text to a condition.
    made.kind = kind = KINDS[KINDS.index(kind)]
    made.id = None if id is None else identifier(id, _ID)
    made.workspace = None if workspace is None else identifier(workspace, "a principal's workspace")
    if workspace is None and kind in WORKSPACE_BOUND:
        raise RequestError(f"a principal of the kind {kind} needs a workspace")
    made.scopes = held = _NOTHING if scopes is None else parse_scopes(scopes)
    made.roles = part = _NOTHING if roles is None else names(roles, "role")
    made.ceiling = limit = None if ceiling is None else parse_scopes(ceiling)
    made.attributes = more = EMPTY if attributes is None else frozen_attributes(attributes, "a principal's attributes")
    made.group = (kind, held, part, limit, frozenset(more) if more else _NOTHING)
    made.bound = UNBOUND
    made.__class__ = Principal
    return made  # type: ignore[no-any-return]  # a Principal by now


@lru_cache(maxsize=MAX_INTERNED)
def _key(id: str, workspace: str, scopes: str) -> Principal:
    return _frozen("api_key", id, workspace, scopes, None, None, None)


@lru_cache(maxsize=MAX_INTERNED)
def _member(id: str, workspace: str, roles: tuple[str, ...]) -> Principal:
    return _frozen("member", id, workspace, None, roles, None, None)


def _texts(values: Iterable[object]) -> bool:
    """Whether all are str itself: what is only equal to a text may be refused, and must not find its principal."""
    for value in values:  # noqa: SIM110  # twice as fast as all() with a generator
        if value.__class__ is not str:
            return False
    return True


def _state(extra: Mapping[str, object] | None, **state: Value) -> Mapping[str, object] | None:
    """The attributes of a credential: the host's own, and what is the matter with it."""
    more = frozen_attributes(extra, "a principal's attributes")
    for key in more:
        name(key, "an attribute")
        if key in state:
            raise RequestError(f'"{key}" is an argument of its own, not an attribute')
    # Absent and false states are left out, so that the class of an ordinary credential says that
    # nothing is the matter with it and the rules about it fold away.
    present = {key: value for key, value in state.items() if value is not None and value is not False}
    return {**more, **present} or None


def _ours(scopes: Scopes, unknown: object) -> tuple[Scopes, tuple[str, ...] | None]:
    """The scopes of a token to hold, and those to ignore, where there are any."""
    if unknown == "refuse":
        return scopes, None
    if unknown != "ignore":
        raise RequestError('unknown must be "refuse" or "ignore"')
    ours, others = recognized(scopes)
    return ours, others or None


def _flag(value: object, what: str) -> bool:
    if type(value) is not bool:
        raise RequestError(f"{what} must be a bool, not {type(value).__name__}")
    return value


def _networks(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise RequestError(f"ip_allow must be an iterable of str, not {type(value).__name__}")
    return tuple(sorted({_network(item) for item in value}))


def _network(value: object) -> str:
    what = "a network of ip_allow"
    text = address_text(value, what) if isinstance(value, addresses.OBJECTS) else identifier(value, what)
    try:
        found = parse_network(text)
    except ValueError:
        raise RequestError(f"{quoted(text)} in ip_allow is neither an address nor a network") from None
    if found.interface.ip != found.interface.network.network_address:
        # A slip of the keyboard, or one address where a whole network would be let in.
        raise RequestError(f"{quoted(text)} in ip_allow is neither an address nor a network: bits follow the prefix")
    return str(found)
