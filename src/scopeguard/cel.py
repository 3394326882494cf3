"""The Common Expression Language, on its own: compile a text once, evaluate it often.

    >>> from scopeguard import cel
    >>> expression = cel.compile("x + 1 > size(names)", variables={"x": "int", "names": "list(string)"})
    >>> expression.evaluate({"x": 1, "names": ["a"]})
    True

The whole language of the CEL specification but protobuf messages, with the extensions for strings,
math, encoders, bindings, optionals and networks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from scopeguard.errors import Diagnostic, EvaluationError, PolicyError, RequestError
from scopeguard.model.addresses import Cidr
from scopeguard.model.input_validation import bounded, text
from scopeguard.semantics.codegen.expression_compiler import compiled
from scopeguard.semantics.functions.library import EXTENSIONS, library
from scopeguard.semantics.interpreter import Bindings, Interpreter
from scopeguard.semantics.name_resolution import Resolver
from scopeguard.semantics.names import Names, Problem
from scopeguard.semantics.type_checker import Checker
from scopeguard.semantics.types import Type as StaticType
from scopeguard.semantics.types import parse_type
from scopeguard.semantics.values import Optional
from scopeguard.semantics.values import TypeValue as Type
from scopeguard.source import Source
from scopeguard.syntax.expression import Expr, UInt
from scopeguard.syntax.parse_errors import CONDITION
from scopeguard.syntax.parser import ExpressionError, parse_condition
from scopeguard.syntax.printer import print_expression

__all__ = [
    "EXTENSIONS",
    "CelEvaluationError",
    "CelSyntaxError",
    "CelTypeError",
    "Cidr",
    "Expression",
    "Optional",
    "Type",
    "UInt",
    "compile",
]

CelEvaluationError = EvaluationError


class CelSyntaxError(PolicyError):
    """A text that is not an expression of the language, or one over its bounds."""


class CelTypeError(PolicyError):
    """An expression whose names are unknown or whose operands never fit; every finding, with its position."""


class Expression:
    """A compiled expression. Immutable, and safe to share between threads."""

    __slots__ = ("_recipe", "evaluate", "is_compiled", "reference", "source", "text", "type")

    evaluate: Callable[[Bindings], Any]
    """The value for the variables given by name. Raises CelEvaluationError where there is none.

    Raises RequestError for variables that are no mapping.
    """
    reference: Callable[[Bindings], Any]
    """The same answer from the evaluator that walks the tree: slow, and the meaning of the language."""
    is_compiled: bool
    """Whether ``evaluate`` is a function made for this expression, or the reference evaluator."""
    source: str
    """The text as it was written."""
    text: str
    """The text in its canonical form."""
    type: str
    """The static type, such as ``bool`` or ``list(string)``; ``dyn`` where it depends on values."""

    def __init__(self, recipe: "_Recipe", tree: Expr, resolved: Expr, names: Names, checker: Checker | None) -> None:
        interpreter = _Interpreter(resolved, names)
        self.reference = interpreter.evaluate
        self.evaluate = compiled(resolved, names, checker, interpreter)
        self.is_compiled = self.evaluate != self.reference
        self._recipe = recipe
        self.source = recipe.source
        self.text = print_expression(tree)
        self.type = "dyn" if checker is None else str(checker.type_at(resolved))

    def __repr__(self) -> str:
        return f"<cel.Expression {self.text}: {self.type}>"

    def __copy__(self) -> "Expression":
        return self

    def __deepcopy__(self, _: object) -> "Expression":
        return self

    def __reduce__(self) -> tuple[Callable[..., "Expression"], tuple["_Recipe"]]:
        return _compiled_again, (self._recipe,)


class _Interpreter(Interpreter):
    """The evaluator, which every call comes to whose variables are none."""

    def evaluate(self, bindings: Any) -> Any:
        # Any class serves that can be asked for a name, and whether it has it.
        is_asked = hasattr(bindings, "__getitem__") and hasattr(bindings, "__contains__")
        if not is_asked or isinstance(bindings, Sequence):
            raise RequestError(f"the variables must be a mapping, not {type(bindings).__name__}")
        return super().evaluate(bindings)


class _Recipe(Struct, frozen=True):
    """What an expression is compiled from: the arguments of :func:`compile`, so that another process can."""

    source: str
    variables: Mapping[str, str] | None
    container: str
    check: bool
    extensions: frozenset[str]


def _compiled_again(recipe: _Recipe) -> Expression:
    return compile(recipe.source, recipe.variables, recipe.container, check=recipe.check, extensions=recipe.extensions)


def compile(  # noqa: A001  # the fixed name; read as cel.compile, like re.compile
    source: str,
    variables: Mapping[str, str] | None = None,
    container: str = "",
    *,
    check: bool = True,
    extensions: Iterable[str] = EXTENSIONS,
) -> Expression:
    """The expression *source*, ready to evaluate.

    *variables* maps the names it may read to their types, such as ``{"names": "list(string)"}``;
    without it every name is a variable of type ``dyn``. *container* is the namespace in which names
    are looked up first. With *check* off, types are left to the evaluation. *extensions* are those
    switched on.

    Raises CelSyntaxError, CelTypeError, and RequestError, which is a ValueError, for a type or an extension that does
    not exist, and for arguments of other types.
    """
    text(source, "an expression")
    text(container, "a container")
    if not isinstance(check, bool):
        raise RequestError(f"check must be a bool, not {type(check).__name__}")
    if isinstance(extensions, str | bytes) or not isinstance(extensions, Iterable):
        raise RequestError(f"extensions must be an iterable of str, not {type(extensions).__name__}")
    used = frozenset(text(each, "an extension") for each in bounded(extensions, "extension"))
    try:
        names = Names(library(used), None if variables is None else _declared(variables), container)
    except ValueError as error:
        raise RequestError(f"{error}") from None
    try:
        tree = parse_condition(source)
    except ExpressionError as failure:
        raise CelSyntaxError(failure.diagnostics) from None
    resolver = Resolver(names)
    resolved = resolver.resolve(tree)
    checker = Checker(source, names) if check else None
    problems = list(resolver.problems)
    if checker is not None:
        checker.check(resolved)
        problems += checker.problems
    if problems:
        raise CelTypeError(_diagnostics(source, problems))
    given = None if variables is None else dict(variables)
    return Expression(_Recipe(source, given, container, check, used), tree, resolved, names, checker)


def _declared(variables: Mapping[str, str]) -> dict[str, StaticType]:
    if not isinstance(variables, Mapping):
        raise RequestError(f"variables must be a mapping of names to types, not {type(variables).__name__}")
    return {text(name, "a variable"): parse_type(text(kind, "a type")) for name, kind in variables.items()}


def _diagnostics(source: str, problems: Iterable[Problem]) -> list[Diagnostic]:
    text = Source(CONDITION, source)
    return [Diagnostic.at(text.location(found.offset), found.code, found.message, found.hint) for found in problems]
