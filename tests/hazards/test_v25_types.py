"""V25: values that are equal across types share a key: true and 1, 1 and 1.0, "1" and 1 (cachetools, lru_cache)."""

from itertools import permutations
from pathlib import Path

from scopeguard import Context, Principal, Resource
from tests.hazards.packs import load

RULES = """
    {id: deny.ready, effect: deny, on: ["notes:read"], when: context.facts.any == 1, code: not_permitted}
    {id: deny.level, effect: deny, on: ["notes:read"], when: 'has(principal.level) && principal.level == "1"', code: not_permitted}
    {id: deny.channel, effect: deny, on: ["notes:read"], channels: [browser], code: not_permitted}
    {id: deny.owner, effect: deny, on: ["notes:read"], when: 'has(resource.owner) && resource.owner == "me"', code: not_permitted}
"""


def test_v25_types_are_part_of_a_value(tmp_path: Path) -> None:
    """True, 1, 1.0 and "1" are asked about in every order: only the number is one, and only the text is "1"."""
    guard = load(tmp_path, RULES)
    for ordered in permutations(
        [(True, False), (1, False), (1.0, False), ("1", False), (2, True), (0, True), (-0.0, True)], 3
    ):
        for value, allowed in ordered:
            context = Context(channel="server", facts={"any": value})
            who = Principal.member("m", workspace="ws_1", roles=["editor"])
            decision = guard.check(who, "notes:read", Resource("notes", "n", "ws_1"), context)
            assert decision.allowed is allowed, value
            # Across types there is no answer, so that the denial stands; it says so.
            assert decision.errors == (("deny.ready",) if value is True or value == "1" else ())
    for level, allowed in (("1", False), (1, False), (True, False), ("2", True)):
        who = Principal.member("m", workspace="ws_1", roles=["editor"], attributes={"level": level})
        assert guard.check(who, "notes:read", context=Context(channel="server", facts={"any": 0})).allowed is allowed
