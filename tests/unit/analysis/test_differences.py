"""Comparisons of small packs: kinds of changes that the shipped pack has no place for, and what the values promise."""

import copy
import pickle
from pathlib import Path

import pytest

from scopeguard import Guard, PolicyError, RequestError
from scopeguard.analysis import Change, Diff, diff
from scopeguard.model.request import or_left_out

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, attributes: {size: int, owner: string}}
  attributes: {context: {ratio: double}}
roles:
  editor: {holds: ["notes:*"]}
  night: {when: 'has(context.ratio) && context.ratio > 0.5', holds: ["notes:read"]}
rules:
  - {id: notes.size, effect: deny, on: ["notes:write"], when: "resource.size > 100", code: not_permitted, because: big}
"""


def compared(folder: Path, find: str, put: str, pack: str = PACK) -> Diff:
    """The comparison of a pack with itself after an edit."""
    assert find in pack
    for name, text in (("old.yaml", pack), ("new.yaml", pack.replace(find, put))):
        (folder / name).write_text(text, encoding="utf-8")
    return diff(folder / "old.yaml", folder / "new.yaml")


def asked(change: Change, folder: Path) -> list[bool]:
    """What both packs answer to the request that shows a change."""
    assert change.witness is not None
    who = change.witness
    guards = [Guard.load(folder / name) for name in ("old.yaml", "new.yaml")]
    about = or_left_out(who.resource)
    return [guard.check(who.principal, who.action, about, who.context).allowed for guard in guards]


def test_a_bound_is_shown_at_the_bound(tmp_path: Path) -> None:
    """The witness is the one value that is answered otherwise."""
    found = compared(tmp_path, "size > 100", "size >= 100")
    (lost,) = found.lost
    assert (found.gained, lost.actions, str(lost.edits[0].text)) == (
        (), ("notes:write",), "notes.size when: resource.size > 100 -> resource.size >= 100",
    )  # fmt: skip
    assert lost.witness is not None
    assert lost.witness.resource is not None
    assert lost.witness.resource.attributes["size"] == 100
    assert asked(lost, tmp_path) == [True, False]


def test_a_role_by_condition_has_its_line(tmp_path: Path) -> None:
    """What a member holds by a condition is gained by those who hold it by no role."""
    (gained,) = compared(tmp_path, "ratio > 0.5", "ratio > 0.25").gained
    assert (gained.people, gained.actions) == ("members with no role for it", ("notes:read",))
    assert gained.edits[0].name == "night"
    assert asked(gained, tmp_path) == [False, True]


def test_without_a_base_tenants_are_open(tmp_path: Path) -> None:
    """What lies beneath every pack is compared too, and the request is one that a command can name."""
    found = compared(tmp_path, "scopeguard: 1\n", "scopeguard: 1\npack: {base: none, because: a test}\n")
    gained = next(change for change in found.gained if "keys" in change.people)
    assert gained.edits[0].text == "+ base none"
    assert gained.witness is not None
    assert gained.witness.resource is not None
    assert gained.witness.resource.workspace not in {None, gained.witness.principal.workspace}
    assert asked(gained, tmp_path) == [False, True]


def test_what_cannot_be_decided_may_be_gained(tmp_path: Path) -> None:
    """It is open, with the condition that nobody can decide, and fails."""
    hard = "when: \"resource.owner.matches('^(a|b)+$') && resource.owner.size() > 40\""
    found = compared(tmp_path, 'when: "resource.size > 100"', hard)
    assert found.loosens
    assert found.open or found.gained
    for change in found.open:
        assert change.condition is not None
        assert any(why in change.condition for why in ("beyond what can be decided", "the engine answers otherwise"))
        assert change.witness is None


def test_two_edits_have_each_their_own_changes(tmp_path: Path) -> None:
    """A change is put down to the edit that made it, and not to the other one."""
    (tmp_path / "old.yaml").write_text(PACK, encoding="utf-8")
    text = PACK.replace("size > 100", "size > 200").replace(
        'editor: {holds: ["notes:*"]}', 'editor: {holds: ["notes:write"]}'
    )
    (tmp_path / "new.yaml").write_text(text, encoding="utf-8")
    found = diff(tmp_path / "old.yaml", tmp_path / "new.yaml")
    (gained,), (lost,) = found.gained, found.lost
    assert ([edit.name for edit in gained.edits], gained.actions) == (["notes.size"], ("notes:write",))
    assert ([edit.name for edit in lost.edits], lost.actions) == (["editor"], ("notes:read",))
    assert lost.people == "members with role editor"


def test_a_surface_is_dropped(tmp_path: Path) -> None:
    """Who could do something on it loses that, by that line."""
    more = "    drafts: {actions: [read], coarse: true}\n"
    found = compared(tmp_path, more, "", PACK.replace("  attributes: {context", f"{more}  attributes: {{context"))
    (lost,) = found.lost
    assert (lost.people, lost.actions, lost.edits[0].text) == (
        "keys with drafts:read; sessions with drafts:read", ("drafts:read",), "- surface drafts",
    )  # fmt: skip


def test_guards_are_compared_as_well_as_paths(tmp_path: Path) -> None:
    """With the places of whole entries; and a pack is equal to its guard."""
    by_paths = compared(tmp_path, "size > 100", "size > 200")
    old, new = (Guard.load(tmp_path / name) for name in ("old.yaml", "new.yaml"))
    by_guards = diff(old, new)
    assert [change.id for change in by_guards.changes] == [change.id for change in by_paths.changes]
    assert by_guards.gained[0].edits[0].text == "~ rule notes.size"
    same = diff(tmp_path / "old.yaml", old)
    assert (same.changes, same.edits, bool(same), same.loosens) == ((), (), False, False)


def test_a_comparison_is_a_value(tmp_path: Path) -> None:
    """It survives other processes and copies, and cannot be changed."""
    found = compared(tmp_path, "size > 100", "size > 200")
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # a value of our own
    assert copy.deepcopy(found) == found
    with pytest.raises(AttributeError):
        found.changes = ()  # type: ignore[misc]  # what a careless caller does


@pytest.mark.parametrize("packs", [None, 3, [1], {"a": 1}])
def test_what_is_no_pack_is_refused(packs: object, tmp_path: Path) -> None:
    """Neither is it taken for an empty one."""
    (tmp_path / "p.yaml").write_text(PACK, encoding="utf-8")
    with pytest.raises(RequestError, match="must be a guard or the paths of a pack"):
        diff(packs, tmp_path / "p.yaml")  # type: ignore[arg-type]  # the same


def test_a_pack_that_does_not_load_is_not_compared(tmp_path: Path) -> None:
    """Nothing is said of half a pack."""
    (tmp_path / "p.yaml").write_text(PACK, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("scopeguard: 2\n", encoding="utf-8")
    with pytest.raises(PolicyError):
        diff(tmp_path / "p.yaml", tmp_path / "broken.yaml")


def test_what_a_role_by_condition_holds_is_compared(tmp_path: Path) -> None:
    """Of a role that nobody is assigned, a line more is gained by whoever meets its condition."""
    (gained,) = compared(tmp_path, 'holds: ["notes:read"]}', 'holds: ["notes:read", "notes:write"]}').gained
    assert (gained.people, gained.actions) == ("members with no role for it", ("notes:write",))
    assert asked(gained, tmp_path) == [False, True]


TWO = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true}
    seals: {actions: [use], explicit_only: true}
roles:
  reader: {holds: ["notes:read"]}
  keeper: {holds: ["seals:use"]}
  admin:  {marker: true}
  guest:  {marker: true}
rules:
  - {id: notes.sealed, effect: deny, on: ["notes:*"], unless: 'holds("seals:use")', code: not_permitted, because: sealed}
  - {id: notes.shut, effect: deny, on: ["notes:*"], unless: '"admin" in principal.roles', code: not_permitted, because: shut}
  - {id: notes.guests, effect: deny, on: ["notes:*"], when: '"guest" in principal.roles', code: not_permitted, because: guests}
"""


