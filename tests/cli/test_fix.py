"""Lint that corrects: what a finding has only one reading of is written into the file, and nothing else."""

import json
from pathlib import Path

import pytest

from scopeguard.cli import correcting
from scopeguard.testing.collecting import Problems, examine
from tests.cli.conftest import Run
from tests.conftest import Golden

SLIPS = """\
# About tickets: every slip has one reading.
scopeguard: 1
catalog:
  surfaces:
    tickets:
      actions: [read, write]   # what there is
      audited: [wirte]
      explicit_only: yes
      becuase: Tickets quote what customers said
rules:
  - id: tickets.servers-only
    effect: deny
    on: ["tickets:raed", 'tickets:{read,wriet}', notes.publsh]
    kinds: [apikey]
    channels: [dash_board]
    unless: !context.enviroment.startsWith('x')
    code: not_permited
    because: 2026
  - id: tickets.nobody
    effect: deny
    on: ["secrets:read"]
    roles: [editr]
    environments: [prodution]
    when: >
      context.channel == "sever" &&
      "notes:reed" in principal.scopes
    because: 2024-01-01
  - id: tickets.numbered
    effect: deny
    on: ["notes:read"]
    when: context.channel == "server" || context.ip == "a #1"
    code: not_permitted
    because: Cut
tests:
  principals: {reader: {kind: api_key, scopes: "notes:read"}}
  contexts: {here: {channel: server}}
  matrices:
    - {id: m, principals: [raeder], context: hree, only: ["notes:read"], table: {"notes:read": {reader: allow}}}
"""


def test_fix(folder: Path, run: Run, golden: Golden) -> None:
    """What was corrected and what is left is printed; comments and layout stay, and a second run has nothing to do."""
    file = folder / "pack" / "tickets.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + SLIPS.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    done = run("lint", "--fix", "pack")
    golden("cli/lint_fix.txt", f"status {done.returncode}\n{done.stdout}")
    written = file.read_bytes()
    assert written.startswith(b"\xef\xbb\xbf# About")
    assert written.count(b"\r\n") == written.count(b"\n") == SLIPS.count("\n")
    assert file.stat().st_mode & 0o777 == 0o640
    golden("cli/lint_fix.yaml", written.decode("utf-8-sig").replace("\r\n", "\n"))
    assert run("lint", "--fix", "pack").stdout == run("lint", "pack").stdout
    assert file.read_bytes() == written
    assert [path.name for path in (folder / "pack").iterdir()] in (
        ["notes.yaml", "tickets.yaml"], ["tickets.yaml", "notes.yaml"])  # fmt: skip


@pytest.mark.parametrize(
    "keys",
    [
        # The only known name is near, and another word.
        {"on": "[notes:unwrite]"},
        # Two names are as near.
        {"on": "[notes:read]", "roles": "[editoz]"},
        # A word of another product.
        {"on": "[notes:read]", "effect": "forbid"},
        # What is numbered has neighbours.
        {"on": "[notes:read]", "channels": "[line_1]"},
        # A key that there is already.
        {"on": "[notes:read]", "becuase": "d"},
        # A comment, or the rest of the condition.
        {"on": "[notes:read]", "when": "!has(context.ip) # && context.facts.open"},
        # The value goes on.
        {"on": "[notes:read]", "when": "!has(context.ip)\n      || context.facts.open"},
        # An empty text, or no key at all.
        {"on": "[notes:read]", "because": ""},
        {"on": "[notes:read]", "because": "~"},
        {"on": "[notes:read]", "when": "# signed in"},
        # No condition.
        {"on": "!include notes.yaml"},
        # Spelled by an escape.
        {"on": '["notes:re\\x65d"]'},
    ],
)
def test_what_has_more_readings_is_left(keys: dict[str, str], folder: Path, run: Run) -> None:
    """A finding stays a finding where a person has to choose."""
    rule = {"id": "a.b", "effect": "deny", "because": "c", "code": "not_permitted"} | keys
    text = "".join(f"    {key}: {value}\n" for key, value in rule.items()).replace("    id", "  - id", 1)
    beside = "roles: {editox: {holds: [notes:read]}}\ncatalog: {channels: [line_2]}\n"
    _is_left(folder, run, f"scopeguard: 1\n{beside}rules:\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        # In brackets it may go on behind a comma.
        "variables: {open: !context.facts.open}",
        # Any value may be meant.
        "tests: {principals: {key: {kind: api_key, attributes: {x: yes}}}, contexts: {h: {context: {ip: 0x7f}}}}",
    ],
)
def test_what_may_be_any_value_is_left(text: str, folder: Path, run: Run) -> None:
    """Neither where it ends nor what it is meant to be is guessed."""
    _is_left(folder, run, f"scopeguard: 1\n{text}\n")


