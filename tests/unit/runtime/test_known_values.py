"""Parts of conditions that no row has a say in: the evaluator answers at first, then generated code, and alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Filter, Guard, Principal
from scopeguard.compiling.codegen import Emitter
from scopeguard.compiling.environment import Environment
from scopeguard.compiling.evaluation import evaluate, outcome
from scopeguard.conditions import ALWAYS, NEVER, Attribute, Compare, In, Value
from scopeguard.limits import CALLS_BEFORE_CODE
from scopeguard.semantics.codegen.code_builder import Unsupported
from scopeguard.syntax.expression import Expr

PACK = """\
scopeguard: 1
catalog:
  attributes:
    principal: {team: string, any: dyn}
  surfaces:
    docs: {actions: [read], coarse: true, attributes: {owner: string}}
rules:
  - {id: rule, effect: allow, on: ["docs:read"], when: WHEN}
"""
OWNER = Attribute("owner", "string")
Answered = Callable[..., Any]


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[Expr]:
    """What the evaluator is asked for."""
    asked: list[Expr] = []

    def counted(answer: Answered) -> Answered:
        def counting(expr: Expr, env: Environment) -> Any:
            asked.append(expr)
            return answer(expr, env)

        return counting

    monkeypatch.setattr("scopeguard.runtime.known_values.evaluate", counted(evaluate))
    monkeypatch.setattr("scopeguard.runtime.known_values.outcome", counted(outcome))
    return asked


def asking(folder: Path, when: str) -> Callable[..., Filter]:
    """Asks for the documents that a key may read by a condition."""
    (folder / "pack.yaml").write_text(PACK.replace("WHEN", repr(when)), encoding="utf-8")
    guard = Guard.load(folder)

    def ask(**attributes: object) -> Filter:
        return guard.filter(Principal.api_key("k", workspace="w", attributes=attributes), "docs:read", Context())

    return ask


VALUE, TRUTH = 'resource.owner == principal.team + "s"', 'principal.team.startsWith("a")'


@pytest.mark.parametrize(
    ("when", "first", "second"),
    [
        (VALUE, Compare("==", OWNER, Value("as")), Compare("==", OWNER, Value("bs"))),
        (TRUTH, ALWAYS, NEVER),
    ],
)
def test_code_answers_what_is_asked_often(
    tmp_path: Path, evaluated: list[Expr], when: str, first: object, second: object
) -> None:
    """The evaluator is asked less often than code is worth writing for, and for nothing more."""
    ask = asking(tmp_path, when)
    for _ in range(CALLS_BEFORE_CODE):
        assert ask(team="a").condition == first
        assert ask(team="b").condition == second
    assert len(evaluated) == CALLS_BEFORE_CODE - 1


@pytest.mark.parametrize("when", [VALUE, TRUTH])
def test_what_code_cannot_read_is_the_evaluators(tmp_path: Path, evaluated: list[Expr], when: str) -> None:
    """Who has no team, or one that is no text, is answered as at first: nothing passes."""
    ask = asking(tmp_path, when)
    for _ in range(2 * CALLS_BEFORE_CODE):
        ask(team="a")
    evaluated.clear()
    for attributes in ({}, {"team": ["a"]}):
        assert ask(**attributes).condition == NEVER
    assert evaluated


def test_what_has_no_code_is_the_evaluators(
    tmp_path: Path, evaluated: list[Expr], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no other attempt is made at it."""
    attempts: list[Expr] = []

    def write(_: Emitter, expr: Expr) -> Answered:
        attempts.append(expr)
        raise Unsupported

    monkeypatch.setattr("scopeguard.runtime.known_values._value_code", write)
    ask = asking(tmp_path, VALUE)
    for _ in range(2 * CALLS_BEFORE_CODE):
        assert ask(team="a").condition == Compare("==", OWNER, Value("as"))
    assert (len(evaluated), len(attempts)) == (2 * CALLS_BEFORE_CODE, 1)


def test_what_a_host_raises_within_code_comes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a handler of signals: it is not taken for a value that code cannot read."""

    def interrupted(*_: object) -> None:
        raise ValueError("of the host")

    monkeypatch.setattr("scopeguard.runtime.known_values._value_code", lambda *_: interrupted)
    ask = asking(tmp_path, VALUE)
    for _ in range(CALLS_BEFORE_CODE - 1):
        ask(team="a")
    with pytest.raises(ValueError, match=r"^of the host$"):
        ask(team="a")


@pytest.mark.parametrize(
    ("listed", "expected"), [('["a", "b"]', In(OWNER, ("a", "b"))), ('[?principal.any, "b"]', NEVER)]
)
def test_a_list(tmp_path: Path, listed: str, expected: object) -> None:
    """One with a text in the place of something optional has no value, and lets nothing pass."""
    assert asking(tmp_path, f"resource.owner in {listed}")(any="a").condition == expected
