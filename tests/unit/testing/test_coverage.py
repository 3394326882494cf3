"""Coverage: what decides counts, and what was looked at does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from scopeguard.testing.coverage import Coverage, cover

PACK = """scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
  attributes: {facts: {open: bool}, context: {quiet: bool}}
  channels: [server, dashboard]
scopes:
  "own:all": {includes: ["notes:read", "notes:write"]}
roles:
  editor: {holds: ["notes:*", "notes:read"]}
rules:
  - id: notes.closed
    effect: deny
    on: ["notes:write"]
    kinds: [member]
    when: context.channel == "dashboard" && !context.facts.open
    unless: context.quiet
    code: not_permitted
    because: It is closed
  - {id: notes.late, effect: advise, on: ["notes:*"], when: context.quiet, code: later}
recovery:
  later: {class: advice, status: 200}
"""


def covered(folder: Path, matrices: list[dict[str, Any]]) -> Coverage:
    """What matrices about an editor, and a key with the scope, show of the pack."""
    (folder / "notes.yaml").write_text(PACK, encoding="utf-8")
    tests = {
        "principals": {"e": {"kind": "member", "roles": ["editor"]}, "k": {"kind": "api_key", "scopes": "own:all"}},
        "facts": {"open": {"open": True}, "shut": {"open": False}},
        "contexts": {
            "open": {"channel": "dashboard", "facts": "open", "attributes": {"quiet": False}},
            "shut": {"channel": "dashboard", "facts": "shut", "attributes": {"quiet": False}},
            "hush": {"channel": "dashboard", "facts": "shut", "attributes": {"quiet": True}},
            "none": {"channel": "dashboard"},
            "away": {"channel": "server", "facts": "shut", "attributes": {"quiet": False}},
        },
        "matrices": matrices,
    }
    (folder / "notes_test.yaml").write_text(json.dumps({"scopeguard": 1, "tests": tests}), encoding="utf-8")
    return cover([str(folder)])


def matrix(context: str, answer: str, column: str = "e", row: str = "notes:write", **expect: Any) -> dict[str, Any]:
    """One cell."""
    more = {"expect": {row: {column: expect}}} if expect else {}
    return {
        "id": f"m.{context}",
        "principals": [column],
        "only": [row],
        "context": context,
        "table": {row: {column: answer}},
        **more,
    }


def test_what_decides_is_counted(tmp_path: Path) -> None:
    """A deny that decides shows that it decides and that its parts are true; nothing of the ways that were not taken."""
    found = covered(tmp_path, [matrix("shut", "not_permitted")])
    closed, late = found.rules
    assert (closed.id, closed.decided, closed.passed, closed.error) == ("notes.closed", 1, 0, 0)
    assert [(each.label, each.text, each.true, each.false, each.error) for each in closed.parts] == [
        ("kinds", 'principal.kind in ["member"]', 1, 0, 0),
        ("when", 'context.channel == "dashboard"', 1, 0, 0),
        ("when", "!context.facts.open", 1, 0, 0),
        ("unless", "context.quiet", 0, 1, 0),
    ]  # fmt: skip
    assert closed.never == (
        "does not apply",
        'kinds principal.kind in ["member"] is false',
        'when context.channel == "dashboard" is false',
        "when !context.facts.open is false",
        "unless context.quiet is true",
    )
    assert late.never == ("decides", "when context.quiet is true")
    # Ten of the deny, four of the advice, two lines of the scope, one of the role.
    assert (found.points, found.missing, found.cells) == (10 + 4 + 2 + 1, 5 + 2 + 3, 1)
    assert found.percent == pytest.approx(100 * 7 / 17)


def test_each_way_of_everything(tmp_path: Path) -> None:
    """Tests of all ways are whole coverage; what cannot be evaluated is told apart, and decides nothing."""
    found = covered(
        tmp_path,
        [
            matrix("shut", "not_permitted"),
            matrix("open", "allow"),
            matrix("hush", "allow", advice=["later"]),
            matrix("away", "allow"),
            matrix("none", "not_permitted", errors=["notes.closed"]),
            matrix("away", "allow", "k") | {"id": "k.write"},
            matrix("away", "allow", "k", "notes:read") | {"id": "k.read"},
        ],
    )
    closed, late = found.rules
    assert (closed.decided, closed.passed, closed.error) == (1, 4, 1)
    assert (late.decided, late.passed, late.error) == (1, 5, 1)
    assert [rule.never for rule in found.rules] == [(), ()]
    assert [(each.line.source, each.line.text, each.decided) for each in found.lines] == [
        ("role:editor", "notes:*", 3), ("scope:own:all", "notes:read", 1), ("scope:own:all", "notes:write", 1)]  # fmt: skip
    assert found.percent == 100.0


def test_a_line_that_gives_nothing_by_itself_is_no_point(tmp_path: Path) -> None:
    """The second line of the role is within the first: no test could show what it does."""
    found = covered(tmp_path, [matrix("shut", "not_permitted")])
    assert [each.line.text for each in found.lines if each.line.source == "role:editor"] == ["notes:*"]


def test_a_line_that_adds_only_what_is_internal_is_no_point(tmp_path: Path) -> None:
    """No role gives that, nor what it implies: what is left of the star of the role is given by its other line."""
    (tmp_path / "pack.yaml").write_text(
        """scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write, purge], coarse: true, internal: [purge], implies: {purge: [write]}}
roles:
  reader: {holds: ["notes:read", "notes:{read,write}"]}
  editor: {holds: ["notes:{read,write}", "notes:*"]}
  writer: {holds: ["notes:write", "*:{purge,read}"]}
""",
        encoding="utf-8",
    )
    (tmp_path / "pack_test.yaml").write_text(
        "scopeguard: 1\ntests: {principals: {e: {kind: system}}, matrices: [{id: m, principals: [e]}]}\n", "utf-8"
    )
    found = [(each.line.source, each.line.text) for each in cover([str(tmp_path)]).lines]
    assert found == [
        ("role:reader", "notes:{read,write}"),
        ("role:writer", "notes:write"),
        ("role:writer", "*:{purge,read}"),
    ]


def test_an_allow_that_was_not_needed_shows_no_line(tmp_path: Path) -> None:
    """Where two sources allow neither of them alone decides."""
    (tmp_path / "more.yaml").write_text(
        'scopeguard: 1\nrules:\n  - {id: notes.all, effect: allow, on: ["notes:read"], kinds: [member]}\n', "utf-8"
    )
    found = covered(tmp_path, [matrix("open", "allow", row="notes:read")])
    assert [each.decided for each in found.lines if each.line.source == "role:editor"] == [0]


def test_tests_of_another_pack_show_nothing(tmp_path: Path) -> None:
    """A file of tests names the pack that it is about."""
    covered(tmp_path, [matrix("shut", "not_permitted")])
    text = json.loads((tmp_path / "notes_test.yaml").read_text("utf-8"))
    text["tests"]["pack"] = ["default"]
    text["tests"]["matrices"] = [{"id": "x", "principals": ["n"], "only": ["agents:read"]}]
    text["tests"]["principals"] = {"n": {"kind": "anonymous"}}
    del text["tests"]["contexts"], text["tests"]["facts"]
    (tmp_path / "notes_test.yaml").write_text(json.dumps(text), encoding="utf-8")
    assert cover([str(tmp_path)]).cells == 0
