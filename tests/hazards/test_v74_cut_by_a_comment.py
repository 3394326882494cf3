"""V74: a ``#`` after a space ends a plain text: the rest of a condition is a comment, and nothing is said."""

from pathlib import Path

import pytest

from tests.hazards.findings import codes, findings
from tests.hazards.test_v73_comments_in_joined_lines import PLACES

CUT = (
    "&& context.facts.ready", "|| context.facts.ready", "== context.facts.ready", "!= false", "and then && x", "&&x",
    "the team, or principal.id == resource.id", "<= 3", "in [true]", "? true : false", "> 3", "+ 1", "* 2", "/ 2", "% 2",
    "!context.facts.ready", "and context.facts.ready", "or principal.id == x", "and !ready", "and ready", "not holds(x)",
)  # fmt: skip
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
