"""Denials by generated code: which are told together, and that what cannot be evaluated denies there too."""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.limits import CALLS_BEFORE_CODE, MAX_SAFE_INTEGER

FLAGS = "abcdef"
OF_FLAG = {"a": "workspace", "b": "workspace", "c": "standing", "d": "payment", "e": "payment", "f": "permission"}
STAGED = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true, attributes: {FLAGS}}
  stages: [workspace, permission, standing, payment]
recovery:
RECOVERY
rules:
  - {id: own, effect: allow, on: ["notes:read"], kinds: [member], when: has(resource.f) && resource.f}
  - {id: allowed, effect: allow, on: ["notes:read"], kinds: [member], when: has(resource.id)}
  - {id: always, effect: deny, on: ["notes:read"], kinds: [system], stage: standing, because: No job reads, code: of_c}
  - {id: jobs, effect: allow, on: ["notes:read"], kinds: [system]}
"""


@pytest.mark.parametrize("left_out", ["", *FLAGS, "cde", "abf", "bde", "de", "cd"])
def test_all_denials_of_the_first_stage_are_told_and_the_codes_of_those_after_it(tmp_path: Path, left_out: str) -> None:
    """Whichever of the rules a pack has and whichever hold, by the evaluator and by code, for each kind that asks."""
    flags = [flag for flag in FLAGS if flag not in left_out]
    text = STAGED.replace("{FLAGS}", "{" + ", ".join(f"{flag}: bool" for flag in FLAGS) + "}")
    text = text.replace("RECOVERY", "\n".join(
        f"  of_{flag}: {{class: denial, status: 403, title: It is so, remedy: {{text: Wait}}}}" for flag in FLAGS
    ))  # fmt: skip
    for flag in flags:
        when = f"has(resource.{flag}) && resource.{flag}"
        text += (
            f'  - {{id: {flag}, effect: deny, on: ["notes:read"], stage: {OF_FLAG[flag]}, when: "{when}", '
            f"because: It is so, code: of_{flag}}}\n"
        )
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    guard = Guard.load(tmp_path)
    stages = ["workspace", "permission", "standing", "payment"]
    key = Principal.api_key("k", workspace="w", scopes="notes:read")
    worlds = [frozenset(flag for flag, holds in zip(FLAGS, values, strict=True) if holds)
              for values in product((True, False), repeat=len(FLAGS))]  # fmt: skip
    random = Random(1)
    for who in (key, Principal.member("m", workspace="w"), Principal.system("s", workspace="w")):
        for world in random.sample(worlds * 2, len(worlds) * 2):
            by_stage = {stage: [f for f in flags if f in world and OF_FLAG[f] == stage] for stage in stages}
            if who.kind == "system":
                by_stage["standing"] = sorted(["always", *by_stage["standing"]])
            first = next((stage for stage in stages if by_stage[stage]), None)
            found = guard.check(who, "notes:read", Resource("notes", "n", "w", dict.fromkeys(world, True)))
            if first is None:
                assert found.allowed
                continue
            codes = [f"of_{'c' if each == 'always' else each}" for stage in stages for each in by_stage[stage]]
            told = codes if first in {"standing", "payment"} else []
            assert (found.stage, found.rules) == (first, tuple(by_stage[first]))
            assert found.code in {f"of_{'c' if each == 'always' else each}" for each in by_stage[first]}
            assert set(found.also) == set(told) - {found.code}


NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = Principal.api_key("k", workspace="w", scopes="notes:read")
UNSURE = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true, attributes: {owner: string, hidden: bool, sealed: bool, created: timestamp, times: list(timestamp), any: dyn}}
  attributes: {facts: {n: int, m: int, most: int, at: timestamp, gap: duration}}
  channels: [server, dashboard]
  stages: [workspace, permission, payment]
rules:
"""
SUM = "context.facts.n + context.facts.m > context.facts.most"
YOUNG = 'context.now - context.facts.at <= duration("1h") && context.now - context.facts.at >= duration("0s")'
OLD_OR_NEW = 'context.now - context.facts.at <= duration("10m") || context.now - context.facts.at >= duration("2h")'
GAP = 'context.now - context.facts.at <= duration("1h") && context.now - context.facts.at >= context.facts.gap'
SINCE = 'resource.created - context.facts.at <= duration("1h")'
AGE = 'context.now - resource.created <= duration("1h")'
ANY_AGE = 'resource.times.exists(t, context.now - t <= duration("1h"))'
CASES: list[tuple[str, Context, dict[str, Any], bool | None]] = [
    ('context.channel == "server"', Context("server"), {}, True),
    ('context.channel == "server"', Context("dashboard"), {}, False),
    ('context.channel == "server"', Context(), {}, None),
    ('context.channel != "server"', Context(), {}, None),
    ('!(context.channel == "server")', Context(), {}, None),
    ('!(context.channel != "server")', Context(), {}, None),
    ('resource.id == "n"', Context(), {}, True),
    ('resource.id == "n"', Context(), {"id": None}, None),
    ('resource.id != "m"', Context(), {"id": None}, None),
    ('!(resource.id == "n")', Context(), {"id": None}, None),
    ('!(resource.id != "n")', Context(), {"id": None}, None),
    ('resource.id == "m" || resource.id == "k"', Context(), {"id": None}, None),
    ('has(resource.owner) && resource.id != "m"', Context(), {"id": None, "owner": "x"}, None),
    ('resource.owner == "x"', Context(), {"owner": "x"}, True),
    ('resource.owner == "x"', Context(), {"owner": "y"}, False),
    ('resource.owner == "x"', Context(), {}, None),
    ('resource.owner == "x"', Context(), {"owner": 1}, None),
    ("resource.any == 1", Context(), {"any": 1}, True),
    ("resource.any == 1", Context(), {"any": 2}, False),
    ("resource.any == 1", Context(), {}, None),
    ("resource.hidden", Context(), {"hidden": "yes"}, None),
    ("!resource.hidden", Context(), {}, None),
    (SUM, Context(facts={"most": 5, "n": 3, "m": 3}), {}, True),
    (SUM, Context(facts={"most": 5, "n": 3, "m": 2}), {}, False),
    (SUM, Context(facts={"most": 5, "n": 9}), {}, None),
    (SUM, Context(facts={"most": 5, "n": MAX_SAFE_INTEGER, "m": 1}), {}, None),
    (SUM, Context(facts={"most": 5, "n": -MAX_SAFE_INTEGER, "m": -9}), {}, None),
    (SUM, Context(facts={"most": -5, "n": -1, "m": -1}), {}, True),
    (YOUNG, Context(now=NOW, facts={"at": NOW}), {}, True),
    (YOUNG, Context(now=NOW, facts={"at": NOW - timedelta(hours=1)}), {}, True),
    (YOUNG, Context(now=NOW, facts={"at": NOW - timedelta(hours=2)}), {}, False),
    (YOUNG, Context(now=NOW, facts={"at": NOW + timedelta(1)}), {}, False),
    (YOUNG, Context(now=NOW), {}, None),
    (YOUNG, Context(facts={"at": NOW}), {}, None),
    (YOUNG, Context(now=NOW, facts={"at": "noon"}), {}, None),
    (f"!({YOUNG})", Context(now=NOW, facts={"at": NOW}), {}, False),
    (f"!({YOUNG})", Context(now=NOW, facts={"at": NOW - timedelta(hours=2)}), {}, True),
    (f"!({YOUNG})", Context(now=NOW), {}, None),
    (f"!(has(resource.owner) && {YOUNG})", Context(now=NOW, facts={"at": NOW}), {"owner": "x"}, False),
    (f"!(has(resource.owner) && {YOUNG})", Context(now=NOW, facts={"at": NOW}), {}, True),
    (f"!(has(resource.owner) && {YOUNG})", Context(now=NOW), {"owner": "x"}, None),
    (OLD_OR_NEW, Context(now=NOW, facts={"at": NOW}), {}, True),
    (OLD_OR_NEW, Context(now=NOW, facts={"at": NOW - timedelta(hours=3)}), {}, True),
    (OLD_OR_NEW, Context(now=NOW, facts={"at": NOW - timedelta(hours=1)}), {}, False),
    (f"!({OLD_OR_NEW})", Context(now=NOW, facts={"at": NOW}), {}, False),
    (f"!({OLD_OR_NEW})", Context(now=NOW, facts={"at": NOW - timedelta(hours=1)}), {}, True),
    (f"!({OLD_OR_NEW})", Context(now=NOW), {}, None),
    (GAP, Context(now=NOW, facts={"at": NOW, "gap": timedelta(0)}), {}, True),
    (GAP, Context(now=NOW, facts={"at": NOW, "gap": timedelta(1)}), {}, False),
    (f"!({GAP})", Context(now=NOW, facts={"at": NOW, "gap": timedelta(0)}), {}, False),
    (f"!({GAP})", Context(now=NOW, facts={"at": NOW, "gap": timedelta(1)}), {}, True),
    (f"!({GAP})", Context(now=NOW, facts={"at": NOW}), {}, None),
    (SINCE, Context(now=NOW, facts={"at": NOW - timedelta(1)}), {"created": NOW - timedelta(1)}, True),
    (SINCE, Context(now=NOW, facts={"at": NOW - timedelta(1)}), {"created": NOW}, False),
    (SINCE, Context(now=NOW, facts={"at": NOW - timedelta(1)}), {}, None),
    (AGE, Context(now=NOW), {"created": NOW}, True),
    (AGE, Context(now=NOW), {"created": NOW - timedelta(1)}, False),
    (AGE, Context(now=NOW), {}, None),
    (ANY_AGE, Context(now=NOW), {"times": [NOW - timedelta(1), NOW]}, True),
    (ANY_AGE, Context(now=NOW), {"times": [NOW - timedelta(1)]}, False),
    (ANY_AGE, Context(), {"times": [NOW]}, None),
]  # fmt: skip


