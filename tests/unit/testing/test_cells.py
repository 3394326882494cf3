"""What the matrices of a file ask: rows, columns, resources, circumstances and values."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from scopeguard import Context, Principal, Resource
from tests.unit.testing.suites import PACK, cells, failed, write

KEYS = """
    - id: keys
      principals: [reader, editor]
      context: desk
      table:
        notes:read: {reader: allow, editor: allow}
        notes:write: {editor: allow}
"""


def test_every_permission_is_a_row(tmp_path: Path) -> None:
    """Without a choice every permission is asked for every principal, and what is not listed is expected to deny."""
    asked = {name: cell.expected for name, cell in cells(write(tmp_path, KEYS)).items()}
    assert asked == {
        "notes:read[reader]": "allow", "notes:read[editor]": "allow",
        "notes:write[reader]": "deny", "notes:write[editor]": "allow",
        "secrets:read[reader]": "deny", "secrets:read[editor]": "deny",
    }  # fmt: skip
    assert failed(tmp_path) == set()


def test_operations_are_rows_where_they_are_spoken_of(tmp_path: Path) -> None:
    """An operation in the table or among the expectations is asked, another one is not."""
    file = write(tmp_path, f"{KEYS}        notes.publish: {{editor: allow}}\n")
    assert "notes.publish[reader]" in cells(file)
    assert "notes.drop[reader]" not in cells(file)
    file = write(tmp_path, f"{KEYS}      expect: {{notes.drop: {{reader: {{needed: ['notes:write']}}}}}}\n")
    assert cells(file)["notes.drop[reader]"].expected == "deny"


def test_chosen_rows(tmp_path: Path) -> None:
    """With a choice nothing else is asked, in the order of the choice and each once."""
    file = write(
        tmp_path,
        """
    - id: chosen
      principals: [editor]
      only: [notes.publish, "secrets:*", "*:read", "notes:read"]
""",
    )
    assert list(cells(file)) == ["notes.publish[editor]", "secrets:read[editor]", "notes:read[editor]"]


def test_a_wildcard_is_every_surface(tmp_path: Path) -> None:
    """A row asks and grants nothing, so that a wildcard stands for explicit-only surfaces too."""
    file = write(tmp_path, "    - id: all\n      principals: [reader]\n      table: {'*:*': {reader: scope_missing}}\n")
    assert {cell.expected for cell in cells(file).values()} == {"scope_missing"}
    assert set(cells(file)) == {"notes:read[reader]", "notes:write[reader]", "secrets:read[reader]"}


def test_rows_that_agree_may_overlap(tmp_path: Path) -> None:
    """Two row keys may cover one cell where they say the same; an expectation makes a denial's code exact."""
    file = write(
        tmp_path,
        """
    - id: overlap
      principals: [reader]
      context: desk
      table:
        "notes:*": {reader: deny}
        notes:read: {reader: deny}
        secrets:read: {reader: deny}
      expect:
        secrets:read: {reader: {code: explicit_grant_required}}
""",
    )
    assert cells(file)["secrets:read[reader]"].expected == "explicit_grant_required"
    assert failed(file) == {"notes:read[reader]"}


def test_circumstances(tmp_path: Path) -> None:
    """One context for all, others for single columns, facts instead of theirs, and the time of the tests."""
    more = """
  now: "2026-01-31T12:00:00Z"
"""
    file = write(
        tmp_path,
        """
    - id: at
      principals: [reader, editor]
      context: desk
      contexts: {reader: there}
      facts: closed
      only: ["notes:read"]
    - id: nowhere
      principals: [reader]
      only: ["notes:write"]
""",
        more=more,
    )
    text = file.read_text(encoding="utf-8").replace("facts:\n", "facts:\n    closed: {open: false}\n", 1)
    there = 'there: {channel: server, environment: test, now: "2026-02-01T00:00:00+01:00", attributes: {ip: "::1"}}'
    file.write_text(text.replace("contexts:\n", f"contexts:\n    {there}\n", 1), encoding="utf-8")
    found = cells(file)
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert found["notes:read[editor]"].context == Context("dashboard", facts={"open": False}, now=noon)
    assert found["notes:read[reader]"].context == Context(
        "server", "test", {"open": False}, datetime(2026, 1, 31, 23, tzinfo=UTC), {"ip": "::1"}
    )
    assert found["notes:write[reader]"].context == Context(now=noon)


def test_resources_go_with_their_surface(tmp_path: Path) -> None:
    """A row asks about the matrix's resource of its surface, an operation too; a row of another one about none."""
    file = write(
        tmp_path,
        """
    - id: about
      principals: [reader]
      resources: [a_note]
      table: {notes.publish: {reader: deny}}
""",
        more="\n  resources: {a_note: {surface: notes, id: n_1, workspace: ws_2, attributes: {owner: me, size: 3}}}\n",
    )
    note = Resource("notes", "n_1", "ws_2", {"owner": "me", "size": 3})
    found = cells(file)
    assert found["notes:read[reader]"].resource == found["notes.publish[reader]"].resource == note
    assert found["secrets:read[reader]"].resource is None


