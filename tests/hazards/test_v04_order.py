"""V04: the answer depends on the order of rules, or on one standing twice."""

from pathlib import Path
from random import Random

from msgspec.structs import replace

from tests.hazards.packs import SERVER, editor, key, load

RULES = [
    '{id: a.deny, effect: deny, on: ["notes:write"], kinds: [member], code: not_permitted}',
    '{id: b.deny, effect: deny, stage: channel, on: ["*:*"], channels: [browser], code: dashboard_only}',
    '{id: c.allow, effect: allow, on: ["notes:write"], kinds: [member]}',
    '{id: d.allow, effect: allow, on: ["secrets:read"], kinds: [api_key]}',
    '{id: e.deny, effect: deny, on: ["notes:write", "notes:read"], kinds: [member], code: not_permitted, when: has(principal.id)}',
]


def test_v04_order(tmp_path: Path) -> None:
    """A hundred orders of the same rules, spread over two files, targets given twice: one decision, one explanation."""
    twice = [rule.replace('on: ["notes:write"', 'on: ["notes:{write}", "notes:write", "notes:write"') for rule in RULES]
    seen, digests = set(), set()
    random = Random(4)
    for number in range(100):
        shuffled = random.sample(twice if number % 2 else RULES, len(RULES))
        folder = tmp_path / str(number)
        folder.mkdir()
        guard = load(folder, "\n".join(shuffled[:3]))
        (folder / "more.yaml").write_text("scopeguard: 1\nrules:\n" + "".join(f"  - {rule}\n" for rule in shuffled[3:]))
        guard.reload()
        decision = guard.check(editor(), "notes:write", context=SERVER)
        looked = tuple(
            (item.id, item.outcome) for item in guard.explain(editor(), "notes:write", context=SERVER).looked
        )
        assert guard.check(key(), "secrets:read", context=SERVER).rules == ("d.allow",)
        seen.add((replace(decision, policy_digest=""), looked))
        digests.add((number % 2, guard.digest))
    assert (len(seen), len(digests)) == (1, 2)
    assert next(iter(seen))[0].rules == ("a.deny", "e.deny")
