"""Coverage and mutation at the command line: forms, exit status, what is listed."""

import json
from pathlib import Path

import pytest

from scopeguard.testing.coverage import Coverage
from scopeguard.testing.mutation import Mutation
from tests.cli.conftest import Run

TESTS = """scopeguard: 1
tests:
  principals:
    key: {kind: api_key, scopes: "notes:write"}
    editor: {kind: member, roles: [editor]}
  facts: {open: {open: true}, shut: {open: false}}
  contexts: {open: {channel: server, facts: open}, shut: {channel: server, facts: shut}}
  matrices:
    - {id: open, principals: [key, editor], only: ["notes:write"], context: open, table: {"notes:write": {key: allow, editor: allow}}}
    - {id: shut, principals: [key], only: ["notes:write"], context: shut, table: {"notes:write": {key: not_permitted}}}
"""


@pytest.fixture
def _tested(folder: Path) -> None:
    """Tests beside the pack: nobody asks what the coarse scope gives."""
    (folder / "pack" / "notes_test.yaml").write_text(TESTS, encoding="utf-8")


@pytest.mark.usefixtures("_tested")
def test_coverage(run: Run) -> None:
    """Each rule with its counts, each gap, and the sum."""
    done = run("coverage", "pack")
    assert (done.returncode, done.looked) == (0, "pack")
    assert done.stdout.splitlines() == [
        "notes.closed  denies 1  does not apply 2  clauses 2/2  (pack/notes.yaml:17:5)",
        "scope:workspace:read  *:read  (pack/notes.yaml:13:31)",
        "  never  lets anybody do anything",
        "coverage: 83.3 %, 5 of 6 shown by 3 cells",
    ]
    assert run("coverage", "pack", "--format", "github").stdout.splitlines() == [
        "::warning file=pack/notes.yaml,line=13,col=31,title=coverage::no test shows that scope:workspace:read *:read lets anybody do anything",
        "coverage: 83.3 %, 5 of 6 shown by 3 cells",
    ]
    assert (
        "| `scope:workspace:read *:read` (pack/notes.yaml:13:31) |"
        in run("coverage", "pack", "--format", "markdown").stdout
    )
    told = json.loads(run("coverage", "pack", "--format", "json").stdout)
    assert (told["percent"], told["points"], told["missing"], told["unpinned"]) == (83.33, 6, 1, None)


@pytest.mark.usefixtures("_tested")
def test_cells_that_no_test_pins(run: Run) -> None:
    """They are listed where that is asked for, of each column and line."""
    done = run("coverage", "pack", "--unpinned")
    assert "unpinned  notes:read for editor" in done.stdout.splitlines()
    assert (
        done.stdout.splitlines()[-1]
        == "coverage: 83.3 %, 5 of 6 shown by 3 cells; 15 cells of the matrix pinned by no test"
    )
    told = json.loads(run("coverage", "pack", "--unpinned", "--format", "json").stdout)["unpinned"]
    assert {"column": "anonymous", "action": "secrets:read"} in told


@pytest.mark.usefixtures("_tested")
def test_coverage_may_be_too_little(folder: Path, run: Run) -> None:
    """By an option or by the configuration; what is not whole is not rounded up to it."""
    assert run("coverage", "pack", "--fail-under", "83.3").returncode == 0
    assert run("coverage", "pack", "--fail-under", "83.4").returncode == 1
    (folder / "scopeguard.toml").write_text('pack = "pack"\n[coverage]\nfail_under = 84\n', encoding="utf-8")
    assert run("coverage").returncode == 1
    assert run("coverage", "--fail-under", "80").returncode == 0
    assert run("coverage", "pack", "--fail-under", "101").returncode == 2


def test_without_tests_there_is_nothing_to_tell(run: Run) -> None:
    """No coverage is no whole coverage, and no mutant is noticed by nobody."""
    for verb in ("coverage", "mutate"):
        done = run(verb, "pack")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: no tests are about this pack")


@pytest.mark.usefixtures("_tested")
def test_mutate(run: Run) -> None:
    """What lives is told with its place; the status says whether anything does."""
    done = run("mutate", "pack", "--operator", "drop-rule", "--operator", "comparison", "--operator", "drop-target")
    assert (done.returncode, done.stdout) == (
        0, "mutate: 100.0 %, 1 mutant: 1 noticed, 0 do not load, 0 live; 0 more decide as the pack does\n")  # fmt: skip
    alive = run("mutate", "pack", "--operator", "widen-pattern")
    assert alive.returncode == 1
    assert "live  pack/notes.yaml:13:31: scope workspace:read: *:read -> *:*" in alive.stdout.splitlines()
    assert run("mutate", "pack", "--operator", "widen-pattern", "--fail-under", "0").returncode == 0
    github = run("mutate", "pack", "--operator", "widen-pattern", "--format", "github").stdout
    assert (
        "::warning file=pack/notes.yaml,line=13,col=31,title=mutation::scope workspace:read: *:read -> *:*: no test"
        in github
    )
    told = json.loads(run("mutate", "pack", "--operator", "drop-rule", "--format", "json").stdout)
    assert [(each["verdict"], each["by"]) for each in told["mutants"]] == [
        ("killed", "pack/notes_test.yaml::shut::notes:write[key]")
    ]
    assert "live" in run("mutate", "pack", "--operator", "widen-pattern", "--format", "markdown").stdout
    wrong = run("mutate", "pack", "--operator", "widen")
    assert (wrong.returncode, wrong.stderr.partition(";")[0]) == (2, 'error: no operator "widen"')


@pytest.mark.usefixtures("_tested")
def test_what_is_not_whole_is_never_rounded_up_to_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in words nor in data."""
    monkeypatch.setattr(Coverage, "percent", property(lambda _: 99.9999))
    assert json.loads(run("coverage", "pack", "--format", "json").stdout)["percent"] == 99.99
    monkeypatch.setattr(Mutation, "score", property(lambda _: 99.9999))
    assert json.loads(run("mutate", "pack", "-o", "drop-rule", "--format", "json").stdout)["score"] == 99.99


@pytest.mark.usefixtures("_tested")
def test_a_failing_test_shows_nothing(folder: Path, run: Run) -> None:
    """Whoever signs the figure reads that there is one; it says nothing of the pack."""
    file = folder / "pack" / "notes_test.yaml"
    file.write_text(TESTS.replace("{key: not_permitted}", "{key: allow}"), encoding="utf-8")
    done = run("coverage", "pack")
    assert "notes.closed  denies 0  does not apply 2  clauses 1/2  (pack/notes.yaml:17:5)" in done.stdout
    assert done.stdout.splitlines()[-1] == ("coverage: 50.0 %, 3 of 6 shown by 3 cells; 1 cell not as expected")
    assert json.loads(run("coverage", "pack", "--format", "json").stdout)["failing"] == 1
