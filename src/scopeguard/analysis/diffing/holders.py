"""Who asks: principals of each kind, distinguished by what they hold as far as the rules about an action see it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple, TypeAlias

from scopeguard.analysis.diffing.people import NARROWED
from scopeguard.analysis.diffing.sides import Side
from scopeguard.analysis.operators import ORDERS
from scopeguard.analysis.samples import Samples
from scopeguard.compiling.observed_inputs import RANK, Reads, reads_of
from scopeguard.compiling.program import ActionRules, Rule
from scopeguard.model.grant import is_id
from scopeguard.model.narrowing import binding_ways, scope_ways
from scopeguard.model.principal import HOLDERS, KINDS, SCOPED, Principal
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, children

ANY: Final = "any"
"""Who a principal is by its id, and of which workspace, is open: no condition sees this."""
_COMPARISONS: Final = frozenset({*ORDERS, ex.EQUAL, ex.NOT_EQUAL})
_JOINTLY: Final = (*sorted(SCOPED), "member")
"""The kinds of principals that hold several things."""
MAX_TOGETHER: Final = 24
"""Groups of scopes or roles that are looked at in pairs."""


Groups: TypeAlias = Mapping[str, Sequence[tuple[str, ...]]]
"""By the kind of principals, the scopes or roles that matter, those together that neither pack tells apart."""


class Holder(NamedTuple):
    """Principals that hold *one* of *names*, or with *together* all of them; *principal* stands for all of them.

    With *beside* they hold one of those too. With *nothing* they hold none of *others*, which are all that matter.
    """

    kind: str
    names: tuple[str, ...]
    principal: Principal
    together: bool = False
    nothing: bool = False
    others: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def is_joint(self) -> bool:
        """Whether they hold several things that matter."""
        return self.together or bool(self.beside)


class Asked(NamedTuple):
    """One action in both packs, with what the rules about it read of a principal in either."""

    acts: tuple[ActionRules | None, ActionRules | None]
    reads: Reads
    differing: Reads
    """What is read by rules that only one of the packs has so."""
    ranks: tuple[int, ...] | None = None
    """The numbers that rules compare ranks with, in order; None where they read ranks in any other way."""

    @property
    def deciding(self) -> frozenset[str]:
        """The permissions whose grants decide."""
        return frozenset(act.question.permission for act in self.acts if act is not None) | self.reads.permissions

    @property
    def permissions(self) -> frozenset[str]:
        """The permissions whose grants matter."""
        return self.deciding.union(name for act in self.acts if act is not None for name in act.embeds)


def grouped(sides: tuple[Side, Side], asked: Asked) -> Groups:
    """The scopes, or roles, that matter, those together that neither pack tells apart."""
    return {kind: _groups(sides, kind, asked) for kind in KINDS if kind in HOLDERS}


def holders(groups: Groups) -> Iterator[Holder]:
    """Everybody to ask, one of those whom neither pack tells apart for each; those that hold nothing last."""
    for kind in KINDS:
        found = groups.get(kind, ())
        yield from (Holder(kind, names, made(kind, names[:1])) for names in found)
        others = tuple(name for names in found for name in names)
        yield Holder(kind, (), made(kind, ()), nothing=kind in HOLDERS, others=others)


def narrowed(sides: tuple[Side, Side], asked: Asked) -> Iterator[Holder]:
    """Those who hold a scope or a role on one resource alone: on any, or on one that rules name."""
    ids = (NARROWED, *_named_ids(sides, asked))
    for kind in _JOINTLY:
        found: dict[str, None] = {}
        for side in sides:
            catalog = side.program.catalog.of_kind(kind)
            surfaces = list(catalog.surfaces)
            for name in catalog.roles if kind == "member" else catalog.scopes:
                qualifiers = [f"{each}:" for each in surfaces]
                for qualifier in qualifiers if kind == "member" else ("", *qualifiers):
                    start = f"{name}/{qualifier}"
                    ways = (binding_ways if kind == "member" else scope_ways)(catalog, start)
                    if ways and not asked.permissions.isdisjoint(ways):
                        found[start] = None
        names = (f"{start}{each}" for each in ids for start in found)
        yield from (Holder(kind, (name,), made(kind, (name,))) for name in names)


def _named_ids(sides: tuple[Side, Side], asked: Asked) -> Iterator[str]:
    """Ids of resources that rules about an action compare with: about these the answer may be another one."""
    found: dict[object, None] = {}
    for side, act in zip(sides, asked.acts, strict=True):
        if act is not None:
            named = Samples.of((), (rule.condition for rule in (*act.denies, *act.allows))).constants
            above = side.program.catalog.surfaces[act.question.surface].parents.values()
            for attribute in ("id", *(parent.attribute for parent in above)):
                found.update(dict.fromkeys(named.get(f"resource.{attribute}", ())))
    yield from (each for each in found if isinstance(each, str) and is_id(each) and each != NARROWED)


def less_than(name: str) -> Iterator[str]:
    """Names of what says the same of whoever holds *name*, and of others: of the whole, and of any one resource."""
    start, slash, qualifier = name.partition("/")
    yield from (name, start)
    if slash:
        surface, colon, _ = qualifier.rpartition(":")
        yield f"{start}/{surface}{colon}{NARROWED}"


def together(sides: tuple[Side, Side], asked: Asked, groups: Groups) -> Iterator[Holder]:
    """Those who hold two things at once, or all that matters, where rules look for more than one."""
    if not looks_at_holdings(asked.reads):
        return
    differs = looks_at_holdings(asked.differing)
    for kind in _JOINTLY:
        found = groups[kind][:MAX_TOGETHER]
        firsts = [names[0] for names in found]
        for one, other in combinations(found, 2):
            if not differs and _is_within(sides, kind, (one[0], other[0]), asked):
                continue
            yield Holder(kind, one, made(kind, (one[0], other[0])), beside=other)
        if differs and len(firsts) > 2:
            yield Holder(kind, tuple(firsts), made(kind, firsts), together=True)


def beyond(asked: Asked, groups: Groups) -> Iterator[Holder]:
    """All of each kind of whom not every two groups are looked at."""
    if looks_at_holdings(asked.reads):
        many = (kind for kind in _JOINTLY if len(groups[kind]) > MAX_TOGETHER)
        yield from (Holder(kind, (), made(kind, ())) for kind in many)


def looks_at_holdings(reads: Reads) -> bool:
    """Whether rules look at what a principal holds beside what grants."""
    return bool(reads.permissions or reads.roles or reads.scopes or reads.whole or reads.rank)


def reads_of_rules(rules: Iterable[Rule]) -> Reads:
    """What some rules read."""
    return Reads.joined(reads_of(rule.condition) for rule in rules)


def _groups(sides: tuple[Side, Side], kind: str, asked: Asked) -> list[tuple[str, ...]]:
    """The scopes, or roles, that matter, those together that neither pack tells apart."""
    found: dict[object, list[str]] = {}
    for name in _names(sides, kind):
        seen = tuple(_seen(side, kind, name, asked) for side in sides)
        if any(seen):
            found.setdefault(seen, []).append(name)
    return sorted(map(tuple, found.values()), key=lambda names: (len(names), names))


def _is_within(sides: tuple[Side, Side], kind: str, pair: tuple[str, str], asked: Asked) -> bool:
    """Whether by both packs who holds one of two things has all that the other gives, as far as rules see it."""
    seen = [[_seen(side, kind, name, asked) for side in sides] for name in pair]
    return any(
        all(
            less is None or (more is not None and more.covers(less, asked.deciding))
            for more, less in zip(*each, strict=True)
        )
        for each in (seen, seen[::-1])
    )


def _names(sides: tuple[Side, Side], kind: str) -> Mapping[str, None]:
    catalogs = (side.program.catalog.of_kind(kind) for side in sides)
    return {name: None for each in catalogs for name in (each.roles if kind == "member" else each.scopes)}


class _Seen(NamedTuple):
    """What rules see of whoever holds one thing alone."""

    held: frozenset[str]
    name: str
    rank: tuple[int, ...]
    """The rank, or on which side of each number that it is compared with; empty where it is as without any role."""
    whole: str

    def covers(self, other: "_Seen", deciding: frozenset[str]) -> bool:
        """Whether it is all that *other* is, as far as *deciding* permissions and the names that rules read go."""
        known = other.name in ("", self.name) and self.whole == other.whole
        return known and self.rank >= other.rank and self.held >= other.held & deciding


def _seen(side: Side, kind: str, name: str, asked: Asked) -> _Seen | None:
    """All that the rules can see of whoever holds just this; None where that is nothing."""
    catalog, reads = side.program.catalog.of_kind(kind), asked.reads
    role = catalog.roles.get(name) if kind == "member" else None
    held = role.permissions if role is not None else frozenset[str]()
    if kind != "member":
        held = catalog.scopes.get(name, frozenset())
    seen = _Seen(
        held & asked.permissions,
        name if name in (reads.roles if kind == "member" else reads.scopes) else "",
        _rank(role.rank, asked) if role is not None and reads.rank else (),
        _whole(side, kind, name, asked),
    )
    return seen if any(seen) else None


def _whole(side: Side, kind: str, name: str, asked: Asked) -> str:
    """What rules see in the lists of whoever holds just this: its name, or the roles over roles that follow from it."""
    reads = asked.reads
    if kind == "member" or not reads.standing:
        return name if reads.whole else ""
    surfaces = (side.program.catalog.surfaces[act.question.surface] for act in asked.acts if act is not None
                if act.question.surface in side.program.catalog.surfaces)  # fmt: skip
    if all(kind not in surface.holdable_by for surface in surfaces):
        # Nothing allows it, whatever they are.
        return ""
    one, nobody = (side.held(made(kind, names)).authority for names in ((name,), ()))
    lists = [(each.assignable_roles, each.superior_roles) for each in (one, nobody)]
    return f"{lists[0]}" if lists[0] != lists[1] else ""


def _rank(rank: int, asked: Asked) -> tuple[int, ...]:
    if asked.ranks is None:
        return (rank,) if rank else ()
    place, lowest = (tuple((each > bound) - (each < bound) for bound in asked.ranks) for each in (rank, 0))
    return place if place != lowest else ()


def ranks_compared(conditions: Iterable[Expr]) -> tuple[int, ...] | None:
    """The numbers that conditions compare ranks with, in order; None where they read ranks in any other way."""
    found = {bound for condition in conditions for bound in _bounds(condition)}
    return None if None in found else tuple(sorted(bound for bound in found if bound is not None))


def _bounds(expr: Expr) -> Iterator[int | None]:
    match expr:
        case Call(function=function, args=(Ident(name=name), Literal(value=int(bound)))) if (
            function in _COMPARISONS and name == RANK
        ):
            yield bound
        case Ident(name=name) if name == RANK:
            yield None
        case _:
            for part in children(expr):
                yield from _bounds(part)


def holding_differs(sides: tuple[Side, Side], asked: Asked, holder: Holder) -> bool:
    """Whether a principal holds something else by one program than by the other, as far as the rules see it."""
    seen = [tuple(_holdings(side, asked, holder)) for side in sides]
    return seen[0] != seen[1]


def _holdings(side: Side, asked: Asked, holder: Holder) -> Iterable[object]:
    catalog = side.program.catalog
    held = side.held(holder.principal)
    for permission in sorted(asked.permissions):
        surface = catalog.surfaces.get(permission.partition(":")[0])
        known = surface is not None and permission.partition(":")[2] in surface.actions
        yield permission, frozenset(held.grants.allows(permission)) if known else None
        yield surface and (holder.kind in surface.holdable_by, surface.coarse, surface.internal, surface.parents)
    reads = asked.reads
    if reads.rank or reads.standing:
        yield held.authority.rank
    if reads.standing:
        yield held.authority.assignable_roles
        yield held.authority.superior_roles
        yield side.on_one(holder.principal)


def made(kind: str, names: Iterable[str]) -> Principal:
    """A principal of a kind that holds some scopes or roles."""
    held = tuple(names)
    match kind:
        case "member":
            return Principal.member(ANY, workspace=ANY, roles=held)
        case "api_key":
            return Principal.api_key(ANY, workspace=ANY, scopes=held)
        case "session":
            return Principal("session", ANY, ANY, scopes=held)
        case "system":
            return Principal.system(ANY)
    return Principal.anonymous()
