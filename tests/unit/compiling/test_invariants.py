"""Which requests and events an invariant about meters is about."""

from pathlib import Path

import pytest

from scopeguard import Guard
from scopeguard.compiling.invariants import speaks_of
from scopeguard.documents.invariants import ClaimDoc

pytest.importorskip("z3", reason="what is proved needs the extra for proofs")

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true}
  operations:
    notes.say: {needs: "notes:write", meter: words, instead: {test: trials}}
    notes.ask: {needs: "notes:read", meter: words, fair_use: calls}
    notes.see: {needs: "notes:read"}
  channels: [server, dashboard]
  environments: [production, test]
meters: {words: {kind: consumption}, letters: {kind: consumption}, trials: {kind: fair_use}, calls: {kind: fair_use}}
usage:
  - {id: u.words, environments: [production], channels: [server], meter: words}
  - {id: u.none, environments: [production], channels: [dashboard], because: It is free}
  - {id: u.more, environments: [production], other_channels: [server, dashboard], because: It is free}
  - {id: u.trials, environments: [test], meter: trials}
rules:
  - {id: quiet, effect: deny, on: [notes.ask], channels: [dashboard], code: not_permitted, because: It is quiet there}
invariants:
"""


@pytest.mark.parametrize(
    ("claim", "broken_by"),
    [
        ("meters: [words], action: [notes.say]", "notes.say"),
        ("meters: [words, trials], action: [notes.say]", "notes.say"),
        ("meters: [words, letters], action: [notes.say]", "notes.say"),
        ("meters: [letters], action: [notes.say]", "nothing"),
        ("meters: [trials], action: [notes.say], environments: [production]", "nothing"),
        ("meters: [trials, letters], action: [notes.say], environments: [test]", "notes.say"),
        ("meters: [words], action: [notes.see]", "nothing"),
        ('meters: [words], action: ["notes:read"]', "notes.ask"),
        ('meters: [calls], action: ["notes:write"]', "nothing"),
        ("meters: [calls, letters], action: [notes.ask]", "notes.ask"),
        ("meters: [calls], action: [notes.ask], channels: [dashboard]", None),
        ("meters: [words], channels: [server]", "event"),
        ("meters: [words, calls], channels: [server]", "event"),
        ("meters: [letters]", None),
        ("meters: [words], environments: [test]", "notes.ask"),
        ("meters: [words], environments: [test], action: [notes.say]", "nothing"),
    ],
)
def test_what_must_not_be_counted(tmp_path: Path, claim: str, broken_by: str | None) -> None:
    """An operation that counts on one of the meters there, or an event that does, breaks it; one about nothing is told."""
    (tmp_path / "pack.yaml").write_text(f"{PACK}  - {{id: i, never: {{{claim}}}}}\n", encoding="utf-8")
    found = Guard.load(tmp_path / "pack.yaml").verify()
    if broken_by is None:
        assert found == ()
    else:
        (violation,) = found
        assert violation.code == ("SG603" if broken_by == "nothing" else "SG601")
        assert (violation.event is not None) is (broken_by == "event")
        if violation.decision is not None:
            assert violation.decision.operation == broken_by


EVERYONE = ("api_key", "member", "session", "system", "anonymous")


@pytest.mark.parametrize(
    ("principal", "kinds"),
    [
        (None, EVERYONE),
        ({}, EVERYONE),
        ({"kinds": ["system", "member"]}, ("member", "system")),
        ({"kinds": ["system"], "scopes": ["notes:read"]}, ("system",)),
        ({"scopes": ["notes:read"]}, ("api_key", "session")),
        ({"roles": ["editor"]}, ("member",)),
        ({"scopes": ["notes:read"], "roles": ["editor"]}, ("api_key", "member", "session")),
    ],
)
def test_the_kinds_of_principal_that_a_claim_is_about(
    principal: dict[str, list[str]] | None, kinds: tuple[str, ...]
) -> None:
    """Those that it names, else those that can hold what it names; everyone where it names neither."""
    assert speaks_of(ClaimDoc.model_validate({} if principal is None else {"principal": principal})) == kinds
