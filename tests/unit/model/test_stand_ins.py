"""Objects that pass for texts, such as the local proxies of web frameworks: what they say may change once it is checked."""

from collections.abc import Callable
from typing import Any

import pytest

from scopeguard import Context, Principal, RequestError, Resource


class StandIn:
    """What has the class of a value, is equal to it and hashes as it."""

    def __init__(self, value: Any) -> None:
        self._value = value

    @property  # type: ignore[misc]  # this is what it is about
    def __class__(self) -> type:
        return type(self._value)

    def __eq__(self, other: object) -> bool:
        return bool(self._value == other)

    def __hash__(self) -> int:
        return hash(self._value)

    def __len__(self) -> int:
        return len(self._value)

    def isprintable(self) -> bool:
        """As a text is."""
        return True


MAKERS: dict[str, Callable[[Any], object]] = {
    "server": Context,
    "production": lambda text: Context("server", text),
    "key_1": lambda text: Principal.api_key(text, workspace="ws_1", scopes="agents:read"),
    "ws_1": lambda text: Principal.member("m", workspace=text, roles=["owner"]),
    "ws_2": lambda text: Principal.session("s", workspace=text, scopes="agents:read", expires_at=None),
    "owner": lambda text: Principal.member("m", workspace="ws_1", roles=[text]),
    "agents:read": lambda text: Principal.api_key("key_1", workspace="ws_1", scopes=text),
    "agents": lambda text: Resource(text, "agt_1", "ws_1"),
    "agt_1": lambda text: Resource("agents", text, "ws_1"),
    "ws_3": lambda text: Resource("agents", "agt_1", text),
    "a value": lambda text: Resource("agents", "agt_1", "ws_1", {"name": text}),
    "name": lambda text: Resource("agents", "agt_1", "ws_1", {text: "value"}),
}


@pytest.mark.parametrize("text", MAKERS)
def test_what_passes_for_a_text_is_refused(text: str) -> None:
    """Also where the text itself was seen before."""
    make = MAKERS[text]
    for _ in range(2):
        make(text)
    with pytest.raises(RequestError):
        make(StandIn(text))


@pytest.mark.parametrize("plain", [True, 7, 2.5, b"x", ["a"], {"k": 1}], ids=str)
def test_what_passes_for_a_value_is_refused(plain: object) -> None:
    """A flag of a credential above all, which could change its mind."""
    with pytest.raises(RequestError, match="flag is a StandIn in the place of a value"):
        Context("server", attributes={"flag": StandIn(plain)})
