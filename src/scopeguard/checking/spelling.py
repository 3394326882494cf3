"""SG203 to SG207, SG211, SG213 and SG214 in conditions: a text that flows where names of the pack do is one of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from scopeguard.checking.narrowed import wrong_name
from scopeguard.checking.text_flow import Flow, TextTest, texts_in
from scopeguard.checking.texts import as_grant
from scopeguard.checking.value_sources import Text, ValueSource, root
from scopeguard.checking.vocabulary import WORDS, Vocabulary
from scopeguard.errors import EvaluationError, Hint, Suggestion, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.model.held_roles import is_binding
from scopeguard.semantics.name_resolution import Names, Problem
from scopeguard.semantics.type_checker import Checker
from scopeguard.syntax.expression import Expr, Ident, walk

_SCOPES: Final = "scopes"
_ROLES: Final = "roles"
_HOW: Final[Mapping[str, tuple[str, str]]] = {
    "startsWith": ("begins with", "begins with no"),
    "endsWith": ("ends with", "ends with no"),
    **dict.fromkeys(("contains", "indexOf", "lastIndexOf"), ("contains", "contains no")),
    "matches": ("matches", "matches no"),
}
"""What asks for a part of a text: how a name does it, and how a text does not do it with any name."""


def misspelt(tree: Expr, names: Names, checker: Checker, known: Vocabulary, catalog: Catalog) -> Iterator[Problem]:
    """The texts of a resolved *tree*, its variables put in, that should be names of the pack and are not."""
    if not any(isinstance(node, Ident) and node.name in names.words for node in walk(tree)):
        return
    flow = Flow(names, checker)
    flow.of(tree, {})
    speller = _Speller(known, catalog)
    for made in flow.made:
        speller.make(root(made.of), root(made.result), made.apply)
    every = map(root, (*flow.sources, *(made.result for made in flow.made)))
    sources = {id(source): source for source in every}
    for source in sources.values():
        for text in source.texts:
            yield from speller.unknown(source, text)
    for asked in flow.asked:
        yield from speller.untrue(root(asked.of), asked)


class _Speller:
    """Spells texts by the names of a pack."""

    def __init__(self, known: Vocabulary, catalog: Catalog) -> None:
        self._known = known
        self._catalog = catalog

    def names(self, source: ValueSource) -> dict[str, str] | None:
        """The texts that a source may have, each with its vocabulary; None where some are not known."""
        found = dict(source.made)
        for kind in source.kinds:
            if not self._known.complete or self._known.broken.get(kind):
                return None
            found |= dict.fromkeys(self._known.known[kind], kind)
        return found if self._known.hints.afford(len(found)) else None

    def make(self, source: ValueSource, result: ValueSource, apply: Callable[[str], Any]) -> None:
        """Let a function make texts of all that a source has."""
        for name, kind in (self.names(source) or {}).items():
            for made in _applied(apply, name):
                result.made.setdefault(made, kind)
        for text in tuple(source.texts):
            for made in _applied(apply, text.value):
                result.texts[Text(made, text.offset)] = None

    def unknown(self, source: ValueSource, text: Text) -> Iterator[Problem]:
        """A finding where a text is none of the names of its source. The empty text is no name, and is not reported."""
        value = text.value
        kinds = [*source.kinds, *dict.fromkeys(source.made.values())]
        if not kinds or not value or value in source.made:
            return
        # A held scope or role may be narrowed, and by no wildcard: what is before the id has to be known.
        is_narrowed = (_SCOPES in kinds and as_grant(value) is not None) or (
            _ROLES in kinds and is_binding(value) is not None
        )
        bare = value.partition("/")[0] if is_narrowed else value
        if bare in source.made or any(self._known.knows(kind, bare) for kind in source.kinds):
            narrowed = wrong_name(kinds[0], value, self._known, self._catalog) if is_narrowed else None
            if narrowed is not None:
                yield narrowed._replace(offset=text.offset)
            return
        code, word = WORDS[kinds[0]]
        hint: Hint
        if source.kinds:
            message, hint = self._known.unknown(kinds[0], bare)
        else:
            message, hint = f"no {word} gives {quoted(value)}", self._near(value, source.made, f"{min(source.made)}…")
        yield Problem(code, message, hint, text.offset)

    def untrue(self, source: ValueSource, asked: TextTest) -> Iterator[Problem]:
        """A finding where no name passes a test."""
        names = self.names(source)
        if not names:
            return
        kind = next(iter(names.values()))
        text = asked.text.value
        if _SCOPES in names.values():
            if asked.function != "startsWith" or asked.of_other:
                # What follows the slash of a scope may be any id.
                return
            names |= {f"{name}/{text.partition('/')[2]}": kind for name in names}
        elif _ROLES in names.values() and not {"/", ":"}.isdisjoint(text):
            # So is what follows the slash of a role on one resource.
            if asked.function != "startsWith" or asked.of_other:
                return
            names |= {f"{name}/{text.partition('/')[2]}": kind for name in names}
        answers = [answer for name in names for answer in _values(asked.apply, name)]
        if True in answers or not answers:
            return
        code, word = WORDS[kind]
        does, does_not = _HOW[asked.function]
        message = f"{quoted(text)} {does_not} {word}" if asked.of_other else f"no {word} {does} {quoted(text)}"
        yield Problem(code, message, self._near(text, self._known.known[kind], kind), asked.text.offset)

    def _near(self, word: str, known: Iterable[str], group: str) -> Suggestion | None:
        return self._known.hints.near(word, tuple(known), group)


def _applied(apply: Callable[[str], Any], text: str) -> Iterator[str]:
    for value in _values(apply, text):
        yield from texts_in(value)


def _values(apply: Callable[[str], Any], text: str) -> tuple[Any, ...]:
    """What a function makes of a text; nothing where it has no value."""
    try:
        return (apply(text),)
    except EvaluationError:
        return ()
