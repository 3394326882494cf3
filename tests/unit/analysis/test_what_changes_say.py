"""What a change says beside who and what: its words, the places of its edits, and the commands that show it."""

from pathlib import Path

import pytest

from scopeguard import Guard
from scopeguard.analysis import Change, Diff, diff
from scopeguard.shipped import default_pack

PACK = """
scopeguard: 1
catalog:
  defaults: {coarse: true, implies: {write: [read]}}
  surfaces:
    notes:
      actions: [read, write]
      embeds: {read: [drafts]}
    drafts:
      actions: [read]
      implies: {}
    shares: {actions: [view, grant], holdable_by: [member], implies: {}}
  channels: [server, dashboard]
  stages: [credential, workspace, channel, permission]
scopes:
  all:read: {includes: ["*:read"]}
roles:
  editor: {holds: ["notes:*"], rank: 5}
  reader:
    holds: ["notes:read"]
    rank: 1
rules:
  - {id: keys.on-servers, effect: deny, on: ["*:*"], kinds: [api_key, session], unless: context.channel == "server", stage: channel, code: elsewhere, because: Keys}
  - {id: notes.told, effect: advise, on: ["notes:read"], kinds: [api_key], code: told, because: It is told}
recovery:
  elsewhere:
    class: denial
    status: 403
    remedies:
      - when: context.channel == "dashboard"
        text: Not by a key
        action: open
  told: {class: advice, status: 200, remedy: {text: We have seen it}}
"""


def compared(folder: Path, *edits: tuple[str, str], pack: str = PACK) -> Diff:
    """The comparison of a pack with itself after some edits."""
    new = pack
    for find, put in edits:
        assert find in new
        new = new.replace(find, put)
    (folder / "old.yaml").write_text(pack, encoding="utf-8")
    (folder / "new.yaml").write_text(new, encoding="utf-8")
    return diff(folder / "old.yaml", folder / "new.yaml")


def marked(folder: Path, name: str, text: str) -> str:
    """The place in one of the files that a bar in *text* marks."""
    before, _, after = text.partition("|")
    source = (folder / name).read_text(encoding="utf-8")
    at = source.index(before + after) + len(before)
    return f"{folder / name}:{source.count(chr(10), 0, at) + 1}:{at - source.rindex(chr(10), 0, at)}"


def test_a_reason_names_no_permission_of_another_action(tmp_path: Path) -> None:
    """One change is about several actions; what each of them needs is its own name, and is not said."""
    found = compared(tmp_path, ("channel, permission]", "permission, channel]"))
    reasons = {(each.people, each.before, each.after) for each in found.of("reason")}
    assert (
        "keys with no scope for it; sessions with no scope for it",
        "deny elsewhere",
        "deny scope_missing",
    ) in reasons
    assert not any("needs" in text for _, *texts in reasons for text in texts)


@pytest.mark.parametrize(
    ("edit", "name", "text"),
    [
        (("      embeds: {read: [drafts]}\n", ""), "old.yaml", "embeds: |{read"),
        (("    rank: 1\n", ""), "old.yaml", "    rank: |1\n"),
        ((", implies: {write: [read]}}", "}"), "old.yaml", "implies: |{write"),
        (('when: context.channel == "dashboard"', 'when: context.channel == "server"'), "new.yaml", '- when: |context.channel == "server"'),
    ],
    ids=["of-a-surface", "of-a-role", "of-the-defaults", "within-a-list"],
)  # fmt: skip
def test_an_edit_is_where_it_is_written(tmp_path: Path, edit: tuple[str, str], name: str, text: str) -> None:
    """What is dropped is placed where it was, also in a mapping; what is within a list is placed there."""
    found = compared(tmp_path, edit)
    assert {str(each.place) for each in found.edits} == {marked(tmp_path, name, text)}


def test_what_a_layer_adds_to_a_surface_is_in_its_file(tmp_path: Path) -> None:
    """An attribute that a layer adds to a surface of the shipped pack is no line of that."""
    layer = "scopeguard: 1\npack: {extends: default}\ncatalog:\n  surfaces:\n    voice:\n      attributes: {NAMES}\n"
    found = compared(
        tmp_path, ("{tone: string}", "{tone: string, pace: int}"), pack=layer.replace("NAMES", "tone: string")
    )
    assert [(str(each.place), each.text) for each in found.edits] == [
        (marked(tmp_path, "new.yaml", "pace: |int"), "voice attributes.pace: + int")
    ]


