"""What a pack of well-formed files may still get wrong: names, reach, holders, rules, conditions.

One concern a module; each is a function from a reading of the pack to its findings, and none needs another.
"""

from collections.abc import Callable, Iterator
from typing import Final

from scopeguard.checking.catalog_builder import build_catalog
from scopeguard.checking.expansion import expand_pattern
from scopeguard.checking.parsed_pack import ParsedPack
from scopeguard.checking.rules.aliases import check_aliases
from scopeguard.checking.rules.anonymous import check_anonymous
from scopeguard.checking.rules.base_pack import check_base_pack
from scopeguard.checking.rules.codes import check_codes
from scopeguard.checking.rules.comments import check_comments
from scopeguard.checking.rules.conditions import check_conditions
from scopeguard.checking.rules.constant_conditions import check_constant_conditions
from scopeguard.checking.rules.cycles import check_cycles
from scopeguard.checking.rules.duplicates import check_duplicates
from scopeguard.checking.rules.flags import check_flags
from scopeguard.checking.rules.gates import check_gates
from scopeguard.checking.rules.hard_coded_limits import check_hard_coded_limits
from scopeguard.checking.rules.holdable_by import check_holdable_by
from scopeguard.checking.rules.internal import check_internal
from scopeguard.checking.rules.invariants import check_invariants
from scopeguard.checking.rules.layers import check_layers
from scopeguard.checking.rules.missing_attributes import check_missing_attributes
from scopeguard.checking.rules.parents import check_parents
from scopeguard.checking.rules.qualifiers import check_qualifiers
from scopeguard.checking.rules.reach import check_reach
from scopeguard.checking.rules.references import check_references
from scopeguard.checking.rules.replacements import check_replacements
from scopeguard.checking.rules.requirements import check_requirements
from scopeguard.checking.rules.roles import check_roles
from scopeguard.checking.rules.shadowed_rules import check_shadowed_rules
from scopeguard.checking.rules.surfaces import check_surfaces
from scopeguard.checking.rules.syntax_errors import check_syntax_errors
from scopeguard.checking.rules.unsatisfiable_rules import check_unsatisfiable_rules
from scopeguard.checking.rules.usage import check_usage
from scopeguard.checking.test_suites import check_suites
from scopeguard.documents.pack import Pack
from scopeguard.errors import Diagnostic

__all__ = ["PASSES", "build_catalog", "check_pack", "check_parsed", "expand_pattern"]

PASSES: Final[tuple[Callable[[ParsedPack], Iterator[Diagnostic]], ...]] = (
    check_base_pack,
    check_duplicates,
    check_replacements,
    check_layers,
    check_syntax_errors,
    check_references,
    check_surfaces,
    check_parents,
    check_aliases,
    check_qualifiers,
    check_reach,
    check_internal,
    check_holdable_by,
    check_requirements,
    check_cycles,
    check_roles,
    check_codes,
    check_gates,
    check_comments,
    check_conditions,
    check_unsatisfiable_rules,
    check_constant_conditions,
    check_anonymous,
    check_missing_attributes,
    check_flags,
    check_shadowed_rules,
    check_usage,
    check_invariants,
    check_hard_coded_limits,
    check_suites,
)


def check_pack(pack: Pack) -> list[Diagnostic]:
    """Every finding about *pack*, sorted by place. Never raises for what the pack says."""
    return check_parsed(ParsedPack.of(pack))


def check_parsed(parsed: ParsedPack) -> list[Diagnostic]:
    """As :func:`check_pack`, of a pack that is read already."""
    # What the surfaces of a file have in common is looked at for each of them.
    found = dict.fromkeys(finding for check in PASSES for finding in check(parsed))
    return sorted(found, key=lambda diagnostic: diagnostic.sort_key)
