"""What roles confer beside what they hold: the rules about them.

A role is within somebody's reach where that somebody may do whatever the role lets its holders do, in the same
circumstances. Conditions are looked at as logic over roles and grants; all else in them is the same for both, and open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, Protocol

from msgspec import Struct

from scopeguard.compiling.environment import Environment
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.program import ActionRules, Program, Rule
from scopeguard.model.catalog import Role
from scopeguard.model.grant import Grant
from scopeguard.model.held_roles import is_binding
from scopeguard.model.principal import Principal
from scopeguard.runtime.propositions import Leaf, folded, implies, truth
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import (
    FALSE,
    TRUE,
    Call,
    Expr,
    Failure,
    Ident,
    ListExpr,
    Literal,
    walk,
)

KIND: Final = "principal.kind"
ROLES: Final = "principal.roles"
_NAMES: Final = frozenset({ROLES})
_OF_ROLES: Final = _NAMES | {"principal.rank"}
_UNFOLLOWED: Final = Failure("depends on all roles of the holder")
"""What of a condition looks at roles in a way that is not followed: it is taken to come out as it suits the role."""


class Touched(Struct, frozen=True, gc=False):
    """A permission or operation with the rules by which roles may differ in it."""

    permission: str
    holdable_by: frozenset[str]
    allows: tuple[Rule, ...]
    denies: tuple[Rule, ...]


class RoleRules:
    """The rules of a program by which the roles of a member may matter, found when first asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._sides: dict[tuple[str, str], RoleSide] = {}

    @cached_property
    def bindings(self) -> frozenset[str]:
        """The roles on one resource that conditions look for by name."""
        return _bindings(rule.condition for rule in self.program.rules)

    @cached_property
    def asked(self) -> frozenset[str]:
        """Those of them in conditions that look into roles over roles."""
        return _bindings(rule.condition for rule in self.program.rules if _reads(rule.condition, ROLE_LISTS))

    def side(self, rule: Rule, role: Role) -> RoleSide:
        """What *role* makes of a rule, worked out once."""
        key = rule.id, role.name
        found = self._sides.get(key)
        if found is None:
            found = self._sides[key] = RoleSide.of(rule, role, self._naming)
        return found

    @cached_property
    def _naming(self) -> frozenset[str]:
        """What of a resource says on which one a role is: its id, and those of what it lies below."""
        above = (each.attribute for found in self.program.catalog.surfaces.values() for each in found.parents.values())
        return frozenset({"resource.id", *map("resource.{}".format, above)})

    @cached_property
    def by_roles(self) -> Mapping[str, Touched]:
        """By action, every rule that allows, and those that deny and look at roles or grants."""
        return self._touched(looks_at_roles)

    @cached_property
    def by_kind(self) -> Mapping[str, Touched]:
        """By action, every rule that allows, and those that deny and look at roles, grants or the kind of who asks."""
        return self._touched(lambda rule: _reads(rule.condition, _OF_ROLES | {KIND}, holds=True))

    @cached_property
    def _held_by_roles(self) -> frozenset[str]:
        return frozenset[str]().union(*(role.permissions for role in self.program.catalog.roles.values()))

    def _touched(self, is_relevant: Callable[[Rule], bool]) -> Mapping[str, Touched]:
        rules = self.program.rules
        relevant = {rule for rule in rules if rule.gate is None and is_relevant(rule)}
        if not relevant and all(rule.effect != "allow" for rule in rules):
            return {}
        acts = map(self.program.known, self.program.actions)
        return {act.question.action: found for act in acts if (found := self._of(act, relevant)) is not None}

    def _of(self, act: ActionRules, relevant: set[Rule]) -> Touched | None:
        denies = tuple(rule for rule in act.denies if rule in relevant)
        # What no rule and no role lets a member do, no role spares anybody from being denied.
        if not act.allows and not (denies and act.question.permission in self._held_by_roles):
            return None
        holdable_by = self.program.catalog.surfaces[act.question.surface].holdable_by
        return Touched(act.question.permission, holdable_by, act.allows, denies)


