"""What a symbolic matrix knows: what is given or told absent; all else stays open, whatever a principal stands for it."""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from scopeguard import Context, Principal
from scopeguard.compiling.environment import Environment, FixedAuthority, RequestedAction, Types
from scopeguard.compiling.given_inputs import GivenInputs, in_force, record_of
from scopeguard.compiling.partial_evaluation import WorkspaceRelation, simplify
from scopeguard.semantics.built_in_variables import ROLE_LISTS
from scopeguard.syntax.expression import FALSE
from scopeguard.syntax.printer import print_expression
from tests.conditions import condition

QUESTION = RequestedAction("docs:read", "docs:read", "docs", "read", "")
TYPES = Types(
    principal=MappingProxyType({"team": "string", "level": "int", "tags": "list(string)", "desk.floor": "int"}),
    context=MappingProxyType({"ip": "string", "gone": "string", "more.a": "string"}),
    facts=MappingProxyType({"count": "int", "spare": "int", "wallet.status": "string"}),
    resource=MappingProxyType({"docs": MappingProxyType({"owner": "string", "tags": "list(string)"})}),
)
NAMES = (*(TYPES.names.variables or ()), "int")
KEY = Principal.api_key("k", workspace="ws_1", scopes="docs:read", attributes={"team": "a", "desk": {"floor": 3}})
SERVER = Context(
    "server",
    facts={"count": 2, "wallet": {"status": "ok"}},
    now=datetime(2026, 1, 1, tzinfo=UTC),
    attributes={"ip": "x", "more": {"a": "b"}},
)
STANDING = FixedAuthority(1, ("editor",), ("owner",))


def given(
    who: Principal = KEY, context: Context = SERVER, *, standing: FixedAuthority = STANDING, **more: Any
) -> GivenInputs:
    """What is known of the requests that complete a principal and a context."""
    return GivenInputs(Environment(who, None, context, QUESTION, standing, TYPES), lambda _: FALSE, **more)