def test_who_needs_two_roles_gains_by_another_rule(tmp_path: Path) -> None:
    """Rules that both packs have may ask for more than one role: nobody with one of them gains."""
    found = compared(tmp_path, "unless: '\"admin\" in principal.roles'", 'when: principal.id == "nobody"', TWO)
    keys, sessions, members = "keys with notes:read and seals:use", "sessions with notes:read and seals:use", "members"
    assert [each.people for each in found.gained] == [f"{keys}; {sessions}; {members} with roles keeper and reader"]
    assert asked(found.gained[0], tmp_path) == [False, True]


def test_roles_that_rules_name_are_told_apart(tmp_path: Path) -> None:
    """Two roles that hold nothing are not one to rules that name either."""
    pack = TWO.replace('reader: {holds: ["notes:read"]}', 'reader: {holds: ["notes:read", "seals:use"]}')
    found = compared(tmp_path, '"admin" in principal.roles', '"guest" in principal.roles', pack)
    assert (found.gained, [each.people for each in found.lost]) == ((), ["members with roles admin and reader"])
    assert asked(found.lost[0], tmp_path) == [True, False]


HELD = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true, qualifiable: true}
    seals: {actions: [use], coarse: true}
  channels: [server]
roles:
  reader: {rank: 1, holds: ["notes:read"]}
  sealed: {rank: 1, holds: ["notes:read", "seals:use"]}
  chief:  {rank: 9, holds: ["seals:use"]}
