"""Sharing: generated code computes nothing twice.

Conditions are compiled one by one, each with every check that it needs by itself, so that a rule set reads the same
facts and tests the same ages over and over. This pass goes through a generated body in the order in which it runs
and keeps what was surely computed on the way: a value computed before is read from a variable, and a test whose
outcome follows from how far the code got is left out. All expressions of generated code are pure but those that count
costs, which it leaves alone; and what it tests is true or false, and no other value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from msgspec import Struct, field

from scopeguard.semantics.codegen.ast_nodes import load, store

Key: TypeAlias = int
Facts: TypeAlias = dict[Any, Any]
"""What is known at one place, by key: the outcome of a test, or the variable that holds a value.

By key and outcome of a test, it is what was computed besides if it turned out so.
"""

COUNTER: Final = "spent"
_PLAIN: Final = (timedelta, datetime, str, int)
_TESTS: Final = ast.Compare | ast.BoolOp | ast.UnaryOp | ast.IfExp
"""What may be a test: only there is the outcome read."""
_KEPT: Final = ast.Attribute | ast.Subscript | ast.BinOp | ast.IfExp | ast.Call | ast.Compare | ast.BoolOp
"""What is worth a variable where it is read again."""


class _After(Struct):
    """An expression with what is known once it was computed, and once it turned out true or false."""

    tree: ast.expr
    known: Facts
    true: Facts
    false: Facts


class _Sharing(Struct):
    constants: Mapping[str, Any]
    values: dict[str, ast.expr] = field(default_factory=dict)
    """What each variable of the body holds: each is assigned once."""
    keys: dict[tuple[Any, ...], Key] = field(default_factory=dict)
    noted: dict[int, Key] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    """The variables that were worth it."""
    outcomes: set[str] = field(default_factory=set)
    """The variables that hold what came of a test on the way that most requests take."""
    asides: list[tuple[ast.If, list[ast.stmt], Facts]] = field(default_factory=list)
    """What is returned where a test turned out true, with what is known there: few requests come there."""
    branches: list[ast.If] = field(default_factory=list)
    """Those that leave the way that most requests take. What one of them assigns, no other reads."""
    gone: set[str] = field(default_factory=set)
    """Those that only what lies aside would read."""
    made: int = 0

    def key(self, node: ast.expr) -> Key:
        """A number that two expressions share where they are the same. A variable is what it holds."""
        if isinstance(node, ast.NamedExpr):
            return self.key(node.value)
        if isinstance(node, ast.Name) and node.id in self.values:
            return self.key(self.values[node.id])
        found = self.noted.get(id(node))
        if found is None:
            found = self.noted[id(node)] = self.keys.setdefault(self.shape(node), len(self.keys))
        return found

    def shape(self, node: ast.expr) -> tuple[Any, ...]:
        """What an expression is made of."""
        if isinstance(node, ast.Constant):
            return ("constant", type(node.value), repr(node.value))
        if isinstance(node, ast.Name):
            value = self.constants.get(node.id)
            if isinstance(value, frozenset):
                return ("one of", frozenset((type(each), each) for each in value))
            return ("constant", type(value), repr(value)) if type(value) in _PLAIN else ("name", node.id)
        parts: list[Any] = [type(node)]
        for _, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                parts.append(self.key(value))
            elif isinstance(value, list):
                parts.append(tuple(self.key(each) if isinstance(each, ast.expr) else type(each) for each in value))
            else:
                parts.append(value if isinstance(value, str) else type(value))
        return tuple(parts)

    def whole(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The way that most requests take first; what lies aside reads what is there, and has little put there."""
        made, _ = self.body(statements, {})
        # Python jumps by a test faster than it makes a value of it.
        self.gone = self.outcomes - self.read
        self.branches = [branch for branch, _, _ in self.asides]
        while self.asides:
            branch, body, known = self.asides.pop(0)
            branch.body, _ = self.body(body, known)
        return made

    def body(self, statements: list[ast.stmt], known: Facts) -> tuple[list[ast.stmt], Facts]:
        """Statements in order; what follows an ``if`` knows that its test was false, for then it returns.

        So does the handler of a ``try``.
        """
        made: list[ast.stmt] = []
        for statement in statements:
            if isinstance(statement, ast.If):
                after = self.expression(statement.test, known)
                otherwise, _ = self.body(statement.orelse, after.false)
                branch = ast.If(after.tree, [], otherwise)
                self.asides.append((branch, statement.body, after.true))
                made.append(branch)
                known = after.false
            elif isinstance(statement, ast.Try):
                inner, known = self.body(statement.body, known)
                made.append(ast.Try(inner, statement.handlers, [], []))
            elif isinstance(statement, ast.Assign):
                after = self.expression(statement.value, known)
                made.append(ast.Assign(statement.targets, after.tree))
                known = after.known
            elif isinstance(statement, ast.Return) and statement.value is not None:
                made.append(ast.Return(self.expression(statement.value, known).tree))
            else:
                made.append(statement)
        return made, known

    def expression(self, node: ast.expr, known: Facts) -> _After:
        """*node* where *known* holds."""
        is_variable = isinstance(node, ast.Name) and node.id in self.values
        if gives_up(node) or (isinstance(node, ast.Constant | ast.Name) and not is_variable):
            return _After(node, known, known, known)
        key = self.key(node)
        found = known.get(key)
        if isinstance(found, bool):
            return _After(ast.Constant(found), known, known, known)
        if found is not None and found not in self.gone:
            self.read.add(found)
            return _After(load(found), known, given(known, key, outcome=True), given(known, key, outcome=False))
        if isinstance(node, ast.Name):
            # Not assigned on the way to this place.
            return self.expression(self.values[node.id], known)
        after = self.computed(node, known)
        if isinstance(after.tree, ast.Constant | ast.Name):
            return after
        if isinstance(node, _TESTS):
            after.true = given(after.true, key, outcome=True)
            after.false = given(after.false, key, outcome=False)
            for each in implied(node):
                after.true[self.key(each)] = True
        if isinstance(node, _KEPT):
            name = looked_at(after.tree)
            if name is None:
                # The variable goes again where nothing reads it.
                self.made += 1
                name = f"s{self.made}"
                after.tree = ast.NamedExpr(store(name), after.tree)
                if is_test(node):
                    self.outcomes.add(name)
            for facts in (after.known, after.true, after.false):
                if not isinstance(facts.get(key), bool):
                    facts[key] = name
        return after

    def computed(self, node: ast.expr, known: Facts) -> _After:
        """*node*, computed here for the first time."""
        match node:
            case ast.BoolOp(op=op, values=values):
                return self.logic(op, values, known)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self.expression(operand, known)
                if isinstance(inner.tree, ast.Constant):
                    return _After(ast.Constant(not inner.tree.value), inner.known, inner.false, inner.true)
                return _After(ast.UnaryOp(ast.Not(), inner.tree), dict(inner.known), inner.false, inner.true)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.choice(test, body, orelse, known)
            case ast.NamedExpr(value=value):
                return self.expression(value, known)
            case ast.Compare(left=left, ops=ops, comparators=[first, *rest]):
                parts, known = self.in_turn([left, first], known)
                # Of a chain, only the first comparison is surely made.
                later, _ = self.in_turn(rest, known)
                tree = ast.Compare(parts[0], ops, [parts[1], *later])
                return _After(tree, dict(known), dict(known), dict(known))
        return self.in_parts(node, known)

    def in_parts(self, node: ast.expr, known: Facts) -> _After:
        """What computes all of its parts, in the order in which it names them."""
        made: dict[str, Any] = {}
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                (made[name],), known = self.in_turn([value], known)
            elif isinstance(value, list):
                made[name], known = self.in_turn(value, known)
            else:
                made[name] = value
        return _After(type(node)(**made), dict(known), dict(known), dict(known))

    def in_turn(self, nodes: list[ast.expr], known: Facts) -> tuple[list[ast.expr], Facts]:
        """*nodes*, one after the other."""
        made = []
        for node in nodes:
            after = self.expression(node, known)
            made.append(after.tree)
            known = after.known
        return made, known

    def logic(self, op: ast.boolop, values: list[ast.expr], known: Facts) -> _After:
        """``and`` and ``or``: an operand is computed where those before it did not decide."""
        is_and = isinstance(op, ast.And)
        kept: list[_After] = []
        going = known
        for value in values:
            after = self.expression(value, going)
            going = after.true if is_and else after.false
            settled = after.tree.value if isinstance(after.tree, ast.Constant) else None
            if settled is is_and:
                continue
            kept.append(after)
            if settled is (not is_and):
                break
        if not kept:
            return _After(ast.Constant(is_and), dict(known), going, going)
        if len(kept) == 1:
            (only,) = kept
            return _After(only.tree, dict(only.known), dict(only.true), dict(only.false))
        sure = kept[0].known
        tree = ast.BoolOp(op, [each.tree for each in kept])
        return _After(tree, dict(sure), going if is_and else dict(sure), dict(sure) if is_and else going)

    def choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr, known: Facts) -> _After:
        tested = self.expression(test, known)
        if isinstance(tested.tree, ast.Constant):
            return self.expression(body if tested.tree.value else orelse, tested.known)
        then, other = self.expression(body, tested.true), self.expression(orelse, tested.false)
        made = ast.IfExp(tested.tree, then.tree, other.tree)
        # Where one branch gives up, all that is known after the other is known.
        if gives_up(orelse):
            return _After(made, dict(then.known), dict(then.true), dict(then.false))
        if gives_up(body):
            return _After(made, dict(other.known), dict(other.true), dict(other.false))
        # Which branch was computed follows where the outcome of the test is learned.
        key = self.key(test)
        pairs = ((then.known, other.known), (then.true, other.true), (then.false, other.false))
        return _After(made, *(tested.known | {(key, True): one, (key, False): two} for one, two in pairs))


