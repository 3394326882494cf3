"""Who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, Self, TypeAlias, get_args

from scopeguard.errors import RequestError
from scopeguard.limits import MAX_IDENTIFIER, MAX_INTERNED
from scopeguard.model.credentials import Network, Unknown, allowed_networks, credential_state, flag, scopes_to_hold
from scopeguard.model.grant import NO_SCOPES, ONLY_TEXT, HeldScopes, Scopes, listed, noted, parse_scopes, split_scopes
from scopeguard.model.held_roles import parse_roles
from scopeguard.model.input_validation import EMPTY, identifier, thaw, utc_datetime
from scopeguard.model.input_validation import attributes as frozen_attributes
from scopeguard.model.memo import Memo
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
_SHAPES: Final[Mapping[Any, tuple[Kind, frozenset[str]]]] = MappingProxyType({kind: (kind, _NOTHING) for kind in KINDS})
"""Those of principals without attributes, one of each kind."""
_ID: Final = "a principal's id"

UNRECOGNIZED: Final = "unrecognized"

Shape: TypeAlias = tuple[str, frozenset[str]]
"""The kind of a principal and the names of its attributes: what is known of it beside what it holds."""


class _MutablePrincipal:
    """A principal in the making: its slots take values until it becomes a Principal."""

    __slots__ = (
        *("attributes", "bound", "ceiling", "held", "id", "kind", "limit", "narrowed", "roles", "scopes", "shape"),
        "workspace",
    )  # fmt: skip


class Unbound:
    """What a principal remembers of which too little was asked for anything to be kept."""

    __slots__ = ()

    token: Final = None
    """Of no pack in force."""


UNBOUND: Final = Unbound()
"""What a principal remembers of which nothing was asked yet."""


class Principal(_MutablePrincipal, Frozen, init=False):
    """Who asks: a credential or a person, as the host verified it.

    Build one with :meth:`api_key`, :meth:`member`, :meth:`session`, :meth:`system` or :meth:`anonymous`.
    *scopes* are canonical texts, and so are *roles*, of which ``maintainer/agents:agt_1`` is held on one resource;
    *ceiling*, where set, holds the permissions of the credential's owner, and the principal then holds only what both
    allow. Every value is checked and frozen here: RequestError.
    """

    __slots__ = ()

    kind: Kind
    id: str | None
    workspace: str | None
    scopes: frozenset[str]
    roles: frozenset[str]
    ceiling: frozenset[str] | None
    attributes: Mapping[str, Any]
    shape: Shape
    """Its kind and the names of its attributes."""
    held: frozenset[str]
    """Its scopes, or its roles that are on no single resource: what it holds for every resource is among them."""
    narrowed: frozenset[str]
    """Of its other scopes or roles what is before the ids: ``agents:write/``, ``maintainer/agents:``."""
    limit: HeldScopes | None
    """The ceiling, parsed."""
    bound: Any
    """What was answered about it under one pack: a memo of a pure function, never part of the value."""

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
    ) -> Principal:
        """A workspace API key by its *id*, acting in *workspace*. No *scopes*, or an empty list of them, allow nothing.

        *expires_at* and *not_before* are aware datetimes, between which it is valid, and need ``Context(now=…)``.
        *revoked* and *leaked* are what the host knows; *attributes* are those that the pack declares.

        *ceiling* limits the key to its owner's live permissions; *ip_allow* holds addresses or CIDR
        networks, as texts or objects of ``ipaddress``; an empty list lets no caller in. *unknown* says what becomes of
        scopes of other services, such as ``openid`` in a token: refused, or ignored and listed in *ignored_scopes*.
        """
        state = None
        if (
            expires_at is None
            and not_before is None
            and ip_allow is None
            and attributes is None
            and revoked is False
            and leaked is False
            and unknown == "refuse"
        ):
            if ceiling is None and type(id) is str and type(workspace) is str:
                # What a host reads from its store for every request is one principal, and is checked once; where its
                # scopes are new so is the key, and most such keys do not come again soon.
                if type(scopes) is str:
                    if scopes in listed:
                        return _keys[id, workspace, scopes]
                    held, narrowed = split_scopes(scopes)
                    return _ordinary("api_key", id, workspace, held, _NOTHING, held, narrowed)
                return _key((id, workspace, scopes))
        else:
            scopes, ignored = scopes_to_hold(scopes, unknown)
            state = credential_state(
                attributes,
                expires_at=utc_datetime(expires_at, "expires_at"),
                not_before=utc_datetime(not_before, "not_before"),
                revoked=flag(revoked, "revoked"),
                leaked=flag(leaked, "leaked"),
                ip_allow=allowed_networks(ip_allow),
                ignored_scopes=ignored,
            )
        return _frozen(
            "api_key", id if type(id) is str else identifier(id, _ID), workspace, scopes, None, ceiling, state
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
    ) -> Principal:
        """A person of *workspace* by *id*. No *roles* allow nothing, and neither does a *suspended* membership.

        *sso* says that the session came through single sign-on; *attributes* are those that the pack declares.

        A role such as ``maintainer/agents:agt_1`` is held on that resource, and on what has it as its parent.
        """
        state = None
        if attributes is None and suspended is False and sso is False:
            if type(roles) is list and type(id) is str and type(workspace) is str:
                held = tuple(roles)
                # As of keys: most who were not here before do not come again soon.
                if id not in _seen:
                    noted(_seen).add(id)
                    return _member((id, workspace, held))
                # What is only equal to a text may be refused, and must not find its principal.
                if ONLY_TEXT.issuperset(map(type, held)):
                    return _members[id, workspace, held]
        else:
            state = credential_state(attributes, suspended=flag(suspended, "suspended"), sso=flag(sso, "sso"))
        return _frozen("member", id if type(id) is str else identifier(id, _ID), workspace, None, roles, None, state)

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
    ) -> Principal:
        """A signed end-user session of *workspace* by its *id*: short-lived, and confined to itself by the policies.

        *scopes* and *attributes* are those of a key.

        A session without *expires_at* is denied as ``credential_invalid`` by the base beneath every pack, and one with
        an end needs ``Context(now=…)``. How far away the end may be is for whoever signs the session.
        *unknown* as of a key.
        """
        scopes, ignored = scopes_to_hold(scopes, unknown)
        state = None
        if expires_at is not None or attributes is not None or ignored is not None:
            state = credential_state(
                attributes, expires_at=utc_datetime(expires_at, "expires_at"), ignored_scopes=ignored
            )
        return _frozen("session", id if type(id) is str else identifier(id, _ID), workspace, scopes, None, None, state)

    @classmethod
    def system(
        cls, id: str, *, workspace: str | None = None, attributes: Mapping[str, object] | None = None
    ) -> Principal:
        """A job of the host by its *id*, within *workspace* or, with None, outside of all. A rule lists what it may do.

        *attributes* are those that the pack declares. Raises RequestError for malformed values.
        """
        return _frozen(
            "system",
            id if type(id) is str else identifier(id, _ID),
            workspace,
            None,
            None,
            None,
            credential_state(attributes),
        )

    @classmethod
    def anonymous(cls) -> Principal:
        """Nobody in particular: a request without a credential."""
        return _frozen("anonymous", None, None, None, None, None, None)

    @classmethod
    def unrecognized(cls) -> Principal:
        """Whoever sent a credential that is nobody's: anonymous too, but denied for the invalid credential."""
        return _frozen("anonymous", None, None, None, None, None, credential_state(None, unrecognized=True))

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

    def __reduce__(self) -> tuple[type[Principal], tuple[object, ...]]:
        # A copy is checked anew, and the row that this one is bound to stays behind.
        parts = (self.kind, self.id, self.workspace, self.scopes, self.roles, self.ceiling, thaw(self.attributes))
        return Principal, parts

    def _value(self) -> tuple[object, ...]:
        held = (self.kind, self.scopes, self.roles, self.ceiling)
        return (self.id, self.workspace, held, self.attributes)


