"""V44: text of a policy or a request becomes code (OPA CVE-2025-46569, RestrictedPython, simpleeval)."""

import ast
from pathlib import Path

import pytest

from scopeguard import Context, PolicyError, Principal, RequestError, Resource
from scopeguard.compiling import codegen
from tests.hazards.packs import editor, load

TEXTS = ["__import__('os').system('touch pwned')", "{0.__class__}", "%s%n", "'; raise SystemExit; '", '"); import os; ("',
         "principal.__class__.__mro__", "\\N{DIGIT ONE}", "${jndi:x}", "__builtins__", "lambda: 0", "f'{1/0}'"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_v44_injection(tmp_path: Path, text: str) -> None:
    """As a literal in a condition, an id, an attribute and a reason it is text and nothing else."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")
    written = f'resource.owner != "{quoted}"'.replace("'", "''")
    guard = load(tmp_path, f"{{id: other, effect: deny, on: [\"notes:read\"], when: '{written}', code: not_permitted}}")
    about = Resource("notes", text, "ws_1", {"owner": text})
    for _ in range(2):
        assert guard.check(editor(), "notes:read", about).allowed
        assert guard.check(editor(), "notes:read", Resource("notes", "n", "ws_1", {"owner": "me"})).rules == ("other",)
    assert not list(tmp_path.glob("pwned"))
    with pytest.raises(RequestError):
        Context(channel=text)
    member = Principal.member("m", workspace=text, attributes={"level": text})
    assert guard.check(member, "notes:read", about).code == "member_permission_missing"


@pytest.mark.parametrize("text", ["principal.__class__", "principal.kind.__class__ == 'x'", "__import__('os')",
                                  "resource.__init__.__globals__", "exec('1')", "principal.kind.format(1) == 'x'"])  # fmt: skip
def test_v44_no_way_out_of_the_names(tmp_path: Path, text: str) -> None:
    """What the pack does not declare cannot be read or called: it does not load."""
    with pytest.raises(PolicyError):
        load(tmp_path, f'{{id: a, effect: allow, on: ["notes:read"], when: "{text}"}}')


@pytest.mark.parametrize("source", ["os", "principal.__class__", "open('x')", "(lambda: hidden)()", "k0.__dict__"])
def test_v44_generated_code_has_no_other_names(source: str) -> None:
    """Generated code is looked through before it runs: a name or attribute that is not in the table stops the load."""
    module = ast.Module([ast.Expr(ast.parse(source, mode="eval").body)], [])
    with pytest.raises(AssertionError):
        codegen.refuse_open_names(module, frozenset({"principal", "k0"}))
