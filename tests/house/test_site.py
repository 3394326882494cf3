"""The site is built without a warning, needs nothing from elsewhere, and finds what a reader has in hand."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Guard, documentation, shipped

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once."""
    pytest.importorskip("sphinx")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-c", "docs", ".", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return out


@cache
def headings(page: str) -> list[str]:
    """The entries of a page of codes."""
    return re.findall(r"^### (\w+)$", (REFERENCE / page).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.slow
def test_the_site(site: Path) -> None:
    """No page loads anything from another host, a search for a code leads to its anchor, and addresses lead to one."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    for html in pages:
        loaded = re.findall(r"<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"", html.read_text("utf-8"))
        assert [each for each in loaded if re.match(r"(?:https?:)?//", each)] == [], html
    index = search_index(site)
    assert len(headings("diagnostics.md")) > 100
    for page, url in (
        ("diagnostics.md", documentation.diagnostic_url),
        ("decision-codes.md", documentation.decision_code_url),
    ):
        for code in headings(page):
            found = {f"{index['docnames'][doc]}.html#{anchor}" for doc, anchor in index["alltitles"][code]}
            address = url(code).removeprefix(documentation.SITE)
            assert f"docs{address}" in found
            file, _, anchor = address.partition("#")
            assert f'id="{anchor}"' in read(site / f"docs{file}")


def search_index(site: Path) -> dict[str, Any]:
    """What the search of the site looks at."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index: dict[str, Any] = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    return index


@cache
def read(page: Path) -> str:
    """The text of a page."""
    return page.read_text(encoding="utf-8")


def test_every_decision_code_has_an_entry() -> None:
    """Each code of the shipped pack has an entry that says what to do, and the command can print it."""
    codes = Guard.default().catalog.codes
    assert sorted(headings("decision-codes.md")) == sorted(codes)
    for code in codes:
        entry = shipped.code_entry(code)
        assert entry is not None
        assert entry.startswith("**")