remember: Final[Callable[[Principal, object], None]] = _MutablePrincipal.__dict__["bound"].__set__
"""Sets the memo ``bound`` of a principal."""


def representative(shape: Shape, scopes: Scopes = None, roles: Iterable[str] | None = None) -> Principal:
    """A principal of a shape without identity that holds nothing else: its attributes have names, and no values."""
    kind, names_of_attributes = shape
    made = Principal(
        kind,  # type: ignore[arg-type]  # a kind, as every shape has one
        None,
        "representative" if kind in WORKSPACE_BOUND else None,
        scopes=scopes,
        roles=roles,
    )
    # The constructor takes an attribute without a value for one that is not there.
    _MutablePrincipal.__dict__["attributes"].__set__(made, MappingProxyType(dict.fromkeys(names_of_attributes)))
    _MutablePrincipal.__dict__["shape"].__set__(made, shape)
    return made


def _frozen(  # noqa: PLR0917  # as above, without the cost of keywords
    kind: Any,
    id: str | None,
    workspace: str | None,
    scopes: Scopes,
    roles: Iterable[str] | None,
    ceiling: Scopes,
    attributes: Mapping[str, object] | None,
) -> Principal:
    if type(kind) is not str or kind not in _SHAPES:
        if kind not in KINDS:
            raise RequestError(f"a principal's kind must be one of {', '.join(KINDS)}")
        # Ours instead of the caller's: an enumeration's member is equal to the text, and is no text to a condition.
        kind = KINDS[KINDS.index(kind)]
    # Plain stores and one change of class cost a fraction of what a frozen class takes to fill itself.
    made: Any = _MutablePrincipal()
    made.kind = kind
    made.id = None if id is None else identifier(id, _ID)
    made.workspace = None if workspace is None else identifier(workspace, "a principal's workspace")
    if workspace is None and kind in WORKSPACE_BOUND:
        raise RequestError(f"a principal of the kind {kind} needs a workspace")
    made.scopes, made.narrowed = NO_SCOPES if scopes is None else parse_scopes(scopes)
    made.held = made.scopes
    if roles is None:
        made.roles = plain = starts = _NOTHING
    else:
        made.roles, plain, starts = parse_roles(roles)
    if kind == "member":
        made.held, made.narrowed = plain, starts
    if ceiling is None:
        made.ceiling = made.limit = None
    else:
        made.limit = parse_scopes(ceiling)
        made.ceiling = made.limit[0]
    if attributes is None:
        made.attributes = EMPTY
        made.shape = _SHAPES[kind]
    else:
        made.attributes = more = frozen_attributes(attributes, "a principal's attributes")
        made.shape = (kind, frozenset(more))
    made.bound = UNBOUND
    made.__class__ = Principal
    return made  # type: ignore[no-any-return]  # a Principal by now


