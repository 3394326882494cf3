"""Inlining: a variable of a pack, or a name bound by ``cel.bind``, is replaced by its expression."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, TypeGuard

from msgspec.structs import replace

from scopeguard.limits import MAX_CONDITION_DEPTH, MAX_CONDITION_NODES
from scopeguard.semantics.built_in_variables import GROUPS, VARIABLES
from scopeguard.semantics.names import BIND
from scopeguard.source import Span
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, Macro

_INLINED: Final = (f"{VARIABLES}.", f"{GROUPS}.")


class ExpandedVariables(NamedTuple):
    """The expressions of variables, fully expanded; *cyclic* and *oversized* ones have none."""

    trees: Mapping[str, Expr]
    cyclic: frozenset[str]
    oversized: frozenset[str]


def is_variable(node: Expr) -> TypeGuard[Ident]:
    """Whether a node of a resolved tree names a variable, or a group of surfaces."""
    return isinstance(node, Ident) and node.absolute and node.name.startswith(_INLINED)


def referred(expr: Expr) -> Iterator[Ident]:
    """The variables that a resolved tree names, in order."""
    return filter(is_variable, ex.walk(expr))


def ordered(trees: Mapping[str, Expr]) -> tuple[str, ...]:
    """The names of *trees*, each after those that it names, as far as there are no circles."""
    named = {name: [found.name for found in referred(tree) if found.name in trees] for name, tree in trees.items()}
    done: dict[str, None] = {}
    for start in trees:
        stack = [start]
        open_names: set[str] = set()
        while stack:
            name = stack[-1]
            open_names.add(name)
            waiting = next((other for other in named[name] if other not in done and other not in open_names), None)
            if waiting is None:
                done[stack.pop()] = None
            else:
                stack.append(waiting)
    return tuple(done)


def expand_variables(trees: Mapping[str, Expr]) -> ExpandedVariables:
    """The expanded expressions of the variables *trees* (resolved, by dotted name)."""
    known: dict[str, Expr] = {}
    cyclic: set[str] = set()
    oversized: set[str] = set()
    for name in ordered(trees):
        named = {found.name for found in referred(trees[name]) if found.name in trees}
        if named - known.keys() - oversized:
            cyclic.add(name)
        elif named & oversized or is_oversized(trees[name], known):
            oversized.add(name)
        else:
            known[name] = substituted(trees[name], known)
    return ExpandedVariables(known, frozenset(cyclic), frozenset(oversized))


def is_oversized(expr: Expr, trees: Mapping[str, Expr]) -> bool:
    """Whether *expr* has too many nodes or levels once variables are put in."""
    named = [found.name for found in referred(expr) if found.name in trees]
    if _nodes(expr) + sum(_nodes(trees[name]) - 1 for name in named) > MAX_CONDITION_NODES:
        return True
    return _depth(expr, {name: _depth(trees[name], {}) for name in named}) > MAX_CONDITION_DEPTH


def _nodes(expr: Expr) -> int:
    return sum(1 for _ in ex.walk(expr))


def _depth(expr: Expr, known: Mapping[str, int]) -> int:
    # As the parser counts: a chain of one logical operator is one level, a name or literal none.
    deepest = 0
    stack: list[tuple[Expr, int, str]] = [(expr, 0, "")]
    while stack:
        node, above, chain = stack.pop()
        if isinstance(node, Ident):
            deepest = max(deepest, above + known.get(node.name, 0))
            continue
        parts = ex.children(node)
        logical = node.function if isinstance(node, Call) and node.function in (ex.AND, ex.OR) else ""
        here = above + (bool(parts) and not (logical and logical == chain))
        deepest = max(deepest, here)
        stack.extend((part, here, logical) for part in parts)
    return deepest


def substituted(expr: Expr, trees: Mapping[str, Expr]) -> Expr:
    """*expr* with the variables *trees* put in, each at the place where it is named.

    Recursion is bounded by the depth that the parser admits.
    """
    if not trees:
        return expr
    if isinstance(expr, Ident) and expr.absolute and expr.name in trees:
        return _moved(trees[expr.name], expr.span)
    return ex.rebuilt(expr, lambda part: substituted(part, trees))


def unbound(expr: Expr) -> Expr:
    """A resolved tree in which names that ``cel.bind`` gives to a name or a constant are replaced by it.

    What is larger stays bound, or a tree could grow without end. Recursion is bounded by the depth that the parser
    admits.
    """
    if isinstance(expr, Macro) and expr.kind == BIND:
        value = unbound(expr.operand)
        if _is_bare(value):
            return unbound(renamed(expr.body[0], expr.variables[0], value))
    return ex.rebuilt(expr, unbound)


def _is_bare(expr: Expr) -> bool:
    return isinstance(expr, Literal) or (isinstance(expr, Ident) and expr.absolute)


def renamed(expr: Expr, name: str, value: Expr) -> Expr:
    """*expr*, in which a name that a macro around it binds is replaced."""
    if isinstance(expr, Ident) and not expr.absolute and expr.name == name:
        return value
    if isinstance(expr, Macro) and name in expr.variables:
        return replace(expr, operand=renamed(expr.operand, name, value))
    return ex.rebuilt(expr, lambda part: renamed(part, name, value))


def _moved(expr: Expr, span: Span) -> Expr:
    # Whatever is to be said about a part of it is said where the variable is named.
    return replace(ex.rebuilt(expr, lambda part: _moved(part, span)), span=span)
