"""The verb ``diff``: which packs it compares, what it prints in each format, and when its status is 1."""

import json
import shlex
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import PACK, Run

jsonschema = pytest.importorskip("jsonschema")

_GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
_WIDER = PACK.replace('editor: {holds: ["notes:*"], rank: 5}', 'editor: {holds: ["notes:*", "secrets:read"], rank: 5}')
_WHO = "members with role editor: secrets:read"


@pytest.fixture
def after(folder: Path) -> Path:
    """A copy of the pack in which editors read secrets, beside it."""
    (folder / "new").mkdir()
    (folder / "new" / "notes.yaml").write_text(_WIDER, encoding="utf-8")
    return folder / "new"


def test_a_gain_is_told_with_its_line_and_a_command_that_shows_it(run: Run, after: Path) -> None:
    """Who, what, by which line; and the command prints one answer by the new pack and another by the old one."""
    done = run("diff", "pack", "new")
    assert done.returncode == 1
    assert _WHO in done.stdout
    assert "because  new/notes.yaml:15:31  editor holds: [notes:*] -> [notes:*, secrets:read]" in done.stdout
    tried = [line.split("try", 1)[1].strip() for line in done.stdout.splitlines() if line.strip().startswith("try")]
    assert len(tried) == 2
    answers = [run(*shlex.split(command)[1:]) for command in tried]
    assert [answer.returncode for answer in answers] == [0, 1]
    assert answers[0].stdout.startswith("allow secrets:read")
    assert answers[1].stdout.startswith("deny secrets:read")


def test_who_has_a_name_of_the_outside_world_is_asked_about_by_it(run: Run, folder: Path) -> None:
    """The command reads an alias as a token or a store has it; where it is none, nobody may do anything by it."""
    named = PACK.replace('editor: {holds: ["notes:*"]', 'editor: {alias: Author, holds: ["notes:*"]')
    (folder / "new.yaml").write_text(named, encoding="utf-8")
    done = run("diff", "pack", "new.yaml")
    assert done.returncode == 1
    tried = [line.split("try", 1)[1].strip() for line in done.stdout.splitlines() if line.strip().startswith("try")]
    new, old = (run(*shlex.split(command)[1:]) for command in tried)
    assert (new.returncode, new.stdout.partition(":")[0]) == (0, "allow notes")
    assert old.returncode != 0
    assert "allow" not in old.stdout


def test_a_loss_is_no_gain(run: Run, after: Path) -> None:
    """The other way round nobody gains, and the status is 0."""
    done = run("diff", "new", "pack")
    assert done.returncode == 0
    assert "LOSES (1)" in done.stdout
    assert "GAINS (0)" in done.stdout


def test_equal_packs_differ_in_nothing(run: Run, folder: Path) -> None:
    """Neither layout nor order nor files nor being compiled makes a difference."""
    lines = PACK.replace('["notes:*"]', "['notes:*']").replace(
        "unless: context.facts.open", 'unless: "(context.facts.open)"'
    )
    (folder / "pack2.yaml").write_text(f"# another layout\n{lines}", encoding="utf-8")
    assert run("compile", "pack", "-o", "p.sgpack").returncode == 0
    for other in ("pack", "pack2.yaml", "p.sgpack"):
        done = run("diff", "pack", other)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "no difference in any answer")
        assert "WRITTEN" not in done.stdout


def test_compiled_packs_are_compared_by_what_they_know(run: Run, after: Path) -> None:
    """Of a compiled pack no field has a place; the role has one."""
    assert run("compile", "new", "-o", "n.sgpack").returncode == 0
    done = run("diff", "pack", "n.sgpack")
    assert done.returncode == 1
    assert "because  new/notes.yaml:15:3  ~ role editor" in done.stdout


def commit(folder: Path) -> None:
    """Make the folder a repository, with everything in it committed."""
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*_GIT, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_revision_of_git_is_read_beside_the_checkout(run: Run, folder: Path) -> None:
    """What the checkout has is the new pack; nothing in it changes, and attributes of git leave nothing out."""
    (folder / ".gitattributes").write_text("*.yaml export-ignore\n", encoding="utf-8")
    commit(folder)
    (folder / "pack" / "notes.yaml").write_text(_WIDER, encoding="utf-8")
    done = run("diff", "--git", "HEAD", "pack")
    assert done.returncode == 1
    assert _WHO in done.stdout
    assert "because  pack/notes.yaml:15:31" in done.stdout
    assert (folder / "pack" / "notes.yaml").read_text(encoding="utf-8") == _WIDER
    status = subprocess.run([*_GIT, "status", "--short"], cwd=folder, check=True, capture_output=True, text=True)
    assert status.stdout == " M pack/notes.yaml\n"


