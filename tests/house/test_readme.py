"""What the front pages say is so."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]


def test_the_readme_tells_the_truth() -> None:
    """Every prompt in the README gives the answer that is printed under it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    sessions = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    example = doctest.DocTestParser().get_doctest(sessions, {}, "README.md", "README.md", 0)
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert "".join(report) == ""
    assert result.attempted == 9


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link of a front page has its target in the project."""
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_make_targets_that_are_spoken_of_exist() -> None:
    """A command that a front page tells the reader to type is in the Makefile."""
    spoken = {name for page in PAGES for name in re.findall(r"\bmake (\w[\w-]*) ", (ROOT / page).read_text("utf-8"))}
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"try", "test"} <= spoken <= targets
