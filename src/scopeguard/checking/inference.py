"""The static types of a condition: what it reads is declared, and its operands can fit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from scopeguard.checking.fields import BUILT_IN, TEXTS
from scopeguard.checking.findings import Hints
from scopeguard.checking.signatures import (
    BOOL,
    DYN,
    FUNCTIONS,
    MAP,
    METHODS,
    OPERATORS,
    ORDERED,
    UNSUPPORTED,
    WORDS,
    accepts,
    compatible,
    joined,
)
from scopeguard.errors import quoted
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import (
    Call,
    Expr,
    Failure,
    Ident,
    Index,
    ListExpr,
    Literal,
    Macro,
    MapExpr,
    Select,
    UInt,
)

Locals = Mapping[str, str]
_NO_LOCALS: Final[Locals] = MappingProxyType({})


class Problem(NamedTuple):
    """What is wrong with a condition, *offset* characters into its text."""

    code: str
    message: str
    hint: str | None
    offset: int


def problems_of(
    text: str, tree: Expr, declared: Mapping[str, Mapping[str, str]], open: frozenset[str], hints: Hints
) -> tuple[Problem, ...]:
    """What is wrong with a condition: *declared* holds the types of the fields of each root.

    A root in *open* may have fields that are not known.
    """
    inference = _Inference(text, declared, open, hints)
    inference.condition(tree)
    return tuple(inference.problems)


@dataclass(slots=True)
class _Inference:
    """Finds the type of a condition and collects its problems.

    *declared* holds the types of the fields of ``principal``, ``resource``, ``context`` and ``facts``; a root
    in *open* may have fields that are not known. Recursion is bounded by the depth the parser admits.
    """

    text: str
    declared: Mapping[str, Mapping[str, str]]
    open: frozenset[str]
    hints: Hints
    problems: list[Problem] = field(default_factory=list)

    def condition(self, expr: Expr) -> None:
        """Check a whole condition."""
        found = self.of(expr, _NO_LOCALS)
        if found not in (BOOL, DYN):
            self.wrong("SG504", f"the condition is {_a(found)}, not a bool", "compare it with something", expr)

    def wrong(self, code: str, message: str, hint: str | None, at: Expr | int) -> str:
        """Note a problem; its type is not known."""
        self.problems.append(Problem(code, message, hint, at if isinstance(at, int) else at.span.start))
        return DYN

    def of(self, expr: Expr, local: Locals) -> str:
        """The type of *expr*."""
        match expr:
            case Literal(value=value):
                return _LITERALS[type(value)]
            case Ident():
                return self.name(expr, local)
            case Select():
                return self.select(expr, local)
            case Index():
                return self.index(expr, local)
            case ListExpr(items=items, optional=optional):
                self.optional(expr, written=bool(optional))
                return f"list({joined(tuple(self.of(item, local) for item in items))})"
            case MapExpr():
                return self.mapping(expr, local)
            case Macro():
                return self.macro(expr, local)
            case Call():
                return self.call(expr, local)
            case Failure():
                return DYN

    def optional(self, expr: Expr, *, written: bool) -> None:
        if written:
            self.wrong("SG505", "optional values are not supported in conditions", "ask with has(…)", expr)

    def name(self, expr: Ident, local: Locals) -> str:
        if expr.name in local:
            return local[expr.name]
        if expr.name in TEXTS:
            return "string"
        if expr.name in BUILT_IN and expr.name != "facts":
            hint = f"read one of its fields, such as {expr.name}.{next(iter(BUILT_IN[expr.name]))}"
            return self.wrong("SG504", f"{quoted(expr.name)} is not a value", hint, expr)
        return self.unknown(expr.name, (*local, *self.readable()), expr.span.start)

    def readable(self) -> Iterator[str]:
        yield from sorted(TEXTS)
        for root, fields in self.declared.items():
            yield from (_dotted(root, name) for name in fields)

    def unknown(self, name: str, known: tuple[str, ...], offset: int) -> str:
        hint = self.hints.near(name, known, f"names {len(known)}")
        return self.wrong("SG211", f"unknown name {quoted(name)}", hint, offset)

    def select(self, expr: Select, local: Locals) -> str:
        self.optional(expr, written=expr.optional)
        root = self.root(expr.operand, local)
        if root is not None:
            found = self.field(root, expr.name, expr)
        else:
            base = self.of(expr.operand, local)
            found = DYN
            if base not in (MAP, DYN):
                self.wrong("SG504", f"no field {quoted(expr.name)} on {_a(base)}", None, self.place(expr))
        return BOOL if expr.test else found

    def root(self, expr: Expr, local: Locals) -> str | None:
        """``principal``, ``resource``, ``context`` or ``facts`` where *expr* is one of them."""
        match expr:
            case Ident(name=name) if name in BUILT_IN and name != "facts" and name not in local:
                return name
            case Select(operand=Ident(name="context"), name="facts", test=False) if "context" not in local:
                return "facts"
        return None

    def field(self, root: str, name: str, expr: Expr) -> str:
        fields = self.declared[root]
        if name in fields or root in self.open:
            return fields.get(name, DYN)
        offset = self.place(expr)
        if root == "context" and name in self.declared["facts"]:
            hint = f'did you mean "context.facts.{name}"?'
            return self.wrong("SG211", f"unknown name {quoted(_dotted(root, name))}", hint, offset)
        return self.unknown(_dotted(root, name), tuple(self.readable()), offset)

    def place(self, expr: Expr) -> int:
        """Where the name that *expr* ends with begins."""
        if not isinstance(expr, Select):
            return expr.span.start
        found = self.text.rfind(expr.name, expr.span.start, expr.span.end)
        return expr.span.start if found < 0 else found

    def index(self, expr: Index, local: Locals) -> str:
        self.optional(expr, written=expr.optional)
        root = self.root(expr.operand, local)
        if root == "facts" and isinstance(expr.index, Literal) and isinstance(expr.index.value, str):
            return self.field("facts", expr.index.value, expr.index)
        base, key = self.of(expr.operand, local), self.of(expr.index, local)
        if base.startswith("list("):
            if key not in ("int", "uint", DYN):
                self.wrong("SG504", f"{_a(key)} is no place in a list", "write a whole number", expr.index)
            return base[5:-1]
        if base not in (MAP, DYN):
            return self.wrong("SG504", f"no element of {_a(base)}", "only lists and maps have elements", expr.index)
        return DYN

    def mapping(self, expr: MapExpr, local: Locals) -> str:
        self.optional(expr, written=bool(expr.optional))
        for key, value in expr.entries:
            found = self.of(key, local)
            if found not in ("string", "int", "uint", BOOL, DYN):
                self.wrong("SG504", f"{_a(found)} cannot be a key", "use a string", key)
            self.of(value, local)
        return MAP

    def macro(self, expr: Macro, local: Locals) -> str:
        if expr.kind not in ex.MACROS or len(expr.variables) != 1:
            hint = "use all, exists, exists_one, map or filter with one name"
            return self.wrong("SG505", f"this form of {quoted(expr.kind)} is not supported in conditions", hint, expr)
        base = self.of(expr.operand, local)
        if not base.startswith("list(") and base not in (MAP, DYN):
            self.wrong("SG504", f"{quoted(expr.kind)} needs a list or a map, not {_a(base)}", None, expr.operand)
        element = base[5:-1] if base.startswith("list(") else "string" if base == MAP else DYN
        inner = {**local, expr.variables[0]: element}
        *tests, last = expr.body
        for test in tests if expr.kind == "map" else expr.body:
            self.boolean(test, inner, expr.kind)
        if expr.kind == "map":
            return f"list({self.of(last, inner)})"
        return (
            base
            if expr.kind == "filter" and base.startswith("list(")
            else "list(dyn)"
            if expr.kind == "filter"
            else BOOL
        )

    def boolean(self, expr: Expr, local: Locals, what: str) -> None:
        found = self.of(expr, local)
        if found not in (BOOL, DYN):
            self.wrong("SG504", f"{quoted(what)} needs a bool, not {_a(found)}", None, expr)

    def call(self, expr: Call, local: Locals) -> str:
        form = _FORMS.get(expr.function)
        return self.function(expr, local) if form is None else form(self, expr, local)

    def function(self, expr: Call, local: Locals) -> str:
        given = [(arg, self.of(arg, local)) for arg in expr.args]
        name = expr.function
        wanted: tuple[str, ...]
        if expr.target is not None:
            given.insert(0, (expr.target, self.of(expr.target, local)))
            if name not in METHODS:
                return self.no_function(expr, "method", METHODS, FUNCTIONS)
            first, rest, result = METHODS[name]
            wanted = (first, *rest)
        else:
            if name not in FUNCTIONS:
                return self.no_function(expr, "function", FUNCTIONS, METHODS)
            wanted, result = FUNCTIONS[name]
        if len(given) != len(wanted):
            count = len(wanted) - (expr.target is not None)
            noun = "argument" if count == 1 else "arguments"
            message = f"{quoted(name)} takes {count} {noun}, not {len(expr.args)}"
            self.wrong("SG504", message, None, self.called(expr))
            return result
        for want, (arg, kind) in zip(wanted, given, strict=True):
            if not accepts(want, kind):
                needed = "something with a size" if want == "sized" else _a(want)
                self.wrong("SG504", f"{quoted(name)} needs {needed}, not {_a(kind)}", None, arg)
        return result

    def called(self, expr: Call) -> int:
        """Where the name of the function stands."""
        start = expr.span.start if expr.target is None else expr.target.span.end
        found = self.text.find(expr.function, start, expr.span.end)
        return expr.span.start if found < 0 else found

    def no_function(self, expr: Call, word: str, known: Mapping[str, object], other: Mapping[str, object]) -> str:
        name = expr.function
        if name in UNSUPPORTED:
            message = f"{quoted(name)} is not supported in conditions"
            return self.wrong("SG505", message, UNSUPPORTED[name], self.called(expr))
        if name in other:
            hint: str | None = f"write value.{name}(…)" if word == "function" else f"write {name}(value)"
        else:
            hint = self.hints.near(name, (*known, *(other if word == "function" else ())), word)
        return self.wrong("SG212", f"unknown {word} {quoted(name)}", hint, self.called(expr))

    def logic(self, expr: Call, local: Locals) -> str:
        for arg in expr.args:
            self.boolean(arg, local, WORDS[expr.function])
        return BOOL

    def choice(self, expr: Call, local: Locals) -> str:
        test, then, other = expr.args
        self.boolean(test, local, "?:")
        return joined((self.of(then, local), self.of(other, local)))

    def negation(self, expr: Call, local: Locals) -> str:
        found = self.of(expr.args[0], local)
        if found not in ("int", "double", DYN):
            return self.wrong("SG504", f"{_a(found)} cannot be negated", None, expr)
        return found

    def equality(self, expr: Call, local: Locals) -> str:
        left, right = (self.of(arg, local) for arg in expr.args)
        if not compatible(left, right):
            hint = "ask with has(…) whether a name is there" if "null" in (left, right) else None
            self.wrong("SG504", f"{_a(left)} never equals {_a(right)}", hint, expr)
        return BOOL

    def order(self, expr: Call, local: Locals) -> str:
        left, right = (self.of(arg, local) for arg in expr.args)
        ordered = all(kind in ORDERED or kind == DYN for kind in (left, right))
        if not ordered or not compatible(left, right):
            message = f"{quoted(WORDS[expr.function])} cannot order {_a(left)} and {_a(right)}"
            self.wrong("SG504", message, None, expr)
        return BOOL

    def arithmetic(self, expr: Call, local: Locals) -> str:
        left, right = (self.of(arg, local) for arg in expr.args)
        found = OPERATORS.get((expr.function, left, right))
        if found is not None:
            return found
        lists = left.startswith("list(") and right.startswith("list(")
        if expr.function == ex.ADD and lists:
            return joined((left, right)) if left == right else "list(dyn)"
        if DYN in (left, right):
            return DYN
        message = f"{quoted(WORDS[expr.function])} does not take {_a(left)} and {_a(right)}"
        return self.wrong("SG504", message, None, expr)

    def member(self, expr: Call, local: Locals) -> str:
        item, container = (self.of(arg, local) for arg in expr.args)
        if container.startswith("list("):
            if not compatible(item, container[5:-1]):
                self.wrong("SG504", f"{_a(item)} is never in {_a(container)}", None, expr)
        elif container not in (MAP, DYN):
            hint = "for a part of a text write text.contains(…)" if container == "string" else None
            self.wrong("SG504", f'"in" needs a list or a map, not {_a(container)}', hint, expr.args[1])
        return BOOL


def _a(kind: str) -> str:
    return kind if kind == "null" else f"{'an' if kind[0] in 'aiou' and kind != 'uint' else 'a'} {kind}"


def _dotted(root: str, name: str) -> str:
    return f"context.facts.{name}" if root == "facts" else f"{root}.{name}"


_LITERALS: Final[Mapping[type, str]] = MappingProxyType({
    type(None): "null", bool: BOOL, int: "int", UInt: "uint", float: "double", str: "string", bytes: "bytes",
})  # fmt: skip

_FORMS: Final[Mapping[str, Callable[[_Inference, Call, Locals], str]]] = MappingProxyType(
    dict.fromkeys((ex.AND, ex.OR, ex.NOT), _Inference.logic)
    | dict.fromkeys((ex.EQUAL, ex.NOT_EQUAL), _Inference.equality)
    | dict.fromkeys((ex.LESS, ex.LESS_EQUAL, ex.GREATER, ex.GREATER_EQUAL), _Inference.order)
    | dict.fromkeys((ex.ADD, ex.SUBTRACT, ex.MULTIPLY, ex.DIVIDE, ex.MODULO), _Inference.arithmetic)
    | {ex.CONDITIONAL: _Inference.choice, ex.NEGATE: _Inference.negation, ex.IN: _Inference.member}
)
