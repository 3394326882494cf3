"""The tables of the reference pages about syntax: each row is tried."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, PolicyError, Principal
from scopeguard.semantics.functions import regex
from scopeguard.syntax.parser import ExpressionError, parse_grants, parse_pattern, parse_requirement

DOCS = Path(__file__).resolve().parents[3] / "docs" / "reference"
KEY = Principal.api_key("key_1", workspace="ws_1", scopes="tickets:read")
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
CONTEXT = Context(
    attributes={"count": 7, "ratio": 0.5, "queue": "vip", "tags": ["a", "b"], "more": {"k": 1}, "at": AT},
    now=AT + timedelta(hours=1),
)


def page(name: str) -> str:
    """The text of a reference page."""
    return (DOCS / name).read_text(encoding="utf-8")


def rows(text: str, head: str) -> list[list[str]]:
    """The rows of every table with the heads *head*, cell by cell as they are read."""
    tables = re.findall(rf"^{re.escape(head)}\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [
        [cell.strip("`").replace("\\|", "|") for cell in line.removeprefix("| ").removesuffix(" |").split(" | ")]
        for table in tables
        for line in table.splitlines()
    ]


def pack_of(text: str) -> str:
    """The pack that the page of conditions shows, without its rules."""
    found = re.search(r"<!-- file: desk.yaml -->\n```yaml\n(.*?)^rules:", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def outcome(condition: str, folder: Path) -> str:
    """What becomes of *condition* in a deny rule about something that is held: it denies if it is true or has no value."""
    rule = f"  - {{id: a.b, effect: deny, on: ['tickets:read'], code: not_permitted, when: {quoted(condition)}}}\n"
    file = folder / "desk.yaml"
    file.write_text(f"{pack_of(page('conditions.md'))}rules:\n{rule}", encoding="utf-8")
    try:
        guard = Guard.load(file)
    except PolicyError as error:
        # What constants alone settle is a finding, which says what becomes of it.
        settled = {"SG401": "false", "SG420": "true", "SG512": "cannot be evaluated"}
        (found,) = error.diagnostics
        if found.code not in settled:
            raise
        return settled[found.code]
    decision = guard.check(KEY, "tickets:read", context=CONTEXT)
    if decision.allowed:
        return "false"
    return "cannot be evaluated" if decision.errors else "true"


def quoted(condition: str) -> str:
    """A YAML scalar."""
    return "'" + condition.replace("'", "''") + "'"


CONDITIONS = rows(page("conditions.md"), "| condition | |")
UNSUPPORTED = rows(page("conditions.md"), "| condition | code | |")


@pytest.mark.parametrize(("condition", "told"), CONDITIONS)
def test_conditions(condition: str, told: str, tmp_path: Path) -> None:
    """A condition of the page is true, false or cannot be evaluated, as the page says."""
    if "regex." in condition and regex.engine() is None:
        pytest.skip("google-re2 is not installed")
    assert outcome(condition, tmp_path) == told


@pytest.mark.parametrize(("condition", "code", "_why"), UNSUPPORTED)
def test_what_there_is_not(condition: str, code: str, _why: str, tmp_path: Path) -> None:
    """What the page says conditions do not have is refused with the code it names, and with nothing else."""
    with pytest.raises(PolicyError) as caught:
        outcome(condition, tmp_path)
    assert {finding.code for finding in caught.value.diagnostics} == {code}


SCOPES: list[tuple[Any, str, str]] = [
    (parse, text, told)
    for head, parse in (
        ("list of scopes", lambda text: " ".join(map(str, parse_grants(text)))),
        ("requirement", parse_requirement),
        ("pattern", parse_pattern),
    )
    for text, told in rows(page("scope-grammar.md"), f"| {head} | is |")
]


@pytest.mark.parametrize(("parse", "text", "told"), SCOPES)
def test_scopes(parse: Any, text: str, told: str) -> None:
    """A text of the page has the canonical form that stands beside it, or is refused in these words."""
    try:
        found = str(parse(text))
    except ExpressionError as error:
        found = error.message
    assert found == told


def test_no_table_is_overlooked() -> None:
    """The rows are found."""
    assert (len(CONDITIONS) > 55, len(UNSUPPORTED), len(SCOPES) > 25) == (True, 1, True)
