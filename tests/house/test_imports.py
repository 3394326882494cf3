"""Which way imports point, and what importing costs."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "scopeguard"
PLUGIN = ROOT / "src" / "scopeguard_pytest"
HEAVY = ["click", "lark", "pydantic", "pydantic_core", "rich", "typer", "yaml", "z3"]


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the library: its path inside the package, and its tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imported(node: ast.AST) -> Iterator[str]:
    """The names of the modules that one statement imports; a relative import keeps its dots."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield "." * node.level + (node.module or "")


def is_ours(module: str) -> bool:
    """Whether a module name, as :func:`imported` gives it, is of this library."""
    return module.startswith(".") or module.split(".", maxsplit=1)[0] == "scopeguard"


def inner_imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """First-party imports inside functions: the function's name and the module."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                for module in filter(is_ours, imported(node)):
                    yield function.name, module


def test_one_function_with_imports_inside() -> None:
    """``Guard.load`` imports inside a function, which keeps the readers off the request path; ``diff``, the solver."""
    found = [(path, *inner) for path, tree in modules() for inner in inner_imports(tree)]
    assert {each for each in found if each[1] == "load"} == {
        ("guard.py", "load", "scopeguard.compiling.pack_file"),
        ("guard.py", "load", "scopeguard.compiling.loading"),
    }
    assert {each for each in found if each[1] != "load"} == {
        ("guard.py", "read", "scopeguard.compiling.loading"),
        ("guard.py", "search", "scopeguard.analysis.invariants"),
        ("analysis/__init__.py", "diff", "scopeguard.analysis.diffing.comparing"),
    }


def test_the_plugin_imports_where_it_collects() -> None:
    """It is loaded in every run of pytest, before coverage is measured: only collecting a file imports the library."""
    tree = ast.parse((PLUGIN / "__init__.py").read_text(encoding="utf-8"))
    assert [path.name for path in PLUGIN.glob("*.py")] == ["__init__.py"]
    assert list(inner_imports(tree)) == [
        ("_is_ours", "scopeguard.documents.claims"),
        ("collect", "scopeguard.errors"),
        ("collect", "scopeguard.testing.collecting"),
        ("collect", "scopeguard.testing.tables"),
    ]
    program = "import scopeguard_pytest, sys; sys.exit('scopeguard' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def is_deferring(node: ast.AST) -> bool:
    """Whether a node makes a module that is imported later."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Deferred")


def test_no_import_by_name() -> None:
    """No module is imported through a function call, where no contract could see it, but by ``Deferred``."""
    found = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == "__import__")
        or (isinstance(node, ast.Attribute) and node.attr == "import_module")
        or (isinstance(node, ast.ImportFrom) and node.module == "importlib")
    }
    assert found == {"deferred.py"}


def test_what_is_deferred_is_imported_for_type_checkers() -> None:
    """Each name that stands for a module is that module where contracts and type checkers look; the front has a test."""
    found = {
        (path, ast.unparse(statement.targets[0]), ast.unparse(statement.value)): list(map(ast.unparse, choice.body))
        for path, tree in modules()
        for choice in tree.body
        if isinstance(choice, ast.If)
        for statement in choice.orelse
        if isinstance(statement, ast.Assign) and ast.unparse(statement.value).startswith("Deferred(")
    }
    homes = {
        ("guard.py", "views", "Deferred('scopeguard.runtime.views')"): "scopeguard.runtime",
        ("cli/mutating.py", "equivalence", "Deferred('scopeguard.testing.equivalence')"): "scopeguard.testing",
        ("cli/proving.py", "report", "Deferred('scopeguard.analysis.report')"): "scopeguard.analysis",
    }
    assert set(found) == set(homes)
    for deferred, checked in found.items():
        assert f"from {homes[deferred]} import {deferred[1]}" in checked
    calls = [path for path, tree in modules() for node in ast.walk(tree) if is_deferring(node)]
    assert sorted(calls) == ["__init__.py", "cli/mutating.py", "cli/proving.py", "guard.py"]


def test_imports_are_absolute() -> None:
    """A reader sees from the line alone which layer it reaches."""
    found = [
        (path, module)
        for path, tree in modules()
        for node in ast.walk(tree)
        for module in imported(node)
        if module.startswith(".")
    ]
    assert found == []


WINGS = ("decisionlog/", "http/", "integrations/", "keys/", "reloading.py")


