"""V58: one engine, program or compiled condition shared by threads keeps the request in itself, and answers another's (regopy, cel-python)."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from scopeguard import Context, Decision, Guard, Principal, Resource
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.evaluation import outcome
from scopeguard.limits import CALLS_BEFORE_CODE
from scopeguard.model.principal import UNBOUND
from scopeguard.model.request import LEFT_OUT
from scopeguard.runtime.engine import Engine
from scopeguard.syntax.parser import parse_condition
from scopeguard.syntax.printer import print_expression
from tests.conditions import condition
from tests.hazards.packs import load
from tests.kept import kept_actions, kept_answers

THREADS = 8
RULES = """
{id: plain, effect: deny, on: ["notes:read"], when: context.facts.count >= principal.rank, code: not_permitted}
{id: walked, effect: deny, on: ["notes:write"], unless: "lists.range(4).exists(x, x > 0 && x == context.facts.count) && resource.owner == principal.id", code: not_permitted}
{id: opened.one, effect: allow, on: ["secrets:read"], when: context.facts.plan == 'one'}
{id: opened.two, effect: allow, on: ["secrets:read"], when: "['two', 'three'].exists(x, x == context.facts.plan)"}
"""
Asked = tuple[Principal, str, object, Context]
Answer = tuple[bool, tuple[str, ...], tuple[str, ...]]


@pytest.fixture(autouse=True)
def fast_switching() -> Iterator[None]:
    """Threads take turns every ten microseconds."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def in_threads(ask: Callable[[int], None]) -> None:
    """Run it in eight threads that begin at once; what one of them raises is raised here."""
    start = threading.Barrier(THREADS)
    raised: list[BaseException] = []

    def run(number: int) -> None:
        start.wait()
        try:
            ask(number)
        except BaseException as error:  # noqa: BLE001  # told below, by the thread of the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def questions() -> list[tuple[Asked, Answer]]:
    """Questions with their answers by hand: members of one class, so that all of them share one row."""
    made: list[tuple[Asked, Answer]] = []
    for number in range(8):
        who = Principal.member(f"m{number}", workspace="ws_1", roles=["editor"])
        granted: Answer = (True, ("role:editor",), ())
        for count in range(8):
            context = Context(facts={"count": count, "plan": ("one", "two", "none")[count % 3]})
            read = (False, ("plain",), ()) if count > 4 else granted
            made.append(((who, "notes:read", Resource("notes", "n", "ws_1"), context), read))
            for owner in (f"m{number}", "another"):
                about = Resource("notes", "n", "ws_1", {"owner": owner})
                write = granted if owner == f"m{number}" and count in {1, 2, 3} else (False, ("walked",), ())
                made.append(((who, "notes:write", about, context), write))
            secret = [(True, ("opened.one",), ()), (True, ("opened.two",), ()), (False, (), ())][count % 3]
            made.append(((who, "secrets:read", LEFT_OUT, context), secret))
        unknown = (who, "notes:read", LEFT_OUT, Context(facts={"count": "many"}))
        made.append((unknown, (False, ("plain",), ("plain",))))
    return made


def brief(decision: Decision) -> Answer:
    """What the answers by hand say of a decision."""
    return decision.allowed, decision.rules, decision.errors


@pytest.mark.parametrize("rows", [64, 1, 0], ids=["cached", "one row", "no cache"])
def test_v58_one_guard(tmp_path: Path, rows: int) -> None:
    """Every answer of one guard in eight threads is the one by hand, with rows remembered or not."""
    load(tmp_path, RULES)
    guard = Guard.load(tmp_path, max_rows=rows)
    asked = questions()
    assert [brief(guard.check(*question)) for question, _ in asked] == [answer for _, answer in asked]
    shared = Guard.load(tmp_path, max_rows=rows)
    wrong: list[tuple[Asked, Answer, Answer]] = []

    def ask(number: int) -> None:
        for place in Random(number).sample(range(len(asked)), len(asked)):
            question, answer = asked[place]
            found = brief(shared.check(*question))
            if found != answer:
                wrong.append((question, found, answer))

    in_threads(ask)
    assert wrong == []


