"""V24: lists nested in different ways share a key (SpiceDB CVE-2026-46668)."""

from itertools import permutations
from pathlib import Path

import pytest

from scopeguard import Context, Principal
from tests.hazards.packs import load

SHAPES: list[object] = [
    [["a"], ["b"]], [["a", "b"]], ["a", "b"], [["a"], "b"], ["a", ["b"]], [["a", "b"], []], [[["a"], ["b"]]],
    [[], ["a", "b"]], {"a": "b"}, [{"a": "b"}], ["a,b"], "[[a],[b]]",
]  # fmt: skip


@pytest.mark.parametrize("order", range(4))
def test_v24_nested_lists(tmp_path: Path, order: int) -> None:
    """Of all the shapes asked in turn, as a fact and as an attribute of the one who asks, only the one is the one."""
    guard = load(tmp_path, """
        {id: fact, effect: allow, on: ["notes:read"], kinds: [system], when: 'context.facts.any == [["a"], ["b"]]'}
        {id: level, effect: allow, on: ["notes:write"], kinds: [system], when: 'principal.level == [["a"], ["b"]]'}
    """)  # fmt: skip
    turned = [*SHAPES[order:], *SHAPES[:order]]
    for shape, other in permutations(turned, 2):
        who = Principal.system("job", workspace="ws_1", attributes={"level": shape})
        context = Context(facts={"any": other})
        assert guard.check(who, "notes:write", context=context).allowed is (shape == [["a"], ["b"]])
        assert guard.check(who, "notes:read", context=context).allowed is (other == [["a"], ["b"]])
