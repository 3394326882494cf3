"""``docs/reference/decisions.md`` as a program: the meaning of a pack, step by step, with nothing remembered.

It reads policy documents and answers requests, and shares no code with the compiler and the runtime. For every single
request patterns, scopes and roles are expanded (``vocabulary.py``), each rule is looked at, and the trees of
conditions are walked (``conditions.py``, ``operators.py``).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scopeguard.documents.facts import GateDoc
from scopeguard.documents.schema import PolicyDoc, RuleDoc
from scopeguard.errors import RequestError
from scopeguard.model.catalog import DEFAULT_STAGES
from scopeguard.model.grant import Grant
from scopeguard.model.input_validation import identifier
from scopeguard.model.principal import Principal
from scopeguard.model.request import Context, Resource
from scopeguard.syntax.expression import Expr, Ident, Select
from scopeguard.syntax.parser import parse_condition, parse_requirement
from scopeguard.syntax.requirement import AllOf, AnyOf, Needs, Requirement
from tests.reference.answers import Answer, Question, Spoken
from tests.reference.authority import Authority
from tests.reference.conditions import Defined, Names, conjunction, disjunction, evaluate, fitting, known, truth
from tests.reference.gates import ADVICE, CODES, Facts, Gate, kind_of, types_of
from tests.reference.records import Record, fields
from tests.reference.values import NoValue
from tests.reference.vocabulary import KEYS, Held, Vocabulary, surface_of, union
from tests.reference.wording import Registry, Words

CREDENTIAL_TYPES = {
    "expires_at": "timestamp", "not_before": "timestamp", "revoked": "bool", "leaked": "bool",
    "suspended": "bool", "sso": "bool", "ip_allow": "list(cidr)",
}  # fmt: skip
ROLE = "[a-z][a-z0-9_]{0,47}"
BINDING = f"{ROLE}/{ROLE}:[A-Za-z0-9._~-]{{1,128}}"
NOTHING_SAID = Context()


class Reference:
    """The union of some policy documents, as they stand."""

    def __init__(self, pack_documents: Sequence[PolicyDoc]) -> None:
        catalogs = [document.catalog for document in pack_documents if document.catalog]
        declared = [catalog.attributes for catalog in catalogs if catalog.attributes]
        self.words = Vocabulary(pack_documents)
        self.registry = Registry(pack_documents, self.words)
        self.gates: list[GateDoc] = [gate for document in pack_documents for gate in document.gates or ()]
        self.age = next((catalog.facts_max_age for catalog in catalogs if catalog.facts_max_age), None)
        self.rules: list[RuleDoc] = [rule for document in pack_documents for rule in document.rules or ()]
        self.rules += self.words.as_rules()
        self.rules.sort(key=lambda rule: rule.id)
        self.variables = union(document.variables for document in pack_documents)
        self.authority = Authority(self.words, self.rules, self.variables)
        written = [
            *self.variables.values(),
            *(each for rule in self.rules for each in (rule.when, rule.unless) if each),
        ]
        self.asked = {text for each in written for text in re.findall(f"[\"']({BINDING})[\"']", each)}
        stages = next((catalog.stages for catalog in catalogs if catalog.stages), list(DEFAULT_STAGES))
        # Only the rules beneath every pack stand in stages that the pack does not list: those come first.
        unlisted = {rule.stage for rule in self.rules} - {None, *stages}
        self.stages = [*(stage for stage in DEFAULT_STAGES if stage in unlisted), *stages]
        providers = [kind for catalog in catalogs for kind in catalog.providers or ()]
        self.types: dict[str, dict[str, Any]] = {
            "principal": fields(union(each.principal for each in declared)),
            "resource": fields(union(each.resource for each in declared)),
            "context": {"ip": "ip"} | fields(union(each.context for each in declared)),
            "facts": fields(union(each.facts for each in declared)) | types_of(self.registry.meters, providers),
        }

    def decide(
        self, principal: Principal, action: str, resource: Resource | None = None, context: Context = NOTHING_SAID
    ) -> Answer:
        """The answer to one request. Raises RequestError where it is none."""
        for value, kind in ((principal, Principal), (resource, Resource | None), (context, Context)):
            if not isinstance(value, kind):
                raise RequestError(f"{value!r} is no {kind}")
        self.words.refuse_unknown(principal, context, self.types)
        asked = identifier(action, "an action")
        asked = self.words.called.get(asked, asked)
        operation = asked if asked in self.words.operations else ""
        permission = self.words.operations[asked].needs if operation else asked
        surface, _, verb = permission.partition(":")
        if surface not in self.words.surfaces or verb not in self.words.surfaces[surface].actions:
            words = Words(asked, Facts({}))
            return self.deny("unmapped_action", f'unknown action "{asked}"', "permission", words)
        if resource is not None and resource.surface != surface:
            raise RequestError("a resource of another surface")
        return self.answer(Question(principal, permission, operation, surface, verb, resource, context))

    def answer(self, question: Question) -> Answer:
        """Steps 2 to 16 for a request that is one."""
        names = self.names(question)
        order = {stage: position for position, stage in enumerate(self.stages)}
        targets = [(rule, self.target(rule, question, names)) for rule in self.rules if self.covers(rule, question)]
        spoken: list[tuple[str, Spoken]] = [(rule.effect, Spoken(rule.id, order[rule.stage or "permission"], rule.code or "", match, rule.because))
                  for rule, match in targets if match is not False]  # fmt: skip
        spoken += [each for gate in self.gates if question.operation in gate.on
                   for each in self.gate(gate, question, names, order)]  # fmt: skip
        spoken.sort(key=lambda each: (each[1].stage, each[1].given != each[1].code, each[1].id, each[1].code))
        denies = [each for effect, each in spoken if effect == "deny"]
        allows = [each.id for effect, each in spoken if effect == "allow" and each.match]
        unsure = [each.id for effect, each in spoken if effect == "allow" and each.match is None]
        mine = [held for held in self.words.held(question.principal) if held.permission == question.permission]
        allows += {held.source for held in mine if self.reaches(held, question)}
        audit = self.audit(question)
        if allows and not denies:
            ids = tuple(sorted(allows))
            advises = [each for effect, each in spoken if effect == "advise" and (each.match or each.failing)]
            advice = tuple(dict.fromkeys((each.given, self.text(each, question, names)) for each in advises))
            return Answer("allow", None, f"granted by {', '.join(ids)}", ids, advice=advice,
                          redact=self.redact(question), obligations=audit + self.metering(question))  # fmt: skip
        permission = order["permission"]
        first = min({each.stage for each in denies} | (set() if allows else {permission}))
        primary = [each for each in denies if each.stage == first]
        if not primary:
            return self.nothing_grants(question, unsure, obligations=audit)
        rule = primary[0]
        reason = rule.because or f"rule {rule.id} denies {question.permission}"
        if rule.match is None:
            reason = (f"what {rule.id} depends on is missing, stale or malformed" if rule.failing
                      else f"{reason} (its condition cannot be evaluated)")  # fmt: skip
        others = [each.given for each in denies if first > permission and each.given != rule.given]
        gates = [each.gate for each in primary if each.gate and each.match and each.given == rule.given]
        return self.deny(
            rule.given,
            reason,
            self.stages[first],
            Words(question.permission, Facts(question.context.facts), (), gates, self.barred(question)),
            names=names,
            rules=tuple(sorted(each.id for each in primary)),
            also=tuple(dict.fromkeys(others)),
            errors=tuple(sorted(each.id for each in primary if each.match is None)),
            obligations=audit,
        )

    def nothing_grants(self, question: Question, unsure: Iterable[str], **parts: Any) -> Answer:
        """The denial of step 6."""
        kind = question.principal.kind
        holdable = self.words.holdable(question.surface, kind)
        code, needed, provided = "not_permitted", "", frozenset[str]()
        internal = self.words.internal(question.permission)
        if kind in KEYS:
            scope = self.words.least_scope(question.permission, kind)
            if not internal or (holdable and scope):
                explicit_only = holdable and not self.words.coarse(question.surface)
                code = "explicit_grant_required" if explicit_only else "scope_missing"
            needed, provided = scope or "", question.principal.scopes
        elif kind == "member" and not internal:
            code = "member_permission_missing"
            needed = self.words.least_member_permission(question.permission)
        lacked = (needed,) if holdable and needed else ()
        return self.deny(
            code,
            f"nothing grants {question.permission}{self.untold(question)}",
            "permission",
            Words(question.permission, Facts(question.context.facts), lacked, (), self.barred(question)),
            needed=lacked,
            provided=tuple(sorted(provided)),
            errors=tuple(sorted(unsure)),
            **parts,
        )

    def barred(self, question: Question) -> frozenset[str]:
        """The roles that are no help, for a rule denies them this."""
        return self.authority.barred(question.operation or question.permission)

    def deny(
        self, code: str, reason: str, stage: str, words: Words, *, names: Names | None = None, **parts: Any
    ) -> Answer:
        """A denial with the status of its code and what it says; *names* where a rule gave it."""
        text = self.registry.text(code, words, fits=None if names is None else fitting(names))
        return Answer("deny", code, reason, stage=stage, status=self.registry.status(code), remedy=text,
                      meter=words.meter, providers=words.providers, retry_at=words.retry_at, **parts)  # fmt: skip

    def gate(
        self, doc: GateDoc, question: Question, names: Names, order: Mapping[str, int]
    ) -> Iterator[tuple[str, Spoken]]:
        """What one gate comes to: a denial or advice, and the advice of its kind besides."""
        if doc.mode == "off":
            return
        gate = Gate.of(doc, self.words.operations[question.operation], question.context, self.age)
        where = [*self.conditions(doc, names), gate.counts_here()]
        stage, code = CODES[kind_of(doc)]
        effect = "deny" if doc.mode == "block" else "advise"
        match = conjunction([*where, gate.denies()])
        if match is not False:
            yield effect, Spoken(doc.id, order[stage], code, match, doc.because, "facts_unavailable", gate)
        advice = ADVICE.get(kind_of(doc))
        if advice and (match := conjunction([*where, gate.advises()])):
            yield "advise", Spoken(doc.id, order[stage], advice, match, doc.because, None, gate)

    def text(self, spoken: Spoken, question: Question, names: Names) -> str | None:
        """What advice says."""
        gates = [spoken.gate] if spoken.gate and spoken.match else []
        words = Words(question.permission, Facts(question.context.facts), (), gates, self.barred(question))
        return self.registry.text(spoken.given, words, fits=fitting(names))

    def redact(self, question: Question) -> tuple[str, ...]:
        """The surfaces that come along and that the principal may not read."""
        embedded = (self.words.surfaces[question.surface].embeds or {}).get(question.action, ())
        reading = {name: next(each for each in ("read", "view") if each in self.words.surfaces[name].actions)
                   for name in embedded}  # fmt: skip
        return tuple(name for name in embedded
                     if self.decide(question.principal, f"{name}:{reading[name]}", None, question.context).code)  # fmt: skip

    def audit(self, question: Question) -> tuple[tuple[str, str, int | None], ...]:
        """Whether a decision about this obliges the host to write a record."""
        by_surface = question.action in (self.words.surfaces[question.surface].audited or ())
        by_operation = question.operation and self.words.operations[question.operation].audited
        return (("audit", "", None),) if by_surface or by_operation else ()

    def metering(self, question: Question) -> tuple[tuple[str, str, int | None], ...]:
        """What an allowed operation counts on here, and how much."""
        if not question.operation:
            return ()
        doc, facts = self.words.operations[question.operation], question.context.facts
        instead = (doc.instead or {}).get(question.context.environment)
        meters = [doc.meter, doc.fair_use] if instead is None else [instead]
        quantity = facts.get("quantity", 1)
        told = quantity if type(quantity) is int and quantity >= 1 else None
        return tuple(("meter", meter, told) for meter in meters if meter is not None)

    def holds(self, requirement: Requirement, question: Question) -> bool | None:
        """Whether the principal holds what a rule requires; None where that cannot be evaluated."""
        match requirement:
            case AllOf(items=items):
                return conjunction([self.holds(item, question) for item in items])
            case AnyOf(items=items):
                return disjunction([self.holds(item, question) for item in items])
            case Needs(grant=grant):
                # A requirement with an id is about that resource, whichever one is asked about.
                mine = [held for held in self.words.held(question.principal) if held.permission == grant.permission]
                conditional = self.by_condition(grant, question)
                if grant.resource_id is not None:
                    return disjunction([any({*held.only} <= {grant.qualifier} for held in mine), *conditional])
                return disjunction([*(self.reaches(held, question) for held in mine), *conditional])

    def by_condition(self, grant: Grant, question: Question) -> Iterator[bool | None]:
        """Whether the principal meets the condition of each role by condition that holds a grant."""
        for name, doc in self.words.conditional.items():
            tree = parse_condition(doc.when)
            # What is true of the resource that is asked about says nothing of another one.
            elsewhere = grant.surface != question.surface or (
                grant.resource_id is not None and grant.qualifier != (question.resource and question.resource.id))  # fmt: skip
            if grant.permission in self.words.by_role[name][1] and not (
                elsewhere and self.authority.reads_resource(tree)
            ):
                yield self.meets(tree, question)

    def meets(self, tree: Expr, question: Question) -> bool | None:
        """Whether the condition of a role is true."""
        return question.principal.kind == "member" and truth(tree, self.names(question))

    def covers(self, rule: RuleDoc, question: Question) -> bool:
        """Whether a rule is looked at: its `on` names the operation or covers the permission."""
        if rule.effect == "allow" and not self.words.holdable(question.surface, question.principal.kind):
            return False
        return any(text == question.operation if text in self.words.operations
                   else question.permission in self.words.expand(text, coarse_only=rule.effect == "allow")
                   for text in rule.on)  # fmt: skip

    def target(self, rule: RuleDoc, question: Question, names: Names) -> bool | None:
        """Whether the whole target is true; None where it cannot be evaluated."""
        return conjunction(list(self.parts(rule, question, names)))

    def parts(self, rule: RuleDoc, question: Question, names: Names) -> Iterator[bool | None]:
        """The parts of a target: each true, false, or None where it cannot be evaluated."""
        principal, context = question.principal, question.context
        if rule.kinds is not None:
            yield principal.kind in rule.kinds
        if rule.roles is not None:
            yield disjunction([
                self.meets(parse_condition(self.words.conditional[role].when), question)
                if role in self.words.conditional else role in principal.roles for role in rule.roles
            ])  # fmt: skip
        if rule.channels is not None:
            yield None if context.channel is None else context.channel in rule.channels
        if rule.environments is not None:
            yield context.environment in rule.environments
        if rule.requires is not None:
            yield self.holds(parse_requirement(rule.requires), question)
        yield from self.conditions(rule, names)

    def conditions(self, rule: RuleDoc | GateDoc, names: Names) -> Iterator[bool | None]:
        """``when`` and ``unless``."""
        if rule.when is not None:
            yield truth(parse_condition(rule.when), names)
        if rule.unless is not None:
            exception = truth(parse_condition(rule.unless), names)
            yield None if exception is None else not exception

    def names(self, question: Question) -> Names:
        """What the names in a condition stand for."""
        principal, context = question.principal, question.context
        facts = Record(context.facts, self.types["facts"])
        given = {} if question.resource is None else question.resource.attributes
        told = (given, principal.attributes, context.attributes, context.facts)
        named = {text for each in told for text in texts(each) if re.fullmatch(BINDING, text)} | self.asked
        names: dict[str, Any] = {
            "action": question.action,
            "permission": question.permission,
            "operation": question.operation,
            "groups": self.words.groups,
            "principal": record(principal.attributes, CREDENTIAL_TYPES | self.types["principal"], {
                "kind": principal.kind, "id": principal.id, "workspace": principal.workspace,
                "roles": tuple(sorted(principal.roles)), "scopes": tuple(sorted(principal.scopes)),
                "rank": self.authority.rank(principal),
                "assignable_roles": self.authority.assignable(principal, named),
                "superior_roles": self.authority.superior(principal, named),
            }),
            "resource": self.about(question),
            "context": record(context.attributes, self.types["context"], {
                "channel": context.channel, "environment": context.environment, "now": context.now, "facts": facts}),
        }  # fmt: skip
        names["variables"] = Defined(self.variables, names)
        names["@holds"] = lambda grant: known(self.holds(parse_requirement(grant), question))
        return names

    def about(self, question: Question) -> Record:
        """What conditions read of the resource."""
        principal, resource = question.principal, question.resource
        return record(
            {} if resource is None else resource.attributes,
            self.types["resource"] | fields(self.words.surfaces[question.surface].attributes or {}),
            {"surface": question.surface, "id": resource and resource.id,
             "workspace": principal.workspace if resource is None else resource.workspace})  # fmt: skip

    def reaches(self, held: Held, question: Question) -> bool | None:
        """Whether a held permission reaches what is asked about; None where what should tell is malformed."""
        if held.only and (question.resource is None or question.surface != surface_of(held.permission)):
            return False
        return conjunction([self.is_one(only, question) for only in held.only])

    def is_one(self, only: str, question: Question) -> bool | None:
        """Whether the resource is what a grant is narrowed to, or lies below it."""
        parent, colon, resource_id = only.rpartition(":")
        if not colon:
            return question.resource is not None and question.resource.id == resource_id
        if parent.startswith("@"):
            names = self.words.surfaces[question.surface].assigns or ()
            values = [self.value(name, question) for name in names if self.is_given(name, question)]
            roles = [role for value in values for role in value or ()]
            return (
                None
                if None in values
                else bool(roles) and all(re.fullmatch(f"{ROLE}/{only[1:]}", role) for role in roles)
            )
        attribute = self.words.parents(question.surface)[parent][0]
        if not self.is_given(attribute, question):
            return False
        value = self.value(attribute, question)
        ids = value if isinstance(value, tuple) else (value,)
        return None if value is None else resource_id in map(str, ids)

    def is_given(self, attribute: str, question: Question) -> bool:
        """Whether the resource has an attribute."""
        return question.resource is not None and attribute in question.resource.attributes

    def value(self, attribute: str, question: Question) -> Any:
        """The value of an attribute of the resource; None where it is of another type than declared."""
        try:
            return evaluate(Select(Ident("resource"), attribute), {"resource": self.about(question)})
        except NoValue:
            return None

    def untold(self, question: Question) -> str:
        """By which attributes the permission is held that the question does not give, in words."""
        mine = [held for held in self.words.held(question.principal) if held.permission == question.permission]
        above = self.words.parents(question.surface)
        named = {only.partition(":")[0] for held in mine for only in held.only if ":" in only} & {*above}
        missing = sorted(above[name][0] for name in named if not self.is_given(above[name][0], question))
        told = " and by ".join(f"resource.{name}" for name in missing)
        return f": it is held by {told}, which the question does not give" if told else ""


def texts(value: Any) -> Iterator[str]:
    """Every text in the attributes of a request."""
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else ():
        yield from texts(part)


def record(attributes: Mapping[str, Any], types: Mapping[str, Any], fields: Mapping[str, Any]) -> Record:
    """Attributes and fields under one name. A field is there where it has a value; no attribute stands in for it."""
    own = {name: value for name, value in attributes.items() if name not in fields}
    return Record(own | {name: value for name, value in fields.items() if value is not None},
                  {name: kind for name, kind in types.items() if name not in fields})  # fmt: skip
