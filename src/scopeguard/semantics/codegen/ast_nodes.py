"""Small pieces of generated code, and the check that it names nothing else than it may."""

from __future__ import annotations

import ast
from typing import Final

_ATTRIBUTES: Final = frozenset({"append", "items", "startswith", "endswith", "tzinfo"})


_ERROR: Final = "error"
"""What generated code calls what it caught."""


def refuse_open_names(module: ast.Module, known: frozenset[str], fields: frozenset[str] = frozenset()) -> None:
    """Raises AssertionError where generated code names what is not *known*, or reads other attributes than *fields*."""
    own = {node.id for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.name for node in ast.walk(module) if isinstance(node, ast.ExceptHandler) and node.name is not None}
    own |= {node.arg for node in ast.walk(module) if isinstance(node, ast.arg)}
    own |= {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and node.id not in known | own:
            raise AssertionError(f"generated code names {node.id!r}")
        if isinstance(node, ast.Attribute) and node.attr not in _ATTRIBUTES | fields:
            raise AssertionError(f"generated code reads {node.attr!r}")


def load(name: str) -> ast.Name:
    """A name that is read."""
    return ast.Name(name, ast.Load())


def store(name: str) -> ast.Name:
    """A name that is assigned."""
    return ast.Name(name, ast.Store())


def call(helper: str, *arguments: ast.expr) -> ast.expr:
    """A call of one of the names known to generated code."""
    return ast.Call(load(helper), list(arguments), [])


def fail_unless(test: ast.expr) -> ast.stmt:
    """A statement that bails out unless *test* holds."""
    return ast.If(ast.UnaryOp(ast.Not(), test), [ast.Expr(call("bail_out"))], [])


def handlers(
    own: str, pythons: str, body: list[ast.stmt], *, calls_host: ast.expr | None = None
) -> list[ast.ExceptHandler]:
    """What happens where generated code raised something of its *own*, or of what Python raises in it.

    What a host raised into it goes on. *calls_host* is whether it read what may be written in Python by a host.
    """
    keywords = [] if calls_host is None else [ast.keyword("calls_host", calls_host)]
    goes_on = ast.If(ast.Call(load("raised_by_host"), [load(_ERROR)], keywords), [ast.Raise()], [])
    return [ast.ExceptHandler(load(own), None, body), ast.ExceptHandler(load(pythons), _ERROR, [goes_on, *body])]


def definition(name: str, parameters: list[str], body: list[ast.stmt]) -> ast.stmt:
    """A function of plain parameters."""
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(each) for each in parameters], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    made = ast.FunctionDef(name, arguments, body, [])
    if "type_params" in ast.FunctionDef._fields:
        made.type_params = []  # type: ignore[attr-defined,unused-ignore]  # from Python 3.12 on
    return made