def test_other_words_of_advice_are_another_answer(tmp_path: Path) -> None:
    """What an allow says to people is a part of it."""
    found = compared(tmp_path, ("We have seen it", "Seen"))
    (told,) = found.changes
    assert (told.aspect, told.people, told.actions) == ("advice", "everybody", ("notes:read",))
    assert (told.before, told.after) == ("told: text We have seen it", "told: text Seen")
    assert [str(each.place) for each in told.edits] == [marked(tmp_path, "new.yaml", "text: |Seen")]
    assert found.idle == ()


def test_what_a_scope_reaches_is_asked_from_where_it_is_allowed(tmp_path: Path) -> None:
    """A command without a channel would be denied by both packs, for its channel."""
    found = compared(
        tmp_path,
        ("  all:read: {includes: ", "  all:read: {includes: [notes:write], inert: false}\n  other:read: {includes: "),
    )
    for change in found.reach:
        assert "--channel server" in change.commands[1], change.commands


def test_a_command_asks_both_packs_about_what_one_of_them_has(tmp_path: Path) -> None:
    """A role on one resource of a surface that only one pack can name single resources of."""
    pack = PACK.replace("implies: {}}\n  channels", "implies: {}, qualifiable: false}\n  channels").replace(
        '["notes:*"]', '["notes:*", "shares:view"]'
    )
    found = compared(tmp_path, ("qualifiable: false", "qualifiable: true"), pack=pack)
    (gained,) = found.gained
    assert gained.people == "members with role editor/shares:id_1"
    old, new = gained.commands
    assert "--undeclared" in old
    assert "--undeclared" not in new


def test_another_alias_is_told_with_what_it_means_and_its_line(tmp_path: Path) -> None:
    """What one alias stands for no more and what another does now, each by its own line, from where it is allowed."""
    named = PACK.replace('editor: {holds: ["notes:*"]', 'editor: {alias: Author, holds: ["notes:*"]').replace(
        'all:read: {includes: ["*:read"]', 'all:read: {alias: Read.All, includes: ["*:read"]'
    )
    found = compared(tmp_path, ("alias: Author", "alias: Writer"), ("alias: Read.All", "alias: All"), pack=named)
    told = [(each.aspect, each.people, each.before, each.after, [str(edit.place) for edit in each.edits])
            for each in found.changes]  # fmt: skip
    scope, role = (marked(tmp_path, "new.yaml", text) for text in ("{alias: |All,", "{alias: |Writer,"))
    assert told == [
        ("gained", "keys with All", "All means nothing", "All means all:read", [scope]),
        ("gained", "members with role Writer", "Writer means nothing", "Writer means editor", [role]),
        ("reach", "keys with Read.All", "Read.All means all:read", "Read.All means nothing", [scope]),
        ("reach", "members with role Author", "Author means editor", "Author means nothing", [role]),
    ]
    assert [each.actions for each in found.changes] == [
        ("drafts:read", "notes:read"), ("notes:read", "notes:write"),
        ("drafts:read", "notes:read"), ("notes:read", "notes:write"),
    ]  # fmt: skip
    assert [each.commands[1] for each in found.changes[::3]] == [
        "scopeguard check drafts:read --id key_1 --channel server --scopes All",
        "scopeguard check notes:read --as member --id usr_1 --role Author",
    ]


def test_an_alias_that_moves_gains_and_reaches_less(tmp_path: Path) -> None:
    """Whoever is called so may do what the other role may, and no more what the first one may."""
    named = PACK.replace('editor: {holds: ["notes:*"]', 'editor: {alias: Author, holds: ["notes:*"]')
    moved = named.replace("alias: Author, ", "").replace(
        '    holds: ["notes:read"]\n', '    holds: ["shares:view"]\n    alias: Author\n'
    )
    (tmp_path / "old.yaml").write_text(
        named.replace('holds: ["notes:read"]', 'holds: ["shares:view"]'), encoding="utf-8"
    )
    (tmp_path / "new.yaml").write_text(moved, encoding="utf-8")
    found = diff(tmp_path / "old.yaml", tmp_path / "new.yaml")
    assert [(each.aspect, each.actions, each.after) for each in found.changes] == [
        ("gained", ("shares:view",), "Author means reader"),
        ("reach", ("notes:read", "notes:write"), "Author means reader"),
    ]
    assert all(len(each.edits) == 2 for each in found.changes)


