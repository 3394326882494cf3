"""The static types of an expression (cel-spec, "Gradual Type Checking")."""

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec import Struct, field

from scopeguard.errors import did_you_mean, quoted
from scopeguard.semantics.functions.library import Library, Overload
from scopeguard.semantics.name_resolution import BIND, EXISTS_ONE, OPT_FLAT_MAP, OPT_MAP, Names, Problem
from scopeguard.semantics.types import (
    BOOL,
    DYN,
    INT,
    NULL,
    Substitution,
    Type,
    list_of,
    map_of,
    optional_of,
)
from scopeguard.synonyms import HINTS
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
from scopeguard.syntax.keywords import MACROS

Locals: TypeAlias = Mapping[str, Type]
KnownCalls: TypeAlias = dict[tuple[str, bool, tuple[Type, ...]], Type]
"""By a function, whether it is a method, and types of which none is open, the type of the call where it fits."""
_NO_LOCALS: Final[Locals] = MappingProxyType({})
_LITERALS: Final[Mapping[type, Type]] = MappingProxyType({
    bool: BOOL,
    int: INT,
    UInt: Type("uint"),
    float: Type("double"),
    str: Type("string"),
    bytes: Type("bytes"),
    type(None): NULL,
})  # fmt: skip
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

_KEYS: Final = frozenset({"bool", "int", "uint", "string", "dyn"})
_NUMBERS: Final = frozenset({"int", "uint", "double"})
_ANYTHING: Final = frozenset({DYN, NULL})
"""The types that may fit where another is wanted."""

_TESTS: Final = EXISTS_ONE | {"all", "exists"}