def given(known: Facts, key: Key, *, outcome: bool) -> Facts:
    """What is known once a test turned out so."""
    branch = known.get((key, outcome))
    return {**known, **(branch if isinstance(branch, dict) else {}), key: outcome}


def implied(node: ast.expr) -> Iterator[ast.expr]:
    """What is true where a test is: that what is one or more is not below zero."""
    match node:
        case ast.Compare(left=left, ops=[ast.GtE() as order], comparators=[ast.Constant(value=int() as least)]):
            if least > 0:
                yield ast.Compare(left, [order], [ast.Constant(0)])


def is_test(node: ast.expr) -> bool:
    """Whether an expression surely is true or false."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return is_test(body) and is_test(orelse)
        case ast.BoolOp(values=values):
            return all(map(is_test, values))
        case ast.Constant(value=value):
            return isinstance(value, bool)
        case ast.UnaryOp(op=op):
            return isinstance(op, ast.Not)
    return isinstance(node, ast.Compare)


def looked_at(node: ast.expr) -> str | None:
    """The variable whose value an expression is wherever it has one: it gives up on any other."""
    if isinstance(node, ast.IfExp) and isinstance(node.body, ast.Name) and gives_up(node.orelse):
        return node.body.id
    return None


def gives_up(node: ast.expr) -> bool:
    """Whether an expression surely leaves the answer to the evaluator."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("bail_out", "absent")


