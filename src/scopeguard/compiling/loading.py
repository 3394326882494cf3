"""From paths to a Program: read, check, lower. Importing this module imports the reading side."""

import os
from collections.abc import Sequence
from types import MappingProxyType
from typing import TypeAlias

from scopeguard.checking import check_pack, check_parsed
from scopeguard.checking.ignores import without_ignored
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.usage_table import build_usage
from scopeguard.compiling.digest import content_digest
from scopeguard.compiling.invariants import lower_invariants
from scopeguard.compiling.program import Program, Rule
from scopeguard.compiling.rule_lowering import Reader, declared_types, lower_circumstances, lower_rules
from scopeguard.compiling.source_locations import granting_places
from scopeguard.documents.loading import Pack, read_pack
from scopeguard.errors import Diagnostic, PolicyError, Severity

Paths: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def load_program(paths: Paths, here: str = "") -> Program:
    """The Program of a pack; relative paths are looked up in the folder *here*, the working one where it is empty.

    Raises PolicyError with every finding where one of them is an error.
    """
    return program_of(*read_pack(paths, here))


def program_of(pack: Pack, findings: Sequence[Diagnostic]) -> Program:
    """The Program of a pack that was read with *findings*. Raises PolicyError as :func:`load_program` does."""
    parsed = ParsedPack.of(pack)
    findings = without_ignored([*findings, *check_parsed(parsed)], pack.documents)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise PolicyError(findings)
    catalog = parsed.catalog
    reader = Reader.of(parsed)
    rules = lower_rules(parsed, reader)
    return Program(
        digest=content_digest(pack, parsed.parsed),
        catalog=catalog,
        types=declared_types(pack),
        rules=rules,
        by_surface=_index(rules, "surface"),
        by_operation=_index(rules, "operation"),
        wild=tuple(rule for rule in rules if any(_is_wild(target) for target in rule.targets)),
        circumstances=lower_circumstances(pack, reader),
        places=MappingProxyType({**granting_places(pack), **{rule.id: rule.location for rule in rules}}),
        usage=build_usage(pack, catalog),
        invariants=lower_invariants(pack, catalog, reader),
        warnings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
    )


def find_problems(paths: Paths) -> tuple[Diagnostic, ...]:
    """Every finding about a pack, sorted by place; nothing is raised for what the files say."""
    pack, findings = read_pack(paths)
    found = without_ignored([*findings, *check_pack(pack)], pack.documents)
    return tuple(sorted(found, key=lambda finding: finding.sort_key))


def _is_wild(target: object) -> bool:
    return getattr(target, "surface", None) is None and getattr(target, "operation", None) is None


def _index(rules: Sequence[Rule], part: str) -> MappingProxyType[str, tuple[Rule, ...]]:
    index: dict[str, dict[Rule, None]] = {}
    for rule in rules:
        for target in rule.targets:
            name = getattr(target, part)
            if name is not None:
                index.setdefault(name, {})[rule] = None
    return MappingProxyType({name: tuple(found) for name, found in index.items()})
