"""Invariants of small packs: which hold, which are broken and by what, and which nobody can tell."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, RequestError, Resource, ScopeguardError, UsageEvent
from scopeguard.analysis import asking
from scopeguard.analysis.violations import Violation
from scopeguard.runtime.engine import Engine

WORDS = """
scopeguard: 1
catalog:
  surfaces:
    notes:
      actions: [read, write]
      coarse: true
      qualifiable: true
      implies: {write: [read]}
      attributes: {owner: string, size: int, tags: list(string), open: bool, any: dyn}
    drafts: {actions: [read], explicit_only: true, because: quoted}
    logs: {actions: [read], explicit_only: true, because: quoted}
  attributes:
    context: {ratio: double}
    facts: {since: timestamp}
  channels: [server, dashboard]
  environments: [production, test]
scopes:
  everything:write: {includes: ["*:*"]}
roles:
  reader: {rank: 10, holds: ["notes:read"]}
  writer: {rank: 50, holds: ["notes:write"]}
  auditor: {rank: 20, holds: ["drafts:read"]}
"""


def guard(tmp_path: Path, rules: str, invariants: str, words: str = WORDS) -> Guard:
    """A guard for a small pack."""
    rules = f"rules:\n{rules}" if rules else ""
    (tmp_path / "p.yaml").write_text(f"{words}\n{rules}\ninvariants:\n{invariants}", encoding="utf-8")
    return Guard.load(tmp_path / "p.yaml")


def verdict(guard: Guard) -> str:
    """The code of the only invariant; ``holds`` where it does."""
    found = guard.verify()
    for violation in found:
        if violation.witness is not None:
            replay(guard, violation)
    return found[0].code if found else "holds"


def replay(guard: Guard, violation: Violation) -> None:
    """The printed witness is the call that gives the decision."""
    names = {"Principal": Principal, "Resource": Resource, "Context": Context, "datetime": __import__("datetime")}
    again = eval(str(violation.witness), {**names, "guard": guard})  # noqa: S307  # what it prints is what is tested
    assert again == violation.decision


@pytest.mark.parametrize(
    ("allowed", "claimed", "expected"),
    [
        ('resource.owner == "a"', 'resource.owner != "a"', "holds"),
        ('resource.owner == "a"', 'resource.owner == "a"', "SG601"),
        ('resource.owner != "a"', 'resource.owner != "b"', "SG601"),
        ('resource.owner in ["a", "b"]', 'resource.owner in ["c", "d"]', "holds"),
        ('resource.owner in ["a", "b"]', 'resource.owner in ["b", "c"]', "SG601"),
        ("resource.owner == principal.id", "resource.owner != principal.id", "holds"),
        ("resource.owner == principal.id", 'principal.id == "x" && resource.owner == "y"', "holds"),
        ("resource.owner == principal.id", 'principal.id == "x" && resource.owner != "y"', "SG601"),
        ("resource.owner != principal.id && resource.owner != resource.id", "resource.id != principal.id", "SG601"),
        ("resource.owner != principal.id && resource.owner != resource.id", "resource.id == principal.id", "SG601"),
        ("has(resource.owner)", "!has(resource.owner)", "holds"),
        ("!has(resource.owner)", 'resource.owner == "a"', "holds"),
        ('!has(resource.owner) || resource.owner == "a"', 'resource.owner != "a"', "holds"),
        ("resource.open", "!resource.open", "holds"),
        ("resource.open", "has(resource.open)", "SG601"),
        ("resource.size < 3", "resource.size > 2", "holds"),
        ("resource.size < 3", "resource.size > 1", "SG601"),
        ("resource.size < 9223372036854775807", "resource.size >= 9223372036854775807", "holds"),
        ("context.ratio < 3.0", "context.ratio > 2.0", "SG601"),
        ("context.ratio < 2.0", "context.ratio > 2.0", "holds"),
        ("context.facts.since < context.now", "context.facts.since >= context.now", "holds"),
        ("context.facts.since <= context.now", "context.facts.since >= context.now", "SG601"),
        ('context.now > timestamp("2026-01-01T00:00:00Z")', 'context.now < timestamp("2026-01-01T00:00:01Z")', "SG601"),
        ('context.now > timestamp("2026-01-01T00:00:00Z")', 'context.now <= timestamp("2026-01-01T00:00:00Z")', "holds"),
        ('resource.owner.startsWith("ab")', '!resource.owner.startsWith("a")', "holds"),
        ('resource.owner.startsWith("a")', '!resource.owner.startsWith("ab") && resource.owner != "a"', "SG601"),
        ('resource.owner.startsWith("a")', '!resource.owner.startsWith("atext") && resource.owner != "a"', "SG601"),
        ('resource.owner.startsWith("a")', '!resource.owner.startsWith("a_") && !resource.owner.startsWith("a0") && resource.owner != "a"', "SG601"),
        (" || ".join(f"resource.owner.startsWith('{letter}')" for letter in "abcdefghijklmnopqrstuvwxyz"), "has(resource.owner)", "SG601"),
        ("!(" + " || ".join(f"resource.owner.startsWith('{letter}')" for letter in "abcdefghijklmnopqrstuvwxyz") + ")", "has(resource.owner)", "SG601"),
        ("!(" + " || ".join(f"resource.owner.startsWith('{letter}')" for letter in "abcdefghijklmnopqrstuvwxyzA0~") + ")", "has(resource.owner)", "SG601"),
        ('"x" in resource.tags', '!("x" in resource.tags)', "holds"),
        ('"x" in resource.tags', '!("y" in resource.tags)', "SG601"),
        ("resource.owner in resource.tags", 'resource.owner == "a" && !("a" in resource.tags)', "holds"),
        ("resource.owner in resource.tags", 'resource.owner == "a" && !("b" in resource.tags)', "SG601"),
        ("resource.owner in resource.tags", " || ".join(f"(resource.owner == '{one}' && !('{one}' in resource.tags))" for one in "abcdef"), "holds"),
        ('sets.contains(resource.tags, ["x", "y"])', '!("y" in resource.tags)', "holds"),
        ('sets.contains(resource.tags, ["x", "y"])', '!("z" in resource.tags)', "SG601"),
        ('!sets.contains(resource.tags, ["x"])', '"x" in resource.tags', "holds"),
        ("sets.contains([], resource.tags)", "size(resource.tags) > 0", "holds"),
        ('sets.intersects(resource.tags, ["x", "y"])', '!("x" in resource.tags)', "SG601"),
        ('sets.intersects(resource.tags, ["x", "y"])', '!("x" in resource.tags) && !("y" in resource.tags)', "holds"),
        ("!sets.intersects(resource.tags, resource.tags)", "size(resource.tags) > 0", "holds"),
        ('sets.equivalent(resource.tags, ["x"])', '"y" in resource.tags', "holds"),
        ('sets.equivalent(resource.tags, ["x"])', "size(resource.tags) > 1", "SG601"),
        ('sets.equivalent(resource.tags, ["x"])', "size(resource.tags) == 0", "holds"),
        ('resource.any == "x"', "resource.any == 1", "holds"),
        ("resource.any > 1", "resource.any < 1.5", "SG601"),
        ("resource.any == null", "has(resource.any)", "holds"),
        ("(resource.open) == (has(resource.owner))", "resource.open && !has(resource.owner)", "holds"),
        ("resource.open ? has(resource.owner) : true", "resource.open && !has(resource.owner)", "holds"),
        ('context.channel == "server"', '!has(context.channel) || context.channel != "server"', "holds"),
        ('context.channel != "server"', 'context.channel == "dashboard"', "SG601"),
        ("!has(context.channel)", "!has(context.channel)", "SG601"),
        ("has(context.channel)", "!has(context.channel)", "holds"),
        ('context.channel != "server"', 'context.channel != "server" && context.channel != "dashboard"', "SG603"),
        ('context.environment != "test"', 'context.environment != "test" && context.environment != "production"', "SG603"),
        ("principal.workspace == resource.workspace", "principal.workspace != resource.workspace", "holds"),
        ("size(resource.owner) > 3", "!(size(resource.owner) > 3)", "holds"),
        ("size(resource.owner) > 3", "has(resource.owner)", "SG601"),
        ("size(resource.owner) > 3", "size(resource.owner) < 3", "holds"),
        ("resource.size % 2 == 0", "resource.size % 2 == 1", "holds"),
        ("resource.owner.startsWith(principal.id)", "resource.owner != principal.id", "SG601"),
        ("resource.tags.exists(tag, tag == principal.id)", "has(resource.tags)", "SG601"),
        ('resource.open && resource.tags.exists(i, tag, i > 0 && tag == "x")', "!resource.open", "holds"),
        ("(resource.tags.all(i, tag, i < 1) == resource.open) && resource.open", "!resource.open", "holds"),
        ('resource.any.k == "x"', "has(resource.any)", "SG601"),
        ('cidr("10.0.0.0/8").containsIP(resource.owner)', "has(resource.owner)", "SG601"),
    ],
)  # fmt: skip
def test_what_conditions_can_tell_apart(tmp_path: Path, allowed: str, claimed: str, expected: str) -> None:
    """An allow under one condition, and a claim under another: whether both are ever true, or who knows."""
    rules = (
        f"  - id: a\n    effect: allow\n    on: ['notes:read']\n    kinds: [system]\n    when: >-\n      {allowed}\n"
    )
    claim = f"  - id: i\n    never:\n      principal: {{kinds: [system]}}\n      when: >-\n        {claimed}\n"
    assert verdict(guard(tmp_path, rules, claim)) == expected


EDGES = """
scopeguard: 1
catalog:
  surfaces:
    things:
      actions: [read, write]
      coarse: true
      attributes:
        {score: double, score2: double, score3: double, level: int, n: uint, at: timestamp, wait: duration, any: dyn,
         any2: dyn, any3: dyn, scores: list(double)}
