"""SG406: packs hold no prices, limits and plans; such things come from the host."""

import re
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.rules.conditions import valueless_at
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, Severity, quoted
from scopeguard.semantics.built_in_variables import FACTS
from scopeguard.semantics.names import BIND
from scopeguard.semantics.variable_inlining import renamed, unbound
from scopeguard.source import Span
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Index, ListExpr, Literal, Macro, Select

_NUMBER: Final = r"(?<![\d.,])\d[\d.,]*+"
_MONEY: Final = r"(?:USD|EUR|GBP|CHF|JPY|INR|dollars?|euros?|pounds?|cents?|credits?)"
_COUNTED: Final = (
    r"(?:voice minutes?|messages?|seats?|agents?|test runs?|uploads?|phone numbers?|tokens?|requests?|calls?)"
)
_PERIOD: Final = r"(?:second|minute|hour|day|week|month|year|seat|user|agent|message|call|request)"
_BOUND: Final = r"(?:limit(?:ed)?|quota|allowance|cap|maximum|minimum|at most|up to|price[ds]?|costs?)"
_LOOKS: Final = re.compile(
    "|".join((
        rf"[$€£¥₹]\s?{_NUMBER}",
        rf"{_NUMBER}\s?[$€£¥₹]",
        rf"\b{_MONEY}\s?{_NUMBER}",
        rf"{_NUMBER}\s?{_MONEY}\b",
        rf"{_NUMBER}(?:\s\w{{1,20}}){{0,2}}\s?(?:per|/)\s?{_PERIOD}\b",
        rf"{_NUMBER}\s{_COUNTED}\b",
        rf"\b{_BOUND}(?:\s(?:of|is|to|at|are|by))?:?\s{_NUMBER}",
        rf"{_NUMBER}(?:\s\w{{1,20}})?\s(?:limit|quota|allowance|cap|maximum)\b",
    )),
    re.IGNORECASE | re.ASCII,
)  # fmt: skip
_PLAN: Final = r"(?:free|basic|starter|hobby|pro|plus|premium|team|business|growth|scale|enterprise|ultimate)"
_PLANS: Final = r"(?:plan|tier|subscription|edition)"
_PLAN_NAMES: Final = re.compile(rf"\b{_PLAN}[\s-]{_PLANS}s?\b|\b{_PLANS}:?\s[\"']?{_PLAN}\b", re.IGNORECASE | re.ASCII)
_ABOUT_PLANS: Final = re.compile(rf"(?:.*[._])?{_PLANS}s?(?:_name|_id)?")
_HINT: Final = "the host supplies prices and limits as facts; point to where they are shown"
_PLAN_HINT: Final = "what a plan allows changes outside of the pack; let the host supply it as facts"
_CONDITION_HINT: Final = "let the host supply a fact that says yes or no, or compare two facts"

_TEXTS: Final[Mapping[str, tuple[Path, ...]]] = MappingProxyType({
    "surfaces": (("because",),),
    "operations": (("because",),),
    "permissions": (("because",),),
    "scopes": (("because",),),
    "roles": (("because",),),
    "rules": (("because",), ("owner",)),
    "gates": (("because",), ("owner",)),
    "usage": (("because",),),
    "invariants": (("because",),),
    "meters": (("title",), ("because",)),
    "recovery": (("because",), ("title",), ("remedy", "text")),
})  # fmt: skip
"""Where people read, by kind of entry; the entries of account pages come on top."""

_COMPARISONS: Final = frozenset({ex.IN, ex.EQUAL, ex.NOT_EQUAL, ex.LESS, ex.LESS_EQUAL, ex.GREATER, ex.GREATER_EQUAL})

_ARITHMETIC: Final = frozenset({ex.ADD, ex.SUBTRACT, ex.MULTIPLY, ex.DIVIDE, ex.MODULO, ex.NEGATE, "size"})

_PASSED_ON: Final = frozenset({"int", "uint", "double", "dyn", "value", "orValue", "optional.of"})
"""Functions that give what they are given."""


