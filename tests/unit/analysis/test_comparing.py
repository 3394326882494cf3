"""Two packs of which one was edited: which requests are answered otherwise, and that none is where nothing changed."""

from pathlib import Path

import pytest

from scopeguard.analysis.comparing import BROUGHT, CODE, GAINED, LOST, Comparison
from scopeguard.compiling.loading import load_program
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
      attributes: {owner: string, size: int}
    drafts: {actions: [read], explicit_only: true, because: quoted}
  channels: [server, dashboard]
scopes:
  everything:write: {includes: ["*:*"]}
roles:
  reader: {rank: 10, holds: ["notes:read"]}
  writer: {rank: 50, holds: ["notes:write"]}
rules:
  - {id: closed, effect: deny, on: ["notes:write"], when: context.channel == "dashboard" && resource.size > 3, code: not_permitted}
  - {id: mine, effect: allow, on: ["drafts:read"], kinds: [system], when: resource.owner == principal.id}
"""


def engine(tmp_path: Path, name: str, text: str) -> Engine:
    """What answers by a small pack."""
    text = text.replace("resource.owner == principal.id", 'principal.id == "job_7"')
    (tmp_path / name).write_text(text, encoding="utf-8")
    return Engine(load_program([tmp_path / name]), number=1, max_rows=0)


@pytest.mark.parametrize(
    ("edit", "action", "kind", "aspect", "expected"),
    [
        (("", ""), "notes:write", "api_key", GAINED, None),
        (("size > 3", "size >= 4"), "notes:write", "api_key", GAINED, None),
        (("size > 3", "size >= 4"), "notes:write", "api_key", CODE, None),
        (("size > 3", "size > 4"), "notes:write", "api_key", GAINED, "attributes={'size': 4}"),
        (("size > 3", "size > 2"), "notes:write", "member", LOST, "attributes={'size': 3}"),
        (("not_permitted", "ip_not_allowed"), "notes:write", "system", CODE, "Principal.system('job_1'"),
        (("not_permitted", "ip_not_allowed"), "notes:write", "member", LOST, None),
        (("[server, dashboard]", "[server, dashboard, mobile]"), "notes:read", "session", GAINED, "Principal.session('ses_1'"),
        (("[server, dashboard]", "[server, dashboard, mobile]"), "notes:read", "member", GAINED, "channel='mobile'"),
        (('reader: {rank: 10, holds: ["notes:read"]}', 'reader: {rank: 10, holds: ["notes:write"]}'), "notes:write", "member", GAINED, "roles=['reader']"),
        (("qualifiable: true", "qualifiable: false"), "notes:read", "api_key", LOST, "scopes='notes:"),
        (('principal.id == "job_7"', 'principal.id.startsWith("job_7")'), "drafts:read", "system", GAINED, "Principal.system('job_7"),
        (("actions: [read, write]", "audited: [read]\n      actions: [read, write]"), "notes:read", "member", BROUGHT, "notes:read"),
    ],
)  # fmt: skip
def test_an_edit(
    tmp_path: Path, edit: tuple[str, str], action: str, kind: str, aspect: str, expected: str | None
) -> None:
    """What one edit changes for one kind of principal; None where it changes nothing of that."""
    old = engine(tmp_path, "old.yaml", WORDS)
    new = engine(tmp_path, "new.yaml", (tmp_path / "old.yaml").read_text(encoding="utf-8").replace(*edit))
    found = Comparison(old, new).ask(action, kind, aspect)
    if expected is None:
        assert found.is_equal, found
        return
    change = found.change
    assert change is not None, found
    assert expected in str(change.witness)
    assert (change.before is None or change.before.effect) != (change.after and change.after.effect) or aspect in (CODE, BROUGHT)  # fmt: skip
