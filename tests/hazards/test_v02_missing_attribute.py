"""V02: a denial by address is lost when the request carries no address, or no valid one (vakt)."""

from pathlib import Path

import pytest

from scopeguard import Context
from tests.hazards.packs import editor, load


@pytest.mark.parametrize("attributes", [{}, {"ip": "not-an-ip"}, {"ip": None}, {"ip": 10}, {"ip": "10.1.2.3"}])
def test_v02_missing_attribute(tmp_path: Path, attributes: dict[str, object]) -> None:
    """No address and a malformed one are denied as one on the list is."""
    guard = load(tmp_path, """
        {id: blocked, effect: deny, on: ["notes:read"], when: 'cidr("10.0.0.0/8").containsIP(context.ip)', code: not_permitted}
    """)  # fmt: skip
    assert guard.check(editor(), "notes:read", context=Context(attributes=attributes)).rules == ("blocked",)
    assert guard.check(editor(), "notes:read", context=Context(attributes={"ip": "192.0.2.1"})).allowed
