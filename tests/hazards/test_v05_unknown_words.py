"""V05: an unknown surface, action, channel or kind falls through to an allow, or crashes with a KeyError."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, RequestError
from tests.hazards.packs import editor, load


@pytest.mark.parametrize("action", ["nothing:read", "notes:erase", "notes", "notes.publish", "notes:read:write"])
def test_v05_unknown_words(tmp_path: Path, action: str) -> None:
    """An unknown action is denied by its own code, even to somebody who may do all that there is."""
    guard = load(tmp_path, '{id: all, effect: allow, on: ["notes:*"]}')
    decision = guard.check(editor(), action)
    assert (decision.effect, decision.code, decision.rules) == ("deny", "unmapped_action", ())


def test_v05_unknown_channel(tmp_path: Path) -> None:
    """A channel that the pack does not list is no question."""
    guard = load(
        tmp_path, '{id: server, effect: deny, on: ["*:*"], unless: context.channel == "server", code: not_permitted}'
    )
    assert guard.check(editor(), "notes:read", context=Context()).rules == ("server",)
    for channel in ("sever", "carrier_pigeon"):
        with pytest.raises(RequestError, match=f'no channel "{channel}" in the catalog'):
            guard.check(editor(), "notes:read", context=Context(channel=channel))


def test_v05_unknown_kind_and_empty_pack(tmp_path: Path) -> None:
    """There is no principal of an unknown kind, and an empty file is no pack."""
    with pytest.raises(RequestError):
        Principal("superuser", "s", "ws_1")  # type: ignore[arg-type]
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    with pytest.raises(PolicyError):
        Guard.load(tmp_path)
