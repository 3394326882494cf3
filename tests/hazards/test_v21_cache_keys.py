"""V21 to V25: two different requests share a key of the cache: a part is missing, joined, or of another type."""

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


def test_v22_joined_parts_do_not_collide(tmp_path: Path) -> None:
    """Scopes, roles, ids and ceilings that read alike when joined are different principals."""
    guard = load(tmp_path)
    look_alikes = [
        (["notes:read", "notes:write"], None), (["notes:write"], None), (["notes:read/a", "notes:read/b"], None),
        (["notes:read/a.b"], None), (["notes:read"], ["notes:write"]), (["notes:read"], []), (["notes:read"], None),
        (["notes:read"], ["secrets:read"]), (["notes:read/a"], ["notes:read/b"]), (["notes:read/b"], ["notes:read/a"]),
    ]  # fmt: skip
    expected = [
        {"a", "b", "a.b"},
        {"a", "b", "a.b"},
        {"a", "b"},
        {"a.b"},
        {"a", "b", "a.b"},
        set(),
        {"a", "b", "a.b"},
        set(),
        set(),
        set(),
    ]
    for _ in range(2):
        for (scopes, ceiling), reached in zip(look_alikes, expected, strict=True):
            who = Principal.api_key("k", workspace="ws_1", scopes=scopes, ceiling=ceiling)
            found = {
                item for item in ("a", "b", "a.b") if guard.check(who, "notes:read", Resource("notes", item, "ws_1"))
            }
            assert found == reached, (scopes, ceiling)


def test_v23_a_list_is_not_its_join(tmp_path: Path) -> None:
    """["a", "b"] and ["a,b"] are other values, nested ones too."""
    guard = load(tmp_path, """
        {id: two, effect: allow, on: ["secrets:read"], kinds: [system], when: 'context.facts.any == ["a", "b"] || context.facts.any == [["a"], ["b"]]'}
    """)  # fmt: skip
    job = Principal.system("job", workspace="ws_1")
    values = [["a", "b"], ["a,b"], ["a", ["b"]], [["a"], ["b"]], [["a", "b"]], ["b", "a"], []]
    allowed = [guard.check(job, "secrets:read", context=Context(facts={"any": value})).allowed for value in values]
    assert allowed == [True, False, False, True, False, False, False]


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
