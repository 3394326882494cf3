"""Which scopes or roles grant is filled in: answers are shared by all in whom the rules observe the same."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest

from scopeguard import Context, Decision, Guard, Principal, Resource
from scopeguard.limits import CALLS_BEFORE_CODE, MAX_NAMED
from scopeguard.runtime.decision_functions import TieredDecision
from scopeguard.runtime.templates import DecisionTemplate
from tests.kept import engine_of, kept_answers

ROLES = tuple(f"team_{number}" for number in range(8))
PACK = f"""
scopeguard: 1
pack: {{base: none, because: About other rules than those.}}
catalog:
  surfaces:
    notes: {{actions: [read, write], coarse: true, qualifiable: true, implies: {{write: [read]}}, attributes: {{size: int}}}}
  channels: [server]
roles:
{"".join(f'  {name}: {{holds: ["notes:write"], rank: 1}}{chr(10)}' for name in ROLES)}
rules:
  - {{id: notes.large, effect: deny, on: ["notes:write"], when: has(resource.size) && resource.size > 9, code: not_permitted}}
"""
WHERE = Context("server", now=datetime(2026, 1, 2, tzinfo=UTC))
NOTE = Resource("notes", "n_1", "ws")


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard that nobody asked yet."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


def teams() -> Iterator[Principal]:
    """Members of every set of teams."""
    for count in range(1, len(ROLES) + 1):
        for roles in combinations(ROLES, count):
            yield Principal.member("usr", workspace="ws", roles=roles)


@pytest.mark.parametrize("action", ["notes:read", "notes:write"])
def test_members_share_an_answer_and_each_is_told_its_own_roles(guard: Guard, action: str) -> None:
    """Whatever the set of roles, whether the answer is settled or depends on the resource, asked once or again."""
    members = list(teams())
    assert len(members) > MAX_NAMED
    for member in members:
        expected = tuple(sorted(f"role:{role}" for role in member.roles))
        for _ in range(3):
            decision = guard.check(member, action, NOTE, WHERE)
            assert (decision.rules, decision.reason) == (expected, f"granted by {', '.join(expected)}")
    assert len(list(kept_answers(engine_of(guard)))) == 1


def test_no_more_are_kept_than_the_bound_says() -> None:
    """An answer is kept for those who hold the same, until others hold more than that in other ways."""
    decision = Decision("allow", "notes:read", code=None, reason="", policy_digest="", rules=("role:",))
    template = DecisionTemplate(decision, frozenset(ROLES))
    first, *others = teams()
    kept = template.fill(first, None)
    for other in others[: MAX_NAMED - 1]:
        template.fill(other, None)
    assert template.fill(first, None) is kept
    template.fill(others[MAX_NAMED], None)
    assert template.fill(first, None) is not kept
    assert template.fill(first, None) == kept


def test_code_is_shared_and_each_is_told_its_own_roles(guard: Guard) -> None:
    """Those that ask again and again get code with their names filled in, and no one the names of another."""
    members = list(teams())[:20]
    large = Resource("notes", "n_1", "ws", attributes={"size": 10})
    for again in range(CALLS_BEFORE_CODE + 3):
        for member in members:
            assert guard.check(member, "notes:write", NOTE, WHERE).rules == tuple(
                sorted(f"role:{each}" for each in member.roles)
            )
            assert guard.check(member, "notes:write", large, WHERE).rules == ("notes.large",), again
    (kept,) = kept_answers(engine_of(guard))
    assert len(kept.for_holders) == len(members)


def test_narrowed_scopes_need_no_code(guard: Guard) -> None:
    """Where it is up to narrowed scopes alone, no evaluator is asked and no code is written, however often it is asked."""
    for number in range(3 * CALLS_BEFORE_CODE):
        key = Principal.api_key(
            "key", workspace="ws", scopes=f"notes:read/n_{number} notes:write/n_{number} notes:write/x"
        )
        about = Resource("notes", f"n_{number}", "ws")
        assert guard.check(key, "notes:read", about, WHERE).rules == (
            f"scope:notes:read/n_{number}",
            f"scope:notes:write/n_{number}",
        )
        assert guard.check(key, "notes:read", Resource("notes", "x", "ws"), WHERE).rules == ("scope:notes:write/x",)
        assert guard.check(key, "notes:read", Resource("notes", "y", "ws"), WHERE).code == "scope_missing"
        assert guard.check(key, "notes:read", context=WHERE).provided == tuple(sorted(key.scopes))
    assert not any(isinstance(kept.answer, TieredDecision) for kept in kept_answers(engine_of(guard)))


def test_a_scope_for_every_resource_is_told_beside_a_narrowed_one(guard: Guard) -> None:
    """What is filled in by what is held and what is filled in by the resource stand in one list, sorted."""
    key = Principal.api_key("key", workspace="ws", scopes="notes:write notes:read/n_1")
    assert guard.check(key, "notes:read", NOTE, WHERE).rules == ("scope:notes:read/n_1", "scope:notes:write")
    assert guard.check(key, "notes:read", Resource("notes", "n_2", "ws"), WHERE).rules == ("scope:notes:write",)
    assert guard.matrix([key], ["notes:read"], WHERE)["key", "notes:read"].rules == ("scope:notes:write",)


def test_roles_that_hold_all(guard: Guard) -> None:
    """Of several permissions, not those that hold a part; of none, every role."""
    program = engine_of(guard).program
    assert program.roles_holding(["notes:read", "notes:write"]) == list(ROLES)
    assert program.roles_holding(["notes:read", "secrets:read"]) == []
    assert program.roles_holding([]) == list(ROLES)
