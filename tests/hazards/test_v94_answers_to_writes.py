"""V94: the answer to a write carries what reading would redact (objectstack#2692)."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, Resource
from tests.seed import world

PACK = """
scopeguard: 1
catalog:
  surfaces:
    people:
      actions: [read, write, export]
      coarse: true
      qualifiable: true
      embeds: {read: [answers, ledgers], write: [answers, ledgers], export: [answers]}
    answers: {actions: [read, write, export], explicit_only: true, qualifiable: true}
    ledgers: {actions: [view, write, manage], explicit_only: true}
  operations:
    people.merge: {needs: "people:write"}
  channels: [server, widget]
rules:
  - {id: ledgers.server, effect: deny, on: ["ledgers:view"], unless: context.channel == "server", code: not_permitted}
"""
SERVER = Context("server")
FULL = "people:read people:write people:export"
BOTH = ("answers", "ledgers")


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """A pack whose answers bring along records of two kinds, one of which is read by the action `view`."""
    folder = tmp_path_factory.mktemp("pack")
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(folder)


@pytest.mark.parametrize(
    ("more", "context", "redact"),
    [
        ("", SERVER, BOTH),
        # To write or to take out a record of another kind is not to read it.
        ("answers:write answers:export ledgers:write ledgers:manage", SERVER, BOTH),
        ("answers:read", SERVER, ("ledgers",)),
        ("ledgers:view", SERVER, ("answers",)),
        ("answers:read ledgers:view", SERVER, ()),
        ("answers:read ledgers:view", Context("widget"), ("ledgers",)),
        # One record of many is not all that may come along.
        ("answers:read/p_1 ledgers:view", SERVER, ("answers",)),
    ],
)
@pytest.mark.parametrize("action", ["people:read", "people:write", "people.merge"])
def test_v94_whatever_the_action_reading_is_asked_for(
    guard: Guard, action: str, more: str, context: Context, redact: tuple[str, ...]
) -> None:
    """The answer to a write leaves out what the answer to a read would; so does that of an operation under it."""
    key = Principal.api_key("k", workspace="ws_1", scopes=f"{FULL} {more}")
    for _ in range(3):
        assert guard.check(key, action, Resource("people", "p_1", workspace="ws_1"), context).redact == redact
        assert guard.check(key, action, context=context).redact == redact


def test_v94_an_action_of_the_same_name_is_not_reading(guard: Guard) -> None:
    """An export asks for reading too, although what comes along could be exported by itself."""
    key = Principal.api_key("k", workspace="ws_1", scopes=f"{FULL} answers:export")
    assert guard.check(key, "people:export", context=SERVER).redact == ("answers",)
    reader = Principal.api_key("k", workspace="ws_1", scopes=f"{FULL} answers:read")
    assert guard.check(reader, "people:export", context=SERVER).redact == ()


def test_v94_what_nobody_can_read_comes_along_nowhere(tmp_path: Path) -> None:
    """A surface without an action to read it is refused where it is embedded."""
    text = PACK.replace("export: [answers]", "export: [drafts]") + "    "
    text = (
        text.replace("    ledgers: {", "    drafts: {actions: [write], explicit_only: true}\n    ledgers: {").rstrip()
        + "\n"
    )
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        Guard.load(tmp_path)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.line) == ("SG204", 'unknown action "read" on surface "drafts"', 9)


WRITES = {
    "memory:write": ("sensitive_memory",),
    "users:write": ("collected_data", "sensitive_memory"),
    "conversations:write": ("collected_data", "post_session_records", "sensitive_memory"),
    "sessions:write": ("collected_data", "post_session_records", "sensitive_memory"),
}


@pytest.mark.parametrize("permission", WRITES)
def test_v94_the_shipped_pack_says_so_for_writes(permission: str) -> None:
    """By hand: each write with what its answer may bring along; the scopes to write those records do not show them."""
    guard = Guard.default()
    there = world.at("server")
    reading = permission.replace(":write", ":read")
    writers = [f"{surface}:write" for surface in WRITES[permission]]
    for scopes in (
        ["workspace:write"],
        ["workspace:write", *(each for each in writers if each in guard.catalog.scopes)],
    ):
        for action in (permission, reading):
            redacted = guard.check(world.key(*scopes), action, context=there).redact
            # A write of the other records implies their reading where the catalog says so.
            implied = {each.partition(":")[0] for each in scopes if "read" in implied_by(guard, each)}
            assert redacted == tuple(name for name in WRITES[permission] if name not in implied)
    reader = world.key("workspace:write", *(f"{surface}:read" for surface in WRITES[permission]))
    assert guard.check(reader, permission, context=there).redact == ()
    for action in ("messages.send", "voice.connect", "whatsapp.reply"):
        assert set(world.ask(guard, action).redact) == set(WRITES["sessions:write"])


def implied_by(guard: Guard, scope: str) -> tuple[str, ...]:
    """The actions that a scope for one brings along, by the catalog's own table."""
    surface, _, action = scope.partition(":")
    return guard.catalog.surfaces[surface].implies.get(action, ()) if surface in guard.catalog.surfaces else ()
