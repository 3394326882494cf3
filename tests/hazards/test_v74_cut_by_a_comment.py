"""V74: a ``#`` after a space ends a plain text, and two slashes end a condition: the rest of it is a comment."""

from pathlib import Path

import pytest

from scopeguard.documents.expressions import expressions
from scopeguard.documents.schema import PolicyDoc
from tests.hazards.findings import codes, findings
from tests.hazards.test_v73_comments_in_joined_lines import PLACES

CUT = (
    "&& context.facts.ready", "|| context.facts.ready", "== context.facts.ready", "!= false", "and then && x", "&&x",
    "the team, or principal.id == resource.id", "<= 3", "in [true]", "? true : false", "> 3", "+ 1", "* 2", "/ 2", "% 2",
    "!context.facts.ready", "and context.facts.ready", "or principal.id == x", "and !ready", "and ready", "not holds(x)",
)  # fmt: skip
DIVIDED = (
    "2", "2 && principal.sso", "2 (half of it)", "2, rounded down", "-2", "principal.level", "(principal.level + 1)",
    "size(notes)", "int(principal.level)", "/ 2",
)  # fmt: skip
"""Behind two slashes, what reads like that by which something is divided."""
WORDS = (
    "2 factors",
    "admins",
    "permission",
    "(see section 9)",
    "principal and resource",
    "the team, as before",
    "9 to 5",
)
REQUIRED = (
    "&& notes:write", "|| notes:write", "and notes:write", "or all(notes:read, notes:write)", "AND notes:write",
    "or not holds(x)", "+ notes:write",
)  # fmt: skip
GRAMMAR = {
    ("rules", 0, "requires"): "rules:\n  - id: a.rule\n    effect: allow\n    on: ['notes:read']\n    requires: ",
    ("rules", 0, "on", 0): "rules:\n  - id: a.rule\n    effect: allow\n    kinds: [member]\n    on:\n    - ",
    ("roles", "mine", "holds", 0): "roles:\n  mine:\n    holds:\n    - ",
    ("scopes", "mine", "includes", 0): "scopes:\n  mine:\n    includes:\n    - ",
    ("scopes", "mine", "kinds", "api_key", 0): "scopes:\n  mine:\n    kinds:\n      api_key:\n      - ",
    ("scopes", "mine", "kinds", "session", 0): "scopes:\n  mine:\n    kinds:\n      session:\n      - ",
    ("catalog", "operations", "notes.drop", "needs"): "catalog:\n  operations:\n    notes.drop:\n      needs: ",
    ("catalog", "permissions", "mine", "grants", 0): "catalog:\n  permissions:\n    mine:\n      grants:\n      - ",
    ("invariants", 0, "never", "action", 0): "invariants:\n  - id: a.claim\n    never:\n      action:\n      - ",
    ("invariants", 0, "never", "principal", "scopes", 0): (
        "invariants:\n  - id: a.claim\n    never:\n      principal:\n        scopes:\n        - "
    ),
}
"""By path, a file up to a text about permissions: each place that there is."""
COMMENTS = (
    "signed in",
    "see section 9",
    "-> the dashboard",
    "in short: who signed in",
    "50% of them",
    "",
    "and others too",
    "or e.g. the team",
    "or the team, as before",
    "not yet",
    "and that is all",
    "!",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("comment", CUT)
def test_v74_cut(comment: str, place: str, tmp_path: Path) -> None:
    """A finding at the comment, wherever a condition stands."""
    told = findings(tmp_path, f"{PLACES[place]}principal.sso   # {comment}\n")
    assert [each.code for each in told] == ["SG511"]
    line = (tmp_path / "more.yaml").read_text(encoding="utf-8").splitlines()[told[0].line - 1]
    assert line[told[0].column - 1] == "#"


@pytest.mark.parametrize("comment", COMMENTS[:3] + COMMENTS[4:])
def test_v74_a_comment_is_a_comment(comment: str, tmp_path: Path) -> None:
    """What reads like words is no finding."""
    assert codes(tmp_path, f"{PLACES['when']}principal.sso # {comment}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "{when: principal.sso # && context.facts.ready\n    ",
        "{when: principal.sso, # && context.facts.ready\n    ",
        "{when: principal.sso} # && context.facts.ready",
    ],
)
def test_v74_in_braces(text: str, tmp_path: Path) -> None:
    """In and behind a mapping on one line too."""
    start = 'rules:\n  - {id: a.rule, effect: deny, on: ["notes:read"], code: not_permitted, '
    end = "" if "}" in text else "}"
    assert codes(tmp_path, start + text.removeprefix("{") + end + "\n") == ["SG511"]


def test_v74_on_the_last_of_several_lines(tmp_path: Path) -> None:
    """A plain text of several lines ends there as well."""
    text = f"{PLACES['when']}principal.sso\n      || context.facts.ready  # && has(principal.team)\n"
    assert codes(tmp_path, text) == ["SG511"]


@pytest.mark.parametrize(
    "condition",
    [
        "'principal.sso' # && context.facts.ready", '"principal.sso" # and context.facts.ready',
        "| # && context.facts.ready\n      principal.sso", ">- # || context.facts.ready\n      principal.sso",
    ],
)  # fmt: skip
def test_v74_behind_quotes_and_headers(condition: str, tmp_path: Path) -> None:
    """Behind a text in quotes, and behind the header of a block, the rest is a comment as well."""
    assert codes(tmp_path, f"{PLACES['when']}{condition}\n") == ["SG511"]


@pytest.mark.parametrize(
    "condition",
    [
        "'principal.sso' # signed in",
        'principal.id == "a#b"',
        "|\n      principal.sso # && x",
        "| # of the team\n      principal.sso",
    ],
)
def test_v74_not_cut(condition: str, tmp_path: Path) -> None:
    """What is in quotes or in a literal block is no comment of YAML, and a comment in words is one."""
    assert "SG511" not in codes(tmp_path, f"{PLACES['when']}{condition}\n")


@pytest.mark.parametrize(
    "place", GRAMMAR.values(), ids=lambda each: each.split()[-1 if ":" in each.split()[-1] else -2]
)
@pytest.mark.parametrize("comment", REQUIRED)
def test_v74_what_is_required(comment: str, place: str, tmp_path: Path) -> None:
    """Behind a requirement, a pattern and the like it is cut as well, plain or in quotes."""
    for text in ("notes:read", "'notes:read'"):
        assert "SG511" in codes(tmp_path, f"{place}{text} # {comment}\n")
    assert "SG511" not in codes(tmp_path, f"{place}notes:read # as before: and more\n")


def test_v74_every_place() -> None:
    """No text with a grammar is left out above: conditions have their own places."""
    known = {path for path, _ in expressions(PolicyDoc.model_validate(WHOLE))}
    conditions = {path for path in known if path[-1] in ("when", "unless") or path[0] == "variables"}
    assert known - conditions == GRAMMAR.keys()
    assert len(conditions) == 8


WHOLE = {
    "scopeguard": 1,
    "catalog": {
        "operations": {"notes.drop": {"needs": "notes:write"}},
        "permissions": {"mine": {"grants": ["notes:read"]}},
    },
    "scopes": {"mine": {"includes": ["notes:read"], "kinds": {"api_key": ["notes:read"], "session": ["notes:read"]}}},
    "roles": {"mine": {"holds": ["notes:read"], "when": "true"}},
    "variables": {"mine": "true"},
    "rules": [
        {
            "id": "a.rule", "effect": "allow", "on": ["notes:read"], "requires": "notes:read", "because": "It is so.",
            "when": "true", "unless": "true",
        }
    ],
    "gates": [{"id": "a.gate", "on": ["notes.drop"], "when": "true", "unless": "true"}],
    "recovery": {"late": {"title": "Late", "remedies": [{"text": "Wait.", "target": "billing", "when": "true"}]}},
    "invariants": [{"id": "a.claim", "never": {"action": ["notes:read"], "principal": {"scopes": ["notes:read"]}, "when": "true"}}],
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "kinds: [member] # || api_key", "kinds: [member] # && context.facts.ready", "roles: [editor] # and holds(x)",
        "channels: [server] # or principal.sso", "because: it is so # && principal.sso",
    ],
)  # fmt: skip
def test_v74_behind_any_value(text: str, tmp_path: Path) -> None:
    """A condition that goes on behind the value of any key is cut too."""
    start = "rules:\n  - id: a.rule\n    effect: allow\n    on: ['notes:read']\n    kinds: [member]\n    "
    start = start.replace("kinds: [member]\n    ", "") if text.startswith("kinds") else start
    assert codes(tmp_path, f"{start}{text}\n") == ["SG511"]
    assert codes(tmp_path, f"{start}{text.partition(' #')[0]} # or so, as x == y\n") == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("comment", [*CUT, *DIVIDED])
