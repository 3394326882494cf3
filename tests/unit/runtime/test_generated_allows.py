"""Allows by generated code: what cannot be evaluated allows nothing there, and what an allow brings along is brought."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.limits import CALLS_BEFORE_CODE

HEAD = """
scopeguard: 1
catalog:
  surfaces:
    notes:
      actions: [read]
      coarse: true
      attributes: {hidden: bool, open: bool}
      embeds: {read: [logs]}
    logs: {actions: [read], explicit_only: true, because: They tell much}
  attributes: {facts: {a: bool, p: bool, q: bool}}
  channels: [server, dashboard]
  stages: [workspace, permission, payment]
recovery:
  plain: {class: advice, title: Plain, remedy: {text: As ever}}
  hint: {class: advice, title: Hint, remedy: {text: Mind it}, remedies: [{when: "has(context.facts.a)", text: Mind that}]}
rules:
  - {id: hidden, effect: deny, on: ["notes:read"], stage: STAGE, when: "has(resource.hidden) && resource.hidden", code: not_permitted}
"""
MEMBER, JOB = Principal.member("usr_1", workspace="w"), Principal.system("job", workspace="w")
SURE = '{id: sure, effect: allow, on: ["notes:read"], kinds: [member, system]}'
FAILS = '{id: fails, effect: allow, on: ["notes:read"], kinds: [member, system], when: context.channel == "server"}'
FAILS_TOO = (
    '{id: fails.too, effect: allow, on: ["notes:read"], kinds: [member, system], when: context.channel != "server"}'
)
OPEN = '{id: open, effect: allow, on: ["notes:read"], kinds: [member, system], when: "has(resource.open) && resource.open"}'
PLAIN = '{id: plain, effect: advise, on: ["notes:read"], code: plain}'
HINT = '{id: hint, effect: advise, on: ["notes:read"], code: hint}'
LOGS = '{id: logs, effect: allow, on: ["logs:read"], kinds: [member, system], when: "WHEN"}'
CLOSED = '{id: closed, effect: deny, on: ["notes:read"], when: "WHEN", code: not_permitted}'
P, Q = ("has(context.facts.p)", "has(context.facts.q)")


def guard(folder: Path, stage: str, *rules: str) -> Guard:
    """A guard for the pack with some rules, one of which denies what is hidden at a stage."""
    lines = "".join(f"  - {rule}\n" for rule in rules)
    (folder / "pack.yaml").write_text(HEAD.replace("STAGE", stage) + lines, encoding="utf-8")
    return Guard.load(folder)


def note(**attributes: bool) -> Resource:
    """A note."""
    return Resource("notes", "n", "w", attributes)


@pytest.mark.parametrize("stage", ["workspace", "permission", "payment"])
@pytest.mark.parametrize(
    ("rules", "attributes", "allowing", "errors"),
    [
        ([FAILS], {}, (), ("fails",)),
        ([FAILS, FAILS_TOO], {}, (), ("fails", "fails.too")),
        ([FAILS, SURE], {}, ("sure",), ()),
        ([FAILS, OPEN], {}, (), ("fails",)),
        ([FAILS, OPEN], {"open": True}, ("open",), ()),
        ([FAILS, OPEN, SURE], {"open": True}, ("open", "sure"), ()),
        ([OPEN, SURE], {}, ("sure",), ()),
        ([OPEN, SURE], {"open": True}, ("open", "sure"), ()),
        ([OPEN], {}, (), ()),
    ],
)
def test_what_cannot_be_evaluated_allows_nothing(
    tmp_path: Path,
    stage: str,
    rules: list[str],
    attributes: dict[str, bool],
    allowing: tuple[str, ...],
    errors: tuple[str, ...],
) -> None:
    """By the evaluator at first and by code later: the rules that allow are named, and those that could not tell."""
    made = guard(tmp_path, stage, *rules)
    for _ in range(2 * CALLS_BEFORE_CODE):
        for who in (MEMBER, JOB):
            found = made.check(who, "notes:read", note(**attributes), Context())
            assert (found.allowed, found.rules, found.errors) == (bool(allowing), allowing, errors)
            if allowing:
                assert made.check(who, "notes:read", note(hidden=True, **attributes), Context()).rules == ("hidden",)


@pytest.mark.parametrize("stage", ["workspace", "payment"])
@pytest.mark.parametrize("more", [[], [OPEN], [PLAIN]])
def test_advice_is_in_the_words_of_the_request(tmp_path: Path, stage: str, more: list[str]) -> None:
    """Though the rule that advises holds in every request, and nothing else of the allow differs."""
    made = guard(tmp_path, stage, SURE, HINT, *more)
    for _ in range(2 * CALLS_BEFORE_CODE):
        for facts, words in (({}, "Mind it"), ({"a": True}, "Mind that")):
            found = made.check(MEMBER, "notes:read", note(), Context(facts=facts))
            assert [each.text for each in found.advice if each.code == "hint"] == [words]


@pytest.mark.parametrize("stage", ["workspace", "permission", "payment"])
@pytest.mark.parametrize(
    ("logs", "closed"),
    [
        (f"{P} && {Q}", f"!{P}"),
        (f"{Q} && {P}", f"!{P}"),
        (f"{P} && context.facts.p && {Q}", f"!({P} && context.facts.p)"),
        (f"{P} && context.facts.p && {Q}", f"!{P}"),
        (Q, f"!{P}"),
        (f"!(!{Q} || !{P})", f"!{P}"),
    ],
)
def test_what_is_embedded_is_left_out_for_whom_it_is_denied(tmp_path: Path, stage: str, logs: str, closed: str) -> None:
    """Where a part of what allows the embedded records is what allows the record itself, the rest of it still counts."""
    made = guard(tmp_path, stage, SURE, LOGS.replace("WHEN", logs), CLOSED.replace("WHEN", closed))
    for _ in range(2 * CALLS_BEFORE_CODE):
        for facts, redact in (({"q": True}, ()), ({}, ("logs",))):
            found = made.check(MEMBER, "notes:read", note(), Context(facts={"p": True, **facts}))
            assert (found.allowed, found.redact) == (True, redact)
        assert made.check(MEMBER, "notes:read", note(), Context(facts={"q": True})).rules == ("closed",)
