"""SARIF: findings and failed tests, with what is related to them, in the shape that code hosts read."""

import json
from pathlib import Path

from scopeguard.cli.sarif import MAX_RESULTS, to_sarif
from scopeguard.errors import Diagnostic, Severity
from scopeguard.source import Location
from tests.cli.conftest import Run

CLAIM = """scopeguard: 1
invariants:
  - {id: claims.no-notes, never: {principal: {kinds: [api_key]}, action: ["notes:read"]}, because: they are private}
"""
TESTS = """scopeguard: 1
tests:
  principals: {key: {kind: api_key, scopes: "notes:read"}}
  contexts: {here: {channel: server}}
  matrices:
    - {id: m, principals: [key], only: ["notes:read"], context: here, table: {"notes:read": {key: deny}}}
"""


def test_a_clean_pack_has_a_run_without_results(run: Run) -> None:
    """An upload without results closes what was open before."""
    log = json.loads(run("lint", "pack", "--format", "sarif").stdout)
    assert (log["version"], len(log["runs"]), log["runs"][0]["results"]) == ("2.1.0", 1, [])
    assert log["runs"][0]["tool"]["driver"]["name"] == "scopeguard"


def test_a_broken_invariant_is_beside_the_rule_that_breaks_it(folder: Path, run: Run) -> None:
    """The grant that lets it through is a related place."""
    (folder / "pack" / "claims.yaml").write_text(CLAIM, encoding="utf-8")
    done = run("lint", "pack", "--format", "sarif")
    assert done.returncode == 1
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("SG601", "error")
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("pack/claims.yaml", 3)
    related = [
        (each["physicalLocation"]["artifactLocation"]["uri"], each["message"]["text"])
        for each in result["relatedLocations"]
    ]
    assert related[0][0] == "pack/notes.yaml"
    assert related[0][1].startswith("decided by scope:")
    told = json.loads(run("lint", "pack", "--format", "json").stdout)[0]["related"]
    assert [each["text"] for each in told] == [text for _, text in related]


def test_a_failed_test_is_beside_what_decides(folder: Path, run: Run) -> None:
    """At the cell, with the grant that allows."""
    (folder / "pack" / "notes_test.yaml").write_text(TESTS, encoding="utf-8")
    done = run("test", "pack", "--format", "sarif")
    assert done.returncode == 1
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    assert result["message"]["text"] == "notes:read[key]: expected deny, got allow"
    assert result["relatedLocations"][0]["message"]["text"] == "decided by scope:notes:read"


def test_fingerprints_do_not_move_with_the_line() -> None:
    """The same finding further down is the same; a second one in the file is another."""
    first, moved = (Diagnostic("SG203", "a b.yaml", line, 1, "unknown") for line in (3, 9))
    prints = [
        [each["partialFingerprints"]["scopeguard/v1"] for each in to_sarif(found)["runs"][0]["results"]]
        for found in ([first], [moved], [first, moved])
    ]
    assert prints[0] == prints[1] == prints[2][:1]
    assert prints[2][0] != prints[2][1]
    (result,) = to_sarif([first])["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.yaml"


def test_errors_come_before_warnings_where_there_are_too_many() -> None:
    """A code host keeps so many results of a run."""
    many = [
        Diagnostic("SG304", "a.yaml", line, 1, f"{line}", None, Severity.WARNING) for line in range(1, MAX_RESULTS + 10)
    ]
    error = Diagnostic("SG203", "z.yaml", 1, 1, "unknown", related=((Location("b.yaml", 2, 3), "first here"),))
    results = to_sarif([*many, error])["runs"][0]["results"]
    assert (len(results), results[0]["ruleId"]) == (MAX_RESULTS, "SG203")
