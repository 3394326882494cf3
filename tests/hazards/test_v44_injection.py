"""V44: text of a policy or a request becomes code (OPA CVE-2025-46569, RestrictedPython, simpleeval)."""

import ast
import re
from pathlib import Path
from types import FunctionType

import pytest

from scopeguard import Context, Guard, PolicyError, Principal, RequestError, Resource
from scopeguard.compiling import codegen
from scopeguard.compiling.codegen import KNOWN
from scopeguard.semantics.codegen import ast_nodes
from tests.hazards.packs import PACK, editor, load
from tests.kept import engine_of, kept_answers

pytestmark = pytest.mark.usefixtures("code_at_once")

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
    own = Resource("notes", text, text, {"owner": text})
    assert guard.check(member, "notes:read", own).code == "member_permission_missing"


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
        ast_nodes.refuse_open_names(module, frozenset({"principal", "k0"}))


NAMES = re.compile(
    "principal|resource|context|absent|conforming|bail_out|type|a_[a-z]+|UTC|NOTHING|len|charged|error|raised_by_host|BAILOUTS|Bailout|Absent|KeyError|spent|rows|[ktxms][0-9]+"
)
ATTRIBUTES = {
    "id",
    "workspace",
    "channel",
    "environment",
    "now",
    "attributes",
    "facts",
    "startswith",
    "endswith",
    "tzinfo",
}
NODES = (ast.Module, ast.Tuple, ast.Raise, ast.FunctionDef, ast.arguments, ast.arg, ast.Try, ast.ExceptHandler, ast.If, ast.Return, ast.Call, ast.Name,
         ast.Load, ast.Attribute, ast.Subscript, ast.Constant, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Sub, ast.IfExp,
         ast.boolop, ast.unaryop, ast.BitOr, ast.cmpop, ast.NamedExpr, ast.Store,
         ast.For, ast.Assign, ast.AugAssign, ast.List, ast.Add, ast.Mult, ast.Expr)  # fmt: skip


def test_v44_everything_generated_is_of_the_closed_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All functions that the shipped pack and hostile literals lead to hold names of the table and plain constants only."""
    modules: list[ast.Module] = []
    monkeypatch.setattr(codegen, "refuse_open_names", lambda module, *_: modules.append(module))
    guard = Guard.default()
    people = [Principal.api_key("k", workspace="w", scopes=sorted(guard.catalog.scopes), revoked=True, ip_allow=["::1"]),
              Principal.session("s", workspace="w", scopes="agents:read"), Principal.system("j", workspace="w"), Principal.anonymous(),
              *(Principal.member("m", workspace="w", roles=[role]) for role in guard.catalog.roles)]  # fmt: skip
    for who in people:
        for action in (*guard.catalog.permissions, *guard.catalog.operations):
            guard.check(who, action)
    hostile = "".join(
        f'{{id: r{number}, effect: allow, on: ["secrets:read"], when: "{condition}"}}\n'
        for number, condition in enumerate([
            "resource.id == '__import__' || resource.id.startsWith('{0.__class__}')",
            "resource.id in ['__builtins__', 'exec'] && context.ip != 'globals()'",
            "has(context.facts.plan) && context.facts.plan > '__class__' && principal.level == 'eval'",
        ])
    )  # fmt: skip
    member = Principal.member("m", workspace="ws_1", roles=["editor"], attributes={"level": "x"})
    where = Context(attributes={"ip": "192.0.2.1"})
    load(tmp_path, hostile).check(member, "secrets:read", Resource("secrets", "s", "ws_1"), where)
    assert len(modules) > 20
    found = [node for module in modules for node in ast.walk(module)]
    assert {type(node).__name__ for node in found if not isinstance(node, NODES)} == set()
    assert {node.id for node in found if isinstance(node, ast.Name) and not NAMES.fullmatch(node.id)} == set()
    assert {node.attr for node in found if isinstance(node, ast.Attribute)} <= ATTRIBUTES
    constants = {type(node.value) for node in found if isinstance(node, ast.Constant)}
    assert constants <= {str, int, float, bool, type(None)}
    texts = {node.value for node in found if isinstance(node, ast.Constant)}
    assert {"__import__", "{0.__class__}", "globals()", "__class__", "eval"} <= texts


def test_v44_generated_code_has_no_builtins(tmp_path: Path) -> None:
    """A generated function finds none of Python's built-in functions, whatever it would name."""
    guard = load(tmp_path, "{id: a, effect: deny, on: ['notes:read'], when: resource.id == 'n', code: not_permitted}")
    guard.check(editor(), "notes:read", Resource("notes", "n", "ws_1"))
    (made,) = (kept.answer for kept in kept_answers(engine_of(guard)))
    assert isinstance(made, FunctionType)
    assert made.__globals__["__builtins__"] == {}
    assert {name for name in made.__globals__ if not re.fullmatch(r"k\d+", name)} <= {"__builtins__", "cell", *KNOWN}


def test_v44_texts_are_not_formats(tmp_path: Path) -> None:
    """Braces and percent signs in reasons and remedies reach nothing: known names are put in, all else stays as it is written."""
    hostile = (
        "{0} {needed.__class__} {needed!r} {needed:>99} {principal} {__class__} %s %(needed)s ${surface}x {needed}"
    )
    rule = f'{{id: a, effect: deny, on: ["notes:read"], code: own, because: "{hostile}"}}'
    harmless = "%s %(needed)s ${surface}x {needed} $needed"
    pack = (
        PACK
        + f'recovery:\n  own: {{class: recovery, remedy: {{text: "{harmless}", target: "a/%(needed)s/$surface"}}}}\n'
    )
    guard = load(tmp_path, rule, pack)
    decision = guard.check(editor(), "notes:read")
    assert decision.reason == hostile
    assert decision.remedy is not None
    assert (decision.remedy.text, decision.remedy.target) == (
        "%s %(needed)s $notesx notes:read $needed",
        "a/%(needed)s/$surface",
    )
    assert hostile in str(guard.explain(editor(), "notes:read"))


@pytest.mark.parametrize(
    "braced",
    ["{0}", "{needed.__class__}", "{needed!r}", "{needed:>99}", "{principal}", "{__class__}", "{}", "{{needed}}", "{"],
)
def test_v44_no_text_asks_for_more_than_the_known_names(braced: str, tmp_path: Path) -> None:
    """A remedy with anything else in braces does not load."""
    pack = PACK + f'recovery:\n  own: {{class: recovery, remedy: {{text: "x {braced}"}}}}\n'
    with pytest.raises(PolicyError, match="SG415"):
        load(tmp_path, '{id: a, effect: deny, on: ["notes:read"], code: own}', pack)
