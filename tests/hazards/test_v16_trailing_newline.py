"""V16: ``$`` matches before a final line feed, so that "read" with one passes for "read" (casbin, vakt)."""

from pathlib import Path

import pytest

from scopeguard import Context, Grant, Guard, PolicyError, Principal, RequestError, Resource
from tests.hazards.packs import load

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


@pytest.mark.parametrize(("rule", "code"), [
    ('{id: a, effect: allow, on: ["notes:read\\n"]}', "SG301"), ('{id: a, effect: allow, on: ["notes:*\\n"]}', "SG301"),
    ('{id: a, effect: allow, on: ["notes:read"], requires: "notes:read\\n\\n"}', "SG301"),
    ('{id: a, effect: allow, on: ["notes:read"], roles: ["editor\\n"]}', "SG124"),
    ('{id: a, effect: allow, on: ["notes:read"], channels: ["server\\n"]}', "SG124"),
    ('{id: "a\\n", effect: allow, on: ["notes:read"]}', "SG124"),
])  # fmt: skip
def test_v16_in_a_policy(tmp_path: Path, rule: str, code: str) -> None:
    """A line feed at the end of a word of a policy makes it no word at all."""
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, rule)
    assert [each.code for each in caught.value.diagnostics] == [code]


def test_v16_in_a_condition(tmp_path: Path) -> None:
    """A fact with a line feed at its end is another fact."""
    guard = load(tmp_path, """
        {id: free, effect: allow, on: ["notes:read"], kinds: [system], when: 'context.facts.plan == "free" || context.facts.plan in ["trial"]'}
    """)  # fmt: skip
    job = Principal.system("job", workspace="ws_1")
    plans = ("free", "trial", "free\n", "trial\n", "free\x00", "\nfree")
    answers = [guard.check(job, "notes:read", context=Context(facts={"plan": plan})).allowed for plan in plans]
    assert answers == [True, True, False, False, False, False]
