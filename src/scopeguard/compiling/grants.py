"""What a condition asks of the ids that a principal's narrowed scopes and its roles on one resource name.

``@granted("scopes conversations:read/agents: agent string")`` is such a question, as :class:`Narrowed` spells it:
whether an id that follows these words in the principal's scopes is what the attribute ``agent`` of the resource says.
Whoever makes something else of a condition (a list of ids, a query) asks :func:`narrowed_in` what it compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import astuple, replace

from scopeguard.limits import MAX_SAFE_INTEGER
from scopeguard.model.catalog import Catalog, Surface
from scopeguard.model.grant import start_of
from scopeguard.model.grant_set import NO_IDS, Ids
from scopeguard.model.held_roles import is_binding
from scopeguard.model.narrowing import ASSIGNED, OWN, binding_ways, scope_ways
from scopeguard.model.principal import Principal
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import (
    FALSE,
    TRUE,
    Call,
    Expr,
    Ident,
    ListExpr,
    Literal,
    Macro,
    conjunction,
    disjunction,
    rebuilt,
    walk,
)

SCOPES: Final = "scopes"
ROLES: Final = "roles"
CEILING: Final = "ceiling"
ID: Final = "id"
FIXED: Final = "fixed"
"""The kind of a question about one id that is known."""
BOUND: Final = "bound"
"""The kind of a question about roles that are on one resource themselves: what is compared is the id of that one."""
_LEAST: Final = -MAX_SAFE_INTEGER - 1


class Narrowed(Struct, frozen=True, gc=False):
    """A question about the ids in what a principal holds.

    *holder* is where they are (its scopes, its roles, its ceiling) and *start* what is before them there.
    *attribute* is that of the resource with which they are compared, and *kind* its type: ``string``, ``int``, or a
    list of these, any of which will do. Of the kind FIXED *attribute* is the id itself, and of the kind BOUND there are
    several attributes, with commas between.
    """

    holder: str
    start: str
    attribute: str
    kind: str

    @classmethod
    def parse(cls, text: str) -> Narrowed:
        """From the text in a condition."""
        return cls(*text.split(" "))

    @property
    def condition(self) -> Expr:
        """That the id is among those of the principal."""
        return Call(ex.GRANTED, (Literal(" ".join(astuple(self))),))

    @property
    def named(self) -> str:
        """The surface whose ids they are, where the start says so."""
        return self.start.rpartition("/")[2].removesuffix(":")

    @property
    def is_of_parent(self) -> bool:
        """Whether what is compared is what the resource lies below."""
        return self.attribute != ID and self.kind not in {FIXED, BOUND}

    @property
    def reads(self) -> tuple[str, ...]:
        """The attributes of the resource that have what is compared; its id is none."""
        if self.kind == BOUND:
            return tuple(self.attribute.split(","))
        return (self.attribute,) if self.is_of_parent else ()

    def texts(self, principal: Principal) -> frozenset[str]:
        """Where the ids are."""
        found: frozenset[str] | None = getattr(principal, self.holder)
        return NO_IDS if found is None else found

    def ids(self, principal: Principal) -> frozenset[str]:
        """The ids that the principal, or its ceiling, has."""
        start = self.start
        found = (text[len(start) :] for text in self.texts(principal) if text.startswith(start))
        # After the slash alone there may be the id of something else, with its surface before it.
        return frozenset(each for each in found if ":" not in each)

    def among(self, principal: Principal, asked: Iterable[str]) -> list[str]:
        """Those of the ids that are *asked* about which the principal has."""
        texts, start = self.texts(principal), self.start
        # An id of the host's may have a colon in it, and then is none of those in a scope.
        return [each for each in asked if start + each in texts and ":" not in each]

    def bound(self, roles: Iterable[str]) -> tuple[str, ...]:
        """The one resource on which all of some roles are; nothing where they are not on one, or there are none."""
        ids = set()
        for role in roles:
            start = start_of(role)
            if is_binding(role) is None or not start.endswith(f"/{self.named}:"):
                return ()
            ids.add(role[len(start) :])
        return tuple(ids) if len(ids) == 1 else ()


def narrowed_in(expr: Expr) -> Narrowed | None:
    """What a condition compares, where it is a question about ids; None for any other."""
    match expr:
        case Call(function=ex.GRANTED, args=(Literal(value=str(text)),)):
            return Narrowed.parse(text)
    return None


def questions(catalog: Catalog, holder: str, start: str, permission: str) -> tuple[Narrowed, ...]:
    """What is to be asked where a permission is held narrowed: of the resource itself, and of what it lies below."""
    ways = (binding_ways if holder == ROLES else scope_ways)(catalog, start) or {}
    surface = catalog.surfaces[permission.partition(":")[0]]
    return tuple(Narrowed(holder, start, *compared(surface, way)) for way in ways.get(permission, ()))


def compared(surface: Surface, way: str) -> tuple[str, str]:
    """The attribute of a resource that has the ids of a way, and its type."""
    if way == OWN:
        return ID, "string"
    if way.startswith(ASSIGNED):
        return ",".join(surface.assigns), BOUND
    parent = surface.parents[way.removesuffix(":")]
    return parent.attribute, parent.type


def parents_in(exprs: Iterable[Expr]) -> tuple[str, ...]:
    """The attributes by which conditions ask what the resource lies below, sorted."""
    return tuple(sorted({each.attribute for each in questions_in(exprs) if each.is_of_parent}))


def questions_in(exprs: Iterable[Expr]) -> Iterator[Narrowed]:
    """The questions about ids in some conditions."""
    found = (narrowed_in(node) for expr in exprs for node in walk(expr))
    return (each for each in found if each is not None)


def about(expr: Expr, attribute: str, resource_id: str) -> Expr:
    """*expr* about one id in the place of what an attribute of the resource says."""
    found = narrowed_in(expr)
    if found is not None:
        return replace(found, attribute=resource_id, kind=FIXED).condition if found.attribute == attribute else FALSE
    return rebuilt(expr, lambda part: about(part, attribute, resource_id))


def on_resources(surface: Surface, ids: Ids) -> Expr:
    """The condition that a resource of a surface is one of *ids*, or lies below one."""
    if ids is None:
        return TRUE
    by_way: dict[str, list[str]] = {}
    for each in ids:
        way, colon, resource_id = each.rpartition(":")
        by_way.setdefault(way + colon, []).append(resource_id)
    parts = (
        among(*compared(surface, way), named=way.strip(f"{ASSIGNED}:"), ids=listed)
        for way, listed in sorted(by_way.items())
    )
    return disjunction(tuple(parts))


def among(attribute: str, kind: str, named: str, ids: Iterable[str]) -> Expr:
    """The condition that what is compared is one of *ids*, as an expression that everybody can read."""
    if not ids:
        return FALSE
    if kind == BOUND:
        return _bound(attribute.split(","), [f"/{named}:{each}" for each in sorted(ids)])
    name = Ident(f"resource.{attribute}", absolute=True)
    listed = ListExpr(tuple(map(Literal, values_of(sorted(ids), kind))))
    one = Ident("id")
    test = (
        Macro("exists", name, ("id",), (Call(ex.IN, (one, listed)),))
        if kind.startswith("list")
        else Call(ex.IN, (name, listed))
    )
    return conjunction((Call(ex.PRESENT, (name,)), test))


def values_of(ids: Iterable[str], kind: str) -> Iterator[str | int]:
    """*ids* as values of an attribute of some kind, or of its elements."""
    for each in ids:
        if "int" not in kind:
            yield each
        # Only the usual text of a number is what a number is compared as.
        elif each.removeprefix("-").isdecimal() and str(int(each)) == each and _LEAST <= int(each) <= MAX_SAFE_INTEGER:
            yield int(each)


def _bound(attributes: Sequence[str], ends: Sequence[str]) -> Expr:
    if len(ends) == 1:
        return _all_end(attributes, Literal(ends[0]))
    return Macro("exists", ListExpr(tuple(map(Literal, ends))), ("end",), (_all_end(attributes, Ident("end")),))


def _all_end(attributes: Sequence[str], end: Expr) -> Expr:
    """The condition that lists of roles name one role at least, and all of them end so."""
    names = [Ident(f"resource.{each}", absolute=True) for each in attributes]
    fits = Call("endsWith", (end,), target=Ident("role"))
    asked = [(name, Call(ex.PRESENT, (name,)), Macro("all", name, ("role",), (fits,))) for name in names]
    some = disjunction(tuple(
        conjunction((given, Call(ex.GREATER, (Call("size", (name,)), Literal(0))))) for name, given, _ in asked
    ))  # fmt: skip
    if len(asked) == 1:
        return conjunction((some, asked[0][2]))
    return conjunction((some, *(disjunction((Call(ex.NOT, (given,)), every)) for _, given, every in asked)))


def on_all_resources(parts: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The parts of a conjunction, with one list of ids in place of several: what a scope and a ceiling both name."""
    by_name: dict[Ident, dict[Expr, frozenset[str]]] = {}
    for part in parts:
        listed = _listed(part)
        if listed is not None:
            by_name.setdefault(listed[0], {})[part] = listed[1]
    for name, lists in by_name.items():
        present = Call(ex.PRESENT, (name,))
        # Without the question whether there is an id, one that is not there fails and is not false.
        if len(lists) < 2 or present not in parts:  # nothing to join
            continue
        ids = frozenset.intersection(*lists.values())
        rest = tuple(part for part in parts if part not in lists and part != present)
        if not ids:
            return (*rest, FALSE)
        parts = (*rest, present, Call(ex.IN, (name, ListExpr(tuple(map(Literal, sorted(ids)))))))
    return parts


def _listed(expr: Expr) -> tuple[Ident, frozenset[str]] | None:
    """The name of which a part of a conjunction says that it is one of some texts, and these."""
    match expr:
        case Call(function=ex.IN, args=(Ident(absolute=True) as name, ListExpr(items=items))):
            texts = [item.value for item in items if isinstance(item, Literal) and isinstance(item.value, str)]
            return (name, frozenset(texts)) if len(texts) == len(items) else None
    return None


def ids_of(value: Any) -> tuple[str, ...]:
    """The ids in the value of an attribute: of a text or a number it, and of a list each of it."""
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