def _bindings(conditions: Iterable[Expr]) -> frozenset[str]:
    texts = (node.value for each in conditions for node in walk(each) if isinstance(node, Literal))
    return frozenset(text for text in texts if isinstance(text, str) and is_binding(text) is not None)


def _reads(expr: Expr, names: frozenset[str], *, holds: bool = False) -> bool:
    for node in walk(expr):
        match node:
            case Ident(name=name) if name in names:
                return True
            case Call(function=ex.HOLDS) if holds:
                return True
    return False


def is_barred(role: Role, denies: Iterable[Rule]) -> bool:
    """Whether one of these rules, which look at roles, denies to everybody who has *role*."""
    return any(folded(rule.condition, _holder(role)) == TRUE for rule in denies)


def looks_at_roles(rule: Rule) -> bool:
    """Whether a rule looks at the roles, the rank or the grants of who asks."""
    return _reads(rule.condition, _OF_ROLES, holds=True)


class RoleSide(Struct, frozen=True, gc=False):
    """What a role makes of the condition of a rule."""

    whole: Expr
    """What is left of it for a member with the role, whatever other roles it has."""
    alone: Expr
    """What is left of it for a member with no other role."""
    gains: bool
    """Whether having the role may make it true."""
    eases: bool
    """Whether having the role may make it false."""
    spreads: bool
    """Whether having the role on one resource may make it true of others."""

    @classmethod
    def of(cls, rule: Rule, role: Role, naming: frozenset[str]) -> RoleSide:
        """What *role* makes of a rule; *naming* is what says of a resource which one it is."""
        whole = folded(rule.condition, _holder(role))
        leaves = list(_leaves(rule.condition, role))
        signs = {sign for _, sign in leaves}
        alone = folded(rule.condition, _holder(role, alone=True))
        spreads = any(sign == 1 and _is_of_all(leaf, naming) for leaf, sign in leaves)
        return cls(whole, alone, whole != FALSE and 1 in signs, -1 in signs, spreads)


class Holding(Protocol):
    """What a principal holds."""

    def is_held(self, permission: str) -> bool:
        """Whether a permission is held on every resource that is named."""

    def may_be_held(self, permission: str) -> bool:
        """Whether a permission is held on anything."""


class Reach:
    """What one principal may do, as far as its roles, its grants and its kind say.

    *held* tells what it holds where the role is, and *everywhere* on all resources; *env* has its kind, its roles and
    its rank.
    """

    def __init__(
        self, rules: RoleRules, principal: Principal, held: Holding, env: Environment, *, everywhere: Holding
    ) -> None:
        self._rules = rules
        self._kind = principal.kind
        self._roles = principal.roles
        self._held = held
        self._everywhere = everywhere
        self._env = env
        self._mine: dict[str, Expr] = {}
        self._bound: dict[tuple[str, str], bool] = {}

    def covers(self, role: Role) -> bool:
        """Whether it may do all that *role* lets its holders do."""
        touched = self._rules.by_roles if self._kind == "member" else self._rules.by_kind
        if not all(self._held.is_held(permission) for permission in role.permissions if permission not in touched):
            return False
        return all(self._covers(role, each) for each in touched.values())

    def _covers(self, role: Role, touched: Touched) -> bool:
        side = self._rules.side
        denies = [side(rule, role) for rule in touched.denies]
        if any(each.whole == TRUE for each in denies):
            return True
        # What a role adds to, an allow may come to allow by; what it takes from, a deny may come to spare.
        more = [rule for rule in touched.allows if "member" in touched.holdable_by and side(rule, role).gains]
        eased = any(each.eases for each in denies)
        is_held = touched.permission in role.permissions
        if not (is_held or more or eased):
            return True
        allows = touched.allows if self._kind in touched.holdable_by else ()
        # What a rule gives by the name of a role it gives on every resource, wherever the role itself is.
        held = self._everywhere if any(side(rule, role).spreads for rule in more) else self._held
        outright = held.is_held(touched.permission) or any(self._left(rule) == TRUE for rule in allows)
        alike = not is_held and not eased and all(implies(side(rule, role).whole, self._left(rule)) for rule in more)
        return (outright or alike) and all(self._denied_no_more(rule, role) for rule in touched.denies)

    def _denied_no_more(self, rule: Rule, role: Role) -> bool:
        """Whether a rule denies to the principal only what it denies to holders of *role* too."""
        key = rule.id, role.name
        if key not in self._bound:
            side = self._rules.side(rule, role)
            # Another role that spares from a rule has to be within reach itself, so that it is looked at there.
            self._bound[key] = implies(self._left(rule), side.whole if side.eases else side.alone)
        return self._bound[key]

    def _left(self, rule: Rule) -> Expr:
        """What is left of a rule for the principal."""
        if rule.id not in self._mine:
            self._mine[rule.id] = folded(rule.condition, self._own)
        return self._mine[rule.id]

    def _own(self, leaf: Expr) -> Expr:
        found = _of_kind(leaf, self._kind)
        if found is not None:
            return found
        match leaf:
            case Call(function=ex.IN, args=(Literal(value=str(name)), Ident(name="principal.roles"))):
                return truth(name in self._roles)
            case Call(function=ex.HOLDS, args=(Literal(value=str(text)),)):
                permission = Grant.parse(text).permission
                if self._held.is_held(permission):
                    return TRUE
                return leaf if self._held.may_be_held(permission) else FALSE
        read = {node.name for node in walk(leaf) if isinstance(node, Ident) and node.absolute}
        if not read <= _OF_ROLES | {KIND} or _reads(leaf, frozenset(), holds=True):
            return leaf
        value = outcome(leaf, self._env)
        return Failure("cannot be evaluated") if value is None else truth(value)


