"""V82: what the extras answer and raise comes through pickle and copies as what the core does."""

import copy
import inspect
import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from msgspec import Struct

from scopeguard import AccessDenied, Context, Guard, Principal
from scopeguard.analysis import AcceptanceError, accept, diff
from scopeguard.conditions import Attribute, Has
from scopeguard.decisionlog import DecisionLog, FileSink, LogFailedError, verify_log
from scopeguard.http import PUBLIC, Answers, NotFound, OpenRoutesError, RouteDescription, closure_of, require_closed
from scopeguard.integrations.cannot_filter import CannotFilter
from scopeguard.keys import (
    KeyChangedError,
    KeyRotatedError,
    Keys,
    MemoryStore,
    UnknownKeyError,
    browser_signals,
    find_keys,
    parse_key,
)

GUARD = Guard.default()
OWNER = Principal.member("usr_1", workspace="ws_1", roles=["owner"])
DASHBOARD = Context(channel="dashboard", now=datetime(2026, 1, 31, 12, tzinfo=UTC))
PACK = "scopeguard: 1\ncatalog: {surfaces: {notes: {actions: [read], coarse: true}}, channels: [server]}\n"
WAYS: Mapping[str, Callable[[Any], Any]] = {
    **{f"pickle {each}": partial(lambda each, value: pickle.loads(pickle.dumps(value, each)), each)  # noqa: S301  # our own
       for each in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}  # fmt: skip
STAY = {"Described", "Ledger", "Side"}
"""Public values that have a guard, or belong to a request."""


def raised(kind: type[Exception], call: Callable[[], object]) -> Exception:
    """What *call* raises."""
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def of_http(_: Path) -> list[object]:
    """Answers to denials of every kind, and what is wrong with routes."""
    reader = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:read")
    denied = raised(AccessDenied, lambda: GUARD.authorize(reader, "agents:write", context=Context(channel="server")))
    assert isinstance(denied, AccessDenied)
    answers, open_route = Answers(GUARD, realm="api"), RouteDescription("/agents", ("GET",), (), "agents.py:1")
    return [
        answers.denied(denied), answers.not_found, answers.undecided, PUBLIC, open_route, NotFound(),
        closure_of(GUARD, [open_route]), raised(OpenRoutesError, lambda: require_closed(GUARD, [open_route])),
    ]  # fmt: skip


def of_keys(_: Path) -> list[object]:
    """A stored key, what is found in texts and requests, and what is refused."""
    keys = Keys(MemoryStore(), prefix="hyp", pepper=[b"a pepper of thirty-two bytes...."])
    made = keys.issue(GUARD, OWNER, "workspace:read", DASHBOARD)
    keys.rotate(GUARD, OWNER, made.id, DASHBOARD, overlap=timedelta(hours=1))
    again = raised(KeyRotatedError, lambda: keys.rotate(GUARD, OWNER, made.id, DASHBOARD, overlap=timedelta(hours=1)))
    found = [
        *browser_signals({"Origin": "https://a.example", "Sec-Fetch-Mode": "cors"}),
        *find_keys(made.secret, "hyp"),
    ]
    assert len(found) > 1
    return [
        made.key, again, *found, parse_key(made.secret, "hyp"), KeyChangedError("try again"), UnknownKeyError("no key"),
    ]  # fmt: skip


def of_the_log(folder: Path) -> list[object]:
    """How a log fares, and what its verification found."""
    with DecisionLog(GUARD, FileSink(folder / "log")) as log:
        GUARD.check(OWNER, "agents:read", context=DASHBOARD)
        status = log.status
    verified = verify_log(folder / "log")
    for file in (folder / "log").iterdir():
        file.write_bytes(file.read_bytes().replace(b"agents", b"agentz"))
    changed = verify_log(folder / "log")
    assert changed.findings
    return [status, verified, *verified.lanes, changed, *changed.findings, LogFailedError("the disk is full")]


def of_comparisons(folder: Path) -> list[object]:
    """What changed from a pack to another."""
    for name, actions in {"before": "[read]", "after": "[read, write]"}.items():
        (folder / f"{name}.yaml").write_text(PACK.replace("[read]", actions), encoding="utf-8")
    found = diff(folder / "before.yaml", folder / "after.yaml")
    (folder / "accepted.yaml").write_text("nonsense: 1\n", encoding="utf-8")
    refused = raised(AcceptanceError, lambda: accept(found, folder / "accepted.yaml"))
    assert found.changes
    assert found.changes[0].edits
    return [found, *found.changes, *found.changes[0].who, *found.changes[0].edits, refused]


def of_lists(_: Path) -> list[object]:
    """What a store cannot say."""
    return [CannotFilter("no column", Has(Attribute("owner", "string"))), CannotFilter("no column")]


EXAMPLES: Mapping[str, Callable[[Path], list[object]]] = {
    "scopeguard.http": of_http,
    "scopeguard.keys": of_keys,
    "scopeguard.decisionlog": of_the_log,
    "scopeguard.analysis": of_comparisons,
    "scopeguard.integrations.sqlalchemy": of_lists,
}


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same, and are as read-only."""
    if type(one) is not type(other):
        return False
    if isinstance(one, BaseException):
        return bool(one.args == other.args) and same(one.__dict__, other.__dict__)
    if isinstance(one, Struct):
        return all(same(getattr(one, name), getattr(other, name)) for name in one.__struct_fields__)
    return bool(one == other)


@pytest.mark.parametrize("module", EXAMPLES)
def test_v82_values_and_errors_of_extras_survive(module: str, tmp_path: Path) -> None:
    """Each public exception and value of the module has an example, which comes through as it was."""
    values = EXAMPLES[module](tmp_path)
    public = (getattr(import_module(module), name) for name in import_module(module).__all__)
    kinds = {each for each in public if inspect.isclass(each) and issubclass(each, Struct | Exception)}
    assert {each.__name__ for each in kinds - {type(value) for value in values}} <= STAY
    for value in values:
        for name, way in WAYS.items():
            assert same(way(value), value), (value, name)


def test_v82_headers_of_answers_are_read_only() -> None:
    """What one request adds to an answer would be in the next one's, for some are the same for all."""
    answers = Answers(GUARD)
    for each in (answers.not_found, pickle.loads(pickle.dumps(answers.undecided))):  # noqa: S301  # our own
        assert type(each.headers) is MappingProxyType
