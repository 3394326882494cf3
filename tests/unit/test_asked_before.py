"""Whatever a guard was asked before, it answers as one that was just loaded: by check, check_many and with observers."""

from collections.abc import Callable
from itertools import groupby, product
from random import Random
from typing import Any, NamedTuple

import pytest

from scopeguard import Context, Decision, Guard, Principal, RequestError, Resource
from scopeguard.compiling.loading import load_program
from scopeguard.compiling.pack_writing import pack
from scopeguard.limits import MAX_BY_VALUE
from scopeguard.model.request import LEFT_OUT
from scopeguard.runtime.engine import Engine

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write, share], coarse: true, qualifiable: true, audited: [share], attributes: {owner: string}}
    logs: {actions: [read, write], coarse: true, attributes: {owner: string}}
  operations:
    notes.publish: {needs: "notes:write", audited: true}
  attributes: {context: {urgent: bool}, facts: {open: bool}}
  channels: [server, dashboard]
roles:
  reader: {holds: ["notes:read", "notes:share"], rank: 1}
rules:
  - {id: own, effect: allow, on: ["notes:write", "logs:write"], kinds: [member], when: resource.owner == principal.id}
  - {id: shut, effect: deny, on: ["notes:write"], when: "!context.facts.open", channels: [dashboard], code: not_permitted, because: It is shut}
  - {id: late, effect: deny, on: ["*:read"], when: has(context.urgent) && context.urgent, code: not_permitted, because: It is late}
  - {id: hint, effect: advise, on: ["notes:share"], channels: [server], code: rotate, because: It is known}
recovery:
  rotate: {class: advice, title: Rotate, remedy: {text: Rotate it}}
