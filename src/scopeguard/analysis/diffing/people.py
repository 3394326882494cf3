"""Who gains or loses: principals by kind and by what they hold, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, product
from typing import Final

from msgspec import Struct

KINDS_IN_WORDS: Final[Mapping[str, str]] = {
    "api_key": "keys", "member": "members", "session": "sessions", "system": "system", "anonymous": "anonymous callers",
}  # fmt: skip
NARROWED: Final = "id_1"
"""What scopes and roles on one resource are narrowed to, which stands for any."""


class Who(Struct, frozen=True, order=True):
    """Some principals of one *kind*: all of them, or those that hold one of *holding*, scopes or roles.

    With *together* they hold all of these, with *beside* one of those too, and none of *without*. With *entitled* they
    hold some scope by which both packs grant the permission, with *nothing* no scope or role by which one of them does.
    """

    kind: str
    holding: tuple[str, ...] = ()
    together: bool = False
    nothing: bool = False
    entitled: bool = False
    without: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def is_joint(self) -> bool:
        """Whether they hold several things."""
        return self.together or bool(self.beside)

    @property
    def least(self) -> frozenset[str]:
        """What one of them holds at least, who stands for all."""
        return frozenset((self.holding[0], self.beside[0]) if self.beside else self.holding)

    def __str__(self) -> str:
        kind = KINDS_IN_WORDS[self.kind]
        if self.entitled:
            return f"{kind} with a scope for it"
        if self.without:
            return f"{kind} without {listed(self.without, 'and')}"
        if not self.holding:
            return f"{kind} with {'no role' if self.kind == 'member' else 'no scope'} for it" if self.nothing else kind
        if self.beside:
            return _both(self.kind, self.holding, self.beside)
        return _holding(self.kind, self.holding, "and" if self.together else "or")


def in_words(who: Iterable[Who]) -> str:
    """All of them; of many who hold two things each, what they have in common is said once."""
    return "; ".join(_each_in_words(who))


def listed(names: Iterable[str], word: str) -> str:
    """Names in words, the last one after *word*."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def _each_in_words(who: Iterable[Who]) -> Iterator[str]:
    for (kind, are_pairs), some in groupby(who, lambda each: (each.kind, each.is_joint and len(each.least) == 2)):
        found = [*some]
        yield from _pairs(kind, [pair for each in found for pair in _pairs_of(each)]) if are_pairs else map(str, found)


def _pairs_of(who: Who) -> Iterable[Sequence[str]]:
    return product(who.holding, who.beside) if who.beside else (who.holding,)


def _pairs(kind: str, pairs: Sequence[Sequence[str]]) -> Iterator[str]:
    """Those who hold both of one of some pairs, in as few words as one look finds."""
    left = dict.fromkeys(frozenset(pair) for pair in pairs)
    names = dict.fromkeys(name for pair in pairs for name in pair)
    while left:
        of_partners: dict[tuple[str, ...], list[str]] = {}
        for name in names:
            partners = tuple(other for other in names if frozenset((name, other)) in left)
            if partners:
                of_partners.setdefault(partners, []).append(name)
        partners, alike = max(of_partners.items(), key=lambda each: len(each[0]) * len(each[1]))
        for name in alike:
            for other in partners:
                left.pop(frozenset((name, other)), None)
        yield _both(kind, alike, partners)


def _both(kind: str, ones: Sequence[str], others: Sequence[str]) -> str:
    few, many = sorted((ones, others), key=len)
    if len(many) == 1:
        return _holding(kind, (*few, *many), "and")
    return f"{_holding(kind, few, 'or')} and one of {listed(many, 'or')}"


def _holding(kind: str, names: Sequence[str], word: str) -> str:
    parts = _on_one(names) if word == "or" and kind == "member" else [(names, ())]
    said = (f"{_named(kind, some)}{listed(some, word)}{_one_of(surfaces)}" for some, surfaces in parts)
    return f"{KINDS_IN_WORDS[kind]} with {listed(said, 'or')}"


def _named(kind: str, names: Sequence[str]) -> str:
    return "" if kind != "member" else "role " if len(names) == 1 else "roles "


def _one_of(surfaces: Sequence[str]) -> str:
    return f" on one of {listed(surfaces, 'or')}" if surfaces else ""


def _on_one(names: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """*names*, and apart from them the roles that somebody may have on one resource of some surfaces, any of it."""
    surfaces: dict[str, list[str]] = {}
    for name in names:
        role, _, where = name.partition("/")
        surface, _, one = where.partition(":")
        if one == NARROWED:
            surfaces.setdefault(role, []).append(surface)
    several = {role: tuple(found) for role, found in surfaces.items() if len(found) > 1}
    plain = tuple(name for name in names if name.partition("/")[0] not in several or not name.endswith(f":{NARROWED}"))
    if plain:
        yield plain, ()
    for found in dict.fromkeys(several.values()):
        yield tuple(role for role in several if several[role] == found), found