OF_THE_QUESTION = {"action", "permission", "operation", "resource.surface", "int", "principal.kind"}
HELD = {
    "principal.roles", "principal.scopes", "principal.rank", "principal.assignable_roles", "principal.superior_roles",
}  # fmt: skip
OF_KEY = {"principal.team", "principal.desk.floor"}
OF_SERVER = {
    "context.channel", "context.environment", "context.now", "context.ip", "context.more.a",
    "context.facts.count", "context.facts.wallet.status",
}  # fmt: skip
OF_ALL = OF_THE_QUESTION | HELD | OF_KEY | OF_SERVER
KNOWN: dict[str, tuple[GivenInputs, set[str]]] = {
    "a principal and a context": (given(), OF_ALL),
    "a kind alone": (given(held=False), OF_THE_QUESTION | OF_SERVER),
    "nobody, who has no id and no workspace": (
        given(Principal.anonymous()),
        OF_THE_QUESTION | HELD | OF_SERVER | {"principal.id", "principal.workspace"},
    ),
    "a context that says nothing is of an environment": (
        given(context=Context()),
        OF_THE_QUESTION | HELD | OF_KEY | {"context.environment"},
    ),
    "of no resource nothing is there": (
        given(about=WorkspaceRelation.NONE),
        OF_ALL | {"resource.id", "resource.workspace", "resource.owner", "resource.tags"},
    ),
    "of the own workspace no name follows": (given(about=WorkspaceRelation.OWN), OF_ALL),
    "what is absent, by its own name and by that of its record": (
        given(
            Principal.api_key("k", workspace="ws_1", scopes="docs:read"),
            Context(),
            absent=frozenset({"principal.desk", "context.more.a", "context.facts.wallet", "context.now"}),
        ),
        OF_THE_QUESTION | HELD
        | {"principal.desk.floor", "context.more.a", "context.facts.wallet.status", "context.now", "context.environment"},
    ),
    "what is left open, though it is given or absent": (
        given(
            open=frozenset({"context.environment", "principal.team", "context.gone", *ROLE_LISTS}),
            absent=frozenset({"context.gone"}),
        ),
        OF_ALL - ROLE_LISTS - {"context.environment", "principal.team"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", KNOWN)
def test_what_is_known(which: str) -> None:
    """Of all names there are, these; and of whoever is given, that there is an id, though not which."""
    inputs, expected = KNOWN[which]
    assert {name for name in NAMES if inputs.knows(name)} == expected
    present = expected | {"principal.id"} if inputs.held else expected
    assert {name for name in NAMES if inputs.knows_presence(name)} == present


OPEN_ROLES = {"open": ROLE_LISTS}
NO_TEAM = {"who": Principal.api_key("k", workspace="ws_1", scopes="docs:read"), "absent": frozenset({"principal.team"})}
NO_VALUE = 'error("no value for \\"principal.team\\"")'
KEPT: dict[str, tuple[str, dict[str, Any], str]] = {
    "a role of all resources is listed": ("'editor' in principal.assignable_roles", OPEN_ROLES, "true"),
    "or it is not": ("'owner' in principal.assignable_roles", OPEN_ROLES, "false"),
    "each list is its own": ("'owner' in principal.superior_roles", OPEN_ROLES, "true"),
    "a role on one resource is open": ("'editor/d_1' in principal.assignable_roles", OPEN_ROLES, "same"),
    "of a role that is open some are settled": (
        "resource.owner in principal.superior_roles",
        OPEN_ROLES,
        '.resource.owner in ["owner"] || .resource.owner in .principal.superior_roles',
    ),
    "unless there are none": (
        "resource.owner in principal.superior_roles", {**OPEN_ROLES, "standing": FixedAuthority()}, "same",
    ),
    "where no role is open all are settled": (
        "resource.owner in principal.superior_roles", {}, '.resource.owner in ["owner"]',
    ),
    "what is held is not known of a kind": (
        "'editor' in principal.assignable_roles", {**OPEN_ROLES, "held": False}, "same",
    ),
    "another list that is open": ("'a' in principal.tags", {"open": frozenset({"principal.tags"})}, "same"),
    "a list of a resource": ("'a' in resource.tags", OPEN_ROLES, "same"),
    "a list in which something has no value is told as it is written": (
        "resource.tags.map(each, each + principal.team)", NO_TEAM, "same",
    ),
    "a list in which all have one is not": (
        "resource.tags.map(each, each + principal.team)", {}, '.resource.tags.map(each, each + "a")',
    ),
    "a quantifier may be true by another element": (
        "resource.tags.exists(each, each == principal.team)",
        NO_TEAM,
        f".resource.tags.exists(each, each == {NO_VALUE})",
    ),
    "what is no list": ("resource.owner == principal.team", NO_TEAM, f".resource.owner == {NO_VALUE}"),
}  # fmt: skip


@pytest.mark.parametrize("which", KEPT)
def test_what_is_kept(which: str) -> None:
    """Lists, of which some is known."""
    text, more, expected = KEPT[which]
    whole = condition(text, TYPES)
    found = simplify(whole, given(**more))
    assert ("same" if found == whole else print_expression(found)) == expected


@pytest.mark.parametrize(("name", "expected"), [
    ("principal.team", "principal.team"),
    ("principal.desk.floor", "principal.desk"),
    ("principal.desk.lamp.on", "principal.desk"),
    ("context.now", "context.now"),
    ("context.facts.count", "context.facts.count"),
    ("context.facts.entitlements.calls.used", "context.facts.entitlements"),
    ("context.factsheet.page.line", "context.factsheet"),
])  # fmt: skip
def test_the_record_that_a_name_is_of(name: str, expected: str) -> None:
    """Facts have one root more."""
    assert record_of(name) == expected


def test_a_credential_in_force() -> None:
    """It may be by single sign-on; that of a session has an end, and no other needs one."""
    of_all = {"not_before", "revoked", "leaked", "suspended", "ip_allow", "unrecognized", "ignored_scopes"}
    assert in_force("session") == {f"principal.{name}" for name in of_all}
    for kind in ("member", "api_key", "system", "anonymous"):
        assert in_force(kind) == {f"principal.{name}" for name in (*of_all, "expires_at")}
