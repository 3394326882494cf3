"""The documentation runs: every prompt gives the answer under it, every file shown loads, every link leads somewhere.

In a page, ``pycon`` blocks are one session. A block after ``<!-- file: name -->`` is written to a folder of the page's own,
which is the current one of its ``console`` blocks: there ``$ scopeguard …``, ``$ python …`` and ``$ pytest …`` are run, and what
they print has to stand below. ``--regen`` rewrites that.
"""

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scopeguard.documents.loading import read_source
from scopeguard.source import Source

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md"))
FRONT = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
_BLOCK = re.compile(
    r"(?:^<!-- file: (?P<file>\S+) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
BIN = Path(sys.executable).parent


def sessions(page: str) -> str:
    """All prompts of a page, as one session."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(block["text"] for block in _BLOCK.finditer(text) if block["language"] == "pycon")


@pytest.mark.parametrize("page", [page for page in [*FRONT, *DOCS] if sessions(page)])
def test_prompts(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python prompt gives the answer that is printed under it."""
    write_files(page, tmp_path)
    monkeypatch.chdir(tmp_path)
    example = doctest.DocTestParser().get_doctest(sessions(page), {}, page, page, 0)
    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert "".join(report) == ""
    assert result.attempted == sessions(page).count(">>> ")


def write_files(page: str, folder: Path) -> None:
    """Write the files that a page shows."""
    for block in _BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")):
        if block["file"]:
            file = folder / block["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["text"], encoding="utf-8")


def has_commands(page: str) -> bool:
    """Whether a page shows a command that can be run here."""
    return any(runnable(block["text"]) for block in consoles((ROOT / page).read_text(encoding="utf-8")))


def consoles(text: str) -> Iterator[re.Match[str]]:
    """The console blocks of a text."""
    return (block for block in _BLOCK.finditer(text) if block["language"] == "console")


def runnable(text: str) -> bool:
    """Whether a block opens with a command of ours."""
    return re.match(r"\$ (?:[A-Z_]+=\S+ )*(?:scopeguard|python|pytest) ", text) is not None


def ran(text: str, folder: Path) -> str:
    """The block with what its commands print now."""
    lines = []
    for line in text.splitlines():
        if line.startswith("$ "):
            done = subprocess.run(  # noqa: S602  # the commands of our own pages, pipes too
                line[2:], cwd=folder, shell=True, capture_output=True, text=True, check=False,
                env={"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100", "HOME": str(folder)},
            )  # fmt: skip
            # What a verb looked at stands in the command above it, on most pages.
            told = "".join(each for each in done.stderr.splitlines(True) if not each.startswith("looked at: "))
            out = (done.stdout + told).rstrip("\n")
            # Times, digests and folders are others on another day, after a change of the base, and elsewhere.
            out = re.sub(r"\d+\.\d+s", "…", out).replace(str(ROOT), "…")
            out = re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", out)
            lines += [line, *([item.rstrip() for item in out.splitlines()] if out else [])]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("page", [page for page in [*FRONT, *DOCS] if has_commands(page)])
def test_commands(page: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Every command of a page prints what stands below it; the files before it are there, later ones are not."""
    text = (ROOT / page).read_text(encoding="utf-8")
    rewritten, after = [], 0
    for block in _BLOCK.finditer(text):
        if block["file"]:
            file = tmp_path / block["file"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["text"], encoding="utf-8")
        if block["language"] == "console" and runnable(block["text"]):
            rewritten += [text[after : block.start("text")], ran(block["text"], tmp_path)]
            after = block.end("text")
    new = "".join([*rewritten, text[after:]])
    if request.config.getoption("--regen"):
        (ROOT / page).write_text(new, encoding="utf-8")
    assert new == (ROOT / page).read_text(encoding="utf-8")


def policy(text: str) -> str:
    """A YAML block as a whole policy file: fragments get their opening, and rules their section."""
    if text.startswith("- "):
        text = "rules:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    return text if text.startswith("scopeguard:") else f"scopeguard: 1\n{text}"


@pytest.mark.parametrize("page", [*FRONT, *DOCS])
def test_policies(page: str) -> None:
    """Every piece of policy that is shown has the shape of one; files are read by the commands of their page."""
    if page == "docs/reference/diagnostics.md":
        return  # It shows what has findings, and which: its tests are those of the diagnostics.
    for block in _BLOCK.finditer((ROOT / page).read_text(encoding="utf-8")):
        if block["language"] == "yaml" and not block["file"]:
            assert read_source(Source(page, policy(block["text"]))).findings == []


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [*FRONT, *DOCS])
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link has its target in the project, and every link to a heading has that heading."""
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", prose(ROOT / page))
    targets = [((ROOT / page).parent / file if file else ROOT / page, anchor) for file, anchor in links]
    assert [target for target, _ in targets if not target.exists()] == []
    assert [(target, anchor) for target, anchor in targets if anchor and anchor not in anchors(target)] == []


def test_make_targets_that_are_spoken_of_exist() -> None:
    """A command that a front page tells the reader to type is in the Makefile."""
    spoken = {
        name for page in FRONT for name in re.findall(r"(?:\$ |`)make (\w[\w-]*)", (ROOT / page).read_text("utf-8"))
    }
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"try", "test"} <= spoken <= targets
