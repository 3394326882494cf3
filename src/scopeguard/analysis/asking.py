"""One question: is there a request of which something is true? A model is made a request, and the engine answers it.

What is found and what the engine confirms is a witness. Where a model has something wrong that was not known to the
solver (a text that cannot be, an unknown that the evaluator settles), it learns so, and looks on: so an answer of
"none" is a proof, and where no end of it is in sight the question stays open.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scopeguard.analysis.encoding import View
from scopeguard.analysis.held_lists import OF_HOLDER
from scopeguard.analysis.logic import Bool, conj, implies, neg, same
from scopeguard.analysis.preferences import hints, preferences
from scopeguard.analysis.questions import Asked, Reads, Unknown
from scopeguard.analysis.requests import request_of
from scopeguard.analysis.roles_on_one import as_written
from scopeguard.analysis.solver import z3
from scopeguard.analysis.symbols import NotMadeError, Symbol
from scopeguard.analysis.texts import NoTextError
from scopeguard.analysis.values import constant
from scopeguard.analysis.witnesses import Witness
from scopeguard.analysis.worlds import World
from scopeguard.compiling.environment import Environment
from scopeguard.compiling.evaluation import evaluate, outcome, settled
from scopeguard.errors import EvaluationError, RequestError
from scopeguard.runtime.engine import Engine
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.semantics.source_form import source_text
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Ident, walk

_ROUNDS: Final = 64
_PATIENCE: Final = 20_000_000
"""Steps of the solver for one answer, which are the same on every machine: some seconds."""


@dataclass(frozen=True)
class Found:
    """The answer to a question: what *accept* made of the first witness; or why it is open; else there is none."""

    accepted: Any = None
    open_because: str | None = None

    @property
    def is_none(self) -> bool:
        """Whether it is proved that there is no such request."""
        return self.accepted is None and self.open_because is None


class Asking:
    """Questions about one world, whose conditions are those of some engines, in the order of its packs."""

    def __init__(self, world: World, engines: Sequence[Engine]) -> None:
        self._world = world
        self._engines = tuple(engines)
        self._solver = z3.Solver()
        self._solver.set("rlimit", _PATIENCE)
        self._said = 0

    def ask(self, views: Sequence[View], wanted: Bool, accept: Callable[[Witness], Any]) -> Found:
        """The first request with *wanted* of which *accept* makes anything but None; *views* are all that is read."""
        if wanted is False:
            return Found()
        reads = Reads()
        for view in views:
            reads.add(view.reads)
        self._said = self._say(self._said)
        self._solver.push()
        try:
            self._world.texts.asked = "" if wanted is True else wanted.sexpr()
            if wanted is not True:
                self._solver.add(wanted)
            return self._search(views[0], reads, accept)
        finally:
            # What was learnt within it is gone.
            self._solver.pop()

    def may_be(self, wanted: Bool) -> bool:
        """Whether it is not proved that no request has *wanted*."""
        if isinstance(wanted, bool):
            return wanted
        self._said = self._say(self._said)
        return bool(self._solver.check(wanted) != z3.unsat)

    def _say(self, start: int) -> int:
        """Tell the solver what is true of all requests, but for what was said up to *start*; up to where it is now."""
        self._world.link()
        for each in self._world.constraints[start:]:
            self._solver.add(z3.BoolVal(each) if isinstance(each, bool) else each)
        return len(self._world.constraints)

    def _search(self, view: View, reads: Reads, accept: Callable[[Witness], Any]) -> Found:
        open_because = "the solver does not come to an end"
        symbols, unknowns = reads.symbols, list(reads.unknowns.values())
        said = self._said
        for each in range(_ROUNDS):
            said = self._say(said)
            answer = self._solver.check()
            if answer == z3.unsat:
                return Found()
            if answer != z3.sat:
                return Found(open_because=open_because)
            asked = unknowns if each < _ROUNDS * 3 // 4 else []
            hinted = [hint for unknown in asked for hint in hints(self._world, unknown)]
            # What is ordinary is only worth its time where nothing else is unknown.
            usual = list(preferences(self._world, symbols)) if each == 0 or not hinted else self._world.numbers.round
            said = self._say(said)
            model = self._preferred([wish for wish in (*hinted, *usual) if not isinstance(wish, bool)])
            try:
                accepted, lemmas, open_because = self._tried(view, symbols, model, unknowns, accept)
            except NoTextError as error:
                if error.lemma is None:
                    return Found(open_because="no text is known that fits")
                if error.lemma is False:
                    return Found()
                # It is true of all texts, whatever is asked.
                self._world.constraints.append(error.lemma)
                continue
            if accepted is not None:
                return Found(accepted)
            if not lemmas:
                return Found(open_because=open_because)
            for lemma in lemmas:
                if lemma is False:
                    return Found()
                self._solver.add(lemma)
        return Found(open_because=open_because)

    def _tried(
        self,
        view: View,
        symbols: dict[str, Symbol],
        model: Any,
        unknowns: Sequence[Unknown],
        accept: Callable[[Witness], Any],
    ) -> tuple[Any, list[Bool], str]:
        world = self._world
        numbers = world.numbers.lemmas(model)
        if numbers:
            return None, numbers, "numbers"
        terms = [text for symbol in symbols.values() for text in symbol.texts(model)]
        terms += [*world.held.made(model), *(() if world.ceiling is None else world.ceiling.made(model))]
        texts = world.texts.made(model, terms)
        try:
            witness = request_of(world, view.question, symbols, model, texts)
            accepted = accept(witness)
        except NotMadeError:
            return None, [], "what it takes cannot be made up"
        except RequestError as error:
            return None, [], str(error)
        if accepted is not None:
            return accepted, [], ""

        def code(number: int) -> int:
            return world.texts.code(texts[number]) if number in texts else number

        lemmas: list[Bool] = []
        why = "the engine answers otherwise"
        for unknown in unknowns:
            lemma = self._corrected(unknown, symbols, model, witness, code)
            if lemma is not None:
                why = f"{source_text(unknown.expr)} is beyond what can be decided"
                lemmas.append(lemma)
        assigned = self._assigned(model, witness, code)
        return None, [*lemmas, *assigned], why

    # What a model has wrong.

    def _environment(self, view: Asked, witness: Witness) -> Environment:
        engine = self._engines[self._world.index(view.program)]
        act = view.program.act(view.question.action)
        if act is None:
            raise RequestError(f"no action {view.question.action}")
        return engine.environment(witness.principal, None if view.bare else witness.resource, witness.context, act)

    def _corrected(
        self, unknown: Unknown, symbols: dict[str, Symbol], model: Any, witness: Witness, code: Callable[[int], int]
    ) -> Bool | None:
        env = self._environment(unknown.view, witness)
        expr = settled(as_written(unknown.expr), env.holds)
        right: Bool
        if unknown.case is None:
            value = outcome(expr, env)
            right = conj(
                (
                    unknown.truth.true if value is True else neg(unknown.truth.true),
                    unknown.truth.false if value is False else neg(unknown.truth.false),
                )
            )
        else:
            try:
                (case,) = constant(evaluate(expr, env), self._world.texts)
                right = conj((unknown.case.when, same(unknown.case.term, case.term)))
            except EvaluationError:
                right = neg(unknown.case.when)
        if z3.is_true(model.eval(right, model_completion=True)):
            return None
        names = {node.name for node in walk(unknown.expr) if isinstance(node, Ident) and node.absolute}
        if FACTS in names:
            # What it depends on is not encoded, so that nothing follows for other requests.
            return None
        if unknown.view.bare:
            names = {name for name in names if not name.startswith("resource.")} | {"principal.workspace"}
        if any(isinstance(node, Call) and node.function == ex.HOLDS for node in walk(unknown.expr)):
            names = {*names, *symbols, *OF_HOLDER}
        here = [symbols[name].same(model, code) for name in sorted(names & symbols.keys())]
        if names & OF_HOLDER:
            here.append(self._same_holder(model, code))
        return implies(conj(here), right)

    def _same_holder(self, model: Any, code: Callable[[int], int]) -> Bool:
        world = self._world
        parts = [world.held.same(model, code)]
        if world.ceiling is not None:
            unlimited = z3.is_true(model.eval(world.unlimited, model_completion=True))
            parts.append(
                world.unlimited if unlimited else conj((neg(world.unlimited), world.ceiling.same(model, code)))
            )
        return conj(parts)

    def _assigned(self, model: Any, witness: Witness, code: Callable[[int], int]) -> list[Bool]:
        found: list[Bool] = []
        for view, roles in self._world.lists.assigned.values():
            actual = self._environment(view, witness).standing.assignable_roles
            right = conj(there if role in actual else neg(there) for role, there in roles.items())
            if not isinstance(right, bool) and not z3.is_true(model.eval(right, model_completion=True)):
                found.append(implies(self._same_holder(model, code), right))
        return found

    # Which of several models.

    def _preferred(self, wishes: Sequence[Bool]) -> Any:
        """A model with as much as can be of what is wished for."""
        self._chosen: list[Bool] = []
        self._solver.check()
        self._model = self._solver.model()
        self._choose(wishes)
        return self._model

    def _choose(self, wishes: Sequence[Bool]) -> None:
        """Grant as many wishes as can be granted, the first ones first."""
        if all(z3.is_true(self._model.eval(wish, model_completion=True)) for wish in wishes):
            self._chosen += wishes
        elif self._solver.check(*self._chosen, *wishes) == z3.sat:
            self._chosen += wishes
            self._model = self._solver.model()
        elif len(wishes) > 1:
            half = len(wishes) // 2
            self._choose(wishes[:half])
            self._choose(wishes[half:])
