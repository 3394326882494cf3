"""V51, V58: one engine shared by threads gives wrong answers (pycasbin, regopy, cel-python, py-abac)."""

import sys
import threading
from random import Random

import pytest

from scopeguard import Context, Decision, Guard, Principal, Resource
from scopeguard.compiling.evaluate import outcome
from scopeguard.compiling.names import Environment, Question, Standing, Types
from scopeguard.syntax.parsing import parse_condition

Asked = tuple[Principal, str, Resource | None, Context]


def questions(guard: Guard, count: int) -> list[Asked]:
    """Questions about the shipped pack: keys, members, two workspaces, every channel."""
    random = Random(51)
    scopes = sorted(guard.catalog.scopes)
    made = []
    for _ in range(count):
        who = random.choice([
            Principal.api_key("k", workspace="w1", scopes=random.sample(scopes, 3), revoked=random.random() < 0.1),
            Principal.member("m", workspace="w1", roles=random.sample(sorted(guard.catalog.roles), 1)),
        ])  # fmt: skip
        permission = random.choice(guard.catalog.permissions)
        about = random.choice([None, Resource(permission.partition(":")[0], "x", random.choice(["w1", "w2"]))])
        context = Context(
            channel=random.choice(guard.catalog.channels), attributes={"sso_required": random.random() < 0.2}
        )
        made.append((who, permission, about, context))
    return made


@pytest.fixture
def fast_switching() -> object:
    """Threads take turns every ten microseconds."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield None
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("fast_switching")
def test_v51_shared_state() -> None:
    """Eight threads over one guard: every answer, reason and rule is that of a single thread."""
    asked = questions(Guard.default(), 300)
    alone = Guard.default()
    expected = [alone.check(*question) for question in asked]
    shared = Guard.default()
    wrong: list[tuple[Decision, Decision]] = []

    def ask(seed: int) -> None:
        order = Random(seed).sample(range(len(asked)), len(asked))
        for number in order * 2:
            found = shared.check(*asked[number])
            if found != expected[number]:
                wrong.append((found, expected[number]))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert {decision.allowed for decision in expected} == {True, False}


@pytest.mark.usefixtures("fast_switching")
def test_v58_one_condition_in_many_threads() -> None:
    """One parsed condition, evaluated by eight threads with other facts each, gives each its own answer."""
    tree = parse_condition("context.facts.list.all(x, x > context.facts.least) && context.facts.list.exists(x, x == 7)")
    wrong: list[int] = []

    def ask(number: int) -> None:
        for turn in range(150):
            least = (number + turn) % 3
            context = Context(facts={"list": [1, 7, 9], "least": least})
            env = Environment(Principal.anonymous(), None, context, Question("", "", "", "", ""), Standing(), Types())
            if outcome(tree, env) is not (least == 0):
                wrong.append(least)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_v51_earlier_calls_change_nothing() -> None:
    """In whatever order questions come, each has its answer."""
    asked = questions(Guard.default(), 120)
    first = Guard.default()
    expected = [first.check(*question) for question in asked]
    second = Guard.default()
    assert [second.check(*question) for question in reversed(asked)] == expected[::-1]
