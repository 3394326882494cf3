"""From documents to rules: targets, requirements and conditions become one expression form."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from scopeguard.compiling.names import Types
from scopeguard.compiling.program import Rule, Target
from scopeguard.documents.loading import Entry, Pack
from scopeguard.documents.schema import RuleDoc
from scopeguard.model.catalog import PERMISSION_STAGE, Catalog
from scopeguard.semantics.resolving import Names, Resolver
from scopeguard.syntax import expression as ex
from scopeguard.syntax.expression import Call, Expr, Ident, ListExpr, Literal, conjunction, disjunction
from scopeguard.syntax.parsing import parse_condition, parse_pattern, parse_requirement
from scopeguard.syntax.scope import AllOf, AnyOf, Needs, Requirement

_KIND = Ident("principal.kind", absolute=True)
_ROLES = Ident("principal.roles", absolute=True)
_CHANNEL = Ident("context.channel", absolute=True)
_ENVIRONMENT = Ident("context.environment", absolute=True)


def lower_rules(pack: Pack, catalog: Catalog, names: Names) -> tuple[Rule, ...]:
    """Every rule of a checked pack, sorted by id."""
    rules = (_rule(entry, entry.content, catalog, names) for entry in pack.entries("rules"))
    return tuple(sorted(rules, key=lambda rule: rule.id))


def _rule(entry: Entry, doc: RuleDoc, catalog: Catalog, names: Names) -> Rule:
    clauses = tuple(_clauses(doc, names))
    return Rule(
        id=doc.id,
        effect=doc.effect,
        targets=tuple(_target(text, doc, catalog) for text in doc.on),
        condition=conjunction(tuple(expr for _, expr in clauses)),
        stage=catalog.stages.index(doc.stage or PERMISSION_STAGE),
        code=doc.code,
        because=doc.because,
        location=entry.document.locate(entry.path),
        clauses=clauses,
    )


def _target(text: str, doc: RuleDoc, catalog: Catalog) -> Target:
    if ":" not in text and text in catalog.operations:
        return Target(operation=text)
    pattern = parse_pattern(text)
    # A wildcard of an allow never reaches an explicit-only surface; that of a deny reaches them all.
    return Target(
        surface=pattern.surface,
        actions=pattern.actions,
        coarse_only=doc.effect == "allow" and pattern.surface is None,
    )


def _clauses(doc: RuleDoc, names: Names) -> Iterator[tuple[str, Expr]]:
    if doc.kinds is not None:
        yield "kinds", Call(ex.IN, (_KIND, _texts(doc.kinds)))
    if doc.roles is not None:
        yield "roles", disjunction(tuple(Call(ex.IN, (Literal(role), _ROLES)) for role in doc.roles))
    if doc.channels is not None:
        yield "channels", Call(ex.IN, (_CHANNEL, _texts(doc.channels)))
    if doc.environments is not None:
        yield "environments", Call(ex.IN, (_ENVIRONMENT, _texts(doc.environments)))
    if doc.requires is not None:
        yield "requires", lower_requirement(parse_requirement(doc.requires))
    if doc.when is not None:
        yield "when", _condition(doc.when, names)
    if doc.unless is not None:
        yield "unless", Call(ex.NOT, (_condition(doc.unless, names),))


def _condition(text: str, names: Names) -> Expr:
    return Resolver(names).resolve(parse_condition(text))


def _texts(values: Sequence[str]) -> ListExpr:
    return ListExpr(tuple(Literal(value) for value in values))


def lower_requirement(requirement: Requirement) -> Expr:
    """A requirement as an expression over ``@holds``."""
    match requirement:
        case Needs(grant=grant):
            return Call(ex.HOLDS, (Literal(str(grant)),))
        case AllOf(items=items):
            return conjunction(tuple(lower_requirement(item) for item in items))
        case AnyOf(items=items):
            return disjunction(tuple(lower_requirement(item) for item in items))


def declared_types(pack: Pack) -> Types:
    """The attribute types of the whole pack; those for every surface are joined to each one's own."""
    principal: dict[str, str] = {}
    context: dict[str, str] = {}
    facts: dict[str, str] = {}
    everywhere: dict[str, str] = {}
    for document in pack.documents:
        declared = document.content.catalog and document.content.catalog.attributes
        if declared:
            principal.update(declared.principal or {})
            context.update(declared.context or {})
            facts.update(declared.facts or {})
            everywhere.update(declared.resource or {})
    surfaces = {entry.name: _frozen({**everywhere, **(entry.content.attributes or {})})
                for entry in pack.entries("surfaces")}  # fmt: skip
    return Types(_frozen(principal), _frozen(context), _frozen(facts), MappingProxyType(surfaces))


def _frozen(types: dict[str, str]) -> Mapping[str, str]:
    return MappingProxyType(types)
