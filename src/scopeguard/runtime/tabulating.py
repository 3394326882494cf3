"""The matrix: who may do what, in one context or in whatever completes it."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from scopeguard.compiling.given_inputs import record_of
from scopeguard.errors import RequestError
from scopeguard.model.input_validation import bounded, identifier
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context
from scopeguard.runtime.declared import require
from scopeguard.runtime.engine import Engine
from scopeguard.runtime.matrix import Asker, Matrix
from scopeguard.runtime.matrix_cells import row
from scopeguard.runtime.symbolic import columns
from scopeguard.semantics.built_in_variables import BUILT_IN_VARIABLES

_LEFT_OUT: Final = frozenset({"context.now", "context.channel", "resource.id"})


def tabulate(
    engine: Engine,
    principals: Mapping[str, Principal] | Iterable[Principal],
    actions: Iterable[str] | None,
    context: Context,
    *,
    symbolic: bool,
    absent: Iterable[str],
) -> Matrix:
    """The matrix of *principals* by *actions* (every permission of the catalog where None).

    With *symbolic* whatever is not given is open, but for *absent*: names of what no request has. Raises RequestError.
    """
    named = _named(principals)
    asked = engine.permissions if actions is None else tuple(_items(actions, "actions"))
    missing = frozenset(identifier(each, "an absent name") for each in _items(absent, "absent names"))
    if missing and not symbolic:
        raise RequestError("only a symbolic matrix takes what is absent; of another everything is that is not given")
    for name in sorted(missing):
        require(name, _names(engine), "name")
    askers = {name: Asker(principal, context, missing) for name, principal in named.items()}
    if symbolic:
        cells = columns(engine, askers, context, asked)
    else:
        cells = {
            (name, action): cell
            for name, principal in named.items()
            for action, cell in row(engine, principal, asked, context).items()
        }
    return Matrix(tuple(named), asked, MappingProxyType(cells), engine.program.digest, MappingProxyType(askers))


def _names(engine: Engine) -> frozenset[str]:
    """All that may be absent: declared names, of facts whole records, and what a host may leave out."""
    declared = frozenset(engine.program.types.names.variables or ()) - BUILT_IN_VARIABLES.keys()
    return declared | frozenset(map(record_of, declared)) | _LEFT_OUT


def _named(principals: object) -> Mapping[str, Principal]:
    if not isinstance(principals, Iterable):
        raise RequestError(
            f"the principals of a matrix must be a mapping or an iterable, not {type(principals).__name__}"
        )
    pairs = principals.items() if isinstance(principals, Mapping) else ((_label(each), each) for each in principals)
    named: dict[str, Principal] = {}
    for name, principal in pairs:
        if not isinstance(name, str):
            raise RequestError(f"the name of a principal must be a str, not {type(name).__name__}")
        if name in named:
            raise RequestError("two principals of a matrix have the same name; give a mapping of names to principals")
        named[name] = _principal(principal)
    return named


def _label(value: object) -> str:
    principal = _principal(value)
    return principal.id or principal.kind


def _principal(value: object) -> Principal:
    if type(value) is not Principal:
        raise RequestError(f"a principal must be a Principal, not {type(value).__name__}")
    return value


def _items(values: object, what: str) -> Iterator[str]:
    # Texts and bytes are iterables, and nothing in them is a name.
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise RequestError(f"the {what} of a matrix must be an iterable of str, not {type(values).__name__}")
    return bounded(values, "name")
