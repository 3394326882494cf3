"""From gates to rules: a gate is a denial about facts, and what cannot be known from the facts denies.

The row of a gate's kind, with its meter or its kinds of credentials put in, is the condition of an ordinary rule.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from scopeguard.compiling.program import Clause, Gate, Rule, Target
from scopeguard.documents.entries import Entry
from scopeguard.documents.facts import GateDoc
from scopeguard.model import codes
from scopeguard.model.catalog import Catalog, Operation
from scopeguard.model.facts import AS_OF
from scopeguard.semantics.built_in_variables import FACTS, QUANTITY
from scopeguard.semantics.gate_kinds import GATE_KINDS, GateKind, kinds_of
from scopeguard.semantics.timestamps import duration_text
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import TRUE, Call, Expr, Failure, conjunction, disjunction

_FRESH: Final = "context.now - TIME <= duration(AGE) && context.now - TIME >= duration(LEAST)"
"""Facts of the future beyond their age are as wrong as those of the past; less is the difference of two clocks."""

_UNKNOWN: Final = Failure("the facts are stale or malformed")


def lower_gate(
    entry: Entry, doc: GateDoc, catalog: Catalog, parse: Callable[[str], Expr], clauses: tuple[Clause, ...]
) -> Iterator[Rule]:
    """The rules of one gate of a checked pack; none where its mode is off.

    *parse* reads a condition; *clauses* are what comes of the gate's ``when`` and ``unless``.
    """
    (name,) = kinds_of(doc)
    if doc.mode == "off":
        return
    kind = GATE_KINDS[name]
    meter = doc.entitlement or doc.fair_use
    written = _Written(doc, kind, catalog, parse)
    clauses = (*written.where(), *clauses)
    whole = Rule(
        id=doc.id,
        effect="deny" if doc.mode == "block" else "advise",
        targets=tuple(Target(operation=operation) for operation in doc.on),
        condition=TRUE,
        stage=catalog.stages.index(kind.stage),
        code=kind.code,
        because=doc.because,
        location=entry.document.locate(entry.path),
        gate=Gate(name, kind.record.replace("NAME", meter or ""), meter, tuple(doc.provider or ())),
    )
    denying = written.clause(kind.denies, kind.says)
    yield _with(replace(whole, failing=codes.FACTS_UNAVAILABLE), clauses, denying)
    if kind.advice is not None:
        advising = replace(whole, effect="advise", code=kind.advice.code)
        yield _with(advising, clauses, written.clause(kind.advice.when, kind.advice.says))


def _with(rule: Rule, clauses: tuple[Clause, ...], last: Clause) -> Rule:
    whole = (*clauses, last)
    return replace(rule, condition=conjunction(tuple(clause.expr for clause in whole)), clauses=whole)


def _counted(operation: Operation, meter: str) -> str:
    """In which environments an operation counts on a meter, as a condition."""
    there = json.dumps([environment for environment, bucket in operation.instead.items() if bucket == meter])
    if meter not in (operation.meter, operation.fair_use):
        return f"context.environment in {there}"
    others = json.dumps([environment for environment, bucket in operation.instead.items() if bucket != meter])
    return f"!(context.environment in {others})"


class _Written(Struct, frozen=True):
    """The conditions of one gate, with its fact, its quantity and the age of facts put in."""

    doc: GateDoc
    kind: GateKind
    catalog: Catalog
    parse: Callable[[str], Expr]

    @property
    def names(self) -> list[str]:
        """The kinds of credentials, or the meter; one empty name for what needs none."""
        return self.doc.provider or [self.doc.entitlement or self.doc.fair_use or ""]

    def where(self) -> Iterator[Clause]:
        """Where its operations count on the gate's meter, if not in every environment."""
        meter = self.doc.entitlement or self.doc.fair_use
        operations = [self.catalog.operations[name] for name in self.doc.on]
        if meter is None or not any(operation.instead for operation in operations):
            return
        parts = " || ".join(f"operation == {json.dumps(each.name)} && ({_counted(each, meter)})" for each in operations)
        condition = self.parse(parts)
        yield Clause("environments", condition, condition, f"the operation counts on {meter} here")

    def clause(self, text: str, says: str) -> Clause:
        """*text* as a clause that reads *says*."""
        condition = self.condition(text)
        return Clause("facts", condition, condition, says.replace("NAMES", ", ".join(self.names)))

    def condition(self, text: str) -> Expr:
        """*text* where the facts are fresh and sound; no value where they are not."""
        names = self.names
        parts = tuple(self.known(self.kind.sound, self.read(text, name), name) for name in names)
        own, of_all = f"{FACTS}.{self.kind.record}.{AS_OF}", f"{FACTS}.{AS_OF}"
        fresh = f"has({own}) ? {self.fresh(own)} : {self.fresh(of_all)}"
        return self.known(fresh, disjunction(parts), names[0])

    def known(self, test: str, expr: Expr, name: str) -> Expr:
        """*expr* where *test* holds."""
        return Call(ex.CONDITIONAL, (self.read(test, name), expr, _UNKNOWN))

    def fresh(self, time: str) -> str:
        """Whether a time is near enough."""
        age = self.catalog.facts_max_age or timedelta(0)
        most, least = (json.dumps(duration_text(each)) for each in (age, -age))
        return _FRESH.replace("TIME", time).replace("AGE", most).replace("LEAST", least)

    def read(self, text: str, name: str) -> Expr:
        """A condition of the table as an expression."""
        fact = text.replace("FACT", f"{FACTS}.{self.kind.fact}").replace("NAME", name)
        return self.parse(fact.replace("QUANTITY", self.quantity()))

    def quantity(self) -> str:
        """How much is asked for: what the host says; where it may say nothing, one."""
        told = json.dumps([name for name in self.doc.on if self.catalog.operations[name].must_say_quantity])
        return f"(operation in {told} || has({QUANTITY}) ? {QUANTITY} : 1)"
