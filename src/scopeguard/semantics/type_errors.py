"""What is wrong with the types of an expression, said with a hint and at its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec import Struct, field

from scopeguard.errors import Hint, Suggestion, did_you_mean, quoted
from scopeguard.semantics.functions.library import Library, Overload
from scopeguard.semantics.names import OPT_FLAT_MAP, OPT_MAP, Names, Problem
from scopeguard.semantics.types import BOOL, DYN, Substitution, Type
from scopeguard.semantics.values import NUMBERS
from scopeguard.synonyms import HINTS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, Select
from scopeguard.syntax.keywords import MACROS

Locals: TypeAlias = Mapping[str, Type]
SYMBOLS: Final[Mapping[str, str]] = MappingProxyType({
    ex.IN: "in",
    ex.CONDITIONAL: "?:",
    **{
        name: name.strip("_")
        for name in (
            *(ex.AND, ex.OR, ex.NOT, ex.EQUAL, ex.NOT_EQUAL, ex.LESS, ex.LESS_EQUAL, ex.GREATER, ex.GREATER_EQUAL),
            *(ex.NEGATE, ex.ADD, ex.SUBTRACT, ex.MULTIPLY, ex.DIVIDE, ex.MODULO),
        )
    },
})  # fmt: skip
"""The operators as they are written."""
_WHOLES: Final = frozenset({"principal", "resource", "context", "context.facts"})
"""Namespaces in which a word of elsewhere may mean what is in another one."""
_SHOWN: Final = 5
"""Fields that a hint tells of."""


class TypeErrors(Struct, eq=False):
    """Notes the problems of one expression. Types may still be open."""

    text: str
    names: Names
    problems: list[Problem] = field(default_factory=list)
    substitution: Substitution = field(default_factory=Substitution)
    near: Callable[[str, Collection[str]], Suggestion | None] = did_you_mean
    """Finds a hint for a word among those known."""

    def wrong(self, code: str, message: str, hint: Hint, at: Expr | int) -> Type:
        """Note a problem; its type is not known."""
        self.problems.append(Problem(code, message, hint, at if isinstance(at, int) else at.span.start))
        return DYN

    def needs_bool(self, found: Type, what: str, at: Expr) -> None:
        """Note that *what* was given something else than a bool."""
        if not self.substitution.fits((found,), (BOOL,)):
            self.wrong("SG504", f"{quoted(what)} needs a bool, not {self.shown(found)}", None, at)

    def shown(self, found: Type) -> str:
        """A type as messages show it."""
        return str(self.substitution.closed(found))

    def unknown_name(self, name: str, local: Locals, at: Expr | int) -> Type:
        """A name that is not declared, or under which others are."""
        hint: Hint
        if self.names.is_space(name):
            first = next((known for known in self.names.variables or () if known.startswith(f"{name}.")), None)
            hint = None if first is None else f"read one of its fields, such as {first}"
            return self.wrong("SG504", f"{quoted(name)} is not a value", hint, at)
        parent, dot, _ = name.rpartition(".")
        fields = self.fields(parent)
        if fields and parent not in _WHOLES:
            hint = _of_field(self.near(name, fields)) or f"there is {' or '.join(fields[:_SHOWN])}"
            return self.wrong("SG211", f"unknown name {quoted(name)}", hint, at)
        # Nobody who misspells a field means the whole, unless a field of that follows.
        spaces = (each for each in fields if self.names.is_space(each)) if dot else self.names.namespaces
        known = (*local, *(self.names.variables or ()), *self.names.library.types, *spaces)
        hint = HINTS.get(name) or _of_field(self.near(name, known)) or _as_field(name, known)
        return self.wrong("SG211", f"unknown name {quoted(name)}", hint, at)

    def fields(self, space: str) -> list[str]:
        """The names right below a namespace, sorted."""
        start = f"{space}."
        below = (name.removeprefix(start) for name in self.names.variables or () if name.startswith(start))
        return sorted({start + name.partition(".")[0] for name in below})

    def is_whole(self, expr: Expr) -> bool:
        """Whether *expr* is a namespace, as in ``principal.hasRole(…)``, of which only the function is wrong."""
        return isinstance(expr, Ident) and expr.absolute and self.names.is_space(expr.name)

    def place(self, expr: Select) -> int:
        """Where the name that *expr* ends with begins."""
        found = self.text.rfind(expr.name, expr.span.start, expr.span.end)
        return expr.span.start if found < 0 else found

    def function_namespace(self, target: Expr) -> str | None:
        """What the names of functions begin with that are written as methods of *target*; None where there are none."""
        if isinstance(target, Ident) and target.absolute and self.names.type_of(target.name) is None:
            namespace = f"{target.name}."
            if any(known.startswith(namespace) for known in known_functions(self.names.library, method=False)):
                return namespace
        return None

    def unknown_function(self, expr: Call) -> Type:
        """A call of a function that does not exist; what it is called with is not looked at."""
        library = self.names.library
        name = expr.function
        namespace = None if expr.target is None else self.function_namespace(expr.target)
        if namespace is not None:
            functions = {known for known in known_functions(library, method=False) if known.startswith(namespace)}
            near = self.near(namespace + name, functions)
            return self.wrong("SG212", f"unknown function {quoted(namespace + name)}", near, expr)
        at = self.function_place(expr)
        if library.named(name, method=expr.target is None):
            written = f"x.{name}(…)" if expr.target is None else f"{name}(x)"
            kind = "a method" if expr.target is None else "not a method"
            return self.wrong("SG212", f"{quoted(name)} is {kind}", f"write {written}", at)
        known = known_functions(library, method=True) | known_functions(library, method=False)
        hint: Hint
        if name in known:
            hint = f"write x.{name}(…)" if name != "has" else "write has(a.b), and x in list for what is in a list"
        else:
            hint = _with_text(HINTS.get(name), expr) or self.near(name, known)
        return self.wrong("SG212", f"unknown function {quoted(name)}", hint, at)

    def function_place(self, expr: Call) -> int:
        """Where the name of a called function begins."""
        start = expr.span.start if expr.target is None else expr.target.span.end
        found = self.text.find(expr.function, start, expr.span.end)
        return expr.span.start if found < 0 else found

    def no_matching_overload(
        self, expr: Call, operands: tuple[Expr, ...], types: tuple[Type, ...], overloads: tuple[Overload, ...]
    ) -> Type:
        """A call whose operands fit no overload."""
        given = tuple(self.shown(found) for found in types)
        written = symbol(expr.function)
        if expr.function in (ex.EQUAL, ex.NOT_EQUAL) and not NUMBERS.issuperset(given):
            hint = "ask with has(…) whether a name is there" if "null" in given else _of_address(given)
            if given[0] == f"list({given[1]})" or given[1] == f"list({given[0]})":
                hint = "write x in list"
            return self.wrong("SG504", f"{' and '.join(given)} are never equal", hint, expr)
        if written != expr.function:
            at, hint = operands[0], None
            if expr.function == ex.IN and given[1] == "string":
                at, hint = operands[1], "for a part of a text write text.contains(…)"
            elif expr.function == ex.IN and given[1] == "cidr":
                at, hint = operands[1], "write network.containsIP(address)"
            elif len(set(given)) == 2 and NUMBERS.issuperset(given):
                hint = "convert one side"
            return self.wrong("SG504", f"{quoted(written)} does not take {' and '.join(given)}", hint, at)
        if expr.function == "contains" and types[0].name in ("list", "map"):
            message = f"no {_written(expr, given)}"
            return self.wrong("SG504", message, "write x in list", self.function_place(expr))
        if expr.function == "contains" and types[0].name == "cidr":
            return self.wrong("SG504", f"no {_written(expr, given)}", "write containsIP(…)", self.function_place(expr))
        taken = sorted({_written(expr, tuple(map(str, overload.parameters))) for overload in overloads})
        message = f"no {_written(expr, given)}"
        return self.wrong(
            "SG504", message, f"there is {' or '.join(taken[:6])}", self.mismatched_argument(expr, types, overloads)
        )

    def mismatched_argument(self, expr: Call, types: tuple[Type, ...], overloads: tuple[Overload, ...]) -> Expr | int:
        """The argument to blame where there is one overload, else the function's name."""
        if len(overloads) == 1 and len(overloads[0].parameters) == len(types):
            operands = expr.args if expr.target is None else (expr.target, *expr.args)
            for operand, found, wanted in zip(operands, types, overloads[0].parameters, strict=True):
                if not self.substitution.fits((found,), self.substitution.instance((wanted,))):
                    return operand
        return self.function_place(expr)