rules:
  - {id: notes.shut, effect: deny, on: ["notes:*"], when: 'RULE', code: not_permitted, because: shut}
  - {id: notes.closed, effect: deny, on: ["notes:*"], when: 'CLOSED', code: not_permitted, because: closed}
"""


HERE = 'context.channel == "server"'


@pytest.mark.parametrize(("rule", "closed", "members"), [
    # Whoever holds both is answered as a reader is, of whom something else is told.
    ('"sealed" in principal.roles && principal.rank < 5', HERE, ["roles reader or sealed/notes:id_1", "roles chief and sealed"]),
    # A rank is had beside what another role grants.
    ("principal.rank < 5", HERE, ["role chief and one of reader or sealed"]),
    # On one note alone a role does not grant the seals.
    ('holds("seals:use")', HERE, ["roles reader or sealed/notes:id_1"]),
    # A note that a rule names is answered as no other is.
    ('holds("seals:use")', 'resource.id == "n_1"', ["roles reader or sealed/notes:n_1"]),
])  # fmt: skip
def test_all_who_gain_are_told(rule: str, closed: str, members: list[str], tmp_path: Path) -> None:
    """Whatever they hold, and whoever else is answered as they are."""
    pack = HELD.replace("RULE", rule).replace("CLOSED", closed)
    found = compared(tmp_path, pack[pack.index("  - {id: notes.closed,") :], "", pack)
    told = [str(who) for change in found.gained for who in change.who if who.kind == "member"]
    assert told == [f"members with {each}" for each in members]
    assert [asked(change, tmp_path) for change in found.gained] == [[False, True]] * len(found.gained)


COUNTED = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [write], coarse: true}
  operations:
    notes.print: {needs: "notes:write", meter: pages, quantity: requested}
    notes.speak: {needs: "notes:write", meter: minutes}
  facts_max_age: 5m
  attributes: {context: {night: bool}}
meters:
  pages:   {kind: consumption, title: Pages}
  minutes: {kind: consumption, title: Minutes}
gates:
  - {id: gates.pages, on: [notes.print], entitlement: pages, because: no more pages}
  - {id: gates.minutes, on: [notes.speak], entitlement: minutes, because: no more minutes}
recovery:
  entitlement_limit_reached:
    class: recovery
    status: 402
    remedy: {text: "The limit of {meter} is reached.", action: wait}
    remedies:
      - {when: context.night, text: Come back in the morning., action: wait}
"""


def test_what_a_meter_is_called_matters_where_it_denies(tmp_path: Path) -> None:
    """Nothing else is said to those who run out of another meter."""
    found = compared(tmp_path, "title: Pages", "title: Leaves", COUNTED)
    assert {(each.aspect, each.actions, each.before) for each in found.changes} == {
        ("remedy", ("notes.print",), "entitlement_limit_reached: meter Pages")
    }


def test_the_remedy_of_a_circumstance_is_shown_in_it(tmp_path: Path) -> None:
    """The request is one that hears the difference, and the command prints the whole answer."""
    for each in compared(tmp_path, "in the morning", "tomorrow", COUNTED).changes:
        assert each.aspect == "remedy"
        assert each.witness is not None
        assert each.witness.context.attributes == {"night": True}
        assert "--format json" in each.commands[0]


