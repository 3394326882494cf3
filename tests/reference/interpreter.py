"""``docs/reference/decisions.md`` as a program: the meaning of a pack, step by step, with nothing remembered.

It reads policy documents and answers requests, and shares no code with the compiler and the runtime. For every single
request patterns, scopes and roles are expanded (``vocabulary.py``), each rule is looked at, and the trees of
conditions are walked (``conditions.py``, ``operators.py``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from scopeguard.documents.schema import PolicyDoc, RuleDoc
from scopeguard.errors import RequestError
from scopeguard.model.catalog import DEFAULT_STAGES
from scopeguard.model.codes import STANDARD_CODES
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.model.values import identifier
from scopeguard.syntax.parsing import parse_condition, parse_requirement
from scopeguard.syntax.scope import AllOf, AnyOf, Needs, Requirement
from tests.reference.conditions import Defined, Names, truth
from tests.reference.operators import Record
from tests.reference.vocabulary import KEYS, Held, Vocabulary, surface_of, union

CREDENTIAL_TYPES = {
    "expires_at": "timestamp", "not_before": "timestamp", "revoked": "bool", "leaked": "bool",
    "suspended": "bool", "sso": "bool", "ip_allow": "list(string)",
}  # fmt: skip


NOTHING_SAID = Context()


@dataclass(frozen=True)
class Answer:
    """What the documents say about one request."""

    effect: str
    code: str | None
    reason: str
    rules: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    stage: str | None = None
    status: int = 200
    audited: bool = False


class Question(NamedTuple):
    """One request, read."""

    principal: Principal
    permission: str
    operation: str
    surface: str
    action: str
    resource: Resource | None
    context: Context


class Reference:
    """The union of some policy documents, as they stand."""

    def __init__(self, pack_documents: Sequence[PolicyDoc]) -> None:
        catalogs = [document.catalog for document in pack_documents if document.catalog is not None]
        declared = [catalog.attributes for catalog in catalogs if catalog.attributes is not None]
        self.words = Vocabulary(pack_documents)
        self.recovery = union(document.recovery for document in pack_documents)
        self.rules: list[RuleDoc] = [rule for document in pack_documents for rule in document.rules or ()]
        self.rules.sort(key=lambda rule: rule.id)
        self.variables = union(document.variables for document in pack_documents)
        self.stages = next((catalog.stages for catalog in catalogs if catalog.stages), list(DEFAULT_STAGES))
        self.types = {
            "principal": union(each.principal for each in declared),
            "resource": union(each.resource for each in declared),
            "context": union(each.context for each in declared),
            "facts": union(each.facts for each in declared),
        }

    def decide(
        self, principal: Principal, action: str, resource: Resource | None = None, context: Context = NOTHING_SAID
    ) -> Answer:
        """The answer to one request. Raises RequestError where it is none."""
        for value, kind in ((principal, Principal), (resource, Resource | None), (context, Context)):
            if not isinstance(value, kind):
                raise RequestError(f"{value!r} is no {kind}")
        asked = identifier(action, "an action")
        operation = asked if asked in self.words.operations else ""
        permission = self.words.operations[asked].needs if operation else asked
        surface, _, verb = permission.partition(":")
        if surface not in self.words.surfaces or verb not in self.words.surfaces[surface].actions:
            return self.deny("unmapped_action", f'unknown action "{asked}"', "permission")
        if resource is not None and resource.surface != surface:
            raise RequestError("a resource of another surface")
        return self.answer(Question(principal, permission, operation, surface, verb, resource, context))

    def answer(self, question: Question) -> Answer:
        """Steps 2 to 12 for a request that is one."""
        names = self.names(question)
        targets = [(rule, self.target(rule, question, names)) for rule in self.rules if self.covers(rule, question)]
        denies = [(rule, match) for rule, match in targets if rule.effect == "deny" and match is not False]
        allows = [rule.id for rule, match in targets if rule.effect == "allow" and match is True]
        unsure = [rule.id for rule, match in targets if rule.effect == "allow" and match is None]
        allows += {held.source for held in self.words.held(question.principal)
                   if held.permission == question.permission and reaches(held, question)}  # fmt: skip
        audited = self.audited(question)
        if allows and not denies:
            ids = tuple(sorted(allows))
            return Answer("allow", None, f"granted by {', '.join(ids)}", ids, audited=audited)
        order = {stage: position for position, stage in enumerate(self.stages)}
        stages = {order[rule.stage or "permission"] for rule, _ in denies}
        first = min(stages | (set() if allows else {order["permission"]}))
        primary = [(rule, match) for rule, match in denies if order[rule.stage or "permission"] == first]
        if not primary:
            return self.nothing_grants(question, unsure, audited=audited)
        rule, match = primary[0]
        reason = rule.because or f"rule {rule.id} denies {question.permission}"
        later = [(order[rule.stage or "permission"], rule.id, rule.code) for rule, _ in denies]
        also = [code for stage, _, code in sorted(later) if stage > first > order["permission"] and code != rule.code]
        return self.deny(
            str(rule.code),
            reason if match else f"{reason} (its condition cannot be evaluated)",
            self.stages[first],
            rules=tuple(rule.id for rule, _ in primary),
            also=tuple(dict.fromkeys(also)),
            errors=tuple(rule.id for rule, match in primary if match is None),
            audited=audited,
        )

    def nothing_grants(self, question: Question, unsure: Iterable[str], *, audited: bool) -> Answer:
        """The denial of step 6."""
        kind = question.principal.kind
        holdable = self.words.holdable(question.surface, kind)
        code, needed, provided = "not_permitted", "", frozenset[str]()
        if kind in KEYS:
            explicit_only = holdable and not self.words.coarse(question.surface)
            code = "explicit_grant_required" if explicit_only else "scope_missing"
            needed, provided = question.permission, question.principal.scopes
        elif kind == "member":
            code = "member_permission_missing"
            needed = self.words.least_member_permission(question.permission)
        return self.deny(
            code,
            f"nothing grants {question.permission}",
            "permission",
            needed=(needed,) if holdable and needed else (),
            provided=tuple(sorted(provided)),
            errors=tuple(sorted(unsure)),
            audited=audited,
        )

    def deny(self, code: str, reason: str, stage: str, **parts: Any) -> Answer:
        """A denial with the status of its code."""
        status = self.recovery[code].status if code in self.recovery else STANDARD_CODES[code].status
        return Answer("deny", code, reason, stage=stage, status=status, **parts)

    def audited(self, question: Question) -> bool:
        """Whether a decision about this obliges the host to write a record."""
        by_surface = question.action in (self.words.surfaces[question.surface].audited or ())
        return by_surface or bool(question.operation and self.words.operations[question.operation].audited)

    def holds(self, requirement: Requirement, question: Question) -> bool:
        """Whether the principal holds what a rule requires."""
        match requirement:
            case AllOf(items=items):
                return all(self.holds(item, question) for item in items)
            case AnyOf(items=items):
                return any(self.holds(item, question) for item in items)
            case Needs(grant=grant):
                # A requirement with an id is about that resource, whichever one is asked about.
                return any(held.permission == grant.permission
                           and (reaches(held, question) if grant.resource_id is None
                                else held.id in (None, grant.resource_id))
                           for held in self.words.held(question.principal))  # fmt: skip

    # The rules.

    def covers(self, rule: RuleDoc, question: Question) -> bool:
        """Whether a rule is looked at: its `on` names the operation or covers the permission."""
        if rule.effect == "allow" and not self.words.holdable(question.surface, question.principal.kind):
            return False
        return any(text == question.operation if text in self.words.operations
                   else question.permission in self.words.expand(text, coarse_only=rule.effect == "allow")
                   for text in rule.on)  # fmt: skip

    def target(self, rule: RuleDoc, question: Question, names: Names) -> bool | None:
        """Whether the whole target is true; None where it cannot be evaluated."""
        parts = list(self.parts(rule, question, names))
        return False if False in parts else None if None in parts else True

    def parts(self, rule: RuleDoc, question: Question, names: Names) -> Iterator[bool | None]:
        """The parts of a target: each true, false, or None where it cannot be evaluated."""
        principal, context = question.principal, question.context
        if rule.kinds is not None:
            yield principal.kind in rule.kinds
        if rule.roles is not None:
            yield any(role in principal.roles for role in rule.roles)
        if rule.channels is not None:
            yield None if context.channel is None else context.channel in rule.channels
        if rule.environments is not None:
            yield context.environment in rule.environments
        if rule.requires is not None:
            yield self.holds(parse_requirement(rule.requires), question)
        if rule.when is not None:
            yield truth(parse_condition(rule.when), names)
        if rule.unless is not None:
            exception = truth(parse_condition(rule.unless), names)
            yield None if exception is None else not exception

    def names(self, question: Question) -> Names:
        """What the names in a condition stand for."""
        principal, resource, context = question.principal, question.resource, question.context
        own = [name for name in principal.roles if name in self.words.roles]
        held = {held.permission for held in self.words.held(principal) if held.id is None}
        roles = {name: self.words.role(name) for name in self.words.roles}
        members = {each for name in own if principal.kind == "member" for each in roles[name][0]}
        assignable = [name for name, (needs, grants) in roles.items() if needs <= members and grants <= held]
        facts = Record(context.facts, self.types["facts"])
        names: dict[str, Any] = {
            "action": question.action,
            "permission": question.permission,
            "operation": question.operation,
            "principal": record(principal.attributes, CREDENTIAL_TYPES | self.types["principal"], {
                "kind": principal.kind, "id": principal.id, "workspace": principal.workspace,
                "roles": tuple(sorted(principal.roles)), "scopes": tuple(sorted(principal.scopes)),
                "rank": max((self.words.roles[name].rank for name in own), default=0),
                "assignable_roles": tuple(sorted(assignable)),
            }),
            "resource": record(
                {} if resource is None else resource.attributes,
                self.types["resource"] | (self.words.surfaces[question.surface].attributes or {}),
                {"surface": question.surface, "id": resource and resource.id,
                 "workspace": principal.workspace if resource is None else resource.workspace}),
            "context": record(context.attributes, self.types["context"], {
                "channel": context.channel, "environment": context.environment, "now": context.now, "facts": facts}),
        }  # fmt: skip
        names["variables"] = Defined(self.variables, names)
        return names


def record(attributes: Mapping[str, Any], types: Mapping[str, str], fields: Mapping[str, Any]) -> Record:
    """Attributes and fields under one name. A field is there where it has a value; no attribute stands in for it."""
    own = {name: value for name, value in attributes.items() if name not in fields}
    return Record(own | {name: value for name, value in fields.items() if value is not None},
                  {name: kind for name, kind in types.items() if name not in fields})  # fmt: skip


def reaches(held: Held, question: Question) -> bool:
    """Whether a held permission reaches what is asked about: a narrowed one only the resource with its id."""
    if held.id is None:
        return True
    own_surface = question.surface == surface_of(held.permission)
    return own_surface and question.resource is not None and question.resource.id == held.id