"""


class Question(NamedTuple):
    """One call of check."""

    principal: Principal
    action: str
    resource: object
    context: Context


MEMBER = Principal.member("m", workspace="w", roles=["reader"])
PRINCIPALS = [
    MEMBER,
    Principal.api_key("k", workspace="w", scopes="notes:write/n1 notes:read"),
    Principal.api_key("k", workspace="w", scopes="notes:read notes:write notes:share logs:read logs:write"),
    Principal.anonymous(),
]
ACTIONS = ["notes:read", "notes:write", "notes:share", "notes.publish", "logs:write", "nothing:read"]
OWNED = {"owner": "m"}
RESOURCES: list[object] = [
    LEFT_OUT,
    None,
    Resource("notes", "n1", "w", OWNED),
    Resource("notes", "n2", "w", {"owner": "x"}),
    Resource("notes", "n1", "v", OWNED),
    Resource("notes", "n1", None, OWNED),
    Resource("notes", None, "w"),
    Resource("logs", "n1", "w", OWNED),
    Resource("logs", "n1", "v", OWNED),
    Resource("logs", "n1", None, OWNED),
]
CONTEXTS = [
    Context(),
    Context("server", attributes={"urgent": False}),
    Context("server", attributes={"urgent": True}),
    Context("dashboard", facts={"open": True}),
    Context("dashboard", facts={"open": False}),
]
QUESTIONS = [Question(*each) for each in product(PRINCIPALS, ACTIONS, RESOURCES, CONTEXTS)]


def answer(guard: Guard, question: Question) -> Decision | str:
    """The decision, or what is wrong with the question."""
    try:
        return guard.check(*question)
    except RequestError as error:
        return str(error)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Guard]:
    """A guard that nobody has asked."""
    folder = tmp_path_factory.mktemp("pack")
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    (folder / "pack.sgpack").write_bytes(pack(load_program(folder / "pack.yaml")))
    return lambda: Guard.load(folder / "pack.sgpack")


@pytest.fixture(scope="module")
def first(loaded: Callable[[], Guard]) -> list[Decision | str]:
    """The answer to each question, by a guard that was asked nothing else."""
    return [answer(loaded(), question) for question in QUESTIONS]


def test_the_first_answers_are_of_all_kinds(first: list[Decision | str]) -> None:
    """Allowed and denied by each rule, with what the host must do, and refused: so that the rest shows something."""
    told = dict(zip(QUESTIONS, first, strict=True))
    assert len(told) == len(QUESTIONS)

    def outcome(principal: int, action: str, resource: int, context: int = 0) -> tuple[Any, ...]:
        found = told[Question(PRINCIPALS[principal], action, RESOURCES[resource], CONTEXTS[context])]
        if isinstance(found, str):
            return (found.split()[0],)
        return found.allowed, found.code, found.rules, [each.kind for each in found.obligations]

    assert outcome(0, "notes:read", 2) == (True, None, ("role:reader",), [])
    assert outcome(0, "notes:write", 2, 1) == (True, None, ("own",), [])
    assert outcome(0, "notes:write", 3, 1)[:2] == (False, "member_permission_missing")
    assert outcome(0, "notes:write", 2, 3) == (True, None, ("own",), [])
    assert outcome(0, "notes:write", 2, 4) == (False, "not_permitted", ("shut",), [])
    assert outcome(0, "notes:read", 2, 2) == (False, "not_permitted", ("late",), [])
    assert outcome(0, "notes:read", 4)[:2] == (False, "workspace_mismatch")
    assert outcome(0, "notes:read", 5)[0] is False
    assert outcome(1, "notes:write", 2, 1)[0] is True
    assert outcome(1, "notes:write", 3, 1)[0] is False
    assert outcome(2, "notes:share", 2, 1) == (True, None, ("scope:notes:share",), ["audit"])
    assert outcome(2, "notes.publish", 2, 1) == (True, None, ("scope:notes:write",), ["audit"])
    for resource in (1, 7, 8, 9):
        assert len(outcome(0, "notes:read", resource)) == 1
        assert len(outcome(0, "notes:write", resource)) == 1


@pytest.mark.parametrize("seed", range(4))
def test_what_was_asked_before_makes_no_difference(
    loaded: Callable[[], Guard], first: list[Decision | str], seed: int
) -> None:
    """In any order, and over and over."""
    guard, order = loaded(), list(range(len(QUESTIONS))) * 3
    Random(seed).shuffle(order)
    for number in order:
        assert answer(guard, QUESTIONS[number]) == first[number], QUESTIONS[number]


def test_many_are_answered_as_one_by_one(loaded: Callable[[], Guard], first: list[Decision | str]) -> None:
    """And one that cannot be answered refuses them all; observers are told of each."""
    asked = [(question, each) for question, each in zip(QUESTIONS, first, strict=True)]
    told: list[Decision] = []
    quiet, watched = loaded(), loaded()
    watched.observe(lambda decision, _: told.append(decision))
    for guard, _, turn in product((quiet, watched), range(2), (1, -1)):
        for principal, group in groupby(asked, key=lambda each: each[0].principal):
            items = [*group][::turn]
            for context in CONTEXTS:
                some = [each for each in items if each[0].context is context]
                pairs = [(each.action, each.resource) for each, _ in some]
                good = [
                    (pair, found)
                    for pair, (_, found) in zip(pairs, some, strict=True)
                    if isinstance(found, Decision) and pair[1] is not LEFT_OUT
                ]
                asking, expected = [pair for pair, _ in good], [found for _, found in good]
                told.clear()
                assert guard.check_many(principal, asking, context) == expected
                assert told == (expected if guard is watched else [])
                for pair, (_, found) in zip(pairs, some, strict=True):
                    if isinstance(found, str):
                        with pytest.raises(RequestError):
                            guard.check_many(principal, [*asking, pair], context)


def test_an_observer_is_told_of_every_answer(loaded: Callable[[], Guard], first: list[Decision | str]) -> None:
    """From when it is there until it is gone, whatever was remembered before."""
    guard = loaded()
    told: list[Decision] = []
    for _ in range(2):
        stop = guard.observe(lambda decision, _: told.append(decision))
        for question, expected in zip(QUESTIONS, first, strict=True):
            told.clear()
            assert answer(guard, question) == expected
            assert told == ([expected] if isinstance(expected, Decision) else [])
        stop()
        told.clear()
        for question, expected in zip(QUESTIONS, first, strict=True):
            assert answer(guard, question) == expected
        assert told == []


def test_more_resources_than_are_remembered(loaded: Callable[[], Guard], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is answered by what it is asked about, and the pack is not asked for each of them again and again."""
    asked: list[object] = []
    check = Engine.check

    def counted(self: Engine, *question: Any) -> Decision:
        asked.append(question)
        return check(self, *question)

    monkeypatch.setattr(Engine, "check", counted)
    guard, names = loaded(), [f"n{number}" for number in range(2 * MAX_BY_VALUE)]
    key = Principal.api_key("k", workspace="w", scopes=[f"notes:read/{name}" for name in names[::2]])
    for turn in range(4):
        for number, name in enumerate(names):
            about = Resource("notes", name, "w")
            found = guard.check(key, "notes:read", about, CONTEXTS[1])
            assert found == guard.check_many(key, [("notes:read", about)], CONTEXTS[1])[0]
            assert found.rules == (() if number % 2 else (f"scope:notes:read/{name}",))
        if not turn:
            assert len(asked) > MAX_BY_VALUE
            asked.clear()
    assert asked == []


@pytest.mark.parametrize("observed", [False, True])
@pytest.mark.parametrize("principal", [None, "usr_1", object()])
def test_what_is_no_principal_is_refused_whoever_listens(
    loaded: Callable[[], Guard], observed: bool, principal: Any
) -> None:
    """By its class, and not by what it lacks."""
    guard, note = loaded(), Resource("notes", "n1", "w")
    if observed:
        guard.observe(lambda *_: None)
    with pytest.raises(RequestError, match=r"^a principal must be a Principal, not "):
        guard.check(principal, "notes:read", note)
    with pytest.raises(RequestError, match=r"^a principal must be a Principal, not "):
        guard.check_many(principal, [("notes:read", note)])