def test_of_which_facts_a_change_is_is_said(tmp_path: Path) -> None:
    """Who is denied for the age of facts alone, or for want of a quantity, is not denied whatever the facts are."""
    older = compared(tmp_path, "facts_max_age: 5m", "facts_max_age: 30s", COUNTED)
    assert {each.condition for each in older.lost} == {"facts are more than 30s off, and no more than 300s"}
    untold = compared(tmp_path, ", quantity: requested", "", COUNTED)
    assert {each.condition for each in untold.gained} == {"the host does not say how much is asked for"}
    assert {each.aspect for each in untold.changes} == {"gained"}


def test_what_is_so_of_no_ordinary_request_says_so(tmp_path: Path) -> None:
    """Whoever gains by a state of the credential alone is not said to gain whatever its state is."""
    pack = f"{PACK}  - {{id: old, effect: deny, on: ['*:*'], when: has(principal.leaked), code: not_permitted, because: x}}\n"
    found = compared(tmp_path, "when: has(principal.leaked)", "when: has(principal.revoked)", pack)
    assert {each.condition for each in found.gained} == {"something is the matter with the credential"}


def test_what_is_not_looked_at_is_open(tmp_path: Path) -> None:
    """Where rules tell too many roles apart for every two to be asked about."""
    roles = "".join(f'  r_{number}: {{rank: {number}, holds: ["seals:use"]}}\n' for number in range(1, 30))
    pack = HELD.replace("rules:\n", f"{roles}rules:\n")
    few = pack.replace("RULE", "principal.rank < 5").replace("CLOSED", HERE)
    many = few.replace("principal.rank < 5", "principal.rank + 1 < 5")
    line = few[few.index("  - {id: notes.closed,") :]
    assert compared(tmp_path, line, "", few).open == ()
    (found,) = compared(tmp_path, line, "", many).open
    assert (found.people, found.actions, found.condition) == (
        "members", ("notes:read",),
        "rules tell more than 24 things apart that they may hold, and not every two were looked at",
    )  # fmt: skip


HANDING = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
    gifts: {actions: [give], explicit_only: true}
roles:
  boss: {holds: ["notes:*"]}
  hand: {holds: ["notes:read"]}
rules:
  - {id: gifts.given, effect: allow, on: ["gifts:give"], kinds: [api_key], when: "'boss' in principal.assignable_roles"}
"""


def test_keys_are_told_apart_by_the_roles_that_they_hand_out(tmp_path: Path) -> None:
    """Which roles are within their reach follows from their scopes, whether or not rules ask for these."""
    found = compared(tmp_path, '["notes:*"]', '["notes:read"]', HANDING)
    (gained,) = found.gained
    assert (gained.people, gained.actions) == ("keys with notes:read", ("gifts:give",))
    assert asked(gained, tmp_path) == [False, True]


ORDERED = """
scopeguard: 1
catalog:
  surfaces:
    one: {actions: [read], coarse: true}
    two: {actions: [read], coarse: true}
    more: {actions: [read], coarse: true}
  channels: [here, there]
  stages: [credential, workspace, permission, standing]
roles:
  gamma: {holds: ["one:read", "two:read", "more:read"]}
  beta: {holds: ["one:read", "two:read"]}
  alpha: {holds: ["one:read", "two:read", "more:read"]}
rules:
  - {id: told, effect: deny, on: ["two:read"], kinds: [member], when: "holds('more:read') && context.channel == 'there'", code: not_permitted, stage: standing}
  - {id: shut, effect: deny, on: ["one:read", "two:read"], kinds: [member], channels: [here], code: facts_unavailable, stage: standing}
"""


def test_the_same_people_are_one_change_however_they_are_told_apart(tmp_path: Path) -> None:
    """Roles are named in the order of the pack, though the rules about one action group them otherwise."""
    (told,) = compared(tmp_path, "code: facts_unavailable", "code: not_permitted", ORDERED).changes
    assert (told.people, told.actions) == ("members with roles gamma, beta or alpha", ("one:read", "two:read"))