"""


@pytest.mark.parametrize(
    ("allowed", "claimed", "expected"),
    [
        # Doubles are further than one apart.
        ("resource.score > 9007199254740992.0", 'action == "read"', "SG601"),
        ("resource.score > 1e300", 'action == "read"', "SG601"),
        ("resource.score < -1e300", 'action == "read"', "SG601"),
        ("resource.score > 1.7976931348623157e308", "has(resource.score)", "holds"),
        ("resource.score < 1e300", "resource.score > 1e299 && resource.score != 1e299", "SG601"),
        ("resource.score > 0.0", "resource.score < 5e-324", "holds"),
        ("resource.score > 0.0", "resource.score < 1e-323", "SG601"),
        ("resource.score > resource.score2 && resource.score2 > 1e17", 'action == "read"', "SG601"),
        ("resource.score > resource.score2 && resource.score2 > resource.score3 && resource.score3 > 1e17", 'action == "read"', "SG601"),
        ("resource.score > resource.score2 && resource.score2 > 1.7976931348623153e308", "has(resource.at)", "SG601"),
        ("resource.score > resource.score2 && resource.score2 > resource.score3 && resource.score3 > 1.7976931348623153e308", "has(resource.at)", "holds"),
        ("1e17 in resource.scores", "resource.score > 1e17 && resource.score in resource.scores", "SG601"),
        # Whole numbers between constants that are none, and at the ends of what there is.
        ("resource.level > 1.5", 'action == "read"', "SG601"),
        ("resource.level > 1.5", "resource.level < 2", "holds"),
        ("resource.level > 0.5", "resource.level < 1.5", "SG601"),
        ("resource.level > 1e17", "resource.level < 1.1e17", "SG601"),
        ("resource.level < 1e300", "resource.level > 9223372036854775806", "SG601"),
        ("resource.level < -9223372036854775807", 'action == "read"', "SG601"),
        ("resource.level > 1e300", "has(resource.level)", "holds"),
        # A whole number is compared with a double as the nearest double.
        ("resource.level >= 9007199254740992.0", "resource.level <= 9007199254740992.0 && resource.level != 9007199254740992", "SG601"),
        ("resource.level > 9007199254740992.0", "resource.level < 9007199254740994", "holds"),
        ("resource.score <= resource.level", "resource.score > 9007199254740993 && resource.level < 9007199254740995", "SG601"),
        ("resource.score < resource.level", "resource.score > 100000000000000000", "SG601"),
        ("resource.score <= resource.level && resource.score >= resource.level", "resource.level > 0.5 && resource.score > 0.5", "SG601"),
        ("resource.score <= resource.level && resource.score >= resource.level", "resource.level > 0.5 && resource.score < 1.0", "holds"),
        ("resource.n > resource.level", "resource.level > 9223372036854775806", "holds"),
        ("resource.n > 18446744073709551614u", "has(resource.n)", "holds"),
        ("resource.n >= 9223372036854775807u", 'action == "read"', "SG601"),
        ("resource.any == 18446744073709551614u", "has(resource.any)", "SG601"),
        ("resource.any.k == 18446744073709551614u", "has(resource.any)", "SG602"),
        # Times at the ends of the calendar, and between two microseconds.
        ('resource.at > timestamp("9999-12-31T23:59:59Z")', 'action == "read"', "SG601"),
        ('resource.at > timestamp("9999-12-31T23:59:59.999999999Z")', "has(resource.at)", "holds"),
        ('resource.at < timestamp("0001-01-01T00:30:00Z")', 'action == "read"', "SG601"),
        ('resource.at < timestamp("0001-01-01T00:00:00Z")', "has(resource.at)", "holds"),
        ('resource.at > timestamp("2020-01-01T00:00:00.0000005Z")', 'resource.at < timestamp("2020-01-01T00:00:00.0000015Z")', "SG601"),
        ('resource.at > timestamp("2020-01-01T00:00:00.0000005Z")', 'resource.at < timestamp("2020-01-01T00:00:00.0000009Z")', "holds"),
        ('resource.wait > duration("315576000000s")', 'action == "read"', "SG601"),
        ('resource.wait < duration("-315576000000s")', 'action == "read"', "SG601"),
        ('resource.wait > duration("1ns")', 'resource.wait < duration("1001ns")', "SG601"),
        ('resource.wait > duration("1ns")', 'resource.wait < duration("1us")', "holds"),
        # An id has no room for much more than this.
        (f"resource.id.startsWith('{'x' * 255}')", f"resource.id != '{'x' * 255}'", "SG601"),
        # What has no declared type may be of the type of what it is compared with.
        ("resource.any == resource.at", 'action == "read"', "SG601"),
        ("resource.any == resource.wait", 'action == "read"', "SG601"),
        ("resource.any == resource.any2 && resource.any2 == resource.any3", "resource.any != resource.any3", "SG602"),
    ],
)  # fmt: skip
def test_at_the_edges_of_numbers_and_times(tmp_path: Path, allowed: str, claimed: str, expected: str) -> None:
    """Where values are sparse, fractions stand between whole numbers, and ranges end."""
    rules = (
        f"  - id: a\n    effect: allow\n    on: ['things:read']\n    kinds: [system]\n    when: >-\n      {allowed}\n"
    )
    claim = f"  - id: i\n    never:\n      principal: {{kinds: [system]}}\n      action: ['things:read']\n      when: >-\n        {claimed}\n"
    assert verdict(guard(tmp_path, rules, claim, EDGES)) == expected


def test_a_request_that_is_turned_away_leaves_it_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the boundary refuses of a made-up request leaves verify() as an error, or passes."""

    def refused(*_: object) -> None:
        raise RequestError("no such request")

    made = guard(tmp_path, "", "  - {id: i, never: {principal: {kinds: [api_key]}, action: ['notes:read']}}\n")
    monkeypatch.setattr(asking, "request_of", refused)
    (found,) = made.verify()
    assert (found.code, found.witness) == ("SG602", None)
    assert found.message == 'invariant "i" cannot be decided: no such request, about notes:read for the kind api_key'