def _is_left(folder: Path, run: Run, text: str) -> None:
    file = folder / "pack" / "more.yaml"
    file.write_text(text, encoding="utf-8")
    done = run("lint", "--fix", "pack")
    assert (done.returncode, "corrected" in done.stdout) == (1, False)
    assert file.read_text(encoding="utf-8") == text


def test_a_file_that_changed_meanwhile_is_left(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The places that were found may be others by then."""
    file = folder / "pack" / "more.yaml"
    file.write_text('scopeguard: 1\nroles: {x: {holds: ["notes:raed"]}}\n', encoding="utf-8")

    def found_late(paths: tuple[str, ...], *, with_default: bool) -> Problems:
        problems = examine(paths, with_default=with_default)
        file.write_text('scopeguard: 1\n\nroles: {x: {holds: ["notes:raed"]}}\n', encoding="utf-8")
        return problems

    monkeypatch.setattr(correcting, "examine", found_late)
    done = run("lint", "--fix", "pack")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'error: "pack/more.yaml" changed while it was read; it is left as it is\n'
    assert "raed" in file.read_text(encoding="utf-8")


def test_as_data(folder: Path, run: Run) -> None:
    """Before: the edit beside its finding, in JSON and in SARIF. After: data on one stream, what was done on the other."""
    file = folder / "pack" / "more.yaml"
    file.write_text('scopeguard: 1\nroles: {x: {holds: ["notes:raed"]}}\n', encoding="utf-8")
    (found,) = json.loads(run("lint", "pack", "--format", "json").stdout)
    assert found["correction"] == {"line": 2, "column": 28, "written": "raed", "replacement": "read"}
    (result,) = json.loads(run("lint", "pack", "--format", "sarif").stdout)["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change == {
        "artifactLocation": {"uri": "pack/more.yaml"},
        "replacements": [
            {
                "deletedRegion": {"startLine": 2, "startColumn": 28, "endColumn": 32},
                "insertedContent": {"text": "read"},
            }
        ],
    }
    done = run("lint", "--fix", "pack", "--format", "json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert done.stderr == "corrected pack/more.yaml:2:28: SG403 raed -> read\n"


def test_the_shipped_pack_is_not_edited(run: Run) -> None:
    """Without a pack of one's own there is nothing to correct."""
    assert run("lint", "--fix").returncode == 2


def test_two_names_never_become_one(folder: Path, run: Run) -> None:
    """Of two misspelt keys of one mapping neither is taken for the other's, wherever they stand; a third is corrected."""
    cells = '"notes:raed": {reader: allow}, "notes:reed": {reader: deny}'
    _is_left(
        folder,
        run,
        f"""\
scopeguard: 1
rules:
  - {{id: a.b, efect: deny, effct: allow, on: ["notes:read"], because: c}}
tests:
  principals: {{reader: {{kind: api_key, scopes: "notes:read"}}}}
  contexts: {{here: {{}}}}
  matrices:
    - {{id: m, principals: [reader], context: here, table: {{{cells}}}}}
""",
    )


def test_a_date_in_facts_of_tests_is_text(folder: Path, run: Run) -> None:
    """A file has no dates, so that in quotes is the only reading; of numbers that are written otherwise there are two."""
    file = folder / "pack" / "tickets.yaml"
    facts = "  facts: {some: {at: 2024-01-01T00:00:00Z, days: [2024-01-02], many: 0x10}}\n"
    file.write_text(f"scopeguard: 1\ntests:\n{facts}", encoding="utf-8")
    run("lint", "--fix", "pack")
    assert file.read_text("utf-8").splitlines()[2] == (
        '  facts: {some: {at: "2024-01-01T00:00:00Z", days: ["2024-01-02"], many: 0x10}}'
    )
