"""How texts flow through a condition: what is compared with a vocabulary of the pack, wherever it is written.

Values flow along the types of functions: what has one letter in a signature (``A, list(A) -> bool``) is of one source.
What a function makes of a text and of constants is a vocabulary of its own: that which it makes of each name.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import takewhile
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from scopeguard.checking.narrowed_texts import keeps_ids
from scopeguard.checking.value_sources import Text, ValueSource, element_of, is_bare, join, key_of, part_of, root
from scopeguard.errors import EvaluationError
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.semantics.functions import lists
from scopeguard.semantics.functions.library import Overload
from scopeguard.semantics.interpreter import Interpreter
from scopeguard.semantics.names import BIND, OPT_FLAT_MAP, OPT_MAP, Names
from scopeguard.semantics.type_checker import Checker
from scopeguard.semantics.types import STRING, Type
from scopeguard.semantics.values import Optional
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Failure, Ident, Index, ListExpr, Literal, Macro, MapExpr, Select

TESTS: Final[Mapping[str, str]] = MappingProxyType({
    "startsWith": "begins with", "endsWith": "ends with", "contains": "contains", "matches": "matches",
})  # fmt: skip
"""What asks for a part of a text."""

_PLACES: Final = frozenset({"indexOf", "lastIndexOf"})
"""What asks where in a text another one is, and is below 0 where it is nowhere."""

_FORMATTED: Final = re.compile(r"%%|%(?:\.\d+)?[a-zA-Z]")
"""The parts of a format that what is read is put into, and ``%%``."""

_UNCHANGED: Final = frozenset({"dyn", lists.SORT})
"""What gives the texts that it takes, by a signature that does not say so."""

_TEXTS: Final = frozenset({STRING, Type("bytes")})
"""What is followed: texts, and the bytes that spell them."""

_Locals: TypeAlias = Mapping[str, ValueSource | None]
"""What macros bind; None is a name that says nothing of where it comes from, each time anew."""


class DerivedText(NamedTuple):
    """What a function makes of each text of a source."""

    of: ValueSource
    result: ValueSource
    apply: Callable[[str], Any]
    keeps: Callable[[str], bool]
    """Whether what it makes of a name on one resource tells what it makes of others."""


class TextTest(NamedTuple):
    """A test that some text of a source should pass, else nothing ever does."""

    of: ValueSource
    apply: Callable[[str], Any]
    function: str
    text: Text
    of_other: bool
    """Whether the text is asked for a part that is the name."""


class BegunText(NamedTuple):
    """A text that is put together of constants and of what is read, by the constants that it begins with.

    *is_narrowed* where one of its constants has the slash before a resource.
    """

    result: ValueSource
    start: Text
    is_narrowed: bool


class JoinedTexts(NamedTuple):
    """What ``join`` makes of the texts of a list."""

    of: ValueSource
    result: ValueSource
    separator: str


@dataclass(slots=True, eq=False)
class Flow:
    """The sources of one resolved tree, the types of which *checker* has found.

    Recursion is bounded by the depth that the parser admits.
    """

    names: Names
    checker: Checker
    sources: list[ValueSource] = field(default_factory=list)
    made: list[DerivedText] = field(default_factory=list)
    asked: list[TextTest] = field(default_factory=list)
    begun: list[BegunText] = field(default_factory=list)
    joined: list[JoinedTexts] = field(default_factory=list)

    def of(self, expr: Expr, local: _Locals) -> ValueSource:
        """The source of the value of *expr*."""
        match expr:
            case Literal(value=str() | bytes() as value):
                return self.text(as_text(value), expr)
            case Ident(name=name, absolute=True):
                return self.named(name)
            case Ident(name=name):
                return local[name] or ValueSource()
            case Select(operand=operand, name=name, test=test):
                found = self.of(operand, local)
                key = root(found).key
                if key is None and self.kind(operand) != "map":
                    return ValueSource()
                if key is not None:
                    join(key, self.text(name, self.checker.place(expr)))
                return ValueSource() if test else self.part(found, name)
            case Index():
                return self.index(expr, local)
            case ListExpr(items=items):
                return ValueSource(parts={place: self.of(item, local) for place, item in enumerate(items)})
            case MapExpr():
                return self.mapping(expr, local)
            case Call():
                return self.call(expr, local)
            case Macro():
                return self.macro(expr, local)
        return ValueSource()

    def text(self, value: str, at: Expr | int) -> ValueSource:
        """The source of a text that is written down."""
        found = ValueSource(texts={Text(value, at if isinstance(at, int) else at.span.start): None})
        self.sources.append(found)
        return found

    def named(self, name: str) -> ValueSource:
        """The source of a name that every condition can read, or of an attribute."""
        word, kind, found = self.names.words.get(name), self.names.type_of(name), ValueSource()
        if word is not None:
            names = element_of(found) if kind is not None and kind.name == "list" else found
            names.kinds[word] = None
            names.is_listed = name in ROLE_LISTS
        if kind is not None and name in self.names.namespaces:
            key_of(found).records[name] = None
        return found

    def part(self, source: ValueSource, place: Hashable) -> ValueSource:
        """The source of an element or of a value, and of a field of an attribute."""
        key = root(source).key
        fields = [self.field(f"{record}.{place}") for record in (root(key).records if key is not None else ())]
        return reduce(join, fields) if fields else part_of(source, place)

    def field(self, name: str) -> ValueSource:
        """The source of a field, which may have fields of its own."""
        found = self.named(name)
        if fields_of(name, self.names):
            key_of(found).records[name] = None
        return found

    def kind(self, expr: Expr) -> str:
        """The name of a type; that of what is in an optional."""
        found = self.checker.type_at(expr)
        while found.name == "optional":
            found = found.parameters[0]
        return found.name

    def index(self, expr: Index, local: _Locals) -> ValueSource:
        """The source of an element."""
        operand, index = self.of(expr.operand, local), self.of(expr.index, local)
        if self.kind(expr.operand) == "map" or self.kind(expr.index) == "string":
            join(key_of(operand), index)
        return self.part(operand, expr.index.value) if isinstance(expr.index, Literal) else element_of(operand)

    def mapping(self, expr: MapExpr, local: _Locals) -> ValueSource:
        """The source of a map that is written out."""
        found = ValueSource()
        parts: dict[Hashable, ValueSource] = {}
        for key, value in expr.entries:
            join(key_of(found), self.of(key, local))
            # A key that is no constant is a place of its own, distinct from all others.
            parts[key.value if isinstance(key, Literal) else id(key)] = self.of(value, local)
        found.parts = parts
        return found

    def macro(self, expr: Macro, local: _Locals) -> ValueSource:
        """The source of what a macro gives."""
        operand = self.of(expr.operand, local)
        is_map = self.kind(expr.operand) == "map"
        if expr.kind in (BIND, OPT_MAP, OPT_FLAT_MAP):
            bound = [operand]
        elif is_map:
            bound = [key_of(operand), element_of(operand)][: len(expr.variables)]
        else:
            bound = [ValueSource(), element_of(operand)][-len(expr.variables) :]
        inner = {
            **local,
            **{name: None if is_bare(each) else each for name, each in zip(expr.variables, bound, strict=True)},
        }
        *_, last = [self.of(part, inner) for part in expr.body]
        match expr.kind:
            case "filter":
                return ValueSource(element=bound[0]) if is_map else operand
            case "map" | "transformList":
                return ValueSource(element=last)
            case "transformMap":
                return ValueSource(key=bound[0], element=last)
            case "transformMapEntry":
                return last
        return last if expr.kind in (BIND, OPT_MAP, OPT_FLAT_MAP) else ValueSource()

    def call(self, expr: Call, local: _Locals) -> ValueSource:
        """The source of what a function gives."""
        if expr.function in (ex.PRESENT, ex.HOLDS):
            return ValueSource()
        folded = self.folded(expr)
        if isinstance(folded, str | bytes):
            return self.text(as_text(folded), expr)
        if isinstance(folded, list | tuple) and folded and all(isinstance(each, str) for each in folded):
            return ValueSource(parts={place: self.text(each, expr) for place, each in enumerate(folded)})
        operands = expr.args if expr.target is None else (expr.target, *expr.args)
        found = [self.of(operand, local) for operand in operands]
        if expr.function == ex.CONDITIONAL:
            return join(found[1], found[2])
        if expr.function in _UNCHANGED:
            return found[0]
        result = ValueSource()
        pieces = self.pieces(expr)
        if any(pieces):
            start = "".join(filter(None, takewhile(lambda piece: piece is not None, pieces)))
            offset = next(node.span.start for node in ex.walk(expr) if isinstance(node, Literal))
            is_narrowed = any("/" in piece for piece in pieces if piece)
            self.begun.append(BegunText(result, Text(start, offset), is_narrowed))
        if expr.function == "join" and expr.target is not None:
            result.is_made = True
            separator = self.folded(expr.args[0]) if expr.args else ""
            if separator and isinstance(separator, str):
                self.joined.append(JoinedTexts(found[0], result, separator))
            return result
        for overload in self.overloads(expr, operands):
            types = (*overload.parameters, overload.result)
            if any(map(_is_open, types)):
                # Of what has a letter of its own nothing follows for anything else.
                often = [letter for letter in _letters(types) if _letters(types).count(letter) > 1]
                letters: dict[str, ValueSource] = {}
                for wanted, source in zip(types, (*found, result), strict=True):
                    if not frozenset(_letters((wanted,))).isdisjoint(often):
                        _along(wanted, source, letters)
            else:
                self.makes(expr, overload, operands, found, result)
        return root(result)

    def overloads(self, expr: Call, operands: tuple[Expr, ...]) -> Iterator[Overload]:
        """The signatures that the types of a call fit."""
        kinds = [self.checker.type_at(operand).name for operand in operands]
        for overload in self.names.library.named(expr.function, method=expr.target is not None):
            if len(kinds) == len(overload.kinds) and all(
                wanted is None or kind in (wanted, "dyn") for kind, wanted in zip(kinds, overload.kinds, strict=True)
            ):
                yield overload

    def makes(
        self, expr: Call, overload: Overload, operands: tuple[Expr, ...], found: list[ValueSource], result: ValueSource
    ) -> None:
        """Note what a function of one open text and of constants makes, or asks."""
        constants = {place: value for place, each in enumerate(operands) if (value := self.folded(each)) is not None}
        places = [place for place in range(len(operands)) if place not in constants]
        if len(places) != 1 or overload.parameters[places[0]] not in _TEXTS:
            return
        (place,) = places
        is_text = overload.parameters[place] == STRING

        def apply(text: str) -> Any:
            given = text if is_text else text.encode()
            return overload.apply(*(given if at == place else constants[at] for at in range(len(operands))))

        if expr.function in TESTS or expr.function in _PLACES:
            other = 1 - place
            text = Text(str(constants[other]), operands[other].span.start)
            asks = apply if expr.function in TESTS else lambda text: apply(text) >= 0
            self.asked.append(TextTest(found[place], asks, expr.function, text, of_other=other == 0))
        elif _holds_texts(overload.result):
            # The texts of a list are those of its elements.
            kind = overload.result
            while kind.parameters:
                result = element_of(result) if kind.name == "list" else result
                kind = kind.parameters[0]
            result.is_made = True

            def keeps(text: str) -> bool:
                given = [constants[at] for at in range(len(operands)) if at != place]
                return (place == 0 or expr.function == ex.ADD) and keeps_ids(text, expr.function, given)

            self.made.append(DerivedText(found[place], result, apply, keeps))

    def pieces(self, expr: Expr) -> list[str | None]:
        """The constants that a text is put together of, in order, with None for what is read."""
        folded = self.folded(expr)
        if isinstance(folded, str):
            return [folded]
        match expr:
            case Call(function=ex.ADD, args=args):
                return [piece for part in args for piece in self.pieces(part)]
            case Call(function="join", target=ListExpr(items=items, optional=optional), args=args) if not optional:
                separator = [piece for part in args for piece in self.pieces(part)]
                return [piece for item in items for piece in (*separator, *self.pieces(item))][len(separator) :]
            case Call(function="format", target=Literal(value=str(text))):
                return [piece for each in _FORMATTED.split(text) for piece in (each, None)][:-1]
        return [None]

    def folded(self, expr: Expr) -> Any:
        """The value of an expression that reads nothing; None for any other, and for one without a value."""
        if any(isinstance(node, Ident | Macro | Failure) for node in ex.walk(expr)):
            return None
        try:
            return Interpreter(expr, self.names).evaluate({})
        except EvaluationError:
            return None


def _along(wanted: Type, source: ValueSource, letters: dict[str, ValueSource]) -> None:
    """Let values flow between the places of a signature that have the same letter."""
    if wanted.is_open:
        letters[wanted.name] = join(letters[wanted.name], source) if wanted.name in letters else source
    elif wanted.name == "optional":
        _along(wanted.parameters[0], source, letters)
    elif wanted.name == "list" and _is_open(wanted):
        _along(wanted.parameters[0], element_of(source), letters)
    elif wanted.name == "map" and _is_open(wanted):
        _along(wanted.parameters[0], key_of(source), letters)
        _along(wanted.parameters[1], element_of(source), letters)


def _letters(types: Iterable[Type]) -> list[str]:
    """The type variables in some types, in order, with repetitions."""
    return [name for found in types for name in ([found.name] if found.is_open else _letters(found.parameters))]


def _is_open(found: Type) -> bool:
    return found.is_open or any(map(_is_open, found.parameters))


def _holds_texts(found: Type) -> bool:
    return found in _TEXTS or (found.name in ("list", "optional") and _holds_texts(found.parameters[0]))


def fields_of(record: str, names: Names) -> frozenset[str]:
    """The names of the fields of an attribute."""
    start = f"{record}."
    known = (name.removeprefix(start) for name in names.variables or () if name.startswith(start))
    return frozenset(name.partition(".")[0] for name in known)


def as_text(value: str | bytes) -> str:
    """A text as it is, and bytes as the text that they spell."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def texts_in(value: Any) -> Iterator[str]:
    """The texts in what a function made."""
    if isinstance(value, str | bytes):
        yield as_text(value)
    elif isinstance(value, Optional):
        yield from texts_in(value.value) if value.has_value else ()
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)