def test_many_names_of_which_one_is_missing_are_not_gone_through(tmp_path: Path) -> None:
    """What can be true no more is left at once: a conjunction of twenty names takes about as many classes."""
    attributes = ", ".join(f"b{number}: bool" for number in range(20))
    words = EDGES.replace("{score: double", f"{{{attributes}, score: double")
    when = " && ".join(f"resource.b{number}" for number in range(20))
    rule = f"  - {{id: a, effect: allow, on: ['things:read'], kinds: [system], when: {when}}}\n"
    claim = "  - {id: i, never: {principal: {kinds: [system]}, action: ['things:read']}}\n"
    assert verdict(guard(tmp_path, rule, claim, words)) == "SG601"


@pytest.mark.parametrize(
    ("deny", "claim", "expected"),
    [
        ('{on: ["notes:read"]}', 'principal: {kinds: [api_key]}, action: ["notes:read"]', "holds"),
        ('{on: ["notes:read"]}', 'principal: {kinds: [api_key]}, action: ["notes:write"]', "SG601"),
        ('{on: ["drafts:read"]}', 'principal: {scopes: ["everything:write", "notes:write"]}, action: ["drafts:read"]', "holds"),
        ('{on: ["notes:write"]}', 'principal: {scopes: ["drafts:read"]}, action: ["*:*"]', "SG601"),
        ('{on: ["drafts:read"]}', 'principal: {scopes: ["drafts:read"]}, action: ["*:*"]', "holds"),
        # A key that holds what write brings along, and whose owner may not write.
        ('{on: ["notes:read"], when: "holds(\\"notes:write\\")"}', 'principal: {scopes: ["notes:write"]}, action: ["notes:read"]', "SG601"),
        ('{on: ["notes:read"], when: "holds(\\"notes:write\\")"}', 'principal: {kinds: [session], scopes: ["notes:write"]}, action: ["notes:read"]', "holds"),
        ('{on: ["notes:write"], unless: "\\"notes:write\\" in principal.scopes"}', 'principal: {scopes: ["everything:write"]}, action: ["notes:write"]', "holds"),
        ('{on: ["notes:write"], when: "\\"everything:write\\" in principal.scopes"}', 'action: ["notes:write"], when: "\\"everything:write\\" in principal.scopes"', "holds"),
        ('{on: ["notes:read"], when: "!has(resource.id)"}', 'principal: {scopes: ["notes:read/n_1"]}, action: ["notes:read"], when: "resource.id != \\"n_1\\""', "holds"),
        ('{on: ["notes:read"], when: "!has(resource.id)"}', 'principal: {scopes: ["notes:read/n_1"]}, action: ["notes:read"]', "SG601"),
        ('{on: ["notes:read"], when: "holds(\\"notes:read/n_1\\")"}', 'principal: {kinds: [api_key]}, action: ["notes:read"], when: "resource.id == \\"n_1\\""', "holds"),
        ('{on: ["notes:read"], when: "holds(\\"notes:read/n_1\\")"}', 'principal: {kinds: [api_key]}, action: ["notes:read"], when: "resource.id == \\"n_2\\""', "SG601"),
        ('{on: ["notes:read"], when: "size(principal.scopes) > 0"}', 'principal: {kinds: [session]}, action: ["notes:read"]', "holds"),
        ('{on: ["notes:read"], when: "size(principal.scopes) < 3"}', 'principal: {kinds: [session]}, action: ["notes:read"]', "SG601"),
        ('{on: ["*:*"], kinds: [member], unless: principal.rank < 50}', 'principal: {roles: [writer]}, action: ["*:*"]', "holds"),
        ('{on: ["*:*"], kinds: [member], unless: principal.rank < 50}', 'principal: {kinds: [member]}, action: ["notes:write"], when: "!has(resource.id)"', "holds"),
        # By a role on one resource, which gives no rank.
        ('{on: ["*:*"], kinds: [member], unless: principal.rank < 50}', 'principal: {kinds: [member]}, action: ["notes:write"]', "SG601"),
        ('{on: ["*:*"], kinds: [member], unless: principal.rank < 50}', 'principal: {kinds: [member]}, action: ["notes:read"]', "SG601"),
        ('{on: ["notes:read"], roles: [auditor]}', 'principal: {roles: [auditor, reader]}, action: ["notes:read"]', "SG601"),
        ('{on: ["notes:read"], unless: "\\"auditor\\" in principal.roles"}', 'principal: {roles: [writer, reader]}, action: ["notes:read"]', "holds"),
        # A member may have a role that the pack has no more.
        ('{on: ["drafts:read"], kinds: [member], when: "principal.roles.all(role, role == \\"auditor\\" || role == \\"reader\\" || role == \\"writer\\")"}', 'principal: {kinds: [member]}, action: ["drafts:read"]', "SG601"),
        ('{on: ["*:*"]}', 'principal: {kinds: [member]}, when: "!principal.roles.all(role, role in [\\"auditor\\", \\"reader\\", \\"writer\\"])"', "holds"),
        ('{on: ["drafts:read"], unless: "size(principal.roles) > 9"}', 'principal: {kinds: [member]}, action: ["drafts:read"]', "SG601"),
        ('{on: ["drafts:read"], kinds: [member], when: "sets.intersects(principal.roles, [\\"auditor\\"])"}', 'principal: {roles: [auditor]}, action: ["drafts:read"]', "holds"),
        ('{on: ["drafts:read"], kinds: [member], when: "sets.intersects([\\"reader\\"], principal.roles)"}', 'principal: {kinds: [member]}, action: ["drafts:read"]', "SG601"),
        # What no key can hold, since it is no scope.
        ('{on: ["drafts:read"]}', 'principal: {kinds: [api_key]}, when: "(permission + \\"/\u00e9\\") in principal.scopes"', "SG603"),
        # Neither role alone may read both, and both together are asked for.
        ('{on: ["drafts:read"], unless: "\\"reader\\" in principal.roles && \\"auditor\\" in principal.roles"}', 'principal: {kinds: [member]}, action: ["drafts:read"]', "SG601"),
        ('{on: ["drafts:read"], kinds: [member], unless: "\\"writer\\" in principal.assignable_roles"}', 'principal: {kinds: [member]}, action: ["drafts:read"]', "SG601"),
        ('{on: ["drafts:read"], kinds: [member], unless: "\\"writer\\" in principal.assignable_roles"}', 'principal: {roles: [auditor, reader]}, action: ["drafts:read"]', "holds"),
        ('{on: ["*:*"]}', "principal: {kinds: [anonymous]}, when: has(principal.id)", "SG603"),
        ('{on: ["*:*"]}', 'when: "context.channel == \\"server\\" && context.channel == \\"dashboard\\""', "SG603"),
        ('{on: ["*:*"]}', "principal: {kinds: [api_key]}, channels: [server], environments: [test]", "holds"),
    ],
)  # fmt: skip
def test_who_holds_what(tmp_path: Path, deny: str, claim: str, expected: str) -> None:
    """Scopes, ceilings and roles: a denial beside what is held, and a claim that never is anything allowed."""
    rule = f"  - {{id: d, effect: deny, code: not_permitted, {deny[1:]}\n"
    assert verdict(guard(tmp_path, rule, f"  - {{id: i, never: {{{claim}}}}}\n")) == expected


