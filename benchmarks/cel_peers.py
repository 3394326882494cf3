"""Other implementations of CEL for Python, each behind one small adapter.

Each gets what a service has: an expression known when it starts, and plain Python values with every
request. Converting these to an engine's own values is part of its evaluation.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeAlias

from scopeguard import cel

Evaluate: TypeAlias = Callable[[Mapping[str, Any]], Any]
Compile: TypeAlias = Callable[[str, Mapping[str, str]], Evaluate]


def ours(source: str, variables: Mapping[str, str]) -> Evaluate:
    """This library."""
    return cel.compile(source, variables=variables).evaluate


def rust(source: str, variables: Mapping[str, str]) -> Evaluate:
    """common-expression-language: cel-rust with bindings for Python. It takes no types."""
    evaluate: Evaluate = import_module("cel").compile(source).execute
    return evaluate


def cpp(source: str, variables: Mapping[str, str]) -> Evaluate:
    """cel-expr-python: cel-cpp with bindings for Python."""
    module = import_module("cel_expr_python.cel")
    kinds = {
        "bool": "BOOL",
        "int": "INT",
        "double": "DOUBLE",
        "string": "STRING",
        "timestamp": "TIMESTAMP",
        "dyn": "DYN",
    }

    def declared(text: str) -> Any:
        if text.startswith("list("):
            return module.Type.List(declared(text[5:-1]))
        if text.startswith("map("):
            key, _, value = text[4:-1].partition(", ")
            return module.Type.Map(declared(key), declared(value))
        return getattr(module.Type, kinds[text])

    types = {name: declared(text) for name, text in variables.items()}
    expression = module.NewEnv(variables=types).compile(source)
    return lambda values: expression.eval(data=values).value()


def celpy(source: str, variables: Mapping[str, str]) -> Evaluate:
    """cel-python: CEL in Python, compiled to closures."""
    module = import_module("celpy")
    to_cel = import_module("celpy.adapter").json_to_cel
    environment = module.Environment()
    program = environment.program(environment.compile(source))
    return lambda values: bool(program.evaluate({name: to_cel(value) for name, value in values.items()}))


PEERS: Mapping[str, Compile] = {"common-expression-language": rust, "cel-expr-python": cpp, "cel-python": celpy}
