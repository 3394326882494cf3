"""V55: a secret shows up in a log, a message or a page (SpiceDB CVE-2023-46255, OpenFGA CVE-2026-40293)."""

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from scopeguard import AccessDenied, Context, Disclosure, Guard, Principal, RequestError, Resource
from scopeguard.keys import browser_signals, build_key, find_keys
from tests.hazards.packs import PACK, load, with_secrets

CANARY = "sk_live_canary"


def test_v55_secrets(tmp_path: Path) -> None:
    """What a host put into attributes shows in no repr, decision, message or list; explain shows what a rule names, only."""
    guard = load(
        tmp_path,
        "{id: a, effect: deny, on: ['notes:write'], when: 'context.facts.count > 1', code: not_permitted}",
        PACK.replace("{level: dyn}", "{level: dyn, token: string}").replace(
            "{ip: string}", "{ip: string, token: string}"
        ),
    )
    who = Principal.api_key("k", workspace="w", scopes="notes:read", attributes={"level": CANARY, "token": CANARY})
    about = Resource("notes", "n", "w", {"owner": CANARY, "body": CANARY})
    # The base looks at the address of every request, so explain shows it.
    context = Context(attributes={"ip": "192.0.2.1", "token": CANARY}, facts={"plan": CANARY, "any": {"k": CANARY}})
    decisions = [guard.check(who, action, about, context) for action in ("notes:read", "notes:write")]
    shown = [repr(who), str(who), *map(repr, decisions), *map(str, decisions), *(str(each.to_dict()) for each in decisions),
             str(guard.explain(who, "notes:write", about, context)), repr(guard.permissions(who, context)),
             str(guard.matrix([who], None, context)), repr(guard), guard.digest]  # fmt: skip
    with pytest.raises(AccessDenied) as denied:
        guard.authorize(who, "notes:write", about, context)
    shown += [str(denied.value), repr(denied.value)]
    assert [text for text in shown if CANARY in text] == []
    explained = str(guard.explain(who, "notes:write", about, context))
    assert [text for text in (*shown, explained) if "192.0.2.1" in text] == [explained, explained]


@pytest.mark.parametrize(
    "value",
    [
        Principal.api_key("k", workspace="w", attributes={"token": CANARY}),
        Principal.member("m", workspace="w", attributes={"nested": {"list": [CANARY]}}),
        Resource("notes", "n", "w", {"token": CANARY}),
        Context(attributes={"token": CANARY}),
        Context(facts={"token": CANARY}),
    ],
    ids=["key", "member", "resource", "context", "facts"],
)
def test_v55_reprs(value: object) -> None:
    """What a host hands in is shown by what it is, never by its attributes: a log or a traceback may show it any time."""
    assert CANARY not in f"{value!r} {value}"


