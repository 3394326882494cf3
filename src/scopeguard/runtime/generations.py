"""Packs in force, one after the other, and who observes what they decide."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

from scopeguard.callbacks import is_deferred
from scopeguard.compiling.program import Program
from scopeguard.errors import Diagnostic, RequestError
from scopeguard.model.access_request import AccessRequest
from scopeguard.model.catalog import Catalog
from scopeguard.model.decision import Decision
from scopeguard.model.principal import Principal
from scopeguard.model.request import LEFT_OUT, Context
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.observers import Observer, tell
from scopeguard.runtime.reloading import Reloading

_OBSERVED: Final = object()
"""What no principal is known by, so that every answer goes the way on which observers are called."""


class Generations(ABC):
    """The pack in force, which a reload replaces as a whole, and the observers of its decisions."""

    __slots__ = ("_generation", "_observers", "_reloading", "_token")

    def __init__(self) -> None:
        self._reloading = Reloading()
        self._observers: dict[object, Observer] = {}
        self._generation = self._loaded(number=1)
        self._settle()

    @property
    def digest(self) -> str:
        """The content digest of the pack in force."""
        return self._generation.program.digest

    @property
    def catalog(self) -> Catalog:
        """The vocabulary of the pack in force."""
        return self._generation.program.catalog

    @property
    def generation(self) -> int:
        """1 for the first pack loaded, one more for each reload that succeeded."""
        return self._generation.number

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Findings about the pack in force that did not stop it from loading."""
        return self._generation.program.warnings

    def observe(self, callback: Observer) -> Callable[[], None]:
        """Call *callback* with every decision and what was asked; the function returned stops that.

        It is called before the decision is returned, once for each decision of check, authorize, check_many, filter,
        mint and rotate, and not for a question that was refused. What it raises comes through in place of the
        decision: no denial becomes an allow by it. It must not ask this guard. Raises RequestError for what cannot be
        called, and for what is asynchronous.
        """
        if not callable(callback):
            raise RequestError(f"an observer must be callable, not {type(callback).__name__}")
        if is_deferred(callback):
            raise RequestError("an observer must be no asynchronous function: it is called, and nobody awaits it")
        key = object()
        self._observers[key] = callback
        self._settle()

        def stop() -> None:
            self._observers.pop(key, None)
            self._settle()

        return stop

    def reload(self) -> None:
        """Read the pack again, by the paths as they were first named, and put it in force as a whole.

        Raises PolicyError where it does not load, or does not hold still while it is read; the pack in force then
        stays as it is. Threads that reload at once take turns. A signal handler may call this at any time, also where
        it interrupts a reload: that one then reads once more, and raises where that fails.
        """
        self._reloading.run(self._reload)

    @abstractmethod
    def _loaded(self, *, number: int) -> Engine:
        """The pack as it is now, as that generation. Raises PolicyError where it does not load."""

    def _reload(self) -> None:
        generation = self._loaded(number=self._generation.number + 1)
        # In a child that was forked by what reads the pack, a later reload may be through before this one.
        if generation.number > self._generation.number:
            self._generation = generation
            # Until here, principals get what they remember of the pack before.
            self._settle()

    def _settle(self) -> None:
        """Put in force what principals are known by, who get what they remember: none while there are observers."""
        # Without a lock: reloads come from signal handlers too. Who changes either of both looks again.
        while True:
            generation, is_observed = self._generation, bool(self._observers)
            self._token = _OBSERVED if is_observed else generation.token
            if generation is self._generation and is_observed is bool(self._observers):
                return

    def _told(self, decision: Decision, principal: Principal, about: Any, context: Context) -> Decision:
        """*decision*, once every observer was called with it."""
        observers = tuple(self._observers.values())
        if observers:
            tell(observers, decision, asked(decision, principal, about, context))
        return decision


def program_in_force(generations: Generations) -> Program:
    """The pack in force behind a guard, for what looks inside: the extras by inspection, and comparisons of packs."""
    return generations._generation.program  # noqa: SLF001  # no part of what a guard offers


def asked(decision: Decision, principal: Principal, about: Any, context: Context) -> AccessRequest:
    """What was asked, with the action in our own words."""
    resource = None if about is LEFT_OUT else about
    return AccessRequest(principal, decision.operation or decision.permission, resource, context)