def test_principals_are_what_the_library_makes(tmp_path: Path) -> None:
    """Names are ids where none is given, times are times, and a state that is false is not there."""
    file = tmp_path / "who_test.yaml"
    (tmp_path / "notes.yaml").write_text(PACK, encoding="utf-8")
    file.write_text(
        """
scopeguard: 1
tests:
  principals:
    plain: {kind: api_key}
    whole:
      kind: api_key
      id: key_1
      workspace: ws_2
      scopes: "notes:read/n_1 workspace:read"
      ceiling: "notes:read"
      attributes: {expires_at: "2026-01-31T12:00:00Z", revoked: false, leaked: true, ip_allow: [10.0.0.1],
                   since: "2026-01-31T12:00:00.5Z"}
    person: {kind: member, roles: [editor], attributes: {sso: true}}
    visit: {kind: session, scopes: "notes:read", attributes: {expires_at: "2026-01-31T12:00:00Z"}}
    job: {kind: system}
    nobody: {kind: anonymous}
    stranger: {kind: unrecognized}
  matrices:
    - {id: who, principals: [plain, whole, person, visit, job, nobody, stranger], only: ["notes:read"]}
""",
        encoding="utf-8",
    )
    found = {cell.column: cell.principal for cell in cells(file).values()}
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert found == {
        "plain": Principal.api_key("plain", workspace="ws_1"),
        "whole": Principal.api_key(
            "key_1", workspace="ws_2", scopes="notes:read/n_1 workspace:read", ceiling="notes:read", expires_at=noon,
            leaked=True, ip_allow=["10.0.0.1"], attributes={"since": noon + timedelta(milliseconds=500)},
        ),
        "person": Principal.member("person", workspace="ws_1", roles=["editor"], sso=True),
        "visit": Principal.session("visit", workspace="ws_1", scopes="notes:read", expires_at=noon),
        "job": Principal.system("job", workspace="ws_1"),
        "nobody": Principal.anonymous(),
        "stranger": Principal.unrecognized(),
    }  # fmt: skip


def test_values_are_of_their_declared_types(tmp_path: Path) -> None:
    """A text is a time, a duration or bytes where that is declared, a whole number a double; what gates read too."""
    (tmp_path / "types.yaml").write_text(
        """
scopeguard: 1
catalog:
  surfaces: {notes: {actions: [read], coarse: true}}
  attributes:
    facts: {at: timestamp, wait: duration, share: double, raw: bytes, seats: uint, word: string, any: dyn,
            times: list(timestamp), each: "map(string, timestamp)"}
  providers: [model]
meters: {calls: {kind: consumption}, tries: {kind: fair_use}}
""",
        encoding="utf-8",
    )
    file = tmp_path / "types_test.yaml"
    file.write_text(
        """
scopeguard: 1
tests:
  principals: {nobody: {kind: anonymous}}
  facts:
    given:
      {at: "2026-01-31T12:00:00Z", wait: 1h30m, share: 1, raw: "é", seats: 3, word: "2026-01-31T12:00:00Z",
       any: ["2026-01-31T12:00:00Z"], times: ["2026-01-31T12:00:00Z"], each: {one: "2026-01-31T12:00:00Z"},
       as_of: "2026-01-31T12:00:00Z", wallet: {status: ok, as_of: "2026-01-31T12:00:00Z"}, providers: {model: ready},
       entitlements: {calls: {resets_at: "2026-01-31T12:00:00Z"}},
       fair_use: {tries: {limit: 3, resets_at: "2026-01-31T12:00:00Z"}}}
  matrices:
    - {id: typed, principals: [nobody], facts: given}
""",
        encoding="utf-8",
    )
    (cell,) = cells(file).values()
    noon, text = datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00Z"
    assert cell.context == Context(
        facts={
            "at": noon, "wait": timedelta(minutes=90), "share": 1.0, "raw": "é".encode(), "seats": 3, "word": text,
            "any": [text], "times": [noon], "each": {"one": noon}, "as_of": noon,
            "wallet": {"status": "ok", "as_of": noon}, "providers": {"model": "ready"},
            "entitlements": {"calls": {"resets_at": noon}}, "fair_use": {"tries": {"limit": 3, "resets_at": noon}},
        }
    )  # fmt: skip
    assert type(cell.context.facts["share"]) is float


def test_where_a_cell_stands(tmp_path: Path) -> None:
    """At its word; one that is not listed at its row, and one of no row at its matrix."""
    file = write(tmp_path, f"{KEYS}      expect: {{secrets:read: {{editor: {{needed: []}}}}}}\n")
    lines = file.read_text(encoding="utf-8").splitlines()
    places = {}
    for name, cell in cells(file).items():
        assert cell.location is not None
        places[name] = lines[cell.location.line - 1][cell.location.column - 1 :].split(",")[0].strip(" {}")
    assert places == {
        "notes:read[reader]": "allow", "notes:read[editor]": "allow",
        "notes:write[reader]": "notes:write: {editor: allow", "notes:write[editor]": "allow",
        "secrets:read[reader]": "secrets:read: {editor: {needed: []",
        "secrets:read[editor]": "needed: []",
    }  # fmt: skip
    (cell,) = cells(write(tmp_path, "    - {id: bare, principals: [reader], only: ['notes:read']}\n")).values()
    assert cell.location is not None
    assert (cell.location.line, cell.location.column) == (11, 12)
    assert cell.id == f"{tmp_path.as_posix()}/access_test.yaml::bare::notes:read[reader]"