def _holder(role: Role, *, alone: bool = False) -> Leaf:
    """What is known of a member who has *role*, whatever other roles it has; with *alone* it has none."""

    def known(leaf: Expr) -> Expr:
        found = _of_kind(leaf, "member")
        if found is not None:
            return found
        match leaf:
            case Call(function=ex.IN, args=(Literal(value=str(name)), Ident(name="principal.roles"))):
                return TRUE if name == role.name else FALSE if alone else leaf
            case Call(function=ex.HOLDS, args=(Literal(value=str(text)),)):
                return TRUE if Grant.parse(text).permission in role.permissions else FALSE if alone else leaf
        return _UNFOLLOWED if _reads(leaf, _OF_ROLES, holds=True) else leaf

    return known


def _leaves(expr: Expr, role: Role, sign: int = 1) -> Iterator[tuple[Expr, int]]:
    """What *role* works on in a condition: with 1 where having it may make it true, -1 where it may make it false."""
    match expr:
        case Call(function=ex.AND | ex.OR, args=args):
            for arg in args:
                yield from _leaves(arg, role, sign)
        case Call(function=ex.NOT, args=(inner,)):
            yield from _leaves(inner, role, -sign)
        case Call(function=ex.CONDITIONAL, args=(test, then, other)):
            for leaf, _ in _leaves(test, role):
                yield from ((leaf, 1), (leaf, -1))
            yield from _leaves(then, role, sign)
            yield from _leaves(other, role, sign)
        case _:
            found = _holder(role)(expr)
            if found == _UNFOLLOWED:
                yield from ((expr, 1), (expr, -1))
            elif found == TRUE and _of_kind(expr, "member") is None:
                yield expr, sign


def _is_of_all(leaf: Expr, naming: frozenset[str]) -> bool:
    """Whether the name of a role on one resource makes a leaf true, whichever resource is asked about.

    What it holds there is about that resource alone, and its rank counts for nothing.
    """
    return _reads(leaf, _NAMES) and not _reads(leaf, naming)


def _of_kind(leaf: Expr, kind: str) -> Expr | None:
    match leaf:
        case Call(function=ex.IN, args=(Ident(name="principal.kind"), ListExpr(items=items))):
            return truth(Literal(kind) in items) if all(isinstance(each, Literal) for each in items) else None
        case Call(function=ex.EQUAL, args=(Ident(name="principal.kind"), Literal(value=str(value)))):
            return truth(value == kind)
        case Call(function=ex.NOT_EQUAL, args=(Ident(name="principal.kind"), Literal(value=str(value)))):
            return truth(value != kind)
    return None
