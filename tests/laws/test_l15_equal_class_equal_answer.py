"""Law 15, equal_class_equal_answer: whatever is a key of anything kept determines the answer."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Guard, RequestError
from scopeguard.compiling.program import Program
from scopeguard.runtime.decision_functions import answered
from scopeguard.runtime.decision_memo import DecisionMemo
from scopeguard.runtime.engine import Engine, position, prepared
from scopeguard.runtime.templates import filled
from tests.laws.support import answer, guard_of, law
from tests.likeness import Keyed, principal
from tests.strategies import Pack, Request, randoms

REQUESTS = 4


@st.composite
def keyed(draw: st.DrawFn) -> tuple[Keyed, Pack]:
    """Packs whose rules read what keys are made of."""
    maker = Keyed(draw(randoms()))
    return maker, maker.pack()


def program_of(pack: Pack) -> Program:
    """The pack as it is compiled; packs that do not load are no example."""
    return guard_of(pack)._generation.program


def apart(request: Request) -> Request:
    """The same question by a principal that remembers nothing."""
    return replace(request, principal=principal(request.principal))


def alike(maker: Keyed, request: Request) -> Iterator[Request]:
    """Others of the same classes, and of classes that differ in one part."""
    yield from maker.siblings(request)
    yield from maker.neighbours(request)


@law(10)
@given(keyed(), st.sampled_from((None, None, 1, 2)))
@pytest.mark.usefixtures("code_at_once")
def test_equal_class_equal_answer(made: tuple[Keyed, Pack], contexts: int | None) -> None:
    """Warm by one request, a guard answers all that are like it as one that keeps nothing does, in either order.

    *contexts* bounds how many classes of contexts are told apart by their facts.
    """
    maker, pack = made
    program = program_of(pack)
    cold = Guard(lambda: program, max_rows=0)
    for request in list(maker.requests(REQUESTS)):
        asked = [request, *alike(maker, request)]
        with pytest.MonkeyPatch.context() as patch:
            if contexts is not None:
                patch.setattr("scopeguard.runtime.engine.MAX_FACT_SETS", contexts)
            expected = [answer(cold, apart(each)) for each in asked]
            for order in (range(len(asked)), range(len(asked))[::-1]):
                warm = Guard(lambda: program)
                for again in range(2):
                    for at in order:
                        assert answer(warm, asked[at]) == expected[at], (again, request, asked[at])
                    # Those of the second time are principals that are not bound yet.
                    asked = [apart(each) for each in asked]


@law(50)
@given(keyed())
def test_what_is_kept_ready_or_told_is_the_answer_to_all_of_its_key(made: tuple[Keyed, Pack]) -> None:
    """A decision that is kept ready is what each sibling gets by itself, and so is what is told by an equal key."""
    maker, pack = made
    engine = Engine(program_of(pack), number=1, max_rows=10)
    for request in list(maker.requests(REQUESTS)):
        who, action, about, where = request.principal, request.action, request.resource, request.context
        try:
            kept = engine.find(who, action, position(who, about), where)
        except RequestError:
            continue
        if kept is None or (about is not None and about.surface != kept.surface):
            continue
        siblings = [request, *maker.siblings(request)]
        # One by one: each in whom the same is observed finds the same answer.
        asked = [(each.principal, each.resource, each.context) for each in siblings]
        exact = [filled(kept.residual.decide(*each), *each[:2]) for each in asked]
        assert [answered(prepared(kept), *each) for each in asked] == exact, request
        for order in (range(len(exact)), range(len(exact))[::-1]):
            telling = DecisionMemo(kept.residual)
            for at in order:
                assert telling.tell(*asked[at]) == exact[at], (request, siblings[at])