@pytest.mark.parametrize(
    ("deny", "claim", "expected"),
    [
        ('{on: ["drafts:read"]}', 'principal: {roles: [reader]}, action: ["notes:read"]', "holds"),
        ('{on: ["drafts:read"]}', 'principal: {roles: [reader, auditor]}, action: ["notes:read"]', "SG601"),
        ('{on: ["drafts:read"]}', 'principal: {scopes: ["notes:read"]}, action: ["notes:read"]', "holds"),
        ('{on: ["drafts:read"]}', 'principal: {kinds: [api_key]}, action: ["notes:read"]', "SG601"),
        # What the claim does not speak of is ordinary.
        ('{on: ["notes:read"], when: has(principal.revoked) && principal.revoked}', 'principal: {roles: [reader]}, action: ["notes:read"]', "holds"),
        ('{on: ["notes:read"], when: "principal.workspace != resource.workspace"}', 'principal: {roles: [reader]}, action: ["notes:read"]', "holds"),
        ('{on: ["notes:read"], when: "principal.workspace != resource.workspace"}', 'principal: {roles: [reader]}, action: ["notes:read"], when: has(resource.workspace)', "SG601"),
        ('{on: ["notes:read"], when: resource.open}', 'principal: {roles: [reader]}, action: ["notes:read"]', "SG601"),
        ('{on: ["notes:read"], when: resource.open}', 'principal: {roles: [reader]}, action: ["notes:read"], when: has(resource.open)', "SG601"),
        ('{on: ["notes:read"], when: resource.open}', 'principal: {roles: [reader]}, action: ["notes:read"], when: "!resource.open"', "holds"),
        ('{on: ["notes:read"], unless: "context.channel in [\\"server\\", \\"dashboard\\"]"}', 'principal: {roles: [reader]}, action: ["notes:read"]', "holds"),
        ('{on: ["notes:read"], unless: "context.channel == \\"server\\""}', 'principal: {roles: [reader]}, action: ["notes:read"]', "SG601"),
        ('{on: ["notes:read"], unless: "context.channel == \\"server\\""}', 'principal: {roles: [reader]}, action: ["notes:read"], channels: [server]', "holds"),
        ('{on: ["notes:read"], when: "resource.size / (resource.size - resource.size) == 1"}', 'principal: {roles: [reader]}, action: ["notes:read"], when: has(resource.size)', "SG601"),
    ],
)  # fmt: skip
def test_always(tmp_path: Path, deny: str, claim: str, expected: str) -> None:
    """Every ordinary request of the claim is allowed, or one is shown that is not."""
    rule = f"  - {{id: d, effect: deny, code: not_permitted, {deny[1:]}\n"
    assert verdict(guard(tmp_path, rule, f"  - {{id: i, always: {{{claim}}}}}\n")) == expected


