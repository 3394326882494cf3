"""Plain English in the field's words: the table of the glossary holds in pages, in messages and in public docstrings."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import scopeguard
from scopeguard import inspection  # the module is public, as the names of the package are

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
AVOIDED = re.compile(r"\b(mend(?:s|ed|ing)?|told|speaks?|spoken|spoke|stands?(?![ -]for\b)|stood)\b", re.IGNORECASE)
_CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
]


def found(text: str) -> list[str]:
    """The avoided words of a text."""
    return [match[0] for match in AVOIDED.finditer(text)]


def test_pages() -> None:
    """No page has an avoided word outside of code, but the table that lists them."""
    told = {
        str(page.relative_to(ROOT)): words
        for page in PAGES
        if (words := found(_CODE.sub("", page.read_text(encoding="utf-8"))))
    }
    assert set(told) == {"docs/reference/glossary.md"}


def test_the_table_names_what_is_looked_for() -> None:
    """The glossary lists the words that the build looks for, and has no term twice."""
    text = GLOSSARY.read_text(encoding="utf-8")
    table = text.partition("## Words that are not used")[2]
    assert {"mend", "told", "speak", "stand"} <= set(found(table))
    terms = re.findall(r'^\| <a id="[\w-]+"></a>([^|]+) \|', text, re.MULTILINE)
    assert len(terms) > 30
    assert terms == sorted(set(terms), key=str.lower)


def messages(file: Path) -> Iterator[str]:
    """The texts of a module that are no docstrings: messages, hints, help of options."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.value


def test_messages() -> None:
    """No message, hint or help of the command has one."""
    files = sorted((ROOT / "src").rglob("*.py"))
    told = {(file.name, text) for file in files for text in messages(file) if " " in text and found(text)}
    assert told == set()


def public() -> Iterator[tuple[str, object]]:
    """The public names of the package with their public members."""
    for name in (*scopeguard.__all__, "inspection"):
        thing = inspection if name == "inspection" else getattr(scopeguard, name)
        yield name, thing
        if inspect.isclass(thing):
            yield from ((f"{name}.{key}", value) for key, value in vars(thing).items() if not key.startswith("_"))


def test_public_docstrings() -> None:
    """No docstring of a public name has one."""
    assert {name for name, thing in public() if found(inspect.getdoc(thing) or "")} == set()