def test_nothing_below_the_top_imports_the_front() -> None:
    """``from scopeguard import Guard`` is for users, wings, the command and the test helpers; below, it is a circle."""
    found = [
        path
        for path, tree in modules()
        if not path.startswith(("cli/", "testing/", *WINGS))
        for node in ast.walk(tree)
        if "scopeguard" in imported(node)
    ]
    assert found == []


@pytest.mark.parametrize("heavy", HEAVY)
def test_importing_stays_light(heavy: str) -> None:
    """All public names together load no reader, no validator and no terminal library."""
    program = f"import sys; from scopeguard import *; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    ("statement", "unused"),
    [
        ("import scopeguard", "scopeguard.errors"),
        ("from scopeguard import AccessDenied, Context, Decision, Facts, Principal, Resource", "scopeguard.compiling"),
        *(
            ("from scopeguard import Guard; Guard.default()", unused)
            for unused in (
                "scopeguard.runtime.views",
                "scopeguard.runtime.matrix",
                "scopeguard.semantics.name_resolution",
                "hashlib",
                "json",
                "threading",
            )
        ),
    ],
)
def test_a_name_imports_what_it_needs(statement: str, unused: str) -> None:
    """The front imports nothing before a name is read, and then no more than that name stands on."""
    program = f"import sys; {statement}; sys.exit({unused!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_command_starts_without_the_solver() -> None:
    """What only some verbs need is no reason for the others to fail."""
    program = "import sys; sys.modules['z3'] = None; import scopeguard.cli"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


DOWN, CIRCLES = (
    "imports point down only",
    "no two modules or folders side by side import each other, for type checkers neither",
)
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import scopeguard.model.decision"
BREACHES: list[tuple[str, str, list[str]]] = [
    ("source.py", "import scopeguard.errors", [DOWN, CIRCLES]),
    ("model/input_validation.py", "import scopeguard.syntax.expression", [DOWN, CIRCLES]),
    ("runtime/decision_functions.py", "import scopeguard.guard", [DOWN, CIRCLES]),
    ("runtime/rows.py", "import scopeguard.analysis.worlds", [DOWN, CIRCLES]),
    ("testing/running.py", "import scopeguard.cli.app", [DOWN, CIRCLES]),
    ("utils.py", "", [DOWN]),
    ("model/input_validation.py", "import scopeguard.model.request", [CIRCLES]),
    ("model/rendering.py", FOR_TYPES, [CIRCLES]),
    ("compiling/environment.py", "import lark", ["only syntax.parser imports lark"]),
    ("checking/catalog_builder.py", "import yaml", ["only documents imports yaml and pydantic"]),
    ("model/request.py", "import pydantic", ["only documents imports yaml and pydantic"]),
    ("errors.py", "import rich", ["only cli imports typer and rich"]),
    ("analysis/texts.py", "import z3", ["only analysis.solver imports z3"]),
    ("guard.py", "import scopeguard.keys", [DOWN]),
    ("keys/stores.py", "import scopeguard.errors", ["a wing reaches the core by its front alone"]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "line", "contracts"), BREACHES)
def test_the_contracts_can_break(path: str, line: str, contracts: list[str], tmp_path: Path) -> None:
    """Each contract breaks when a copy of the library is given a breach of it; what points up makes a circle too."""
    copy = tmp_path / "src" / "scopeguard"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (copy / path).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    broken = re.findall(r"^(.+) BROKEN\b", result.stdout, re.MULTILINE)
    assert broken == contracts


def test_the_reference_shares_no_code_with_the_engine() -> None:
    """What the engine is compared with imports neither the compiler nor the runtime, and stays readable in one sitting."""
    folder = ROOT / "tests" / "reference"
    for file in folder.glob("*.py"):
        if file.name != "comparing.py":
            imported = re.findall(
                r"^(?:from|import) (scopeguard[\w.]*)", file.read_text(encoding="utf-8"), re.MULTILINE
            )
            assert [name for name in imported if name.startswith(("scopeguard.compiling", "scopeguard.runtime"))] == []
    assert len((folder / "interpreter.py").read_text(encoding="utf-8").splitlines()) < 450


def test_what_a_check_brings_along_evaluates_no_annotations() -> None:
    """But for the front, where it would be a public name."""
    program = (
        "import sys; from scopeguard import Guard; Guard.default();"
        "print(*(each.__file__ for name, each in sys.modules.items() if name.startswith('scopeguard')))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    texts = {Path(file).relative_to(PACKAGE).as_posix(): Path(file).read_text("utf-8") for file in done.stdout.split()}
    assert {
        path for path, text in texts.items() if "def " in text and "from __future__ import annotations\n" not in text
    } == {"__init__.py"}