def test_always_minds_what_has_no_value(tmp_path: Path) -> None:
    """An allow that is true of every number, but for those of which its condition has no value."""
    rule = "  - {id: a, effect: allow, on: ['notes:read'], kinds: [system], when: 9 / resource.size > 1 || 18 / resource.size < 100}\n"
    claim = "  - {id: i, always: {principal: {kinds: [system]}, action: ['notes:read'], when: has(resource.size)}}\n"
    made = guard(tmp_path, rule, claim)
    assert verdict(made) == "SG601"
    (found,) = made.verify()
    assert found.witness is not None
    assert found.witness.resource is not None
    assert found.witness.resource.attributes == {"size": 0}


def test_what_takes_too_long_never_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim that the solver does not come to an end about is a finding of its own, though it would hold."""
    monkeypatch.setattr(asking, "_ROUNDS", 0)
    rule = "  - {id: a, effect: allow, on: ['notes:read'], kinds: [system], when: resource.owner == principal.id}\n"
    claim = "  - {id: i, never: {principal: {kinds: [system]}, when: resource.owner != principal.id}}\n"
    (found,) = guard(tmp_path, rule, claim).verify()
    assert (found.code, found.witness) == ("SG602", None)
    assert found.message.startswith('invariant "i" cannot be decided: the solver does not come to an end, about notes:')


def test_a_credential_that_is_nobodys_is_tried(tmp_path: Path) -> None:
    """Anonymous principals with a credential and without one are told apart where a rule does so."""
    (tmp_path / "open.yaml").write_text(
        "scopeguard: 1\npack: {base: none, because: Anybody reads.}\n"
        "catalog: {surfaces: {notes: {actions: [read], coarse: true}}}\n"
        "rules: [{id: a, effect: allow, on: ['notes:read'], kinds: [anonymous], when: has(principal.unrecognized)}]\n"
        "invariants: [{id: i, never: {principal: {kinds: [anonymous]}}}]\n",
        encoding="utf-8",
    )
    (found,) = Guard.load(tmp_path / "open.yaml").verify()
    assert found.witness is not None
    assert found.witness.principal == Principal.unrecognized()
    assert "scopeguard explain notes:read --as unrecognized" in str(found.diagnostic)


def test_the_engine_has_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the search finds and the engine does not answer so is no violation, and is no proof either."""
    made = guard(tmp_path, "", "  - {id: i, never: {principal: {kinds: [api_key]}, action: ['notes:read']}}\n")
    denial = made.check(Principal.anonymous(), "notes:read")
    monkeypatch.setattr(Engine, "check", lambda *_: denial)
    (found,) = made.verify()
    assert (found.code, found.witness) == ("SG602", None)