def test_other_words_of_a_denial_are_of_the_rule_that_says_them(tmp_path: Path) -> None:
    """Of two rules that are explained in other words, each is named with its own alone."""
    pack = PACK.replace(
        "because: Keys}\n",
        "because: Keys}\n  - {id: notes.never, effect: deny, on: ['notes:write'], code: not_permitted, stage: permission, because: Never}\n",
    )
    found = compared(tmp_path, ("because: Keys", "because: No keys"), ("because: Never", "because: Not now"), pack=pack)
    assert {(each.aspect, each.before, each.after, tuple(map(str, each.edits))) for each in found.changes} == {
        ("wording", "Keys", "No keys", (f"{marked(tmp_path, 'new.yaml', 'because: |No keys')}  keys.on-servers because: Keys -> No keys",)),
        ("wording", "Never", "Not now", (f"{marked(tmp_path, 'new.yaml', 'because: |Not now')}  notes.never because: Never -> Not now",)),
    }  # fmt: skip


LAYER = """
scopeguard: 1
pack: {extends: default}
rules:
  - {id: jobs.look, effect: allow, on: ["agents:read"], kinds: [system], loosens: Jobs look, because: x}
"""


def test_why_a_layer_loosens_is_read(tmp_path: Path) -> None:
    """Beside the gain that it is said of; on its own, where nobody gains, it is an edit without an answer."""
    found = compared(tmp_path, ("Jobs look", "Because"), pack=LAYER)
    assert [each.text for each in found.idle] == ["jobs.look loosens: Jobs look -> Because"]
    assert found.changes == ()
    found = compared(
        tmp_path, ('["agents:read"]', '["agents:read", "tests:read"]'), ("Jobs look", "They test"), pack=LAYER
    )
    assert [each.text for each in found.gained[0].edits] == [
        "jobs.look on: [agents:read] -> [agents:read, tests:read]", "jobs.look loosens: Jobs look -> They test",
    ]  # fmt: skip
    test = "  - {id: jobs.test, effect: allow, on: [tests:read], kinds: [system], loosens: They test, because: x}\n"
    found = compared(tmp_path, ("rules:\n", f"rules:\n{test}"), pack=LAYER)
    assert {each.text for change in found.gained for each in change.edits} == {"+ rule jobs.test, loosens: They test"}


def test_what_somebody_may_hand_out_has_the_line_of_the_role(tmp_path: Path) -> None:
    """A condition about all that is held depends on roles; another edit has nothing to do with it."""
    pack = PACK.replace(
        "rules:",
        "rules:\n  - {id: shares.own, effect: deny, on: ['shares:grant'], unless: holds('drafts:read'), code: not_permitted, because: x}",
    ).replace('holds: ["notes:*"]', 'holds: ["notes:*", "shares:grant", "drafts:read"]')
    found = compared(
        tmp_path, (', "drafts:read"', ""), ("kinds: [api_key], code: told", "kinds: [member], code: told"), pack=pack
    )
    (lost,) = (each for each in found.lost if each.actions == ("shares:grant",))
    assert [each.name for each in lost.edits] == ["editor"]


GATED = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [write], coarse: true}
  operations: {notes.speak: {needs: "notes:write"}}
  providers: [speech, model]
  facts_max_age: 5m
  attributes: {context: {modality: string}}
gates:
  - {id: gates.speech, on: [notes.speak], provider: [speech], when: context.modality != "text", because: Speech}
"""


@pytest.mark.parametrize(
    ("edit", "gained", "lost"),
    [
        (("provider: [speech]", "provider: [model]"), "gates.speech did not let pass", "gates.speech does not let pass"),
        (('!= "text"', '!= "text" && context.modality != "video"'), "gates.speech did not let pass", None),
        (('context.modality != "text"', "has(context.modality)"), "gates.speech did not let pass", "gates.speech does not let pass"),
    ],
    ids=["other-credentials", "fewer-requests", "other-requests"],
)  # fmt: skip
def test_a_gate_that_asks_for_something_else_is_named(
    tmp_path: Path, edit: tuple[str, str], gained: str | None, lost: str | None
) -> None:
    """Where the gates of both packs are of the same kinds, it says which of them made the difference."""
    found = compared(tmp_path, edit, pack=GATED)
    for changes, said in ((found.gained, gained), (found.lost, lost)):
        assert {each.condition for each in changes} == ({f"it is what {said}"} if said else set())


TICKETS = """
scopeguard: 1
catalog:
  surfaces:
    tickets: {actions: [read], coarse: true, qualifiable: false}
    members: {actions: [view], holdable_by: [member], assigns: [roles], attributes: {roles: list(role)}}