def test_v74_two_slashes(comment: str, place: str, tmp_path: Path) -> None:
    """A comment of the condition that reads like a part of it, at the slashes, wherever a condition stands."""
    text = f"principal.level < principal.level + 1 // {comment}"
    for written in ("'{}'", '"{}"', "|\n          {}", ">-\n          {}"):
        told = [each for each in findings(tmp_path, f"{PLACES[place]}{written.format(text)}\n") if each.code == "SG511"]
        assert len(told) == 1, written
        line = (tmp_path / "more.yaml").read_text(encoding="utf-8").splitlines()[told[0].line - 1]
        assert line[told[0].column - 1 :].startswith("// ")


@pytest.mark.parametrize("comment", [*COMMENTS[:3], *COMMENTS[4:], *WORDS])
def test_v74_two_slashes_before_words(comment: str, tmp_path: Path) -> None:
    """What reads like words is a comment of the condition, behind it and on a line of its own."""
    assert codes(tmp_path, f"{PLACES['when']}'principal.sso // {comment}'\n") == []
    for lines in (
        f"// {comment}\n      principal.sso",
        f"principal.sso\n      // {comment}\n      || has(principal.team)",
    ):
        assert codes(tmp_path, f"{PLACES['when']}|\n      {lines}\n") == []


@pytest.mark.parametrize(
    "comment", ["&& has(principal.team)", "|| principal.sso", "and principal.sso", "!= false", "? true : false"]
)
def test_v74_a_line_that_is_lost(comment: str, tmp_path: Path) -> None:
    """A line with its operator in the middle of a condition, or at its end, is no comment; before it there is nothing."""
    for rest in ("", "\n      && context.facts.ready"):
        assert codes(tmp_path, f"{PLACES['when']}|\n      principal.sso\n      // {comment}{rest}\n") == ["SG511"]
    assert codes(tmp_path, f"{PLACES['when']}|\n      // {comment}\n      principal.sso\n") == []
    assert codes(tmp_path, f"{PLACES['when']}|\n      principal.sso\n      // said where x == y\n") == []


def test_v74_a_name_that_a_macro_binds(tmp_path: Path) -> None:
    """Inside of a macro a word alone may be what something is divided by."""
    for name, expected in (("n", ["SG511"]), ("half", [])):
        lines = f"resource.tags.exists(n, size(n) > 4 // {name}\n      )"
        assert codes(tmp_path, f"{PLACES['when']}|\n      {lines}\n") == expected
