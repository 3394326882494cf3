"""The small changes that `make mutate` makes to the library, and the list of those that make no difference."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("model", "compiling", "guard.py", "runtime")

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Mult: ast.Add,
}  # fmt: skip
_LEFT_ALONE = (ast.JoinedStr, ast.Import, ast.ImportFrom)
_PLAIN = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.NamedExpr)
"""What is negated where a branch hangs on it; other expressions are changed in themselves."""
NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """One change: bytes of a file, and what stands in their place; with the function and the lines that it is of."""

    file: str
    function: str
    line: int
    lines: range
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
        place = f"{self.file} {self.function}".strip()
        return f"{place}: {' '.join(self.old.split())} -> {' '.join(self.new.split())}"

    def applied(self, raw: bytes) -> bytes:
        """The file with the change, all other lines of which keep their numbers."""
        whole, closing = (self.new[:-1], ")") if self.new.endswith(")") else (self.new, "")
        missing = "\n" * (self.old.count("\n") - self.new.count("\n"))
        return raw[: self.start] + f"{whole}{missing}{closing}".encode() + raw[self.end :]


def digest(file: Path) -> str:
    """What a file holds."""
    return sha256(file.read_bytes()).hexdigest()


def mutants(file: Path) -> Iterator[Mutant]:
    """Every change of a file, in the order of its nodes; annotations, docstrings and messages are left alone."""
    text = file.read_text(encoding="utf-8")
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    raw, name = text.encode(), str(file.relative_to(ROOT))
    looked = list(looked_at(ast.parse(text)))
    tests = {id(node.test) for _, _, node in looked if isinstance(node, ast.If | ast.While)}
    for function, lines, node in looked:
        negated = [f"(not ({ast.unparse(node)}))"] if id(node) in tests and isinstance(node, _PLAIN) else []
        for new in (*changes(node), *negated):
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
            yield Mutant(name, function, node.lineno, lines, start, end, raw[start:end].decode(), new)


Looked = tuple[str, range, ast.expr | ast.stmt]
"""The function that a node stands in, the lines of its statement, and the node."""


def looked_at(tree: ast.AST, function: str = "", lines: range = range(0)) -> Iterator[Looked]:
    """The nodes of a tree that run."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "type_params", "decorator_list", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, _LEFT_ALONE) or is_said(child):
                continue
            inner, span = function, lines
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{function}.{child.name}".lstrip(".")
            if isinstance(child, ast.stmt):
                body = getattr(child, "body", None)
                span = range(child.lineno, body[0].lineno if body else (child.end_lineno or child.lineno) + 1)
            if isinstance(child, ast.expr | ast.stmt):
                yield inner, span, child
            if not isinstance(child, ast.Raise):  # what is said there is for readers
                yield from looked_at(child, inner, span)


def is_said(node: ast.AST) -> bool:
    """Whether a node only tells readers something: a docstring, the name of a type, what kind of struct a class is."""
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.annotation) == "TypeAlias"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return ast.unparse(node.right).rpartition(".")[2][:1].isupper()
    if isinstance(node, ast.keyword):
        # One test looks at all structs at once; what the collector visits no test can see.
        return node.arg in ("frozen", "gc")
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
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) not in ("None", "False"):
            yield "return None"
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Break() | ast.Raise():
            yield "pass"


def whole(tree: ast.expr) -> str:
    """An expression as text that may stand anywhere."""
    return f"({ast.unparse(ast.fix_missing_locations(tree))})"


def every() -> list[Mutant]:
    """All changes."""
    places = (ROOT / "src" / "scopeguard" / name for name in SOURCES)
    files = (file for place in places for file in ([place] if place.suffix else sorted(place.glob("*.py"))))
    return [mutant for file in files for mutant in mutants(file)]


def excused(lines: Iterable[str]) -> set[str]:
    """The changes that make no difference: each line is a change, ``  # `` and the reason."""
    return {line.partition("  # ")[0] for line in lines if "  # " in line and not line.startswith("#")}
