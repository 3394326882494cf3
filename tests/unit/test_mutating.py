"""What `make mutate` changes, and what it leaves alone."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "mutate.py"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script, which takes a folder of ours for the tree."""
    spec = importlib.util.spec_from_file_location("mutate", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, "mutate", made)
    spec.loader.exec_module(made)
    monkeypatch.setattr(made, "ROOT", tmp_path)
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = a < b\n", {"(a <= b)"}),
        ("x = a and b and c\n", {"(a or b or c)", "(a and b)", "(b and c)"}),
        ("x = not a\n", {"(a)"}),
        ("x = a + b\n", {"(a - b)"}),
        ("x = 1\n", {"2"}),
        ("x = True\n", {"False"}),
        ("x = any(a)\n", {"(all(a))"}),
        ("x = a if b else c\n", {"(c if b else a)"}),
        ("def f():\n    return x\n", {"return None"}),
        ("f()\n", {"pass"}),
        ('"""Said."""\n', set()),
        ("raise E(1)\n", set()),
        ("X: TypeAlias = A | B\n", set()),
        ("x = isinstance(a, A | B)\n", set()),
        ("def f(x: 'A < B') -> 'A < B': ...\n", set()),
    ],
)
def test_changes(script: Any, tmp_path: Path, text: str, expected: set[str]) -> None:
    """Each operator, and nothing that only readers see."""
    file = tmp_path / "part.py"
    file.write_text(text, encoding="utf-8")
    assert {each.new for each in script.mutants(file)} == expected


def test_a_change_stands_where_it_was(script: Any, tmp_path: Path) -> None:
    """Places are counted in bytes, and the rest of the file stays."""
    file = tmp_path / "part.py"
    file.write_text('é = "é"; x = a == b\n', encoding="utf-8")
    (found,) = script.mutants(file)
    raw = file.read_bytes()
    assert raw[found.start : found.end] == b"a == b"
    assert found.change == "part.py: a == b -> (a != b)"


def test_reasons(script: Any) -> None:
    """A line of the file of survivors without a reason excuses nothing."""
    lines = ["# words  # more", "a.py: x -> y  # it is the same", "b.py: x -> y", ""]
    assert script.excused(lines) == {"a.py: x -> y"}
