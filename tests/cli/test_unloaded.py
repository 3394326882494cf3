"""Packs and tests that do not load, in formats for machines: a report of nothing reads as one without findings."""

import csv
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import PACK, Run

BROKEN = PACK.replace('["notes:*"]', '["nots:*"]')
NO_TEST = 'tests: {matrices: [{id: a, principals: [nobody], table: {"notes:read": {nobody: allow}}}]}\nscopeguard: 1\n'
VERBS = {
    "lint": ("json", "github", "sarif"),
    "test": ("json", "github", "sarif"),
    "prove": ("json", "github", "sarif"),
    "coverage": ("json", "github", "markdown"),
    "mutate": ("json", "github", "markdown"),
    "matrix": ("json", "github", "markdown", "csv"),
    "diff": ("json", "github", "sarif", "markdown"),
    "check": ("json",),
    "explain": ("json",),
    "who": ("json",),
    "what": ("json",),
}
ASKED = {"check": ["notes:read"], "explain": ["notes:read"], "who": ["notes:read"], "what": ["role:editor"]}
EACH = [(verb, form) for verb, forms in VERBS.items() for form in forms]


def _found(form: str, text: str) -> list[str]:
    """The codes of the findings in what was printed."""
    if form == "github":
        return [line.partition("title=")[2].partition("::")[0] for line in text.splitlines() if line.startswith("::")]
    if form == "markdown":
        return [line.partition("| [")[2].partition("]")[0] for line in text.splitlines() if line.startswith("| `")]
    if form == "csv":
        return [each["code"] for each in csv.DictReader(text.splitlines())]
    told = json.loads(text)
    if form == "sarif":
        return [each["ruleId"] for run in told["runs"] for each in run["results"]]
    return [each["code"] for each in (told if isinstance(told, list) else told["problems"])]


@pytest.mark.parametrize("verb", VERBS)
def test_every_format_is_tried(run: Run, folder: Path, verb: str) -> None:
    """All that a verb has, but for those that people look at, and JUnit's, which has a place of its own for it."""
    refusal = run(verb, "--format", "nonsense").stderr.partition("is not one of ")[2]
    assert {*VERBS[verb]} == {*re.findall(r"'(\w+)'", refusal)} - {"pretty", "full", "table", "junit"}


@pytest.mark.parametrize("verb", [verb for verb, forms in VERBS.items() if "github" in forms])
def test_the_job_summary_names_the_verb(
    run: Run, folder: Path, verb: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each verb of a job adds its own."""
    (folder / "pack" / "notes.yaml").write_text(BROKEN, encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    run(verb, *(["pack", "pack"] if verb == "diff" else ["pack"]), "--format", "github")
    (heading,) = (line for line in (tmp_path / "summary").read_text("utf-8").splitlines() if line.startswith("###"))
    assert heading == f"### scopeguard {verb}: 1 error, 0 warnings"


@pytest.mark.parametrize(("verb", "form"), EACH)
def test_a_pack_that_does_not_load(run: Run, folder: Path, verb: str, form: str) -> None:
    """Every verb says why in the format that was asked for, and on the error stream as ever; once."""
    (folder / "pack" / "notes.yaml").write_text(BROKEN, encoding="utf-8")
    by_option = [*ASKED[verb], "-p", "pack"] if verb in ASKED else ["pack", "pack"] if verb == "diff" else ["pack"]
    done = run(verb, *by_option, "--format", form)
    assert set(_found(form, done.stdout)) == {"SG203"}
    if verb != "lint":
        assert done.returncode == 3
        assert "SG203" in done.stderr


@pytest.mark.parametrize(("verb", "form"), [each for each in EACH if each[0] in {"test", "coverage", "mutate"}])
def test_tests_that_do_not_load(run: Run, folder: Path, verb: str, form: str) -> None:
    """So with a file of tests beside a pack that does."""
    (folder / "pack" / "notes_test.yaml").write_text(NO_TEST, encoding="utf-8")
    done = run(verb, "pack", "--format", form)
    assert done.returncode == 3
    assert "SG701" in _found(form, done.stdout)


@pytest.mark.parametrize("form", ["pretty", "json", "github", "sarif", "junit"])
def test_a_pack_without_tests_that_does_not_load(run: Run, folder: Path, form: str) -> None:
    """It is no pack whose tests are missing, whatever is wrong with it."""
    assert run("test", "pack", "--format", form).returncode == 1
    for text in (BROKEN, PACK + "\t{"):
        (folder / "pack" / "notes.yaml").write_text(text, encoding="utf-8")
        done = run("test", "pack", "--format", form)
        assert done.returncode == 3
        assert "does not load" in done.stderr
