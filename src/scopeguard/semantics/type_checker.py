"""The static types of an expression (cel-spec, "Gradual Type Checking")."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from msgspec import field

from scopeguard.errors import quoted
from scopeguard.semantics.functions.library import Overload
from scopeguard.semantics.names import BIND, EXISTS_ONE, OPT_FLAT_MAP, OPT_MAP, Names
from scopeguard.semantics.type_errors import Locals, TypeErrors, symbol
from scopeguard.semantics.types import BOOL, DYN, INT, NULL, Type, list_of, map_of, optional_of
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
_KEYS: Final = frozenset({"bool", "int", "uint", "string", "dyn"})
_FITS_ANYTHING: Final = frozenset({DYN, NULL})
"""The types that may fit where another is wanted."""

_TESTS: Final = EXISTS_ONE | {"all", "exists"}


class Checker(TypeErrors, eq=False):
    """Infers the types of one resolved tree and collects what is wrong with it.

    Recursion is bounded by the depth that the parser admits.
    """

    found: dict[int, Type] = field(default_factory=dict)
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
        return name if self.names.is_space(name) else None

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
            target = expr.target
            if target is not None and self.function_namespace(target) is None and not self.is_whole(target):
                self.of(target, local)
            return self.unknown_function(expr)
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
        matched = {*self.applications(overloads, types)}
        if not matched:
            return self.no_matching_overload(expr, operands, types, overloads)
        result = matched.pop() if len(matched) == 1 else DYN
        if not any(map(_has_open, (*types, result))):
            self.calls[call] = result
        return result

    def applications(self, overloads: tuple[Overload, ...], types: tuple[Type, ...]) -> list[Type]:
        """The results of those *overloads* that *types* fit; where several do, none of them decides what is open."""
        results = []
        before, after = dict(self.substitution.known), self.substitution.known
        # Most overloads of an operator are out of the question by a name alone.
        names = tuple("" if found.is_open or found in _FITS_ANYTHING else found.name for found in types)
        for overload in overloads:
            if len(names) != len(overload.kinds) or not all(
                kind is None or name in ("", kind) for name, kind in zip(names, overload.kinds, strict=True)
            ):
                continue
            *parameters, result = self.substitution.instance((*overload.parameters, overload.result))
            if self.substitution.fits(types, tuple(parameters)):
                results.append(self.substitution.resolved(result))
                after, self.substitution.known = self.substitution.known, dict(before)
        self.substitution.known = after if len(results) == 1 else before
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


def _has_open(found: Type) -> bool:
    return found.is_open or any(map(_has_open, found.parameters))


def kind_of_term(expr: Expr, names: Names) -> str:
    """The name of the type of a resolved *expr*; ``dyn`` where what a macro around it binds decides it."""
    if isinstance(expr, Call):
        results = {found.result for found in names.library.named(expr.function, method=expr.target is not None)}
        if len(results) == 1 and not (result := results.pop()).is_open:
            return result.name
    if any(isinstance(node, Ident) and not node.absolute for node in ex.walk(expr)):
        return "dyn"
    return Checker("", names).check(expr).name