def _ordinary(  # noqa: PLR0917  # as above
    kind: Kind,
    name: str,
    workspace: str,
    scopes: frozenset[str],
    roles: frozenset[str],
    held: frozenset[str],
    narrowed: frozenset[str],
) -> Principal:
    """An ordinary key or member, as :func:`_frozen` makes it, in half the time."""
    made: Any = _MutablePrincipal()
    made.kind = kind
    # As identifier(), without a call.
    made.id = name if name and len(name) <= MAX_IDENTIFIER and name.isprintable() else identifier(name, _ID)
    made.workspace = (
        workspace
        if workspace and len(workspace) <= MAX_IDENTIFIER and workspace.isprintable()
        else identifier(workspace, "a principal's workspace")
    )
    made.scopes = scopes
    made.roles = roles
    made.held = held
    made.narrowed = narrowed
    made.ceiling = made.limit = None
    made.attributes = EMPTY
    made.shape = _SHAPES[kind]
    made.bound = UNBOUND
    made.__class__ = Principal
    return made  # type: ignore[no-any-return]  # a Principal by now


def _key(parts: tuple[str, str, Scopes]) -> Principal:
    name, workspace, scopes = parts
    held, narrowed = parse_scopes(scopes)
    return _ordinary("api_key", name, workspace, held, _NOTHING, held, narrowed)


def _member(parts: tuple[str, str, tuple[str, ...]]) -> Principal:
    name, workspace, roles = parts
    return _ordinary("member", name, workspace, _NOTHING, *parse_roles(roles))


_keys: Final = Memo(_key, MAX_INTERNED)
_members: Final = Memo(_member, MAX_INTERNED)
_seen: Final[set[str]] = set()
"""The ids of members that were here before, at most MAX_INTERNED of them."""
