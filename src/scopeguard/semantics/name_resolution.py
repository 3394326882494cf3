"""Which variable, type or function each name of an expression refers to (cel-spec, "Name Resolution").

Resolving rewrites a parsed tree so that nothing after it looks at names again:

- a name bound by a macro is an ``Ident``; every other name is an *absolute* ``Ident``, with the
  full dotted name of the variable or type that it refers to;
- a namespaced function is one call, ``math.abs`` of its arguments, without a target;
- ``cel.bind``, ``optMap`` and ``optFlatMap`` are macros.
"""

from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from scopeguard.semantics.functions import regex
from scopeguard.semantics.names import BIND, OPT_FLAT_MAP, OPT_MAP, Names, Problem
from scopeguard.syntax.expression import (
    CONDITIONAL,
    PRESENT,
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
)
from scopeguard.syntax.keywords import is_plain_name

_OF_ANY_COUNT: Final = frozenset({"math.greatest", "math.least"})
_NONE: Final[frozenset[str]] = frozenset()


class Resolver(Struct, eq=False):
    """Resolves one tree. Recursion is bounded by the depth that the parser admits."""

    names: Names
    problems: list[Problem] = field(default_factory=list)

    def resolve(self, expr: Expr, local: frozenset[str] = _NONE) -> Expr:
        """*expr*, with its names resolved; *local* are the names that macros around it bind."""
        match expr:
            case Literal() | Failure():
                return expr
            case Ident():
                return self.name(expr, local)
            case Select():
                return self.select(expr, local)
            case Index():
                return self.element(expr, local)
            case Call():
                return self.call(expr, local)
            case ListExpr(items=items, optional=optional_items):
                self.optional(expr, written=bool(optional_items))
                return replace(expr, items=tuple(self.resolve(item, local) for item in items))
            case MapExpr(entries=entries, optional=optional_entries):
                self.optional(expr, written=bool(optional_entries))
                pairs = tuple((self.resolve(key, local), self.resolve(value, local)) for key, value in entries)
                return replace(expr, entries=pairs)
            case Macro():
                return self.macro(expr, local)

    def optional(self, expr: Expr, *, written: bool) -> None:
        """Note that *expr* uses optional syntax where the extension is off."""
        if written and "optionals" not in self.names.library.extensions:
            message = "optional values are switched off"
            self.problems.append(Problem("SG505", message, "ask with has(…)", expr.span.start))

    def name(self, expr: Ident, local: frozenset[str]) -> Expr:
        """A name alone."""
        if not expr.absolute and expr.name in local:
            return expr
        found = self.known(expr.name, absolute=expr.absolute)
        return Ident(found or expr.name, absolute=True, span=expr.span)

    def known(self, name: str, *, absolute: bool) -> str | None:
        """The full name of the variable or type that *name* refers to."""
        names = self.names
        if not names.container:
            return name if names.type_of(name) else None
        return next((full for full in names.candidates(name, absolute=absolute) if names.type_of(full)), None)

    def select(self, expr: Select, local: frozenset[str]) -> Expr:
        """A field, or a dotted name."""
        self.optional(expr, written=expr.optional)
        if changed := self.within_record(expr, local):
            expr = replace(expr, **changed)
        if expr.test or expr.optional:
            return self.presence(expr, local)
        chain = dotted(expr, local)
        if chain is not None:
            name, absolute = chain
            found = self.known(name, absolute=absolute)
            if found is not None:
                return Ident(found, absolute=True, span=expr.span)
            if self.names.variables is None:
                # Which part of it is a variable is known only when the values are given.
                return Ident(name, absolute=True, span=expr.span)
        return replace(expr, operand=self.resolve(expr.operand, local))

    def element(self, expr: Index, local: frozenset[str]) -> Expr:
        """An element, or a name below a namespace in another spelling."""
        if changed := self.within_record(expr, local):
            expr = replace(expr, **changed)
        chain = dotted(expr.operand, local)
        field = expr.index.value if isinstance(expr.index, Literal) else None
        if chain is not None and isinstance(field, str) and self.names.is_space(chain[0]):
            name = f"{chain[0]}.{field}"
            if self.names.variables is not None and name in self.names.variables:
                return self.select(Select(expr.operand, field, optional=expr.optional, span=expr.span), local)
        self.optional(expr, written=expr.optional)
        return replace(expr, operand=self.resolve(expr.operand, local), index=self.resolve(expr.index, local))

    def within_record(self, expr: Select | Index, local: frozenset[str]) -> dict[str, Any]:
        """What changes of a field of a record that is spelled otherwise than with dots, so that its name can be known.

        ``a["b"].c`` is ``a.b.c``; of one that may be absent, ``a.?b.c`` is ``a.b.?c``.
        """
        plain, is_optional = _plain(expr.operand)
        chain = dotted(plain, local) if plain != expr.operand else None
        if chain is None or not self.names.is_space(chain[0]):
            return {}
        if not is_optional:
            return {"operand": plain}
        return {"operand": plain, "optional": not getattr(expr, "test", False)}

    def presence(self, expr: Select, local: frozenset[str]) -> Expr:
        """``has(a.b)`` and ``a.?b``, where ``a.b`` may be one variable."""
        chain = dotted(Select(expr.operand, expr.name), local)
        found = None if chain is None else self.known(chain[0], absolute=chain[1])
        if found is None or found not in (self.names.variables or ()):
            return replace(expr, operand=self.resolve(expr.operand, local))
        variable = Ident(found, absolute=True, span=expr.span)
        present = Call(PRESENT, (variable,), span=expr.span)
        if expr.test:
            return present
        return Call(
            CONDITIONAL,
            (present, Call("optional.of", (variable,), span=expr.span), Call("optional.none", (), span=expr.span)),
            span=expr.span,
        )

    def call(self, expr: Call, local: frozenset[str]) -> Expr:
        """A function, a method, or a macro that looks like one."""
        if expr.target is not None:
            found = self.namespaced(expr, expr.target, local) or self.bound_optional(expr, expr.target, local)
            if found is not None:
                return found
        target = None if expr.target is None else self.resolve(expr.target, local)
        name = expr.function
        if name in regex.PATTERNED:
            self.pattern(expr, name)
        if target is None:
            absolute = name.startswith(".")
            name = name.removeprefix(".")
            name = self.function(name, absolute=absolute) or name
        return Call(name, tuple([self.resolve(arg, local) for arg in expr.args]), target, span=expr.span)

    def pattern(self, expr: Call, function: str) -> None:
        """Note a regular expression that *function* can never take."""
        place = expr.args[-1] if expr.args else expr
        literal = place.value if isinstance(place, Literal) and isinstance(place.value, str) else ""
        problem = regex.check_pattern(literal, function)
        if problem is not None:
            hint = "install scopeguard-authz[re2]" if regex.engine() is None else None
            self.problems.append(Problem("SG505", problem, hint, place.span.start))

    def namespaced(self, expr: Call, target: Expr, local: frozenset[str]) -> Expr | None:
        """``math.abs(x)``, ``cel.bind(x, value, body)``: what looks like a method of a name."""
        chain = dotted(target, local)
        if chain is None:
            return None
        name = f"{chain[0]}.{expr.function}"
        if name == "cel.bind" and len(expr.args) == 3:
            variable = self.bound(expr.args[0], BIND)
            if variable is not None:
                return self.binding(BIND, expr, expr.args[1], variable, expr.args[2], local)
        found = self.function(name, absolute=chain[1])
        if found is None:
            return None
        if found in regex.PATTERNED:
            self.pattern(expr, found)
        args = tuple(self.resolve(arg, local) for arg in expr.args)
        if found in _OF_ANY_COUNT and len(args) > 2:
            args = (ListExpr(args, span=expr.span),)
        return Call(found, args, span=expr.span)

    def bound_optional(self, expr: Call, target: Expr, local: frozenset[str]) -> Expr | None:
        """``optional.optMap(x, body)``."""
        if expr.function not in (OPT_MAP, OPT_FLAT_MAP) or len(expr.args) != 2:
            return None
        variable = self.bound(expr.args[0], expr.function)
        return None if variable is None else self.binding(expr.function, expr, target, variable, expr.args[1], local)

    def function(self, name: str, *, absolute: bool) -> str | None:
        """The full name of the function that *name* refers to."""
        library = self.names.library
        if not self.names.container:
            return name if library.named(name, method=False) else None
        candidates = self.names.candidates(name, absolute=absolute)
        return next((full for full in candidates if library.named(full, method=False)), None)

    def bound(self, variable: Expr, kind: str) -> str | None:
        """The name that a macro of *kind* binds, where its extension is on and *variable* is a plain name."""
        extension = "bindings" if kind == BIND else "optionals"
        if not isinstance(variable, Ident) or variable.absolute or extension not in self.names.library.extensions:
            return None
        return variable.name

    def binding(self, kind: str, expr: Call, value: Expr, variable: str, body: Expr, local: frozenset[str]) -> Expr:
        """A macro that names one value within its body."""
        inner = self.resolve(body, local | {variable})
        return Macro(kind, self.resolve(value, local), (variable,), (inner,), span=expr.span)

    def macro(self, expr: Macro, local: frozenset[str]) -> Expr:
        """A comprehension."""
        inner = local | set(expr.variables)
        body = tuple(self.resolve(part, inner) for part in expr.body)
        return replace(expr, operand=self.resolve(expr.operand, local), body=body)


