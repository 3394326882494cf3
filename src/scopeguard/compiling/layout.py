"""The layout of a Program in JSON: one line a field of every class that it is made of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from scopeguard.compiling.environment import Types
from scopeguard.compiling.expressions import NODE
from scopeguard.compiling.program import Clause, ConditionalRemedy, Gate, Invariant, Program, Rule, Target
from scopeguard.compiling.shapes import (
    FLAG,
    MAYBE,
    NAMES,
    NUMBER,
    TEXT,
    WORDS,
    Reading,
    Shape,
    Writing,
    at,
    items,
    made,
    many,
    mapping,
    maybe,
    one_of,
    record,
    row,
)
from scopeguard.errors import Diagnostic, Severity
from scopeguard.model.aliases import Aliases
from scopeguard.model.catalog import Catalog, DenialCode, Meter, Operation, Parent, Role, Surface, Tab
from scopeguard.model.decision import Remedy
from scopeguard.model.usage import MODALITIES, SENDERS, Usage, UsageTable
from scopeguard.source import Location


def _write_rules(rules: tuple[Rule, ...], tables: Writing) -> list[Any]:
    tables.rules = {rule: index for index, rule in enumerate(rules)}
    return [_RULE.write(rule, tables) for rule in rules]


def _read_rules(value: Any, tables: Reading) -> tuple[Rule, ...]:
    tables.rules = [_RULE.read(each, tables) for each in items(value)]
    return tuple(tables.rules)


_FILE = Shape(
    lambda value, tables: tables.files.setdefault(value, len(tables.files)),
    lambda value, tables: at(tables.files, value),
)
_LOCATION = record(Location, file=_FILE, line=NUMBER, column=NUMBER)
_RULE = record(
    Rule,
    id=TEXT,
    effect=one_of(("allow", "deny", "advise")),
    targets=many(record(Target, operation=MAYBE, surface=MAYBE, actions=maybe(NAMES), coarse_only=FLAG)),
    condition=NODE,
    stage=NUMBER,
    code=MAYBE,
    because=MAYBE,
    location=_LOCATION,
    clauses=many(record(Clause, label=TEXT, expr=NODE, written=NODE, says=MAYBE)),
    failing=MAYBE,
    gate=maybe(record(Gate, kind=TEXT, record=TEXT, meter=MAYBE, providers=WORDS)),
)
_RULES = many(Shape(lambda value, tables: tables.rules[value], lambda value, tables: at(tables.rules, value)))


def _by_name(value: Shape) -> Shape:
    return mapping(TEXT, value)


_TEXTS = _by_name(TEXT)
_LISTS = _by_name(WORDS)
_SETS = _by_name(NAMES)
_ROLES = _by_name(record(Role, name=TEXT, rank=NUMBER, member_permissions=NAMES, permissions=NAMES, because=MAYBE))
_CATALOG = record(
    Catalog,
    surfaces=_by_name(
        record(
            Surface,
            name=TEXT,
            actions=WORDS,
            coarse=FLAG,
            holdable_by=NAMES,
            qualifiable=FLAG,
            implies=_LISTS,
            groups=WORDS,
            audited=NAMES,
            attributes=NAMES,
            because=MAYBE,
            embeds=_LISTS,
            internal=NAMES,
            action_groups=_LISTS,
            parents=_by_name(record(Parent, attribute=TEXT, type=TEXT)),
            inherited=_LISTS,
            assigns=WORDS,
        )
    ),
    operations=_by_name(
        record(
            Operation,
            name=TEXT,
            permission=TEXT,
            audited=FLAG,
            because=MAYBE,
            meter=MAYBE,
            fair_use=MAYBE,
            must_say_quantity=FLAG,
            instead=_TEXTS,
        )
    ),
    scopes=_SETS,
    member_permissions=_SETS,
    roles=_ROLES,
    codes=_by_name(
        record(
            DenialCode,
            name=TEXT,
            kind=TEXT,
            status=NUMBER,
            remedy=MAYBE,
            action=MAYBE,
            target=MAYBE,
            title=MAYBE,
            challenge=MAYBE,
        )
    ),
    stages=WORDS,
    channels=WORDS,
    environments=WORDS,
    settings=_by_name(many(record(Tab, id=TEXT, title=TEXT, view=TEXT, manage=MAYBE))),
    meters=_by_name(record(Meter, name=TEXT, kind=TEXT, title=MAYBE)),
    providers=WORDS,
    facts_max_age=maybe(
        made(
            lambda parts: timedelta(*parts),
            lambda age: (age.days, age.seconds, age.microseconds),
            row(days=NUMBER, seconds=NUMBER, microseconds=NUMBER),
        )
    ),
    conditional_roles=_ROLES,
    scopes_by_kind=_by_name(_SETS),
    aliases=record(Aliases, scopes=_LISTS, roles=_LISTS, actions=_LISTS),
)
_CELL = row(environment=TEXT, channel=MAYBE, modality=one_of(MODALITIES), sender=one_of(SENDERS))
PROGRAM: Final = record(
    Program,
    digest=TEXT,
    catalog=_CATALOG,
    types=record(Types, principal=_TEXTS, context=_TEXTS, facts=_TEXTS, resource=_by_name(_TEXTS)),
    rules=Shape(_write_rules, _read_rules),
    by_surface=_by_name(_RULES),
    by_operation=_by_name(_RULES),
    wild=_RULES,
    circumstances=_by_name(
        many(record(ConditionalRemedy, condition=NODE, remedy=record(Remedy, text=TEXT, action=MAYBE, target=MAYBE)))
    ),
    places=_by_name(_LOCATION),
    usage=record(
        UsageTable,
        environments=NAMES,
        channels=NAMES,
        cells=mapping(_CELL, record(Usage, meter=MAYBE, kind=MAYBE, row=MAYBE, because=MAYBE)),
    ),
    invariants=many(
        record(
            Invariant,
            id=TEXT,
            always=FLAG,
            kinds=WORDS,
            scopes=maybe(NAMES),
            roles=maybe(NAMES),
            actions=WORDS,
            condition=NODE,
            location=_LOCATION,
            because=MAYBE,
            meters=maybe(NAMES),
            channels=maybe(NAMES),
            environments=maybe(NAMES),
            of_events=FLAG,
            failure=MAYBE,
        )
    ),
    warnings=many(
        record(
            Diagnostic,
            code=TEXT,
            file=_FILE,
            line=NUMBER,
            column=NUMBER,
            message=TEXT,
            hint=MAYBE,
            severity=made(Severity, lambda severity: severity.value, TEXT),
        )
    ),
)
"""A whole program. Rules that are in an index are named by their place among all."""
