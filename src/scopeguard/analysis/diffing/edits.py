"""What is written in another way: entries of the files of two packs, field by field, each with its place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from scopeguard.analysis.diffing.contents import content_of, shown
from scopeguard.documents.entries import Entry
from scopeguard.documents.pack import SECTIONS, Pack
from scopeguard.documents.tree import Path
from scopeguard.source import Location

_LISTED: Final = frozenset({"channels", "environments", "providers", "pack.name", "pack.extends", "pack.base"})
"""Sections whose entries are names and nothing else."""
_SINGLE: Final = frozenset({"facts_max_age"})
"""Sections that are one value, which their entry is called by."""
LOOSENS: Final = "loosens"
"""The field in which a layer says why it lets more be done: no answer comes of it."""
_WHOLE: Final = 8
"""As many items as are shown of two lists; of longer ones only those that are not in both."""
_LENGTH: Final = 160
"""As much of a text as is shown."""


class Edit(Struct, frozen=True):
    """One thing that two packs say differently: *field* of the entry *name* of a *section*, or the whole entry.

    *before* and *after* are None where one of them does not say it. *place* is where the second says it, and where it
    says nothing that the first does; *was_at* is the place in the first.
    """

    section: str
    name: str
    field: str
    before: str | None
    after: str | None
    place: Location | None = None
    was_at: Location | None = None
    text: str = ""
    """What is different, on one line."""
    beside: Location | None = None
    """Where the second pack has the entry of which it says nothing here."""

    @property
    def where(self) -> str:
        """The place in words; empty where it is not known. Of a revision files have the names that they have now."""
        return "" if self.place is None else f"{self.place}{' (before)' if self.after is None else ''}"

    def __str__(self) -> str:
        return f"{self.where}  {self.text}" if self.where else self.text

    def to_dict(self) -> dict[str, str | None]:
        """Plain data for JSON."""
        return {
            "section": self.section,
            "name": self.name,
            "field": self.field or None,
            "before": self.before,
            "after": self.after,
            "place": None if self.place is None else str(self.place),
            "was_at": None if self.was_at is None else str(self.was_at),
            "text": self.text,
        }


def edits_of(old: Pack, new: Pack) -> tuple[Edit, ...]:
    """Every edit that led from one pack to the other, section by section; none for layout, order and comments."""
    kinds = (kind for kind in SECTIONS if not kind.startswith("tests."))
    return tuple(edit for kind in kinds for edit in _SPECIAL.get(kind, _entries)(kind, old, new))


def _entries(kind: str, old: Pack, new: Pack) -> Iterator[Edit]:
    before, after = ({entry.name: entry for entry in pack.entries(kind)} for pack in (old, new))
    for name, entry in before.items():
        now = after.get(name)
        if now is None:
            yield _gone(kind, entry)
        elif now.content != entry.content:
            yield from _fields(kind, entry, now)
    for name, entry in after.items():
        if name not in before:
            yield _come(kind, entry)


def _gone(kind: str, entry: Entry) -> Edit:
    place = _place(entry)
    return Edit(kind, entry.name, "", _summary(entry), None, place, place, f"- {_called(kind, entry.name)}")


def _come(kind: str, entry: Entry) -> Edit:
    loosens = getattr(entry.content, LOOSENS, None)
    text = f"+ {_called(kind, entry.name)}{f', loosens: {_short(loosens)}' if loosens else ''}"
    return Edit(kind, entry.name, "", None, _summary(entry), _place(entry), None, text)


def _place(entry: Entry) -> Location:
    return entry.document.locate(entry.path, key=True)


def _summary(entry: Entry) -> str:
    return shown(content_of(entry))


def _called(kind: str, name: str) -> str:
    return f"{_ONE.get(kind, kind)} {name}"


_ONE: Final[Mapping[str, str]] = {
    "surfaces": "surface", "action_groups": "group of actions", "operations": "operation",
    "permissions": "member permission", "channels": "channel",
    "environments": "environment", "stages": "stage", "providers": "kind of credentials", "scopes": "scope",
    "roles": "role", "variables": "variable", "rules": "rule", "gates": "gate", "usage": "usage row",
    "invariants": "invariant", "meters": "meter", "recovery": "code", "settings": "page", "pack.base": "base",
    "pack.extends": "extends", "pack.name": "name", "attributes.resource": "attribute of resources",
    "attributes.context": "attribute of the context", "attributes.facts": "fact",
    "attributes.principal": "attribute of principals",
}  # fmt: skip


def _listed(kind: str, old: Pack, new: Pack) -> Iterator[Edit]:
    before, after = ([entry.name for entry in pack.entries(kind)] for pack in (old, new))
    # Whatever a pack builds on is compared itself.
    if kind in {"pack.name", "pack.extends"} or set(before) == set(after):
        return
    yield from _entries(kind, old, new)


def _single(kind: str, old: Pack, new: Pack) -> Iterator[Edit]:
    (before, was_at), (after, place) = (_value(kind, pack) for pack in (old, new))
    if before != after:
        yield Edit(kind, kind, "", before, after, place or was_at, was_at, _arrow(kind, before, after))


def _stages(kind: str, old: Pack, new: Pack) -> Iterator[Edit]:
    listed = [tuple(pack.entries(kind)) for pack in (old, new)]
    before, after = ([entry.name for entry in entries] for entries in listed)
    if before == after:
        return
    moved = next((i for i, name in enumerate(after) if i >= len(before) or before[i] != name), 0)
    places = [_place(entries[min(moved, len(entries) - 1)]) if entries else None for entries in listed]
    texts = [shown(names) if names else None for names in (before, after)]
    yield Edit(kind, kind, "", texts[0], texts[1], places[1] or places[0], places[0], _arrow(kind, *texts))


def _value(kind: str, pack: Pack) -> tuple[str | None, Location | None]:
    found = next(pack.entries(kind), None)
    return (None, None) if found is None else (found.name, _place(found))


_SPECIAL: Final = {**dict.fromkeys(_LISTED, _listed), **dict.fromkeys(_SINGLE, _single), "stages": _stages}


def _fields(kind: str, old: Entry, new: Entry) -> Iterator[Edit]:
    before, after = content_of(old), content_of(new)
    if not isinstance(before, dict) or not isinstance(after, dict):
        before, after = {"": before}, {"": after}
    yield from _within(kind, (old, new), (), before, after)


def _within(
    kind: str, entries: tuple[Entry, Entry], path: Path, before: Mapping[Any, Any], after: Mapping[Any, Any]
) -> Iterator[Edit]:
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        inside = path if key == "" else (*path, key)
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _within(kind, entries, inside, was, now)
        elif key and isinstance(was, list) and isinstance(now, list) and _are_alike(was, now):
            yield from _within(kind, entries, inside, dict(enumerate(was)), dict(enumerate(now)))
        else:
            yield _edit(kind, entries, inside, was, now)


def _are_alike(was: Sequence[Any], now: Sequence[Any]) -> bool:
    """Whether two lists are of as many mappings, to be compared one by one."""
    return len(was) == len(now) and all(isinstance(each, dict) for each in (*was, *now))


def _edit(kind: str, entries: tuple[Entry, Entry], path: Path, was: Any, now: Any) -> Edit:
    old, new = entries
    was_at, place = (_found(entry, path) for entry in entries)
    values = (_as_written(entry, path, value) for entry, value in zip(entries, (was, now), strict=True))
    texts = [None if value is None else shown(value) for value in values]
    field = ".".join(map(str, path))
    text = _arrow(f"{new.name} {field}" if field else new.name, *texts)
    if isinstance(was, list) and isinstance(now, list):
        more, less = ([each for each in one if each not in other] for one, other in ((now, was), (was, now)))
        if not more and not less:
            text = f"{new.name} {field}: in another order"
        elif len(was) + len(now) > _WHOLE:
            parts = [*(f"+ {shown(each)}" for each in more), *(f"- {shown(each)}" for each in less)]
            text = f"{new.name} {field}: {', '.join(parts)}"
        if more:
            place = _item(new, path, more[0]) or place
        elif less:
            was_at = _item(old, path, less[0]) or was_at
    beside = None if place else _place(new)
    return Edit(kind, new.name, field, texts[0], texts[1], place or was_at or beside, was_at, text, beside)


def _found(entry: Entry, path: Path) -> Location | None:
    """Where an entry says something, or its defaults do; None where neither does."""
    return entry.locate(path) if entry.saying(path) is not None else None


def _as_written(entry: Entry, path: Path, value: Any) -> Any:
    """*value*, a list in the order in which it is written."""
    listed = entry.content
    for step in path:
        listed = _step(listed, step)
    is_same = (
        isinstance(listed, list) and isinstance(value, list) and sorted(map(str, listed)) == sorted(map(str, value))
    )
    return listed if is_same else value


def _item(entry: Entry, path: Path, item: object) -> Location | None:
    listed = entry.content
    for step in path:
        listed = _step(listed, step)
    said = entry.saying(path)
    if said is None or not isinstance(listed, list) or item not in listed:
        return None
    places = said.document.locate_items((*said.path, *path))
    index = listed.index(item)
    return places[index] if index < len(places) else None


def _step(content: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return content[step]
    return content.get(step) if isinstance(content, Mapping) else getattr(content, step, None)


def _arrow(what: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"{what}: + {_short(after)}"
    return f"{what}: - {_short(before)}" if after is None else f"{what}: {_short(before)} -> {_short(after)}"


def _short(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= _LENGTH else f"{text[: _LENGTH - 1]}…"