def check_hard_coded_limits(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Texts that state a price or a limit, and conditions that compare a fact with a number."""
    for kind, paths in _TEXTS.items():
        for entry in parsed.pack.entries(kind):
            for path in paths:
                text = _value(entry.content, path)
                if text is not None:
                    yield from _text(entry, path, text)
    for entry in parsed.pack.entries("recovery"):
        for index, remedy in enumerate(entry.content.remedies or ()):
            yield from _text(entry, ("remedies", index, "text"), remedy.text)
    for entry in parsed.pack.entries("settings"):
        for index, tab in enumerate(entry.content):
            yield from _text(entry, (index, "title"), tab.title)
            yield from _text(entry, (index, "because"), tab.because)
    for rule in parsed.conditional:
        for field, tree in rule.conditions.items():
            yield from _condition(parsed, rule.entry, (field,), tree, rule.texts[field,], rule.surfaces(parsed.catalog))
    for name, tree in parsed.variables.resolved.items():
        entry = parsed.variables.by_name[name].entry
        yield from _condition(parsed, entry, (), tree, entry.content, parsed.catalog.surfaces)


def _value(content: object, path: Path) -> str | None:
    for step in path:
        content = getattr(content, str(step), None)
    return content if isinstance(content, str) else None


def _text(entry: Entry, path: Path, text: str | None) -> Iterator[Diagnostic]:
    for found in _LOOKS.finditer(text or ""):
        message = f"{quoted(found.group())} looks like a price or a limit"
        yield finding(entry, path, "SG406", message, _HINT, offset=found.start())
    for named in _PLAN_NAMES.finditer(text or ""):
        message = f"{quoted(named.group())} looks like the name of a plan"
        yield finding(entry, path, "SG406", message, _PLAN_HINT, severity=Severity.WARNING, offset=named.start())


def _condition(
    parsed: ParsedPack, entry: Entry, path: Path, tree: Expr, text: str, surfaces: Iterable[str]
) -> Iterator[Diagnostic]:
    nodes = list(ex.walk(tree))
    compared = sorted(set(_compared(ex.walk(_bound(unbound(tree))))), key=itemgetter(0, 1))
    # A comparison that has no value is reported as that.
    wrong = valueless_at(parsed, text, surfaces) if compared else ()
    for offset, number, whole in compared:
        if not any(whole.start <= place < whole.end for place in wrong):
            message = f"a fact is compared with {number}, which looks like a price or a limit"
            yield finding(entry, path, "SG406", message, _CONDITION_HINT, offset=offset)
    for literal in _plans(nodes):
        message = f"{quoted(str(literal.value))} is compared with a plan, so that it looks like the name of one"
        yield finding(entry, path, "SG406", message, _PLAN_HINT, severity=Severity.WARNING, offset=literal.span.start)


def _plans(nodes: Iterable[Expr]) -> Iterator[Literal]:
    """The texts that something called a plan is compared with."""
    for node in nodes:
        if isinstance(node, Call) and node.function in (ex.EQUAL, ex.NOT_EQUAL, ex.IN):
            parts = [part for arg in node.args for part in (arg.items if isinstance(arg, ListExpr) else (arg,))]
            if any(isinstance(part, Ident) and _ABOUT_PLANS.fullmatch(part.name) for part in parts):
                yield from (part for part in parts if isinstance(part, Literal) and isinstance(part.value, str))


def _compared(nodes: Iterable[Expr]) -> Iterator[tuple[int, str, Span]]:
    for node in nodes:
        # A comparison that is wholly in a variable is reported there, others where the variable is named.
        if isinstance(node, Call) and node.function in _COMPARISONS and any(arg.span != node.span for arg in node.args):
            parts = list(_quantities(node))
            if any(map(_is_fact, parts)):
                for part in parts:
                    number = _number(part)
                    if number is not None and _is_limit(number):
                        yield part.span.start, str(number), node.span


def _quantities(comparison: Call) -> Iterator[Expr]:
    """What the two sides of a comparison are made of, and not what another comparison in them is made of."""
    stack: list[Expr] = list(comparison.args)
    if comparison.function == ex.IN and isinstance(comparison.args[1], ListExpr):
        stack = [comparison.args[0], *comparison.args[1].items]
    while stack:
        part = stack.pop()
        yield part
        match part:
            case Call(function=ex.CONDITIONAL, args=(_, *branches)):
                stack.extend(branches)
            case Call(function=function, args=args, target=target) if function in _ARITHMETIC:
                stack.extend(args if target is None else (target,))
            case Call(function=function, args=args, target=target) if function in _PASSED_ON:
                stack.extend(args if target is None else (target, *args))
            case Select(operand=operand, test=False) | Index(operand=operand):
                stack.append(operand)
            case Macro(kind=kind, operand=operand, body=body) if kind == BIND:
                stack.extend((operand, *body))


def _bound(expr: Expr) -> Expr:
    """*expr*, in which what a macro binds is a fact of the list that it goes through, or else a number of it.

    Recursion is bounded by the depth that the parser admits, and one element for each macro lets no tree grow.
    """
    if isinstance(expr, Macro) and isinstance(expr.operand, ListExpr) and len(expr.variables) == 1:
        items = expr.operand.items
        one = next((each for each in items if _is_fact(each)), None) or next(
            (each for each in items if isinstance(each, Literal) and _is_limit(each.value)), None
        )
        if one is not None:
            expr = replace(expr, body=tuple(renamed(part, expr.variables[0], one) for part in expr.body))
    return ex.rebuilt(expr, _bound)


def _number(node: Expr) -> int | float | None:
    """A number that is written down, as a text too."""
    match node:
        case Literal(value=bool()):
            return None
        case Literal(value=int() | float() as number):
            return number
        case Call(function="int" | "uint" | "double" as kind, args=(Literal(value=str(text)),)):
            try:
                return float(text) if kind == "double" else int(text)
            except ValueError:
                return None
    return None


def _is_fact(node: Expr) -> bool:
    return isinstance(node, Ident) and node.absolute and f"{node.name}.".startswith(f"{FACTS}.")


def _is_limit(value: object) -> bool:
    # Zero and one mean none and the last one, which no price list decides.
    return isinstance(value, int | float) and value not in (0, 1)
