"""The invariants of the shipped pack: each holds, and each is broken where the pack has the defect that it is about."""

import re
import shutil
from pathlib import Path
from time import process_time

import pytest

from scopeguard import Guard
from scopeguard.analysis.violations import Violation
from scopeguard.model.request import or_left_out
from scopeguard.shipped import policies

PACK = policies() / "workspace"

RULES = ("traffic.yaml", "rules:")
"""Where a rule more is put in."""
OPENED = "holdable_by: [member, api_key]"
DESK = 'principal.kind == "member" && context.channel == "dashboard"'
SERVER = 'unless: context.channel == "server"'
OWN = "unless: principal.workspace == resource.workspace"

# The invariant, and edits that make the defect: the file, what is taken out of it, and what stands there instead.
DEFECTS: list[tuple[str, list[tuple[str, str, str]]]] = [
    ("holds.coarse-is-not-explicit", [
        ("catalog-sensitive.yaml", "collected_data:\n", "collected_data:\n      coarse: true\n")]),
    ("holds.coarse-is-not-explicit", [
        (*RULES, 'rules:\n  - {id: x.x, effect: allow, on: ["webhooks:admin"], kinds: [api_key], when: "\\"workspace:write\\" in principal.scopes"}')]),
    ("holds.coarse-is-not-explicit", [
        (*RULES, 'rules:\n  - {id: x.x, effect: allow, on: ["collected_data:read"], kinds: [api_key], requires: "conversations:read"}')]),
    ("holds.explicit-by-name", [
        ("catalog-sensitive.yaml", "sensitive_memory:\n", "sensitive_memory:\n      implies: {write: [read]}\n")]),
    ("holds.explicit-by-name", [
        (*RULES, 'rules:\n  - {id: x.x, effect: allow, on: ["post_session_records:read"], kinds: [api_key]}')]),
    ("holds.explicit-by-name", [
        ("catalog-sensitive.yaml", "webhooks:\n", "webhooks:\n      qualifiable: true\n")]),
    ("holds.no-key-manages-keys", [
        ("catalog-settings.yaml", "    api_keys:\n", f"    api_keys:\n      {OPENED}\n"),
        ("key-management.yaml", DESK, 'principal.kind in ["member", "api_key"]')]),
    ("holds.keys-managed-in-dashboard", [("key-management.yaml", DESK, 'principal.kind == "member"')]),
    ("holds.keys-managed-in-dashboard", [
        ("key-management.yaml", 'context.channel == "dashboard"', 'context.channel in ["dashboard", "mobile"]')]),
    ("holds.keys-from-servers", [("channels.yaml", SERVER, 'unless: context.channel in ["server", "widget"]')]),
    ("holds.keys-from-servers", [
        ("channels.yaml", SERVER, f'{SERVER} || context.environment == "preview"')]),
    ("holds.keys-from-servers", [("channels.yaml", SERVER, f"{SERVER} || has(principal.ip_allow)")]),
    ("holds.keys-from-servers", [
        ("channels.yaml", SERVER, """unless: '!has(context.channel) || context.channel == "server"'""")]),
    ("holds.account-closed-to-keys", [
        ("catalog-settings.yaml", "    providers:\n", f"    providers:\n      {OPENED}\n"),
        ("account.yaml", f"unless: {DESK}", 'unless: context.channel in ["server", "dashboard"]')]),
    ("holds.members-in-dashboard", [
        ("channels.yaml", 'unless: context.channel == "dashboard"', 'unless: context.channel in ["dashboard", "browser"]')]),
    ("holds.sessions-with-users", [("channels.yaml", '"whatsapp", "voice"]', '"whatsapp", "voice", "server"]')]),
    ("holds.sso-where-available", [
        ("account.yaml", "context.facts.sso_available", 'context.facts.sso_available || context.environment == "test"')]),
    ("holds.nobody-crosses-a-workspace", [
        ("tenancy.yaml", "kinds: [api_key, member, session, system]", "kinds: [api_key, member, session]")]),
    ("holds.nobody-crosses-a-workspace", [("tenancy.yaml", OWN, f'{OWN} || resource.workspace == "shared"')]),
    ("holds.nobody-crosses-a-workspace", [
        ("tenancy.yaml", OWN, "unless: resource.workspace.startsWith(principal.workspace)")]),
    ("holds.nobody-crosses-a-workspace", [
        ("tenancy.yaml", OWN, "unless: '!has(resource.workspace) || principal.workspace == resource.workspace'")]),
    ("holds.nobody-crosses-a-workspace", [("tenancy.yaml", '"*:*"', '"*:{read,view}"')]),
    ("holds.nobody-without-credential", [
        ("credentials.yaml", "kinds: [anonymous]", "kinds: [session]"),
        (*RULES, 'rules:\n  - {id: x.x, effect: allow, on: ["agents:read"], kinds: [anonymous]}')]),
    ("holds.nobody-hands-out-more", [
        ("members.yaml", "role in principal.assignable_roles)", 'role in principal.assignable_roles || role == "owner")')]),
    ("holds.nobody-acts-above", [
        ("members.yaml", '{change_role,remove,suspend}"]\n    stage: standing\n    when: resource.roles.exists', '{change_role,remove}"]\n    stage: standing\n    when: resource.roles.exists')]),
    ("holds.an-owner-stays", [("members.yaml", "other_active_owners > 0", "other_active_owners >= 0")]),
    ("holds.managers-change-members", [("roles.yaml", "      - settings.members.view\n", "      - settings.members.manage\n")]),
    ("holds.owner-can-mend", [
        (*RULES, 'rules:\n  - {id: x.x, effect: deny, on: ["top_ups:manage"], when: context.environment == "test", code: not_permitted}')]),
    ("holds.owner-can-mend", [("roles.yaml", "      - billing.payment_methods.manage\n", "")]),
    ("holds.previews-and-tests-are-apart", [
        ("usage.yaml", "environments: [test]", "environments: [test]\n    modality: text"),
        ("usage.yaml", "environments: [production]\n    modality: audio", "environments: [production, test]\n    modality: audio")]),
    ("holds.previews-and-tests-are-apart", [
        ("catalog-operations.yaml", "    members.invite:", '    voice.extend: {needs: "sessions:write", meter: voice_minutes}\n    members.invite:')]),
]  # fmt: skip