def test_many_names_that_do_not_matter(tmp_path: Path) -> None:
    """A claim that no value upholds is not tried once for every value of all other names."""
    names = ["owner", "size", "open", "any", "tags"]
    others = "".join(
        f"  - {{id: d.{name}, effect: deny, code: not_permitted, on: ['notes:read'], when: has(resource.{name})}}\n"
        for name in names
    )
    facts = "".join(
        f"  - {{id: e.{number}, effect: deny, code: not_permitted, on: ['notes:read'], when: context.ratio == {number}.5}}\n"
        for number in range(9)
    )
    rule = "  - {id: a, effect: allow, on: ['notes:read'], kinds: [system], when: resource.id == principal.id}\n"
    claim = "  - {id: i, never: {principal: {kinds: [system]}, when: resource.id != principal.id}}\n"
    assert verdict(guard(tmp_path, f"{others}{facts}{rule}", claim)) == "holds"


def test_what_leaves_the_same_is_not_taken_for_the_same_holder(tmp_path: Path) -> None:
    """No scope writes without reading; that rules out such keys, and not those that only read."""
    rule = (
        "  - {id: a, effect: allow, on: ['logs:read'], kinds: [session], "
        "requires: 'all(any(notes:read, notes:write), drafts:read)'}\n"
    )
    claim = (
        "  - {id: i, never: {principal: {kinds: [session]}, action: ['logs:read'], "
        "when: '!(\"logs:read\" in principal.scopes)'}}\n"
    )
    made = guard(tmp_path, rule, claim)
    assert verdict(made) == "SG601"
    (found,) = made.verify()
    assert found.witness is not None
    assert found.witness.principal.scopes == {"drafts:read", "notes:read"}


