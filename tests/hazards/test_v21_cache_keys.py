"""V21: the key of a cache leaves out the circumstances (OpenFGA CVE-2024-56323)."""

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


def test_v21_the_context_is_part_of_the_question(tmp_path: Path) -> None:
    """The same principal and resource under other circumstances, asked to and fro, get each its own answer."""
    guard = load(tmp_path, RULES)
    who = Principal.member("m", workspace="ws_1", roles=["editor"])
    note = Resource("notes", "n", "ws_1")
    plain = {"any": 0}
    cases = [
        (note, Context(channel="server", facts=plain), True),
        (note, Context(channel="browser", facts=plain), False),
        (note, Context(channel="server", facts={"any": 1}), False),
        (Resource("notes", "n", "ws_1", {"owner": "me"}), Context(channel="server", facts=plain), False),
        (Resource("notes", "n", "ws_1", {"owner": "you"}), Context(channel="server", facts=plain), True),
    ]
    for ordered in permutations(cases, 3):
        for resource, context, expected in ordered:
            assert guard.check(who, "notes:read", resource, context).allowed is expected
