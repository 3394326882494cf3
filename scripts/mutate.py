"""Changes the library in small ways, one at a time, and tells which of the changes no test sees.

    python scripts/mutate.py [MUTANTS] [SEED]

MUTANTS of all possible changes, drawn by SEED, are tried in a copy of the tree; 0 tries all. What came out is kept in
``build/mutate/results.jsonl``, so that a run that was stopped goes on where it was. Changes that survive and make no
difference stand in ``tests/mutation-survivors.txt``, each with the reason; any other that survives is a finding.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("runtime", "compiling", "model", "guard.py")
BUILD = ROOT / "build" / "mutate"
RESULTS = BUILD / "results.jsonl"
SURVIVORS = ROOT / "tests" / "mutation-survivors.txt"
COPIED = ("src", "tests", "policies", "grammar", "docs", "examples", "benchmarks", "scripts")

TESTS = {
    "runtime": ("tests/unit/runtime", "tests/unit/test_guard.py"),
    "compiling": ("tests/unit/compiling", "tests/unit/runtime"),
    "model": ("tests/unit/model", "tests/unit/syntax", "tests/unit/test_guard.py"),
    "guard.py": ("tests/unit/test_guard.py", "tests/unit/runtime"),
}
"""What is tried first: the tests of the part."""
THEN = (
    ("tests/laws/test_l08_compiled_equals_reference.py", "tests/unit/test_variables.py"),
    ("tests/laws/test_l12_list_equals_check.py", "tests/laws/test_l15_equal_class_equal_answer.py"),
    ("tests/hazards",),
)
"""What is tried where the tests of the part saw nothing, one after the other."""
SLOWER = 4
"""A change that takes so many times as long as the library itself is seen, too."""
LEAST_SECONDS = 60.0

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Mult: ast.Add,
}  # fmt: skip
_LEFT_ALONE = (ast.JoinedStr, ast.Raise, ast.Import, ast.ImportFrom)
NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """One change: characters of a file, and what stands in their place."""

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str

    @property
    def id(self) -> str:
        """What it is known by, as long as the file is what it was."""
        text = f"{self.file}\0{digest(ROOT / self.file)}\0{self.start}\0{self.end}\0{self.new}"
        return sha256(text.encode()).hexdigest()[:12]

    @property
    def change(self) -> str:
        """The change in a line, which stays the same where other lines of the file change."""
        return f"{self.file}: {' '.join(self.old.split())} -> {' '.join(self.new.split())}"


def digest(file: Path) -> str:
    """What a file holds."""
    return sha256(file.read_bytes()).hexdigest()


def mutants(file: Path) -> Iterator[Mutant]:
    """Every change of a file, in the order of its nodes; annotations, docstrings and messages are left alone."""
    text = file.read_text(encoding="utf-8")
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    raw = text.encode()
    for node in looked_at(ast.parse(text)):
        for new in changes(node):
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            yield Mutant(str(file.relative_to(ROOT)), node.lineno, start, end, raw[start:end].decode(), new)


def looked_at(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The nodes of a tree that run."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "type_params", "decorator_list", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, _LEFT_ALONE) or is_said(child):
                continue
            if isinstance(child, ast.expr | ast.stmt):
                yield child
            yield from looked_at(child)


def is_said(node: ast.AST) -> bool:
    """Whether a node only tells readers something: a docstring, or the name of a type."""
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.annotation) == "TypeAlias"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return ast.unparse(node.right).rpartition(".")[2][:1].isupper()
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def changes(node: ast.expr | ast.stmt) -> Iterator[str]:
    """The texts that may stand in the place of a node."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            yield whole(ast.Compare(left, [COMPARISONS[type(op)]()], [right]))
        case ast.BoolOp(op=op, values=values):
            yield whole(ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values))
            for fewer in (values[:-1], values[1:]):
                yield whole(fewer[0] if len(fewer) == 1 else ast.BoolOp(op, fewer))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield whole(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            yield whole(ast.BinOp(left, ARITHMETIC[type(op)](), right))
        case ast.Constant(value=bool() as value):
            yield str(not value)
        case ast.Constant(value=int() as value):
            yield str(value + 1)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in NAMES:
            yield whole(ast.Call(ast.Name(NAMES[name], ast.Load()), args, keywords))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield whole(ast.IfExp(test, orelse, body))
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "return None"
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Break():
            yield "pass"


def whole(tree: ast.expr) -> str:
    """An expression as text that may stand anywhere."""
    return f"({ast.unparse(ast.fix_missing_locations(tree))})"


class Tree:
    """A copy of the tree, in which one file at a time is another."""

    def __init__(self) -> None:
        self.place = BUILD / "tree"
        self.usual: dict[tuple[str, ...], tuple[float, list[str]]] = {}
        shutil.rmtree(self.place, ignore_errors=True)
        for name in COPIED:
            shutil.copytree(ROOT / name, self.place / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "Makefile"):
            shutil.copy(ROOT / name, self.place / name)

    def run(self, tests: tuple[str, ...], seconds: float, *options: str) -> tuple[bool, str] | None:
        """Whether *tests* pass there, and what they say; None where they take longer."""
        environment = {**os.environ, "PYTHONPATH": str(self.place / "src"), "PYTHONHASHSEED": "0",
                       "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
        usual = ("-q", "--tb=no", "-p", "no:cacheprovider", "-m", "not slow and not fuzz")
        try:
            done = subprocess.run(  # noqa: S603  # this interpreter, with fixed arguments
                [sys.executable, "-m", "pytest", *usual, *options, *tests], cwd=self.place, env=environment,
                timeout=seconds, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None
        return done.returncode == 0, done.stdout

    def usually(self, tests: tuple[str, ...]) -> tuple[float, list[str]]:
        """How long *tests* may take, and the options that leave out what fails without any change."""
        if tests not in self.usual:
            began = time.monotonic()
            _, said = self.run(tests, 3600, "-rfE") or (False, "")
            failing = [line.split()[1] for line in said.splitlines() if line.startswith(("FAILED ", "ERROR "))]
            for each in failing:
                print(f"fails without any change, and is left out: {each}", flush=True)
            limit = max(LEAST_SECONDS, SLOWER * (time.monotonic() - began))
            self.usual[tests] = limit, [f"--deselect={each}" for each in failing]
        return self.usual[tests]

    def outcome(self, mutant: Mutant) -> str:
        """What becomes of a change: ``killed``, ``late`` or ``survived``."""
        file = self.place / mutant.file
        kept = file.read_bytes()
        for tests in (TESTS[mutant.file.split("/")[2]], *THEN):
            limit, options = self.usually(tests)
            file.write_bytes(kept[: mutant.start] + mutant.new.encode() + kept[mutant.end :])
            try:
                found = self.run(tests, limit, "-x", *options)
            finally:
                file.write_bytes(kept)
            if found is None:
                return "late"
            if not found[0]:
                return "killed"
        return "survived"


def every() -> list[Mutant]:
    """All changes."""
    places = (ROOT / "src" / "scopeguard" / name for name in SOURCES)
    files = (file for place in places for file in ([place] if place.suffix else sorted(place.glob("*.py"))))
    return [mutant for file in files for mutant in mutants(file)]


def known() -> dict[str, str]:
    """What came out before, by change."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    return {each["id"]: each["outcome"] for each in map(json.loads, lines)}


def excused(lines: Iterable[str]) -> set[str]:
    """The changes that make no difference: each line is a change, ``  # `` and the reason."""
    return {line.partition("  # ")[0] for line in lines if "  # " in line and not line.startswith("#")}


def main() -> None:
    """Try some changes, and tell what no test has seen."""
    count, seed = (int(each) for each in (sys.argv[1:] + ["200", "1"][len(sys.argv) - 1 :]))
    found = every()
    drawn = found if count == 0 else Random(seed).sample(found, min(count, len(found)))
    print(f"{len(drawn)} of {len(found)} changes, drawn by {seed}", flush=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    done, tree = known(), Tree()
    for number, mutant in enumerate(drawn, 1):
        if mutant.id not in done:
            done[mutant.id] = tree.outcome(mutant)
            with RESULTS.open("a", encoding="utf-8") as results:
                results.write(json.dumps({"id": mutant.id, "outcome": done[mutant.id], "change": mutant.change}) + "\n")
        print(f"{number}/{len(drawn)} {done[mutant.id]}: {mutant.file}:{mutant.line}: {mutant.change}", flush=True)
    print(dict(Counter(done[mutant.id] for mutant in drawn)))
    reasons = excused(SURVIVORS.read_text(encoding="utf-8").splitlines())
    left = [each for each in drawn if done[each.id] == "survived" and each.change not in reasons]
    for mutant in left:
        print(f"survived: {mutant.file}:{mutant.line}: {mutant.change}")
    sys.exit(bool(left))


if __name__ == "__main__":
    main()
