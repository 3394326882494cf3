"""What every pack should keep without saying so: claims by the meaning of its words, proved as invariants are."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, NamedTuple

from scopeguard.analysis.decisions import Answers
from scopeguard.analysis.encoding import View
from scopeguard.analysis.invariants import Check, Requests, Worlds
from scopeguard.analysis.logic import Bool, conj, neg
from scopeguard.analysis.symbols import Symbol
from scopeguard.analysis.violations import VACUOUS, Violation
from scopeguard.analysis.witnesses import Witness
from scopeguard.compiling.evaluation import outcome
from scopeguard.compiling.grants import on_resources
from scopeguard.compiling.program import Invariant, Program
from scopeguard.model.catalog import READING, Surface
from scopeguard.model.grant_set import NO_IDS
from scopeguard.model.principal import KINDS, SCOPED
from scopeguard.runtime.effective_grants import EffectiveGrants
from scopeguard.runtime.engine import Engine
from scopeguard.source import Location
from scopeguard.syntax.expression import (
    AND,
    EQUAL,
    HOLDS,
    IN,
    NOT,
    OR,
    PRESENT,
    TRUE,
    Call,
    Expr,
    Ident,
    Literal,
    Macro,
    disjunction,
)

_CEILING: Final = "keys.within-ceiling"
_NEW: Final = "new_"
_ROLES: Final = "list(role)"
"""How the attribute of the roles that somebody is to have begins, where a surface has several attributes of roles."""


def _name(text: str) -> Ident:
    return Ident(text, absolute=True)


def _not(expr: Expr) -> Expr:
    return Call(NOT, (expr,))


_OWN: Final = _name("principal.workspace")
_OTHER: Final = _name("resource.workspace")
_AT_HOME: Final = Call(AND, (Call(PRESENT, (_OWN,)), Call(PRESENT, (_OTHER,)), Call(EQUAL, (_OWN, _OTHER))))
_KEYS: Final = tuple(kind for kind in KINDS if kind in SCOPED)


class _Claim(NamedTuple):
    """What is never allowed: to some kinds, of some actions, under a condition."""

    kinds: tuple[str, ...]
    actions: tuple[str, ...]
    when: Expr


@dataclass(frozen=True)
class Proof:
    """What came of a claim: *violations* are empty where it is proved."""

    name: str
    says: str
    violations: tuple[Violation, ...]


def prove(engine: Engine, names: Iterable[str]) -> Iterator[Proof]:
    """What comes of the built-in claims of some *names*: for each rule or scope that breaks one the first request."""
    worlds = Worlds(engine)
    for name in names:
        says, claims = CLAIMS[name]
        found: dict[tuple[str, ...], Violation] = {}
        for claim in claims(worlds):
            invariant = _invariant(name, engine.program, claim)
            check = _Ceiling(worlds, invariant) if name == _CEILING else Check(worlds, invariant)
            violation = check.violation()
            if violation is not None and violation.code != VACUOUS:
                where = () if violation.decision is None else violation.decision.rules
                found.setdefault(where or (violation.message,), _placed(engine.program, violation))
        yield Proof(name, says, tuple(found.values()))


def _placed(program: Program, violation: Violation) -> Violation:
    """A violation at the place of what let the request through."""
    rules = () if violation.decision is None else violation.decision.rules
    place = next((found for rule in rules if (found := program.place(rule)) is not None), None)
    return violation if place is None else replace(violation, location=place)


def _invariant(name: str, program: Program, claim: _Claim) -> Invariant:
    place = next((rule.location for rule in program.rules), Location("", 1, 1))
    return Invariant(
        id=name, always=False, kinds=claim.kinds, scopes=None, roles=None, actions=claim.actions,
        condition=claim.when, location=place,
    )  # fmt: skip


def _tenants(worlds: Worlds) -> Iterator[_Claim]:
    yield _Claim(KINDS, tuple(worlds.engine.program.actions), _not(_AT_HOME))


def _anonymous(worlds: Worlds) -> Iterator[_Claim]:
    yield _Claim(("anonymous",), tuple(worlds.engine.program.actions), TRUE)


def _within_ceiling(worlds: Worlds) -> Iterator[_Claim]:
    yield _Claim(("api_key",), tuple(worlds.engine.program.actions), TRUE)


def _explicit(worlds: Worlds) -> Iterator[_Claim]:
    program = worlds.engine.program
    catalog = program.catalog
    for surface in (catalog.surfaces[name] for name in sorted(catalog.explicit_only)):
        for action, permission in zip(surface.actions, surface.permissions, strict=True):
            if not catalog.is_internal(permission):
                bringing = (each for each in surface.actions if action in (each, *surface.implies.get(each, ())))
                named = tuple(_by_name(f"{surface.name}:{each}") for each in bringing)
                yield _Claim(_KEYS, _about(program, permission), _not(disjunction(named)))


def _by_name(permission: str) -> Expr:
    """That a scope is held that is the permission's own, be it on one resource."""
    scopes, scope = _name("principal.scopes"), Ident("scope")
    begun = Call("startsWith", (Literal(f"{permission}/"),), target=scope)
    return Call(OR, (Call(IN, (Literal(permission), scopes)), Macro("exists", scopes, ("scope",), (begun,))))


