"""V16: ``$`` matches before a final line feed, so that "read" with one passes for "read" (casbin, vakt)."""

import pytest

from scopeguard import Context, Grant, Guard, Principal, RequestError, Resource

GUARD = Guard.default()
CONTROLS = [chr(code) for code in (*range(0x20), 0x7F, *range(0x80, 0xA0))]


@pytest.mark.parametrize("control", CONTROLS, ids=repr)
def test_v16_trailing_newline(control: str) -> None:
    """No control character passes in any name or id, at its end or elsewhere."""
    key = Principal.api_key("k", workspace="w", scopes="agents:read")
    for text in (f"agents:read{control}", f"agents{control}:read", f"{control}agents:read"):
        with pytest.raises(RequestError):
            GUARD.check(key, text, context=Context(channel="server"))
        with pytest.raises(RequestError):
            Grant.parse(text)
    for make in (
        lambda: Principal.api_key(f"k{control}", workspace="w"),
        lambda: Principal.api_key("k", workspace=f"w{control}"),
        lambda: Principal.member("m", workspace="w", roles=[f"admin{control}"]),
        lambda: Resource("agents", f"a{control}"),
        lambda: Resource(f"agents{control}"),
        lambda: Context(channel=f"server{control}"),
    ):
        with pytest.raises(RequestError):
            make()