def _written(expr: Call, types: tuple[str, ...]) -> str:
    """A call with types in the place of its operands."""
    if expr.target is None:
        return f"{expr.function}({', '.join(types)})"
    return f"{types[0]}.{expr.function}({', '.join(types[1:])})"


def _with_text(hint: str | None, expr: Call) -> str | None:
    """A hint, with the text that is written in the place of the one in it."""
    match expr.args:
        case (Literal(value=str(text)),) if hint is not None:
            return hint.replace('"owner"', quoted(text))
    return hint


def _of_address(given: tuple[str, ...]) -> str | None:
    """How a text that is compared with an address or a network is written."""
    kind = next((kind for kind in ("ip", "cidr") if set(given) == {kind, "string"}), None)
    return None if kind is None else f'write {kind}("…")'


def symbol(function: str) -> str:
    """An operator as it is written; any other function as it is called."""
    return SYMBOLS.get(function, function)


def _of_field(found: Suggestion | None) -> Suggestion | None:
    """*found* about the last part of a dotted name alone, which is where such a name is reported."""
    if found is None or found.replacement is None:
        return found
    (root, _, field_name), (other, _, replacement) = found.written.rpartition("."), found.replacement.rpartition(".")
    return Suggestion(found.hint, field_name, replacement if root == other else None)


def _as_field(name: str, known: Iterable[str]) -> str | None:
    """A hint for the bare name of a field."""
    for full in sorted(known):
        root, dot, _ = f"{full}.".partition(f".{name}.")
        if dot:
            return f'did you mean "{root}.{name}"?'
    return None


def known_functions(library: Library, *, method: bool) -> set[str]:
    """The names that a call may have."""
    names = {name for name, is_method in library.declared if is_method is method and name[:1].isalpha()}
    return names | (set(MACROS) | {OPT_MAP, OPT_FLAT_MAP} if method else {"has", "cel.bind"})
