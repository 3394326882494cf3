"""The static types of a condition: what it reads is declared, and its operands can fit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from scopeguard.checking.applying import Applied, Complaint, apply_function, apply_operator, needs_bool
from scopeguard.checking.fields import BUILT_IN, TEXTS, Fields, dotted_name
from scopeguard.checking.signatures import (
    ANY_MAP,
    BOOL,
    DYN,
    FUNCTIONS,
    MAP,
    METHODS,
    UNSUPPORTED,
    WORDS,
    is_list,
    is_map,
    joined,
    members_of,
    phrase,
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

Locals: TypeAlias = Mapping[str, str]
_NO_LOCALS: Final[Locals] = MappingProxyType({})


class Problem(NamedTuple):
    """What is wrong with a condition, *offset* characters into its text."""

    code: str
    message: str
    hint: str | None
    offset: int


def problems_of(text: str, tree: Expr, fields: Fields) -> tuple[Problem, ...]:
    """What is wrong with the condition *text*, parsed as *tree*, that may read *fields*."""
    inference = _Inference(text, fields)
    inference.condition(tree)
    return tuple(inference.problems)


@dataclass(slots=True)
class _Inference:
    """Finds the type of a condition and collects its problems. Recursion is bounded by the depth the parser admits."""

    text: str
    fields: Fields
    problems: list[Problem] = field(default_factory=list)

    def condition(self, expr: Expr) -> None:
        """Check a whole condition."""
        found = self.of(expr, _NO_LOCALS)
        if found not in (BOOL, DYN):
            self.wrong("SG504", f"the condition is {phrase(found)}, not a bool", "compare it with something", expr)

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
            case Failure():
                return DYN
        return self.call(expr, local)

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
        return self.unknown(expr.name, self.fields.near(expr.name, local), expr)

    def unknown(self, name: str, hint: str | None, at: Expr | int) -> str:
        return self.wrong("SG211", f"unknown name {quoted(name)}", hint, at)

    def select(self, expr: Select, local: Locals) -> str:
        self.optional(expr, written=expr.optional)
        root = self.root(expr.operand, local)
        if root is not None:
            found = self.field(root, expr.name, expr)
        else:
            base = self.of(expr.operand, local)
            found = DYN
            if not is_map(base) and base != DYN:
                self.wrong("SG504", f"no field {quoted(expr.name)} on {phrase(base)}", None, self.place(expr))
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
        found = self.fields.type_of(root, name)
        if found is not None:
            return found
        return self.unknown(dotted_name(root, name), self.fields.near_field(root, name), self.place(expr))

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
        if is_list(base):
            if key not in ("int", "uint", DYN):
                self.wrong("SG504", f"{phrase(key)} is no place in a list", "write a whole number", expr.index)
            return members_of(base)
        if base == MAP and key not in ("string", DYN):
            return self.wrong("SG504", f"{phrase(key)} is never a key of {phrase(base)}", "use a string", expr.index)
        if not is_map(base) and base != DYN:
            return self.wrong("SG504", f"no element of {phrase(base)}", "only lists and maps have elements", expr.index)
        return DYN

    def mapping(self, expr: MapExpr, local: Locals) -> str:
        self.optional(expr, written=bool(expr.optional))
        texts = True
        for key, value in expr.entries:
            found = self.of(key, local)
            if found not in ("string", "int", "uint", BOOL, DYN):
                self.wrong("SG504", f"{phrase(found)} cannot be a key", "use a string", key)
            self.of(value, local)
            texts = texts and found == "string"
        return MAP if texts else ANY_MAP

    def macro(self, expr: Macro, local: Locals) -> str:
        if expr.kind not in ex.MACROS or len(expr.variables) != 1:
            hint = "use all, exists, exists_one, map or filter with one name"
            return self.wrong("SG505", f"this form of {quoted(expr.kind)} is not supported in conditions", hint, expr)
        base = self.of(expr.operand, local)
        if not is_list(base) and not is_map(base) and base != DYN:
            self.wrong("SG504", f"{quoted(expr.kind)} needs a list or a map, not {phrase(base)}", None, expr.operand)
        element = members_of(base)
        inner = {**local, expr.variables[0]: element}
        # Every part of a body is a test, but for what "map" makes of each element.
        tests = expr.body[:-1] if expr.kind == "map" else expr.body
        for test in tests:
            self.complain(needs_bool(expr.kind, self.of(test, inner)), test)
        if expr.kind == "map":
            return f"list({self.of(expr.body[-1], inner)})"
        return f"list({element})" if expr.kind == "filter" else BOOL

    def complain(self, complaints: Iterable[Complaint], at: Expr | int, operands: tuple[Expr, ...] = ()) -> None:
        """Note what is wrong with an application."""
        for complaint in complaints:
            place = at if complaint.operand is None or not operands else operands[complaint.operand]
            self.wrong("SG504", complaint.message, complaint.hint, place)

    def call(self, expr: Call, local: Locals) -> str:
        operands = expr.args if expr.target is None else (expr.target, *expr.args)
        kinds = tuple(self.of(operand, local) for operand in operands)
        applied = apply_operator(expr.function, kinds) if expr.function in WORDS else self.function(expr, kinds)
        self.complain(applied.complaints, expr, operands)
        return applied.type

    def function(self, expr: Call, kinds: tuple[str, ...]) -> Applied:
        name = expr.function
        wanted: tuple[str, ...]
        if expr.target is not None:
            if name not in METHODS:
                return Applied(self.no_function(expr, "method", METHODS, FUNCTIONS))
            first, rest, result = METHODS[name]
            wanted = (first, *rest)
        else:
            if name not in FUNCTIONS:
                return Applied(self.no_function(expr, "function", FUNCTIONS, METHODS))
            wanted, result = FUNCTIONS[name]
        if len(kinds) == len(wanted):
            return apply_function(name, wanted, result, kinds)
        count = len(wanted) - (expr.target is not None)
        noun = "argument" if count == 1 else "arguments"
        self.wrong("SG504", f"{quoted(name)} takes {count} {noun}, not {len(expr.args)}", None, self.called(expr))
        return Applied(result)

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
            hint = self.fields.hints.near(name, (*known, *(other if word == "function" else ())), word)
        return self.wrong("SG212", f"unknown {word} {quoted(name)}", hint, self.called(expr))


_LITERALS: Final[Mapping[type, str]] = MappingProxyType({
    type(None): "null", bool: BOOL, int: "int", UInt: "uint", float: "double", str: "string", bytes: "bytes",
})  # fmt: skip
