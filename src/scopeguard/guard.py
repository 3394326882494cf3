"""Guard: the object that users hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from scopeguard.compiling.program import Program
from scopeguard.deferred import Deferred
from scopeguard.errors import PolicyError, RequestError, ScopeguardError
from scopeguard.file_marks import FileMarks, marks_of
from scopeguard.limits import MAX_KEPT
from scopeguard.model.access_denied import AccessDenied
from scopeguard.model.access_request import AccessRequest
from scopeguard.model.decision import Decision
from scopeguard.model.grant import Scopes
from scopeguard.model.principal import Principal
from scopeguard.model.request import LEFT_OUT, Context, Resource
from scopeguard.model.usage import Usage, UsageEvent
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.explain import explain
from scopeguard.runtime.generations import asked
from scopeguard.runtime.inputs import inputs, readable_names
from scopeguard.runtime.listing import list_permissions
from scopeguard.runtime.memory import recalled
from scopeguard.runtime.questions import Questions, pair
from scopeguard.semantics.bailout import BAILOUTS, raised_by_host
from scopeguard.shipped import default_pack
from scopeguard.source import Location

if TYPE_CHECKING:
    from scopeguard.analysis.violations import Violation
    from scopeguard.runtime import views
    from scopeguard.runtime.explain import Explanation
    from scopeguard.runtime.facts import FactsNeeded
    from scopeguard.runtime.filters import Filter
    from scopeguard.runtime.listing import Permissions
    from scopeguard.runtime.matrix import Matrix
    from scopeguard.runtime.pages import TabState
else:
    views = Deferred("scopeguard.runtime.views")

Paths: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

_NO_CONTEXT: Final = Context()


def search(generation: Engine) -> tuple[Violation, ...]:
    """Every invariant of a pack that does not hold, or that is not decided.

    Raises ModuleNotFoundError where a pack has invariants, and the extra ``prove`` is missing.
    """
    # What makes no claim needs no solver.
    if not generation.program.invariants:
        return ()
    from scopeguard.analysis.invariants import verify  # noqa: PLC0415  # the solver is an extra, and takes long to load

    return verify(generation)


class Guard(Questions):
    """Answers "may this principal do this?" by one pack. Safe to share between threads and tasks.

    A copy of a guard is itself, and none is pickled (TypeError): each process makes its own.

    Build one with :meth:`load` or :meth:`default`; both raise PolicyError with every finding.
    """

    __slots__ = ("_files_read", "_load", "_max_rows", "_paths", "_verifier", "_verifies")

    def __init__(
        self,
        load: Callable[[], Program],
        *,
        max_rows: int = MAX_KEPT,
        verifier: Callable[[Engine], tuple[Violation, ...]] | None = None,
        verify: bool = False,
        paths: Sequence[str] = (),
    ) -> None:
        if type(max_rows) is not int or max_rows < 0:
            raise RequestError("max_rows must be an int of 0 or more")
        if type(verify) is not bool:
            raise RequestError("verify must be a bool")
        self._load = load
        self._paths = tuple(paths)
        self._files_read: FileMarks = {}
        self._max_rows = max_rows
        self._verifier = verifier
        self._verifies = verify
        super().__init__()

    @classmethod
    def load(cls, paths: Paths, *, max_rows: int = MAX_KEPT, verify: bool = False) -> Guard:
        """A guard for *paths*: a folder, a file, or a list of them; or a compiled pack, by its suffix ``.sgpack``.

        With *verify* a pack loads, and reloads, only where every invariant of it is known to hold: PolicyError.
        *max_rows* bounds all that is kept for later requests together: answers, where one with conditions counts for
        several. 0 keeps nothing. Raises RequestError for another value of these two.
        """
        # What reads a pack is imported where one is read: the reading side (lark, yaml, pydantic) where there is
        # a policy text, and the proofs where invariants are looked at.
        from scopeguard.compiling.pack_file import anchored, chosen, rooted  # noqa: PLC0415  # see above

        named, here = anchored(paths)

        def read() -> Program:
            from scopeguard.compiling.loading import load_program  # noqa: PLC0415  # see above

            return load_program(named, here)

        return cls(
            lambda: chosen(named, here, read),
            max_rows=max_rows,
            verifier=search,
            verify=verify,
            paths=rooted(named, here),
        )

    @classmethod
    def default(cls, *more: str | os.PathLike[str], verify: bool = False) -> Guard:
        """A guard for the shipped pack, with *more* folders or files above it; *verify* as in :meth:`load`."""
        return cls.load([default_pack(), *more], verify=verify)

    def __copy__(self) -> Guard:
        return self

    def __deepcopy__(self, _: object) -> Guard:
        return self

    def __reduce__(self) -> NoReturn:
        # Its policies would travel in the pickle, or files be read where it is opened; neither is what one expects.
        raise TypeError(
            "a guard stays in its process: make one in each with Guard.load; what it answers is pickled, of a filter"
            " its condition"
        )

    @property
    def paths(self) -> tuple[str, ...]:
        """The files and folders that :meth:`reload` reads, from the root on; none where it was made of no path."""
        return self._paths

    @property
    def names(self) -> frozenset[str]:
        """Every name that conditions of the pack in force may read, such as ``resource.owner``; of facts the first."""
        return readable_names(self._generation.program)

    def check(  # noqa: C901, PLR0912  # the common case without a call
        self, principal: Principal, action: str, resource: object = LEFT_OUT, context: Context = _NO_CONTEXT
    ) -> Decision:
        """Whether *principal* may do *action* (a permission or an operation id), and why.

        What is equal to an action is that action: a member of a StrEnum serves as well as a str.
        *resource* is a Resource or an object of a registered type. Left out, the question is about the surface in the
        principal's own workspace; None in its place, as a query gives that found no row, is no resource.
        *context* is where and when it is asked, with the facts that gates read; left out, only the environment
        ``production`` is known.

        Raises RequestError for a malformed question; never for a denial.
        """
        # The common case without a call: a principal bound before, and a decision made before. What is missing, or of
        # another class than it should be, lacks one of these names and goes the long way, which says what is wrong.
        # What only passes on the names of ours is answered as what it passes on, and never by names of its own.
        try:
            known = principal.bound
            if known.token is self._token:
                if resource.__class__ is Resource:
                    if resource.workspace == known.home:
                        found = known.own[context.group][action]
                        if found._surface is resource.interned_surface:  # noqa: SLF001  # of a decision of our own
                            return found  # type: ignore[no-any-return]  # a Decision, as all that is returned here
                        if found.by_attribute is resource.interned_surface:
                            return found.ready[resource._given[found.attribute]]  # type: ignore[no-any-return]  # noqa: SLF001  # looked up
                        if found.by_id is resource.interned_surface:
                            return found.ready[resource.id]  # type: ignore[no-any-return]
                        if (
                            found.surface is resource.interned_surface
                            and type(principal) is Principal
                            and type(resource) is Resource
                            and type(context) is Context
                        ):
                            answers = found.answers
                            answer = answers()
                            if answer is not None:
                                return answer(principal, resource, context)  # type: ignore[no-any-return]
                    elif resource.workspace is not None:
                        found = known.other[context.group][action]
                        if found._surface is resource.interned_surface:  # noqa: SLF001  # of a decision of our own
                            return found  # type: ignore[no-any-return]
                elif resource is LEFT_OUT:
                    return known.bare[context.group][action]  # type: ignore[no-any-return]
        except BAILOUTS as error:
            calls_host = not (type(principal) is Principal and type(action) is str and type(context) is Context)
            if raised_by_host(error, calls_host=calls_host):
                raise
        if resource.__class__ is not Resource and resource is not LEFT_OUT:
            return self.check(principal, action, self._about(resource), context)
        about = resource if resource.__class__ is Resource else None
        if self._observers:
            return self._told(self._generation.recall(principal, action, about, context), principal, about, context)
        return self._generation.check(principal, action, about, context)

    def authorize(
        self, principal: Principal, action: str, resource: object = LEFT_OUT, context: Context = _NO_CONTEXT
    ) -> Decision:
        """As :meth:`check` of *principal*, *action*, *resource* and *context*, but raises AccessDenied on a denial.

        Returns the decision of an allow. Raises RequestError for a malformed question.
        """
        # An object of the host is read once, so that what is reported is what was answered.
        if resource.__class__ is not Resource and resource is not LEFT_OUT:
            resource = self._about(resource)
        decision = self.check(principal, action, resource, context)
        if decision.effect != "allow":
            raise AccessDenied(decision, asked(decision, principal, resource, context))
        return decision

    def check_many(
        self, principal: Principal, items: Iterable[tuple[str, object]], context: Context = _NO_CONTEXT
    ) -> list[Decision]:
        """One decision for each ``(action, resource)`` of *items*, in order, all by the same generation of the pack.

        *principal* and *context* are those of :meth:`check`.

        A Resource without an id asks about the surface. Raises RequestError as :meth:`check` does, for a resource that
        is None too, and for what is no pair.
        """
        if not isinstance(items, Iterable):
            raise RequestError(f"the items of check_many must be an iterable, not {type(items).__name__}")
        generation = self._generation
        own, other, _ = generation.remembered(principal, context).of(context.group)
        if self._observers:
            return self._told_many(generation, principal, items, context)
        home = principal.workspace
        decisions: list[Decision] = []
        for item in items:
            # As in check(), where it is said why.
            try:
                action, resource = item
                if resource.__class__ is Resource and resource.workspace is not None:
                    found = own[action] if resource.workspace == home else other[action]
                    if found._surface is resource.interned_surface:  # noqa: SLF001  # of a decision of our own
                        decisions.append(found)
                        continue
                    decision = recalled(found, principal, resource, context)
                    if decision is not None:
                        decisions.append(decision)
                        continue
            except BAILOUTS as error:
                is_plain = type(item) is tuple and all(type(each) is str for each in item[:1])
                if raised_by_host(error, calls_host=not is_plain):
                    raise
            action, resource = pair(item)
            decisions.append(generation.recall(principal, action, self._about(resource), context))
        return decisions

    def filter(self, principal: Principal, action: str, context: Context = _NO_CONTEXT) -> Filter:
        """What *principal* may do *action* to in its workspace and *context*: a condition about rows, and why.

        It is true of a row just where :meth:`check` allows. Raises RequestError for a malformed question.
        """
        found = views.filter_rows(self._generation, principal, action, context, self._matched)
        self._told(found.decision, principal, None, context)
        return found

    def permissions(self, principal: Principal, context: Context = _NO_CONTEXT) -> Permissions:
        """The permissions allowed to *principal* in *context* on every resource of its workspace.

        ``.conditional`` maps those that depend on the resource to their conditions. Raises RequestError.
        """
        return list_permissions(self._generation, principal, context)

    def matrix(
        self,
        principals: Mapping[str, Principal] | Iterable[Principal],
        actions: Iterable[str] | None = None,
        context: Context = _NO_CONTEXT,
        *,
        symbolic: bool = False,
        absent: Iterable[str] = (),
    ) -> Matrix:
        """The table of *principals* by *actions* (every permission where None): allow, deny or conditional.

        A cell is about all resources of the principal's own workspace, and conditional where it depends on which. With
        *symbolic* it is about all requests that complete what is given: facts, attributes and ``now`` that neither a
        principal nor *context* has are unknown, and so are ids. *absent* are names of what none of them has, such as
        ``context.facts.wallet``; a credential is in force where no attribute of its principal says otherwise.

        Principals without names go by their ids, or by their kind. Raises RequestError for two of one name, and for
        names that the catalog does not have.
        """
        return views.tabulate(self._generation, principals, actions, context, symbolic=symbolic, absent=absent)

    def explain(
        self, principal: Principal, action: str, resource: object = LEFT_OUT, context: Context = _NO_CONTEXT
    ) -> Explanation:
        """Every rule looked at for a request, each clause with its value, and the nearest change that would allow.

        *principal*, *action*, *resource* and *context* are those of :meth:`check`, and so is RequestError.
        """
        return explain(self._generation, principal, action, self._about(resource), context)

    def place(self, id: str) -> Location | None:
        """Where what decided is written, by *id*: a rule or gate, ``scope:…`` or ``role:…``, as in ``Decision.rules``.

        None for what the pack in force does not have. Raises RequestError for what is no str.
        """
        if not isinstance(id, str):
            raise RequestError(f"the id of a rule must be a str, not {type(id).__name__}")
        return self._generation.program.place(id)

    def settings_tabs(
        self, member: Principal, context: Context = _NO_CONTEXT, *, workspace: str | None = None
    ) -> tuple[TabState, ...]:
        """The tabs of the page ``settings`` in their order, each with its state for *member*.

        *workspace* is the one whose page is shown, the member's own where None;
        *context* has the channel and facts. A tab says what :meth:`check` says, so
        that a page built on it offers nothing that the service then refuses whatever it is about. Raises RequestError
        where the pack has no such page.
        """
        return views.tab_states(self._generation, "settings", member, context, workspace)

    def billing_panels(
        self, member: Principal, context: Context = _NO_CONTEXT, *, workspace: str | None = None
    ) -> tuple[TabState, ...]:
        """As :meth:`settings_tabs`, with the same *member*, *context* and *workspace*, for the page ``billing``."""
        return views.tab_states(self._generation, "billing", member, context, workspace)

    def classify(self, event: UsageEvent) -> Usage:
        """What a usage *event* counts on: a meter, a fair-use bucket or nothing, with the row of the pack that says so.

        An environment that the pack does not have counts as production. Raises RequestError for what is no event.
        """
        return self._generation.program.usage.classify(event)

    def ceiling(self, roles: Iterable[str]) -> frozenset[str]:
        """What members with *roles* may do by the pack in force, for ``Principal.api_key(ceiling=…)`` of their keys.

        Rules count as roles do: what one denies to all of them is not in it, nor that of which an operation is denied
        to them and not to keys. Aliases are read as the roles that they
        stand for, and roles that the pack does not have hold nothing. Raises RequestError for what is no list of names.
        """
        return views.ceiling_of_roles(self._generation, self.roles(roles))

    def mint(self, actor: Principal, scopes: Scopes, context: Context = _NO_CONTEXT) -> Decision:
        """Whether *actor* may hand out a key with *scopes*; ``provided`` of an allow is their canonical list.

        The key gets nothing that *actor* may not do in *context* on every resource of its workspace: by what
        :meth:`check` says, rules that allow and deny included. Raises RequestError for a malformed question.
        """
        return self._told(views.mint(self._generation, actor, scopes, context), actor, None, context)

    def mintable(self, actor: Principal, context: Context = _NO_CONTEXT) -> tuple[str, ...]:
        """The scopes of the catalog that :meth:`mint` would let *actor* hand out in *context*, each by itself.

        For a form to choose from: it is no decision, so that no observer hears of it.
        """
        return views.mintable(self._generation, actor, context)

    def rotate(
        self, actor: Principal, held: Scopes | Principal, context: Context = _NO_CONTEXT, *, scopes: Scopes = None
    ) -> Decision:
        """Whether *actor* may rotate a key in *context*; *held* is the key, as a Principal, or its scopes.

        A key that is revoked, leaked, expired or of another workspace is not rotated, and a rotation lets out nothing
        that :meth:`mint` would not. Of scopes alone no state is known. *scopes*, where given, must be exactly those of
        the key. Raises RequestError for a principal that is no key.
        """
        return self._told(views.rotate(self._generation, actor, held, scopes, context), actor, None, context)

    def facts_for(self, action: str, *, environment: str = "production") -> FactsNeeded:
        """Which facts the host has to load before it asks for *action* in *environment*, whoever asks.

        Raises RequestError for an action or an environment that the pack does not have.
        """
        return views.facts_for(self._generation.program, action, environment)

    def inputs(self, asked: AccessRequest) -> Mapping[str, Any]:
        """The values of *asked*, a request, that the rules about it read, by name, such as ``resource.owner``.

        Of everything else that the host gave, nothing in the pack in force would make the answer another one. What a
        request says by its own fields (who asks, which action and resource, channel and environment) is not repeated.
        Raises RequestError for what is no AccessRequest.
        """
        if not isinstance(asked, AccessRequest):
            raise RequestError(f"what was asked must be an AccessRequest, not {type(asked).__name__}")
        return inputs(self._generation, asked)

    def verify(self) -> tuple[Violation, ...]:
        """Every invariant of the pack in force that does not hold or cannot be checked whole, by id.

        One that does not hold comes with a request that breaks it, which this guard answers so. Raises ScopeguardError
        where the guard was not made by :meth:`load` or :meth:`default`.
        """
        return self._verified(self._generation)

    def _loaded(self, *, number: int) -> Engine:
        before = marks_of(self._paths)
        generation = Engine(self._load(), number=number, max_rows=self._max_rows)
        violations = self._verified(generation) if self._verifies else ()
        if violations:
            raise PolicyError(violation.of(self._paths).diagnostic for violation in violations)
        self._files_read = before if before == marks_of(self._paths) else {}
        return generation

    def _verified(self, generation: Engine) -> tuple[Violation, ...]:
        if self._verifier is None:
            raise ScopeguardError("this guard has nothing to check invariants with; make it with Guard.load")
        return self._verifier(generation)