def _by_scopes(worlds: Worlds) -> Iterator[_Claim]:
    # What a session may do with itself follows from being it.
    program = worlds.engine.program
    for permission in program.catalog.permissions:
        yield _Claim(("api_key",), _about(program, permission), _not(Call(HOLDS, (Literal(permission),))))


def _assigned(worlds: Worlds) -> Iterator[_Claim]:
    program = worlds.engine.program
    for surface in program.catalog.surfaces.values():
        for attribute in _handed_out(program, surface):
            given = _name(f"resource.{attribute}")
            changing = [each for each in surface.permissions if each.partition(":")[2] not in READING]
            actions = [each for permission in changing for each in _about(program, permission)]
            # Where some actions look at the roles, it is these that hand them out; else it is any.
            looking = tuple(each for each in actions if given.name in _read(worlds, each))
            one = Call(IN, (Ident("role"), _name("principal.assignable_roles")))
            yield _Claim(KINDS, looking or tuple(actions), _not(Macro("all", given, ("role",), (one,))))


def _handed_out(program: Program, surface: Surface) -> Sequence[str]:
    """The attributes of a surface that are the roles somebody is to have: by their name, or the only one."""
    types = program.types.resource.get(surface.name, {})
    listed = surface.assigns or tuple(each for each in sorted(types) if types[each] == _ROLES)
    return [each for each in listed if each.startswith(_NEW)] or surface.assigns[:1]


def _read(worlds: Worlds, action: str) -> Mapping[str, Symbol]:
    """The names that the rules read that deny an action to members."""
    program = worlds.engine.program
    act = program.act(action)
    if act is None:
        return {}
    view = View(worlds.of("member").world, program, act.question)
    for rule in act.denies:
        view.condition(rule.condition)
    return view.reads.symbols


def _about(program: Program, permission: str) -> tuple[str, ...]:
    """A permission and its operations."""
    operations = program.catalog.operations.values()
    return (permission, *(each.name for each in operations if each.permission == permission))


CLAIMS: Final[Mapping[str, tuple[str, Callable[[Worlds], Iterator[_Claim]]]]] = MappingProxyType({
    "tenants.closed": ("nobody is allowed anything outside of the own workspace", _tenants),
    "anonymous.nothing": ("nobody is allowed anything without a credential", _anonymous),
    "explicit.by-name": (
        "what is explicit-only is allowed to a key or a session by a scope of its surface alone", _explicit,
    ),
    "scopes.by-name": ("a key is allowed what its scopes give, and nothing by a rule beside them", _by_scopes),
    _CEILING: ("a key is allowed nothing that its ceiling does not let through", _within_ceiling),
    "roles.assignable": ("nobody hands out a role that is not within reach", _assigned),
})  # fmt: skip
"""By name, what each built-in claim says, and the parts of it."""


class _Ceiling(Check):
    """The claim that a ceiling holds, which no condition can say: none reads the ceiling."""

    def claim(self, requests: Requests, answers: Answers) -> Bool:
        """The requests that the ceiling does not let through."""
        world = requests.world
        limit = world.let_through(answers.view, answers.act.question.permission)
        return conj((neg(world.unlimited), neg(limit.true)))

    def speaks_of(self, witness: Witness) -> bool:
        """Whether the ceiling of a request does not let the permission through."""
        engine = self.worlds.engine
        act = engine.program.act(witness.action)
        if witness.principal.ceiling is None or act is None:
            return False
        permission = act.question.permission
        limit = EffectiveGrants.of(engine.program.catalog, witness.principal).limit or {}
        there = on_resources(engine.program.catalog.surfaces[act.question.surface], limit.get(permission, NO_IDS))
        env = engine.environment(witness.principal, witness.resource, witness.context, act)
        return outcome(there, env) is not True
