"""SG203 to SG207, SG211, SG213 and SG214 in conditions: a text that flows where names of the pack do is one of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from scopeguard.checking.narrowed import wrong_name
from scopeguard.checking.narrowed_texts import ANY, may_be, may_pass, narrowed_names
from scopeguard.checking.text_flow import DerivedText, Flow, JoinedTexts, TextTest, fields_of, texts_in
from scopeguard.checking.texts import as_grant
from scopeguard.checking.value_sources import Text, ValueSource, element_of, root
from scopeguard.checking.vocabulary import WORDS, Vocabulary
from scopeguard.errors import EvaluationError, Hint, Suggestion, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.held_roles import is_binding
from scopeguard.semantics.names import Names, Problem
from scopeguard.semantics.type_checker import Checker
from scopeguard.syntax.expression import Expr, Ident, walk

_SCOPES: Final = "scopes"
_ROLES: Final = "roles"
_ANY_ID: Final = "x"
_PUT_TOGETHER: Final = "roles over roles hold none on one resource that a condition puts together"
_NAME_IT: Final = "let the host name it in an attribute, of the type role, or ask what is held with holds(…)"
_HOW: Final[Mapping[str, tuple[str, str]]] = {
    "startsWith": ("begins with", "begins with no"),
    "endsWith": ("ends with", "ends with no"),
    **dict.fromkeys(("contains", "indexOf", "lastIndexOf"), ("contains", "contains no")),
    "matches": ("matches", "matches no"),
}
"""What asks for a part of a text: how a name does it, and how a text does not do it with any name."""

_WITHIN: Final = frozenset({"startsWith", "endsWith", "contains"})
"""What joined texts pass where one of them does, if the part that is asked for is not in several."""


def misspelt(tree: Expr, names: Names, checker: Checker, known: Vocabulary, catalog: Catalog) -> Iterator[Problem]:
    """The texts of a resolved *tree*, its variables put in, that should be names of the pack and are not."""
    read = {node.name for node in walk(tree) if isinstance(node, Ident)}
    if read.isdisjoint(names.words) and read.isdisjoint(names.namespaces):
        return
    flow = Flow(names, checker)
    flow.of(tree, {})
    speller = _Speller(known, catalog, names)
    for made in flow.made:
        speller.make(root(made.of), root(made.result), made)
    elements = [each for joined in flow.joined for each in speller.split(joined)]
    every = map(root, (*flow.sources, *elements, *(made.result for made in flow.made)))
    sources = {id(source): source for source in every}
    for source in sources.values():
        for text in source.texts:
            yield from speller.unknown(source, text)
    for begun in flow.begun:
        yield from speller.misbegun(root(begun.result), begun.start)
        if begun.is_narrowed and root(begun.result).is_listed:
            yield Problem("SG306", _PUT_TOGETHER, _NAME_IT, begun.start.offset)
    for asked in flow.asked:
        yield from speller.untrue(root(asked.of), asked)
        for joined in flow.joined:
            yield from speller.untrue_of_each(joined, asked)


class _Speller:
    """Spells texts by the names of a pack."""

    def __init__(self, known: Vocabulary, catalog: Catalog, names: Names) -> None:
        self._known = known
        self._catalog = catalog
        self._names = names

    def names(self, source: ValueSource) -> dict[str, str] | None:
        """The texts that a source may have, each with its vocabulary; None where some are not known."""
        found = dict(source.made)
        for kind in source.kinds:
            if not self._known.complete or self._known.broken.get(kind):
                return None
            found |= dict.fromkeys(self._known.known[kind], kind)
        return found if self._known.hints.afford(len(found)) else None

    def narrowed(self, source: ValueSource) -> dict[str, str] | None:
        """As :meth:`names`, of names on one resource, the ids of which are written as ANY."""
        found: dict[str, str] = {}
        for kind in source.kinds:
            narrowed = narrowed_names(kind, self._known, self._catalog)
            if narrowed is None:
                return None
            found |= dict.fromkeys(narrowed, kind)
        return None if source.is_open else found

    def make(self, source: ValueSource, result: ValueSource, derived: DerivedText) -> None:
        """Let a function make texts of all that a source has."""
        narrowed = self.narrowed(source)
        result.is_open |= narrowed is None
        for name, kind in {**(self.names(source) or {}), **(narrowed or {})}.items():
            result.is_open |= ANY in name and not derived.keeps(name)
            for made in _applied(derived.apply, name):
                result.made.setdefault(made, kind)
        for text in tuple(source.texts):
            for made in _applied(derived.apply, text.value):
                result.texts[Text(made, text.offset)] = None

    def split(self, joined: JoinedTexts) -> Iterator[ValueSource]:
        """Let what joined texts are compared with be the texts that were joined, and give the sources of these."""
        elements = self._elements(joined)
        for text in tuple(root(joined.result).texts):
            texts = text.value.split(joined.separator)
            # The id that a name is narrowed to may hold the separator, and so may what is no name.
            if elements is None or "/" in text.value or len(elements) not in (0, len(texts)):
                continue
            for element, each in zip(elements or [element_of(joined.of)] * len(texts), texts, strict=True):
                root(element).texts[Text(each, text.offset)] = None
                yield element

    def _elements(self, joined: JoinedTexts) -> list[ValueSource] | None:
        """The sources of a list that is written out, none of another; None where texts hold the separator."""
        parts = root(joined.of).parts
        if parts is not None:
            return list(parts.values())
        names = self.names(root(element_of(joined.of)))
        return None if not names or any(joined.separator in name for name in names) else []

    def untrue_of_each(self, joined: JoinedTexts, asked: TextTest) -> Iterator[Problem]:
        """A finding where a test of joined texts is passed by no name, and they have no other texts."""
        is_within = not asked.of_other and asked.function in _WITHIN and joined.separator not in asked.text.value
        if is_within and root(asked.of) is root(joined.result) and self._elements(joined) == []:
            yield from self.untrue(root(element_of(joined.of)), asked)

    def unknown(self, source: ValueSource, text: Text) -> Iterator[Problem]:
        """A finding where a text is none of the names of its source. The empty text is no name, and is not reported."""
        value = text.value
        kinds = [*source.kinds, *dict.fromkeys(source.made.values())]
        if not value or value in source.made or value in (fields := self._fields(source)):
            return
        if source.is_open or any(may_be(made, value) for made in source.made if ANY in made):
            return
        if not kinds:
            yield from self._no_field(source, text, fields)
            return
        # A held scope or role may be narrowed, and by no wildcard: what is before the id has to be known.
        is_narrowed = (_SCOPES in kinds and as_grant(value) is not None) or (
            _ROLES in kinds and is_binding(value) is not None
        )
        bare = value.partition("/")[0] if is_narrowed else value
        if bare in source.made or any(self._known.knows(kind, bare) for kind in source.kinds):
            narrowed = wrong_name(kinds[0], value, self._known, self._catalog) if is_narrowed else None
            if narrowed is not None:
                yield replace(narrowed, offset=text.offset)
            return
        code, word = WORDS[kinds[0]]
        hint: Hint
        if source.kinds:
            message, hint = self._known.unknown(kinds[0], bare)
        else:
            made = [each for each in source.made if each and ANY not in each]
            message, hint = f"no {word} gives {quoted(value)}", self._near(value, made, f"{min(made, default='')}…")
        yield Problem(code, message, hint, text.offset)

    def misbegun(self, source: ValueSource, start: Text) -> Iterator[Problem]:
        """A finding where a scope or role on one resource begins so that it is none, whatever the id is."""
        name, slash, rest = start.value.partition("/")
        if slash and not source.kinds.keys().isdisjoint((_SCOPES, _ROLES)):
            # Without a surface in it, what follows may begin with one, if the name is on one resource at all.
            narrowed = self.narrowed(source) if _SCOPES in source.kinds and ":" not in rest else None
            is_none = narrowed is not None and not any(each.startswith(f"{name}/") for each in narrowed)
            is_whole = ":" in rest or is_none
            yield from self.unknown(source, Text(f"{start.value}{_ANY_ID}" if is_whole else name, start.offset))

    def _fields(self, source: ValueSource) -> frozenset[str]:
        """The names of the fields that the keys of a source may be."""
        return frozenset[str]().union(*(fields_of(record, self._names) for record in source.records))

    def _no_field(self, source: ValueSource, text: Text, fields: frozenset[str]) -> Iterator[Problem]:
        for record in source.records:
            hint = self._near(text.value, fields, record)
            yield Problem("SG211", f"unknown name {quoted(f'{record}.{text.value}')}", hint, text.offset)
            return

    def untrue(self, source: ValueSource, asked: TextTest) -> Iterator[Problem]:
        """A finding where no name passes a test."""
        names = self.names(source)
        if not names:
            return
        kind = next(iter(names.values()))
        text = asked.text.value
        if asked.function == "startsWith" and not asked.of_other:
            misbegun = list(self.misbegun(source, asked.text))
            yield from misbegun
            if misbegun:
                return
        answers = [answer for name in names if ANY not in name for answer in _values(asked.apply, name)]
        if True in answers or not answers:
            return
        narrowed = self.narrowed(source)
        some = (name for name in (*names, *(narrowed or ())) if ANY in name)
        if narrowed is None or any(may_pass(name, asked.function, text, of_other=asked.of_other) for name in some):
            return
        code, word = WORDS[kind]
        does, does_not = _HOW[asked.function]
        message = f"{quoted(text)} {does_not} {word}" if asked.of_other else f"no {word} {does} {quoted(text)}"
        yield Problem(code, message, self._near(text, self._known.known[kind], kind), asked.text.offset)

    def _near(self, word: str, known: Iterable[str], group: str) -> Suggestion | str:
        return self._known.hints.near_or_some(word, tuple(known), group)


def _applied(apply: Callable[[str], Any], text: str) -> Iterator[str]:
    for value in _values(apply, text):
        yield from texts_in(value)


def _values(apply: Callable[[str], Any], text: str) -> tuple[Any, ...]:
    """What a function makes of a text; nothing where it has no value."""
    try:
        return (apply(text),)
    except EvaluationError:
        return ()