@pytest.mark.parametrize("stage", ["workspace", "permission", "payment"])
@pytest.mark.parametrize("beside", [[], ["workspace"], ["permission"], ["payment"]])
@pytest.mark.parametrize(("when", "context", "named", "holds"), CASES)
def test_what_cannot_be_evaluated_denies_by_code_as_by_the_evaluator(  # noqa: PLR0917  # the case in its parts
    tmp_path: Path,
    stage: str,
    beside: list[str],
    when: str,
    context: Context,
    named: dict[str, Any],
    holds: bool | None,
) -> None:
    """Alone, and beside a rule that does not hold, of its stage or of another one."""
    lines = [
        f"{{id: r, effect: deny, on: ['notes:read'], stage: {stage}, code: not_permitted, because: So, when: '{when}'}}"
    ]
    lines += (
        f"{{id: other, effect: deny, on: ['notes:read'], stage: {each}, code: not_permitted, because: So, "
        "when: 'has(resource.sealed) && resource.sealed'}"
        for each in beside
    )  # fmt: skip
    (tmp_path / "pack.yaml").write_text(UNSURE + "".join(f"  - {line}\n" for line in lines), encoding="utf-8")
    guard = Guard.load(tmp_path)
    for _ in range(2 * CALLS_BEFORE_CODE):
        about = Resource(
            "notes", named.get("id", "n"), "w", {name: each for name, each in named.items() if name != "id"}
        )
        found = guard.check(KEY, "notes:read", about, context)
        assert (found.allowed, found.errors) == (holds is False, ("r",) if holds is None else ())
        assert found.rules == (("scope:notes:read",) if holds is False else ("r",))