def test_a_file_that_a_revision_lacks_is_not_taken_from_the_checkout(run: Run, folder: Path) -> None:
    """A file that is new denies or allows nothing at the revision."""
    commit(folder)
    more = 'scopeguard: 1\nroles:\n  reader: {holds: ["notes:read"]}\n'
    (folder / "pack" / "more.yaml").write_text(more, encoding="utf-8")
    done = run("diff", "--git", "HEAD", "pack")
    assert "members with role reader: notes:read" in done.stdout
    assert "+ role reader" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["diff"], "name two packs, OLD and NEW"),
        (["diff", "pack"], "name two packs, OLD and NEW"),
        (["diff", "pack", "pack", "pack"], "name two packs, OLD and NEW"),
        (["diff", "--git", "HEAD", "--base", "default", "pack"], "use one"),
        (["diff", "--git", "nowhere", "pack"], 'no revision "nowhere"'),
        (["diff", "--git", "--upload-pack=x", "pack"], '"--upload-pack=x" is no revision'),
        (["diff", "--git", "HEAD", "other"], 'no "other" at "HEAD"'),
    ],
)
def test_what_makes_no_comparison_is_an_error(run: Run, folder: Path, arguments: list[str], said: str) -> None:
    """Status 2, and what to write instead."""
    commit(folder)
    (folder / "other").mkdir()
    (folder / "other" / "notes.yaml").write_text(PACK, encoding="utf-8")
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_pack_outside_of_any_repository_has_no_revisions(run: Run, folder: Path) -> None:
    """Which path is in no repository is said."""
    done = run("diff", "--git", "HEAD", "pack")
    assert done.returncode == 2
    assert '"pack" is in no repository of git' in done.stderr


def test_a_pack_that_does_not_load_is_status_3(run: Run, folder: Path) -> None:
    """As everywhere."""
    (folder / "broken.yaml").write_text("scopeguard: 2\n", encoding="utf-8")
    assert run("diff", "pack", "broken.yaml").returncode == 3


def test_what_an_overlay_loosens(run: Run, folder: Path) -> None:
    """``--base default`` compares with the shipped pack."""
    (folder / "mine.yaml").write_text(
        "scopeguard: 1\npack: {name: mine, extends: default}\n"
        'roles:\n  helper: {holds: ["agents:read"], loosens: helps}\n',
        encoding="utf-8",
    )
    done = run("diff", "--base", "default", "mine.yaml")
    assert done.returncode == 1
    assert "members with role helper: agents:read" in done.stdout
    assert "mine.yaml:4:3  + role helper" in done.stdout


def data(run: Run, *arguments: str) -> Any:
    """The comparison as JSON."""
    return json.loads(run("diff", "pack", "new", "--format", "json", *arguments).stdout)


def test_json_has_all_of_it(run: Run, after: Path) -> None:
    """Counts, changes, edits and places, as data."""
    found = data(run)
    assert found["loosens"] is True
    assert found["counts"]["gained"] == 1
    (change,) = (each for each in found["changes"] if each["aspect"] == "gained")
    assert change["who"] == [
        {
            "kind": "member",
            "holding": ["editor"],
            "together": False,
            "beside": [],
            "entitled": False,
            "nothing": False,
            "without": [],
            "text": "members with role editor",
        }
    ]
    assert change["actions"] == ["secrets:read"]
    assert (change["before"], change["after"]) == ("deny member_permission_missing", "allow")
    assert change["edits"][0]["place"] == "new/notes.yaml:15:31"
    assert change["witness"].startswith("guard.check(Principal.member(")


