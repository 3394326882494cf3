"""SG224: each name of the outside world stands for one thing, and for one that is given from outside."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.findings import Path, finding
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.documents.entries import Entry
from scopeguard.errors import Diagnostic, PolicyError, quoted
from scopeguard.model.catalog import Catalog
from scopeguard.syntax.parser import parse_pattern

_WORDS: Final = ("permission", "operation", "scope", "role")
_ONE: Final = "leave one of them out"
_OTHER: Final = "choose another one"


@dataclass(frozen=True, slots=True)
class _Alias:
    """An alias as it is written, and the *name* of the pack that it stands for."""

    text: str
    word: str
    name: str
    entry: Entry
    path: Path


@dataclass(slots=True)
class _Names:
    """The names of one kind, and the aliases among them that were met."""

    words: dict[str, str]
    """Each name of the pack with what it is."""
    folded: dict[str, str]
    """Each name of the pack by itself in lower case."""
    aliases: dict[str, str]
    """All aliases of this kind, each by itself as it is written and in lower case."""
    met: dict[str, _Alias] = field(default_factory=dict)
    """Each alias that was met by itself in lower case."""

    def check(self, alias: _Alias) -> Iterator[Diagnostic]:
        """What is wrong with one more alias."""
        text = alias.text
        first = self.met.setdefault(text.lower(), alias)
        starts = [text[:place] for place, char in enumerate(text) if char == "/"]
        if text in self.words:
            yield _finding(alias, f"is the {self.words[text]} {quoted(text)} itself", "leave it out")
        elif first is not alias and first.text == text:
            place = first.entry.document.locate((*first.entry.path, *first.path))
            yield _finding(alias, f"is that of {first.word} {quoted(first.name)} too", f"first given at {place}")
        elif first is not alias and first.name != alias.name:
            yield _finding(alias, f"differs from {quoted(first.text)} by the case of letters alone", _ONE)
        elif self.folded.get(text.lower(), alias.name) != alias.name:
            other = self.folded[text.lower()]
            what = f"the {self.words[other]} {quoted(other)}"
            yield _finding(alias, f"differs from {what} by the case of letters alone", _ONE)
        for start in starts:
            near = self.aliases.get(start) or self.aliases.get(start.lower()) or self.folded.get(start.lower())
            if start in self.words or start == near:
                yield _finding(alias, f"reads as {quoted(start)} for one resource", _OTHER)
            elif near is not None:
                what = f"{quoted(near)} for one resource"
                yield _finding(alias, f"differs from {what} by the case of letters alone", _OTHER)


def check_aliases(parsed: ParsedPack) -> Iterator[Diagnostic]:
    """Aliases that are names of the pack, that two have, or that could be taken for others."""
    aliases = tuple(_aliases(parsed))
    if not aliases:
        return
    catalog = parsed.catalog
    permissions = dict.fromkeys(catalog.permissions, "permission")
    texts = {word: {each.text for each in aliases if each.word == word} for word in _WORDS}
    both = texts["permission"]
    scopes = _named({**dict.fromkeys(catalog.scopes, "scope"), **permissions}, both | texts["scope"])
    actions = _named({**permissions, **dict.fromkeys(catalog.operations, "operation")}, both | texts["operation"])
    roles = _named(dict.fromkeys((*catalog.roles, *catalog.conditional_roles), "role"), texts["role"])
    kinds = {"scope": (scopes,), "permission": (scopes, actions), "operation": (actions,), "role": (roles,)}
    for alias in aliases:
        # A permission is both, and what is wrong with it as both is reported once.
        yield from dict.fromkeys(found for names in kinds[alias.word] for found in names.check(alias))
        if alias.word == "role" and alias.name in catalog.conditional_roles:
            yield _finding(alias, "is of a role that nobody is assigned", "leave it out")
        # A row of a test would be about this one alone, and not about all that it reads as.
        if alias.word in ("permission", "operation") and _is_pattern(alias.text, catalog):
            yield _finding(alias, "reads as a pattern", _OTHER)


def _named(words: dict[str, str], aliases: set[str]) -> _Names:
    own = {text.lower(): text for text in sorted(aliases)} | {text: text for text in aliases}
    return _Names(words, {name.lower(): name for name in words}, own)


def _is_pattern(text: str, catalog: Catalog) -> bool:
    """Whether a text stands for permissions of the catalog and is the name of none."""
    try:
        pattern = parse_pattern(text)
    except PolicyError:
        return False
    return text not in catalog.permissions and bool(
        expand_pattern(pattern, catalog.surfaces, wildcard_reaches_all=True)
    )


def _aliases(parsed: ParsedPack) -> Iterator[_Alias]:
    for entry in parsed.pack.entries("surfaces"):
        for action, texts in (entry.content.alias or {}).items():
            for index, text in enumerate(texts):
                yield _Alias(text, "permission", f"{entry.name}:{action}", entry, ("alias", action, index))
    for word in _WORDS[1:]:
        for entry in parsed.pack.entries(f"{word}s"):
            for index, text in enumerate(entry.content.alias or ()):
                yield _Alias(text, word, entry.name, entry, ("alias", index))


def _finding(alias: _Alias, message: str, hint: str) -> Diagnostic:
    whole = f"alias {quoted(alias.text)} of {alias.word} {quoted(alias.name)} {message}"
    return finding(alias.entry, alias.path, "SG224", whole, hint)
