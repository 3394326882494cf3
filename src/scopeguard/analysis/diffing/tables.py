"""What is compared as tables, without a request: usage, the reach of scopes, audit, names of the outside, pages."""

from collections.abc import Iterable, Iterator
from itertools import product

from scopeguard.analysis.diffing.edits import LOOSENS, Edit
from scopeguard.analysis.diffing.people import Who
from scopeguard.analysis.diffing.registry import Registry, difference
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.values import Aspect, Change
from scopeguard.analysis.witnesses import Witness
from scopeguard.model.aliases import by_alias
from scopeguard.model.catalog import Catalog, Tab
from scopeguard.model.principal import SCOPED, Principal
from scopeguard.model.request import Context
from scopeguard.model.usage import MODALITIES, SENDERS, Usage, UsageEvent

Sides = tuple[Side, Side]
_ELSEWHERE = "elsewhere"
"""A channel that no pack has."""


def table_changes(sides: Sides, edits: Iterable[Edit]) -> Iterator[Change]:
    """Every change of a table."""
    listed = tuple(edits)
    yield from _audit(sides, listed)
    yield from _reach(sides, listed)
    yield from _aliases(sides, listed)
    yield from _usage(sides, listed)
    yield from _pages(sides, listed)
    yield from _advice(sides, listed)


def _audit(sides: Sides, edits: tuple[Edit, ...]) -> Iterator[Change]:
    for action in sides[0].program.actions:
        old, new = (side.act(action) for side in sides)
        if old is None or new is None or old.audited == new.audited:
            continue
        before, after = ("audited" if act.audited else "not audited" for act in (old, new))
        names = {("operations", action), ("surfaces", new.question.surface)}
        found = tuple(edit for edit in edits if (edit.section, edit.name) in names and edit.field in {"audited", ""})
        asked = Witness(Principal.anonymous(), action, None, Context())
        yield Change("audit", (), (action,), None, None, None, before, after, found, asked)


def _reach(sides: Sides, edits: tuple[Edit, ...]) -> Iterator[Change]:
    for kind in sorted(SCOPED):
        old, new = (side.program.catalog.of_kind(kind) for side in sides)
        for scope in old.scopes:
            if scope not in new.scopes or (kind != "api_key" and _is_as_of_keys(scope, sides, kind)):
                continue
            for more, less, words in ((new, old, ("", "reached")), (old, new, ("reached", "not reached any more"))):
                reached = more.scopes.get(scope, frozenset()) - less.scopes.get(scope, frozenset())
                found = tuple(sorted(reached))
                if found:
                    names = {("scopes", scope), *(("surfaces", each.partition(":")[0]) for each in found)}
                    causes = _reaching(edits, names)
                    yield Change("reach", (Who(kind, (scope,)),), found, None, None, None, *words, causes)


def _is_as_of_keys(scope: str, sides: Sides, kind: str) -> bool:
    """Whether a scope reaches for a kind what it does for API keys, of which it is said already."""
    return all(
        side.program.catalog.of_kind(kind).scopes.get(scope) == side.program.catalog.scopes.get(scope) for side in sides
    )


def _reaching(edits: tuple[Edit, ...], names: set[tuple[str, str]]) -> tuple[Edit, ...]:
    usable = tuple(edit for edit in edits if edit.field not in {"because", LOOSENS})
    near = tuple(edit for edit in usable if (edit.section, edit.name) in names)
    return near or tuple(edit for edit in usable if edit.section in {"scopes", "surfaces"})


def _aliases(sides: Sides, edits: tuple[Edit, ...]) -> Iterator[Change]:
    old, new = (side.program.catalog for side in sides)
    for what, kind in (("scopes", "api_key"), ("roles", "member")):
        before, after = (by_alias(getattr(each.aliases, what)) for each in (old, new))
        for alias in dict.fromkeys([*before, *after]):
            was, now = before.get(alias), after.get(alias)
            if was == now:
                continue
            # Surfaces have the aliases of their scopes.
            names = {part for name in (was, now) if name for part in (name, name.partition(":")[0])}
            found = tuple(edit for edit in edits if edit.field.startswith("alias") and edit.name in names)
            less, more = _reached(old, what, was), _reached(new, what, now)
            told: list[tuple[Aspect, frozenset[str]]] = [("gained", more - less), ("reach", less - more)]
            for aspect, actions in [each for each in told if each[1]] or told[1:]:
                words = (f"{alias} means {was or 'nothing'}", f"{alias} means {now or 'nothing'}")
                yield Change(aspect, (Who(kind, (alias,)),), tuple(sorted(actions)), None, None, None, *words, found)


