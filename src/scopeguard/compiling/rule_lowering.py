"""From documents to rules: targets, requirements and conditions become one expression form."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from scopeguard.checking.declared_attributes import facts_of_gates
from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.parsed_pack import ParsedPack, ParsedRule
from scopeguard.compiling.environment import Types
from scopeguard.compiling.gate_lowering import lower_gate
from scopeguard.compiling.program import Clause, ConditionalRemedy, Rule, Target
from scopeguard.compiling.role_lowering import ConditionalRoles, lower_role
from scopeguard.documents.loading import Pack
from scopeguard.documents.schema import RuleDoc
from scopeguard.model.catalog import PERMISSION_STAGE, Catalog
from scopeguard.model.decision import Remedy
from scopeguard.semantics.built_in_variables import CONTEXT_TYPES
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal, conjunction, disjunction
from scopeguard.syntax.parser import parse_condition, parse_pattern
from scopeguard.syntax.requirement import as_condition

_KIND = Ident("principal.kind", absolute=True)
_ROLES = Ident("principal.roles", absolute=True)
_CHANNEL = Ident("context.channel", absolute=True)
_ENVIRONMENT = Ident("context.environment", absolute=True)


class Reader(Struct, frozen=True):
    """Reads the conditions of a checked pack, beside those that its reading holds."""

    parsed: ParsedPack
    roles: ConditionalRoles

    @classmethod
    def of(cls, parsed: ParsedPack) -> "Reader":
        """A reader of the conditions of *parsed*."""
        return cls(parsed, ConditionalRoles.of(parsed))

    def whole(self, text: str) -> Expr:
        """A condition with its names resolved, its variables put in, and what roles by condition hold."""
        variables = self.parsed.variables
        tree = variables.resolve(self.parsed.parsed.get(text) or parse_condition(text)).tree
        return self.roles.whole(variables.whole(tree))


def lower_rules(parsed: ParsedPack, reader: Reader) -> tuple[Rule, ...]:
    """Every rule of a checked pack, those of its gates and of roles by condition too, sorted by id."""
    catalog, roles = parsed.catalog, reader.roles
    groups = catalog.groups
    rules = [_rule(rule, rule.entry.content, catalog, groups, roles) for rule in parsed.rules]
    rules += [lower_role(parsed, role, roles) for role in parsed.conditional_roles]
    for gate in parsed.gates:
        rules += lower_gate(gate.entry, gate.entry.content, catalog, reader.whole, tuple(_conditions(gate, roles)))
    return tuple(sorted(rules, key=lambda rule: (rule.id, rule.effect, rule.code or "")))


def lower_circumstances(pack: Pack, reader: Reader) -> Mapping[str, tuple[ConditionalRemedy, ...]]:
    """By code, the remedies for some circumstances."""
    return MappingProxyType({
        entry.name: tuple(
            ConditionalRemedy(reader.whole(doc.when), Remedy(doc.text, doc.action, doc.target))
            for doc in entry.content.remedies
        )
        for entry in pack.entries("recovery")
        if entry.content.remedies is not None
    })  # fmt: skip


def _rule(
    rule: ParsedRule, doc: RuleDoc, catalog: Catalog, groups: Mapping[str, tuple[str, ...]], roles: ConditionalRoles
) -> Rule:
    clauses = tuple(_clauses(rule, doc, roles))
    entry = rule.entry
    return Rule(
        id=doc.id,
        effect=doc.effect,
        targets=tuple(target for text in doc.on for target in _targets(text, doc, catalog, groups)),
        condition=conjunction(tuple(clause.expr for clause in clauses)),
        stage=catalog.stages.index(doc.stage or PERMISSION_STAGE),
        code=doc.code,
        because=doc.because,
        location=entry.document.locate(entry.path),
        clauses=clauses,
    )


def _targets(text: str, doc: RuleDoc, catalog: Catalog, groups: Mapping[str, tuple[str, ...]]) -> Iterator[Target]:
    if text in catalog.operations:
        yield Target(operation=text)
        return
    pattern = parse_pattern(text)
    if pattern.action_group is not None:
        reached = expand_pattern(pattern, catalog.surfaces, wildcard_reaches_all=doc.effect != "allow")
        for permission in reached:
            yield Target(surface=permission.partition(":")[0], actions=frozenset((permission.partition(":")[2],)))
        return
    # Neither a wildcard nor a group of an allow ever reaches an explicit-only surface; those of a deny reach them all.
    coarse_only = doc.effect == "allow" and pattern.surface is None
    for surface in (pattern.surface,) if pattern.group is None else groups.get(pattern.group, ()):
        yield Target(surface=surface, actions=pattern.actions, coarse_only=coarse_only)


def _clauses(rule: ParsedRule, doc: RuleDoc, roles: ConditionalRoles) -> Iterator[Clause]:
    for label, expr in _lists(doc, roles):
        yield Clause(label, expr, expr)
    if rule.requires is not None:
        requirement = as_condition(rule.requires)
        yield Clause("requires", roles.whole(requirement), requirement)
    yield from _conditions(rule, roles)


def _conditions(rule: ParsedRule, roles: ConditionalRoles) -> Iterator[Clause]:
    for label, written in rule.written.items():
        whole = roles.whole(rule.conditions[label])
        yield Clause(label, Call(ex.NOT, (whole,)) if label == "unless" else whole, written.tree)


def _lists(doc: RuleDoc, roles: ConditionalRoles) -> Iterator[tuple[str, Expr]]:
    if doc.kinds is not None:
        yield "kinds", Call(ex.IN, (_KIND, _texts(doc.kinds)))
    if doc.roles is not None:
        held = (roles.conditions.get(role) or Call(ex.IN, (Literal(role), _ROLES)) for role in doc.roles)
        yield "roles", disjunction(tuple(held))
    if doc.channels is not None:
        yield "channels", Call(ex.IN, (_CHANNEL, _texts(doc.channels)))
    if doc.environments is not None:
        yield "environments", Call(ex.IN, (_ENVIRONMENT, _texts(doc.environments)))


def _texts(values: Sequence[str]) -> ListExpr:
    return ListExpr(tuple(Literal(value) for value in values))


def declared_types(pack: Pack) -> Types:
    """The attribute types of the whole pack; those for every surface are joined to each one's own."""
    principal: dict[str, str] = {}
    context: dict[str, str] = {**CONTEXT_TYPES}
    facts = facts_of_gates(pack)
    everywhere: dict[str, str] = {}
    for document in pack.documents:
        declared = document.content.catalog and document.content.catalog.attributes
        if declared:
            principal.update(declared.principal or {})
            context.update(declared.context or {})
            facts.update(declared.facts or {})
            everywhere.update(declared.resource or {})
    shared: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
    surfaces: dict[str, Mapping[str, str]] = {}
    for entry in pack.entries("surfaces"):
        attributes = {**everywhere, **(entry.content.attributes or {})}
        surfaces[entry.name] = shared.setdefault(tuple(attributes.items()), _frozen(attributes))
    return Types(_frozen(principal), _frozen(context), _frozen(facts), MappingProxyType(surfaces))


def _frozen(types: dict[str, str]) -> Mapping[str, str]:
    return MappingProxyType(types)