def test_v55_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Loading, checking, explaining and failing write nothing to a log of their own, at whatever level."""
    caplog.set_level(logging.DEBUG)
    guard = with_secrets(tmp_path)
    who = Principal.api_key("k", workspace="w", scopes="agents:read", attributes={"token": CANARY})
    guard.check(who, "agents:read", Resource("agents", "a", "w", {"token": CANARY}), Context(facts={"token": CANARY}))
    guard.explain(who, "agents:write")
    with pytest.raises(AccessDenied):
        guard.authorize(who, "agents:write")
    guard.reload()
    assert caplog.records == []


class Opaque:
    """A value that no condition can read, and whose text is the secret."""

    def __repr__(self) -> str:
        return CANARY


REFUSED: dict[str, Callable[[], object]] = {
    "a value": lambda: Context(facts={"x": Opaque()}),
    "a value further down": lambda: Resource("notes", "n", "w", {"x": [{"y": Opaque()}]}),
    "a time": lambda: Context(now=CANARY),  # type: ignore[arg-type]
    "a flag": lambda: Principal.member("m", workspace="w", suspended=CANARY),  # type: ignore[arg-type]
    "bytes for scopes": lambda: Principal.api_key("k", workspace="w", scopes=CANARY.encode()),  # type: ignore[arg-type]
    "a secret for a principal": lambda: Guard.default().check(CANARY, "agents:read"),  # type: ignore[arg-type]
    "a secret for a resource": lambda: Guard.default().check(Principal.anonymous(), "agents:read", CANARY),
    "a long id": lambda: Principal.system(CANARY * 100),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED.keys())
def test_v55_tracebacks(refused: Callable[[], object]) -> None:
    """Neither the message nor anything it was raised from spells the value."""
    with pytest.raises(RequestError) as caught:
        refused()
    # The lines of source in a traceback are of the library and of this test: only messages can hold values.
    error: BaseException | None = caught.value
    while error is not None:
        assert CANARY not in "".join(traceback.format_exception_only(error)) + repr(error)
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("facts", [{"x": {"y": object()}}, {"x": float("nan")}, {"x": [2**70]}])
def test_v55_messages_name_the_place_and_not_the_value(facts: dict[str, object]) -> None:
    """A refused value is told by where it stands."""
    with pytest.raises(RequestError) as caught:
        Context(facts={CANARY[:2]: CANARY, **facts})
    assert CANARY not in str(caught.value)
    assert "facts.x" in str(caught.value)


def test_v55_an_unknown_scope_is_told_by_name_only(tmp_path: Path) -> None:
    """An attribute never ends up in the reason of a denial."""
    guard = with_secrets(tmp_path)
    who = Principal.member("m", workspace="w", attributes={"note": CANARY})
    assert CANARY not in str(guard.check(who, "agents:read", context=Context(channel="dashboard")))


def test_v55_no_answer_to_a_caller_spells_an_attribute(tmp_path: Path) -> None:
    """At every level, what a host sends for a denial is of the policies and the question, not of the host's values."""
    guard = with_secrets(tmp_path)
    values = {"token": CANARY, "owner": CANARY}
    context = Context(channel="server", facts=values, attributes=values)
    who = Principal.api_key("k", workspace="w", scopes="agents:read", attributes=values)
    for action in ("agents:read", "agents:write", "collected_data:read", "api_keys:create", "no:such"):
        for workspace in ("w", "elsewhere"):
            surface = action.partition(":")[0]
            decision = guard.check(who, action, Resource(surface, "r", workspace, values), context)
            for level in get_args(Disclosure) if not decision.allowed else ():
                sent = (decision.to_problem(disclosure=level, type_base="urn:x:"), decision.headers(disclosure=level))
                assert CANARY not in str(sent)


LEAKED = build_key("sk", "k1", "canary" * 6, environment="live")
"""A key whose secret says canary."""

FOUND: dict[str, object] = {
    "in a browser": browser_signals({"Origin": "x", "Authorization": f"Bearer {LEAKED}"}, prefix="sk"),
    "in a text": find_keys(f"let key = '{LEAKED}'", "sk", file="app.js"),
    "one of those": find_keys(f"let key = '{LEAKED}'", "sk", file="app.js")[0],
}


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND.keys())
def test_v55_what_finds_keys_does_not_show_them(found: object) -> None:
    """An answer of the detectors has no more of a key than its prefix, its id and its last four characters."""
    assert found
    assert "canary" not in f"{found!r} {found}"


MIXED_UP: dict[str, Callable[[], object]] = {
    "a key for a prefix": lambda: find_keys("sk", LEAKED),
    "a key for the prefix of headers": lambda: browser_signals({}, prefix=LEAKED),
    "a key for a header": lambda: browser_signals({"Authorization": LEAKED.encode()}),  # type: ignore[arg-type]
    "a key for headers": lambda: browser_signals([LEAKED]),  # type: ignore[list-item]
    "a key in bytes": lambda: find_keys(LEAKED.encode(), "sk"),  # type: ignore[arg-type]
    "a malformed secret": lambda: build_key("sk", "k1", "canary" * 60),
    "a secret for an id": lambda: build_key("sk", "canary" * 6, "k1"),
}


@pytest.mark.parametrize("refused", MIXED_UP.values(), ids=MIXED_UP.keys())
def test_v55_detectors_that_refuse_do_not_show_keys(refused: Callable[[], object]) -> None:
    """Whoever mixes up the arguments has a secret where a name should be: no message spells it."""
    with pytest.raises(RequestError) as caught:
        refused()
    assert "canary" not in "".join(traceback.format_exception_only(caught.value)) + repr(caught.value)
    assert caught.value.__context__ is None