def _reached(catalog: Catalog, what: str, name: str | None) -> frozenset[str]:
    if name is None:
        return frozenset()
    if what == "roles":
        role = catalog.roles.get(name)
        return frozenset() if role is None else role.permissions
    return frozenset(catalog.scopes.get(name, ()))


def _usage(sides: Sides, edits: tuple[Edit, ...]) -> Iterator[Change]:
    tables = [side.program.usage for side in sides]
    environments = sorted(frozenset[str]().union(*(table.environments for table in tables)))
    channels = [*sorted(frozenset[str]().union(*(table.channels for table in tables))), _ELSEWHERE]
    found: dict[tuple[str, str, str, str], list[str]] = {}
    rows: dict[tuple[str, str, str, str], set[str]] = {}
    for environment, modality, sender in product(environments or ["production"], MODALITIES, SENDERS):
        for channel in channels:
            event = UsageEvent(channel, modality, sender, environment)
            was, now = (table.classify(event) for table in tables)
            if (was.meter, was.kind) == (now.meter, now.kind):
                continue
            key = (_counted(was), _counted(now), environment, f"{modality} of the {sender}")
            found.setdefault(key, []).append(channel)
            rows.setdefault(key, set()).update(row for row in (was.row, now.row) if row)
    for key, listed in found.items():
        before, after, environment, what = key
        where = None if len(listed) == len(channels) else tuple(listed)
        told = (edit for edit in edits if edit.section == "usage" and edit.name in rows[key])
        near = tuple(edit for edit in told if edit.field not in {"because", LOOSENS})
        causes = near or tuple(
            edit for edit in edits if edit.section in {"usage", "environments", "channels", "meters"}
        )
        yield Change("usage", (), (what,), where, (environment,), None, before, after, causes)


def _counted(usage: Usage) -> str:
    return "not counted" if usage.meter is None else f"{usage.meter} ({usage.kind})"


def _pages(sides: Sides, edits: tuple[Edit, ...]) -> Iterator[Change]:
    old, new = (side.program.catalog.settings for side in sides)
    for page in dict.fromkeys([*old, *new]):
        before, after = ({tab.id: tab for tab in each.get(page, ())} for each in (old, new))
        found = tuple(edit for edit in edits if edit.section == "settings" and edit.name == page)
        for name in dict.fromkeys([*before, *after]):
            was, now = (_shown(each.get(name)) for each in (before, after))
            if was != now:
                yield Change("page", (Who("member"),), (f"{page}/{name}",), None, None, None, was, now, found)
        if list(before) != list(after) and set(before) == set(after):
            names = (", ".join(before), ", ".join(after))
            yield Change("page", (Who("member"),), (page,), None, None, None, *names, found)


def _shown(tab: Tab | None) -> str:
    return "not there" if tab is None else f"{tab.title}: view {tab.view}, manage {tab.manage or 'nobody'}"


def _advice(sides: Sides, edits: tuple[Edit, ...]) -> Iterator[Change]:
    """What advice says to people where both packs may give it."""
    before, after = (_advised(side) for side in sides)
    for code in sorted(before.keys() & after.keys()):
        was, now = (Registry(side.program).of(code) for side in sides)
        actions = tuple(action for action in before[code] if action in after[code])
        if was != now and actions:
            found = tuple(edit for edit in edits if (edit.section, edit.name) == ("recovery", code))
            yield Change("advice", (), actions, None, None, None, *difference(code, was, now), found)


def _advised(side: Side) -> dict[str, list[str]]:
    """The codes that an allow may bring along, each with the actions of which one does."""
    found: dict[str, list[str]] = {}
    for action in side.program.actions:
        act = side.act(action)
        rules = () if act is None else act.advises
        for code in dict.fromkeys(code for rule in rules for code in (rule.code, rule.failing) if code):
            found.setdefault(code, []).append(action)
    return found
