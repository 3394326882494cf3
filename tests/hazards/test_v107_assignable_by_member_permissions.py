"""V107: a role is handed out by who holds its permissions, though not the member permissions that it is made of."""

from pathlib import Path

import pytest

from scopeguard import Guard, Principal, Resource
from tests.hazards.packs import SERVER, load

ROLES = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
    people: {actions: [invite], holdable_by: [member], attributes: {new_roles: list(string)}}
  permissions:
    notes.view: {grants: ["notes:read"]}
    notes.sign: {grants: ["notes:read"]}
  channels: [server]
roles:
  viewer: {holds: [notes.view, "people:invite"]}
  signer: {holds: [notes.sign]}
  reader: {holds: ["notes:read"]}
  both:   {holds: [notes.view, notes.sign, "people:invite"]}
rules:
  - {id: beyond, effect: deny, on: ["people:invite"], code: grant_exceeds_actor,
     unless: "resource.new_roles.all(role, role in principal.assignable_roles)"}
"""
MAY = {"viewer": {"viewer", "reader"}, "both": {"viewer", "reader", "signer", "both"}}


@pytest.mark.parametrize("actor", MAY)
@pytest.mark.parametrize("role", ["viewer", "signer", "reader", "both"])
def test_v107_assignable_by_member_permissions(tmp_path: Path, actor: str, role: str) -> None:
    """Two member permissions may come to the same permissions, and are two rights all the same."""
    guard: Guard = load(tmp_path, pack=ROLES)
    member = Principal.member("usr_1", workspace="ws_1", roles=[actor])
    about = Resource("people", None, "ws_1", {"new_roles": [role]})
    assert guard.check(member, "people:invite", about, SERVER).allowed is (role in MAY[actor])