roles:
  lead: {holds: ["members:view", "tickets:read"]}
  clerk: {holds: ["tickets:read"]}
"""


def test_what_is_held_on_a_resource_has_the_line_of_its_surface(tmp_path: Path) -> None:
    """Who leads one ticket views whom it is given to, once tickets can be named; another edit changes nothing there."""
    edits = (
        ("qualifiable: false", "qualifiable: true"),
        ('clerk: {holds: ["tickets:read"]', 'clerk: {holds: ["tickets:read"], rank: 3'),
    )
    (gained,) = (each for each in compared(tmp_path, *edits, pack=TICKETS).gained if "members:view" in each.actions)
    assert gained.people == "members with role lead/tickets:id_1"
    assert [each.name for each in gained.edits] == ["tickets"]


def test_what_a_layer_builds_on_is_no_edit(tmp_path: Path) -> None:
    """All that it brings along is compared."""
    (tmp_path / "layer.yaml").write_text("scopeguard: 1\npack: {name: mine, extends: default}\n", encoding="utf-8")
    assert diff(default_pack(), tmp_path / "layer.yaml").edits == ()


def test_other_words_are_shown_by_a_request_that_hears_them(tmp_path: Path) -> None:
    """Of two reasons with one code each change shows its own; one without a reason says so."""
    told = "  - {id: keys.ID, effect: deny, on: ['drafts:*'], kinds: [api_key], when: 'WHEN', stage: workspace, code: elsewhere"
    one = f"{told}, because: One}}\n".replace("ID", "one").replace("WHEN", 'context.channel == "server"')
    two = f"{told}}}\n".replace("ID", "two").replace("WHEN", 'context.channel == "dashboard"')
    pack = PACK.replace("rules:\n", f"rules:\n{one}{two}")
    found = compared(
        tmp_path, ("because: One}", "because: Other}"), (two, two.replace("}\n", ", because: Two}\n")), pack=pack
    )
    said = {(each.before, each.after) for each in found.of("wording")}
    assert said == {("One", "Other"), ("no reason of its own", "Two")}
    guards = [Guard.load(tmp_path / name) for name in ("old.yaml", "new.yaml")]
    for each in found.of("wording"):
        asked = each.witness
        assert asked is not None
        answers = (g.check(asked.principal, asked.action, asked.resource, asked.context) for g in guards)
        was, now = (each.reason.removesuffix(" (its condition cannot be evaluated)") for each in answers)
        assert (was, now) in {("One", "Other"), ("rule keys.two denies drafts:read", "Two")}
        assert each.after == now


def test_why_something_is_open_is_no_part_of_its_id() -> None:
    """A file that accepts it goes on accepting it when the solver gives up for another reason."""
    one, other = (Change("open", actions=("notes:read",), condition=why) for why in ("no end", "no text"))
    assert one.id == other.id
    assert one.id != Change("open", actions=("notes:write",), condition="no end").id


def test_surfaces_that_embed_each_other(tmp_path: Path) -> None:
    """What comes along brings nothing along itself, so that a circle of surfaces has an end, and is compared."""
    circle = PACK.replace("      implies: {}\n", "      implies: {}\n      embeds: {read: [notes, drafts]}\n")
    closed = '  - {id: drafts.closed, effect: deny, on: ["drafts:read"], code: not_permitted}\n'
    found = compared(tmp_path, ("  - {id: notes.told", f"{closed}  - {{id: notes.told"), pack=circle)
    assert {(each.aspect, each.actions, each.after) for each in found.changes} == {
        ("lost", ("drafts:read",), "deny not_permitted"),
        ("reason", ("drafts:read",), "deny not_permitted"),
        ("redaction", ("notes:read",), "drafts"),
    }
