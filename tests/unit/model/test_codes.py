"""Codes that every pack knows are what the reference says, whatever a pack makes of them."""

import re
from pathlib import Path

from scopeguard.model.codes import STANDARD_CODES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "decision-codes.md"


def test_they_are_those_of_the_reference() -> None:
    """Class and status, for a pack that says neither; an advice is no error."""
    part = PAGE.read_text(encoding="utf-8").partition("## Known to every pack")[2].partition("\n## ")[0]
    documented = {
        name: (kind, int(status))
        for name, kind, status in re.findall(r"^\| `(\w+)` \| (\w+) \| (\d+) ", part, re.MULTILINE)
    }
    advice = dict.fromkeys(("payment_grace", "limit_exceeded_soft"), ("advice", 200))

    assert {name: (code.kind, code.status) for name, code in STANDARD_CODES.items()} == documented | advice


def test_who_has_to_sign_in_or_to_get_a_scope_is_challenged() -> None:
    """Every 401 for another credential, and what a key lacks for more scopes; nothing else invites to try again."""
    challenges = {name: code.challenge for name, code in STANDARD_CODES.items() if code.challenge is not None}

    assert challenges == {
        **{name: "invalid_token" for name, code in STANDARD_CODES.items() if code.status == 401},
        "scope_missing": "insufficient_scope",
        "explicit_grant_required": "insufficient_scope",
    }
