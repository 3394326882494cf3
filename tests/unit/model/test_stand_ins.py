"""Objects that pass for texts, such as the local proxies of web frameworks: what they say may change once it is checked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from scopeguard import Context, Guard, Principal, RequestError, Resource, UsageEvent


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


class Proxy(StandIn):
    """Has all else of it as well."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._value, name)


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


KEY = Principal.api_key("key_1", workspace="ws_1", scopes="agents:read")
OWNER = Principal.member("usr_1", workspace="ws_1", roles=["owner"])
AGENT, SERVER = Resource("agents", "agt_1", "ws_1"), Context("server")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVENT = UsageEvent("widget", "text", "user")
QUESTIONS: dict[str, Callable[[Guard, Any], object]] = {
    "principal of check": lambda guard, of: guard.check(of(KEY), "agents:read", AGENT, SERVER),
    "resource of check": lambda guard, of: guard.check(KEY, "agents:read", of(AGENT), SERVER),
    "context of check": lambda guard, of: guard.check(KEY, "agents:read", AGENT, of(SERVER)),
    "principal of check_many": lambda guard, of: guard.check_many(of(KEY), [("agents:read", AGENT)], SERVER),
    "resource of check_many": lambda guard, of: guard.check_many(KEY, [("agents:read", of(AGENT))], SERVER),
    "context of check_many": lambda guard, of: guard.check_many(KEY, [("agents:read", AGENT)], of(SERVER)),
    "principal of explain": lambda guard, of: guard.explain(of(KEY), "agents:read", AGENT, SERVER),
    "resource of explain": lambda guard, of: guard.explain(KEY, "agents:read", of(AGENT), SERVER),
    "context of explain": lambda guard, of: guard.explain(KEY, "agents:read", AGENT, of(SERVER)),
    "principal of filter": lambda guard, of: guard.filter(of(KEY), "agents:read", SERVER),
    "context of filter": lambda guard, of: guard.filter(KEY, "agents:read", of(SERVER)),
    "principal of permissions": lambda guard, of: guard.permissions(of(KEY), SERVER),
    "context of permissions": lambda guard, of: guard.permissions(KEY, of(SERVER)),
    "member of settings_tabs": lambda guard, of: guard.settings_tabs(of(OWNER), SERVER),
    "context of settings_tabs": lambda guard, of: guard.settings_tabs(OWNER, of(SERVER)),
    "principal of matrix": lambda guard, of: guard.matrix({"key": of(KEY)}, ["agents:read"], SERVER),
    "context of matrix": lambda guard, of: guard.matrix({"key": KEY}, ["agents:read"], of(SERVER)),
    "principal of a symbolic matrix": lambda guard, of: guard.matrix(
        {"key": of(KEY)}, ["agents:read"], SERVER, symbolic=True
    ),
    "context of a symbolic matrix": lambda guard, of: guard.matrix(
        {"key": KEY}, ["agents:read"], of(SERVER), symbolic=True
    ),
    "actor of mint": lambda guard, of: guard.mint(of(OWNER), "agents:read", SERVER),
    "actor of rotate": lambda guard, of: guard.rotate(of(OWNER), KEY, SERVER),
    "resource": lambda guard, of: guard.resource(of(AGENT)),
    "event": lambda guard, of: guard.classify(of(EVENT)),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_passes_for_one_of_ours_is_refused(name: str) -> None:
    """A lazy object that says our class could say something else once it was looked at."""
    guard, ask = Guard.default(), QUESTIONS[name]
    with pytest.raises(RequestError, match=r"must be a .*, not Proxy"):
        ask(guard, Proxy)
    ask(guard, lambda value: value)


@pytest.mark.parametrize("at", range(3), ids=["principal", "resource", "context"])
def test_what_passes_for_one_of_ours_decides_nothing_that_depends_on_the_request(at: int) -> None:
    """Also where the very question was asked before: another answer could follow from what it says by then."""
    guard, facts = Guard.default(), {"as_of": NOW, "entitlements": {"agents": {"limit": 2, "used": 1, "reserved": 0}}}
    writer = Principal.api_key("key_1", workspace="ws_1", scopes="agents:write")
    question: list[Any] = [writer, AGENT, Context("server", facts=facts, now=NOW)]

    def ask() -> bool:
        who, about, where = question
        return guard.check(who, "agents.create", about, where).allowed

    assert [ask() for _ in range(4)] == [True] * 4
    question[at] = Proxy(question[at])
    with pytest.raises(RequestError, match=r"must be a .*, not Proxy"):
        ask()


def test_a_key_to_rotate_that_only_passes_for_one_is_not_rotated() -> None:
    """What it says of its state is not believed, and it is no list of scopes either."""
    dashboard = Context("dashboard")
    assert Guard.default().rotate(OWNER, KEY, dashboard)
    with pytest.raises(RequestError, match="scopes must be a str or an iterable of str, not Proxy"):
        Guard.default().rotate(OWNER, Proxy(KEY), dashboard)