def test_many_roles_are_decided_together(tmp_path: Path) -> None:
    """However many sets of them there are."""
    many = "".join(f"  r{number}: {{holds: ['notes:read'], rank: {number}}}\n" for number in range(40))
    rule = (
        "  - {id: d, effect: deny, code: not_permitted, on: ['notes:read'], unless: principal.rank > resource.size}\n"
    )
    words = WORDS.replace("roles:\n", f"roles:\n{many}")
    claim = "  - {id: i, never: {action: ['notes:read'], principal: {kinds: [member]}, when: resource.size >= 100}}\n"
    assert verdict(guard(tmp_path, rule, claim, words)) == "holds"
    assert verdict(guard(tmp_path, rule, claim.replace("100", "38"), words)) == "SG601"


def test_what_is_counted(tmp_path: Path) -> None:
    """Events and operations that count on a meter, where they must not."""
    words = (
        WORDS.replace("catalog:\n", 'catalog:\n  operations:\n    notes.say: {needs: "notes:write", meter: words, instead: {test: trials}}\n')
        + "meters: {words: {kind: consumption}, letters: {kind: consumption}, trials: {kind: fair_use}}\n"
        + "usage:\n  - {id: u.words, environments: [production], channels: [server, dashboard], meter: words}\n"
        + "  - {id: u.letters, environments: [production], other_channels: [server, dashboard], meter: letters}\n  - {id: u.trials, environments: [test], meter: trials}\n"
    )  # fmt: skip
    claims = (
        "  - {id: a.apart, never: {environments: [test], meters: [words]}}\n"
        "  - {id: b.said, never: {environments: [test], meters: [trials], action: [notes.say]}}\n"
        "  - {id: c.events, never: {channels: [server], meters: [words]}}\n"
        "  - {id: d.keys, never: {principal: {kinds: [system]}, meters: [words]}}\n"
        "  - {id: e.other, never: {environments: [production], meters: [letters]}}\n"
    )
    made = guard(tmp_path, "", claims, words)
    said, counted, other = made.verify()
    assert (said.invariant, said.code, said.event) == ("b.said", "SG601", None)
    assert said.witness is not None
    assert said.witness.context.environment == "test"
    assert (counted.invariant, counted.code, counted.witness) == ("c.events", "SG601", None)
    assert counted.event == UsageEvent("server", "text", "user", "production")
    assert made.classify(counted.event).meter == "words"
    assert (other.invariant, other.event) == ("e.other", UsageEvent("elsewhere_1", "text", "user", "production"))


