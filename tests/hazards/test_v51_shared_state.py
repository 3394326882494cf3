"""V51: what is shared while a question is decided changes the answer to another one (pycasbin's fast enforcer, casbin)."""

import sys
import threading
from random import Random

import pytest

from scopeguard import Context, Decision, Guard, Principal, Resource
from scopeguard.model.request import LEFT_OUT

Asked = tuple[Principal, str, object, Context]


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
        about = random.choice([LEFT_OUT, Resource(permission.partition(":")[0], "x", random.choice(["w1", "w2"]))])
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


def test_v51_earlier_calls_change_nothing() -> None:
    """In whatever order questions come, each has its answer."""
    asked = questions(Guard.default(), 120)
    first = Guard.default()
    expected = [first.check(*question) for question in asked]
    second = Guard.default()
    assert [second.check(*question) for question in reversed(asked)] == expected[::-1]
