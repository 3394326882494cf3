"""V102: two contexts that differ in a flag alone are of one class, and what is kept for one answers the other."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard
from tests.hazards.packs import PACK, key, load

FLAGS = PACK.replace("    context: {ip: string}", "    context: {frozen: bool, team: string, tags: list(string)}")
RULES = (
    '{id: closed, effect: deny, on: ["notes:*"], when: "has(context.frozen) && context.frozen", code: not_permitted}'
)
CONTEXTS: dict[str, tuple[dict[str, Any], bool]] = {
    "true": ({"frozen": True}, False),
    "false": ({"frozen": False}, True),
    "absent": ({}, True),
    "another": ({"team": "a"}, True),
    "true beside another": ({"frozen": True, "team": "a"}, False),
    "false beside a list": ({"frozen": False, "tags": ["a"]}, True),
}


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard whose rule reads a flag of the context."""
    return load(tmp_path, RULES, FLAGS)


@pytest.mark.parametrize("order", list(permutations(CONTEXTS, 2)), ids=" then ".join)
@pytest.mark.usefixtures("code_at_once")
def test_v102_contexts_of_one_class(guard: Guard, order: tuple[str, str]) -> None:
    """Asked one after the other by one key, twice over, each context gets its own answer."""
    reader = key("notes:read")
    for _ in range(2):
        for name in order:
            attributes, allowed = CONTEXTS[name]
            assert (
                guard.check(reader, "notes:read", context=Context(channel="server", attributes=attributes)).allowed
                is allowed
            )


def test_v102_lists_take_a_context_as_it_is(guard: Guard) -> None:
    """What lists under one context says nothing of another."""
    reader = key("notes:read")
    for name in (*CONTEXTS, *reversed(CONTEXTS)):
        attributes, allowed = CONTEXTS[name]
        context = Context(channel="server", attributes=attributes)
        assert ("notes:read" in guard.permissions(reader, context)) is allowed