def test_a_pack_is_verified_when_it_is_loaded(tmp_path: Path) -> None:
    """With verify=True a broken pack does not load, and a reload keeps the last good one."""
    file = tmp_path / "p.yaml"
    claim = 'invariants: [{id: i, never: {action: ["notes:read"], channels: [dashboard]}}]\n'
    rule = (
        'rules: [{id: d, effect: deny, on: ["notes:read"], unless: context.channel == "server", code: not_permitted}]\n'
    )
    file.write_text(f"{WORDS}{rule}{claim}", encoding="utf-8")
    made = Guard.load(file, verify=True)
    digest = made.digest
    file.write_text(f"{WORDS}{claim}", encoding="utf-8")
    with pytest.raises(PolicyError, match=r'p\.yaml:24:19: SG601 invariant "i" does not hold: notes:read is allowed'):
        made.reload()
    assert (made.digest, made.generation) == (digest, 1)
    with pytest.raises(PolicyError, match="SG601"):
        Guard.load(file, verify=True)
    assert [each.invariant for each in Guard.load(file).verify()] == ["i"]


def test_the_shipped_pack_loads_verified() -> None:
    """Its invariants hold; a pack on top of it is held to them too."""
    assert Guard.default(verify=True).verify() == ()


def test_a_guard_without_a_reading_side_says_so(tmp_path: Path) -> None:
    """A guard made of a program alone does not pretend that it has checked anything."""
    program = guard(tmp_path, "", '  - {id: i, never: {action: ["notes:read"]}}\n')._generation.program
    with pytest.raises(ScopeguardError, match="nothing to check invariants with"):
        Guard(lambda: program).verify()
    with pytest.raises(ScopeguardError, match="nothing to check invariants with"):
        Guard(lambda: program, verify=True)


def test_a_witness_reads_well(tmp_path: Path) -> None:
    """It is the shortest call that shows the matter."""
    rule = (
        "  - {id: a, effect: allow, on: ['notes:read'], kinds: [session], when: principal.expires_at > context.now}\n"
    )
    claim = "  - {id: i, never: {principal: {kinds: [session]}, action: ['notes:read'], when: 'size(principal.scopes) == 0'}}\n"
    (found,) = guard(tmp_path, rule, claim).verify()
    assert found.witness is not None
    assert found.witness.principal.attributes["expires_at"] > datetime(2000, 1, 1, tzinfo=UTC)
    assert re.fullmatch(
        r"guard\.check\(Principal\.session\('ses_1', workspace='ws_1', expires_at=datetime\.datetime\(.*\)\), "
        r"'notes:read', context=Context\(now=datetime\.datetime\(.*\)\)\)",
        str(found.witness),
    )


WITHOUT = "import sys; sys.modules['z3'] = None\nfrom scopeguard import Guard\n"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("print(bool(Guard.load(sys.argv[1])))", "True"),
        ("Guard.load(sys.argv[1], verify=True)", "pip install 'scopeguard-authz[prove]'"),
        ("Guard.load(sys.argv[1]).verify()", "pip install 'scopeguard-authz[prove]'"),
        ("from scopeguard.testing.collecting import find_problems; print(*find_problems([sys.argv[1]]))",
         "SG605 invariants are not decided; 1 in this pack; proofs need their extra: pip install 'scopeguard-authz[prove]'"),
    ],
)  # fmt: skip
def test_without_the_solver(tmp_path: Path, asked: str, said: str) -> None:
    """A pack loads; what asks for a proof says what to install, and nothing passes for proved."""
    guard(tmp_path, "", "  - {id: i, never: {principal: {kinds: [anonymous]}}}\n")
    program = [sys.executable, "-c", f"{WITHOUT}{asked}", str(tmp_path / "p.yaml")]
    done = subprocess.run(program, check=False, capture_output=True, text=True)
    assert said in done.stdout + done.stderr.splitlines()[-1] if done.stderr else said in done.stdout
