"""The pictures are what the code draws now, and say in words what they show."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

from scopeguard import cli
from scripts.pictures import FOLDER, PICTURES, REPORT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name: str, request: pytest.FixtureRequest) -> None:
    """A picture is up to date (``--regen`` draws it), has a title and a description, and its words stand out in grey."""
    file, drawn = FOLDER / f"{name}.svg", PICTURES[name]()
    if request.config.getoption("--regen"):
        file.write_text(drawn, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == drawn
    root = ET.fromstring(drawn)  # noqa: S314  # our own
    texts = [root.findtext(f"{SVG}{part}") or "" for part in ("title", "desc")]
    assert [len(text) > 10 for text in texts] == [True, True]
    shades = [grey(each.get("fill") or "") for each in root.iter(f"{SVG}rect")]
    inks = [grey(each.get("fill") or "") for each in root.iter(f"{SVG}text")]
    assert all(any(contrast(ink, shade) >= 4.5 for shade in shades) for ink in inks)


def test_the_matrix_is_readable_in_grey() -> None:
    """Each kind of cell has a word of its own, and the word has the contrast that WCAG 2.2 asks for."""
    root = ET.fromstring(PICTURES["matrix"]())  # noqa: S314  # our own
    marks = [each for each in root if each.tag in {f"{SVG}rect", f"{SVG}text"}]
    cells = [
        (box.get("fill") or "", word.text, word.get("fill") or "")
        for box, word in pairwise(marks)
        if box.get("rx") == "4"
    ]
    assert {word for _, word, _ in cells} == {"yes", "no", "if"}
    assert len({fill for fill, _, _ in cells}) == 3
    assert all(contrast(grey(fill), grey(ink)) >= 4.5 for fill, _, ink in cells)


def test_the_report_has_the_parts_that_are_drawn() -> None:
    """With their headings, in their order."""
    template = Path(cli.__file__).with_name("report.html.j2").read_text(encoding="utf-8")
    assert re.findall(r"<h2 [^>]*>(.*?)</h2>", template) == [heading for heading, _ in REPORT]


def grey(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: float, other: float) -> float:
    """The contrast of two luminances (WCAG 2.2)."""
    light, dark = max(one, other), min(one, other)
    return (light + 0.05) / (dark + 0.05)