def test_accepted_changes_fail_nothing(run: Run, after: Path, folder: Path) -> None:
    """An entry names the change and says why; what it does not name still fails, and what is gone is said."""
    (change,) = (each for each in data(run)["changes"] if each["aspect"] == "gained")
    file = folder / "accepted.yaml"
    file.write_text(
        f"accepts:\n  - id: {change['id']}\n    because: Editors audit.\n  - id: gained-0000000000\n    because: x\n",
        encoding="utf-8",
    )
    done = run("diff", "pack", "new", "--accept", "accepted.yaml")
    assert done.returncode == 0
    assert "accepted: Editors audit." in done.stdout
    assert "gained-0000000000" in done.stdout
    again = data(run, "--accept", "accepted.yaml")
    assert again["unmatched"] == ["gained-0000000000"]
    assert again["loosens"] is False
    # A configuration names both packs and the file, for the action of a pull request too.
    (folder / "scopeguard.toml").write_text('pack = "new"\nbase = "pack"\naccept = "accepted.yaml"\n', "utf-8")
    assert (run("diff").returncode, run("diff", "pack", "new").returncode) == (0, 1)
    # The same of somebody else is another change.
    (folder / "new" / "notes.yaml").write_text(_WIDER.replace("editor:", "writer:"), encoding="utf-8")
    assert run("diff", "pack", "new", "--accept", "accepted.yaml").returncode == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accepts:\n  - id: gained-1\n", 'accepted.yaml:2:5: "because" is no text'),
        ("accepts:\n  - {id: gained-1, because: ' '}\n", '"because" is no text'),
        ("accepts:\n  - {id: gained-1, because: one, why: two}\n", 'unknown key "why"'),
        ("accepts:\n  - {id: g, because: one}\n  - {id: g, because: two}\n", '"g" is accepted twice'),
        ("- id\n", "no list of accepted changes"),
        ("accepts: [x]\n", "no entry with an id and a reason"),
        ("accepts: []\nmore: 1\n", 'unknown key "more"'),
        ("a: [\n", "accepted.yaml:"),
    ],
)
def test_a_malformed_file_of_accepted_changes_is_an_error(
    run: Run, after: Path, folder: Path, text: str, said: str
) -> None:
    """With its place; nothing is accepted by it."""
    (folder / "accepted.yaml").write_text(text, encoding="utf-8")
    done = run("diff", "pack", "new", "--accept", "accepted.yaml")
    assert done.returncode == 2
    assert said in done.stderr
    assert run("diff", "pack", "new", "--accept", "nowhere.yaml").returncode == 2


