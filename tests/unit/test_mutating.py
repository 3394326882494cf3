"""What `make mutate` changes, and what it leaves alone."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A script as a module."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, made)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The list of changes, which takes a folder of ours for the tree."""
    made = loaded("mutants", monkeypatch)
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
        ("def f():\n    return False\n", {"True"}),
        ("f()\n", {"pass"}),
        ('"""Said."""\n', set()),
        ("if a:\n    b = c\n", {"(not (a))"}),
        ("raise E(1)\n", {"pass"}),
        ("X: TypeAlias = A | B\n", set()),
        ("x = isinstance(a, A | B)\n", set()),
        ("class A(B, frozen=True, gc=False):\n    x = 1\n", {"2"}),
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


def test_a_change_is_of_a_function_and_of_the_lines_of_a_statement(script: Any, tmp_path: Path) -> None:
    """All lines behind it keep their numbers, so that it can take the place of the function."""
    file = tmp_path / "part.py"
    file.write_text(
        "class A:\n    def f(x):\n        if (\n            x ==\n            y\n        ):\n            pass\n",
        encoding="utf-8",
    )
    (found,) = script.mutants(file)
    assert found.change == "part.py A.f: x == y -> (x != y)"
    assert list(found.lines) == [3, 4, 5, 6]
    assert (
        found.applied(file.read_bytes()).decode()
        == "class A:\n    def f(x):\n        if (\n            (x != y\n)\n        ):\n            pass\n"
    )


def test_reasons(script: Any) -> None:
    """A line of the file of survivors without a reason excuses nothing."""
    lines = ["# words  # more", "a.py: x -> y  # it is the same", "b.py: x -> y", ""]
    assert script.excused(lines) == {"a.py: x -> y"}


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        ("def f():\n    return 1", ("1", "2"), {"f"}),
        ("class A:\n    def f(self):\n        return lambda: 1", ("1", "2"), {"A.f", "A.f.<locals>.<lambda>"}),
        ("class A:\n    def f(self):\n        return 1", ("return 1", "return None"), {"A.f"}),
        ("class A:\n    x = 1\n    def f(self): ...", ("1", "2"), None),
        ("x = 1", ("1", "2"), None),
        ("def f(x=1): ...", ("1", "2"), None),
    ],
)  # fmt: skip
def test_functions_are_replaced_and_nothing_that_runs_at_import(
    script: Any, monkeypatch: pytest.MonkeyPatch, text: str, change: tuple[str, str], expected: set[str] | None
) -> None:
    """What runs at import has run where a function is replaced, and is tried otherwise."""
    pytest.importorskip("resource")
    mutated = loaded("mutated", monkeypatch)
    old, new = (compile(each, "part.py", "exec") for each in (text, text.replace(*change)))
    if expected is None:
        with pytest.raises(LookupError):
            list(mutated.pairs(old, new))
    else:
        assert {before.co_qualname for before, _ in mutated.pairs(old, new)} == expected
