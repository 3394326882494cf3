"""SG514: ``has(x)`` of a flag is true where the flag is false."""

from collections.abc import Iterator
from typing import Final

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, Severity
from scopeguard.semantics.types import BOOL
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident

_NOTHING: Final[frozenset[str]] = frozenset()


def check_flags(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Conditions that ask whether a flag is there, and not what it says."""
    flags = frozenset(
        name for name, kind in (parsed.variables.declared.everywhere().variables or {}).items() if kind == BOOL
    )
    for rule in (*parsed.rules, *parsed.gates):
        for field, tree in rule.conditions.items():
            others = (_reads(other) for name, other in rule.conditions.items() if name != field)
            yield from _findings(rule.entry, (field,), tree, flags, _NOTHING.union(*others))
    for each in parsed.circumstances:
        tree = parsed.variables.whole(parsed.variables.resolve(each.tree).tree)
        yield from _findings(each.entry, each.path, tree, flags, _NOTHING)
    for claim in parsed.claims:
        yield from _findings(claim.entry, claim.path, claim.tree, flags, _NOTHING)


def _findings(
    entry: Entry, path: Path, tree: Expr, flags: frozenset[str], beside: frozenset[str]
) -> Iterator[Diagnostic]:
    for flag in _unread(tree, beside):
        if flag.name in flags:
            message = f"has({flag.name}) is true where {flag.name} is false"
            hint = f"write has({flag.name}) && {flag.name}; in the negative !has({flag.name}) || !{flag.name}"
            offset, severity = flag.span.start, Severity.WARNING
            yield finding(entry, path, "SG514", message, hint, offset=offset, severity=severity)


def _unread(expr: Expr, beside: frozenset[str]) -> Iterator[Ident]:
    """The names that are asked for by ``has`` and not read *beside* it. Recursion is bounded by the parser."""
    asked = _asked(expr)
    match expr:
        case _ if asked is not None:
            if asked.name not in beside:
                yield asked
        case Call(function=ex.AND | ex.OR as function):
            parts = list(_parts(function, expr))
            for part in parts:
                # What another way to the same end reads says nothing about this one.
                counts = function == ex.AND or _is_test(part)
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


def _is_test(expr: Expr) -> bool:
    if isinstance(expr, Call) and expr.function == ex.NOT:
        return _is_test(expr.args[0])
    return _asked(expr) is not None


def _asked(expr: Expr) -> Ident | None:
    """The name that is asked for and not read: ``has(a.b)``, ``a.?b.hasValue()``, ``a.?b == optional.none()``."""
    match expr:
        case Call(function=ex.PRESENT, args=(Ident() as name,)):
            return name
        case (
            Call(function="hasValue", target=Call(function=ex.CONDITIONAL, args=(asked, *_)))
            | Call(args=(Call(function=ex.CONDITIONAL, args=(asked, *_)), Call(function="optional.none")))
            | Call(args=(Call(function="optional.none"), Call(function=ex.CONDITIONAL, args=(asked, *_))))
        ):
            return _asked(asked)
    return None


def _reads(expr: Expr) -> frozenset[str]:
    """The names whose values *expr* reads."""
    if _asked(expr) is not None:
        return _NOTHING
    if isinstance(expr, Ident):
        return frozenset({expr.name}) if expr.absolute else _NOTHING
    return _NOTHING.union(*map(_reads, ex.children(expr)))
