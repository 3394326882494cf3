"""What comes along is redacted unless the caller may read it as a whole."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true, qualifiable: true, embeds: {read: [secrets, marks]}}
    secrets: {actions: [read], explicit_only: true, qualifiable: true}
    marks: {actions: [read], explicit_only: true}
  channels: [server, browser]
rules:
  - {id: marks.server, effect: deny, on: ["marks:read"], unless: context.channel == "server", code: not_permitted}
"""
ALSO_BY_RULE = """
  - {id: secrets.held, effect: allow, on: ["secrets:read"], requires: "secrets:read"}
"""
SERVER = Context(channel="server")


@pytest.fixture(params=["", ALSO_BY_RULE], ids=["by scope", "by a rule too"])
def guard(request: pytest.FixtureRequest, tmp_path: Path) -> Guard:
    """A guard for the pack, in which a rule may repeat what the scope says."""
    (tmp_path / "pack.yaml").write_text(PACK + request.param, encoding="utf-8")
    return Guard.load(tmp_path)


@pytest.mark.parametrize(
    ("scopes", "context", "redact"),
    [
        ("notes:read", SERVER, ("secrets", "marks")),
        ("notes:read secrets:read", SERVER, ("marks",)),
        ("notes:read marks:read", SERVER, ("secrets",)),
        ("notes:read secrets:read marks:read", SERVER, ()),
        ("notes:read secrets:read marks:read", Context(channel="browser"), ("marks",)),
        ("notes:read secrets:read marks:read", Context(), ("marks",)),
        # A secret with the id of the note is another thing than what comes along with the note.
        ("notes:read secrets:read/n_1 marks:read", SERVER, ("secrets",)),
        ("notes:read/n_1 secrets:read/n_1 marks:read", SERVER, ("secrets",)),
    ],
)
def test_what_the_caller_may_not_read_is_redacted(
    guard: Guard, scopes: str, context: Context, redact: tuple[str, ...]
) -> None:
    """With a resource and without one, as far as it is allowed at all."""
    key = Principal.api_key("key_1", workspace="ws_1", scopes=scopes)
    about = guard.check(key, "notes:read", Resource("notes", "n_1", workspace="ws_1"), context)
    assert (about.allowed, about.redact) == (True, redact)
    if "/n_1 secrets" not in scopes:
        assert guard.check(key, "notes:read", context=context).redact == redact


def test_a_denial_redacts_nothing(guard: Guard) -> None:
    """Nothing is returned, so that nothing is to be left out."""
    key = Principal.api_key("key_1", workspace="ws_1", scopes="secrets:read")
    assert guard.check(key, "notes:read", context=SERVER).redact == ()


def test_surfaces_that_embed_each_other(tmp_path: Path) -> None:
    """What comes along brings nothing along itself: neither a circle of surfaces nor a surface within itself has an end."""
    circle = """
scopeguard: 1
catalog:
  surfaces:
    users: {actions: [read, write], coarse: true, qualifiable: true, embeds: {read: [users, teams], write: [users]}}
    teams: {actions: [read], coarse: true, embeds: {read: [users]}}
"""
    (tmp_path / "pack.yaml").write_text(circle, encoding="utf-8")
    guard = Guard.load(tmp_path)
    ann = Resource("users", "ann", workspace="ws_1")

    def redacted(scopes: str, action: str, resource: Resource) -> tuple[str, ...]:
        decision = guard.check(Principal.api_key("key_1", workspace="ws_1", scopes=scopes), action, resource)
        assert decision.allowed
        return decision.redact

    assert redacted("users:read teams:read", "users:read", ann) == ()
    assert redacted("users:read", "users:read", ann) == ("teams",)
    # One user may be read, and not the others who come along.
    assert redacted("users:read/ann teams:read", "users:read", ann) == ("users",)
    assert redacted("users:write", "users:write", ann) == ("users",)
    assert redacted("teams:read", "teams:read", Resource("teams", "tea", workspace="ws_1")) == ("users",)