class Checker(Struct, eq=False):
    """Infers the types of one resolved tree and collects what is wrong with it.

    Recursion is bounded by the depth that the parser admits.
    """

    text: str
    names: Names
    problems: list[Problem] = field(default_factory=list)
    substitution: Substitution = field(default_factory=Substitution)
    found: dict[int, Type] = field(default_factory=dict)
    near: Callable[[str, Collection[str]], str | None] = did_you_mean
    """Finds a hint for a word among those known."""
    calls: KnownCalls = field(default_factory=dict)
    """Calls of this library met before: several checkers may share them."""

    def __post_init__(self) -> None:
        if self.names.library.is_strict:
            self.substitution.nullable = frozenset()

    def check(self, expr: Expr) -> Type:
        """The type of a whole expression, ``dyn`` where nothing is known."""
        return self.substitution.closed(self.of(expr, _NO_LOCALS))

    def type_at(self, expr: Expr) -> Type:
        """The type found for a node of the checked tree."""
        return self.substitution.closed(self.found.get(id(expr), DYN))

    def of(self, expr: Expr, local: Locals) -> Type:
        """The type of *expr*, in which types may still be open."""
        found = self.substitution.resolved(self._of(expr, local))
        self.found[id(expr)] = found
        return found

    def _of(self, expr: Expr, local: Locals) -> Type:
        match expr:
            case Literal(value=value):
                return _LITERALS[type(value)]
            case Ident():
                return self.name(expr, local)
            case Select():
                return self.select(expr, local)
            case Index():
                return self.index(expr, local)
            case Call():
                return self.call(expr, local)
            case ListExpr(items=items, optional=optional):
                types = tuple(self.element(item, local, optional=place in optional) for place, item in enumerate(items))
                return list_of(self.substitution.joined(types))
            case MapExpr():
                return self.mapping(expr, local)
            case Macro(kind=kind) if kind in (BIND, OPT_MAP, OPT_FLAT_MAP):
                return self.binding(expr, local)
            case Macro():
                return self.macro(expr, local)
            case Failure():
                return DYN

    def wrong(self, code: str, message: str, hint: str | None, at: Expr | int) -> Type:
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

    def name(self, expr: Ident, local: Locals) -> Type:
        """The type of a name."""
        if not expr.absolute:
            return local[expr.name]
        found = self.names.type_of(expr.name)
        if found is not None:
            return found
        if self.names.variables is None:
            return DYN
        return self.unknown_name(expr.name, local, expr)

    def unknown_name(self, name: str, local: Locals, at: Expr | int) -> Type:
        """A name that is not declared, or under which others are."""
        if self.is_space(name):
            first = next((known for known in self.names.variables or () if known.startswith(f"{name}.")), None)
            hint = None if first is None else f"read one of its fields, such as {first}"
            return self.wrong("SG504", f"{quoted(name)} is not a value", hint, at)
        known = (*local, *(self.names.variables or ()), *self.names.library.types)
        # Nobody who misspells a field means the whole.
        known = known if "." in name else (*known, *self.names.namespaces)
        hint = HINTS.get(name) or self.near(name, known) or _as_field(name, known)
        return self.wrong("SG211", f"unknown name {quoted(name)}", hint, at)

    def select(self, expr: Select, local: Locals) -> Type:
        """The type of a field."""
        space = self.namespace(expr.operand)
        if space is not None:
            return self.unknown_name(f"{space}.{expr.name}", local, self.place(expr))
        operand = self.of(expr.operand, local)
        inner, optional = self.unwrapped(operand)
        if inner.is_open:
            self.substitution.fits((inner,), (DYN,))
            found = DYN
        elif inner == DYN:
            found = DYN
        elif inner.name == "map":
            found = inner.parameters[1]
        else:
            message = f"{self.shown(inner)} has no fields, so no {quoted(expr.name)}"
            self.wrong("SG504", message, "only maps have fields", self.place(expr))
            found = DYN
        if expr.test:
            return BOOL
        return optional_of(found) if optional or expr.optional else found

    def namespace(self, expr: Expr) -> str | None:
        """The namespace that *expr* names, if it names one."""
        steps: list[str] = []
        while isinstance(expr, Select) and not expr.test and not expr.optional:
            steps.append(expr.name)
            expr = expr.operand
        if not (isinstance(expr, Ident) and expr.absolute and expr.name in self.names.namespaces):
            return None
        name = ".".join((expr.name, *reversed(steps)))
        return name if self.is_space(name) else None

    def is_space(self, name: str) -> bool:
        """Whether names stand under *name*, which is then no value of its own."""
        return name in self.names.namespaces or any(
            known.startswith(f"{name}.") for known in self.names.variables or () if self.names.namespaces
        )

    def place(self, expr: Select) -> int:
        """Where the name that *expr* ends with begins."""
        found = self.text.rfind(expr.name, expr.span.start, expr.span.end)
        return expr.span.start if found < 0 else found

    def unwrapped(self, found: Type) -> tuple[Type, bool]:
        """What is in an optional, and whether *found* is one."""
        if found.name == "optional":
            return self.substitution.resolved(found.parameters[0]), True
        return found, False

    def index(self, expr: Index, local: Locals) -> Type:
        """The type of an element."""
        space = self.namespace(expr.operand)
        if space is not None and isinstance(expr.index, Literal) and isinstance(expr.index.value, str):
            return self.unknown_name(f"{space}.{expr.index.value}", local, expr.index)
        operand, key = self.of(expr.operand, local), self.of(expr.index, local)
        inner, optional = self.unwrapped(operand)
        if inner == DYN:
            found = DYN
        elif inner.is_open:
            found = self.substitution.fresh()
            is_place = self.substitution.fits((key,), (INT,))
            self.substitution.fits((inner,), (list_of(found) if is_place else map_of(key, found),))
        elif inner.name == "list":
            found = inner.parameters[0]
            if not self.substitution.fits((key,), (INT,)):
                message = f"{self.shown(key)} is no place in a list"
                self.wrong("SG504", message, "write a whole number", expr.index)
        elif inner.name == "map":
            found = inner.parameters[1]
            if not self.substitution.fits((key,), (inner.parameters[0],)):
                message = f"{self.shown(key)} is never a key of {self.shown(inner)}"
                self.wrong("SG504", message, None, expr.index)
        else:
            hint = "only lists and maps have elements"
            return self.wrong("SG504", f"{self.shown(inner)} has no elements", hint, expr.index)
        return optional_of(found) if optional or expr.optional else found

    def element(self, item: Expr, local: Locals, *, optional: bool) -> Type:
        """The type of an element, or of what is in it where it is written with a question mark."""
        found = self.of(item, local)
        if not optional:
            return found
        inside = self.substitution.fresh()
        if not self.substitution.fits((found,), (optional_of(inside),)):
            return self.wrong("SG504", f"{quoted('?')} needs an optional, not {self.shown(found)}", None, item)
        return inside

    def mapping(self, expr: MapExpr, local: Locals) -> Type:
        """The type of a map."""
        keys, values = [], []
        for place, (key, value) in enumerate(expr.entries):
            found = self.of(key, local)
            if found.name not in _KEYS and not found.is_open:
                message = f"{self.shown(found)} cannot be a key"
                self.wrong("SG504", message, "keys are strings, ints, uints or bools", key)
            keys.append(found)
            values.append(self.element(value, local, optional=place in expr.optional))
        return map_of(self.substitution.joined(tuple(keys)), self.substitution.joined(tuple(values)))

    def binding(self, expr: Macro, local: Locals) -> Type:
        """``cel.bind``, ``optMap`` and ``optFlatMap``."""
        value = self.of(expr.operand, local)
        if expr.kind != BIND:
            inside = self.substitution.fresh()
            if not self.substitution.fits((value,), (optional_of(inside),)):
                self.wrong(
                    "SG504", f"{quoted(expr.kind)} needs an optional, not {self.shown(value)}", None, expr.operand
                )
            value = self.substitution.resolved(inside)
        result = self.of(expr.body[0], {**local, expr.variables[0]: value})
        if expr.kind == OPT_FLAT_MAP and not self.substitution.fits(
            (result,), (optional_of(self.substitution.fresh()),)
        ):
            message = f"{quoted(expr.kind)} needs an optional, not {self.shown(result)}"
            return self.wrong("SG504", message, "use optMap for a plain value", expr.body[0])
        return optional_of(result) if expr.kind == OPT_MAP else result

    def macro(self, expr: Macro, local: Locals) -> Type:
        """A comprehension over a list or a map."""
        operand = self.of(expr.operand, local)
        if operand.name == "list":
            key, value = INT, operand.parameters[0]
            single = value
        elif operand.name == "map":
            key, value = operand.parameters
            single = key
        else:
            if not operand.is_open and operand != DYN:
                message = f"{quoted(expr.kind)} needs a list or a map, not {self.shown(operand)}"
                self.wrong("SG504", message, None, expr.operand)
            self.substitution.fits((operand,), (DYN,))
            key = value = single = DYN
        bound = (single,) if len(expr.variables) == 1 else (key, value)
        inner = {**local, **dict(zip(expr.variables, bound, strict=True))}
        types = [self.of(part, inner) for part in expr.body]
        tests = 1 if expr.kind in _TESTS | {"filter"} else len(expr.body) - 1
        for found, part in zip(types[:tests], expr.body, strict=False):
            self.needs_bool(found, expr.kind, part)
        if expr.kind in _TESTS:
            return BOOL
        match expr.kind:
            case "filter":
                return list_of(single)
            case "map" | "transformList":
                return list_of(types[-1])
            case "transformMap":
                return map_of(key, types[-1])
        entry = map_of(self.substitution.fresh(), self.substitution.fresh())
        if not self.substitution.fits((types[-1],), (entry,)):
            self.wrong("SG504", f"{quoted(expr.kind)} needs a map, not {self.shown(types[-1])}", None, expr.body[-1])
        return types[-1]

    def call(self, expr: Call, local: Locals) -> Type:
        """The type of a call."""
        if expr.function == ex.PRESENT:
            self.of(expr.args[0], local)
            return BOOL
        overloads = self.names.library.named(expr.function, method=expr.target is not None)
        if not overloads and expr.function not in (ex.AND, ex.OR, ex.CONDITIONAL):
            return self.unknown(expr, local)
        operands = expr.args if expr.target is None else (expr.target, *expr.args)
        types = tuple(self.of(operand, local) for operand in operands)
        if expr.function in (ex.AND, ex.OR):
            for found, operand in zip(types, operands, strict=True):
                self.needs_bool(found, symbol(expr.function), operand)
            return BOOL
        if expr.function == ex.CONDITIONAL:
            return self.conditional(expr, types)
        call = (expr.function, expr.target is not None, types)
        if call in self.calls:
            return self.calls[call]
        matched = {self.substitution.resolved(found) for found in self.applications(overloads, types)}
        if not matched:
            return self.unfit(expr, operands, types, overloads)
        result = matched.pop() if len(matched) == 1 else DYN
        if not any(map(_has_open, (*types, result))):
            self.calls[call] = result
        return result

    def applications(self, overloads: tuple[Overload, ...], types: tuple[Type, ...]) -> list[Type]:
        """The results of those *overloads* that *types* fit."""
        results = []
        # Most overloads of an operator are out of the question by a name alone.
        names = tuple("" if found.is_open or found in _ANYTHING else found.name for found in types)
        for overload in overloads:
            if len(names) != len(overload.kinds) or not all(
                kind is None or name in ("", kind) for name, kind in zip(names, overload.kinds, strict=True)
            ):
                continue
            *parameters, result = self.substitution.instance((*overload.parameters, overload.result))
            if self.substitution.fits(types, tuple(parameters)):
                results.append(result)
        return results

    def conditional(self, expr: Call, types: tuple[Type, ...]) -> Type:
        """``test ? then : other``."""
        self.needs_bool(types[0], "?:", expr.args[0])
        result = self.substitution.fresh()
        if self.substitution.fits(types[1:], (result, result)):
            return result
        then, other = map(self.shown, types[1:])
        hint = "wrap one of them in dyn(…) where this is meant"
        return self.wrong("SG504", f"one choice is {then}, the other {other}", hint, expr.args[2])

    def unknown(self, expr: Call, local: Locals) -> Type:
        """A call of a function that does not exist; what it is called with is not looked at."""
        library = self.names.library
        name = expr.function
        if isinstance(expr.target, Ident) and expr.target.absolute and self.names.type_of(expr.target.name) is None:
            namespace = f"{expr.target.name}."
            functions = {known for known in known_functions(library, method=False) if known.startswith(namespace)}
            if functions:
                hint = self.near(namespace + name, functions)
                return self.wrong("SG212", f"unknown function {quoted(namespace + name)}", hint, expr)
        if expr.target is not None:
            self.of(expr.target, local)
        at = self.function_place(expr)
        if library.named(name, method=expr.target is None):
            written = f"x.{name}(…)" if expr.target is None else f"{name}(x)"
            kind = "a method" if expr.target is None else "not a method"
            return self.wrong("SG212", f"{quoted(name)} is {kind}", f"write {written}", at)
        known = known_functions(library, method=True) | known_functions(library, method=False)
        if name in known:
            hint = "write has(a.b)" if name == "has" else f"write x.{name}(…)"
        else:
            hint = HINTS.get(name) or self.near(name, known)
        return self.wrong("SG212", f"unknown function {quoted(name)}", hint, at)

    def function_place(self, expr: Call) -> int:
        """Where the name of a called function begins."""
        start = expr.span.start if expr.target is None else expr.target.span.end
        found = self.text.find(expr.function, start, expr.span.end)
        return expr.span.start if found < 0 else found

    def unfit(
        self, expr: Call, operands: tuple[Expr, ...], types: tuple[Type, ...], overloads: tuple[Overload, ...]
    ) -> Type:
        """A call whose operands fit no overload."""
        given = tuple(self.shown(found) for found in types)
        written = symbol(expr.function)
        if expr.function in (ex.EQUAL, ex.NOT_EQUAL) and not _NUMBERS.issuperset(given):
            hint = "ask with has(…) whether a name is there" if "null" in given else None
            if given[0] == f"list({given[1]})" or given[1] == f"list({given[0]})":
                hint = "write x in list"
            return self.wrong("SG504", f"{' and '.join(given)} are never equal", hint, expr)
        if written != expr.function:
            at, hint = operands[0], None
            if expr.function == ex.IN and given[1] == "string":
                at, hint = operands[1], "for a part of a text write text.contains(…)"
            elif len(set(given)) == 2 and _NUMBERS.issuperset(given):
                hint = "convert one side"
            return self.wrong("SG504", f"{quoted(written)} does not take {' and '.join(given)}", hint, at)
        if expr.function == "contains" and types[0].name in ("list", "map"):
            message = f"no {_written(expr, given)}"
            return self.wrong("SG504", message, "write x in list", self.function_place(expr))
        taken = sorted({_written(expr, tuple(map(str, overload.parameters))) for overload in overloads})
        message = f"no {_written(expr, given)}"
        return self.wrong("SG504", message, f"there is {' or '.join(taken[:6])}", self.misfit(expr, types, overloads))

    def misfit(self, expr: Call, types: tuple[Type, ...], overloads: tuple[Overload, ...]) -> Expr | int:
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


def _has_open(found: Type) -> bool:
    return found.is_open or any(map(_has_open, found.parameters))


def symbol(function: str) -> str:
    """An operator as it is written; any other function as it is called."""
    return SYMBOLS.get(function, function)


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
