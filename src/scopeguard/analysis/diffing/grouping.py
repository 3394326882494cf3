"""Findings about single actions and holders, as few changes in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from scopeguard.analysis.diffing.causes import Causes
from scopeguard.analysis.diffing.edits import Edit
from scopeguard.analysis.diffing.people import Who
from scopeguard.analysis.diffing.semantics import Finding
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.diffing.values import ASPECTS, Aspect, Change
from scopeguard.analysis.witnesses import Witness
from scopeguard.model.principal import SCOPED


class _Cell(NamedTuple):
    """One finding, as much of it as a change shows."""

    aspect: Aspect
    who: tuple[Who, ...]
    actions: tuple[str, ...]
    channels: tuple[str, ...] | None
    environments: tuple[str, ...] | None
    condition: str | None
    before: str
    after: str
    edits: tuple[Edit, ...]
    witness: Witness | None
    names: tuple[str, ...] = ()
    """What they hold, any of it."""
    others: tuple[str, ...] = ()
    """Of those who hold nothing, all that others hold who matter."""

    def without(self, *fields: str) -> tuple[object, ...]:
        """All of it but for some fields."""
        return tuple(each for name, each in zip(self._fields, self, strict=True) if name not in fields)


def changes_of(sides: tuple[Side, Side], findings: Iterable[Finding], causes: Causes) -> tuple[Change, ...]:
    """The findings as changes: actions together to which the same happens, then those to whom it does."""
    cells = [_cell(sides, finding, causes) for finding in findings]
    catalogs = [side.program.catalog for side in sides]
    places = {name: at for at, name in enumerate(chain(*(chain(each.roles, each.scopes) for each in catalogs)))}
    cells = list(_by_actions(_by_who(cells, places)))
    order = list(ASPECTS)
    found = sorted(cells, key=lambda cell: order.index(cell.aspect))
    return tuple(Change(*cell[:-2]) for cell in found)


def _cell(sides: tuple[Side, Side], finding: Finding, causes: Causes) -> _Cell:
    detail = finding.detail
    condition = finding.words.condition if not detail.open_because else detail.open_because
    return _Cell(
        detail.aspect,
        (_who(sides, finding),),
        (finding.action,),
        detail.channels,
        detail.environments,
        condition,
        finding.words.before,
        finding.words.after,
        causes.of(finding),
        detail.witness,
        () if finding.holder.is_joint else finding.holder.names,
        finding.holder.others,
    )


def _who(sides: tuple[Side, Side], finding: Finding) -> Who:
    holder = finding.holder
    if holder.nothing:
        one, other = _granting(sides, finding)
        # It is the same of whoever is granted the permission by neither pack.
        is_plain = set(holder.others) == one | other
        return Who(holder.kind, nothing=True, without=() if is_plain else holder.others)
    entitled = holder.kind in SCOPED and not holder.is_joint and bool(holder.names)
    if entitled and all(set(holder.names) == granting for granting in _granting(sides, finding)):
        return Who(holder.kind, entitled=True)
    if len(holder.names) == len(holder.beside) == 1:
        return Who(holder.kind, (*holder.names, *holder.beside), together=True)
    return Who(holder.kind, holder.names, holder.together, beside=holder.beside)


def _granting(sides: tuple[Side, Side], finding: Finding) -> tuple[set[str], set[str]]:
    """The scopes, or roles, by which each pack grants the permission."""
    found = []
    for side in sides:
        act = side.act(finding.action)
        catalog = side.program.catalog.of_kind(finding.holder.kind)
        roles = {name: role.permissions for name, role in catalog.roles.items()}
        held = roles if finding.holder.kind == "member" else catalog.scopes
        found.append({name for name, has in held.items() if act is not None and act.question.permission in has})
    return found[0], found[1]


def _by_who(cells: Iterable[_Cell], places: Mapping[str, int]) -> Iterator[_Cell]:
    """Cells that differ in who it is alone, as one; the witness is that of the first.

    What somebody holds is in the order of *places*, so that the same people are the same of every action.
    """
    for together in _alike(cells, "who"):
        who = tuple(dict.fromkeys(each for cell in together for each in cell.who))
        others = {each.kind: cell.others for cell in together for each in cell.who if each.nothing}
        names: dict[str, set[str]] = {}
        for cell in together:
            names.setdefault(cell.who[0].kind, set()).update(cell.names)
        yield _one(together)._replace(who=_widest(who, names, others, places), names=(), others=())


def _by_actions(cells: Iterable[_Cell]) -> Iterator[_Cell]:
    """The same of those that differ in the actions alone."""
    for together in _alike(cells, "actions"):
        yield _one(together)._replace(actions=tuple(dict.fromkeys(each for cell in together for each in cell.actions)))


def _alike(cells: Iterable[_Cell], field: str) -> Iterable[list[_Cell]]:
    found: dict[tuple[object, ...], list[_Cell]] = {}
    for cell in cells:
        # What is open is one change, for whichever reasons it is.
        open_because = ("condition",) if cell.witness is None else ()
        key = cell.without(field, "witness", "names", "others", *open_because)
        found.setdefault((*key, cell.witness is None), []).append(cell)
    return found.values()


def _one(together: Sequence[_Cell]) -> _Cell:
    """The first of several, with all reasons why they are open."""
    first = together[0]
    if first.witness is not None:
        return first
    return first._replace(condition="; ".join(dict.fromkeys(cell.condition for cell in together if cell.condition)))


def _widest(
    who: tuple[Who, ...],
    names: Mapping[str, set[str]],
    others: Mapping[str, tuple[str, ...]],
    places: Mapping[str, int],
) -> tuple[Who, ...]:
    """*who* of each kind, as few as say the same; *names* are what they hold, *others* what matters beside nothing."""
    found: list[Who] = []
    for kind in dict.fromkeys(each.kind for each in who):
        listed = [each for each in who if each.kind == kind]
        named = names.get(kind, set())
        if any(each.nothing for each in listed) and named.issuperset(others.get(kind, ())):
            # Whatever they hold, it makes no difference.
            found.append(Who(kind))
            continue
        if named and any(each.nothing for each in listed):
            found.append(Who(kind, without=tuple(name for name in others.get(kind, ()) if name not in named)))
        else:
            found += _plainly(kind, listed, places)
        jointly = [each for each in listed if each.is_joint]
        # Of who holds all of some others, those say it.
        found += (each for each in jointly if not any(one.least < each.least for one in jointly))
    return tuple(found)


def _plainly(kind: str, listed: Iterable[Who], places: Mapping[str, int]) -> Iterator[Who]:
    """Those of one kind who hold nothing, what entitles to it, or one of some things."""
    alone = [each for each in listed if not each.is_joint]
    yield from (each for each in alone if each.nothing)
    yield from (each for each in alone if each.entitled)
    held = {name for each in alone for name in each.holding}
    plain = tuple(sorted(held, key=lambda name: (places.get(name.partition("/")[0], len(places)), name)))
    if plain:
        yield Who(kind, plain)
    elif not any(each.entitled or each.nothing for each in alone):
        yield from alone
