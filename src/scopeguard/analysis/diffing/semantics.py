"""The semantic pass: who is answered in another way, for every action that could be."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final, NamedTuple

from scopeguard.analysis.diffing.answers import Answer
from scopeguard.analysis.diffing.cases import Case, Question
from scopeguard.analysis.diffing.goals import Detail
from scopeguard.analysis.diffing.holders import (
    MAX_TOGETHER,
    Asked,
    Holder,
    beyond,
    grouped,
    holders,
    holding_differs,
    less_than,
    narrowed,
    together,
)
from scopeguard.analysis.diffing.programs import Comparison
from scopeguard.analysis.diffing.replaying import answered, held_by
from scopeguard.analysis.diffing.spaces import Pool, Space
from scopeguard.analysis.diffing.values import Aspect
from scopeguard.analysis.diffing.wording import Words, words
from scopeguard.analysis.samples import Samples
from scopeguard.analysis.witnesses import Witness
from scopeguard.model.principal import KINDS
from scopeguard.model.request import Resource

Answers = tuple[Answer | None, Answer | None]
_BEYOND: Final = (
    f"rules tell more than {MAX_TOGETHER} things apart that they may hold, and not every two were looked at"
)
_EFFECTS: Final[frozenset[Aspect]] = frozenset({"gained", "lost"})


class Finding(NamedTuple):
    """One way in which one action is answered otherwise to some principals."""

    action: str
    holder: Holder
    detail: Detail
    words: Words
    answers: Answers


class _Work(NamedTuple):
    """One action that is being asked about, and what was found."""

    action: str
    asked: Asked
    spoken: Mapping[str, bool]
    """By kind, whether anything else is written of it."""
    cases: Mapping[str, Case]
    findings: list[Finding]
    seen: dict[object, list[tuple[Detail, Words]]]
    """By kind of principals and what is left of the rules for some of them, what differs for these."""

    def codes(self, kind: str) -> dict[Aspect, frozenset[str]]:
        """The codes of what principals of a kind gain and lose."""
        found: dict[Aspect, frozenset[str]] = {}
        for each in self.findings:
            if each.holder.kind == kind and each.detail.codes:
                found[each.detail.aspect] = found.get(each.detail.aspect, frozenset()) | each.detail.codes
        return found

    def told(self, holder: Holder) -> frozenset[Aspect]:
        """In which respects a change is reported of those who hold less than *holder* does; open may be a gain."""
        parts = {part for name in (*holder.names, *holder.beside) for part in less_than(name)}
        return _effects(
            each.detail.aspect
            for each in self.findings
            if each.holder.kind == holder.kind
            and not each.holder.is_joint
            and (each.holder.nothing or not parts.isdisjoint(each.holder.names))
        )

    def is_implied(self, finding: Finding) -> bool:
        """Whether it only says of a gain or a loss of its kind what else may deny."""
        codes = self.codes(finding.holder.kind)
        before, after = finding.detail.reasons
        return before in codes.get("gained", ()) or after in codes.get("lost", ())


class Pass:
    """The semantic pass over two packs."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._sides = comparison.sides
        self._pool = Pool()
        self._samples = Samples.of(side.program for side in self._sides)
        self._known: dict[object, list[tuple[Detail, Words]]] = {}
        """By what is left of the rules on both sides, what differs: most actions have the same rules."""

    def findings(self) -> Iterator[Finding]:
        """Everything that differs, action by action."""
        for action in self._comparison.actions:
            if not self._comparison.is_settled(action):
                yield from self._about(action)

    def _about(self, action: str) -> Iterator[Finding]:
        asked = self._comparison.asked(action)
        work = _Work(
            action,
            asked,
            {kind: self._comparison.speaks(asked, kind) for kind in KINDS},
            {
                kind: Case(self._sides, Space(self._sides, kind, self._samples), asked.acts, self._pool)
                for kind in KINDS
            },
            [],
            {},
        )
        groups = grouped(self._sides, asked)
        for holder in holders(groups):
            work.findings.extend(self._of(holder, work, None))
        on_one = narrowed(self._sides, asked) if self._comparison.narrowing_matters(asked) else ()
        for holder in chain(on_one, together(self._sides, asked, groups)):
            # Of who holds two things, or one thing on one resource, only what who holds one of them lacks is new.
            only = _EFFECTS - work.told(holder)
            if only:
                work.findings.extend(self._of(holder, work, only))
        for holder in beyond(asked, groups):
            if work.spoken[holder.kind]:
                detail = Detail("open", "", "allow", open_because=_BEYOND)
                said = self._words(holder, action, detail)
                work.findings.append(Finding(action, holder, detail, said, self._answers(asked, holder)))
        yield from (each for each in work.findings if not work.is_implied(each))

    def _of(self, holder: Holder, work: "_Work", only: frozenset[Aspect] | None) -> list[Finding]:
        asked = work.asked
        holds_other = holding_differs(self._sides, asked, holder)
        if not holds_other and not (work.spoken[holder.kind] and self._comparison.is_told_apart(asked, holder)):
            return []
        answers = self._answers(asked, holder)
        tells = len({each and each.needed for each in answers}) > 1
        meanings = tuple(None if each is None else each.meaning(tells_needed=tells) for each in answers)
        if meanings[0] == meanings[1] and self._comparison.takes_the_same(asked):
            return []
        alike = (holder.kind, meanings)
        told = None
        if only is not None and alike in work.seen:
            # Who is answered just so was asked about.
            known = [each for each in work.seen[alike] if _effects([each[0].aspect]) & only]
            told = self._retold(known, holder, work.action)
        if told is None:
            told = self._told(holder, work, answers, meanings, only)
        if only is None:
            work.seen[alike] = told
        return [Finding(work.action, holder, detail, said, answers) for detail, said in told]

    def _told(
        self, holder: Holder, work: "_Work", answers: Answers, meanings: object, only: frozenset[Aspect] | None
    ) -> list[tuple[Detail, Words]]:
        """What differs for some principals, in words."""
        asked = work.asked
        known = work.codes(holder.kind)
        key = (holder.kind, meanings, self._comparison.context_of(asked), frozenset(known.items()), only)
        if key in self._known:
            retold = self._retold(self._known[key], holder, work.action)
            if retold is not None:
                return retold
        question = Question(answers, self._answers(asked, holder, ordinary=True), known, only)
        # What both need, or need for the very action, is no difference, and is another of the next action.
        both = {each.needed for each in answers if each is not None}
        needed = both if len(both) == 1 and None not in answers else set()
        needed |= {(act.question.permission,) for act in asked.acts if act is not None}
        details = [_without(detail, needed) for detail in work.cases[holder.kind].details(holder, question)]
        told = [(detail, self._words(holder, work.action, detail)) for detail in details]
        self._known.setdefault(key, told)
        return told

    def _answers(self, asked: Asked, holder: Holder, *, ordinary: bool = False) -> Answers:
        old, new = (
            None
            if act is None
            else Answer.of(
                side.usual(holder.principal, act) if ordinary else side.left(holder.principal, act),
                holder.principal,
                registry.of,
            )
            for side, act, registry in zip(self._sides, asked.acts, self._comparison.registries, strict=True)
        )
        return old, new

    def _words(self, holder: Holder, action: str, detail: Detail) -> Words:
        if detail.aspect in {"gained", "lost"} and detail.witness is not None:
            return words(self._sides, holder, action, detail)
        return Words(detail.before, detail.after, None)

    def _retold(
        self, known: Iterable[tuple[Detail, Words]], holder: Holder, action: str
    ) -> list[tuple[Detail, Words]] | None:
        """What is known of an action with the same rules, with requests about this one; None where they do not fit."""
        surface = next(side.program.catalog.surface_of(action) for side in self._sides
                       if action in side.program.actions)  # fmt: skip
        retold = []
        for detail, said in known:
            if detail.witness is None:
                retold.append((detail, said))
                continue
            witness = _about(detail.witness, holder, action, surface or "")
            if tuple(str(answered(side, witness)) for side in self._sides) != detail.shown:
                return None
            retold.append((detail._replace(witness=witness), said))
        return retold


def _without(detail: Detail, needed: Iterable[tuple[str, ...]]) -> Detail:
    """A detail that does not say of a denial that it *needed* some names."""
    before, after = detail.before, detail.after
    for names in needed:
        said = f" (needs {' '.join(names)})"
        before, after = before.removesuffix(said), after.removesuffix(said)
    return detail if before == after else detail._replace(before=before, after=after)


def _about(witness: Witness, holder: Holder, action: str, surface: str) -> Witness:
    resource = witness.resource
    about = None if resource is None else Resource(surface, resource.id, resource.workspace, resource.attributes)
    return held_by(Witness(witness.principal, action, about, witness.context), holder.principal)


def _effects(aspects: Iterable[Aspect]) -> frozenset[Aspect]:
    """Gains and losses; what is open may be a gain."""
    return frozenset("gained" if each == "open" else each for each in aspects) & _EFFECTS