class _Unread(ast.NodeTransformer):
    """Takes away the variables that nothing reads."""

    def __init__(self, read: set[str]) -> None:
        self.read = read

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        """The value alone, where its variable is not read."""
        value = self.visit(node.value)
        if node.target.id not in self.read:
            return value  # type: ignore[no-any-return]  # an expression, as it was
        node.value = value
        return node


class _Renamed(ast.NodeTransformer):
    """Counts the variables that are assigned here anew: Python's frames have a place for each name."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        """The value, and then its variable."""
        node.value = self.visit(node.value)
        node.target = store(self.names.setdefault(node.target.id, f"a{len(self.names)}"))
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A variable by its name here."""
        return ast.Name(self.names.get(node.id, node.id), node.ctx)


def shared(statements: list[ast.stmt], constants: Mapping[str, Any]) -> list[ast.stmt]:
    """*statements* that do the same and compute nothing twice. *constants* are the values of names bound outside."""
    values: dict[str, ast.expr] = {}
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id == COUNTER:
                return statements
            if isinstance(node, ast.NamedExpr):
                values[node.target.id] = node.value
    sharing = _Sharing(constants, values)
    made = sharing.whole(statements)
    without = _Unread(sharing.read)
    made = [without.visit(statement) for statement in made]
    for branch in sharing.branches:
        alone = _Renamed()
        branch.body = [alone.visit(statement) for statement in branch.body]
    return made