def test_v58_one_program_and_one_principal_for_two_guards(tmp_path: Path) -> None:
    """Principals that two guards with opposite rules ask about at once get the answers of the guard that was asked."""
    open_folder, shut_folder = tmp_path / "open", tmp_path / "shut"
    open_folder.mkdir()
    shut_folder.mkdir()
    program = load(open_folder)._generation.program
    opened = [Guard(lambda: program), Guard(lambda: program)]
    shut = load(shut_folder, '{id: shut, effect: deny, on: ["*:*"], code: not_permitted}')
    who = Principal.member("m", workspace="ws_1", roles=["editor"])
    about = Resource("notes", "n", "ws_1")
    wrong: list[Decision] = []

    def ask(number: int) -> None:
        for turn in range(400):
            guard = (shut, *opened)[(number + turn) % 3]
            decision = guard.check(who, "notes:read", about)
            if decision.rules != (("shut",) if guard is shut else ("role:editor",)):
                wrong.append(decision)

    in_threads(ask)
    assert wrong == []


def test_v58_one_compiled_condition() -> None:
    """One parsed condition, evaluated by eight threads with other facts each, gives each its own answer."""
    types = Types(facts={"list": "list(int)", "least": "int"})
    tree = condition(
        "context.facts.list.all(x, x > context.facts.least) && context.facts.list.exists(x, x == 7)", types
    )
    wrong: list[int] = []

    def ask(number: int) -> None:
        for turn in range(150):
            least = (number + turn) % 3
            context = Context(facts={"list": [1, 7, 9], "least": least})
            env = Environment(
                Principal.anonymous(), None, context, RequestedAction("", "", "", "", ""), FixedAuthority(), types
            )
            if outcome(tree, env) is not (least == 0):
                wrong.append(least)

    in_threads(ask)
    assert wrong == []


def test_v58_parsing_in_threads() -> None:
    """Eight threads that parse other conditions at once, by one parser, each get the tree of their own."""
    texts = [f'context.facts.count == {number} && !(principal.rank > {number + 1} || resource.id == "r{number}")'
             for number in range(60)]  # fmt: skip
    wrong: list[str] = []

    def ask(number: int) -> None:
        for turn in range(len(texts)):
            # A text that nobody has parsed before: the parser is asked, and not what it remembers.
            place = (turn * 7 + number) % len(texts)
            text = f"{texts[place]} && {number} < {turn}"
            if print_expression(parse_condition(text)) != text:
                wrong.append(text)

    in_threads(ask)
    assert wrong == []


def kept(engine: Engine) -> object:
    """A copy of all that an engine keeps."""
    return [
        (place, name, action, {key: (each, each.answer) for key, each in action.kept.items()})
        for place, name, action in kept_actions(engine)
    ]


def test_v58_a_check_writes_nothing_shared(tmp_path: Path) -> None:
    """A warm check leaves guard, what is kept, and catalog as they were, and nothing kept knows anybody's identity."""
    guard = load(tmp_path, RULES)
    for _ in range(2 * CALLS_BEFORE_CODE):
        for question, _ in questions():
            guard.check(*question)
    who = Principal("member", "m1", "ws_1", roles=["editor"])
    assert who.bound == UNBOUND
    guard.check(who, "notes:read", context=Context(facts={"count": 1}))
    engine = guard._generation
    before = (kept(engine), len(engine._bounded), guard.catalog, guard.generation)
    for question, _ in questions():
        guard.check(*question)
    assert before == (kept(engine), len(engine._bounded), guard.catalog, guard.generation)
    observed = [each.residual.principal for each in kept_answers(engine)]
    assert {(each.id, each.workspace) for each in observed} == {(None, "representative")}
