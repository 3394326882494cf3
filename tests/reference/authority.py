"""Which roles a principal may hand out: ``docs/reference/policy-files.md`` on ``principal.assignable_roles``, as a program.

A condition is logic over leaves. Of what somebody may do only the leaves matter that look at roles, grants and kinds;
every other leaf is the same for whoever hands out and whoever receives, and stays as it is written.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from scopeguard.documents.schema import RuleDoc
from scopeguard.model.principal import Principal
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal, Macro, Select, children, rebuilt, walk
from scopeguard.syntax.parser import parse_condition, parse_requirement
from scopeguard.syntax.requirement import AllOf, AnyOf, Needs, Requirement
from tests.reference.conditions import evaluate
from tests.reference.records import Record
from tests.reference.values import NoValue
from tests.reference.vocabulary import Vocabulary

Left = Any
"""What is left of a condition: True, False, or a nested tuple of what is open."""
Leaf = Callable[[Expr], Left]

SUITS = "as it suits"
"""A leaf that depends on all roles of whoever receives one."""
FREE = Ident(SUITS)
"""One that asks for roles over roles, where these may be other ones for whoever receives than for whoever gives."""
OTHERS = "as the others make it"
"""The same where a role on one resource is not among those that it depends on."""


class Target(NamedTuple):
    """The target of a rule as one condition, and what of a principal it looks at."""

    tree: Expr
    looks_at: frozenset[str]


class Action(NamedTuple):
    """A permission, or an operation under it, with the rules that speak of it."""

    name: str
    permission: str
    allows: Sequence[Target]
    denies: Sequence[Target]


class Authority:
    """The roles of a pack, and what its rules say of them. What follows for a principal is worked out once."""

    def __init__(self, words: Vocabulary, rules: Sequence[RuleDoc], variables: Mapping[str, str]) -> None:
        self.words = words
        self.variables = variables
        self.actions = list(self.touched(rules))
        self.known: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def touched(self, rules: Sequence[RuleDoc]) -> Iterator[Action]:
        """Every permission and operation with its rules."""
        permissions = {f"{name}:{verb}": "" for name, doc in self.words.surfaces.items() for verb in doc.actions}
        operations = {name: doc.needs for name, doc in self.words.operations.items()}
        trees = {rule.id: self.target(rule) for rule in rules}
        targets = {name: Target(tree, frozenset(reads(tree))) for name, tree in trees.items()}
        covered = {rule.id: {text: self.words.expand(text, coarse_only=rule.effect == "allow")
                             for text in rule.on if text not in operations} for rule in rules}  # fmt: skip
        for action, needs in (permissions | operations).items():
            permission = needs or action
            about = [rule for rule in rules if any(
                text == action if text in operations else permission in covered[rule.id][text] for text in rule.on)]  # fmt: skip
            yield Action(action, permission, [targets[rule.id] for rule in about if rule.effect == "allow"],
                         [targets[rule.id] for rule in about if rule.effect == "deny"])  # fmt: skip

    def rank(self, principal: Principal) -> int:
        """The highest rank of its roles."""
        return max((self.words.roles[name].rank for name in principal.roles if name in self.words.roles), default=0)

    def superior(self, principal: Principal, named: Iterable[str]) -> tuple[str, ...]:
        """The roles above *principal*, sorted; of those on one resource, the ones that are *named*."""
        rank, roles = self.rank(principal), self.words.roles
        held = {each.permission for each in self.words.held(principal) if not each.only}
        more = {name: {each for each in self.words.by_role[name][1]
                       if self.words.holdable(each.partition(":")[0], "member")} - held for name in roles}  # fmt: skip
        higher = {each for name, role in roles.items() if role.rank > rank for each in more[name]}
        found = [name for name, role in roles.items() if more[name] and (role.rank >= rank or more[name] & higher)]
        return tuple(sorted([*found, *(text for text in named if self.is_above(principal, text))]))

    def is_above(self, principal: Principal, binding: str) -> bool:
        """Whether a role on one resource is above *principal* there."""
        if not self.exists(binding):
            return False
        name, _, _ = binding.partition("/")
        roles, held = self.words.roles, self.held_there(principal, binding)
        rank = max([self.rank(principal), *(roles[each].rank for each in self.roles_there(principal, binding))])
        lacks = {each: {one for one in self.words.by_role[each][1] if self.words.holdable(one.partition(":")[0], "member")}
                 for each in roles}  # fmt: skip
        more = {each for each in lacks[name] if self.only(each, binding) and (each, ()) not in held}
        higher = {one for each, role in roles.items() if role.rank > rank for one in lacks[each]}
        return bool(more) and (roles[name].rank >= rank or bool(more & higher))

    def exists(self, binding: str) -> bool:
        """Whether there is a role on one resource."""
        name, _, on = binding.partition("/")
        return name in self.words.roles and self.words.nameable(on.partition(":")[0])

    def only(self, permission: str, binding: str) -> list[tuple[str, ...]]:
        """What a permission of a role on one resource is narrowed to; nothing where it is about something else."""
        _, _, on = binding.partition("/")
        return [(only,) for only in self.words.narrowed(permission, on)]

    def roles_there(self, principal: Principal, binding: str) -> list[str]:
        """The roles that a member has on the resource of a role."""
        _, _, on = binding.partition("/")
        return [name for name in self.words.roles if principal.kind == "member" and f"{name}/{on}" in principal.roles]

    def held_there(self, principal: Principal, binding: str) -> set[tuple[str, tuple[str, ...]]]:
        """What *principal* holds where a role is: what it holds there counts as held everywhere."""
        held = {(each.permission, each.only) for each in self.words.held(principal)}
        permissions = {permission for permission, _ in held}
        there = {each for each in permissions if self.only(each, binding)
                 and all(any({*only} <= {*wanted} for name, only in held if name == each)
                         for wanted in self.only(each, binding))}  # fmt: skip
        return held | {(each, ()) for each in there}

    def assignable(self, principal: Principal, named: Iterable[str]) -> tuple[str, ...]:
        """The roles that *principal* may hand out, sorted; of those on one resource, the ones that are *named*."""
        key = (principal.kind, principal.scopes, principal.roles, principal.ceiling)
        if key not in self.known:
            self.known[key] = tuple(self.assignable_anew(principal))
        return tuple(sorted([*self.known[key], *(text for text in named if self.is_assignable(principal, text))]))

    def is_assignable(self, principal: Principal, binding: str) -> bool:
        """Whether *principal* may hand out a role on one resource: it may do itself what the role lets do there."""
        if not self.exists(binding):
            return False
        needs, grants = self.words.by_role[binding.partition("/")[0]]
        own = [name for name in principal.roles if name in self.words.roles and principal.kind == "member"]
        members = {
            each for name in (*own, *self.roles_there(principal, binding)) for each in self.words.by_role[name][0]
        }
        held, there = self.held_there(principal, binding), {each for each in grants if self.only(each, binding)}
        everywhere = {(each.permission, each.only) for each in self.words.held(principal)}
        role, ranks = self.words.roles[binding.partition("/")[0]], self.roles_there(principal, binding)
        rank = max([self.rank(principal), *(self.words.roles[each].rank for each in ranks)])
        # By its name, and by grants on one resource, a rule gives elsewhere too, where it holds nothing itself.
        return (
            needs <= members
            and self.is_below(principal, role.rank, rank, there, held)
            and all(
                self.covers(principal, held, binding, there, each)
                and self.covers(principal, everywhere, binding, set(), each, elsewhere=True)
                for each in self.actions
            )
        )

    def assignable_anew(self, principal: Principal) -> Iterator[str]:
        """The roles that *principal* may hand out."""
        own = [name for name in principal.roles if name in self.words.roles and principal.kind == "member"]
        members = {each for name in own for each in self.words.by_role[name][0]}
        held = {(each.permission, each.only) for each in self.words.held(principal)}
        for name in self.words.roles:
            needs, grants = self.words.by_role[name]
            if (
                needs <= members
                and self.is_below(principal, self.words.roles[name].rank, self.rank(principal), grants, held)
                and all(self.covers(principal, held, name, grants, each) for each in self.actions)
            ):
                yield name

    def is_below(
        self, principal: Principal, rank: int, own: int, grants: set[str], held: set[tuple[str, tuple[str, ...]]]
    ) -> bool:
        """Whether a role puts nobody above those that its giver is not above, where that matters to the giver."""
        brought = {each for each in grants if self.words.holdable(each.partition(":")[0], "member")}
        if (rank <= own or rank == min(each.rank for each in self.words.roles.values())) and all(
            (each, ()) in held for each in brought
        ):
            return True
        asking = [
            each
            for each in self.actions
            if any("superior_roles" in rule.looks_at for rule in (*each.allows, *each.denies))
        ]
        return not any(self.may_do(principal, each) for each in asking)

    def may_do(self, principal: Principal, action: Action) -> bool:
        """Whether a grant, or a rule in some circumstances, lets a principal do something."""
        surface = action.permission.partition(":")[0]
        held = {(each.permission, each.only) for each in self.words.held(principal)}
        mine = self.of_actor(principal, held, surface)
        allowing = [rule for rule in action.allows if self.fold(rule.tree, mine) is not False]
        return self.words.holdable(surface, principal.kind) and (
            bool(allowing) or any(name == action.permission for name, _ in held)
        )

    def barred(self, action: str) -> frozenset[str]:
        """The roles that a rule denies an action, because of what it says of roles and grants."""
        denies = [rule.tree for each in self.actions if each.name == action for rule in each.denies
                  if {"roles", "rank", "holds"} & rule.looks_at]  # fmt: skip
        return frozenset(name for name in self.words.roles for tree in denies
                         if self.fold(tree, self.of_holder(name, self.words.by_role[name][1], "")) is True)  # fmt: skip

    def covers(
        self,
        principal: Principal,
        held: set[tuple[str, tuple[str, ...]]],
        role: str,
        grants: set[str],
        action: Action,
        *,
        elsewhere: bool = False,
    ) -> bool:
        """Whether the principal may do what a role lets its holders do of one action."""
        surface = action.permission.partition(":")[0]
        theirs = self.of_holder(role, grants, surface, elsewhere=elsewhere)
        mine = self.of_actor(principal, held, surface)
        relevant = {"roles", "rank", "holds"} | (set() if principal.kind == "member" else {"kind"})
        denies = [rule.tree for rule in action.denies
                  if relevant & rule.looks_at or compared(rule.tree, -1) != rule.tree]  # fmt: skip
        allows = [rule.tree for rule in action.allows if self.words.holdable(surface, "member")]
        if any(self.fold(compared(tree, -1), theirs) is True for tree in denies):
            return True
        more = [tree for tree in allows if self.fold(compared(tree, 1), theirs) is not False
                and 1 in signs(compared(tree, 1), theirs)]  # fmt: skip
        easing = [tree for tree in denies if -1 in signs(tree, theirs)]
        if not action.allows and not any(action.permission in self.words.by_role[name][1] for name in self.words.roles):
            easing = []
        granted = action.permission in grants
        if not (granted or more or easing):
            return True
        own = [rule.tree for rule in action.allows if self.words.holdable(surface, principal.kind)]
        outright = (action.permission, ()) in held or any(self.fold(tree, mine) is True for tree in own)
        alike = (
            not granted
            and not easing
            and all(implies(self.fold(compared(tree, 1), theirs), self.fold(tree, mine)) for tree in more)
        )
        alone = self.of_holder(role, grants, surface, alone=True, elsewhere=elsewhere)
        return (outright or alike) and all(
            implies(
                opposite(self.fold(compared(tree, -1), theirs if tree in easing else alone)),
                opposite(self.fold(tree, mine)),
            )
            for tree in denies
        )

    def is_of_all(self, leaf: Expr, surface: str) -> bool:
        """Whether the name of a role on one resource makes a leaf true of others: it does not ask for one on that very one."""
        match leaf:
            case Call(
                function="@in",
                args=(
                    Call(function="_+_", args=(Literal(value=str(start)), Select(Ident(name="resource"), name=name))),
                    Select(operand=Ident(name="principal"), name="roles"),
                ),
            ):
                return not any(start.endswith(f"/{on}:") for on, at in self.naming(surface) if at == name)
        return "roles" in reads(leaf)

    def naming(self, surface: str) -> Iterator[tuple[str, str]]:
        """The surfaces on which a role counts in questions about one, each with the attribute that has the id there."""
        yield surface, "id"
        yield from ((above, attribute) for above, (attribute, _) in self.words.parents(surface).items())

    def gives(self, role: str, grants: set[str], text: str, surface: str) -> bool:
        """Whether a role makes ``holds(text)`` true where a resource of *surface* is asked about."""
        permission, _, only = text.partition("/")
        if "/" not in role:
            return permission in grants
        if only:
            return permission in self.words.by_role[role.partition("/")[0]][1] and (only,) in self.only(
                permission, role
            )
        return permission in grants and permission.partition(":")[0] == surface

    def of_holder(
        self, role: str, grants: set[str], surface: str, *, alone: bool = False, elsewhere: bool = False
    ) -> Leaf:
        """What is known of a member who has *role*, whatever else it has; with *alone* it has nothing else."""

        def leaf(tree: Expr) -> Left:
            match tree:
                case Call(
                    function="@in",
                    args=(Literal(value=str(name)), Select(operand=Ident(name="principal"), name="roles")),
                ):
                    return name == role or (tree if not alone else False)
                case Call(function="holds", args=(Literal(value=str(text)),)):
                    return self.gives(role, grants, text, surface) or (tree if not alone else False)
            if kinds(tree):
                return decided(tree, Record({"kind": "member"}, {}))
            if tree == FREE:
                return SUITS
            if not {"roles", "rank", "holds"} & {*reads(tree)}:
                return tree
            asked = [node.args[0] for node in walk(tree) if isinstance(node, Call) and node.function == "holds"]
            given = any(
                self.gives(role, grants, str(each.value), surface) for each in asked if isinstance(each, Literal)
            )
            return SUITS if not elsewhere or self.is_of_all(tree, surface) or given else OTHERS

        return leaf

    def of_actor(self, principal: Principal, held: set[tuple[str, tuple[str, ...]]], surface: str) -> Leaf:
        """What is known of whoever hands a role out."""
        ranks = [self.words.roles[name].rank for name in principal.roles if name in self.words.roles]
        own = {"kind": principal.kind, "roles": tuple(sorted(principal.roles)),
               "rank": max(ranks, default=0) if principal.kind == "member" else 0}  # fmt: skip

        def leaf(tree: Expr) -> Left:
            match tree:
                case Call(function="holds", args=(Literal(value=str(text)),)):
                    permission, _, only = text.partition("/")
                    mine = {each.only for each in self.words.held(principal) if each.permission == permission}
                    if only:
                        return any({*one} <= {only} for one in mine)
                    if permission.partition(":")[0] != surface:
                        return () in mine
                    ids = {one for name, one in held if name == permission}
                    return True if () in ids else tree if ids else False
            if kinds(tree) or ({*reads(tree)} and {*reads(tree)} <= {"kind", "roles", "rank"}):
                return decided(tree, Record(own, {}))
            return tree

        return leaf

    def fold(self, tree: Expr, leaf: Leaf) -> Left:
        """What is left of a condition."""
        match tree:
            case Call(function="_&&_" | "_||_" as function, args=args):
                decisive = function == "_||_"
                parts: dict[Left, None] = {}
                for part in (self.fold(arg, leaf) for arg in args):
                    inner = part[1:] if isinstance(part, tuple) and part[0] == function else (part,)
                    parts.update(dict.fromkeys(each for each in inner if each is not (not decisive)))
                if any(each is decisive for each in parts):
                    return decisive
                return (not decisive) if not parts else next(iter(parts)) if len(parts) == 1 else (function, *parts)
            case Call(function="!_", args=(inner,)):
                part = self.fold(inner, leaf)
                return not part if isinstance(part, bool) else ("!", part)
            case Call(function="_?_:_", args=(test, then, other)):
                found = self.fold(test, leaf)
                if isinstance(found, bool):
                    return self.fold(then if found else other, leaf)
                return ("?", found, self.fold(then, leaf), self.fold(other, leaf))
            case Literal(value=bool() as value):
                return value
        return leaf(tree)

    def target(self, rule: RuleDoc) -> Expr:
        """The whole target as one condition, its variables put in."""
        texts = [f"principal.kind in {rule.kinds}"] if rule.kinds is not None else []
        if rule.roles is not None:
            texts.append(" || ".join(f'principal.kind == "member" && ({self.words.conditional[role].when})'
                                     if role in self.words.conditional else f'"{role}" in principal.roles'
                                     for role in rule.roles))  # fmt: skip
        texts += [f"context.channel in {rule.channels}"] if rule.channels is not None else []
        texts += [f"context.environment in {rule.environments}"] if rule.environments is not None else []
        trees = [parse_condition(text.replace("'", '"')) for text in texts]
        if rule.requires is not None:
            trees.append(required(parse_requirement(rule.requires)))
        trees += [parse_condition(rule.when)] if rule.when is not None else []
        trees += [Call("!_", (parse_condition(rule.unless),))] if rule.unless is not None else []
        return Call("_&&_", tuple(self.whole(tree) for tree in trees))

    def whole(self, tree: Expr) -> Expr:
        """A condition with its variables put in."""
        match tree:
            case Select(operand=Ident(name="variables"), name=name, test=False) if name in self.variables:
                return self.whole(parse_condition(self.variables[name]))
            case Call(function="holds", args=(Literal(value=str(text)),)):
                more = tuple(self.by_condition(text))
                return Call("_||_", (tree, *more)) if more else tree
            case (Call(function="contains" | "intersects", target=Ident(name="sets"), args=(Select() as roles, ListExpr(items=items)))
                  | Call(function="intersects", target=Ident(name="sets"), args=(ListExpr(items=items), Select() as roles))
                  ) if {*reads(roles)} <= {"roles", *LISTS} and items and all(isinstance(item, Literal) for item in items):  # fmt: skip
                # Of the roles as a set each name is asked.
                return Call(
                    "_&&_" if tree.function == "contains" else "_||_",
                    tuple(Call("@in", (item, roles)) for item in items),
                )
        return rebuilt(tree, self.whole)

    def by_condition(self, text: str) -> Iterator[Expr]:
        """The conditions under which roles by condition hold a grant."""
        permission, _, only = text.partition("/")
        for name, doc in sorted(self.words.conditional.items()):
            if permission in self.words.by_role[name][1]:
                there = [
                    f'resource.surface == "{permission.partition(":")[0]}"',
                    *([f'resource.id == "{only}"'] * bool(only)),
                ]
                where = there if self.reads_resource(parse_condition(doc.when)) else []
                text = " && ".join(['principal.kind == "member"', *where, f"({doc.when})"])
                yield self.whole(parse_condition(text))

    def reads_resource(self, tree: Expr) -> bool:
        """Whether a condition reads what is asked about."""
        tree = self.whole(tree)
        return any(isinstance(node, Ident) and node.name == "resource" for node in walk(tree))


def implies(one: Left, other: Left) -> bool:
    """Whether *other* is true wherever *one* is, of ten leaves at most; of more only where it is plain.

    What *other* asks for both ways counts as two, for it may be that it has no value, and neither way is true then.
    """
    if one is False or other is True or one == other:
        return True
    found = [*dict.fromkeys([*leaves(one), *leaves(other)])]
    two_sided = {*helpful(other, True)} & {*helpful(other, False)}
    if len(found) + len(two_sided) > 10:
        return False
    choices = ((False, True, None) if leaf in two_sided else (False, True) for leaf in found)
    cases = (dict(zip(found, case, strict=True)) for case in product(*choices))
    return all(value(other, known) is True or value(one, known) is not True for known in cases)


def opposite(left: Left) -> Left:
    """That a rule which denies lets pass: what it cannot tell of it does not."""
    match left:
        case bool():
            return not left
        case ("!", part):
            return part
    return ("!", left)


def leaves(left: Left) -> Iterator[Left]:
    """What is open of what is left."""
    if isinstance(left, tuple) and left[0] in ("_&&_", "_||_", "!", "?"):
        for part in left[1:]:
            yield from leaves(part)
    elif not isinstance(left, bool):
        yield left


def helpful(left: Left, truth: bool) -> Iterator[Left]:
    """The leaves of which being true, or false with another *truth*, may make what is left true."""
    match left:
        case ("_&&_" | "_||_", *parts):
            for part in parts:
                yield from helpful(part, truth)
        case ("!", part):
            yield from helpful(part, not truth)
        case ("?", test, then, other):
            yield from (*leaves(test), *helpful(then, truth), *helpful(other, truth))
        case _ if truth:
            yield from leaves(left)


def value(left: Left, known: Mapping[Left, bool | None]) -> bool | None:
    """What comes of what is left where its leaves are known; None for no value."""
    match left:
        case ("_&&_", *parts):
            found = [value(part, known) for part in parts]
            return False if False in found else None if None in found else True
        case ("_||_", *parts):
            found = [value(part, known) for part in parts]
            return True if True in found else None if None in found else False
        case ("!", part):
            inner = value(part, known)
            return None if inner is None else not inner
        case ("?", test, then, other):
            chosen = value(test, known)
            return None if chosen is None else value(then if chosen else other, known)
    return left if isinstance(left, bool) else known[left]


def signs(tree: Expr, leaf: Leaf, sign: int = 1) -> set[int]:
    """1 where having the role may make a condition true, -1 where having it may make it false."""
    match tree:
        case Call(function="_&&_" | "_||_", args=args):
            return set().union(*(signs(arg, leaf, sign) for arg in args))
        case Call(function="!_", args=(inner,)):
            return signs(inner, leaf, -sign)
        case Call(function="_?_:_", args=(test, then, other)):
            return ({1, -1} if signs(test, leaf) else set()) | signs(then, leaf, sign) | signs(other, leaf, sign)
    found = leaf(tree)
    return {1, -1} if found is SUITS else {sign} if found is True and not kinds(tree) else set()


LISTS = {"assignable_roles": 1, "superior_roles": -1}
"""1 for the list that is the longer one of whoever gives a role, -1 for the one that is the longer one of who receives."""


def compared(tree: Expr, wanted: int) -> Expr:
    """A condition with ``FREE`` for what asks for roles over roles, but where it turns out as *wanted*.

    1: true of who gives where it is true of who receives; -1: the other way round.
    """
    match tree:
        case Call(function="_&&_" | "_||_", args=args):
            return Call(tree.function, tuple(compared(arg, wanted) for arg in args))
        case Call(function="!_", args=(inner,)):
            return Call("!_", (compared(inner, -wanted),))
        case Call(function="_?_:_", args=(test, then, other)):
            return Call("_?_:_", (compared(test, 0), compared(then, wanted), compared(other, wanted)))
    return tree if ways(tree) <= {wanted} else FREE


def ways(tree: Expr) -> set[int]:
    """The ways in which roles over roles make a condition true: 1 where of who gives more often, -1 of who receives."""
    match tree:
        case Call(function="_&&_" | "_||_", args=args):
            return set().union(*map(ways, args))
        case Call(function="!_", args=(inner,)):
            return {-way for way in ways(inner)}
        case Call(function="@in", args=(item, Select(operand=Ident(name="principal"), name=name))) if name in LISTS:
            return {LISTS[name]} if not asks_over(item) else {1, -1}
        case Macro(kind="all" | "exists", operand=operand, variables=(_,), body=(body,)):
            longer = -1 if tree.kind == "all" else 1
            return {longer * way for way in of_list(operand)} | ways(body)
        case Call(function="contains", target=Ident(name="sets"), args=(whole, part)):
            return of_list(whole) | {-way for way in of_list(part)}
        case Call(function="intersects", target=Ident(name="sets"), args=(one, other)):
            return of_list(one) | of_list(other)
    return {1, -1} if asks_over(tree) else set()


def of_list(tree: Expr) -> set[int]:
    """1 for a list that is the longer one of whoever gives, -1 of who receives; both where that is not told."""
    match tree:
        case Select(operand=Ident(name="principal"), name=name) if name in LISTS:
            return {LISTS[name]}
    return {1, -1} if asks_over(tree) else set()


def asks_over(tree: Expr) -> bool:
    """Whether an expression reads roles over roles."""
    return any(isinstance(node, Select) and node.operand == Ident("principal") and node.name in LISTS
               for node in walk(tree))  # fmt: skip


def required(requirement: Requirement) -> Expr:
    """A requirement as a condition."""
    match requirement:
        case Needs(grant=grant):
            return Call("holds", (Literal(str(grant)),))
        case AllOf(items=items):
            return Call("_&&_", tuple(map(required, items)))
        case AnyOf(items=items):
            return Call("_||_", tuple(map(required, items)))


def reads(tree: Expr) -> Iterator[str]:
    """What a condition reads: ``roles`` for ``principal.roles``, ``holds`` for grants, a word of its own for the rest."""
    match tree:
        case Select(operand=Ident(name="principal"), name=name):
            yield name
        case Call(function="holds"):
            yield "holds"
        case Ident(name=name):
            yield f"{name}."
        case Select(operand=operand):
            yield from reads(operand)
        case Macro(operand=operand, variables=variables, body=body):
            yield from reads(operand)
            yield from (name for part in body for name in reads(part) if name.removesuffix(".") not in variables)
        case _:
            for part in children(tree):
                yield from reads(part)


def kinds(tree: Expr) -> bool:
    """Whether a leaf compares the kind of who asks with kinds."""
    match tree:
        case Call(function="_==_" | "_!=_", args=(Select(operand=Ident(name="principal"), name="kind"), Literal())):
            return True
        case Call(function="@in", args=(Select(operand=Ident(name="principal"), name="kind"), ListExpr(items=items))):
            return all(isinstance(item, Literal) for item in items)
    return False


def decided(tree: Expr, principal: Record) -> Left:
    """The truth of a leaf about a principal; what it is called where it has none."""
    try:
        found = evaluate(tree, {"principal": principal})
    except NoValue:
        return ("no value", tree)
    return found if isinstance(found, bool) else ("no value", tree)