def test_github_annotates_the_line(run: Run, after: Path) -> None:
    """A gain is an error beside the line that did it, with all that is said at a prompt."""
    done = run("diff", "pack", "new", "--format", "github")
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=new/notes.yaml,line=15,col=31,title=gained (gained-")
    told = done.stdout.partition("::members")[2].split("%0A")
    assert told[1:4] == [
        "    was      deny member_permission_missing",
        "    is       allow",
        "    because  new/notes.yaml:15:31  editor holds: [notes:*] -> [notes:*, secrets:read]",
    ]
    assert told[4].startswith("    try      scopeguard check secrets:read --as member")


def test_an_annotation_is_beside_what_the_new_pack_says(run: Run, folder: Path) -> None:
    """Where a key is dropped, its line is told in words, and the annotation is beside what the new pack has."""
    (folder / "new").mkdir()
    (folder / "new" / "notes.yaml").write_text(PACK.replace("unless: context", "when: context"), encoding="utf-8")
    first = run("diff", "pack", "new", "--format", "github").stdout.splitlines()[0]
    assert first.startswith("::error file=new/notes.yaml,line=17,")
    assert first.index("because  pack/notes.yaml:17:") < first.index("because  new/notes.yaml:17:")
    places = results(run)[0]
    assert [each["physicalLocation"]["artifactLocation"]["uri"] for each in places["locations"]] == ["new/notes.yaml"]
    (folder / "new" / "notes.yaml").write_text(f"# one\n{PACK.replace(', unless: context.facts.open', '')}", "utf-8")
    first = run("diff", "pack", "new", "--format", "github").stdout.splitlines()[0]
    assert first.startswith("::warning file=new/notes.yaml,line=18,")
    assert "because  pack/notes.yaml:17:67 (before)  notes.closed unless: - context.facts.open" in first


def test_every_format_has_what_no_answer_comes_of(run: Run, after: Path, folder: Path) -> None:
    """Edits that change no answer, and what is accepted and gone, are in each format; a title holds no comma."""
    (after / "notes.yaml").write_text(PACK.replace("rank: 5", "rank: 6"), encoding="utf-8")
    (folder / "accepted.yaml").write_text("accepts: [{id: gained-0000000000, because: x}]\n", encoding="utf-8")
    idle, gone = "new/notes.yaml:15:38  editor rank: 5 -> 6", "nothing is called gained-0000000000 any more"
    for form in ("pretty", "markdown", "github", "sarif", "json"):
        said = run("diff", "pack", "new", "--accept", "accepted.yaml", "--format", form).stdout
        assert "editor rank: 5 -> 6" in said, form
        assert "gained-0000000000" in said, form
    shown = run("diff", "pack", "new", "--accept", "accepted.yaml", "--format", "github").stdout
    assert f"::notice title=written differently%2C answered the same::{idle}\n" in shown
    assert f"::notice title=accepted::{gone}" in shown


def test_markdown_has_the_name_of_what_no_command_shows(run: Run, folder: Path) -> None:
    """So that it can be named too."""
    rows = "\nmeters: {paid: {kind: consumption}, free: {kind: consumption}}\nusage:\n" + "".join(
        f"  - {{id: u{number}, channels: [server], modality: text, sender: {sender}, environments: [{where}], meter: paid}}\n"
        for number, (sender, where) in enumerate(product(("user", "agent"), ("production", "test")))
    )
    (folder / "pack" / "notes.yaml").write_text(PACK + rows, encoding="utf-8")
    (folder / "new").mkdir()
    (folder / "new" / "notes.yaml").write_text(PACK + rows.replace("meter: paid", "meter: free"), encoding="utf-8")
    found = data(run)["changes"]
    said = run("diff", "pack", "new", "--format", "markdown").stdout
    assert {each["aspect"] for each in found} == {"usage"}
    assert all(f"  - id `{each['id']}`" in said for each in found)


def test_markdown_is_a_comment(run: Run, after: Path) -> None:
    """It opens with a mark by which it is found again, and holds nothing that names of a pack could break out of."""
    done = run("diff", "pack", "new", "--format", "markdown")
    assert done.returncode == 1
    assert done.stdout.startswith("<!-- scopeguard diff -->\n### Who may do what\n\n**Somebody may do more.**")
    assert "- **members with role editor**: `secrets:read`" in done.stdout
    assert "  - because `new/notes.yaml:15:31` `editor holds: [notes:*] -> [notes:*, secrets:read]`" in done.stdout


_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_PLACE = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "properties": {"uri": {"type": "string", "format": "uri-reference"}},
                },
                "region": {
                    "type": "object",
                    "properties": {
                        "startLine": {"type": "integer", "minimum": 1},
                        "startColumn": {"type": "integer", "minimum": 1},
                    },
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "maxItems": 20,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "properties": {"type": "object"},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "name": {"type": "string"},
                                                "shortDescription": _TEXT,
                                                "defaultConfiguration": {"type": "object", "properties": {"level": _LEVEL}},
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message", "ruleId", "partialFingerprints", "locations"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": _LEVEL,
                                "message": _TEXT,
                                "locations": {"type": "array", "items": _PLACE},
                                "relatedLocations": {"type": "array", "items": _PLACE},
                                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                                "suppressions": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["kind"],
                                        "properties": {"kind": {"enum": ["inSource", "external"]}},
                                    },
                                },
                                "properties": {"type": "object"},
                            },
                        },
                    },
                },
            },
        },
    },
}  # fmt: skip
"""What of the schema of SARIF 2.1.0 (OASIS Standard, section 3) is used, with nothing besides."""


def results(run: Run, *arguments: str) -> list[dict[str, Any]]:
    """The results of a run in SARIF, which follows the schema."""
    found = json.loads(run("diff", "pack", "new", "--format", "sarif", *arguments).stdout)
    jsonschema.validate(found, SARIF)
    (one,) = found["runs"]
    for each in one["results"]:
        assert one["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"]
    return list(one["results"])


def test_sarif_has_fingerprints_that_no_line_moves(run: Run, after: Path, folder: Path) -> None:
    """Lines above move the place of a change, and not what it is known by; what is accepted is suppressed."""
    (first,) = (each for each in results(run) if each["ruleId"] == "scopeguard/gained")
    (after / "notes.yaml").write_text(f"# one\n# two\n{_WIDER}", encoding="utf-8")
    (second,) = (each for each in results(run) if each["ruleId"] == "scopeguard/gained")
    lines = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in (first, second)]
    assert lines == [15, 17]
    said = first["message"]["text"].splitlines()
    assert said[0] == _WHO
    assert said[4].startswith("    try      scopeguard check secrets:read --as member")
    assert first["partialFingerprints"] == second["partialFingerprints"]
    (name,) = first["partialFingerprints"].values()
    (folder / "accepted.yaml").write_text(f"accepts: [{{id: {name}, because: they do}}]\n", encoding="utf-8")
    (third,) = (each for each in results(run, "--accept", "accepted.yaml") if each["ruleId"] == "scopeguard/gained")
    assert third["suppressions"] == [{"kind": "external", "justification": "they do"}]
