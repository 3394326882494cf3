"""Who may do something, what somebody may do, what a code means, and how a pack is begun."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

WRITE = """notes:write
  when context.facts.open  role editor
      by notes.closed  (pack/notes.yaml:17:5)
      by role:editor  (pack/notes.yaml:15:3)
  when context.facts.open  scope notes:write
      by notes.closed  (pack/notes.yaml:17:5)
      by scope:notes:write  (pack/notes.yaml:5:29)
  when context.now < principal.expires_at && context.facts.open  session with notes:write
      by credential.expired  (base/credentials.yaml:18:5)
      by credential.session-without-end  (base/credentials.yaml:58:5)
      by credential.time-untold  (base/credentials.yaml:91:5)
      by notes.closed  (pack/notes.yaml:17:5)
      by scope:notes:write  (pack/notes.yaml:5:29)
  deny credential_invalid: anonymous
  deny not_permitted: system
  deny scope_missing: session
"""


def test_who(run: Run) -> None:
    """Each role, scope and kind that may, with the condition and the lines; and who may not, by code."""
    assert run("who", "notes:write", "--pack", "pack").stdout == WRITE
    settled = run("who", "notes:write", "--pack", "pack", "--fact", "open=false").stdout.splitlines()
    assert settled[:2] == ["notes:write", "  nobody"]
    operation = run("who", "notes.publish", "--pack", "pack").stdout.splitlines()
    assert operation[0] == "notes.publish, which needs notes:write"
    told = json.loads(run("who", "secrets:read", "--pack", "pack", "--format", "json").stdout)
    assert [(each["name"], each["state"]) for each in told["who"]] == [
        ("editor", "deny"), ("secrets:read", "allow"), ("session with secrets:read", "conditional"),
        ("session", "deny"), ("system", "deny"), ("anonymous", "deny")]  # fmt: skip
    assert told["who"][1]["by"] == [{"id": "scope:secrets:read", "place": "pack/notes.yaml:6:25"}]


def test_who_by_what_a_scope_is_to_a_session(folder: Path, run: Run) -> None:
    """A scope that grants other permissions to sessions than to keys is told of those whom it lets."""
    file = folder / "pack" / "notes.yaml"
    more = 'live:all: {includes: ["notes:read"], kinds: {session: ["notes:write"]}}'
    file.write_text(file.read_text("utf-8").replace("scopes:\n", f"scopes:\n  {more}\n"), encoding="utf-8")
    for action, expected in (("notes:read", ["live:all"]), ("notes:write", ["session with live:all"])):
        told = json.loads(run("who", action, "--pack", "pack", "--format", "json").stdout)
        assert [each["name"] for each in told["who"] if "live" in each["name"]] == expected


def test_who_may_not_hold_it(folder: Path, run: Run) -> None:
    """What keys cannot hold is said, for no scope has its name."""
    file = folder / "pack" / "notes.yaml"
    file.write_text(
        file.read_text("utf-8").replace("explicit_only: true,", "explicit_only: true, holdable_by: [member],")
    )
    done = run("who", "secrets:read", "--pack", "pack")
    assert done.stdout.splitlines()[-1] == "  never an API key: only member may hold it"


def test_what(folder: Path, run: Run) -> None:
    """Surface by surface, with the conditions below; the status says whether there is anything at all."""
    done = run("what", "role:editor", "--pack", "pack")
    assert (done.returncode, done.stdout.splitlines()) == (0, [
        "role editor, asking as member; roles editor; environment production; channel dashboard".replace(
            "environment production; channel dashboard", "channel dashboard; environment production"),
        "  notes: read, write when context.facts.open, notes.publish when context.facts.open",
        "3 of 4 permissions and operations",
    ])  # fmt: skip
    assert "  notes: read" in run("what", "scope:workspace:read", "--pack", "pack").stdout.splitlines()
    nobody = run("what", "kind:anonymous", "--pack", "pack")
    assert (nobody.returncode, nobody.stdout.splitlines()[-1]) == (1, "0 of 4 permissions and operations")
    (folder / "scopeguard.toml").write_text('pack = "pack"\n[keys]\nbot = "secrets:read"\n', encoding="utf-8")
    assert "  secrets: read" in run("what", "key:bot").stdout.splitlines()
    for whom, name in (("key:bot", "key bot"), ("key:x=notes:read", "key x"), ("kind:member", "member")):
        assert run("what", whom).stdout.startswith(f"{name}, asking as ")
    told = json.loads(run("what", "key:x=notes:read", "--format", "json").stdout)
    assert told["may"]["notes:read"] == {"state": "allow", "note": None}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("who", "notes:reed"), 'no permission or operation "notes:reed" in the catalog; did you mean "notes:read"?'),
        (("what", "editor"), '"editor" is none of role:NAME, scope:SCOPE, kind:KIND, key:NAME or key:NAME=SCOPES'),
        (("what", "role:"), '"role:" is none of role:NAME, scope:SCOPE, kind:KIND, key:NAME or key:NAME=SCOPES'),
        (("what", "rol:editor"), '"rol:editor" is none of role:NAME, scope:SCOPE, kind:KIND, key:NAME or key:NAME=SCOPES; did you mean "role"?'),
        (("what", "role:editer"), 'no role "editer" in the catalog; did you mean "editor"?'),
        (("what", "scope:notes:reed"), 'no scope "notes:reed" in the catalog; did you mean "notes:read"?'),
        (("what", "kind:robot"), 'no kind "robot" in the catalog'),
        (("what", "key:bot"), 'no key of the configuration "bot" in the catalog; name its scopes: key:bot=SCOPES'),
    ],
)  # fmt: skip
def test_misspellings(run: Run, arguments: tuple[str, ...], told: str) -> None:
    """What the pack does not have is no question."""
    done = run(*arguments, "--pack", "pack")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {told}\n")


def test_rule(run: Run) -> None:
    """The entry of the reference page, with its address, whatever the case of its letters."""
    done = run("rule", "sg302")
    assert done.returncode == 0
    assert done.stdout.startswith("SG302\n\n**A scope or wildcard reaches an explicit-only surface.**")
    assert done.stdout.rstrip().endswith("/reference/diagnostics.html#sg302")
    wrong = run("rule", "SG999")
    assert (wrong.returncode, wrong.stderr) == (
        2, 'error: no code "SG999": diagnostics are SG and three digits, decision codes are words\n')  # fmt: skip


@pytest.mark.parametrize("more", [(), ("--alone",)])
def test_what_init_writes_is_sound(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    """Lint and the tests are content with it as it is, and a second time nothing is written."""
    done = run("init", "mine", *more)
    assert (done.returncode, done.stdout.splitlines()[:3]) == (
        0, ["wrote mine/scopeguard.toml", "wrote mine/policies/access.yaml", "wrote mine/policies/access_test.yaml"])  # fmt: skip
    monkeypatch.chdir(folder / "mine")
    linted, passed = run("lint", "--strict"), run("test")
    assert (linted.returncode, linted.looked) == (0, "policies, by scopeguard.toml")
    assert linted.stdout.splitlines()[0] == "0 errors, 0 warnings"
    assert (passed.returncode, "policies/access_test.yaml: 4 cells, all as expected" in passed.stdout) == (0, True)
    assert run("matrix", "--update").returncode == 0
    (folder / "mine" / "policies" / "access.yaml").write_text("mine", encoding="utf-8")
    again = run("init", *more)
    assert (again.returncode, again.stderr) == (
        2, "error: scopeguard.toml, policies/access.yaml, policies/access_test.yaml are there already: nothing is written\n")  # fmt: skip
    assert (folder / "mine" / "policies" / "access.yaml").read_text("utf-8") == "mine"


def test_init_says_what_is_in_its_way(folder: Path, run: Run) -> None:
    """A link that leads nowhere is there already, and nothing beside it is written; a file is no folder."""
    (folder / "mine" / "policies").mkdir(parents=True)
    (folder / "mine" / "policies" / "access.yaml").symlink_to("nowhere")
    done = run("init", "mine")
    assert (done.returncode, done.stderr) == (2, "error: policies/access.yaml is there already: nothing is written\n")
    assert not (folder / "mine" / "scopeguard.toml").exists()
    done = run("init", "pack/notes.yaml")
    assert (done.returncode, done.stderr.partition(": pack/notes.yaml: ")[0]) == (
        2,
        "error: the answer cannot be given",
    )


def test_a_role_may_be_called_as_a_kind_is(folder: Path, run: Run) -> None:
    """Its column has the name, and that of the kind says that it is one."""
    pack = folder / "pack" / "notes.yaml"
    pack.write_text(pack.read_text("utf-8").replace("  editor: {", "  system: {"), encoding="utf-8")
    done = run("matrix", "pack")
    assert done.stdout.splitlines()[0].split() == [
        "permission", "system", "workspace:read", "session", "kind:system", "anonymous",
    ]  # fmt: skip
    assert run("who", "notes:read", "--pack", "pack").returncode == 0
