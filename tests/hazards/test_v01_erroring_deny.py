"""V01: a prohibition whose condition fails is skipped, and the door stands open (Cedar, Cerbos, cedarpy)."""

from pathlib import Path

import pytest

from scopeguard import Context, Resource
from tests.hazards.packs import editor, key, load

CONDITIONS = ["context.facts.count > 1", "context.facts.count == 1", "context.facts.count != 1", "context.facts.count in [1]",
              "!(context.facts.count > 1)", "context.facts.ready", "!context.facts.ready", "context.facts.plan == 'free'",
              "context.facts.plan.startsWith('f')", "context.facts.plan < 'x'", "context.facts.count + 1 == 1",
              "context.facts.any.k", "context.facts.any.exists(x, x == 1)", "context.facts.any[0] == 1"]  # fmt: skip
FACTS: list[dict[str, object]] = [
    {}, {"count": None, "ready": None, "plan": None, "any": None},
    {"count": "1", "ready": "true", "plan": 1, "any": 1}, {"count": 1.0, "ready": 1, "plan": b"free", "any": ["x"]},
]  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("part", ["when", "unless"])
def test_v01_erroring_deny(tmp_path: Path, condition: str, part: str) -> None:
    """The denial denies and says that it could not be evaluated; an allow under the same condition does not allow."""
    guard = load(tmp_path, f"""
        {{id: no.write, effect: deny, on: ["notes:write"], {part}: "{condition}", code: not_permitted}}
        {{id: may.read, effect: allow, on: ["secrets:read"], {part}: "{condition}"}}
    """)  # fmt: skip
    for facts in FACTS:
        context = Context(facts=facts)
        denied = guard.check(editor(), "notes:write", Resource("notes", "n1", "ws_1"), context)
        assert (denied.effect, denied.rules, denied.errors) == ("deny", ("no.write",), ("no.write",)), facts
        assert denied.reason.endswith("(its condition cannot be evaluated)")
        missing = guard.check(key("notes:read"), "secrets:read", context=context)
        assert (missing.effect, missing.code, missing.errors) == ("deny", "explicit_grant_required", ("may.read",)), (
            facts
        )


@pytest.mark.parametrize("condition", [
    "context.facts.count / (context.facts.count - context.facts.count) == 1", "context.facts.count % (context.facts.count - context.facts.count) == 1", "context.facts.any + context.facts.count > 0",
    "-context.facts.any - context.facts.any < 0", "[1][context.facts.count] == 1", "{'k': 1}[context.facts.plan] == 1",
    "[context.facts.count, 'a'].all(x, x > 0)",
])  # fmt: skip
def test_v01_a_condition_that_raises(tmp_path: Path, condition: str) -> None:
    """Facts of the right types, and an operation that has no result for them: the denial denies, the allow does not."""
    guard = load(tmp_path, f"""
        {{id: no.write, effect: deny, on: ["notes:write"], when: "{condition}", code: not_permitted}}
        {{id: may.read, effect: allow, on: ["secrets:read"], unless: "{condition}"}}
    """)  # fmt: skip
    context = Context(facts={"count": 1, "plan": "free", "any": 2**63 - 1})
    denied = guard.check(editor(), "notes:write", context=context)
    assert (denied.effect, denied.rules, denied.errors) == ("deny", ("no.write",), ("no.write",))
    missing = guard.check(key("notes:read"), "secrets:read", context=context)
    assert (missing.effect, missing.code, missing.errors) == ("deny", "explicit_grant_required", ("may.read",))
