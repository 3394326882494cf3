"""What is asked about, in the names of the pack in force: resources, contexts, objects of hosts, scopes and roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from scopeguard.errors import RequestError
from scopeguard.model.decision import Decision
from scopeguard.model.grant import Scopes, given_scopes
from scopeguard.model.grant_set import Grants
from scopeguard.model.input_validation import name, paths, words
from scopeguard.model.principal import SCOPED, Principal
from scopeguard.model.request import LEFT_OUT, Context, Resource
from scopeguard.runtime.declared import refuse_mistyped, refuse_mistyped_context, require_attributes, require_surface
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.generations import Generations
from scopeguard.runtime.resource_adapters import Adapters, Attributes, Key, Part, resource_of
from scopeguard.runtime.vocabulary import context_inside, resource_inside
from scopeguard.semantics.bailout import raised_by_host


class Questions(Generations):
    """The pack in force with the types of the host that stand for its resources."""

    __slots__ = ("_adapters",)

    def __init__(self) -> None:
        super().__init__()
        self._adapters = Adapters()

    def register(
        self,
        kind: type,
        *,
        surface: str,
        id: Part = "id",
        workspace: Part = "workspace",
        attributes: Attributes = (),
    ) -> None:
        """Let objects of *kind* stand for resources of *surface*.

        *id* and *workspace* name an attribute or are functions, and give a text, an int or a UUID; *attributes* names
        attributes, ``owner.blocked`` for a field of a record, or is a function that gives a mapping. What is None is
        absent. Raises RequestError for a surface or attribute that the catalog does not have, and for what is no type
        or registered before. What a function gives is compared with the catalog each time.
        """
        program = self._generation.program
        require_surface(program, name(surface, "a surface"))
        if not callable(attributes):
            attributes = sorted(paths(attributes, "attribute"))
            require_attributes(program, surface, attributes)
        self._adapters.add(kind, surface, id=id, workspace=workspace, attributes=attributes)

    def resource(
        self,
        about: object,
        id: Key = None,
        workspace: Key = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Resource:
        """As ``Resource(...)``, compared with the catalog: its surface, its attributes and their types.

        Aliases in attributes that are declared to hold names of the pack are replaced by these.
        *about* is the surface, or by itself an object of a registered type. Raises RequestError, with the nearest name
        where there is one.
        """
        if isinstance(about, str):
            made = resource_of(about, id, workspace, attributes)
        elif id is None and workspace is None and attributes is None:
            made = self._adapters.resource(about)
        else:
            raise RequestError("an object of a registered type says its id, workspace and attributes itself")
        program = self._generation.program
        refuse_mistyped(program, made)
        return resource_inside(program, made)

    def context(
        self,
        channel: str | None = None,
        environment: str = "production",
        facts: Mapping[str, object] | None = None,
        now: datetime | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Context:
        """As ``Context(...)``, compared with the catalog: names and types, those within facts too.

        Aliases are replaced as by :meth:`resource`.
        Raises RequestError, with the nearest name where there is one.
        """
        made = Context(channel, environment, facts, now, attributes)
        program = self._generation.program
        refuse_mistyped_context(program, made)
        return context_inside(program, made)

    def scopes(self, scopes: Scopes) -> str:
        """*scopes* as a token or a store has them, as one text in the names of the pack: for ``Principal.api_key``.

        Aliases are replaced, narrowed to one resource too; everything else stays as it is, and is judged where it is
        used. Raises RequestError for what is neither a text nor a list of texts without spaces.
        """
        given = given_scopes(scopes)
        if type(given) is not str:
            given = " ".join(words(given or (), "scope"))
        return self._generation.translator.scopes(given)  # type: ignore[no-any-return]  # a text of a text

    def roles(self, roles: Iterable[str]) -> list[str]:
        """*roles* as another system names them, in the names of the pack; what is no alias stays as it is.

        Raises RequestError for what is no list of texts.
        """
        return list(map(self._generation.translator.role, words(roles, "role")))

    def grants(self, scopes: Scopes, *, kind: Literal["api_key", "session"] = "api_key") -> Grants:
        """What *scopes* grant by the catalog, implied permissions too, to compare, join or intersect.

        *kind* is who holds them: to a session a scope may grant other permissions than to an API key.

        Raises RequestError for a text that is no scope, and for another kind; scopes that the catalog does not know
        are in ``.unknown``.
        """
        kinds = sorted(SCOPED)
        if kind not in kinds:
            raise RequestError(f"scopes are held by principals of a kind of {', '.join(kinds)}")
        generation = self._generation
        return Grants.of(generation.program.catalog.of_kind(kind), generation.translator.scopes(given_scopes(scopes)))

    def outside(self, decision: Decision) -> Decision:
        """*decision*, with the scopes that are needed and provided in the names of the outside world.

        ``to_problem``, ``www_authenticate`` and ``headers`` of that write these. A scope without an alias is written as
        it is, and of several aliases the first one. What is decided is the same. Raises RequestError for what is no
        decision.
        """
        if not isinstance(decision, Decision):
            raise RequestError(f"a decision must be a Decision, not {type(decision).__name__}")
        return self._generation.translator.written(decision)

    def _about(self, resource: object) -> Resource | None:
        """What is asked about; None where it is left out. Raises RequestError for what stands for no resource."""
        if resource is LEFT_OUT:
            return None
        made = self._adapters.resource(resource)
        if made is not resource:
            program = self._generation.program
            require_attributes(program, made.surface, made.attributes)
            return resource_inside(program, made)
        return made

    def _matched(self, resource: object) -> Resource:
        """What an object of the host stands for. Raises RequestError where that is no resource."""
        found = self._about(resource)
        if found is None:
            raise RequestError("a row is a Resource or of a registered type")
        return found

    def _told_many(
        self, generation: Engine, principal: Principal, items: Iterable[object], context: Context
    ) -> list[Decision]:
        """The decisions about some items, once every observer was called with all of them."""
        questions = [(action, self._about(resource)) for action, resource in map(pair, items)]
        found = [(generation.recall(principal, action, about, context), about) for action, about in questions]
        return [self._told(decision, principal, about, context) for decision, about in found]


def pair(item: Any) -> tuple[str, object]:
    """An item of check_many as its action and its resource. Raises RequestError for what is no pair."""
    try:
        action, resource = item
    except (TypeError, ValueError) as error:
        if raised_by_host(error, calls_host=type(item) is not tuple):
            raise
        kind = type(item).__name__
        raise RequestError(f"an item of check_many is a pair (action, resource), and no {kind}") from None
    return action, resource
