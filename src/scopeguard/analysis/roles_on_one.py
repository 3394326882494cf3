"""Roles on one resource among the roles over roles of one principal: which of all that a request may name are.

They are in no list beforehand, but they are of few kinds: an id that neither the principal has a role or a scope on nor
a rule names is as good as any other. So ``role in principal.assignable_roles`` is a question about the text alone.
"""

from collections.abc import Mapping
from itertools import product
from typing import Final, TypeAlias

from scopeguard.model.grant import Grant, start_of
from scopeguard.model.held_roles import is_binding
from scopeguard.model.narrowing import is_nameable, named_in
from scopeguard.model.principal import Principal
from scopeguard.runtime.authority import Authority
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.role_rules import RoleRules
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal, rebuilt

Lists: TypeAlias = Mapping[str, tuple[str, ...]]
"""By name of roles over roles, what begins a role that is among them; then, with ``=`` before, the other ids."""
ASKED: Final = "@among_roles_on_one"
"""The function of a text, the name of the list, and what is in it: whether the text is in the list."""
ELSE: Final = "="
"""Before an id that is in a list, or is not in it, unlike all others of its surface."""
_ANY: Final = "other_1"
"""An id that nobody has a role on, and no rule names."""


def lists_of(rules: RoleRules, principal: Principal, grants: EffectiveGrants) -> Lists:
    """The roles on one resource that are over others for a principal."""
    catalog = rules.program.catalog
    surfaces = [name for name in catalog.surfaces if is_nameable(catalog, name)]
    starts = [f"{role}/{name}:" for role, name in product(catalog.roles, surfaces)]
    known = {text for text in (*principal.roles, *rules.bindings) if is_binding(text) is not None}
    ids = {(named_in(start_of(text)) or "", text[len(start_of(text)) :]) for text in known}
    asked = map(Grant.parse, (*rules.narrowed, *filter(start_of, principal.scopes)))
    ids |= {(each.parent or each.surface, each.resource_id) for each in asked if each.resource_id is not None}
    single = [start + each for start, (name, each) in product(starts, sorted(ids)) if name == named_in(start)]
    authority = Authority(rules, principal, grants, frozenset([*(start + _ANY for start in starts), *single]))
    found = {}
    for name in ROLE_LISTS:
        listed = frozenset(getattr(authority, name.rpartition(".")[2]))
        begun = [start for start in starts if start + _ANY in listed]
        others = (text for text in single if (text in listed) is not (start_of(text) in begun))
        found[name] = (*begun, *(f"{ELSE}{text}" for text in others))
    return found


def told(expr: Expr, lists: Lists) -> Expr:
    """*expr* with each question whether a text is among roles over roles as one about the text alone."""
    match expr:
        case Call(function=ex.IN, args=(item, Ident(name=name) as asked)) if name in lists:
            item = told(item, lists)
            return Call(ASKED, (item, asked, *map(Literal, lists[name]))) if lists[name] else _in_none(item)
    return rebuilt(expr, lambda part: told(part, lists))


def _in_none(item: Expr) -> Expr:
    return Call(ex.IN, (item, ListExpr(())))


def as_written(expr: Expr) -> Expr:
    """*expr* with these questions as they are written."""
    match expr:
        case Call(function=function, args=(item, asked, *_)) if function == ASKED:
            return Call(ex.IN, (as_written(item), asked))
    return rebuilt(expr, as_written)
