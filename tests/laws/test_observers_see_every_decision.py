"""An observer is told of every decision once; one that raises turns no denial into an allow, and changes no answer."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopeguard import AccessDenied, AccessRequest, Decision, Guard, RequestError
from scopeguard.model.request import or_left_out
from tests.laws.support import answer, guard_of, law
from tests.seed import world
from tests.strategies import Maker, Pack, Request, packs

Seen = list[tuple[Decision, AccessRequest]]


class Refused(Exception):
    """What an observer raises."""


def ways(guard: Guard, request: Request) -> list[Callable[[], Decision | list[Decision]]]:
    """A request by every verb that decides it; check was fetched before anybody observed."""
    who, context, about = request.principal, request.context, or_left_out(request.resource)
    found: list[Callable[[], Decision | list[Decision]]] = [
        lambda: guard.check(who, request.action, about, context),
        lambda: guard.authorize(who, request.action, about, context),
    ]
    if request.resource is not None:
        found.append(lambda: guard.check_many(who, [(request.action, request.resource)] * 2, context))
    return found


def outcome(ask: Callable[[], Decision | list[Decision]]) -> list[Decision] | str:
    """The decisions of a verb, denied by an exception or not."""
    try:
        found = ask()
    except AccessDenied as denied:
        return [denied.decision]
    except RequestError as error:
        return str(error)
    return found if isinstance(found, list) else [found]


@law(25)
@given(packs())
def test_every_decision_is_told_once(made: tuple[Maker, Pack]) -> None:
    """By each verb, cold and warm, with what was asked; answers are those of a guard that nobody observes."""
    maker, pack = made
    guard, alone = guard_of(pack), guard_of(pack)
    requests = list(maker.requests(10))
    for request in requests[::2]:
        answer(guard, request)
    seen: Seen = []
    stop = guard.observe(lambda decision, asked: seen.append((decision, asked)))
    for request in [*requests, *requests]:
        for ask, plain in zip(ways(guard, request), ways(alone, request), strict=True):
            seen.clear()
            found = outcome(ask)
            assert found == outcome(plain)
            if isinstance(found, str):
                assert not seen
                continue
            assert [decision for decision, _ in seen] == found
            for decision, asked in seen:
                assert asked.principal == request.principal
                assert (
                    asked.action == (decision.operation or decision.permission) == guard.catalog.called(request.action)
                )
                assert (asked.resource, asked.context) == (request.resource, request.context)
    stop()
    seen.clear()
    for request in requests:
        assert answer(guard, request) == answer(alone, request)
    assert not seen


@law(25)
@given(packs(), st.booleans())
def test_an_observer_that_raises_allows_nothing(made: tuple[Maker, Pack], is_first: bool) -> None:
    """Where it raises the caller gets what it raised, the other observer is told all the same, and nothing is allowed."""
    maker, pack = made
    guard = guard_of(pack)
    seen: Seen = []

    def raising(decision: Decision, asked: AccessRequest) -> None:
        raise Refused

    observers: list[Any] = [raising, lambda decision, asked: seen.append((decision, asked))]
    for each in observers if is_first else observers[::-1]:
        guard.observe(each)
    for request in maker.requests(10):
        for ask in ways(guard, request):
            seen.clear()
            try:
                found = ask()
            except Refused:
                assert seen
            except RequestError:
                assert not seen
            else:
                pytest.fail(f"answered: {found}")


def test_who_is_told(tmp_path: Any) -> None:
    """Minting and rotation are decisions; listings are none. Stopping is for one observer, twice is as good as once."""
    guard = Guard.default()
    check = guard.check
    seen: list[str] = []
    stops = [
        guard.observe(lambda decision, asked, who=who: seen.append(f"{who} {asked.action} {decision.effect}"))  # type: ignore[misc]  # a default
        for who in "ab"
    ]
    owner = world.member("owner")
    dashboard = guard.context("dashboard")
    assert guard.mint(owner, "agents:read", dashboard)
    assert guard.rotate(owner, "agents:read", dashboard)
    assert not guard.mint(owner, "", dashboard)
    assert check(owner, "agents:read", context=dashboard)
    guard.permissions(owner, dashboard)
    guard.matrix([owner], None, dashboard)
    guard.explain(owner, "agents:read", context=dashboard)
    guard.settings_tabs(owner, dashboard)
    told = ["api_keys:create allow", "api_keys:rotate allow", "api_keys:create deny", "agents:read allow"]
    assert seen == [f"{who} {each}" for each in told for who in "ab"]
    seen.clear()
    stops[0]()
    stops[0]()
    guard.reload()
    assert check(owner, "agents:read", context=dashboard)
    assert seen == ["b agents:read allow"]
    stops[1]()
    assert check(owner, "agents:read", context=dashboard)
    assert seen == ["b agents:read allow"]
    with pytest.raises(RequestError, match="an observer must be callable, not str"):
        guard.observe("print")  # type: ignore[arg-type]


def test_nobody_escapes_while_it_comes_and_goes() -> None:
    """In threads, with reloads, and with other observers that come and go, one that stays is told of every decision."""
    guard, owner = Guard.default(), world.member("owner")
    dashboard = guard.context("dashboard")
    count, asked, done = [], [0] * 3, threading.Event()
    guard.check(owner, "agents:read", context=dashboard)
    stop = guard.observe(lambda decision, _: count.append(decision))

    def ask(number: int) -> None:
        while not done.is_set():
            assert guard.check(owner, "agents:read", context=dashboard)
            asked[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(60):
        guard.observe(lambda *_: None)()
    for _ in range(3):
        guard.reload()
    done.set()
    for thread in threads:
        thread.join()
    stop()
    assert len(count) == sum(asked) > 0
    assert guard.check(owner, "agents:read", context=dashboard).policy_digest == guard.digest
    assert len(count) == sum(asked)


def test_nothing_is_slower_without(tmp_path: Any) -> None:
    """Where nobody observes, and where nobody does any more, principals are answered from what they remember."""
    guard, owner = Guard.default(), world.member("owner")
    dashboard = guard.context("dashboard")
    for _ in range(2):
        ready = guard.check(owner, "agents:read", context=dashboard)
    known = owner.bound.token
    assert guard._token is known
    stop = guard.observe(lambda *_: None)
    assert guard._token is not known
    assert guard.check(owner, "agents:read", context=dashboard) is ready
    stop()
    assert guard._token is known
    assert guard.check(owner, "agents:read", context=dashboard) is ready
