"""SG514: ``has(x)`` of a flag is true where the flag is false."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, Severity
from scopeguard.semantics.names import OPT_FLAT_MAP, OPT_MAP
from scopeguard.semantics.types import BOOL, Type
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Index, Literal, Macro, Select

_NOTHING: Final[frozenset[str]] = frozenset()


class _Asked(NamedTuple):
    """A name that is asked for, and where."""

    name: str
    offset: int


def check_flags(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Conditions that ask whether a flag is there, and not what it says."""
    types = parsed.variables.declared.everywhere().variables or {}
    for rule in parsed.conditional:
        for field, tree in rule.conditions.items():
            others = (_reads(other) for name, other in rule.conditions.items() if name != field)
            yield from _findings(rule.entry, (field,), tree, types, _NOTHING.union(*others))
    for each in parsed.circumstances:
        tree = parsed.variables.whole(parsed.variables.resolve(each.tree).tree)
        yield from _findings(each.entry, each.path, tree, types, _NOTHING)
    for claim in parsed.claims:
        yield from _findings(claim.entry, claim.path, claim.tree, types, _NOTHING)


def _findings(
    entry: Entry, path: Path, tree: Expr, types: Mapping[str, Type], beside: frozenset[str]
) -> Iterator[Diagnostic]:
    for flag in _unread(tree, beside):
        if _is_flag(flag.name, types):
            message = f"has({flag.name}) is true where {flag.name} is false"
            hint = f"write has({flag.name}) && {flag.name}; in the negative !has({flag.name}) || !{flag.name}"
            yield finding(entry, path, "SG514", message, hint, offset=flag.offset, severity=Severity.WARNING)


def _is_flag(name: str, types: Mapping[str, Type]) -> bool:
    """Whether a name is an attribute that is true or false, or such a value of one that is a map."""
    above = types.get(name.rpartition(".")[0], BOOL)
    return types.get(name) == BOOL or (above.name == "map" and above.parameters[1] == BOOL)


def _unread(expr: Expr, beside: frozenset[str]) -> Iterator[_Asked]:
    """The names that are asked for by ``has`` and not read *beside* it. Recursion is bounded by the parser."""
    asked = _asked(expr)
    match expr:
        case _ if asked is not None:
            # Who reads all of a map reads what is in it.
            if beside.isdisjoint((asked.name, asked.name.rpartition(".")[0])):
                yield asked
        case Call(function=ex.AND | ex.OR as function):
            parts = list(_parts(function, expr))
            for part in parts:
                # What another way to the same end reads says nothing about this one, unless it is of what is there.
                counts = function == ex.AND or _is_absence(part)
                others = (_reads(other) for other in parts if other is not part) if counts else ()
                yield from _unread(part, beside.union(*others))
        case _:
            parts = list(ex.children(expr))
            for part in parts:
                yield from _unread(part, beside.union(*(_reads(other) for other in parts if other is not part)))


def _parts(function: str, expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Call) and expr.function == function:
        for arg in expr.args:
            yield from _parts(function, arg)
    else:
        yield expr


def _is_absence(expr: Expr) -> bool:
    """Whether it is asked that something is not there, and nothing else."""
    is_negated = False
    while isinstance(expr, Call) and expr.function == ex.NOT:
        is_negated = not is_negated
        (expr,) = expr.args
    is_equation = isinstance(expr, Call) and expr.function == ex.EQUAL
    return _asked(expr) is not None and is_negated is not is_equation


def _asked(expr: Expr) -> _Asked | None:
    """The name that is asked for and not read: ``has(a.b)``, ``"b" in a``, ``a.?b.hasValue()`` and the like."""
    match expr:
        case Call(function=ex.PRESENT, args=(name,)) | Call(function="hasValue", target=Select() | Index() as name):
            return _asked_for(_name(name), name)
        case (
            Select(operand=operand, name=key, test=True) | Call(function=ex.IN, args=(Literal(value=str(key)), operand))
        ):
            above = _name(operand)
            return _asked_for(above and f"{above}.{key}", expr)
        case (
            Call(function="hasValue", target=Call(function=ex.CONDITIONAL, args=(asked, *_)))
            | Call(args=(Call(function=ex.CONDITIONAL, args=(asked, *_)), Call(function="optional.none")))
            | Call(args=(Call(function="optional.none"), Call(function=ex.CONDITIONAL, args=(asked, *_))))
        ):
            return _asked(asked)
        case (
            Call(args=(Select() | Index() as name, Call(function="optional.none")))
            | Call(args=(Call(function="optional.none"), Select() | Index() as name))
        ):
            return _asked_for(_name(name), name)
        case Macro(kind=kind, operand=operand, variables=(variable,), body=(body,)) if kind in (
            OPT_MAP,
            OPT_FLAT_MAP,
        ) and Ident(variable) not in ex.walk(body):
            return _asked_for(_name(operand), expr)
        case Macro(kind="exists", operand=operand, variables=(variable,), body=(Call(function=ex.EQUAL, args=args),)):
            texts = [each.value for each in args if isinstance(each, Literal) and isinstance(each.value, str)]
            above = _name(operand) if texts and Ident(variable) in args else None
            return _asked_for(above and f"{above}.{texts[0]}", expr)
    return None


def _asked_for(name: str | None, at: Expr) -> _Asked | None:
    return None if name is None else _Asked(name, at.span.start)


def _name(expr: Expr) -> str | None:
    """The name of an attribute, or of what it has under a constant key."""
    match expr:
        case Ident(name=name, absolute=True):
            return name
        case Select(operand=operand, name=key, test=False) | Index(operand=operand, index=Literal(value=str(key))):
            above = _name(operand)
            return above and f"{above}.{key}"
        case Call(function=ex.CONDITIONAL, args=(_, Call(function="optional.of", args=(value,)), _)):
            return _name(value)
    return None


def _reads(expr: Expr) -> frozenset[str]:
    """The names whose values *expr* reads."""
    if _asked(expr) is not None:
        return _NOTHING
    name = _name(expr)
    return _NOTHING.union(*map(_reads, ex.children(expr))) if name is None else frozenset({name})
