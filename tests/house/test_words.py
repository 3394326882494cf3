"""Plain English in the field's words: the table of the glossary holds in pages, in messages and in docstrings."""

import ast
import re
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
AVOIDED = re.compile(r"\b(mend(?:s|ed|ing)?|told|speaks?|spoken|spoke|stands?(?![ -]for\b)|stood)\b", re.IGNORECASE)
_CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_NAMES = re.compile(r"``.*?``|\*\w+\*")
PAGES = [
    *(page for of in ("docs", "examples", "policies", "benchmarks") for page in sorted((ROOT / of).rglob("*.md"))),
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


def docstrings(file: Path) -> Iterator[str]:
    """Of a module, its classes and functions, and of what has one below its name; without names of parameters."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield _NAMES.sub("", node.value.value)


def test_docstrings() -> None:
    """No docstring has one, public or not: editors and pages show the former, and who works here reads the latter."""
    files = sorted((ROOT / "src").rglob("*.py"))
    assert {(file.name, text) for file in files for text in docstrings(file) if found(text)} == set()


def test_comments() -> None:
    """No comment of the library has one."""
    said = [
        (file.name, token.string)
        for file in sorted((ROOT / "src").rglob("*.py"))
        for token in tokenize.generate_tokens(StringIO(file.read_text(encoding="utf-8")).readline)
        if token.type == tokenize.COMMENT
    ]
    assert [each for each in said if found(each[1])] == []


def test_the_schema() -> None:
    """No description that an editor shows has one."""
    schema = (ROOT / "policies" / "schema.json").read_text(encoding="utf-8")
    assert [text for text in re.findall(r'"description": "(.*)"', schema) if found(text)] == []
