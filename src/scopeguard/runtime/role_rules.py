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
from scopeguard.compiling.truth import negated
from scopeguard.model.catalog import Role
from scopeguard.model.grant import Grant
from scopeguard.model.held_roles import is_binding
from scopeguard.model.principal import Principal
from scopeguard.runtime.conferred import Conferred
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.propositions import folded, implies, truth
from scopeguard.runtime.role_lists import SUPERIOR, reads_any, without_lists
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
_OTHERS: Final = Failure("depends on the other roles of the holder")
"""The same of what a role on one resource does not work on, where another one is asked about."""


class Touched(Struct, frozen=True, gc=False):
    """A permission or operation with the rules by which roles may differ in it."""

    permission: str
    surface: str
    holdable_by: frozenset[str]
    allows: tuple[Rule, ...]
    denies: tuple[Rule, ...]


class RoleRules:
    """The rules of a program by which the roles of a member may matter, found when first asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._sides: dict[tuple[str, str, str, bool], RoleSide] = {}

    @cached_property
    def bindings(self) -> frozenset[str]:
        """The roles on one resource that conditions look for by name."""
        return _bindings(rule.condition for rule in self.program.rules)

    @cached_property
    def asked(self) -> frozenset[str]:
        """Those of them in conditions that look into roles over roles."""
        return _bindings(rule.condition for rule in self.program.rules if _reads(rule.condition, ROLE_LISTS))

    @cached_property
    def on_superior(self) -> tuple[Touched, ...]:
        """The actions of which a rule that allows or denies asks who is above whom, with all that allow them."""
        names = frozenset((SUPERIOR,))
        asking = {rule for rule in self.program.rules if rule.gate is None and reads_any(rule.condition, names)}
        acts = map(self.program.known, self.program.actions) if asking else ()
        return tuple(self._about(act, ()) for act in acts if not asking.isdisjoint((*act.allows, *act.denies)))

    @cached_property
    def narrowed(self) -> frozenset[str]:
        """The grants on one resource that conditions ask for."""
        texts = (text for rule in self.program.rules for text in _held_in(rule.condition))
        return frozenset(text for text in texts if Grant.parse(text).qualifier is not None)

    @cached_property
    def _asking(self) -> frozenset[str]:
        """The rules that ask what is held or which roles, for which the surface of a question matters."""
        return frozenset(rule.id for rule in self.program.rules if _reads(rule.condition, _NAMES, holds=True))

    def about(self, rule: Rule, surface: str) -> str:
        """The surface, where it matters to a rule that questions are about this one."""
        return surface if rule.id in self._asking else ""

    def side(self, rule: Rule, role: Conferred, surface: str) -> RoleSide:
        """What *role* makes of a rule in questions about a surface, worked out once."""
        about = self.about(rule, surface)
        key = rule.id, role.name, about, role.is_elsewhere
        found = self._sides.get(key)
        if found is None:
            found = self._sides[key] = RoleSide.of(rule, Holder(role, about, self._naming(about)))
        return found

    def _naming(self, surface: str) -> frozenset[tuple[str, str]]:
        """The surfaces on which a role counts in questions about one, each with what of a resource has the id there."""
        found = self.program.catalog.surfaces.get(surface)
        above = () if found is None else ((name, f"resource.{each.attribute}") for name, each in found.parents.items())
        return frozenset({(surface, "resource.id"), *above})

    @cached_property
    def by_roles(self) -> Mapping[str, Touched]:
        """By action, every rule that allows, and those that deny and look at roles or grants."""
        return self._touched(_tells_apart)

    @cached_property
    def by_kind(self) -> Mapping[str, Touched]:
        """By action, every rule that allows, and those that deny and look at roles, grants or the kind of who asks."""
        return self._touched(lambda rule: _reads(rule.condition, frozenset((KIND,))) or _tells_apart(rule))

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
        return self._about(act, denies)

    def _about(self, act: ActionRules, denies: tuple[Rule, ...]) -> Touched:
        holdable_by = self.program.catalog.surfaces[act.question.surface].holdable_by
        return Touched(act.question.permission, act.question.surface, holdable_by, act.allows, denies)


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


def _held_in(expr: Expr) -> Iterator[str]:
    """The grants that a condition asks for."""
    for node in walk(expr):
        match node:
            case Call(function=ex.HOLDS, args=(Literal(value=str(text)),)):
                yield text


def is_barred(role: Role, denies: Iterable[Rule]) -> bool:
    """Whether one of these rules, which look at roles, denies to everybody who has *role*."""
    holder = Holder(Conferred(role.name, role.permissions), "", frozenset())
    return any(folded(rule.condition, holder.known) == TRUE for rule in denies)


def looks_at_roles(rule: Rule) -> bool:
    """Whether a rule looks at the roles, the rank or the grants of who asks."""
    return _reads(rule.condition, _OF_ROLES, holds=True)


def _tells_apart(rule: Rule) -> bool:
    """Whether a rule may come out differently for two principals because of the roles or grants of each."""
    return looks_at_roles(rule) or _of_holder(rule) != rule.condition


def _of_holder(rule: Rule) -> Expr:
    """The condition of a rule for who may be handed a role, where what is left of it is compared with the giver's.

    Roles over roles are the same for both but where they may make an allow true, or a deny false, of the holder alone.
    """
    if not reads_any(rule.condition):
        return rule.condition
    return without_lists(rule.condition, 1 if rule.effect == "allow" else -1, _UNFOLLOWED)


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

    @classmethod
    def of(cls, rule: Rule, holder: Holder) -> RoleSide:
        """What a role makes of a rule for its holder."""
        condition = _of_holder(rule)
        whole = folded(condition, holder.known)
        gains = whole != FALSE and 1 in holder.signs(condition)
        # Of roles over roles a role makes more, if anything: what that spares from is looked at in what it spares for.
        return cls(whole, folded(condition, holder.alone), gains, -1 in holder.signs(rule.condition))


class Holding(Protocol):
    """What a principal holds."""

    def is_held(self, permission: str) -> bool:
        """Whether a permission is held on every resource that is asked about."""

    def may_be_held(self, permission: str) -> bool:
        """Whether a permission is held on anything."""


class Reach:
    """What one principal may do, as far as its roles, its grants and its kind say.

    *held* tells what it holds on what is asked about, and *grants* on which resources it holds anything; *env*
    has its kind, its roles and its rank.
    """

    def __init__(
        self, rules: RoleRules, principal: Principal, held: Holding, env: Environment, *, grants: EffectiveGrants
    ) -> None:
        self._rules = rules
        self._kind = principal.kind
        self._roles = principal.roles
        self._held = held
        self._grants = grants
        self._env = env
        self._mine: dict[tuple[str, str], Expr] = {}
        self._bound: dict[tuple[str, str, str], bool] = {}

    def covers(self, role: Conferred) -> bool:
        """Whether it may do all that *role* lets its holders do."""
        touched = self._rules.by_roles if self._kind == "member" else self._rules.by_kind
        if not all(self._held.is_held(permission) for permission in role.permissions if permission not in touched):
            return False
        return all(self._covers(role, each) for each in touched.values())

    def may_do(self, touched: Touched) -> bool:
        """Whether it may do something on anything, where no rule denies it."""
        if self._kind not in touched.holdable_by:
            return False
        allowing = (rule for rule in touched.allows if self._left(rule, touched.surface) != FALSE)
        return self._held.may_be_held(touched.permission) or next(allowing, None) is not None

    def _covers(self, role: Conferred, touched: Touched) -> bool:
        surface = touched.surface
        denies = [self._rules.side(rule, role, surface) for rule in touched.denies]
        if any(each.whole == TRUE for each in denies):
            return True
        # What a role adds to, an allow may come to allow by; what it takes from, a deny may come to spare.
        allows = touched.allows if "member" in touched.holdable_by else ()
        more = [(rule, side) for rule in allows if (side := self._rules.side(rule, role, surface)).gains]
        eased = any(each.eases for each in denies)
        is_held = touched.permission in role.permissions
        if not (is_held or more or eased):
            return True
        own = touched.allows if self._kind in touched.holdable_by else ()
        outright = self._held.is_held(touched.permission) or any(self._left(rule, surface) == TRUE for rule in own)
        alike = not is_held and not eased and all(implies(side.whole, self._left(rule, surface)) for rule, side in more)
        return (outright or alike) and all(self._denied_no_more(rule, role, surface) for rule in touched.denies)

    def _denied_no_more(self, rule: Rule, role: Conferred, surface: str) -> bool:
        """Whether a rule denies to the principal only what it denies to holders of *role* too."""
        key = rule.id, role.name, self._rules.about(rule, surface)
        if key not in self._bound:
            side = self._rules.side(rule, role, surface)
            # Another role that spares from a rule has to be within reach itself, so that it is looked at there.
            theirs = side.whole if side.eases else side.alone
            # What cannot be evaluated denies: what is asked is that where it denies nothing to them it does not to it.
            self._bound[key] = implies(negated(theirs), negated(self._left(rule, surface)))
        return self._bound[key]

    def _left(self, rule: Rule, surface: str) -> Expr:
        """What is left of a rule for the principal, in questions about a surface."""
        key = rule.id, self._rules.about(rule, surface)
        if key not in self._mine:
            self._mine[key] = folded(rule.condition, lambda leaf: self._own(leaf, surface))
        return self._mine[key]

    def _own(self, leaf: Expr, surface: str) -> Expr:
        found = _of_kind(leaf, self._kind)
        if found is not None:
            return found
        match leaf:
            case Call(function=ex.IN, args=(Literal(value=str(name)), Ident(name="principal.roles"))):
                return truth(name in self._roles)
            case Call(function=ex.HOLDS, args=(Literal(value=str(text)),)):
                return self._holds(leaf, Grant.parse(text), surface)
        read = {node.name for node in walk(leaf) if isinstance(node, Ident) and node.absolute}
        if not read <= _OF_ROLES | {KIND} or _reads(leaf, frozenset(), holds=True):
            return leaf
        value = outcome(leaf, self._env)
        return Failure("cannot be evaluated") if value is None else truth(value)

    def _holds(self, leaf: Expr, grant: Grant, surface: str) -> Expr:
        permission = grant.permission
        if grant.qualifier is not None:
            return truth(self._grants.is_held(permission, frozenset((grant.qualifier,))))
        # What is held on one resource of another surface says nothing about the resource that is asked about.
        if grant.surface != surface:
            return truth(self._grants.is_held(permission))
        if self._held.is_held(permission):
            return TRUE
        return leaf if self._held.may_be_held(permission) else FALSE


class Holder(Struct, frozen=True, gc=False):
    """A member who has a role, in questions about a surface.

    *naming* are the surfaces on which a role counts in them, each with what of the resource has the id there.
    """

    role: Conferred
    surface: str
    naming: frozenset[tuple[str, str]]

    def known(self, leaf: Expr) -> Expr:
        """What is known of a leaf, whatever other roles the member has."""
        found = _of_kind(leaf, "member")
        if found is not None:
            return found
        match leaf:
            case Call(function=ex.IN, args=(Literal(value=str(name)), Ident(name="principal.roles"))):
                return TRUE if name == self.role.name else leaf
            case Call(function=ex.HOLDS, args=(Literal(value=str(text)),)):
                return TRUE if self.role.gives(text, self.surface) else leaf
        if not _reads(leaf, _OF_ROLES, holds=True):
            return leaf
        return _UNFOLLOWED if self._works_on(leaf) else _OTHERS

    def alone(self, leaf: Expr) -> Expr:
        """The same where it has no other role."""
        found = self.known(leaf)
        match leaf:
            case (
                Call(function=ex.IN, args=(Literal(value=str()), Ident(name="principal.roles")))
                | Call(function=ex.HOLDS, args=(Literal(value=str()),))
            ):
                return truth(found == TRUE)
        return found

    def _works_on(self, leaf: Expr) -> bool:
        """Whether a role may matter to a leaf: of one on another resource what it holds there and its rank do not.

        Its name does, unless the leaf asks for a role on the very resource, or on what that lies below.
        """
        if not self.role.is_elsewhere or (_reads(leaf, _NAMES) and not self._is_of_it(leaf)):
            return True
        return any(self.role.gives(text, self.surface) for text in _held_in(leaf))

    def _is_of_it(self, leaf: Expr) -> bool:
        match leaf:
            case Call(
                function=ex.IN,
                args=(
                    Call(function=ex.ADD, args=(Literal(value=str(start)), Ident(name=name))),
                    Ident(name="principal.roles"),
                ),
            ):
                return start.endswith(":") and (start[:-1].partition("/")[2], name) in self.naming
        return False

    def signs(self, expr: Expr, sign: int = 1) -> Iterator[int]:
        """How the role works on a condition: with 1 where having it may make it true, -1 where it may make it false."""
        match expr:
            case Call(function=ex.AND | ex.OR, args=args):
                for arg in args:
                    yield from self.signs(arg, sign)
            case Call(function=ex.NOT, args=(inner,)):
                yield from self.signs(inner, -sign)
            case Call(function=ex.CONDITIONAL, args=(test, then, other)):
                # One is enough: each test within a test would double them otherwise.
                if next(self.signs(test), None) is not None:
                    yield from (1, -1)
                yield from self.signs(then, sign)
                yield from self.signs(other, sign)
            case _:
                found = self.known(expr)
                if found == _UNFOLLOWED:
                    yield from (1, -1)
                elif found == TRUE != expr and _of_kind(expr, "member") is None:
                    yield sign


def _of_kind(leaf: Expr, kind: str) -> Expr | None:
    match leaf:
        case Call(function=ex.IN, args=(Ident(name="principal.kind"), ListExpr(items=items))):
            return truth(Literal(kind) in items) if all(isinstance(each, Literal) for each in items) else None
        case Call(function=ex.EQUAL, args=(Ident(name="principal.kind"), Literal(value=str(value)))):
            return truth(value == kind)
        case Call(function=ex.NOT_EQUAL, args=(Ident(name="principal.kind"), Literal(value=str(value)))):
            return truth(value != kind)
    return None
