"""The access review: what is on the page, that nothing of a pack is markup, and that a browser shows it."""

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from scopeguard.cli import review_changes
from tests.cli.conftest import PACK, Run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = PACK.replace(
    "unless: context.facts.open",
    """unless: 'context.facts.open || principal.id == "<script>alert(1)</script>\\\"><img src=x>"'""",
)


class Page(HTMLParser):
    """The tags, links and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what a test asks for."""
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")
            if name in {"src", "srcset", "action", "data", "href"} and not (value or "").startswith("#"):
                self.addresses.append(value or "")


@pytest.fixture
def page(folder: Path, run: Run) -> str:
    """The page about the pack, with texts that would be markup elsewhere, beside the pack as it was."""
    before = PACK.replace('holds: ["notes:*"]', 'holds: ["notes:read"]')
    (folder / "before.yaml").write_text(before, encoding="utf-8")
    (folder / "pack" / "notes.yaml").write_text(HOSTILE, encoding="utf-8")
    done = run("report", "pack", "--base", "before.yaml", "--output", "review.html")
    assert (done.returncode, done.stdout, done.looked) == (0, "wrote review.html\n", "pack")
    return (folder / "review.html").read_text("utf-8")


def test_the_page_stands_alone(page: str) -> None:
    """It asks for nothing from anywhere, runs nothing, and every link leads to a place on it."""
    found = Page(page)
    assert (found.addresses, "script" in found.tags, "img" in found.tags) == ([], False, False)
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_what_the_page_says(page: str) -> None:
    """Cells with their conditions, who may by which line, and what changed since the base."""
    assert 'title="editor: allow">yes<' in page
    assert 'title="anonymous: deny credential_invalid">no<' in page
    assert re.search(r'title="editor: when context.facts.open \|\| [^"]*">when <a href="#condition-1">1</a><', page)
    assert '<li id="condition-1"><code>context.facts.open || principal.id == ' in page
    gain = '<th scope="row">members with role editor: notes:write, notes.publish, when context.facts.open'
    assert re.search(rf"<h3>gains \(2\)</h3>(?:(?!<h3>).)*{re.escape(gain)}", page, re.DOTALL)
    assert "editor holds: [notes:read] -&gt; [notes:*]" in page
    assert "Every request was compared" in page
    assert "No tests are about this pack." in page


def test_without_proofs_cells_are_compared(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the page says which of the two it was."""
    (folder / "before.yaml").write_text(PACK.replace('holds: ["notes:*"]', 'holds: ["notes:read"]'), encoding="utf-8")
    monkeypatch.setattr(review_changes, "find_spec", lambda _: None)
    assert run("report", "pack", "--base", "before.yaml", "--output", "review.html").returncode == 0
    page = (folder / "review.html").read_text("utf-8")
    assert '<th scope="row">notes:write for editor</th>' in page
    assert ("The cells above were compared" in page, "Every request was compared" in page) == (True, False)


def test_accepted_changes_have_their_reason(folder: Path, run: Run) -> None:
    """Whoever signs reads who accepted a gain and why."""
    (folder / "before.yaml").write_text(PACK.replace('holds: ["notes:*"]', 'holds: ["notes:read"]'), encoding="utf-8")
    (folder / "scopeguard.toml").write_text('pack = "pack"\nbase = "before.yaml"\naccept = "yes.yaml"\n', "utf-8")
    changes = json.loads(run("diff", "before.yaml", "pack", "--format", "json").stdout)["changes"]
    entries = [{"id": change["id"], "because": "Editors write."} for change in changes]
    (folder / "yes.yaml").write_text(yaml.safe_dump({"accepts": entries}), encoding="utf-8")
    assert run("report", "--output", "review.html").returncode == 0
    assert "accepted: Editors write." in (folder / "review.html").read_text("utf-8")


def test_a_missing_extra_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install, and writes nothing."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    done = run("report", "pack", "--output", "review.html")
    assert (done.returncode, done.stderr) == (
        2, "error: an access review needs its extra: pip install 'scopeguard-authz[report]'\n")  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.usefixtures("page")
def test_a_browser_shows_it(folder: Path) -> None:
    """A real browser lays it out, and prints it to paper with everything on it."""
    common = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={folder / 'profile'}",
    ]
    address = (folder / "review.html").as_uri()
    subprocess.run(
        [*common, f"--screenshot={folder / 'review.png'}", address], check=True, capture_output=True, timeout=60
    )
    assert (folder / "review.png").read_bytes().startswith(b"\x89PNG")
    subprocess.run(
        [*common, f"--print-to-pdf={folder / 'review.pdf'}", address], check=True, capture_output=True, timeout=60
    )
    assert (folder / "review.pdf").stat().st_size > 10_000
    shown = subprocess.run(
        [*common, "--dump-dom", address], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script" not in shown