class Resolution(Struct, frozen=True):
    """A tree with its names resolved, and what is wrong with them."""

    tree: Expr
    problems: tuple[Problem, ...]

    @classmethod
    def of(cls, expr: Expr, names: Names) -> "Resolution":
        """*expr* with its names resolved."""
        resolver = Resolver(names)
        tree = resolver.resolve(expr)
        return cls(tree, tuple(resolver.problems))


def _plain(expr: Expr) -> tuple[Expr, bool]:
    """A chain of fields without what says that they may be absent, and whether it said so."""
    match expr:
        case Select(operand=operand, name=name, test=False) | Index(operand=operand, index=Literal(value=str(name))):
            plain, is_optional = _plain(operand)
            return Select(plain, name, span=expr.span), is_optional or expr.optional
    return expr, False


def dotted(expr: Expr, local: frozenset[str]) -> tuple[str, bool] | None:
    """``a.b.c`` as one name, and whether it is absolute; None for anything else and for what a macro binds."""
    parts: list[str] = []
    while isinstance(expr, Select) and not expr.test and not expr.optional and is_plain_name(expr.name):
        parts.append(expr.name)
        expr = expr.operand
    if not isinstance(expr, Ident) or (not expr.absolute and expr.name in local):
        return None
    return ".".join((expr.name, *reversed(parts))), expr.absolute
