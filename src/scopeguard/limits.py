"""Every bound of the library, in one place.

A limit exists so that no input, however made, can exhaust the process: each one is checked
before the work it bounds begins.
"""

from typing import Final

MAX_FILE_BYTES: Final = 1 << 20
"""A policy file, in bytes."""

MAX_YAML_DEPTH: Final = 32
"""Nested YAML collections. libyaml's composer overflows the C stack far above this (pyyaml #895)."""

MAX_COMPILED_BYTES: Final = 1 << 28
"""A compiled pack, in bytes."""

MAX_COMPILED_NODES: Final = 1 << 20
"""Nodes of one expression of a compiled pack, what it shares counted each time."""

MAX_COMPILED_DEPTH: Final = 64
"""Nested nodes of an expression of a compiled pack: of a condition, of what its rule adds."""

MAX_PACK_FILES: Final = 10_000
"""Files in one pack."""

MAX_MARKED_FILES: Final = 100_000
"""Files at the paths of a guard, whatever they are, of which a reloader sees that they changed."""

MAX_READINGS: Final = 6
"""How often a pack is read that changes while it is read, before it is refused."""

MAX_CONDITION_BYTES: Final = 4096
"""A condition, in bytes of UTF-8."""

MAX_CONDITION_DEPTH: Final = 32
"""Nested nodes of a condition's tree."""

MAX_CONDITION_NODES: Final = 1000
"""Nodes of a condition's tree."""

MAX_SCOPE_TEXT: Final = 1 << 16
"""A list of scopes as one text, in characters."""

MAX_GRANT_TEXT: Final = 48 + 1 + 32 + 1 + 48 + 1 + 128
"""One scope, in characters: surface, action, parent and resource id with the separators."""

MAX_COMBINED: Final = 10_000
"""Ids combined with what lies below other resources, in what two sets of grants have in common."""

MAX_REQUIREMENT_DEPTH: Final = 32
"""Nested ``all(...)`` and ``any(...)``."""

MAX_SAFE_INTEGER: Final = 2**63 - 1
"""CEL's int is a signed 64-bit integer (CEL language definition, "Numeric Values")."""

MAX_EVALUATION_COST: Final = 50_000
"""Steps of one condition's evaluation."""

MAX_USAGE_CELLS: Final = 1 << 16
"""What the rows of the usage classifier cover together: environments by channels by modalities by senders."""

MAX_TEST_CELLS: Final = 100_000
"""Cells of the matrices in one file of tests."""

MAX_KEPT: Final = 1 << 15
"""Answers kept by a guard, where each that differs from one request to the next counts OPEN_WEIGHT times."""

OPEN_WEIGHT: Final = 8
"""What a kept answer with conditions, and code for them, weighs beside one that is settled."""

MAX_REMEMBERED: Final = 1024
"""Answers that a principal remembers before it starts anew."""

CALLS_BEFORE_CODE: Final = 8
"""Answers by the evaluator before a cell gets code of its own, which takes as long to write as dozens of them."""

MAX_FACT_SETS: Final = 256
"""Contexts that differ in the names of their facts too, that a guard knows; others are compared with the pack again."""

MAX_TOLD: Final = 64
"""Decisions in the words of one request that a kept answer has ready."""

MAX_NAMED: Final = 16
"""Allows that a kept answer has ready, by what is held."""

MAX_BY_VALUE: Final = 32
"""Decisions that a principal remembers of one action by an attribute of the resource; of more, each is made anew."""

MAX_INTERNED: Final = 1024
"""Parsed scopes, keys and members that are kept for the next request by them."""

MAX_INTERNED_TEXT: Final = 2048
"""A list of scopes that is kept parsed, in characters: what a longer one is parsed to takes many times its size."""

MAX_GOLDEN_BYTES: Final = 1 << 24
"""The file of a golden matrix, in bytes."""

MAX_LISTED: Final = 1 << 20
"""Names, scopes, roles or networks that are read of an iterable that is no list, tuple or set: it may have no end."""

MAX_IDENTIFIER: Final = 256
"""A principal's, workspace's or resource's id, in characters."""

MAX_VALUE_SIZE: Final = 1 << 20
"""Characters of a string, bytes, or elements of a list that an expression makes."""

MAX_ERROR_DESCRIPTION: Final = 256
"""An error_description in a header, in characters; a longer one is cut."""

MAX_CEILINGS: Final = 1024
"""Sets of roles of which a guard knows the ceiling."""
