"""Marks, and whether routes are open: what is refused at the start, and what is told in both directions."""

import functools
from pathlib import Path
from typing import Any

import pytest

from scopeguard import AccessDenied, Context, Guard, Principal, RequestError, Resource
from scopeguard.http import (
    PUBLIC,
    Access,
    Ledger,
    NotFound,
    OpenRoutesError,
    RouteDescription,
    attach,
    closure_of,
    marks_of,
    new_mark,
    require_closed,
)

GUARD = Guard.default()


def route(path: str, method: str, *marks: Any) -> RouteDescription:
    """A route with one method."""
    return RouteDescription(path, (method,), marks, f"app.{path.strip('/')}")


def mark(action: str, **options: Any) -> Any:
    """A mark about the surface."""
    return new_mark(GUARD, "on", action, **options)


def test_a_misspelt_action_is_no_mark() -> None:
    """With the nearest name, where the mark is made."""
    with pytest.raises(RequestError, match='no action "agents:raed" in the catalog; did you mean "agents:read"'):
        new_mark(GUARD, "one", "agents:raed")


def test_marks_pass_through_decorators() -> None:
    """Those that wrap as functools has it, methods and partial applications; a bare wrapper loses them."""

    def handler() -> None: ...

    attach(attach(handler, mark("agents:read")), PUBLIC)
    assert [str(each) for each in marks_of(handler)] == ["on agents:read", "public"]

    @functools.wraps(handler)
    def wrapped() -> None: ...

    def bare() -> None: ...

    assert marks_of(wrapped) == marks_of(functools.partial(handler)) == marks_of(handler)
    assert marks_of(bare) == ()


def test_all_open_routes_are_told_at_once() -> None:
    """One error names each: what has no mark, and what passes by the gates of its operations."""
    routes = [
        route("/public", "POST", PUBLIC),
        route("/read", "GET", mark("agents:read")),
        route("/told", "PATCH", mark("agents:write", ungated=True)),
        route("/operation", "POST", mark("agents.create")),
        route("/forgotten", "GET"),
        route("/also", "DELETE"),
        route("/passes", "POST", mark("agents:write")),
        RouteDescription("/files", kind="app"),
    ]
    passing = (
        "agents:write is also the permission of agents.create, channel.setup, which have gates; "
        "ask for the operation, or say ungated=True"
    )
    with pytest.raises(OpenRoutesError) as caught:
        require_closed(GUARD, routes)
    assert str(caught.value).splitlines() == [
        "4 of the routes cannot be served as they are:",
        "  GET /forgotten (app.forgotten): it has no mark; let it ask for something, or mark it public",
        "  DELETE /also (app.also): it has no mark; let it ask for something, or mark it public",
        f"  POST /passes (app.passes): {passing}",
        "  app /files: it has no mark; let it ask for something, or mark it public",
    ]
    require_closed(GUARD, routes[:4])


def test_both_directions(tmp_path: Any) -> None:
    """Scopes that guard no route, and routes that ask what no one can hold."""
    pack = tmp_path / "pack.yaml"
    pack.write_text(
        "scopeguard: 1\n"
        "catalog:\n"
        "  surfaces:\n"
        "    notes: {actions: [read, write], coarse: true}\n"
        "    audits: {actions: [read], coarse: false, holdable_by: [member]}\n"
        "  channels: [server, dashboard]\n"
        "rules:\n"
        "  - {id: notes.closed, effect: deny, on: ['notes:write'], code: not_permitted, because: Notes are kept.}\n"
    )
    guard = Guard.load(tmp_path)
    routes = [
        route("/notes", "GET", new_mark(guard, "many", "notes:read")),
        route("/write", "POST", new_mark(guard, "on", "notes:write")),
        route("/audits", "GET", new_mark(guard, "on", "audits:read")),
    ]
    found = closure_of(guard, routes)
    assert [str(finding) for finding in found.findings] == [
        "POST /write (app.write): nobody is ever allowed notes:write",
        "GET /audits (app.audits): nobody is ever allowed audits:read",
    ]
    assert found.is_closed
    assert found.unused_scopes == ()
    assert closure_of(guard, routes[1:]).unused_scopes == ("notes:read",)


