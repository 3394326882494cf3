"""What stands for each placeholder of a remedy: by rules, by gates of each kind, and where nothing is known."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal
from scopeguard.runtime.generations import program_in_force
from scopeguard.runtime.messages import MessageContext

ALL = "{needed} | {surface} | {permission} | {roles} | {meter} | {kinds} | {resets_at} | {grace_until}"
PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
    logs: {actions: [read], coarse: true}
    jobs: {actions: [run], explicit_only: true, internal: true, because: Rules alone start them}
  operations:
    notes.add: {needs: "notes:write", meter: sheets}
    notes.ask: {needs: "notes:write"}
    notes.pay: {needs: "notes:write"}
  attributes: {facts: {open: bool}}
  providers: [model, speech, phone]
  facts_max_age: 5m
meters:
  sheets: {kind: allocation, title: Sheets of paper}
roles:
  editor: {holds: ["notes:*"], rank: 5}
  reader: {holds: ["notes:read", "logs:read"], rank: 1}
  never: {holds: ["notes:*", "logs:read"], rank: 1}
gates:
  - {id: g.sheets, on: [notes.add], entitlement: sheets, because: There are few}
  - {id: g.model, on: [notes.ask], provider: [speech, model, phone], because: It needs them}
  - {id: g.payment, on: [notes.pay], payment: required, because: It costs}
rules:
  - {id: shut, effect: deny, on: ["notes:write"], unless: context.facts.open, code: shut, because: It is shut}
  - {id: jobs, effect: deny, on: ["jobs:run"], code: shut, because: It is shut}
  - {id: never, effect: deny, on: ["logs:read"], roles: [never], code: not_permitted, because: Never}
recovery:
  unmapped_action: {remedy: {text: "{needed}"}}
  shut: {class: denial, status: 403, title: Shut, remedy: {text: "ALL"}}
  member_permission_missing: {class: denial, status: 403, title: Missing, remedy: {text: "ALL"}}
  entitlement_limit_reached: {class: recovery, status: 402, title: Limit, remedy: {text: "ALL"}}
  provider_keys_missing: {class: recovery, status: 409, title: Keys, remedy: {text: "ALL"}}
  payment_interrupted:
    class: recovery
    status: 402
    title: Payment
    remedy: {text: "ALL"}
    remedies:
      - {when: 'context.facts.payment.status == "interrupted" && has(context.facts.payment.grace_until)', text: "First {grace_until}"}
      - {when: 'context.facts.payment.status == "interrupted"', text: "Second"}
""".replace("ALL", ALL)
NOW = datetime(2026, 1, 2, tzinfo=UTC)
EDITOR = Principal.member("m", workspace="w", roles=["editor"])
FACTS: dict[str, Any] = {
    "as_of": NOW, "open": True, "payment": {"status": "ok"}, "providers": {"model": "ready", "speech": "missing", "phone": "invalid"},
    "entitlements": {"sheets": {"limit": 3, "used": 3, "reserved": 0, "resets_at": datetime(2026, 1, 7, tzinfo=UTC)}},
}  # fmt: skip
LATER = datetime(2026, 1, 5, tzinfo=UTC)
OVERDUE = {"status": "grace", "grace_until": datetime(2026, 1, 1, tzinfo=UTC)}
STOPPED = {"status": "interrupted"}
NO_RESET = {"limit": 3, "used": 3, "reserved": 0}
WRITE, UNTOLD = "notes:write | notes | notes:write | editor, never, reader", "the next reset | further notice"


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard for the pack."""
    (tmp_path / "pack.yaml").write_text(PACK, encoding="utf-8")
    return Guard.load(tmp_path)


@pytest.mark.parametrize(
    ("action", "changed", "expected"),
    [
        ("notes:write", {"open": False}, f"{WRITE} | usage | provider | {UNTOLD}"),
        ("logs:read", {}, f"logs:read | logs | logs:read | reader | usage | provider | {UNTOLD}"),
        ("jobs:run", {}, f"jobs | jobs | jobs:run | editor, never, reader | usage | provider | {UNTOLD}"),
        ("gone:walk", {}, "gone:walk"),
        ("notes.add", {}, f"{WRITE} | Sheets of paper | provider | 2026-01-07T00:00:00Z | further notice"),
        ("notes.add", {"entitlements": {"sheets": NO_RESET}}, f"{WRITE} | Sheets of paper | provider | {UNTOLD}"),
        ("notes.ask", {}, f"{WRITE} | usage | speech, phone | {UNTOLD}"),
        ("notes.pay", {"payment": OVERDUE}, f"{WRITE} | usage | provider | the next reset | 2026-01-01T00:00:00Z"),
        ("notes.pay", {"payment": {**STOPPED, "grace_until": LATER}}, "First 2026-01-05T00:00:00Z"),
        ("notes.pay", {"payment": STOPPED}, "Second"),
    ],
)
def test_a_placeholder_is_what_is_known(guard: Guard, action: str, changed: dict[str, Any], expected: str) -> None:
    """Of the gate that denies and of no other; of circumstances, the first that fits; the first time and the tenth."""
    for _ in range(10):
        decision = guard.check(EDITOR, action, context=Context(facts={**FACTS, **changed}, now=NOW))
        assert str(decision.remedy) == expected


def test_a_time_is_that_of_each_request(guard: Guard) -> None:
    """However often another one was told before."""
    for day in (5, 6):
        until = datetime(2026, 1, day, tzinfo=UTC)
        context = Context(facts={**FACTS, "payment": {**STOPPED, "grace_until": until}}, now=NOW)
        for _ in range(10):
            assert str(guard.check(EDITOR, "notes.pay", context=context).remedy) == f"First 2026-01-0{day}T00:00:00Z"


def test_who_holds_several_permissions_is_not_kept(guard: Guard) -> None:
    """There are too many sets of them; who holds one is kept, and the answers are right either way."""
    program = program_in_force(guard)
    act = program.known("notes:read")
    for needed, holders in (
        (("notes:read",), ("editor", "never", "reader")),
        (("notes:read", "notes:write"), ("editor", "never")),
        (("logs:read", "notes:read", "notes:write"), ("never",)),
    ):
        assert [MessageContext(program, act, needed).holders for _ in range(2)] == [holders, holders]
    assert list(program.memos.holders) == [("notes:read", "notes:read")]


@pytest.mark.parametrize(
    ("who", "action", "expected"),
    [
        (Principal.anonymous(), "notes:read", "bearer"),
        (Principal.unrecognized(), "notes:read", "invalid_token"),
        (Principal.api_key("k", workspace="w"), "notes:read", "invalid_token"),
        (Principal.anonymous(), "notes:write", None),
        (Principal.unrecognized(), "notes:write", None),
    ],
)
def test_a_challenge_names_an_error_of_a_credential_alone(
    tmp_path: Path, who: Principal, action: str, expected: str | None
) -> None:
    """Where there was none, the scheme stands by itself; and a code without a challenge has none for anybody."""
    text = """
scopeguard: 1
pack: {base: none, because: Anonymous callers meet the rules below}
catalog: {surfaces: {notes: {actions: [read, write], coarse: true}}}
rules:
  - {id: read, effect: deny, on: ["notes:read"], code: credential_invalid}
  - {id: write, effect: deny, on: ["notes:write"], code: not_permitted}
"""
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    assert Guard.load(tmp_path).check(who, action).challenge == expected
