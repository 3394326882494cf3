"""The decision of a pack about one action as terms: what denies, what allows, and the code that comes of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from scopeguard.analysis.encoding import View
from scopeguard.analysis.given import ENVIRONMENT
from scopeguard.analysis.logic import Bool, Truth, all_of, any_of, choice, conj, disj, neg, negation
from scopeguard.analysis.solver import z3
from scopeguard.analysis.worlds import World
from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.model import codes
from scopeguard.model.catalog import PERMISSION_STAGE
from scopeguard.model.principal import SCOPED
from scopeguard.syntax.expression import HOLDS, Call, Expr, Literal

REFUSED: Final = "refused"
"""In the place of a code: one of two packs turns the request away, for it does not have what it names."""


@dataclass(frozen=True)
class Spoken:
    """A rule with what its condition comes to."""

    rule: Rule
    truth: Truth

    @property
    def speaks(self) -> Bool:
        """Whether it denies or advises: where its condition has no value too."""
        return neg(self.truth.false)

    @property
    def fails(self) -> Bool:
        """Whether its condition has no value."""
        return neg(self.truth.known)


class Answers:
    """What one pack answers to every request of one kind of principal about one action."""

    def __init__(self, world: World, program: Program, act: ActionRules, *, bare: bool = False) -> None:
        self.world = world
        self.program = program
        self.act = act
        self.view = View(world, program, act.question, bare=bare)
        surface = program.catalog.surfaces[act.question.surface]
        self._allows = act.allows if world.kind in surface.holdable_by else ()

    @cached_property
    def denials(self) -> tuple[Spoken, ...]:
        """The rules that deny, in order."""
        return tuple(self._spoken(rule) for rule in self.act.denies)

    @cached_property
    def advices(self) -> tuple[Spoken, ...]:
        """The rules that advise."""
        return tuple(self._spoken(rule) for rule in self.act.advises)

    @cached_property
    def permits(self) -> tuple[Spoken, ...]:
        """The rules that allow."""
        return tuple(self._spoken(rule) for rule in self._allows)

    def _spoken(self, rule: Rule) -> Spoken:
        return Spoken(rule, self.view.condition(rule.condition))

    @cached_property
    def held(self) -> Truth:
        """Whether the permission is held on the resource."""
        return self.view.truth(Call(HOLDS, (Literal(self.act.question.permission),)))

    @cached_property
    def granted(self) -> Truth:
        """Whether a scope, a role or a rule allows."""
        return any_of((self.held, *(each.truth for each in self.permits)))

    @cached_property
    def accepted(self) -> Bool:
        """Whether the request is one to this pack at all."""
        return self.world.accepts(self.view)

    @cached_property
    def allowed(self) -> Bool:
        """Whether the request is allowed."""
        return conj((self.accepted, *(each.truth.false for each in self.denials), self.granted.true))

    @cached_property
    def readable(self) -> Truth:
        """The condition that nothing denies and something allows, with its lack of a value."""
        return all_of((*(negation(each.truth) for each in self.denials), self.granted))

    @cached_property
    def code(self) -> Any:
        """The code of the denial as a number (:meth:`World.word`); that of the empty text where it is allowed."""
        word = self.world.word
        limit = self.program.catalog.stages.index(PERMISSION_STAGE)
        found = word(self._missing())
        for each in sorted(self._told(), key=lambda told: told[0], reverse=True):
            (stage, *_), speaks, code = each
            there = speaks if stage <= limit else conj((speaks, self.granted.true))
            found = choice(there, word(code), found)
        return choice(neg(self.accepted), word(REFUSED), choice(self.allowed, word(""), found))

    def _told(self) -> Iterator[tuple[tuple[Any, ...], Bool, str]]:
        """Each denial with its place among the others; one that cannot be evaluated may have another."""
        for each in self.denials:
            rule = each.rule
            if rule.failing is None:
                yield (rule.stage, False, rule.order), each.speaks, rule.code or codes.NOT_PERMITTED
            else:
                yield (rule.stage, False, rule.order), each.truth.true, rule.code or codes.NOT_PERMITTED
                yield (rule.stage, True, rule.order), each.fails, rule.failing

    def _missing(self) -> str:
        """The code where nothing grants."""
        catalog, question, kind = self.program.catalog, self.act.question, self.world.kind
        surface = catalog.surfaces[question.surface]
        holdable = kind in surface.holdable_by
        is_internal = question.verb in surface.internal
        if kind in SCOPED:
            needed = catalog.of_kind(kind).least_scope(question.permission) if holdable else None
            if needed is not None or not is_internal:
                return codes.EXPLICIT_GRANT_REQUIRED if holdable and not surface.coarse else codes.SCOPE_MISSING
        elif kind == "member" and not is_internal:
            return codes.MEMBER_PERMISSION_MISSING
        return codes.NOT_PERMITTED

    @cached_property
    def remedy(self) -> Any:
        """How a person recovers, as a number: the text of it as it is written."""
        word = self.world.word
        found = word("")
        for code in dict.fromkeys((self._missing(), *(code for _, _, code in self._told()))):
            registered = self.program.catalog.codes[code]
            own = word(repr((registered.remedy, registered.action, registered.target)))
            for each in reversed(self.program.circumstances.get(code, ())):
                own = choice(self.view.condition(each.condition).true, word(repr(each.remedy)), own)
            found = (
                z3.If(self.code == word(code), own, found) if not isinstance(found, int) or own is not found else own
            )
        return found

    @cached_property
    def brought(self) -> dict[str, Bool]:
        """What an allow brings along, each with the condition that it does: obligations, advice, redactions."""
        found: dict[str, Bool] = {}
        if self.act.audited:
            found["audit"] = self.allowed
        for each in self.advices:
            code = each.rule.failing or None
            found[f"advice {each.rule.code}"] = disj((found.get(f"advice {each.rule.code}", False), each.truth.true))
            if code:
                found[f"advice {code}"] = disj((found.get(f"advice {code}", False), each.fails))
        found |= dict(self._metered())
        for permission in self.act.embeds:
            name = f"redact {permission.partition(':')[0]}"
            found[name] = disj((found.get(name, False), self._redacted(permission)))
        return {name: conj((self.allowed, there)) for name, there in found.items()}

    def _metered(self) -> Iterator[tuple[str, Bool]]:
        metered = self.act.metered
        symbol = self.world.symbol_of(self.view, ENVIRONMENT)
        if metered is None or symbol is None:
            return
        term = symbol.parts[0][1].case.term
        here = {each: term == self.world.texts.code(each) for each in metered.instead}
        usual = neg(disj(here.values()))
        meters: dict[str, Bool] = {}
        for environment, meter in metered.instead.items():
            meters[meter] = disj((meters.get(meter, False), here[environment]))
        for meter in metered.meters(""):
            meters[meter] = disj((meters.get(meter, False), usual))
        yield from ((f"meter {meter}", there) for meter, there in meters.items())

    def _redacted(self, permission: str) -> Bool:
        act = self.program.act(permission)
        if act is None:
            return True
        rest = Answers(self.world, self.program, act, bare=True)
        rest.view.reads = self.view.reads
        return neg(rest.readable.true)

    def condition(self, expr: Expr) -> Truth:
        """What a condition about the same requests comes to."""
        return self.view.condition(expr)
