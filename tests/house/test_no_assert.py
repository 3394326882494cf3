"""What is shipped asserts nothing: ``python -O`` means the same."""

import ast
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src"


def test_no_module_asserts() -> None:
    """What may not be is an error with a type, or cannot be by its type."""
    found = [
        f"{path.relative_to(SOURCES)}:{node.lineno}"
        for path in sorted(SOURCES.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert found == []
