"""Generated functions: a residual rule set as one Python function.

The function is built as ``ast`` nodes from a checked tree, never as text. Its only constants are
``ast.Constant`` and its only names come from one closed table, so that nothing a policy or a request
says can become code. It must be exact whenever it returns; whenever anything is out of the ordinary it
raises, and the caller asks the evaluator instead.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from types import MappingProxyType
from typing import Any, Final

from scopeguard.compiling.common_subexpressions import shared
from scopeguard.compiling.environment import RequestedAction, Types, conforming
from scopeguard.compiling.evaluation import truth
from scopeguard.compiling.grants import BOUND, CEILING, FIXED, ID, ROLES, SCOPES, Narrowed, ids_of
from scopeguard.limits import MAX_SAFE_INTEGER
from scopeguard.model.aliases import inside
from scopeguard.model.input_validation import EMPTY
from scopeguard.model.principal import WORKSPACE_BOUND
from scopeguard.semantics.bailout import GENERATED, Absent, absent
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES, FACTS
from scopeguard.semantics.codegen.ast_nodes import call, definition, handlers, load, refuse_open_names, store
from scopeguard.semantics.codegen.code_builder import Code, Unsupported
from scopeguard.semantics.codegen.expression_compiler import Compiler
from scopeguard.semantics.codegen.helpers import HELPERS
from scopeguard.semantics.codegen.inline_operators import RANGES, name_of
from scopeguard.semantics.costs import heavy_calls, iteration_costs
from scopeguard.semantics.types import parse_type
from scopeguard.semantics.values import EXACT_TYPES
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal

ARGUMENTS: Final = ("principal", "resource", "context")
_GIVEN: Final = "_given"
"""The attributes of a resource, to look them up."""


_FROZEN: Final[Mapping[str, type]] = MappingProxyType({**EXACT_TYPES, "list": tuple, "map": MappingProxyType})
"""The classes of the values that requests hold."""


def any_among(start: str, value: Any, texts: frozenset[str]) -> bool:
    """Whether what a principal holds has any of the ids in the value of an attribute."""
    return any(start + each in texts for each in ids_of(value))


KNOWN: Final[Mapping[str, Any]] = MappingProxyType({
    **HELPERS,
    **{name_of(guard): guard for guard in _FROZEN.values()},
    "KeyError": KeyError,
    "Absent": Absent,
    "absent": absent,
    "NOTHING": EMPTY,
    "conforming": conforming,
    "inside": inside,
    "any_among": any_among,
})  # fmt: skip
"""The only names that generated code may use, beside its own and its constants."""

_SLOTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType({
    f"{root}.{field}": (root, field)
    for root, field in (
        *(("principal", "id"), ("principal", "workspace"), ("resource", "id"), ("resource", "workspace")),
        *(("context", "channel"), ("context", "environment"), ("context", "now"), ("context", "facts")),
    )
})  # fmt: skip
_CONFORMING: Final = frozenset({"list", "map", "uint", "ip", "cidr"})
"""Kinds of which a value is looked at as a whole, or made from what the host passed in."""
ANY_MAP: Final = "map(string, dyn)"
_NOW: Final = Ident("context.now", absolute=True)
_ALWAYS_THERE: Final = frozenset({"context.environment", FACTS})
_FIELDS: Final = frozenset({*(field for _, field in _SLOTS.values()), "attributes", _GIVEN, SCOPES, ROLES, CEILING})


class Emitter(Compiler):
    """Writes one function for what is left of several conditions."""

    def __init__(
        self,
        kind: str,
        question: RequestedAction,
        types: Types,
        environment: Callable[..., Any],
        residuals: Iterable[Expr],
    ) -> None:
        """*environment* of ``(principal, resource, context)`` is for what only the evaluator can do."""
        trees = tuple(residuals)
        sizes = {node: size for tree in trees for node, size in iteration_costs(tree).items()}
        heavy = frozenset(node for tree in trees for node in heavy_calls(tree))
        super().__init__(types.names, None, sizes, heavy, counts=len(sizes) > 1 or bool(heavy), guards=_FROZEN)
        self.principal_kind = kind
        self.question = question
        self.types = types
        self.environment = environment
        self.sure: frozenset[str] = frozenset()
        """What is there in all but a few requests, in which the code may raise: records of facts, and the time."""
        self.locals.update(ARGUMENTS)

    def variable(self, expr: Ident) -> Code:
        """A declared name, with the checks that it is there and of its type."""
        return self.read(expr)

    def read(self, expr: Ident, *, unchecked: bool = False) -> Code:
        """A declared name; *unchecked* where it does not matter whether it is there."""
        name = expr.name
        slot = _SLOTS.get(name)
        if slot is not None:
            tree = _attribute(*slot)
            # What the model checked and froze is of its type wherever it is there.
            kind = parse_type(BUILT_IN_VARIABLES[name]).name
            return Code(tree if unchecked or self.surely_there(expr) else self.there(tree), kind)
        if name in BUILT_IN_VARIABLES or name in self.names.library.types:
            raise Unsupported
        root, _, field = name.rpartition(".")
        item = ast.Subscript(self.container(root), ast.Constant(field), ast.Load())
        declared = self.types.of(name, self.question.surface)
        kind = parse_type(declared).name
        if kind == "dyn":
            return Code(item)
        if kind in _CONFORMING and declared != ANY_MAP:
            found: ast.expr = call("conforming", item, ast.Constant(declared))
        else:
            found = self.guarded(Code(item), kind)
        aliases = self.types.aliases(name, self.question.surface)
        return Code(found if aliases is None else call("inside", found, self.bound(aliases)), kind)

    def call(self, expr: Call, local: Mapping[str, Code]) -> Code:
        """As of any expression, and how old a fact is without looking at what Python's operators look at too."""
        match expr:
            case Call(
                function=ex.LESS_EQUAL | ex.GREATER_EQUAL as function,
                args=(Call(function=ex.SUBTRACT, args=(now, Ident() as at)), limit),
            ) if now == _NOW and at.name.startswith(f"{FACTS}."):
                code = self.emit(limit, local)
                if code.kind == "duration":
                    age = self.bounded(self.age(at), *RANGES[ex.SUBTRACT, ("timestamp", "timestamp")])
                    order = ast.LtE() if function == ex.LESS_EQUAL else ast.GtE()
                    return Code(ast.Compare(age, [order], [code.tree]), "bool")
            case Call(function=ex.GRANTED, args=(Literal(value=asked),)):
                return Code(self.granted(Narrowed.parse(str(asked))), "bool")
        return super().call(expr, local)

    def granted(self, narrowed: Narrowed) -> ast.expr:
        """One look-up for each id that is asked about, however many there are in what the principal holds."""
        if narrowed.kind == BOUND:
            raise Unsupported
        texts, start = _attribute("principal", narrowed.holder), ast.Constant(narrowed.start)
        if narrowed.kind == FIXED:
            return ast.Compare(ast.Constant(narrowed.start + narrowed.attribute), [ast.In()], [texts])
        if narrowed.attribute == ID:
            resource_id = _attribute("resource", "id")
            is_there = ast.Compare(resource_id, [ast.IsNot()], [ast.Constant(None)])
            # What looks like the id of something else, with its surface before it, is none.
            is_id = ast.Compare(ast.Constant(":"), [ast.NotIn()], [resource_id])
            return ast.BoolOp(ast.And(), [is_there, _among(start, resource_id, texts), is_id])
        attributes = _attribute("resource", _GIVEN)
        is_there = ast.Compare(ast.Constant(narrowed.attribute), [ast.In()], [attributes])
        value: ast.expr = ast.Subscript(attributes, ast.Constant(narrowed.attribute), ast.Load())
        if narrowed.kind == "string":
            return ast.BoolOp(ast.And(), [is_there, _among(start, self.guarded(Code(value), "string"), texts)])
        value = call("conforming", value, ast.Constant(narrowed.kind))
        return ast.BoolOp(ast.And(), [is_there, call("any_among", start, value, texts)])

    def there(self, tree: ast.expr) -> ast.expr:
        """The value of *tree*, which is None where there is none."""
        temporary = self.new("t")
        is_there = ast.Compare(ast.NamedExpr(store(temporary), tree), [ast.IsNot()], [ast.Constant(None)])
        return ast.IfExp(is_there, load(temporary), call("absent"))

    def present(self, expr: Ident) -> ast.expr:
        """``has(...)``."""
        name = expr.name
        if name in _SLOTS:
            return ast.Compare(_attribute(*_SLOTS[name]), [ast.IsNot()], [ast.Constant(None)])
        if name in BUILT_IN_VARIABLES:
            raise Unsupported
        root, _, field = name.rpartition(".")
        is_there = ast.Compare(ast.Constant(field), [ast.In()], [self.container(root)])
        if root in self.sure or root == FACTS or "." not in root:
            return is_there
        # Where there is no record, there is no field: nothing is looked up in the place of one.
        return ast.BoolOp(ast.And(), [self.present(Ident(root, absolute=True)), is_there])

    def container(self, root: str) -> ast.expr:
        """The mapping under a root, or a record below it. Of a record that is not there, nothing is."""
        if f"{root}.".startswith(f"{FACTS}."):
            record, steps = _attribute("context", "facts"), root.split(".")[2:]
        else:
            first, *steps = root.split(".")
            record = _attribute(first, _GIVEN if first == "resource" else "attributes")
        if root in self.sure:
            for step in steps:
                record = ast.Subscript(record, ast.Constant(step), ast.Load())
            return self.guarded(Code(record), "map")
        for step in steps:
            # In a text that is where a record should be, "in" would look for a part of it.
            record = self.guarded(Code(self.item(record, step, load("NOTHING"))), "map")
        return record

    def item(self, record: ast.expr, name: str, otherwise: ast.expr) -> ast.expr:
        """What is under a name in a record, or *otherwise*."""
        # Faster than the method "get" of what is frozen.
        is_there = ast.Compare(ast.Constant(name), [ast.In()], [record])
        return ast.IfExp(is_there, ast.Subscript(record, ast.Constant(name), ast.Load()), otherwise)

    def fact(self, path: str) -> ast.expr:
        """A fact, ``meter.resets_at``, or None where there is none."""
        root, _, field = f"{FACTS}.{path}".rpartition(".")
        return self.item(self.container(root), field, ast.Constant(None))

    def check(self, tree: ast.NamedExpr | ast.Name, kind: str) -> ast.expr:
        """The test that the value of *tree* is of *kind*. What was frozen is in range, and its times are in UTC."""
        return self.of_class(tree, kind)

    def condition(self, expr: Expr, *, exact_when: bool | None = None) -> ast.expr:
        """*expr* as a Python expression for its truth.

        With *exact_when* the result may be wrong where it is the other one: the caller then asks again for an
        exact answer. That lets ``channel == "server"`` go without a test for an absent channel.
        """
        match expr:
            case Call(function=ex.NOT, args=(inner,)):
                flipped = None if exact_when is None else not exact_when
                return ast.UnaryOp(ast.Not(), self.condition(inner, exact_when=flipped))
            case Call(function=ex.AND | ex.OR as function, args=args):
                operator = ast.And() if function == ex.AND else ast.Or()
                near = self.near(*args[-2:]) if function == ex.AND and exact_when is True else None
                alone = args if near is None else args[:-2]
                parts = [self.condition(arg, exact_when=exact_when) for arg in alone]
                parts += () if near is None else (near,)
                return ast.BoolOp(operator, parts) if len(parts) > 1 else parts[0]
            case Call(function=ex.CONDITIONAL, args=(test, then, other)) if exact_when is not None:
                branches = [self.condition(branch, exact_when=exact_when) for branch in (then, other)]
                return ast.IfExp(self.condition(test), *branches)
            case Call(function=ex.EQUAL | ex.NOT_EQUAL as function, args=(left, right)) if exact_when is not None:
                plain = self.plain_equality(left, right, negated=function == ex.NOT_EQUAL, exact_when=exact_when)
                if plain is not None:
                    return plain
        try:
            return self.exceeding(expr, exact_when=exact_when) or self.truth(expr, {})
        except Unsupported:
            return self.asked(expr)

    def plain_equality(self, left: Expr, right: Expr, *, negated: bool, exact_when: bool) -> ast.expr | None:
        """``left == right`` of two slots or texts where it matters for one answer only whether they are there."""
        # Where two values are equal and one of them is surely there, so is the other.
        if exact_when is negated or not (self.surely_there(left) or self.surely_there(right)):
            return None
        first, second = self.side(left), self.side(right)
        if first is None or second is None:
            return None
        return ast.Compare(first, [ast.NotEq() if negated else ast.Eq()], [second])

    def near(self, left: Expr, right: Expr) -> ast.expr | None:
        """``now - at <= most && now - at >= least`` of a fact where only a yes has to be exact.

        Two times that are no further apart than that are not too far apart for a duration.
        """
        match left, right:
            case (
                Call(
                    function=ex.LESS_EQUAL, args=(Call(function=ex.SUBTRACT, args=(now, Ident() as at)) as age, latest)
                ),
                Call(function=ex.GREATER_EQUAL, args=(again, earliest)),
            ) if age == again and now == _NOW and at.name.startswith(f"{FACTS}."):
                most, least = self.emit(latest, {}), self.emit(earliest, {})
            case _:
                return None
        shortest, longest = RANGES[ex.SUBTRACT, ("timestamp", "timestamp")]
        if most.kind != "duration" or least.kind != "duration" or not (most.constant and least.constant):
            return None
        if not shortest <= least.constant[0] <= most.constant[0] <= longest:
            return None
        return ast.Compare(least.tree, [ast.LtE(), ast.LtE()], [self.age(at), most.tree])

    def age(self, at: Ident) -> ast.expr:
        """How old a fact is. Only of two times: for all else it raises, or does not compare with a duration."""
        root, _, field = at.name.rpartition(".")
        time = ast.Subscript(self.container(root), ast.Constant(field), ast.Load())
        return ast.BinOp(self.read(_NOW, unchecked=_NOW.name in self.sure).tree, ast.Sub(), time)

    def exceeding(self, expr: Expr, *, exact_when: bool | None) -> ast.expr | None:
        """``a + b > most`` of whole numbers.

        Of parts that are none below zero, a sum is in range, part by part, just where the whole is. Out of range it is
        more than any *most*: where only a no has to be exact, that need not be looked at.
        """
        match expr:
            # What counts its costs counts them once.
            case Call(function=ex.GREATER, args=(Call(function=ex.ADD) as total, most)) if not self.counts:
                parts = [*summands(total)]
            case _:
                return None
        if any(self.kind(self.emit(each, {}), each) != "int" for each in (*parts, most)):
            return None

        def number(part: Expr) -> ast.expr:
            return self.guarded(self.emit(part, {}), "int")

        def added() -> ast.expr:
            return reduce(lambda left, right: ast.BinOp(left, ast.Add(), right), map(number, parts))

        tests: list[ast.expr] = [ast.Compare(number(each), [ast.GtE()], [ast.Constant(0)]) for each in parts]
        more = ast.Compare(added(), [ast.Gt()], [number(most)])
        if exact_when is False:
            return ast.BoolOp(ast.Or(), [more, *(ast.UnaryOp(ast.Not(), test) for test in tests)])
        in_range = ast.Compare(added(), [ast.LtE()], [ast.Constant(MAX_SAFE_INTEGER)])
        return ast.IfExp(
            ast.BoolOp(ast.And(), tests), ast.IfExp(in_range, more, call("bail_out")), self.truth(expr, {})
        )

    def side(self, expr: Expr) -> ast.expr | None:
        """A slot of text, whether it is there or not, or a text."""
        if isinstance(expr, Ident) and expr.name in _SLOTS and BUILT_IN_VARIABLES[expr.name] == "string":
            return self.read(expr, unchecked=True).tree
        return ast.Constant(expr.value) if isinstance(expr, Literal) and isinstance(expr.value, str) else None

    def surely_there(self, expr: Expr) -> bool:
        """Whether a value cannot be absent."""
        if isinstance(expr, Ident) and expr.name == "principal.workspace":
            return self.principal_kind in WORKSPACE_BOUND
        return isinstance(expr, Literal) or (isinstance(expr, Ident) and expr.name in _ALWAYS_THERE)

    def asked(self, expr: Expr) -> ast.expr:
        """What is not worth generating: the evaluator is called with the expression as a constant."""
        environment = self.environment

        def ask(*arguments: Any) -> bool:
            return truth(expr, environment(*arguments))

        return ast.Call(self.bound(ask), list(map(load, ARGUMENTS)), [])

    def whole(self, body: list[ast.stmt], *, otherwise: ast.stmt) -> Callable[..., Any]:
        """The finished function of ``(principal, resource, context)``; *otherwise* runs where *body* raises."""
        body = shared(body, self.constants)
        if self.counts:
            body = [ast.Assign([ast.Name("spent", ast.Store())], ast.List([ast.Constant(0)], ast.Load())), *body]
        body = [ast.Try(body, handlers("Bailout", "BAILOUTS", [otherwise]), [], [])]
        known = {**KNOWN, **self.constants}
        made = definition("cell", list(ARGUMENTS), body)
        module = ast.fix_missing_locations(ast.Module([*self.functions, made], []))
        refuse_open_names(module, frozenset(known), _FIELDS)
        used = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
        namespace: dict[str, Any] = {"__builtins__": {}, **{name: known[name] for name in used & known.keys()}}
        exec(compile(module, GENERATED, "exec"), namespace)  # noqa: S102  # from checked ast nodes only
        found: Callable[..., Any] = namespace["cell"]
        return found


def summands(expr: Expr) -> Iterator[Expr]:
    """The parts of a sum, in order."""
    match expr:
        case Call(function=ex.ADD, args=args):
            for arg in args:
                yield from summands(arg)
        case _:
            yield expr


def _among(start: ast.expr, resource_id: ast.expr, texts: ast.expr) -> ast.expr:
    return ast.Compare(ast.BinOp(start, ast.Add(), resource_id), [ast.In()], [texts])


def _attribute(root: str, name: str) -> ast.expr:
    return ast.Attribute(load(root), name, ast.Load())
