"""Usage events and audit records in tests: a row or an audited action that changes turns them red."""

from pathlib import Path

import pytest

from scopeguard.errors import PolicyError
from scopeguard.testing.running import Difference
from tests.unit.testing.suites import PACK, failed, results, write

USAGE = (
    PACK
    + """
meters:
  texts: {kind: consumption, title: Texts}
  voice: {kind: consumption, title: Voice}
usage:
  - {id: usage.voice, environments: [production], modality: audio, meter: voice}
  - {id: usage.texts, environments: [production], channels: [server], modality: text, meter: texts}
  - {id: usage.desk, environments: [production], channels: [dashboard], modality: text, because: nothing is counted there}
"""
)
EVENTS = """
    - id: events
      principals: [reader, editor]
      only: ["notes:read", "secrets:read"]
      context: desk
      contexts: {editor: hall}
      table:
        notes:read: {reader: allow, editor: allow}
      audited: ["secrets:*"]
      expect:
        notes:read:
          reader:
            audited: false
            events:
              - {modality: text, sender: user, meter: none}
              - {modality: text, sender: agent, meter: none, row: usage.desk}
              - {modality: text, sender: user, channel: server, meter: texts, row: usage.texts}
              - {modality: audio, sender: user, meter: voice}
          editor:
            events: [{modality: text, sender: user, meter: texts, row: usage.texts}]
"""
HALL = """
  resources: {}
  contexts:
    desk: {channel: dashboard, facts: open}
    hall: {channel: server, facts: open}
"""


def written(folder: Path, matrices: str = EVENTS, pack: str = USAGE) -> Path:
    """A file of tests with two contexts."""
    file = write(folder, matrices, pack=pack)
    text = file.read_text(encoding="utf-8")
    place = "    desk: {channel: dashboard, facts: open}\n"
    file.write_text(text.replace(place, f"{place}    hall: {{channel: server, facts: open}}\n"), encoding="utf-8")
    return file


def differences(file: Path) -> dict[str, list[Difference]]:
    """What is not as expected, by cell."""
    return {each.cell.name: list(each.differences) for each in results(file) if not each.passed}


def told(folder: Path, matrices: str, pack: str = USAGE) -> list[str]:
    """What is wrong with a file of tests."""
    with pytest.raises(PolicyError) as caught:
        results(written(folder, matrices, pack))
    return [f"{each.line}:{each.column} {each.code} {each.message}; {each.hint}" for each in caught.value.diagnostics]


def test_as_expected(tmp_path: Path) -> None:
    """Events count through the channel and in the environment of the cell, and what is not audited is said too."""
    assert differences(written(tmp_path)) == {}


@pytest.mark.parametrize(
    ("before", "after", "cells"),
    [
        ("modality: audio, meter: voice", "modality: audio, meter: texts", {"notes:read[reader]"}),
        ("channels: [server], modality: text, meter: texts", "channels: [server], modality: text, because: free", {"notes:read[reader]", "notes:read[editor]"}),
        ("id: usage.desk", "id: usage.counter", {"notes:read[reader]"}),
        ("environments: [production], channels: [server]", "environments: [test], channels: [server]", {"notes:read[reader]", "notes:read[editor]"}),
        ("explicit_only: true, audited: [read]", "explicit_only: true", {"secrets:read[reader]", "secrets:read[editor]"}),
        ("actions: [read, write], coarse: true,", "actions: [read, write], coarse: true, audited: [read],", {"notes:read[reader]", "notes:read[editor]"}),
    ],
)  # fmt: skip
def test_a_change_turns_a_cell_red(before: str, after: str, cells: set[str], tmp_path: Path) -> None:
    """A row that counts elsewhere, another one, and an action that is audited or no more: a test sees each."""
    assert before in USAGE
    assert differences(written(tmp_path, pack=USAGE.replace(before, after))).keys() == cells


def test_what_differs(tmp_path: Path) -> None:
    """The event, what it should count on, and what it counts on by which row."""
    pack = USAGE.replace("modality: audio, meter: voice", "modality: audio, meter: texts").replace(
        "audited: [read], ", ""
    )
    found = differences(written(tmp_path, pack=pack))
    assert found["notes:read[reader]"] == [
        Difference("events", "audio of the user through dashboard in production on voice", "on texts by usage.voice")
    ]
    assert found["secrets:read[editor]"] == [Difference("audited", "true", "false")]
    gone = differences(written(tmp_path, pack=USAGE.replace("id: usage.desk", "id: usage.counter")))
    assert gone["notes:read[reader]"] == [
        Difference(
            "events",
            "text of the agent through dashboard in production on nothing by usage.desk",
            "on nothing by usage.counter",
        )
    ]


