"""Law 15, equal_class_equal_answer: whatever is a key of anything kept determines the answer."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import Context, Guard, Principal, RequestError
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


def listed(guard: Guard, request: Request) -> object:
    """What lists say of who asks, and where, or that they were refused."""
    who, where = principal(request.principal), request.context
    try:
        found, row = guard.permissions(who, where), guard.matrix({"who": who}, None, where)
    except RequestError as error:
        return f"refused: {error}"
    cells = [row["who", permission] for permission in guard.catalog.permissions]
    return set(found), dict(found.conditional), [(each.state, each.note, each.rules, each.parts) for each in cells]


@law(8)
@given(keyed())
def test_lists_that_are_kept_are_those_of_all_of_their_key(made: tuple[Keyed, Pack]) -> None:
    """Warm by one request, a guard lists for all that are like it what one that keeps nothing does."""
    maker, pack = made
    program = program_of(pack)
    cold, warm = Guard(lambda: program, max_rows=0), Guard(lambda: program)
    for request in list(maker.requests(REQUESTS)):
        for each in (request, *maker.siblings(request), request):
            assert listed(warm, each) == listed(cold, each), (request, each)


def test_lists_of_the_shipped_pack_by_facts_one_after_another() -> None:
    """The same page and list by each value of a fact, whichever was looked at before."""
    warm = Guard.default()
    cold = Guard(lambda: warm._generation.program, max_rows=0)
    values = (None, True, 1, 1.0, 0, False, 2, "1", [1], {"x": 1})
    facts = [
        {"sso_available": each, "other_active_owners": other}
        for each, other in zip(values, reversed(values), strict=True)
    ]
    contexts = [Context("dashboard", facts=each) for each in (*facts, {}, *reversed(facts))]
    for role in ("owner", "admin"):
        who = Principal.member("usr_1", workspace="ws_1", roles=[role])
        for where in contexts:
            assert warm.settings_tabs(who, where) == cold.settings_tabs(who, where), where.facts
            found, expected = warm.permissions(who, where), cold.permissions(who, where)
            assert (set(found), found.conditional) == (set(expected), expected.conditional), where.facts
