"""What an edit of a pack may change: the actions whose rules, holders or obligations are others in two programs."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from scopeguard.compiling.program import Program, Target
from scopeguard.model.catalog import Catalog

_NONE: Final = frozenset[str]()
_PARTS: Final = ("types", "circumstances", "usage")
_OF_CATALOGS: Final = tuple(sorted({*Catalog.__struct_fields__} - {"member_permissions"}))


def touched_actions(old: Program, new: Program) -> frozenset[str]:
    """The permissions and operations that one of two programs decides by something that the other has not.

    An action that asks about another one in its conditions may be decided otherwise too, and is not named.
    """
    permissions = {*_by_rules(old, new), *_by_surfaces(old.catalog, new.catalog), *_by_grants(old.catalog, new.catalog)}
    operations = {**old.catalog.operations, **new.catalog.operations}
    about = (
        name
        for name, operation in operations.items()
        if operation.permission in permissions or old.catalog.operations.get(name) != new.catalog.operations.get(name)
    )
    return frozenset(permissions).union(about)


def is_same(old: Program, new: Program) -> bool:
    """Whether two programs are made of the same parts, as far as decisions are: then they decide the same.

    What a member permission grants decides by the roles that hold it, and beyond them says what would have helped.
    """
    return (
        same_rules(old, new)
        and all(getattr(old, part) == getattr(new, part) for part in _PARTS)
        and all(getattr(old.catalog, part) == getattr(new.catalog, part) for part in _OF_CATALOGS)
    )


def same_rules(old: Program, new: Program) -> bool:
    """Whether two programs have the same rules, as far as these decide."""
    return _contents(old) == _contents(new)


def _by_rules(old: Program, new: Program) -> Iterator[str]:
    for content in _contents(old) ^ _contents(new):
        yield from content.about


class _Content(NamedTuple):
    """What of a rule decides: *about* are the permissions and operations that it is about, however they are written."""

    about: frozenset[str]
    rest: tuple[object, ...]


def _contents(program: Program) -> frozenset[_Content]:
    return frozenset(
        _Content(
            frozenset(name for target in rule.targets for name in _covered(target, program.catalog)),
            (rule.id, rule.effect, rule.condition, rule.stage, rule.code, rule.failing),
        )
        for rule in program.rules
    )


def _covered(target: Target, catalog: Catalog) -> Iterator[str]:
    if target.operation is not None:
        yield target.operation
        return
    surfaces = catalog.surfaces.values()
    for surface in surfaces if target.surface is None else [catalog.surfaces[target.surface]]:
        for action in surface.actions:
            if target.covers(surface.name, action, coarse=surface.coarse):
                yield f"{surface.name}:{action}"


def _by_surfaces(old: Catalog, new: Catalog) -> Iterator[str]:
    for name in old.surfaces.keys() | new.surfaces.keys():
        had, has = old.surfaces.get(name), new.surfaces.get(name)
        if had != has:
            for surface in (had, has):
                if surface is not None:
                    yield from (f"{name}:{action}" for action in surface.actions)


def _by_grants(old: Catalog, new: Catalog) -> Iterator[str]:
    for name in old.roles.keys() | new.roles.keys():
        had, has = (catalog.roles[name].permissions if name in catalog.roles else _NONE for catalog in (old, new))
        yield from had ^ has
    for name in old.scopes.keys() | new.scopes.keys():
        yield from old.scopes.get(name, _NONE) ^ new.scopes.get(name, _NONE)
