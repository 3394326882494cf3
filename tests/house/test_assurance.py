"""The page about what notices which edit: its table is what the script makes of the answers beside it, and they are so."""

import pytest

from scripts.assurance import PAGE, ask, known, page
from tests.unit.analysis.edits import EDITS

CHEAP = "a line is added to a role"


def test_the_page_has_every_edit() -> None:
    """The table is made of the answers, of which there is one for each edit."""
    answers = known()
    assert list(answers) == [case.name for case in EDITS]
    assert PAGE.read_text(encoding="utf-8") == page(answers)


@pytest.mark.slow
def test_an_answer_is_as_written() -> None:
    """What the verbs say of one of them now; all are asked by the script."""
    (case,) = (case for case in EDITS if case.name == CHEAP)
    assert ask(case) == known()[CHEAP]
