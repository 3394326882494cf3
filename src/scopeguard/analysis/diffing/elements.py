"""What programs without files say differently: entries as a whole, with the places that a program knows."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scopeguard.analysis.diffing.edits import Edit
from scopeguard.analysis.diffing.programs import Comparison, signature
from scopeguard.analysis.diffing.registry import Registry
from scopeguard.compiling.program import Program
from scopeguard.source import Location

_NAMED: Final[Mapping[str, str]] = {"roles": "role", "scopes": "scope", "surfaces": "surface",
                                    "operations": "operation", "permissions": "member permission",
                                    "recovery": "code", "rules": "rule", "gates": "gate",
                                    "meters": "meter", "settings": "page"}  # fmt: skip


def edits_of_programs(comparison: Comparison) -> tuple[Edit, ...]:
    """The entries that two programs have differently: each as one edit, for nobody knows how it is written."""
    old, new = (side.program for side in comparison.sides)
    before, after = (dict(_elements(program)) for program in (old, new))
    return tuple(
        _edit(key, before.get(key), after.get(key))
        for key in dict.fromkeys([*before, *after])
        if before.get(key, (None,))[0] != after.get(key, (None,))[0]
    )


_Element = tuple[Any, Location | None]


def _edit(key: tuple[str, str], was: _Element | None, now: _Element | None) -> Edit:
    section, name = key
    was_at, place = (None if each is None else each[1] for each in (was, now))
    sign = "+" if was is None else "-" if now is None else "~"
    text = f"{sign} {_NAMED.get(section, section)} {name}"
    before, after = (None if each is None else name for each in (was, now))
    return Edit(section, name, "", before, after, place or was_at, was_at, text)


def _elements(program: Program) -> Iterator[tuple[tuple[str, str], _Element]]:
    rules: dict[tuple[str, str], list[Any]] = {}
    for rule in program.rules:
        section = "rules" if rule.gate is None else "gates"
        rules.setdefault((section, rule.id), []).append((*signature(program, rule)[1:], frozenset(rule.targets)))
    for key, signed in rules.items():
        yield key, (signed, program.place(key[1]))
    catalog, registry = program.catalog, Registry(program)
    for section, values in (
        ("surfaces", catalog.surfaces),
        ("operations", catalog.operations),
        ("permissions", catalog.member_permissions),
        ("roles", {**catalog.roles, **catalog.conditional_roles}),
        ("meters", catalog.meters),
        ("settings", catalog.settings),
        ("scopes", {name: (found, {kind: each.get(name) for kind, each in catalog.scopes_by_kind.items()})
                    for name, found in catalog.scopes.items()}),
        ("recovery", {code: registry.of(code) for code in catalog.codes}),
        ("channels", dict.fromkeys(catalog.channels, True)),
        ("environments", dict.fromkeys(catalog.environments, True)),
        ("usage", {"usage": program.usage}),
        ("stages", {"stages": catalog.stages}),
        ("facts_max_age", {"facts_max_age": catalog.facts_max_age}),
    ):  # fmt: skip
        word = _NAMED.get(section, section)
        for name, value in values.items():
            yield (section, name), (value, program.places.get(f"{word}:{name}"))