def test_a_ledger_lets_nothing_pass_by_itself() -> None:
    """Errors pass; an answer needs an allow, and a denial is none."""
    ledger = Ledger()
    assert not ledger.lets_pass(200)
    assert not ledger.lets_pass(302)
    assert ledger.lets_pass(404)
    ledger.record(GUARD.check(Principal.anonymous(), "agents:read"))
    assert not ledger.lets_pass(200)
    ledger.is_public = True
    assert ledger.lets_pass(200)


def test_a_row_that_is_missing_allows_nothing() -> None:
    """A handler that goes on after it answers nothing, whatever the surface allows."""
    ledger = Ledger()
    key = Principal.api_key("key_1", workspace="ws_1", scopes="workspace:read")
    access = Access(GUARD, key, Context(channel="server"), ledger)
    for row in (None, Resource("agents", "agt_9", "ws_2")):
        with pytest.raises(NotFound):
            access.require_row("agents:read", row)
    assert not ledger.lets_pass(200)
    access.require_row("agents:read", Resource("agents", "agt_1", "ws_1"))
    assert ledger.lets_pass(200)
    assert access.decision.allowed


OWNED = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read, write], coarse: true, attributes: {owner: string}}
  operations:
    notes.print: {needs: "notes:write"}
  channels: [server]
  attributes: {facts: {paper: bool}}
roles:
  guest: {marker: true}
rules:
  - {id: notes.own, effect: allow, on: ["notes:*"], kinds: [member], when: resource.owner == principal.id}
"""
PAPER = """  - {id: notes.paper, effect: deny, on: ["notes.print"], unless: context.facts.paper, code: not_permitted, because: No paper}
"""


def test_a_missing_row_of_those_who_may_do_something_to_some(tmp_path: Path) -> None:
    """What the surface is denied for want of a row's attributes says nothing about a row that is not there."""
    (tmp_path / "pack.yaml").write_text(OWNED)
    guard = Guard.load(tmp_path)
    member = Principal.member("ann", workspace="ws_1", roles=["guest"])
    access = Access(guard, member, Context(channel="server"), Ledger())
    assert access.require_row("notes:read", Resource("notes", "n_1", "ws_1", {"owner": "ann"})).allowed
    with pytest.raises(AccessDenied):
        access.require_row("notes:read", Resource("notes", "n_2", "ws_1", {"owner": "bob"}))
    with pytest.raises(NotFound):
        access.require_row("notes:read", None)


def test_facts_that_are_needed_since_the_policies_changed(tmp_path: Path) -> None:
    """They are worked out again."""
    pack = tmp_path / "pack.yaml"
    pack.write_text(OWNED)
    guard = Guard.load(tmp_path)
    assert not guard.facts_for("notes.print")
    pack.write_text(OWNED + PAPER)
    guard.reload()
    assert guard.facts_for("notes.print").names == ("paper",)
    with pytest.raises(RequestError):
        guard.facts_for("notes.prnt")


def test_remedies_that_read_facts_are_no_gates(tmp_path: Path) -> None:
    """Who asks for the permission of an operation passes by what decides, not by what a code says to both."""
    shut = "  - {id: r.shut, effect: deny, on: ['notes:*'], when: context.channel == 'server', code: shut}\n"
    said = "recovery: {shut: {remedy: {text: so}, remedies: [{when: context.facts.paper, text: else}]}}\n"
    pack = tmp_path / "pack.yaml"
    pack.write_text(OWNED + shut + said)
    guard = Guard.load(tmp_path)
    assert guard.facts_for("notes.print").names == ("paper",)
    asking = route("/print", "POST", new_mark(guard, "on", "notes:write"))
    assert closure_of(guard, [asking]).findings == ()
    pack.write_text(OWNED + PAPER)
    guard.reload()
    assert [each.kind for each in closure_of(guard, [asking]).findings] == ["gates_passed_by"]
