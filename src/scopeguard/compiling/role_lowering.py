"""Roles by condition: an allow rule for what one holds, and what ``holds(…)`` and ``roles`` ask about it.

Nobody is assigned such a role. A member holds it for the requests that meet its condition, so that it is a rule about
members; and a question about grants or about roles is one about the condition too.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.compiling.program import Clause, Rule, Target
from scopeguard.model.catalog import PERMISSION_STAGE, Role
from scopeguard.model.grant import Grant
from scopeguard.semantics.built_in_variables import root_of
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, Literal, conjunction, disjunction, rebuilt, walk

_KIND = Ident("principal.kind", absolute=True)
_SURFACE = Ident("resource.surface", absolute=True)
_ID = Ident("resource.id", absolute=True)
_IS_MEMBER = Call(ex.EQUAL, (_KIND, Literal("member")))


class ConditionalRoles(Struct, frozen=True):
    """The roles by condition of a pack: what each holds, and its condition."""

    roles: Mapping[str, Role]
    conditions: Mapping[str, Expr]

    @classmethod
    def of(cls, parsed: ParsedPack) -> "ConditionalRoles":
        """Those of a checked pack."""
        conditions = {
            role.entry.name: conjunction((_IS_MEMBER, role.conditions["when"])) for role in parsed.conditional_roles
        }
        return cls(parsed.catalog.conditional_roles, conditions)

    def whole(self, expr: Expr) -> Expr:
        """A condition in which what is held by a role by condition is held."""
        if not self.conditions:
            return expr
        match expr:
            case Call(function=ex.HOLDS, args=(Literal(value=str(text)),)):
                return disjunction((expr, *self._holding(text)))
        return rebuilt(expr, self.whole)

    def _holding(self, text: str) -> Iterator[Expr]:
        grant = Grant.parse(text)
        for name, role in sorted(self.roles.items()):
            if grant.permission not in role.permissions:
                continue
            condition = self.conditions[name]
            # What holds of the resource that is asked about says nothing of one of another surface, or of another id.
            there = _is(_SURFACE, grant.surface)
            if not _reads_resource(condition):
                yield condition
            elif grant.resource_id is None:
                yield conjunction((there, condition))
            elif grant.parent is None:
                yield conjunction((there, Call(ex.PRESENT, (_ID,)), _is(_ID, grant.resource_id), condition))


def _is(name: Ident, value: str) -> Expr:
    return Call(ex.EQUAL, (name, Literal(value)))


def _reads_resource(condition: Expr) -> bool:
    return any(
        isinstance(node, Ident) and node.absolute and root_of(node.name) == "resource" for node in walk(condition)
    )


def lower_role(parsed: ParsedPack, role: ParsedRule, conditions: ConditionalRoles) -> Rule:
    """The rule that allows what a role by condition holds."""
    name, entry, catalog = role.entry.name, role.entry, parsed.catalog
    when = Clause("when", role.conditions["when"], role.written["when"].tree)
    held: dict[str, set[str]] = {}
    for permission in catalog.conditional_roles[name].permissions:
        surface, _, action = permission.partition(":")
        held.setdefault(surface, set()).add(action)
    return Rule(
        id=f"role:{name}",
        effect="allow",
        targets=tuple(Target(surface=surface, actions=frozenset(actions)) for surface, actions in sorted(held.items())),
        condition=conditions.conditions[name],
        stage=catalog.stages.index(PERMISSION_STAGE),
        code=None,
        because=entry.content.because,
        location=entry.document.locate(entry.path, key=True),
        clauses=(Clause("kinds", _IS_MEMBER, _IS_MEMBER), when),
    )