def test_a_cell_may_say_otherwise(tmp_path: Path) -> None:
    """What a cell itself expects counts more than the list of its matrix."""
    other = EVENTS.replace("audited: false", "audited: true")
    assert differences(written(tmp_path, other)) == {"notes:read[reader]": [Difference("audited", "true", "false")]}


def test_a_rule_that_is_gone_fails_its_cells(tmp_path: Path) -> None:
    """The tests of a pack load without a rule that they name, and the cells that name it say that it is not there."""
    matrix = """
    - id: rules
      principals: [reader]
      only: ["notes:read", "secrets:read"]
      context: desk
      table:
        notes:read: {reader: allow}
      expect:
        notes:read: {reader: {rules: ["scope:notes:read"]}}
        secrets:read: {reader: {rules: [notes.closed_door, "role:former"], errors: [notes.gone]}}
"""
    found = differences(written(tmp_path, matrix))
    assert found == {
        "secrets:read[reader]": [
            Difference("errors", "notes.gone (which the pack does not have)", "none"),
            Difference(
                "rules",
                "notes.closed_door (which the pack does not have), role:former (which the pack does not have)",
                "none",
            ),
        ]
    }


def test_mistakes(tmp_path: Path) -> None:
    """Names and rows that are not there, and an event without a channel."""
    outside = "    - id: m\n      principals: [reader]\n      only: ['notes:read']\n      audited: ['secrets:read']\n"
    assert told(tmp_path, outside) == ['15:17 SG702 "secrets:read" is no row of this matrix; name it under only']
    matrix = """
    - id: wrong
      principals: [reader, editor]
      only: ["notes:read"]
      context: bare
      audited: ["notes:raed", "note:read"]
      expect:
        notes:read:
          reader:
            events:
              - {modality: text, sender: user, meter: txets}
              - {modality: text, sender: user, channel: servre, meter: texts}
"""
    file = written(tmp_path, matrix)
    place = "    hall: {channel: server, facts: open}\n"
    file.write_text(file.read_text().replace(place, f"{place}    bare: {{facts: open}}\n"))
    with pytest.raises(PolicyError) as caught:
        results(file)
    assert [f"{each.code} {each.message}; {each.hint}" for each in caught.value.diagnostics] == [
        'SG204 unknown action "raed" on surface "notes"; did you mean "read"?',
        'SG203 unknown surface "note"; did you mean "notes"?',
        "SG704 the event has no channel; name one here, or circumstances that have one",
        'SG215 unknown meter "txets"; did you mean "texts"?',
        'SG213 unknown channel "servre"; did you mean "server"?',
    ]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("events: []", "SG123 empty list"),
        ("events: text", "SG121 expected a list, not text"),
        ("events: [text]", "SG121 expected a mapping, not text"),
        ("events: [{modality: txt, sender: user, meter: texts}]", 'SG124 unknown value "txt"'),
        ("events: [{modality: text, sender: usr, meter: texts}]", 'SG124 unknown value "usr"'),
        ("events: [{modality: text, sender: user}]", 'SG122 missing key "meter"'),
        ("events: [{modality: text, meter: texts}]", 'SG122 missing key "sender"'),
        (
            "events: [{modality: text, sender: user, meter: texts, environment: test}]",
            'SG120 unknown key "environment"',
        ),
        ("audited: 1", "SG121 expected true or false, not a number"),
    ],
)
def test_shapes(said: str, message: str, tmp_path: Path) -> None:
    """Values of another type, and keys that there are not."""
    matrix = f"    - id: m\n      principals: [reader]\n      expect: {{'notes:read': {{reader: {{{said}}}}}}}\n"
    assert any(message in each for each in told(tmp_path, matrix)), told(tmp_path, matrix)


@pytest.mark.parametrize(
    ("said", "message"),
    [("audited: true", "SG121 expected a list, not true"), ("audited: [1]", "SG121 expected text, not a number")],
)
def test_shapes_of_a_matrix(said: str, message: str, tmp_path: Path) -> None:
    """What a matrix says of audit records is a list of rows; none at all is one too."""
    assert any(message in each for each in told(tmp_path, f"    - id: m\n      principals: [reader]\n      {said}\n"))
    fine = "    - id: m\n      principals: [reader]\n      only: ['notes:read']\n      audited: []\n"
    fine += "      table: {'notes:read': {reader: allow}}\n"
    assert failed(written(tmp_path, fine)) == set()
