"""V90: a session without an end lives for ever (pyjwt#261)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
OWN = """
scopeguard: 1
catalog:
  channels: [browser]
  surfaces: {notes: {actions: [read], coarse: true}}
rules:
  - {id: notes.sessions, effect: allow, on: ["notes:read"], kinds: [session]}
"""
ENDS: dict[str, tuple[datetime | None, str | None]] = {
    "gone": (None, "credential_invalid"),
    "a second ago": (NOW - timedelta(seconds=1), "credential_expired"),
    "now": (NOW, "credential_expired"),
    "in a moment": (NOW + timedelta(microseconds=1), None),
    "in a hundred years": (NOW.replace(year=2126), None),
}


def own_pack(folder: Path) -> tuple[Guard, str, Resource]:
    """A pack of one's own, with what a session may do in it."""
    (folder / "pack.yaml").write_text(OWN, encoding="utf-8")
    return Guard.load(folder), "notes:read", Resource("notes", "n_1", workspace="ws_1")


def shipped_pack(folder: Path) -> tuple[Guard, str, Resource]:
    """The shipped pack, likewise."""
    del folder
    return Guard.default(), "conversations:read", Resource("conversations", "c_1", "ws_1", {"session": "ses_1"})


PACKS: list[Callable[[Path], tuple[Guard, str, Resource]]] = [own_pack, shipped_pack]


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("scopes", [None, "conversations:read"])
def test_v90_a_session_has_an_end(
    tmp_path: Path, pack: Callable[..., tuple[Guard, str, Resource]], end: str, scopes: str | None
) -> None:
    """Without one, or with one that is past, it is denied, whatever it holds; a far one is for whoever signs it."""
    guard, action, thing = pack(tmp_path)
    expires_at, code = ENDS[end]
    session = Principal.session(
        "ses_1", workspace="ws_1", scopes=scopes if pack is shipped_pack else None, expires_at=expires_at
    )
    decision = guard.check(session, action, thing, Context("browser", now=NOW))
    if code is None:
        assert decision.code not in {"credential_invalid", "credential_expired"}
        assert pack is shipped_pack or decision.allowed
    else:
        assert (decision.code, decision.status, decision.stage) == (code, 401, "credential")


@pytest.mark.parametrize("end", [7, "2026-02-01T00:00:00Z", True])
def test_v90_an_end_that_is_no_time(tmp_path: Path, end: object) -> None:
    """Refused where the session is made; from a store, past the constructor, it is denied."""
    with pytest.raises(RequestError):
        Principal.session("ses_1", workspace="ws_1", expires_at=end)  # type: ignore[arg-type]  # the point
    guard, action, thing = own_pack(tmp_path)
    stored = Principal("session", "ses_1", "ws_1", attributes={"expires_at": end})
    assert not guard.check(stored, action, thing, Context("browser", now=NOW))


def test_v90_without_the_time_nobody_knows(tmp_path: Path) -> None:
    """An end that cannot be compared with anything denies."""
    guard, action, thing = own_pack(tmp_path)
    session = Principal.session("ses_1", workspace="ws_1", expires_at=NOW + timedelta(hours=1))
    assert not guard.check(session, action, thing, Context("browser"))


def test_v90_listings_know_it_too(tmp_path: Path) -> None:
    """What a session without an end may do is nothing, wherever it is listed."""
    guard, _, _ = own_pack(tmp_path)
    endless = Principal.session("ses_1", workspace="ws_1")
    lasting = Principal.session("ses_1", workspace="ws_1", expires_at=NOW + timedelta(hours=1))
    there = Context("browser", now=NOW)
    assert (set(guard.permissions(endless, there)), set(guard.permissions(lasting, there))) == (set(), {"notes:read"})