def edited(folder: Path, file: str, old: str, new: str) -> None:
    """Put one defect into a copy of the pack."""
    (place,) = folder.parent.glob(f"*/{file}")
    text = place.read_text(encoding="utf-8")
    assert old in text
    place.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped pack, without its tests, and beside it one of the base, which stands beneath it."""
    copy = tmp_path / "workspace"
    shutil.copytree(PACK, copy, ignore=shutil.ignore_patterns("*_test.yaml", "*.md"))
    shutil.copytree(policies() / "base", tmp_path / "base")
    monkeypatch.setattr("scopeguard.documents.layers.base_pack", lambda: str(tmp_path / "base"))
    return copy


def test_they_hold_and_soon() -> None:
    """No invariant of the shipped pack is broken, none is left open, and it takes seconds to say so."""
    guard = Guard.default()
    start = process_time()
    assert guard.verify() == ()
    assert process_time() - start < 10


def test_each_has_a_defect() -> None:
    """No invariant is shipped that nobody has seen broken; the one about files is broken in the test of hazard V79."""
    ids = re.findall(r"^  - id: (holds\.\S+)$", (PACK / "invariants.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(ids) == {defect[0] for defect in DEFECTS} | {"holds.files-are-whole"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("id", "edits"), DEFECTS, ids=[f"{defect[0]}-{number}" for number, defect in enumerate(DEFECTS)]
)
def test_the_defect_is_found(folder: Path, id: str, edits: list[tuple[str, str, str]]) -> None:
    """The invariant is broken by a request, or an event, that the pack with the defect answers as it must not."""
    for edit in edits:
        edited(folder, *edit)
    guard = Guard.load(folder)
    found = {violation.invariant: violation for violation in guard.verify()}
    assert id in found, sorted(found)
    violation = found[id]
    assert violation.code == "SG601"
    replayed(guard, violation)


def replayed(guard: Guard, violation: Violation) -> None:
    """The witness is answered as the violation says, by the guard and by the printed call."""
    if violation.event is not None:
        assert guard.classify(violation.event).meter in ("voice_minutes", "text_chat_messages", "whatsapp_messages")
        return
    witness = violation.witness
    assert witness is not None
    decision = guard.check(witness.principal, witness.action, or_left_out(witness.resource), witness.context)
    assert decision == violation.decision
    assert decision.allowed is not violation.invariant.startswith("holds.owner")
