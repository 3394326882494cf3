"""Which values of a request are names of the pack, and whether the pack has them."""

from pathlib import Path

import pytest

from scopeguard import Context, Guard, Principal, Resource
from scopeguard.runtime.vocabulary import is_name, named_values
from tests.kept import engine_of

PACK = """
scopeguard: 1
catalog:
  surfaces:
    notes: {actions: [read], coarse: true, qualifiable: true, attributes: {lead: role, size: int}}
    logs: {actions: [read], coarse: true}
  attributes:
    principal: {wants: list(role)}
    context: {via: {door: channel}}
    facts: {last: action}
  channels: [web, api]
roles:
  editor: {holds: ["notes:*"], rank: 5}
"""


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    """A guard for the pack."""
    (tmp_path / "pack.yaml").write_text(PACK, "utf-8")
    return Guard.load(tmp_path)


def test_values_that_are_to_be_names(guard: Guard) -> None:
    """Of the context, its facts, the principal and the resource, within records and lists too; and no other value."""
    context = Context(attributes={"via": {"door": "web"}}, facts={"last": "read"})
    who = Principal.member("m", workspace="w", attributes={"wants": ["editor", "clerk"]})
    what = Resource("notes", "n_1", "w", {"lead": "editor", "size": 3})
    program = engine_of(guard).program
    of_context = [("channel", ["web"]), ("action", ["read"])]
    of_principal = [("role", ["editor", "clerk"])]
    assert list(named_values(program, context, None, None)) == of_context
    assert list(named_values(program, context, who, None)) == of_context + of_principal
    assert list(named_values(program, context, who, what)) == [*of_context, *of_principal, ("role", ["editor"])]


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("role", "editor", True),
        ("role", "clerk", False),
        ("role", "editor/notes:n_1", True),
        ("role", "editor/logs:l_1", False),
        ("role", "clerk/notes:n_1", False),
        ("scope", "notes:read", True),
        ("scope", "notes:write", False),
        ("scope", "notes:read/n_1", True),
        ("scope", "logs:read/l_1", False),
        ("channel", "web", True),
        ("channel", "web/n_1", False),
        ("action", "read", True),
        ("action", "notes:read", False),
        ("kind", "member", True),
        ("kind", "robot", False),
    ],
)
def test_names_that_a_pack_has(guard: Guard, word: str, text: str, expected: bool) -> None:
    """A scope or a role also where it is narrowed to a resource that can be; of other words the name alone."""
    assert is_name(engine_of(guard).program, word, text) is expected
